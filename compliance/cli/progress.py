"""Progress on stderr: only on a terminal, only for work longer than half a second."""

from __future__ import annotations

import sys
import time

from compliance.cli.place import obeys, printable

QUIET_SECONDS = 0.5
_CLEAR = "\r\x1b[2K"


class Progress:
    """Shows the stage that is under way; silent until QUIET_SECONDS have passed."""

    def __init__(self, *, enabled: bool) -> None:
        """`enabled` is False for -q and --no-progress; nor does a dumb terminal get a line."""
        self._enabled = enabled and obeys(sys.stderr)
        self._started = time.monotonic()
        self._shown = False

    def say(self, stage: str) -> None:
        """Replace the line by the name of the stage that starts now."""
        if self._enabled and time.monotonic() - self._started > QUIET_SECONDS:
            sys.stderr.write(f"{_CLEAR}{printable(stage)[:78]}")
            sys.stderr.flush()
            self._shown = True

    def done(self) -> None:
        """Remove the line."""
        if self._shown:
            sys.stderr.write(_CLEAR)
            sys.stderr.flush()
            self._shown = False
