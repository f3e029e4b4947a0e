"""Refs and commits of a git repository, read without git.

Layout: https://git-scm.com/docs/gitrepository-layout, revisions: gitrevisions(7).
"""

from __future__ import annotations

import os
from pathlib import Path

from compliance import patterns as re
from compliance.errors import ComplianceError, IncompleteError
from compliance.sources.gitstore import ObjectStore, read_regular
from compliance.sources.reftable import table_log, table_ref
from compliance.value import dataclass

MAX_REF_BYTES = 4096
MAX_PACKED_REFS_BYTES = 256 << 20
MAX_COMMIT_BYTES = 16 << 20
"""A commit message beyond this is no message."""
_MAX_SYMBOLIC = 5  # git's own limit for chains of symbolic refs
_MAX_TAGS = 10  # annotated tags of annotated tags

MAX_SHALLOW_BYTES = 64 << 20
MAX_LOG_BYTES = 64 << 20
_PLAIN_FILES = ("FETCH_HEAD", "MERGE_HEAD")
"""Refs that are files whatever the form of the others is."""
_PREFIXES = ("", "refs/", "refs/tags/", "refs/heads/", "refs/remotes/")
"""Where a name is looked for, in this order (gitrevisions(7))."""
_OF_WORK_TREE = ("refs/bisect/", "refs/worktree/", "refs/rewritten/")
_OID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_REVISION = re.compile(
    r"(?P<name>[^~^:\s{}]*?)(?:@\{(?P<back>\d{1,6}|u|upstream)\})?"
    r"(?P<steps>(?:~\d{0,4}|\^\d?|\^\{(?:commit)?\})*)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GitFolder:
    """A git directory; `common` holds refs and objects and differs in linked work trees."""

    path: str
    common: str

    @classmethod
    def find(cls, work_tree: str) -> GitFolder | None:
        """The git directory of a folder that has `.git` as folder or as file, else None."""
        dot = work_tree.rstrip("/") + "/.git"
        path = dot
        if Path(dot).is_file():
            text = _text(dot, MAX_REF_BYTES)
            if text is None or not text.startswith("gitdir:"):
                return None
            path = os.path.normpath(Path(work_tree, text.removeprefix("gitdir:").strip()))
        if not Path(path, "HEAD").is_file() and not Path(path, "HEAD").is_symlink():
            return None
        common = _text(path + "/commondir", MAX_REF_BYTES)
        if common is None:
            return cls(path=path, common=path)
        return cls(path=path, common=os.path.normpath(Path(path, common.strip())))

    @property
    def index(self) -> str:
        """Path of the index of the work tree."""
        return self.path + "/index"

    def head(self) -> str | None:
        """Object name of the commit that is checked out; None before the first commit."""
        return self._followed("HEAD")

    def _followed(self, name: str) -> str | None:
        """Object name that a ref leads to, over refs that name another one."""
        for _ in range(_MAX_SYMBOLIC):
            text = self._ref(name)
            if text is None:
                return None
            if not text.startswith("ref:"):
                word = text.split(None, 1)[0] if name == "FETCH_HEAD" else text
                return word if _OID.fullmatch(word) else None
            name = text.removeprefix("ref:").strip()
        return None

    def resolve(self, revision: str) -> str:
        """Object name of the commit that a revision means: HEAD, a branch, a tag, hex, `~N`, `^`.

        Raises:
            IncompleteError: It means no commit, or more than one.
        """
        match = _REVISION.fullmatch(revision)
        name = self._start(match["name"], match["back"]) if match else None
        oid = self._peel(name) if name else None
        steps = re.sub(r"\^\{(commit)?\}", "", match["steps"]) if match else ""
        for step, number in re.findall(r"([~^])(\d*)", steps):
            times, parent = (int(number or 1), 1) if step == "~" else (1, int(number or 1))
            for _ in range(times):
                oid = self._parent(oid, parent) if oid and parent else oid
        if oid is None:
            why = self._misread(revision) or self.advice(revision)
            raise IncompleteError(f"--base {revision}: is no commit here{why}")
        return oid

    def _misread(self, revision: str) -> str:
        """What is meant by words of git that name no commit, or none yet; "" for all others."""
        ends = re.fullmatch(r"([\w./-]*?)\.\.+([\w./-]*)", revision)
        if ends is not None:
            one, other = (end or "HEAD" for end in ends.groups())
            fork = f"$(git merge-base {one} {other})"
            return f"; a range is no commit\nname where it starts: --base {one}, or --base {fork}"
        if revision == "HEAD" and self.head() is None:
            return "; nothing is committed on this branch yet"
        return ""

    def advice(self, revision: str) -> str:
        """What brings a commit that is not here, as lines to add to an error; "" for a typo."""
        if self._ref_form not in ("files", "reftable") and not re.fullmatch(
            r"[0-9a-f]{4,64}", revision
        ):
            return (
                "; this repository keeps its refs in a form that is not read here\n"
                "name the commit: --base $(git rev-parse REVISION)"
            )
        name = re.split(r"[~^@:]", revision, maxsplit=1)[0].removeprefix("origin/") or "REVISION"
        if not re.fullmatch(r"[\w./-]+", name) or name.startswith("-"):
            name = "REVISION"
        if self.shallow:
            alone = (
                f"\nor only this commit: git fetch --depth=1 origin {name}, then --base FETCH_HEAD"
                if name not in ("HEAD", "REVISION")
                else ""
            )
            return (
                "; this is a shallow clone\nbring its history first: git fetch --unshallow origin"
                f"{alone}\n(in a workflow: actions/checkout with fetch-depth: 0)"
            )
        if self._ref(f"refs/remotes/origin/{name}") is not None and "origin/" not in revision:
            return f"; did you mean origin/{name}?"
        if self.setting('remote "origin"', "url") is not None:
            return f"\nbring it first: git fetch origin {name}"
        return ""

    @property
    def _ref_form(self) -> str:
        """How refs are kept: `files`, or as an extension of the repository says."""
        return (self.setting("extensions", "refstorage") or "files").lower()

    @property
    def shallow(self) -> bool:
        """Whether history was cut off when the repository was cloned."""
        return bool((read_regular(self.common + "/shallow", MAX_SHALLOW_BYTES) or b"").strip())

    @property
    def promised(self) -> bool:
        """Whether objects may be left out because a remote promises them (a partial clone)."""
        text = _text(self.common + "/config", 1 << 20) or ""
        return "partialclonefilter" in text.lower() or "promisor" in text.lower()

    def absent(self, revision: str, what: str) -> IncompleteError:
        """The error for an object of a base that is not here, with the command that brings it."""
        told = f"--base {revision}: {what} is not in this repository"
        if self.promised:
            hint = f"git archive {revision} >/dev/null"
            return IncompleteError(
                f"{told}: it is a partial clone\nbring the missing objects first: {hint}"
            )
        if self.shallow:
            return IncompleteError(told + self.advice(revision))
        return IncompleteError(f"{told}, or damaged\nfind out with: git fsck")

    def _start(self, name: str, back: str | None) -> str | None:
        """Object name that a revision starts from: `NAME`, `NAME@{N}` or `NAME@{upstream}`."""
        if back is None:
            return self._named(name)
        branch = name if name not in ("", "@", "HEAD") else self._branch()
        if not back.isdecimal():
            section = f'branch "{branch}"'
            remote, merged = self.setting(section, "remote"), self.setting(section, "merge")
            if not remote or not merged:
                return None
            tail = merged.removeprefix("refs/heads/")
            return self._ref(merged if remote == "." else f"refs/remotes/{remote}/{tail}")
        if name in ("@", "HEAD") or branch is None:
            return self._logged("HEAD", int(back))
        return next(
            (
                found
                for prefix in _PREFIXES
                if (found := self._logged(prefix + branch, int(back))) is not None
            ),
            None,
        )

    def _branch(self) -> str | None:
        """Name of the branch that is checked out."""
        text = self._ref("HEAD") or ""
        found = re.fullmatch(r"ref:\s*refs/heads/(.+)", text)
        return found[1] if found else None

    def _logged(self, ref: str, back: int) -> str | None:
        """What a ref was so many changes ago, as its log says."""
        if ".." in ref or ref.startswith("/") or "\0" in ref:
            return None
        if self._ref_form == "reftable":
            logs = table_log(self._tables_of(ref), ref)
            return logs[back] if 0 <= back < len(logs) else None
        for base in dict.fromkeys((self.path, self.common)):
            lines = (read_regular(f"{base}/logs/{ref}", MAX_LOG_BYTES) or b"").splitlines()
            if 0 <= back < len(lines):
                words = os.fsdecode(lines[-1 - back]).split(" ", 2)
                return words[1] if len(words) > 1 and _OID.fullmatch(words[1]) else None
        return None

    def _named(self, name: str) -> str | None:
        """Object name of HEAD, a ref, or (shortened) hex."""
        if name in ("HEAD", "@"):
            return self.head()
        ways = [prefix + name for prefix in _PREFIXES] if name else []
        for way in (*ways, f"refs/remotes/{name}/HEAD"):
            found = self._followed(way)
            if found is not None:
                return found
        if re.fullmatch(r"[0-9a-f]{4,64}", name):
            size = len(self.head() or "") // 2 or 20
            if len(name) == 2 * size:
                return name
            oids = self.store(size).complete(name)
            return oids[0].hex() if len(oids) == 1 else None
        return None

    def _peel(self, oid: str) -> str | None:
        """The commit that a tag object leads to."""
        for _ in range(_MAX_TAGS):
            found = self._object(oid)
            if found is None:
                return None
            kind, body = found
            if kind == "commit":
                return oid
            match = re.match(rb"object ([0-9a-f]+)\n", body) if kind == "tag" else None
            if match is None:
                return None
            oid = match[1].decode("ascii")
        return None

    def _parent(self, oid: str, number: int) -> str | None:
        kind, body = self._object(oid) or ("", b"")
        head = body.partition(b"\n\n")[0] if kind == "commit" else b""
        parents = re.findall(rb"^parent ([0-9a-f]+)$", head, re.M)
        return parents[number - 1].decode("ascii") if number <= len(parents) else None

    def store(self, oid_size: int) -> ObjectStore:
        """The objects of the repository."""
        return ObjectStore(self.common + "/objects", oid_size)

    def _object(self, oid: str) -> tuple[str, bytes] | None:
        try:
            return self.store(len(oid) // 2).get(bytes.fromhex(oid), MAX_COMMIT_BYTES)
        except ComplianceError:
            return None

    def files_of_head(self) -> tuple[str, ...]:
        """Files that decide what `head` answers."""
        if self._ref_form == "reftable":
            folders = dict.fromkeys((self.path, self.common))
            return (self.path + "/HEAD", *(f"{f}/reftable/tables.list" for f in folders))
        text = self._ref("HEAD") or ""
        own = [self.path + "/HEAD", self.common + "/packed-refs"]
        if text.startswith("ref:"):
            own.append(f"{self.common}/{text.removeprefix('ref:').strip()}")
        return tuple(own)

    def tree_of(self, commit: str) -> bytes | None:
        """Object name of a commit's tree; None when the commit cannot be read."""
        kind, body = self._object(commit) or ("", b"")
        found = re.match(rb"tree ([0-9a-f]+)\n", body) if kind == "commit" else None
        return bytes.fromhex(found[1].decode("ascii")) if found else None

    def setting(self, section: str, key: str) -> str | None:
        """Last value of a plain key of the repository's config; includes are not followed."""
        text = _text(self.common + "/config", 1 << 20) or ""
        value = None
        here = False
        for line in text.splitlines():
            line = line.strip()
            if line.startswith("["):
                here = line.lower() == f"[{section.lower()}]"
            elif here and "=" in line:
                name, _, rest = line.partition("=")
                if name.strip().lower() == key:
                    value = rest.strip()
        return value

    def _tables_of(self, name: str) -> str:
        """The tables that hold a ref: those of the work tree for what is its own."""
        own = not name.startswith("refs/") or name.startswith(_OF_WORK_TREE)
        return f"{self.path if own else self.common}/reftable"

    def _ref(self, name: str) -> str | None:
        """Content of a ref: hex, or `ref: NAME`; None when there is none."""
        if ".." in name or name.startswith("/") or "\0" in name:
            return None
        if self._ref_form == "reftable" and name not in _PLAIN_FILES:
            return table_ref(self._tables_of(name), name)
        for base in dict.fromkeys((self.path, self.common)):
            text = _text(f"{base}/{name}", MAX_REF_BYTES)
            if text is not None and text.strip():
                return text.strip()
        packed = read_regular(self.common + "/packed-refs", MAX_PACKED_REFS_BYTES) or b""
        found = re.search(rb"^([0-9a-f]+) " + re.escape(os.fsencode(name)) + rb"$", packed, re.M)
        return found[1].decode("ascii") if found else None


def _text(path: str, limit: int) -> str | None:
    data = read_regular(path, limit)
    return None if data is None else os.fsdecode(data)
