"""`compliance cache`: our own cache, never the go command's."""

from __future__ import annotations

import click

from compliance.cli.options import json_flag
from compliance.cli.place import printable
from compliance.config import own_cache


@click.group("cache")
def command() -> None:
    """Our own cache; the go command's module cache is only ever read."""


@command.command("info")
@json_flag
def info(*, as_json: bool) -> None:
    """Print what lies in the cache, by part, and how much it may grow to."""
    from compliance.outputs import json_bytes
    from compliance.sources import MAX_CACHE_BYTES, PARTS, BlobCache

    use = BlobCache(own_cache()).use()
    if as_json:
        document = {
            "schema": "compliance/cache/1",
            "folder": use.folder,
            "limit": MAX_CACHE_BYTES,
            "entries": use.entries,
            "bytes": use.size,
            "parts": {
                name: {"entries": entries, "bytes": size}
                for name, (entries, size) in use.parts.items()
            },
        }
        click.echo(json_bytes(document).decode("utf-8"), nl=False)
        return
    print(printable(use.folder))
    for name, (entries, size) in use.parts.items():
        print(f"{name:9}{entries:8} entries {size / 1e6:10.1f} MB  {PARTS[name]}")
    limit = MAX_CACHE_BYTES / 1e6
    print(f"{'all':9}{use.entries:8} entries {use.size / 1e6:10.1f} MB  of at most {limit:.0f}")


@command.command("clean")
def clean() -> None:
    """Remove what the cache holds.

    What another run is reading stays, and so do proofs.
    """
    from compliance.sources import BlobCache

    cache = BlobCache(own_cache())
    removed = cache.clean()
    left = cache.use()
    print(f"removed {removed / 1e6:.1f} MB")
    if kept := left.size - left.parts["forks"][1]:
        print(f"{kept / 1e6:.1f} MB stay: another run is using them")
