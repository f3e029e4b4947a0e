"""`compliance proxies`: where the bytes of modules come from."""

from __future__ import annotations

import click

from compliance.cli.place import printable
from compliance.config import cache_folder, environment


@click.group("proxies")
def command() -> None:
    """Where the bytes of modules come from."""


@command.command("settings")
def settings() -> None:
    """Print the effective settings of the go command, each with where it comes from."""
    from compliance.sources import go_settings

    environ = environment()
    home = environ.get("HOME", "")
    found = go_settings(environ, home)
    for name in sorted(found.values):
        value = found.values[name]
        print(printable(f"{name}={value.value}  ({value.origin})"))
    print(printable(f"GOROOT={found.goroot or ''}  (installed Go: {found.go_version or 'none'})"))
    print(printable(f"cache={cache_folder(environ, home)}"))
