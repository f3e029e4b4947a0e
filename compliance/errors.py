"""Exceptions: the run cannot go on. What a run *finds* is a Finding instead.

ComplianceError                 base; `status` is the exit code of the command
├── UsageError                  2: wrong flags, configuration or policy
│   └── NoModuleError           2: no go.mod and no go.work
└── IncompleteError             3: something that is needed could not be read
    ├── MalformedInputError     3: a file of the repository cannot be parsed
    ├── ModuleUnavailableError  3: no source has the module; `tried` lists them
    └── LimitExceededError      3: input beyond a named limit
"""

from __future__ import annotations


class ComplianceError(Exception):
    """Base of every error raised on purpose.

    Args:
        message: What is wrong, in one or a few lines, without the place.
        file: Path of the file concerned, as the user knows it, or "".
        line: Line in that file, counted from 1, or 0.
    """

    status = 3

    def __init__(self, message: str, *, file: str = "", line: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.file = file
        self.line = line

    def __str__(self) -> str:
        """`FILE:LINE: message`, as compilers print it."""
        if not self.file:
            return self.message
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.message}"


class UsageError(ComplianceError):
    """The request cannot be meant: flags, configuration, policy."""

    status = 2


class NoModuleError(UsageError):
    """There is no go.mod and no go.work to start from."""


class IncompleteError(ComplianceError):
    """The answer cannot be completed."""


class MalformedInputError(IncompleteError):
    """A file of the repository or of a module cannot be parsed."""


class ModuleUnavailableError(IncompleteError):
    """No source has the bytes of a module.

    Args:
        message: What is missing.
        tried: Every place that was asked and what it answered.
        differs: Whether some place has it with other bytes than those that are vouched for.
    """

    def __init__(self, message: str, *, tried: tuple[str, ...] = (), differs: bool = False) -> None:
        super().__init__(message)
        self.tried = tried
        self.differs = differs


class LimitExceededError(IncompleteError):
    """Input beyond a limit that protects time and memory."""
