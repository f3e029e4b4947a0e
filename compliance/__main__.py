"""`python -m compliance`, and the console script: an interrupt counts from the first import on.

`python -m` looks for modules in the current folder first, which may be the tree that is scanned: a
`yaml.py` there is none of ours. Until that folder is taken off the path, only modules that every
interpreter has loaded by then are imported; even `__future__` would be looked for there.
"""

import os
import sys

INTERRUPTED = 130


def main() -> "NoReturn":  # type: ignore[name-defined]  # noqa: F821 - see above
    """Run the command line; never returns."""
    try:
        _open_closed_streams()
        _leave_current_folder()
        from compliance.cli import main as run

        run()
    except KeyboardInterrupt:
        sys.stderr.write("compliance: interrupted\n")
        sys.exit(INTERRUPTED)
    except SystemExit as end:
        if isinstance(end.code, int):
            _leave(end.code)
        raise


def _open_closed_streams() -> None:
    """Where a caller closed stdin, stdout or stderr, put /dev/null: the next file would be it."""
    for number, mode in ((0, "r"), (1, "w"), (2, "w")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number
            name = ("stdin", "stdout", "stderr")[number]
            setattr(sys, name, open(number, mode, closefd=False))  # noqa: SIM115


def _leave_current_folder() -> None:
    """Import nothing from where the command was started, but for a checkout of this package."""
    try:
        here = os.path.realpath(".")
    except OSError:  # it was removed meanwhile: nothing can be imported from it
        return
    home = os.path.realpath(__file__).rsplit("/", 2)[0]
    if here != home:
        sys.path[:] = [p for p in sys.path if p and os.path.realpath(p) != here]


def _leave(status: int) -> "NoReturn":  # type: ignore[name-defined]  # noqa: F821
    """End at once: taking apart a million values one by one would cost a tenth of a scan."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        sys.exit(status)
    os._exit(status)


if __name__ == "__main__":
    main()
