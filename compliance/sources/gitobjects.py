"""Refs and commits of a git repository, read without git.

Layout: https://git-scm.com/docs/gitrepository-layout, revisions: gitrevisions(7).
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from compliance.errors import ComplianceError, IncompleteError
from compliance.sources.gitstore import ObjectStore, read_regular
from compliance.value import dataclass

MAX_REF_BYTES = 4096
MAX_PACKED_REFS_BYTES = 256 << 20
MAX_COMMIT_BYTES = 16 << 20
"""A commit message beyond this is no message."""
_MAX_SYMBOLIC = 5  # git's own limit for chains of symbolic refs
_MAX_TAGS = 10  # annotated tags of annotated tags

_OID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_REVISION = re.compile(r"(?P<name>[^~^:\s]+)(?P<steps>(?:~\d{0,4}|\^\d?)*)")


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

    def head(self) -> str | None:
        """Object name of the commit that is checked out; None before the first commit."""
        name = "HEAD"
        for _ in range(_MAX_SYMBOLIC):
            text = self._ref(name)
            if text is None:
                return None
            if not text.startswith("ref:"):
                return text if _OID.fullmatch(text) else None
            name = text.removeprefix("ref:").strip()
        return None

    def resolve(self, revision: str) -> str:
        """Object name of the commit that a revision means: HEAD, a branch, a tag, hex, `~N`, `^`.

        Raises:
            IncompleteError: It means no commit, or more than one.
        """
        match = _REVISION.fullmatch(revision)
        name = self._named(match["name"]) if match else None
        oid = self._peel(name) if name else None
        for step, number in re.findall(r"([~^])(\d*)", match["steps"] if match else ""):
            times, parent = (int(number or 1), 1) if step == "~" else (1, int(number or 1))
            for _ in range(times):
                oid = self._parent(oid, parent) if oid and parent else oid
        if oid is None:
            raise IncompleteError(f"--base {revision}: is no commit here")
        return oid

    def _named(self, name: str) -> str | None:
        """Object name of HEAD, a ref, or (shortened) hex."""
        if name in ("HEAD", "@"):
            return self.head()
        for prefix in ("", "refs/", "refs/tags/", "refs/heads/", "refs/remotes/"):
            found = self._ref(prefix + name)
            if found is not None and _OID.fullmatch(found):
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
                here = line.lower() == f"[{section}]"
            elif here and "=" in line:
                name, _, rest = line.partition("=")
                if name.strip().lower() == key:
                    value = rest.strip().lower()
        return value

    def _ref(self, name: str) -> str | None:
        """Content of a ref: hex, or `ref: NAME`; None when there is none."""
        if ".." in name or name.startswith("/") or "\0" in name:
            return None
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
