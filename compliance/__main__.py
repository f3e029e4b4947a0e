"""`python -m compliance`, and the console script: an interrupt counts from the first import on."""

from __future__ import annotations

import sys

INTERRUPTED = 130


def main() -> None:
    """Run the command line; never returns."""
    try:
        from compliance.cli import main as run

        run()
    except KeyboardInterrupt:
        sys.stderr.write("compliance: interrupted\n")
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
