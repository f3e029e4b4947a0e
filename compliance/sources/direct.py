"""Direct mode: modules from their git repository, with the bytes that a proxy would serve.

https://go.dev/ref/mod#vcs and cmd/go/internal/modfetch, codeRepo: tags and pseudo-versions, major
version folders, modules in sub-folders, the LICENSE of the repository's root.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable

import msgspec

from compliance import patterns as re
from compliance.errors import ComplianceError, MalformedInputError
from compliance.golang import (
    ModuleVersion,
    parse_mod_file,
    pseudo_version,
    split_path_version,
)
from compliance.sources.cache import using
from compliance.sources.gitrun import Git
from compliance.sources.goproxy import FetchError, NotFoundError
from compliance.sources.modulezip import MAX_SPECIAL_BYTES, select_files, write_zip
from compliance.sources.paths import is_file, is_folder
from compliance.sources.settings import GoSettings
from compliance.sources.transport import shown
from compliance.sources.vcsroot import GetPage, RepositoryRoot, find_repository
from compliance.sources.ziparchive import ZipArchive, ZipEntry, of_bytes
from compliance.value import dataclass

_PREFIX = "prefix/"
_COMMIT = re.compile(rb"[0-9a-f]{40}(?:[0-9a-f]{24})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a module version lies: commit, folder in the repository, its go.mod or None."""

    git_dir: str
    commit: str
    folder: str
    gomod: bytes | None
    ref: str


