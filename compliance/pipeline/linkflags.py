"""How a program is linked, as far as the settings of its build say: mode, and C code inside.

`go build` passes `-extldflags` to the linker of the system, which the go command calls for C code
outside of the standard library, or where `-linkmode=external` asks for it (cmd/link, "Flags"). With
`-static` among them the C libraries, the C library itself included, are inside of the program, and
no longer those of the system that runs it.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence

from compliance.graph import STATIC_FLAGS
from compliance.value import dataclass

LOADED: Mapping[str, tuple[str, str]] = {
    "plugin": ("a Go plugin", "plugin"),
    "c-shared": ("a C shared library", "cgo-dynamic"),
    "c-archive": ("a C archive", "cgo-static"),
}
"""Build modes whose product is part of another program: in words, and the kind of that link."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Linking:
    """`mode` is -buildmode ("" for the default), `static` whether the linker of the system is told
    to link statically, `external` whether it is asked for in any case. `file` and `line` are where
    that is said; None for GOFLAGS."""  # noqa: D205, D209

    mode: str = ""
    static: bool = False
    external: bool = False
    file: str | None = None
    line: int | None = None


PLAIN = Linking()


def linking_of_flags(
    flags: Iterable[tuple[str, str]],
    environ: Mapping[str, str],
    place: tuple[str | None, int | None],
) -> Linking:
    """What (name, value) flags of `go build` and the variables of that build say.

    The last -buildmode and the last -ldflags count. CGO_LDFLAGS goes to the same linker.
    """
    last = dict(flags)
    words = _words(last.get("ldflags", ""))
    own = _words(environ.get("CGO_LDFLAGS", ""))
    mode = last.get("buildmode", "")
    return Linking(
        mode=mode,
        static=not STATIC_FLAGS.isdisjoint([*_given(words, "extldflags"), *own]),
        external="external" in _given(words, "linkmode") or mode in LOADED,
        file=place[0],
        line=place[1],
    )


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:  # an open quote: the go command refuses it
        return text.split()


def _given(words: Sequence[str], name: str) -> list[str]:
    """The words in the value of a linker flag: `-x=v`, `-x v`, one dash or two."""
    found: list[str] = []
    for i, word in enumerate(words):
        key, equals, value = word.lstrip("-").partition("=")
        if word.startswith("-") and key == name:
            found += _words(value if equals else (words[i + 1] if i + 1 < len(words) else ""))
    return found
