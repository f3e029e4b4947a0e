"""The memory of the last run: an unchanged repository is answered from what was written before.

A scan is a function of its request and of the bytes it reads. The request is part of the key; what
was read is a trace (one stat per file and folder). Where both agree, the files written last time
are the answer of this time, byte for byte. Anything else runs the scan: a change in any file, in
the settings, in the tool, in the day. Runs that asked the network are not remembered.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from compliance import __version__
from compliance.sources import BlobCache, decode_trace
from compliance.value import dataclass

if TYPE_CHECKING:
    from compliance.config import ScanRequest
    from compliance.sources import Trace

_FORMAT = b"compliance-run-1"
_SETTINGS = ("GO", "CGO_", "XDG_CONFIG_HOME", "CC", "PATH", "NETRC")
"""Prefixes of the variables that can change what the go command would do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What a run delivers: the bytes of its files by name, its terminal text, its outcome."""

    files: Mapping[str, bytes]
    text: str
    outcome: str


def recall(request: ScanRequest, shape: tuple[object, ...]) -> Delivery | None:
    """The delivery of the last run, if nothing that it read has changed since.

    `shape` is what else shapes a delivery: the formats, the width of the terminal, the folder.
    """
    import msgspec

    blob = BlobCache(request.cache).get(_key(request, shape))
    if blob is None:
        return None
    try:
        sealed, files, text, outcome = msgspec.msgpack.decode(
            blob, type=tuple[bytes, dict[str, bytes], str, str]
        )
    except msgspec.MsgspecError:
        return None  # written by another version; the scan writes it anew
    trace = decode_trace(sealed)
    if trace is None or not trace.unchanged():
        return None
    return Delivery(files=files, text=text, outcome=outcome)


def keep(request: ScanRequest, shape: tuple[object, ...], trace: Trace, delivery: Delivery) -> None:
    """Remember a delivery; a trace that cannot be relied on is not kept."""
    import msgspec

    sealed = trace.seal()
    if sealed is not None:
        record = (sealed.encode(), dict(delivery.files), delivery.text, delivery.outcome)
        BlobCache(request.cache).put(_key(request, shape), msgspec.msgpack.encode(record))


def _key(request: ScanRequest, shape: tuple[object, ...]) -> bytes:
    settings = sorted((k, v) for k, v in request.environ.items() if k.startswith(_SETTINGS))
    asked = (
        request.root, request.shown, request.home, request.as_of.isoformat(), request.epoch,
        request.mains, request.platforms, request.matrix, request.compare, request.policies,
        request.profile, request.outbound, request.base, request.fail_on, request.offline,
        request.goproxy, request.run_goauth, settings, shape, __version__, _tool(),
    )  # fmt: skip
    return _FORMAT + hashlib.sha256(repr(asked).encode("utf-8", "surrogatepass")).digest()


@cache
def _tool() -> str:
    """Changes whenever a file of the package does, so that a new build trusts no old answer."""
    digest = hashlib.sha256()
    package = Path(__file__).parents[1]
    for root in (package, package.parent / "policies", package.parent / "templates"):
        for folder, folders, names in os.walk(root):
            folders[:] = sorted(f for f in folders if f != "__pycache__")
            for name in sorted(names):
                status = os.stat(os.path.join(folder, name))  # noqa: PTH116, PTH118 - speed
                digest.update(f"{name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
