"""Acquirer: where the bytes of a module come from, in order, and what vouches for them."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
from threading import RLock
from typing import TYPE_CHECKING, NamedTuple

from compliance.errors import MalformedInputError, ModuleUnavailableError
from compliance.golang import Files, Module, ModuleVersion, UnreadableFileError, escape_path
from compliance.integrity import (
    EMPTY_GOSUM,
    GoSum,
    Verification,
    Voucher,
    h1_gomod,
    verify_sum,
)
from compliance.sources.archive import ZipFiles, archive_digests, remembered_sum
from compliance.sources.cache import BlobCache, hold, using
from compliance.sources.download import (
    FETCHED_FROM,
    MAX_INFO_BYTES,
    MAX_LIST_BYTES,
    DownloadFolder,
    Info,
    latest_version,
    parse_info,
    plain_versions,
    proxy_path,
)
from compliance.sources.folder import FolderFiles
from compliance.sources.goproxy import (
    DIRECT,
    NO_PROXY,
    OFF,
    FetchError,
    NotFoundError,
    matches_private,
    proxy_list,
    try_proxies,
)
from compliance.sources.modcache import ExtractedFiles, ModuleCache, h1_of_tree, recorded_sum
from compliance.sources.ownplaces import folder_tree, vendored_tree
from compliance.sources.paths import (
    MAX_SMALL_FILE_BYTES,
    is_file,
    is_folder,
    read_plain,
    read_small,
    status_of,
)
from compliance.sources.repository import Repository
from compliance.sources.settings import GoSettings
from compliance.sources.trace import Trace
from compliance.sources.tree import Archive, SourceTree, Where
from compliance.sources.ziparchive import MAX_ZIP_BYTES, open_zip
from compliance.value import dataclass, field, replace

if TYPE_CHECKING:
    from compliance.sources.checksumdb import ChecksumDatabase, Fork
    from compliance.sources.direct import DirectSource
    from compliance.sources.spool import Spool
    from compliance.sources.transport import Transport

_NOT_ASKED = "not asked, offline"
_LARGE_BYTES = 16 << 20
"""A download that makes it worth looking whether the cache has outgrown its limit."""


class _Fetched(NamedTuple):
    """Bytes from the GOPROXY chain, and the place that gave them, without credentials."""

    data: bytes
    where: Where
    place: str


class _Found:
    """What an acquirer makes or looks for on first use: the database, the roots of caches."""

    __slots__ = ("database", "folders", "lock", "present", "silent")

    def __init__(self) -> None:
        self.silent: set[str] = set()
        self.database: ChecksumDatabase | None = None
        self.folders: tuple[tuple[Where, DownloadFolder], ...] | None = None
        self.lock = RLock()
        self.present: dict[str, bool] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Acquirer:
    """Finds go.mod files and source trees; every method is safe to call from several threads.

    Args:
        settings: Effective settings of the go command.
        offline: Whether to ask no proxy.
        cache_dir: Our cache folder, None for none.
        go_sum: The sums that the main modules trust.
        deep: Whether to hash the files of extracted module cache folders again, instead of
            trusting the sum that the go command recorded when it extracted them.
        transport: How documents are fetched; by default with the credentials of the settings.
        trace: Recorder of what is read from the caches.
        direct: Access to version control; by default git with a clean configuration.
    """

    settings: GoSettings
    offline: bool
    cache_dir: str | None = None
    go_sum: GoSum = EMPTY_GOSUM
    deep: bool = False
    transport: Transport | None = None
    trace: Trace | None = None
    direct: DirectSource | None = None

    _found: _Found = field(init=False, repr=False, compare=False, default_factory=_Found)

    def __post_init__(self) -> None:
        hold(self.cache_dir)

    def connect(self) -> None:
        """Make `transport` and `direct`, unless offline or made: a run that finds all in its caches
        does without them, and they take longer to import than a thousand go.mod files to read.
        """  # noqa: D205
        if self.offline or (self.transport is not None and self.direct is not None):
            return
        with self._found.lock:
            transport = self._transport
            object.__setattr__(self, "transport", transport)
            if self.direct is None:
                from compliance.sources.direct import DirectSource

                direct = DirectSource(
                    settings=self.settings, cache_dir=self.cache_dir, get=transport.get,
                    page=transport.page,
                )  # fmt: skip
                object.__setattr__(self, "direct", direct)

    @property
    def database(self) -> ChecksumDatabase:
        """The checksum database: one for all questions, made for the first."""
        database = self._found.database
        if database is None:
            from compliance.sources.checksumdb import ChecksumDatabase

            self.connect()
            with self._found.lock:
                database = self._found.database
                if database is None:
                    database = self._found.database = ChecksumDatabase(
                        settings=self.settings, offline=self.offline, cache_dir=self.cache_dir,
                        get=self._get,
                    )  # fmt: skip
        return database

    @property
    def fork(self) -> Fork | None:
        """The proof against the checksum database, where it was caught."""
        database = self._found.database
        return database.fork if database is not None else None

    @property
    def _transport(self) -> Transport:
        if self.transport is not None:
            return self.transport
        from compliance.sources.transport import Transport

        return Transport.of(self.settings, self.cache_dir)

    def _get(self, url: str, limit: int) -> bytes:
        return self._transport.get(url, limit)

    def gomod(self, module: ModuleVersion) -> bytes:
        """go.mod of a module version: module cache, our own cache, then GOPROXY.

        This is a `golang.GoModReader`.

        Raises:
            ModuleUnavailableError: No place has it, or none with the bytes that go.sum lists.
        """
        _check(module)
        tried: list[str] = []
        for name, folder in self.folders():
            path = folder.path(module, "mod")
            data = self._read_noted(path)
            if data is None:
                tried.append(f"{name} {folder.root}: not there")
            elif self._gomod_differs(module, data):
                tried.append(f"{name} {folder.root}: differs from go.sum")
            else:
                return data
        return self.fetch_gomod(module, tuple(tried))

    def fetch_gomod(self, module: ModuleVersion, tried: tuple[str, ...] = ()) -> bytes:
        """go.mod of a module version from GOPROXY, where the places on this machine were `tried`.

        Raises:
            ModuleUnavailableError: As `gomod`.
        """
        _check(module)
        places = list(tried)
        fetched = self._fetch(module, "mod", MAX_SMALL_FILE_BYTES, places)
        data = fetched.data
        refusal = self._gomod_refused(module, data)
        if refusal:
            places.append(f"{fetched.place}: {refusal}")
            message = f"{module}: go.mod {refusal}"
            raise ModuleUnavailableError(message, tried=tuple(places), differs=True)
        self._own_put(module, "mod", data)
        return data

    def tree(
        self, module: Module, repository: Repository, *, vendor: str | None = None
    ) -> SourceTree:
        """Source of a module of the build list.

        A folder (main module, replace), the vendor folder, the module cache (extracted, then its
        zip), our own cache, then GOPROXY.

        Args:
            module: The module.
            repository: The scanned repository.
            vendor: Vendor folder in use, relative to the repository, or None.

        Raises:
            ModuleUnavailableError: No place has it; `tried` names them.
        """
        if module.folder is not None:
            return folder_tree(module, module.folder, repository)
        if vendor is not None:
            return vendored_tree(module, vendor, repository)
        return self.upstream(module)

    def upstream(
        self, module: Module, *, origin: bool = True, most: int = MAX_ZIP_BYTES
    ) -> SourceTree:
        """Source of a module as published, whatever the repository vendors.

        Args:
            module: The module.
            origin: Whether the repository that it was made from is wanted, where that is known.
            most: Bytes of the largest zip that is downloaded.

        Raises:
            ModuleUnavailableError: No place has it; `tried` names them.
        """
        source = module.source
        if source is None:
            raise ModuleUnavailableError(f"{module.id}: replaced by a folder", tried=())
        _check(source)
        tried: list[str] = []
        tree = self._extracted(source, tried) or self._zipped(source, tried)
        if tree is None:
            tree = self._downloaded(source, tried, most)
        info = self.info(source) if origin else None
        if info is None:
            return replace(tree, module=module.id, origin=None)
        return replace(tree, module=module.id, origin=info.origin, released=info.time)

    def info(self, module: ModuleVersion) -> Info | None:
        """Time and origin of a version as a cache knows them; asks no proxy."""
        for _, folder in self.folders():
            data = folder.read(module, "info")
            if data is not None:
                self._note(folder.path(module, "info"))
                return parse_info(data)
        return None

    def archive(self, module: ModuleVersion) -> Archive | None:
        """Digests of the module zip where one is at hand; reads all of it."""
        for where, folder in self.folders():
            try:
                made = archive_digests(folder.path(module, "zip"))
            except OSError:
                continue
            return replace(made, url=self.fetched_from(module, where, made.sha256))
        return None

    def fetched_from(self, module: ModuleVersion, where: Where, sha256: str) -> str | None:
        """The URL that this tool fetched a module zip from, None where that is not known.

        Of a zip in our own cache it is remembered, together with the digest of the bytes that
        came from there. The go command's module cache does not say which proxy it asked.
        """
        if where != "own-cache":
            return None
        folder = DownloadFolder(root=f"{self.cache_dir}/download")
        said = self._read_noted(folder.path(module, FETCHED_FROM)) or b""
        known, _, url = said.decode("utf-8", "replace").strip().partition(" ")
        return url if known == sha256 and url else None

    def at_hand(self, module: ModuleVersion) -> bool:
        """Whether the source of a module version lies on this machine, good or not."""
        if ModuleCache(root=self.settings.module_cache).folder(module) is not None:
            return True
        return any(is_file(folder.path(module, "zip")) for _, folder in self.folders())

    # --- places --------------------------------------------------------------------------------

    def folders(self) -> tuple[tuple[Where, DownloadFolder], ...]:
        """Download folders on this machine, the go command's first."""
        known = self._found.folders
        if known is None:
            found: list[tuple[Where, DownloadFolder]] = []
            if self.settings.module_cache:
                root = f"{self.settings.module_cache}/cache/download"
                found.append(("module-cache", DownloadFolder(root=root)))
            if self.cache_dir is not None:
                found.append(("own-cache", DownloadFolder(root=f"{self.cache_dir}/download")))
            known = self._found.folders = tuple(found)
        return known

    def _extracted(self, module: ModuleVersion, tried: list[str]) -> SourceTree | None:
        cache = ModuleCache(root=self.settings.module_cache)
        place = cache.folder(module)
        if place is None:
            if cache.root:
                self._note(cache.place(module))
            tried.append(f"module-cache {cache.root}: not extracted")
            return None
        recorded = recorded_sum(self._read_noted(cache.downloads.path(module, "ziphash")))
        if self.deep or not recorded:
            return self._hashed(module, place, tried)
        memory = BlobCache(self.cache_dir)
        real = cache.resolved(place)
        files = ExtractedFiles(module, real, recorded, trace=self.trace, memory=memory)
        files.listing(".")  # looks at the license files there
        if files.altered:
            return self._hashed(module, place, tried)
        found = self._verify(module, recorded)
        return self._as_tree(module, "module-cache", place, found, files, root=place)

    def _hashed(self, module: ModuleVersion, place: str, tried: list[str]) -> SourceTree | None:
        """An extracted folder, judged by the sum of its files."""
        files = FolderFiles(place, self.trace)
        try:
            actual = h1_of_tree(module, files)
        except UnreadableFileError as error:
            tried.append(f"module-cache {place}: {error}")
            return None
        found = self._verify(module, actual)
        return self._as_tree(module, "module-cache", place, found, files, root=place)

    def _zipped(self, module: ModuleVersion, tried: list[str]) -> SourceTree | None:
        for where, folder in self.folders():
            place = folder.path(module, "zip")
            if where == "own-cache":
                using(place)  # first: remembering its sum may trim the cache
            try:
                files = ZipFiles.at(module, place)
                actual = remembered_sum(files, place, BlobCache(self.cache_dir))
            except OSError as error:
                self._note(place)
                tried.append(f"{where} {place}: {error.strerror}")
                continue
            except MalformedInputError as error:
                self._note(place)
                tried.append(f"{where} {place}: {error.message}")
                continue
            self._note(place)
            if where == "own-cache":
                # It came from a proxy or from version control: every later run says the same.
                info = self.info(module)
                where = "vcs" if info is not None and info.origin is not None else "proxy"
            return self._as_tree(module, where, place, self._verify(module, actual), files)
        return None

    def _downloaded(self, module: ModuleVersion, tried: list[str], most: int) -> SourceTree:
        """A zip from the GOPROXY chain: judged on disk, then kept in our cache if it may be."""
        if self.offline:
            tried.append(f"GOPROXY: {_NOT_ASKED}")
            raise ModuleUnavailableError(f"{module}: zip not found", tried=tuple(tried))
        from compliance.sources.spool import open_spool

        kept = None if self.cache_dir is None else self.folders()[-1][1].path(module, "zip")
        with open_spool(kept) as spool:
            fetched = self._fetch(module, "zip", most, tried, spool)
            try:
                files = ZipFiles(module, open_zip(spool.read_at, spool.size))
                found = self._verify(module, files.h1())
            except MalformedInputError as error:
                tried.append(f"{fetched.place}: {error.message}")
                message = f"{module}: unusable zip"
                raise ModuleUnavailableError(message, tried=tuple(tried)) from error
            if fetched.where == "vcs" and self.direct is not None:
                with contextlib.suppress(FetchError):
                    self._own_put(module, "info", self.direct.fetch(module, "info", MAX_INFO_BYTES))
            using(kept or "")
            if found.voucher is not Voucher.MISMATCH and spool.keep():
                self._remember_source(module, fetched, kept or "")
                files = ZipFiles.at(module, kept or "")
                if spool.size > _LARGE_BYTES:
                    BlobCache(self.cache_dir).trim()
            return self._as_tree(module, fetched.where, fetched.place, found, files)

    def _fetch(
        self, module: ModuleVersion, extension: str, limit: int, tried: list[str],
        spool: Spool | None = None,
    ) -> _Fetched:  # fmt: skip
        """A document from the GOPROXY chain; its bytes are in `spool` where one is given."""
        self.connect()
        direct = self.direct

        def from_vcs() -> _Fetched:
            if direct is None:
                raise FetchError("no direct access")
            data = direct.fetch(module, extension, limit)
            if spool is not None:
                spool.restart()
                spool.write(data)
                data = b""
            return _Fetched(data, "vcs", direct.place(module))

        def from_proxy(base: str) -> _Fetched:
            from compliance.sources.transport import shown

            url, transport = f"{base}/{proxy_path(module, extension)}", self._transport
            try:
                data = b"" if spool is not None else transport.get(url, limit)
                if spool is not None:
                    transport.save(url, limit, spool)
                return _Fetched(data, "proxy", shown(url))
            except FetchError as error:
                tried.append(str(error))
                raise

        try:
            return self._ask(module.path, from_proxy, from_vcs)
        except FetchError as error:
            if str(error) not in tried:
                tried.append(f"GOPROXY: {error}")
            message = f"{module}: {extension} not found"
            raise ModuleUnavailableError(message, tried=tuple(dict.fromkeys(tried))) from error

    def _ask(
        self, path: str, from_proxy: Callable[[str], _Fetched], from_vcs: Callable[[], _Fetched]
    ) -> _Fetched:
        """Walk the GOPROXY chain for a module path. Raises FetchError."""
        if self.offline:
            raise FetchError(_NOT_ASKED)
        if self.trace is not None:
            self.trace.spoil()
        private = matches_private(self.settings.get("GONOPROXY"), path)

        def ask(url: str) -> _Fetched:
            if url == OFF:
                raise FetchError("GOPROXY=off")
            if url == DIRECT or (url == NO_PROXY and private):
                return from_vcs()
            if url == NO_PROXY or private:
                raise NotFoundError("private by GONOPROXY")
            return from_proxy(url.rstrip("/"))

        return try_proxies(proxy_list(self.settings), ask)

    def latest_gomod(self, path: str) -> bytes | None:
        """go.mod of the latest version of a module: says what is retracted or deprecated.

        This is a `golang.LatestReader`. Online, the version list comes from the GOPROXY chain
        (kept as its HTTP headers say); offline, from what the caches know. None when there is no
        version, or no go.mod of it to be had: what it says is advice.
        """
        version = self.latest_known(path)
        return self.gomod_or_none(ModuleVersion(path, version)) if version else None

    def gomod_or_none(self, module: ModuleVersion) -> bytes | None:
        """As `gomod`, None when there is none to be had."""
        try:
            return self.gomod(module)
        except ModuleUnavailableError:
            return None

    def latest_known(self, path: str) -> str:
        """The version that `latest_gomod` reads, "" when there is none."""
        try:
            escaped = escape_path(path)
        except MalformedInputError:
            return ""
        return latest_version(self._known_versions(path, escaped))

    def _known_versions(self, path: str, escaped: str) -> list[str]:
        if not self.offline:
            try:
                return self._listed(path, escaped)
            except NotFoundError:
                pass  # it has no versions there, or none that are listed
            except FetchError:
                self._found.silent.add(path)
        return self._cached_versions(path)

    @property
    def unanswered(self) -> tuple[str, ...]:
        """Modules whose versions were asked for in vain: nobody who lists them answered."""
        return tuple(sorted(self._found.silent))

    def _cached_versions(self, path: str) -> list[str]:
        return [v for _, folder in self.folders() for v in self._versions(folder, path)]

    def _listed(self, path: str, escaped: str) -> list[str]:
        """Lines of the version list of a proxy. Raises FetchError."""

        def from_vcs() -> _Fetched:
            raise NotFoundError("version lists of repositories are not read")

        def from_proxy(base: str) -> _Fetched:
            from compliance.sources.transport import shown

            url = f"{base}/{escaped}/@v/list"
            data = self._transport.get_current(url, MAX_LIST_BYTES)
            return _Fetched(data, "proxy", shown(url))

        data = self._ask(path, from_proxy, from_vcs).data
        return data.decode("utf-8", "replace").split("\n")

    def cached_versions(self, path: str) -> tuple[str, ...]:
        """Versions of a module whose go.mod lies on this machine, in no order."""
        try:
            escape_path(path)
        except MalformedInputError:
            return ()
        return tuple(dict.fromkeys(self._cached_versions(path)))

    def listed_versions(self, path: str) -> tuple[str, ...] | None:
        """Versions that a proxy lists for a module; None where none answers, as offline."""
        try:
            lines = self._listed(path, escape_path(path))
        except (FetchError, MalformedInputError):
            return None
        return tuple(dict.fromkeys(words[0] for line in lines if (words := line.split())))

    def _versions(self, folder: DownloadFolder, path: str) -> tuple[str, ...]:
        if not self._is_present(folder.root):
            return ()
        place = folder.place(path)
        status = status_of(place) if self.trace is not None else None
        names = folder.mod_names(path)
        if self.trace is not None:
            if status is None:
                self.trace.add(place)
            else:
                self.trace.versions(place, status, names)
        return plain_versions(names)

    def _is_present(self, root: str) -> bool:
        """Whether a folder is there, looked at once: hundreds of modules may be asked for in it."""
        known = self._found.present.get(root)
        if known is None:
            known = self._found.present[root] = is_folder(root)
            if not known:
                self._note(root)
        return known

    def _read_noted(self, path: str) -> bytes | None:
        """Content of a small file of a cache, noted with the state that was read."""
        found = read_plain(path)
        if found is None:  # a link, or not there
            data = read_small(path)
            self._note(path)
            return data
        if self.trace is not None:
            self.trace.file(path, found[1], found[0])
        return found[0]

    def _note(self, path: str) -> None:
        if self.trace is not None:
            self.trace.add(path)

    # --- judging -------------------------------------------------------------------------------

    def _gomod_differs(self, module: ModuleVersion, data: bytes) -> bool:
        expected = self.go_sum.of_gomod(module)
        return expected is not None and expected != h1_gomod(data)

    def _gomod_refused(self, module: ModuleVersion, data: bytes) -> str:
        """Why a go.mod is not the one that go.sum, else the checksum database, lists; or ""."""
        if self.go_sum.of_gomod(module) is not None:
            return "differs from go.sum" if self._gomod_differs(module, data) else ""
        answer = self.database.gomod_sum(module)
        if answer.refused:
            return answer.because
        differs = bool(answer.sum) and answer.sum != h1_gomod(data)
        return "differs from the checksum database" if differs else ""

    def _verify(self, module: ModuleVersion, actual: str) -> Verification:
        go_sum = self.go_sum.of_zip(module)
        if go_sum is not None:  # it was checked against the database when it was written
            return verify_sum(actual, go_sum=go_sum)
        private, answer = self.database.private(module.path), self.database.zip_sum(module)
        return verify_sum(actual, go_sum=None, database=answer, private=private)

    def _as_tree(
        self, module: ModuleVersion, where: Where, place: str, found: Verification, files: Files,
        root: str | None = None,
    ) -> SourceTree:  # fmt: skip
        usable = found.voucher is not Voucher.MISMATCH
        return SourceTree(
            module=module,
            where=where,
            place=place,
            verification=found,
            files=files if usable else None,
            root=root if usable else None,
        )

    def _remember_source(self, module: ModuleVersion, fetched: _Fetched, path: str) -> None:
        """Write down beside a zip in our cache where these bytes came from."""
        web = fetched.where == "proxy" and fetched.place.startswith(("https://", "http://"))
        said = b""  # of a folder or a repository: no address that others can fetch the zip from
        # Where the address of the proxy holds a query, what is shown of it leads nowhere.
        if web and fetched.place.endswith(f"/{proxy_path(module, 'zip')}"):
            with contextlib.suppress(OSError), open(path, "rb") as file:
                said = f"{hashlib.file_digest(file, 'sha256').hexdigest()} {fetched.place}".encode()
        self._own_put(module, FETCHED_FROM, said)

    def _own_put(self, module: ModuleVersion, extension: str, data: bytes) -> bool:
        if self.cache_dir is None:
            return False
        folder = DownloadFolder(root=f"{self.cache_dir}/download")
        done = folder.write(module, extension, data)
        if done and len(data) > _LARGE_BYTES:
            BlobCache(self.cache_dir).trim()
        return done


def _check(module: ModuleVersion) -> None:
    """Refuse what is no module version before it becomes part of a path or URL."""
    try:
        proxy_path(module, "mod")
    except MalformedInputError as error:
        raise ModuleUnavailableError(f"{module}: {error.message}", tried=()) from error
