"""SourceTree: the source of one module, where it came from, and what vouches for it."""

from __future__ import annotations

from typing import Literal

from compliance.golang import Files, ModuleVersion
from compliance.integrity import Verification
from compliance.value import dataclass

Where = Literal["vendor", "folder", "module-cache", "own-cache", "proxy", "vcs", "goroot"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Version control origin that a proxy or the module cache reports in `.info`."""

    vcs: str
    url: str
    commit: str
    ref: str = ""
    time: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """Digests of the module zip itself (hex), and the URL it came from, if it was downloaded."""

    sha256: str
    sha512: str
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTree:
    """Files of one module version. A mismatch has no files (`files` is None).

    `root` is the absolute folder on disk where one exists (for the worker that reads files),
    `released` when the version was made (RFC 3339), "" where no cache says it.
    """

    module: ModuleVersion
    where: Where
    place: str
    verification: Verification
    files: Files | None
    root: str | None = None
    origin: Origin | None = None
    released: str = ""
    archive: Archive | None = None
