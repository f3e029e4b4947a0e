"""Which Go toolchain the go command would run for a module or workspace.

The rules are those of https://go.dev/doc/toolchain#select (cmd/go/internal/toolchain.Select).
"""

from __future__ import annotations

from compliance.errors import UsageError
from compliance.golang import semver

_FIRST_WITH_PATCH = "1.21"
"""From here on the first release of a language version is `1.N.0`."""


def chosen_toolchain(setting: str, local: str, go: str | None, named: str | None) -> str:
    """Name of the toolchain (`go1.27.0`) that runs, "" for the installed one.

    Where the go command refuses since neither GOTOOLCHAIN nor the toolchain line lets it take a Go
    as new as the go line asks for, it is the one that would do.

    Args:
        setting: GOTOOLCHAIN.
        local: Version of the installed Go (`1.26.8`).
        go: The go line of go.work, else of go.mod.
        named: The toolchain line.

    Raises:
        UsageError: GOTOOLCHAIN is malformed.
    """
    least, _, mode = (setting or "local").partition("+")
    if setting in ("auto", "path"):
        least, mode = "local", setting
    name = "" if least == "local" else least
    version = local if least == "local" else semver.toolchain_version(least)
    if not version or mode not in ("", "auto", "path") or setting.endswith("+"):
        raise UsageError(f"GOTOOLCHAIN={setting} names no Go toolchain")
    if mode and named and named != "default":
        newer = semver.toolchain_version(named)
        if newer and semver.compare_go(newer, version) > 0:
            name, version = named, newer
    if go and semver.compare_go(go, version) > 0:
        name = f"go{go}"
        if go == semver.go_language(go) and semver.compare_go(go, _FIRST_WITH_PATCH) >= 0:
            name += ".0"
    return "" if name == f"go{local}" else name
