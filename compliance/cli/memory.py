"""The memory of the last run: an unchanged repository is answered from what was written before.

A scan is a function of its request and of the bytes it reads. The request is part of the key; what
was read is a trace (one stat per file and folder). Where both agree, the files written last time
are the answer of this time, byte for byte. Anything else runs the scan: a change in any file, in
the settings, in the tool, in the day. Runs that asked the network are not remembered.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from compliance.cli.place import EXIT
from compliance.sources import BlobCache, decode_trace, tool_mark
from compliance.value import dataclass

if TYPE_CHECKING:
    from compliance.config import ScanRequest
    from compliance.sources import SealedTrace, Trace

_FORMAT = b"compliance-run-1"
_SETTINGS = ("GO", "CGO_", "XDG_CONFIG_HOME", "CC", "PATH", "NETRC")
"""Prefixes of the variables that can change what the go command would do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What a run delivers: the bytes of its files by name, its terminal text, its outcome."""

    files: Mapping[str, bytes]
    text: str
    outcome: str


def print_out(delivery: Delivery, *, quiet: bool) -> int:
    """Print what a listing delivers, findings on stderr unless `quiet`; its exit code."""
    sys.stdout.buffer.write(delivery.files["stdout"])
    sys.stdout.flush()
    if not quiet:
        sys.stderr.write(delivery.text)
    return EXIT[delivery.outcome]


Run = Callable[[], tuple[Delivery, "Trace | None"]]
"""Makes a delivery; with the trace of what it read, where a later run may give it again."""


def remembered(request: ScanRequest, shape: tuple[object, ...], run: Run) -> Delivery:
    """What the last run delivered, if nothing that it read has changed since; else a new run."""
    delivery = recall(request, shape)
    if delivery is None:
        delivery, trace = run()
        if trace is not None:
            keep(request, shape, trace, delivery)
    return delivery


def recall(request: ScanRequest, shape: tuple[object, ...]) -> Delivery | None:
    """The delivery of the last run, if nothing that it read has changed since.

    `shape` is what else shapes a delivery: the formats, the width of the terminal, the folder.
    """
    key = _key(request, shape)
    return recall_at(request.cache, key) if key is not None else None


def keep(request: ScanRequest, shape: tuple[object, ...], trace: Trace, delivery: Delivery) -> None:
    """Remember a delivery; a trace that cannot be relied on is not kept."""
    key = _key(request, shape)
    if key is not None:
        keep_at(request.cache, key, trace, delivery)


def recall_at(cache: str, key: bytes) -> Delivery | None:
    """`recall` by the key of a delivery in the cache at a folder."""
    import msgspec

    blob = BlobCache(cache).get(key)
    if blob is None:
        return None
    try:
        sealed, files, text, outcome = msgspec.msgpack.decode(
            blob, type=tuple[bytes, dict[str, bytes], str, str]
        )
    except msgspec.MsgspecError:
        return None  # written by another version; the run writes it anew
    trace = decode_trace(sealed)
    if trace is None or not trace.unchanged():
        return None
    delivery = Delivery(files=files, text=text, outcome=outcome)
    aged = trace.aged()
    if aged is not None:
        _write(cache, key, aged, delivery)
    return delivery


def keep_at(cache: str, key: bytes, trace: Trace, delivery: Delivery) -> None:
    """`keep` under a key in the cache at a folder."""
    sealed = trace.seal()
    if sealed is not None:
        _write(cache, key, sealed, delivery)


def _write(cache: str, key: bytes, trace: SealedTrace, delivery: Delivery) -> None:
    import msgspec

    record = (trace.encode(), dict(delivery.files), delivery.text, delivery.outcome)
    BlobCache(cache).put(key, msgspec.msgpack.encode(record))


def detect_key(paths: tuple[str, ...], shape: tuple[object, ...]) -> bytes:
    """Key of what `detect` delivers for files and folders; `shape` as for `recall`."""
    places = [(path, os.path.realpath(path)) for path in paths]
    asked = repr((places, shape, tool_mark())).encode("utf-8", "surrogatepass")
    return b"compliance-detect-run-1" + hashlib.sha256(asked).digest()


def _commit(request: ScanRequest) -> str | None:
    """The commit that --base means today: a branch moves, and a commit never changes."""
    if request.base is None:
        return None
    from compliance.sources import base_commit

    return base_commit(request.root, request.base)


def _key(request: ScanRequest, shape: tuple[object, ...]) -> bytes | None:
    """None where it cannot be told which commit is the base."""
    commit = _commit(request)
    if request.base is not None and commit is None:
        return None
    settings = sorted((k, v) for k, v in request.environ.items() if k.startswith(_SETTINGS))
    asked = (
        request.root, request.shown, request.home, request.as_of.isoformat(), request.epoch,
        request.mains, request.platforms, request.matrix, request.compare,
        request.verify_vendor, request.policies, request.profile, request.outbound, request.base,
        request.policy_approved,
        request.fail_on, request.offline, request.goproxy, request.run_goauth, commit, settings,
        shape, tool_mark(),
    )  # fmt: skip
    return _FORMAT + hashlib.sha256(repr(asked).encode("utf-8", "surrogatepass")).digest()
