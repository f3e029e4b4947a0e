"""An interrupt counts, even where Python drops it.

An exception that is raised while a weak reference calls back or an object is finalized is printed
and forgotten; while modules are imported that happens to one Ctrl-C in some hundred. It is noted
here, and counts before anything is written and when the command ends.
"""

from __future__ import annotations

import signal
import sys
from typing import NoReturn

_seen: list[int] = []


def listen() -> None:
    """Note interrupts from now on; one that the caller has us ignore stays ignored."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _note)
        sys.unraisablehook = _without_interrupts


def is_lost() -> bool:
    """Whether an interrupt came, whatever became of it."""
    return bool(_seen)


def raise_lost() -> None:
    """Raise KeyboardInterrupt where one came and was dropped."""
    if _seen:
        raise KeyboardInterrupt


def _note(number: int, _frame: object) -> NoReturn:
    _seen.append(number)
    raise KeyboardInterrupt


def _without_interrupts(dropped: sys.UnraisableHookArgs) -> None:
    """Print what was dropped, as Python does, but for an interrupt: it is told at the end."""
    if not isinstance(dropped.exc_value, KeyboardInterrupt):
        sys.__unraisablehook__(dropped)
