"""Files of module versions on disk, in the layout of the module proxy protocol.

The go command's `$GOMODCACHE/cache/download`, our own cache and a file:// proxy share it:
`ESCAPED-PATH/@v/ESCAPED-VERSION.{info,mod,zip}` (https://go.dev/ref/mod#module-cache). The go
command's is only read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from compliance import patterns as re
from compliance.golang import (
    ModuleVersion,
    escape_path,
    escape_version,
    is_canonical_version,
    is_pseudo_version,
    unescape_version,
    version_key,
)
from compliance.sources.paths import mod_names_in, read_small, write_atomic
from compliance.sources.tree import Origin
from compliance.value import dataclass

MAX_INFO_BYTES = 1 << 20
MAX_LIST_BYTES = 4 << 20
"""Some 200,000 versions; the longest known lists have some thousand."""
FETCHED_FROM = "from"
"""Beside a zip in our own cache: `SHA256 URL`, the bytes and where they were fetched from."""
_ESCAPED = re.compile(r"v[0-9](?:[0-9a-z.+_-]|![a-z])*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Info:
    """A `.info` document: canonical version, commit time (RFC 3339, as written), origin."""

    version: str
    time: str = ""
    origin: Origin | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadFolder:
    """Downloaded files under `root`."""

    root: str

    def path(self, module: ModuleVersion, extension: str) -> str:
        """Where a file of a module version lies, whether or not it exists."""
        return f"{self.root}/{proxy_path(module, extension)}"

    def place(self, path: str) -> str:
        """Where all versions of a module lie, whether or not it exists."""
        return f"{self.root}/{escape_path(path)}/@v"

    def read(self, module: ModuleVersion, extension: str) -> bytes | None:
        """Content of a small file (`mod`, `info`, `ziphash`), or None."""
        return read_small(self.path(module, extension))

    def mod_names(self, path: str) -> list[str]:
        """Names of the go.mod files of a module that lie here, sorted."""
        return mod_names_in(self.place(path))

    def write(self, module: ModuleVersion, extension: str, content: bytes) -> bool:
        """Put a file in place by renaming; False where the folder cannot be written."""
        return write_atomic(self.path(module, extension), content)


def plain_versions(names: Iterable[str]) -> tuple[str, ...]:
    """Versions that the names of go.mod files stand for; other names do not count."""
    escaped = [n.removesuffix(".mod") for n in names]
    return tuple(
        n if "!" not in n else unescape_version(n) for n in escaped if _ESCAPED.fullmatch(n)
    )


def latest_version(lines: Iterable[str]) -> str:
    """The version that `go get` would call latest, retractions aside; "" when there is none.

    Lines are those of `@v/list`: a version, and possibly a time. Releases go before pre-releases,
    those before pseudo-versions, and compatible versions before `+incompatible` ones.
    """
    versions = {words[0] for line in lines if (words := line.split())}
    valid = [v for v in versions if is_canonical_version(v)]
    best = [v for v in valid if "-" not in v]
    best = best or [v for v in valid if not is_pseudo_version(v)] or valid
    return max(best, key=lambda v: (not v.endswith("+incompatible"), version_key(v)), default="")


def proxy_path(module: ModuleVersion, extension: str) -> str:
    """`ESCAPED-PATH/@v/ESCAPED-VERSION.EXTENSION`. Raises MalformedInputError."""
    return f"{escape_path(module.path)}/@v/{escape_version(module.version)}.{extension}"


def parse_info(data: bytes) -> Info | None:
    """Read a `.info` document; None when it is not one."""
    try:
        document = msgspec.json.decode(data[:MAX_INFO_BYTES])
    except (msgspec.DecodeError, RecursionError):
        return None
    if not isinstance(document, Mapping):
        return None
    version = _word(document, "Version")
    if not version:
        return None
    origin = document.get("Origin")
    return Info(
        version=version,
        time=_word(document, "Time"),
        origin=_origin(origin, _word(document, "Time")) if isinstance(origin, Mapping) else None,
    )


def _origin(document: Mapping[str, object], time: str) -> Origin | None:
    vcs, url, commit = (_word(document, key) for key in ("VCS", "URL", "Hash"))
    if not (vcs and url and commit):
        return None
    return Origin(vcs=vcs, url=url, commit=commit, ref=_word(document, "Ref"), time=time)


def _word(document: Mapping[str, object], key: str) -> str:
    value = document.get(key)
    return value if isinstance(value, str) else ""
