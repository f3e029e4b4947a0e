"""The detection worker: license detection in a process of its own.

Following imports and naming licenses need the same files but not each other, so a forked child
detects while the parent still follows imports. The parent sends (tree, root, names), the child
answers once, at the end, with what it found, and which of our files mention the maker of objects,
so that nobody reads them all for it. Answers do not depend on the order of questions. A second
answer holds the digests of files that it was to hash (named without a tree).

The child is forked before the rest of the product is imported: each process imports, at the same
time as the other, what it needs itself.
"""

from __future__ import annotations

import marshal
import os
import pickle
import signal
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn

from compliance.errors import IncompleteError
from compliance.pipeline.makers import is_looked_into

if TYPE_CHECKING:
    from compliance.licenses import FileLicense
    from compliance.pipeline.detecting import Key

_PIPE_BYTES = 1 << 20
"""Room for the names of some 20,000 files, so that the parent seldom waits for the child."""
_F_SETPIPE_SZ = 1031


class DetectionWorker:
    """Detects licenses in a child process, and hashes files when it is through with them."""

    def __init__(self, cache: str | None = None) -> None:
        """Fork the child. It loads the index while the parent goes on; `cache` is our folder."""
        ask_r, ask_w = os.pipe()
        tell_r, tell_w = os.pipe()
        widen(ask_w)
        self._pid = os.fork()
        if self._pid == 0:
            os.close(ask_w)
            os.close(tell_r)
            _serve(ask_r, tell_w, cache)
        os.close(ask_r)
        os.close(tell_w)
        self._ask: BinaryIO | None = os.fdopen(ask_w, "wb")
        self._tell = os.fdopen(tell_r, "rb")
        self._asked: dict[str, set[str]] = {}
        self._noted: dict[Key, FileLicense] = {}
        self._makers: frozenset[Key] = frozenset()

    def feed(self, tree: str, root: str, names: Iterable[str]) -> None:
        """Have files read and detected: `names` are relative to the folder `root` on disk."""
        asked = self._asked.setdefault(tree, set())
        fresh = [n for n in names if n not in asked]
        if fresh:
            asked.update(fresh)
            self._send((tree, root, fresh, None))

    def was_asked(self, tree: str, name: str) -> bool:
        """Whether a file was handed over before."""
        return name in self._asked.get(tree, ())

    def feed_bytes(self, tree: str, name: str, data: bytes) -> None:
        """Have bytes detected that lie in no folder, such as a member of a zip."""
        asked = self._asked.setdefault(tree, set())
        if name not in asked:
            asked.add(name)
            self._send((tree, "", [name], data))

    def note(self, tree: str, file: FileLicense) -> None:
        """Take a result that is known without reading: of a file that cannot be read."""
        self._asked.setdefault(tree, set()).add(file.path)
        self._noted[tree, file.path] = file

    def hash(self, paths: Iterable[str]) -> None:
        """Have files hashed, named by absolute paths, when all licenses are named."""
        self._send((None, "", list(paths), None))

    def no_more(self) -> None:
        """All is asked: the child finishes while the parent does something else."""
        with suppress(BrokenPipeError):  # `results` reports a dead worker
            self._close_ask()

    def results(self) -> Mapping[Key, FileLicense]:
        """All that was found, and the end of the worker. Files without a statement are left out.

        Raises:
            IncompleteError: the worker died (out of memory, killed).
        """
        self.no_more()
        found: dict[Key, FileLicense]
        found, self._makers = self._answer()
        return found | self._noted

    def without_maker(self, tree: str) -> frozenset[str]:
        """Files outside vendor/ that mention no maker of objects, after `results`."""
        makers = {name for of_tree, name in self._makers if of_tree == tree}
        return frozenset(n for n in self._asked.get(tree, ()) if is_looked_into(n)) - makers

    def digests(self) -> Mapping[str, tuple[str, str]]:
        """SHA-256 and SHA-512 by path, after `results`; files that cannot be read are left out.

        Raises:
            IncompleteError: the worker died.
        """
        digests: dict[str, tuple[str, str]] = self._answer()
        return digests

    def _answer(self) -> Any:  # noqa: ANN401 - what the child sends next
        try:
            return pickle.load(self._tell)  # noqa: S301 - our own child wrote it
        except (EOFError, pickle.UnpicklingError) as cut:
            _, status = os.waitpid(self._pid, 0)
            self._pid = 0
            raise IncompleteError(
                f"license detection stopped early (wait status {status})"
            ) from cut

    def close(self) -> None:
        """End the worker without asking for its answer; safe to call twice."""
        with suppress(OSError):
            self._close_ask()
        self._tell.close()
        if self._pid:
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
            self._pid = 0

    def _send(self, message: tuple[str | None, str, list[str], bytes | None]) -> None:
        if self._ask is not None:
            with suppress(BrokenPipeError):  # `results` reports a dead worker
                marshal.dump(message, self._ask)

    def _close_ask(self) -> None:
        if self._ask is not None:
            ask, self._ask = self._ask, None
            ask.close()


def widen(pipe: int) -> None:
    """Give a pipe more room, where the system allows it."""
    import fcntl

    with suppress(OSError):
        fcntl.fcntl(pipe, _F_SETPIPE_SZ, _PIPE_BYTES)


def _serve(ask: int, tell: int, cache: str | None) -> NoReturn:
    """Life of the child: never returns into the parent's code."""
    status = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides, and closes the pipe
        os.putenv("OPENBLAS_NUM_THREADS", "1")  # numpy: no threads for matrices
        from compliance.pipeline.detecting import detect_all, hash_all

        found, makers, to_hash = detect_all(os.fdopen(ask, "rb"), cache)
        with os.fdopen(tell, "wb") as out:
            pickle.dump((found, makers), out, protocol=pickle.HIGHEST_PROTOCOL)
            out.flush()
            pickle.dump(hash_all(to_hash), out, protocol=pickle.HIGHEST_PROTOCOL)
        status = 0
    finally:
        os._exit(status)