class DirectSource:
    """Fetches module versions from git.

    Args:
        settings: Effective settings of the go command.
        cache_dir: Our cache folder; without one a temporary folder serves this run.
        get: How documents of module proxies are fetched that a page names.
        page: How pages are fetched.
        protocols: Transports that git may use; None for the secure ones, and http for GOINSECURE.
    """

    __slots__ = ("_roots", "_temporary", "cache_dir", "get", "page", "protocols", "settings")

    def __init__(
        self,
        *,
        settings: GoSettings,
        cache_dir: str | None,
        get: Callable[[str, int], bytes],
        page: GetPage,
        protocols: str | None = None,
    ) -> None:
        self.settings = settings
        self.cache_dir = cache_dir
        self.get = get
        self.page = page
        self.protocols = protocols
        self._roots: dict[str, RepositoryRoot] = {}
        self._temporary: tempfile.TemporaryDirectory[str] | None = None

    def fetch(self, module: ModuleVersion, extension: str, limit: int) -> bytes:
        """`mod`, `info` or `zip` of a module version.

        Raises:
            NotFoundError: The repository has no such version.
            FetchError: The repository cannot be found or read, or breaks a rule of modules.
        """
        root = self._roots.get(module.path)
        if root is None:
            root = self._roots[module.path] = find_repository(module.path, self.settings, self.page)
        if root.vcs == "mod":
            from compliance.sources.download import proxy_path

            return self.get(f"{root.url.rstrip('/')}/{proxy_path(module, extension)}", limit)
        try:
            place = self._locate(module, root)
            if extension == "mod":
                return place.gomod or legacy_gomod(module.path)
            if extension == "info":
                return self._info(module, root, place)
            return self._zip(module, place)
        except MalformedInputError as error:
            raise FetchError(f"{root.url}: {error.message}") from error

    def place(self, module: ModuleVersion) -> str:
        """Repository of a module that was fetched."""
        root = self._roots.get(module.path)
        return shown(root.url) if root else ""

    def _git(self, module: ModuleVersion) -> Git:
        protocols = self.protocols or "https:ssh"
        if not self.protocols and self.settings.get("GOINSECURE"):
            from compliance.sources.goproxy import matches_private

            if matches_private(self.settings.get("GOINSECURE"), module.path):
                protocols += ":http"
        if not self.settings.git:
            raise FetchError("direct access needs git, which is not on PATH")
        return Git(
            program=self.settings.git,
            search_path=self.settings.search_path,
            home=os.path.dirname(self.settings.netrc) or "/",
            protocols=protocols,
            proxies=self.settings.web_proxies,
        )

    def _locate(self, module: ModuleVersion, root: RepositoryRoot) -> _Place:
        git = self._git(module)
        folder = self._folder(root.url, git)
        prefix, major = _split(module.path, root)
        code_dir = "/".join(p for p in (root.folder, prefix) if p)
        ref, commit = self._commit(git, folder, root.url, module.version, code_dir)
        return _find_dir(git, folder, commit, module, (code_dir, major, root.path), ref)

    def _folder(self, url: str, git: Git) -> str:
        """Our bare repository for an URL, made on first use."""
        base = self.cache_dir
        if base is None or not os.access(_existing(base), os.W_OK):
            self._temporary = self._temporary or tempfile.TemporaryDirectory()
            base = self._temporary.name
        folder = f"{base}/vcs/{hashlib.sha256(url.encode()).hexdigest()}"
        using(folder)
        if not is_folder(folder + "/objects"):
            try:
                os.makedirs(folder, mode=0o700, exist_ok=True)
                git.run(folder, "init", "--bare", "--quiet", "--template=", folder)
                os.makedirs(folder + "/info", exist_ok=True)
                with open(folder + "/info/attributes", "wb") as file:
                    file.write(b"* -export-subst -export-ignore\n")
            except OSError as error:
                raise FetchError(f"{folder}: {error.strerror}") from error
        return folder

    def _commit(
        self, git: Git, folder: str, url: str, version: str, code_dir: str
    ) -> tuple[str, str]:
        """Ref ("" for none) and commit of a version."""
        pseudo = pseudo_version(version)
        if pseudo is not None:
            commit = _rev_parse(git, folder, pseudo.revision)
            if commit is None:
                # A tag that was fetched before left the history cut off.
                whole = ["--unshallow"] if is_file(folder + "/shallow") else []
                git.run(folder, "fetch", "--quiet", "--force", *whole, "--end-of-options", url,
                        "refs/heads/*:refs/heads/*", "refs/tags/*:refs/tags/*")  # fmt: skip
                commit = _rev_parse(git, folder, pseudo.revision)
            if commit is None:
                raise NotFoundError(f"{url}: unknown revision {pseudo.revision}")
            stamp = git.run(folder, "log", "-1", "--format=%ct", commit).strip()
            if _utc(int(stamp)) != pseudo.time:
                raise FetchError(f"{url}: {version} does not have the time of its commit")
            return "", commit
        name = version.removesuffix("+incompatible")
        tag = f"refs/tags/{code_dir}/{name}" if code_dir else f"refs/tags/{name}"
        commit = _rev_parse(git, folder, tag)
        if commit is None:
            try:
                git.run(folder, "fetch", "--quiet", "--force", "--depth=1", "--no-tags",
                        "--end-of-options", url, f"{tag}:{tag}")  # fmt: skip
            except FetchError as error:
                if "couldn't find remote ref" in str(error):
                    raise NotFoundError(
                        f"{url}: no tag {tag.removeprefix('refs/tags/')}"
                    ) from error
                raise
            commit = _rev_parse(git, folder, tag)
        if commit is None:
            raise NotFoundError(f"{url}: no tag {tag.removeprefix('refs/tags/')}")
        return tag, commit

    def _info(self, module: ModuleVersion, root: RepositoryRoot, place: _Place) -> bytes:
        stamp = self._git(module).run(place.git_dir, "log", "-1", "--format=%ct", place.commit)
        digits = _utc(int(stamp.strip()))
        time = re.sub(r"(....)(..)(..)(..)(..)(..)", r"\1-\2-\3T\4:\5:\6Z", digits)
        origin = {"VCS": "git", "URL": root.url, "Hash": place.commit}
        if place.ref:
            origin["Ref"] = place.ref
        return msgspec.json.encode({"Version": module.version, "Time": time, "Origin": origin})

    def _zip(self, module: ModuleVersion, place: _Place) -> bytes:
        git = self._git(module)
        inside = [place.folder] if place.folder else []
        data = git.run(
            place.git_dir, "archive", "--format=zip", f"--prefix={_PREFIX}", "--end-of-options",
            place.commit, *inside,
        )  # fmt: skip
        archive = of_bytes(data)
        start = _PREFIX + (place.folder + "/" if place.folder else "")
        entries = {
            e.name[len(start) :]: e
            for e in archive.entries
            if e.name.startswith(start) and not e.name.endswith("/")
        }
        files = _chosen(archive, entries, place.gomod or b"")
        if place.folder and "LICENSE" not in files:
            # A module without a license of its own is under that of the repository.
            text = _blob(git, place.git_dir, place.commit, "LICENSE")
            if text is not None:
                files["LICENSE"] = text
        return write_zip(module, files.items())


