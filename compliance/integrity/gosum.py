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


@dataclass(frozen=True, slots=True, kw_only=True)
class GoSum:
    """The sums that the main modules trust.

    `sums` maps (path, version) and (path, version + "/go.mod") to the h1 sum that decides: the
    first of its kind, as in the go command. Sums of unknown kinds are skipped.
    """

    sums: Mapping[tuple[str, str], str]

    def of_zip(self, module: ModuleVersion) -> str | None:
        """h1 of the module zip, None when go.sum does not list it."""
        return self.sums.get((module.path, module.version))

    def of_gomod(self, module: ModuleVersion) -> str | None:
        """h1 of the go.mod file, None when go.sum does not list it."""
        return self.sums.get((module.path, module.version + "/go.mod"))


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


def merge_gosums(files: Iterable[GoSum]) -> GoSum:
    """One view of several files in order; in a workspace go.work.sum comes first."""
    sums: dict[tuple[str, str], str] = {}
    for file in files:
        for key, value in file.sums.items():
            sums.setdefault(key, value)
    return GoSum(sums=sums)


EMPTY_GOSUM = GoSum(sums={})
"""For a repository without go.sum: nothing is vouched for."""
