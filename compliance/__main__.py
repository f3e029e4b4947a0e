"""`python -m compliance`, and the console script: an interrupt counts from the first import on."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

INTERRUPTED = 130


def main() -> None:
    """Run the command line; never returns."""
    try:
        from compliance.cli import main as run

        run()
    except KeyboardInterrupt:
        sys.stderr.write("compliance: interrupted\n")
        sys.exit(INTERRUPTED)
    except SystemExit as end:
        if isinstance(end.code, int):
            _leave(end.code)
        raise


def _leave(status: int) -> NoReturn:
    """End at once: taking apart a million values one by one would cost a tenth of a scan."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        sys.exit(status)
    os._exit(status)


if __name__ == "__main__":
    main()