def legacy_gomod(path: str) -> bytes:
    """What go.mod says of a module that has none."""
    return f"module {path}\n".encode()


def _chosen(archive: ZipArchive, entries: dict[str, ZipEntry], gomod: bytes) -> dict[str, bytes]:
    links = frozenset(path for path, entry in entries.items() if entry.symlink)
    sizes = {path: entry.size for path, entry in entries.items()}
    return {path: archive.read(entries[path]) for path in select_files(sizes, links, gomod)}


def _split(path: str, root: RepositoryRoot) -> tuple[str, str]:
    """Folder of a module below its repository's root, and its major suffix (`/v2`, `.v2`, "")."""
    parts = split_path_version(path)
    if parts is None:
        raise FetchError(f"{path}: invalid module path")
    prefix, major = parts
    if path == root.path:
        return "", major
    if prefix != root.path and not prefix.startswith(root.path + "/"):
        raise FetchError(f"{root.path}: cannot contain the module {path}")
    return prefix[len(root.path) :].strip("/"), major


def _find_dir(
    git: Git,
    git_dir: str,
    commit: str,
    module: ModuleVersion,
    where: tuple[str, str, str],
    ref: str,
) -> _Place:
    """The folder that holds the module: with or without a folder for the major version."""
    code_dir, major, root_path = where
    first = _blob(git, git_dir, commit, f"{code_dir}/go.mod".lstrip("/"))
    fits = first is not None and _is_major(_module_path(first), major)
    if major.startswith("/") and root_path != module.path:
        folder = f"{code_dir}/{major[1:]}".lstrip("/")
        second = _blob(git, git_dir, commit, f"{folder}/go.mod")
        if second is not None:
            if fits or not _is_major(_module_path(second), major):
                raise FetchError(f"{module}: {folder}/go.mod is not the only or not the right one")
            return _Place(git_dir=git_dir, commit=commit, folder=folder, gomod=second, ref=ref)
    if fits:
        return _Place(git_dir=git_dir, commit=commit, folder=code_dir, gomod=first, ref=ref)
    if first is not None:
        raise FetchError(f"{module}: go.mod names the module {_module_path(first)!r}")
    if code_dir == "" and not major.startswith("/"):
        return _Place(git_dir=git_dir, commit=commit, folder="", gomod=None, ref=ref)
    raise NotFoundError(f"{module}: no go.mod in the repository")


def _is_major(path: str, major: str) -> bool:
    """Whether a module path has the major version that is asked for."""
    parts = split_path_version(path) if path else None
    if parts is None:
        return False
    found = parts[1]
    if not major:
        return found.lstrip("/.").removesuffix("-unstable") in ("", "v0", "v1") or path.startswith(
            "gopkg.in/"
        )
    return bool(found) and found[1:] == major[1:]


def _module_path(gomod: bytes) -> str:
    try:
        module = parse_mod_file(gomod, file="go.mod", strict=False).module
    except ComplianceError:
        return ""
    return module or ""


def _blob(git: Git, folder: str, commit: str, path: str) -> bytes | None:
    """A file of a commit, None when there is none or it is a link or too large."""
    listing = git.run(folder, "ls-tree", "-l", "-z", "--end-of-options", commit, path)
    fields = listing.partition(b"\t")[0].split()
    if len(fields) != 4 or fields[1] != b"blob" or fields[0] == b"120000":  # noqa: PLR2004
        return None
    if int(fields[3]) > MAX_SPECIAL_BYTES:
        return None
    return git.run(folder, "cat-file", "blob", fields[2].decode("ascii"))


def _rev_parse(git: Git, folder: str, revision: str) -> str | None:
    try:
        out = git.run(
            folder, "rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}"
        )
    except FetchError:
        return None
    lines = [line for line in out.split() if _COMMIT.fullmatch(line)]
    return lines[0].decode("ascii") if lines else None


def _utc(seconds: int) -> str:
    """A time as `yyyymmddhhmmss`, in UTC."""
    import datetime

    return datetime.datetime.fromtimestamp(seconds, tz=datetime.UTC).strftime("%Y%m%d%H%M%S")


def _existing(path: str) -> str:
    """The nearest folder upwards that exists."""
    while path and not os.path.exists(path):
        path = os.path.dirname(path)
    return path or "/"
