"""A checksum database in memory, written from RFC 6962 and the design of Go's, to test against.

It shares no code with the client: roots come from the recursive definition, tiles from a table of
all levels.
"""

from __future__ import annotations

import base64
import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from compliance.integrity import RemoteError


def leaf(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def merkle_root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1 over leaf hashes."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + merkle_root(leaves[:k]) + merkle_root(leaves[k:])).digest()


class PublicLog:
    """Records, a key, and the documents that a server of them serves."""

    def __init__(self, name: str = "sums.example.com", seed: bytes = b"k" * 32) -> None:
        self.name = name
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        public = b"\x01" + self._private.public_key().public_bytes_raw()
        self._hash = hashlib.sha256(name.encode() + b"\n" + public).digest()[:4]
        self.key = f"{name}+{self._hash.hex()}+{base64.b64encode(public).decode()}"
        self.records: list[bytes] = []
        self.index: dict[str, int] = {}
        self.asked: list[str] = []

    def add(self, path: str, version: str, zip_sum: str, gomod_sum: str = "h1:mod=") -> int:
        text = f"{path} {version} {zip_sum}\n{path} {version}/go.mod {gomod_sum}\n"
        self.records.append(text.encode())
        self.index[f"{path}@{version}"] = len(self.records) - 1
        return len(self.records) - 1

    def fill(self, count: int) -> None:
        for n in range(count):
            self.add(f"example.com/filler{n}", "v1.0.0", f"h1:{n}=")

    def sign(self, text: str) -> bytes:
        signature = base64.b64encode(self._hash + self._private.sign(text.encode())).decode()
        return f"{text}\n\u2014 {self.name} {signature}\n".encode()

    def head(self, size: int | None = None) -> bytes:
        size = len(self.records) if size is None else size
        root = merkle_root([leaf(r) for r in self.records[:size]])
        return self.sign(f"go.sum database tree\n{size}\n{base64.b64encode(root).decode()}\n")

    def record(self, number: int, size: int | None = None) -> bytes:
        return b"%d\n%s\n%s" % (number, self.records[number], self.head(size))

    def tile(self, path: str) -> bytes:
        """tile/8/LEVEL/NUMBER[.p/WIDTH] from the table of the level's nodes."""
        _, _, level, *rest = path.split("/")
        width = 256
        if rest[-2:-1] and rest[-2].endswith(".p"):
            width = int(rest[-1])
            rest = [*rest[:-2], rest[-2][:-2]]
        number = int("".join(part.removeprefix("x") for part in rest))
        step = 256 ** int(level)
        leaves = [leaf(r) for r in self.records]
        nodes = []
        for n in range(number * 256, number * 256 + width):
            part = leaves[n * step : (n + 1) * step]
            if len(part) < step:
                raise RemoteError(f"{path}: 404")
            nodes.append(merkle_root(part))
        return b"".join(nodes)

    def read(self, path: str) -> bytes:
        """What a server answers; this is a `ReadRemote`."""
        self.asked.append(path)
        if path.startswith("tile/"):
            return self.tile(path)
        number = self.index.get(path.removeprefix("lookup/"))
        if number is None:
            raise RemoteError(f"{path}: 404")
        return self.record(number)


class Kept(dict[str, bytes]):
    """What a client remembers, in memory."""

    def load(self, name: str) -> bytes | None:
        return self.get(name)

    def save(self, name: str, content: bytes) -> None:
        self[name] = content
