"""go.sum and go.work.sum (https://go.dev/ref/mod#go-sum-files)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from compliance.errors import LimitExceededError, MalformedInputError
from compliance.golang import ModuleVersion
from compliance.value import dataclass

MAX_GOSUM_BYTES = 64 << 20
"""About half a million lines; the largest known go.sum has some ten thousand."""

_EMPTY_GOMOD = "h1:G7mAYYxgmS0lVkHyy2hEOLQCFB0DlQFTMLWggykrydY="
"""Sum of no file at all, written by early go commands by mistake and dropped since."""

_FIELDS = 3
_AGAINST = " against "


@dataclass(frozen=True, slots=True, kw_only=True)
class GoSum:
    """The sums that the main modules trust.

    `sums` maps (path, version) and (path, version + "/go.mod") to the h1 sum that decides: the
    first of its kind, as in the go command. Sums of unknown kinds are skipped. Of several files
    that contradict each other see `merge_gosums`.
    """

    sums: Mapping[tuple[str, str], str]

    def of_zip(self, module: ModuleVersion) -> str | None:
        """h1 of the module zip, None when go.sum does not list it."""
        return self.sums.get((module.path, module.version))

    def of_gomod(self, module: ModuleVersion) -> str | None:
        """h1 of the go.mod file, None when go.sum does not list it."""
        return self.sums.get((module.path, module.version + "/go.mod"))

    def listed(self, module: ModuleVersion) -> tuple[str | None, str | None]:
        """Sums of zip and go.mod as `go list -m -json` has them: none where files disagree."""
        zip_, gomod = self.of_zip(module), self.of_gomod(module)
        return _agreed(zip_), _agreed(gomod)


def _agreed(sums: str | None) -> str | None:
    return None if sums is None or _AGAINST in sums else sums


def parse_gosum(data: bytes, *, file: str) -> GoSum:
    """Parse one go.sum file; blank lines and CRLF are accepted.

    Args:
        data: Content.
        file: Name for messages.

    Raises:
        MalformedInputError: A line without exactly three fields.
        LimitExceededError: Larger than MAX_GOSUM_BYTES.
    """
    if len(data) > MAX_GOSUM_BYTES:
        raise LimitExceededError(f"larger than {MAX_GOSUM_BYTES} bytes", file=file)
    sums: dict[tuple[str, str], str] = {}
    for number, line in enumerate(data.decode("utf-8", "surrogateescape").split("\n"), 1):
        fields = line.split()
        if not fields:
            continue
        if len(fields) != _FIELDS:
            message = f"malformed go.sum line: {len(fields)} fields instead of {_FIELDS}"
            raise MalformedInputError(message, file=file, line=number)
        path, version, value = fields
        if value.startswith("h1:") and value != _EMPTY_GOMOD:
            sums.setdefault((path, version), value)
    return GoSum(sums=sums)


def merge_gosums(files: Iterable[GoSum], *, over: GoSum | None = None) -> GoSum:
    """One view of the go.sum files of a workspace.

    `over` is go.work.sum: it decides where it speaks. Elsewhere all files must agree
    (modfetch.checkModSum): where two contradict each other, the view holds both sums in one
    text, which no bytes have.
    """
    decided = over.sums if over is not None else {}
    sums = dict(decided)
    for file in files:
        for key, value in file.sums.items():
            known = sums.setdefault(key, value)
            if key not in decided and value not in known.split(_AGAINST):
                sums[key] = f"{known}{_AGAINST}{value}"
    return GoSum(sums=sums)


EMPTY_GOSUM = GoSum(sums={})
"""For a repository without go.sum: nothing is vouched for."""
