"""A process that reads license texts while its parent walks a tree, reads files and cuts them up.

What reading needs (numpy, the rules) is imported there alone. Texts go one way and answers the
other, in the same order; a thread takes the answers in, so that neither side waits for the other
to listen.
"""

from __future__ import annotations

import marshal
import os
import pickle
import signal
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO, NoReturn

from compliance.errors import IncompleteError
from compliance.pipeline.detection import widen

if TYPE_CHECKING:
    from queue import SimpleQueue

    from compliance.licenses import Answer, Index, Text


class ReadingWorker:
    """`licenses.Reader` in a forked child; close it when the answers are in."""

    ahead = 8

    def __init__(self, index: Index) -> None:
        """The child is forked with the first question, or when it is told to `start`."""
        self._index = index
        self._pid = 0
        self._ask: BinaryIO | None = None
        self._told: SimpleQueue[list[Answer] | None] | None = None
        self._empty: deque[bool] = deque()

    def start(self) -> None:
        """Fork the child. It loads the rules while its parent looks for something to ask."""
        import queue
        import threading

        ask_r, ask_w = os.pipe()
        tell_r, tell_w = os.pipe()
        widen(ask_w)
        self._pid = os.fork()
        if self._pid == 0:
            os.close(ask_w)
            os.close(tell_r)
            _serve(self._index, ask_r, tell_w)
        os.close(ask_r)
        os.close(tell_w)
        self._ask = os.fdopen(ask_w, "wb")
        self._told = queue.SimpleQueue()
        told = os.fdopen(tell_r, "rb")
        self._listener = threading.Thread(target=_listen, args=(told, self._told), daemon=True)
        self._listener.start()

    def ask(self, texts: Sequence[Text]) -> None:
        """Have texts read."""
        self._empty.append(not texts)
        if not texts:
            return
        if self._ask is None:
            self.start()
        if self._ask is not None:
            with suppress(BrokenPipeError):  # `answers` reports a dead worker
                marshal.dump(list(texts), self._ask)
                self._ask.flush()

    def answers(self) -> Sequence[Answer]:
        """What the texts of the oldest open question say.

        Raises:
            IncompleteError: the worker died (out of memory, killed).
        """
        if self._empty.popleft() or self._told is None:
            return []
        found = self._told.get()
        if found is None:
            raise IncompleteError("license detection stopped early: its process ended")
        return found

    def close(self) -> None:
        """End the worker."""
        if self._ask is None:
            return
        with suppress(OSError):
            self._ask.close()
        with suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        self._listener.join()


def _listen(told: BinaryIO, answers: SimpleQueue[list[Answer] | None]) -> None:
    with told, suppress(EOFError, OSError, ValueError, pickle.UnpicklingError):
        while True:
            answers.put(pickle.load(told))  # noqa: S301 - our own child wrote it
    answers.put(None)


def _serve(index: Index, ask: int, tell: int) -> NoReturn:
    """Life of the child: never returns into the parent's code."""
    status = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides, and closes the pipe
        os.putenv("OPENBLAS_NUM_THREADS", "1")  # numpy: no threads for matrices
        from compliance.licenses import TextReader

        reader = TextReader(index)
        reader.prepare()
        questions, out = os.fdopen(ask, "rb"), os.fdopen(tell, "wb")
        with suppress(EOFError):
            while True:
                texts = marshal.load(questions)  # noqa: S302 - from our own parent
                pickle.dump(reader.read(texts), out, protocol=pickle.HIGHEST_PROTOCOL)
                out.flush()
        status = 0
    finally:
        os._exit(status)
