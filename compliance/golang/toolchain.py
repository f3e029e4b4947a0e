"""Which Go toolchain the go command would run for a module or workspace.

The rules are those of https://go.dev/doc/toolchain#select (cmd/go/internal/toolchain.Select).
"""

from __future__ import annotations

from compliance.errors import IncompleteError, UsageError
from compliance.golang import semver
from compliance.value import dataclass

_FIRST_WITH_PATCH = "1.21"
"""From here on the first release of a language version is `1.N.0`."""

_FIRST_STRICT = "1.21"
"""The first Go that refuses modules whose go line is newer than itself."""


def chosen_toolchain(setting: str, local: str, go: str | None, named: str | None) -> str:
    """Name of the toolchain (`go1.27.0`) that runs, "" for the installed one.

    It may be older than the go line asks for, where GOTOOLCHAIN or `toolchain default` allow no
    other; `Running.check` says whether it then refuses.

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
    if mode and named != "default":
        newer = semver.toolchain_version(named or "")
        if named and newer and semver.compare_go(newer, version) > 0:
            name, version = named, newer
        if go and semver.compare_go(go, version) > 0:
            name = f"go{go}"
            if go == semver.go_language(go) and semver.compare_go(go, _FIRST_WITH_PATCH) >= 0:
                name += ".0"
    return "" if name == f"go{local}" else name


@dataclass(frozen=True, slots=True)
class Running:
    """The Go that runs: its version (`1.26.8`), and GOTOOLCHAIN, which let it be chosen."""

    version: str
    setting: str

    def check(self, what: str, go: str | None, *, file: str = "", line: int = 0) -> None:
        """Refuse what this Go is too old for (cmd/go/internal/gover.TooNewError).

        Args:
            what: The module that asks for it, "" for the file itself.
            go: Its go line.
            file: The file that says so.
            line: Line of the file.

        Raises:
            IncompleteError: This Go refuses it.
        """
        if not go or semver.compare_go(go, self.version) <= 0:
            return
        if semver.compare_go(self.version, _FIRST_STRICT) < 0:
            return
        why = f"; GOTOOLCHAIN={self.setting}" if self.setting not in ("", "auto") else ""
        message = f"requires go >= {go} (running go {self.version}{why})"
        if what:
            message = f"{what} {message}"
        elif why:
            message += "; install that Go, or set GOTOOLCHAIN=auto"
        raise IncompleteError(message, file=file, line=line)
