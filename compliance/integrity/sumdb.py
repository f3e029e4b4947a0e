"""Client of a checksum database (https://go.dev/ref/mod#checksum-database).

The database is a public log of go.sum lines. Each answer is believed only when it stands in a tree
that the database's key signed, and that tree continues every tree seen before. Reading and keeping
are handed in: nothing here touches network or disk.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from compliance.errors import MalformedInputError
from compliance.golang import ModuleVersion, escape_path, escape_version
from compliance.integrity.note import VerifierKey, open_note
from compliance.integrity.tlog import (
    HASH_BYTES,
    WIDTH,
    Tile,
    TreeReader,
    parse_record,
    parse_tree,
    record_hash,
)

ReadRemote = Callable[[str], bytes]
"""Path below the database's URL (`lookup/...`, `tile/...`) -> body; raises RemoteError."""


class RemoteError(Exception):
    """The database does not answer, or does not know what it is asked for."""


class ForkError(Exception):
    """The database signed two trees of which neither continues the other.

    `proof` holds both signed tree heads: anyone who has the key can check it.
    """

    def __init__(self, name: str, older: bytes, newer: bytes) -> None:
        super().__init__(f"checksum database {name} signed two histories that exclude each other")
        self.name = name
        self.proof = (older, newer)


class Memory(Protocol):
    """What a client keeps between runs; may forget everything but the latest tree harmlessly."""

    def load(self, name: str) -> bytes | None:
        """Kept bytes, or None."""
        ...

    def save(self, name: str, content: bytes) -> None:
        """Keep bytes, if possible."""
        ...


class SumDatabase:
    """A checksum database as one run sees it.

    Args:
        key: Its key.
        read: How to read from it.
        memory: What was seen before. `latest` is the newest signed tree, `lookup/...` and
            `tile/...` are answers.
    """

    __slots__ = ("_distrust", "_fork", "_fresh", "_known", "key", "memory", "read")

    def __init__(self, *, key: VerifierKey, read: ReadRemote, memory: Memory) -> None:
        self.key = key
        self.read = read
        self.memory = memory
        self._known: tuple[bytes, TreeReader] | None = None
        self._fork: ForkError | None = None
        self._distrust = False
        self._fresh: dict[str, bytes] = {}

    def lookup(self, module: ModuleVersion) -> tuple[str, ...]:
        """go.sum lines of a module version: of its zip and its go.mod.

        Raises:
            RemoteError: The database does not answer or does not know the module.
            MalformedInputError: The answer is not genuine.
            ForkError: The database contradicts itself; every later lookup fails likewise.
        """
        # 1. A database that was caught once is never believed again.
        if self._fork is not None:
            raise self._fork
        try:
            return self._lookup(module)
        except MalformedInputError:
            # What was kept may be damaged: let the database itself prove its answer once.
            self._distrust, self._known = True, None
            self._fresh.clear()
            return self._lookup(module)

    def _lookup(self, module: ModuleVersion) -> tuple[str, ...]:
        name = f"lookup/{escape_path(module.path)}@{escape_version(module.version)}"
        kept = None if self._distrust else self.memory.load(name)
        data = self.read(name) if kept is None else kept
        number, text, head = parse_record(data)
        # 2. The answer names a tree: signed, and one history with all trees seen so far.
        self._merge(self._latest())
        tree = self._merge(head)
        # 3. The record stands in that history at the place that it claims.
        if tree is None or number >= tree.tree.size:
            raise MalformedInputError(f"record {number} is not in the signed tree")
        if tree.node(0, number) != record_hash(text):
            raise MalformedInputError(f"record {number} is not what the signed tree holds")
        # 4. Only now is anything kept.
        if kept is None:
            self.memory.save(name, data)
        self._keep()
        # 5. The record must be about the module that was asked for.
        zip_prefix = f"{module.path} {module.version} "
        mod_prefix = f"{module.path} {module.version}/go.mod "
        lines = text.decode("utf-8", "replace").splitlines()
        return tuple(line for line in lines if line.startswith((zip_prefix, mod_prefix)))

    def _latest(self) -> bytes:
        """The newest signed tree that is kept; b"" when there is none or it is damaged."""
        kept = self.memory.load("latest") or b""
        if self._known is not None and kept == self._known[0]:
            return kept  # its signature was verified
        try:
            parse_tree(open_note(kept, self.key))
        except MalformedInputError:
            return b""
        return kept

    def _merge(self, head: bytes) -> TreeReader | None:
        """Take a signed tree head into account.

        The newer of the two trees is kept, and returned: other threads may merge meanwhile, and
        what this caller reads must stand in a tree that covers its own head.
        """
        known = self._known
        if not head or (known is not None and head == known[0]):
            return known[1] if known is not None else None
        new = TreeReader(tree=parse_tree(open_note(head, self.key)), read=self._read_tile)
        if known is None:
            self._known = (head, new)
            return new
        pair = sorted((known, (head, new)), key=lambda p: p[1].tree.size)
        (older_head, older), (newer_head, newer) = pair
        root = newer.tree.root
        if older.tree.size != newer.tree.size:
            root = newer.prefix_root(older.tree.size)
        if root != older.tree.root:
            self._fork = ForkError(self.key.name, older_head, newer_head)
            raise self._fork
        self._known = (newer_head, newer)
        return newer

    def _read_tile(self, tile: Tile) -> bytes:
        """A tile from memory, from the database, or cut from the full one that it became."""
        full = Tile(level=tile.level, number=tile.number)
        size = tile.width * HASH_BYTES
        for name in dict.fromkeys((tile.path, full.path)):
            kept = self._fresh.get(name)
            if kept is None and not self._distrust:
                kept = self.memory.load(name)
            if kept is not None and len(kept) >= size:
                return kept[:size]
        try:
            data = self.read(tile.path)
        except RemoteError:
            if tile.width == WIDTH:
                raise
            tile, data = full, self.read(full.path)
        self._fresh[tile.path] = data
        return data[:size] if len(data) > size else data

    def _keep(self) -> None:
        """Save the tiles that proved genuine, and the tree when it is newer than the one kept."""
        for name in list(self._fresh):
            data = self._fresh.pop(name, None)
            if data is not None:
                self.memory.save(name, data)
        latest = self._latest()
        self._merge(latest)  # another process may have seen a newer one
        if self._known is not None and self._known[0] != latest:
            self.memory.save("latest", self._known[0])
