"""The hash `h1:` of go.sum (golang.org/x/mod/sumdb/dirhash, Hash1).

SHA-256 over one line `HEX  NAME` per file, sorted by name: a hash over a list of hashes, and so
never the SHA-256 of the zip itself.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable

from compliance.errors import MalformedInputError


def h1(digests: Iterable[tuple[str, bytes]]) -> str:
    """`h1:` sum over files.

    Args:
        digests: (name, SHA-256 of the content). Names are `path@version/file` for a zip and for
            an extracted folder alike.

    Raises:
        MalformedInputError: A name holds a line break.
    """
    lines: list[bytes] = []
    named = ((name.encode("utf-8", "surrogateescape"), digest) for name, digest in digests)
    for name, digest in sorted(named):
        if b"\n" in name:
            raise MalformedInputError("file names with line breaks cannot be hashed")
        lines.append(b"%s  %s\n" % (digest.hex().encode("ascii"), name))
    return _h1(b"".join(lines))


def h1_gomod(data: bytes) -> str:
    """`h1:` sum of a go.mod file, as on the `/go.mod` lines of go.sum."""
    return _h1(hashlib.sha256(data).hexdigest().encode("ascii") + b"  go.mod\n")


def _h1(listing: bytes) -> str:
    return "h1:" + base64.b64encode(hashlib.sha256(listing).digest()).decode("ascii")
