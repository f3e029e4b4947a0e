"""One row per rule: words, required phrases and what the rule stands for."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import yaml
from rapidfuzz.distance import LCSseq

from compliance.licenses.rules import Use
from compliance.licenses.tokens import plain, run_hashes, run_sums, word_hash, words
from tools.index_builder.addresses import addresses
from tools.index_builder.labels import Labels
from tools.index_builder.names import full_names
from tools.index_builder.upstream import Entry, SpdxText

if TYPE_CHECKING:
    from compliance.licenses.tokens import U64

_BRACES = re.compile(r"(\{\{|\}\})")
_FLAGS = {
    "is_license_text": Use.TEXT,
    "is_license_notice": Use.NOTICE,
    "is_license_reference": Use.REFERENCE,
    "is_license_tag": Use.TAG,
    "is_license_intro": Use.INTRO,
    "is_license_clue": Use.CLUE,
    "is_false_positive": Use.FALSE_POSITIVE,
    "is_continuous": Use.CONTINUOUS,
    "is_required_phrase": Use.REQUIRED_PHRASE,
}
# Lines of an SPDX text that every user fills in: the rule starts behind them as well.
_AMPERSAND = re.compile(r"(?<=\s)&(?=\s)")
_HEADING = re.compile(r"\A(?:[^\n]{0,80}\n\s*)?copyright[^\n]*\n(?:copyright[^\n]*\n)*", re.I)


WHOLE = 0.85
"""Share of a license text from which a rule stands for all of it."""


SHORT_TEXT = 400
"""Words up to which a license is short: every clause of it counts, it has no appendix."""

_SPDX_RANK = 3
_SPDX_PAGE = "https://spdx.org/licenses/"
_NO_RULE = -1

STATED = 0.5
"""Share of a short license from which a rule claims to be it rather than to quote a part."""

CLAUSE = 8
"""Words in a row that make a clause."""

_GRANTS = """
    permission granted use copy modify merge publish distribute sublicense sell redistribution
    permitted retain reproduce not no without free charge prior written
"""
GRANTS = frozenset(map(word_hash, _GRANTS.split()))
"""Words of a short license of which none may be left out: "sublicense" is a right of its own."""


DISCLAIMS = frozenset(map(word_hash, ("warranty", "warranties", "liable", "liability")))
"""Words of which every disclaimer has one."""

_CONDITIONS = """
    permission granted permitted redistribution redistributions retain reproduce distribute publish
    sublicense sell
"""
CONDITIONS = frozenset(map(word_hash, _CONDITIONS.split()))
"""Words of a grant or a condition that no disclaimer has."""

OPENING = 0.3
"""Share of a license from which a rule is its grant and conditions rather than a remark."""


@dataclass(frozen=True, slots=True)
class Row:
    """A rule as the index holds it; `key` is the expression in keys of the rule data."""

    name: str
    expression: str
    flags: Use
    relevance: int
    minimum_coverage: int
    words: U64
    required: tuple[tuple[int, int], ...]
    rank: int
    """Which of two rules with the same words wins: the higher one."""


def _cut(text: str) -> tuple[U64, tuple[tuple[int, int], ...]]:
    """Words of a rule text and the word spans of its {{required phrases}}."""
    joined = b""
    spans: list[tuple[int, int]] = []
    begin = -1
    for part in _BRACES.split(text):
        if part == "{{":
            begin = len(joined)
            joined += b" "
        elif part == "}}":
            if begin >= 0:
                spans.append((begin, len(joined)))
            begin = -1
            joined += b" "
        else:
            joined += part.encode()
    found = words(plain(joined))
    required = [
        (int(np.searchsorted(found.starts, a)), int(np.searchsorted(found.starts, b)))
        for a, b in spans
    ]
    return found.hashes, tuple((a, b) for a, b in required if b > a)


def _use(entry: Entry, labels: Labels, keys: str) -> Use:
    use = Use(0)
    for name, flag in _FLAGS.items():
        if entry.flag(name):
            use |= flag
    if not keys:
        return use
    if labels.is_exception(keys):
        use |= Use.EXCEPTION
    if labels.is_vague(keys):
        use |= Use.VAGUE
    if labels.is_generic(keys):
        use |= Use.GENERIC
    return use


def _rank(use: Use) -> int:
    if use & Use.FALSE_POSITIVE:
        return 4
    if use & Use.VAGUE:
        return 0
    return 1 if use & Use.GENERIC else 2


def _from_entry(entry: Entry, labels: Labels, keys: str, use: Use) -> Row:
    hashes, required = _cut(entry.text)
    return Row(
        name=entry.name,
        expression=labels.expression(keys) if keys else "",
        flags=use,
        relevance=int(entry.fields.get("relevance", 100)),
        minimum_coverage=int(float(entry.fields.get("minimum_coverage", 0))),
        words=hashes,
        required=required,
        rank=_rank(use),
    )


def _scancode_rows(rules: list[Entry], licenses: list[Entry], labels: Labels) -> list[Row]:
    found: list[Row] = []
    for entry in rules:
        if not entry.flag("is_deprecated"):
            keys = str(entry.fields.get("license_expression") or "")
            found.append(_from_entry(entry, labels, keys, _use(entry, labels, keys)))
    for entry in licenses:
        if not entry.flag("is_deprecated") and entry.text.strip():
            keys = str(entry.fields["key"])
            use = _use(entry, labels, keys) | Use.TEXT
            found.append(_from_entry(entry, labels, keys, use))
    return found


def _spdx_rows(texts: list[SpdxText], ids: dict[str, dict[str, str]]) -> list[Row]:
    """SPDX texts, whole and behind their heading; they beat any other label of the same words.

    A lone `&` is no word; copies that write it out as "and" are the same text.
    """
    found: list[Row] = []
    for item in texts:
        if item.id.lower() in ids["replaced"]:
            continue
        use = Use.TEXT | (Use.EXCEPTION if item.exception else Use(0))
        variants = [(item.text, use, ".SPDX")]
        body = _HEADING.sub("", item.text.lstrip(), count=1)
        if len(body) < len(item.text) - 10:
            variants.append((body, use, ".body.SPDX"))
        written_out = _AMPERSAND.sub("and", item.text)
        if written_out != item.text:
            variants.append((written_out, use, ".and.SPDX"))
        for text, flags, suffix in variants:
            found.append(Row(item.id + suffix, item.id, flags, 100, 0, _cut(text)[0], (), rank=3))
    return found


def _address_rows(
    licenses: list[Entry], labels: Labels, ids: dict[str, dict[str, str]], path: Path
) -> list[Row]:
    """Addresses of license texts; whatever a rule says of the same words goes before."""
    found: list[Row] = []
    for key, name, url in addresses(licenses, labels):
        use = Use.REFERENCE | (Use.EXCEPTION if labels.is_exception(key) else Use(0))
        found.append(
            Row(name, labels.expression(key), use, 100, 0, _cut(url)[0], (), rank=_NO_RULE)
        )
    told: list[tuple[str, str, Use]] = [
        (
            str(listed["license"]),
            str(listed["address"]),
            Use.REFERENCE if listed.get("version", True) else Use.REFERENCE | Use.TRIMMED,
        )
        for listed in yaml.safe_load(path.read_text("utf-8"))
    ]
    told += [
        (id_, _SPDX_PAGE + id_, Use.REFERENCE)
        for id_ in ids["licenses"].values()
        if not id_.startswith("LicenseRef-")
    ]
    for id_, url, use in told:
        if id_.lower() not in ids["licenses"].keys() | ids["exceptions"].keys():
            raise SystemExit(f"{path}: {id_} is no license")
        name = f"{id_}.{url.removeprefix('https://')}.address"
        found.append(Row(name, id_, use, 100, 0, _cut(url)[0], (), rank=_NO_RULE))
    return found


def _name_rows(licenses: list[Entry], labels: Labels) -> list[Row]:
    """Names of licenses; whatever a rule says of the same words goes before."""
    exceptions = {labels.spdx[key] for key in labels.exceptions}
    found: list[Row] = []
    for number, (name, (spdx, whole)) in enumerate(full_names(licenses, labels).items()):
        use = Use.REFERENCE | (Use.EXCEPTION if spdx in exceptions else Use(0))
        if not whole:
            use |= Use.TRIMMED
        found.append(Row(f"{spdx}.{number}.name", spdx, use, 100, 0, _cut(name)[0], (), _NO_RULE))
    return found


def _excerpt_rows(texts: list[SpdxText], path: Path) -> list[Row]:
    """Parts of SPDX texts that are whole licenses in practice."""
    known = {t.id: t.text for t in texts}
    found: list[Row] = []
    for wanted in yaml.safe_load(path.read_text("utf-8")):
        for license in wanted["licenses"]:
            text = known.get(str(license))
            if text is None:
                continue  # built without the SPDX texts
            begin = text.find(str(wanted["begin"]))
            end = text.find(str(wanted["end"]), begin) if "end" in wanted else len(text)
            if begin < 0 or end < 0:
                raise SystemExit(f"{path}: {license} does not have the words any more")
            name = f"{license}.{wanted['name']}.SPDX"
            cut = _cut(text[begin:end])[0]
            found.append(Row(name, str(license), Use.TEXT, 100, 0, cut, (), rank=3))
    return found


def _overridden(rows: list[Row], path: Path, labels: Labels) -> list[Row]:
    vague = {labels.expression(key) for key in labels.vague}
    wanted = {str(o["rule"]): o for o in yaml.safe_load(path.read_text("utf-8"))}
    found: list[Row] = []
    for row in rows:
        change = wanted.pop(row.name, None)
        if change is None:
            found.append(row)
        elif not change.get("drop"):
            use = row.flags & ~(Use.VAGUE | Use.GENERIC)
            if change["expression"] in vague:
                use |= Use.VAGUE
            found.append(replace(row, expression=str(change["expression"]), flags=use))
    if wanted:
        raise SystemExit(f"{path}: no such rule: {', '.join(sorted(wanted))}")
    return found


def _is_plainer(row: Row, held: Row) -> bool:
    """Whether `row` claims less than `held` about the same words.

    Some texts have several ids, told apart by what stands beside the text: -only and -or-later,
    GFDL with or without invariants, OFL with a reserved name. The text alone says the plain one.
    """
    if row.rank == _SPDX_RANK:
        return len(row.expression) < len(held.expression)
    return held.expression.replace("-or-later", "-only") == row.expression


def make_rows(
    rules: list[Entry],
    licenses: list[Entry],
    texts: list[SpdxText],
    labels: Labels,
    ids: dict[str, dict[str, str]],
    data: Path,
) -> list[Row]:
    """Rows with distinct words, in the order of the data; the best label wins."""
    best: dict[tuple[int, int], Row] = {}
    rows = _overridden(
        _scancode_rows(rules, licenses, labels), data / "label_overrides.yaml", labels
    )
    rows += _address_rows(licenses, labels, ids, data / "addresses.yaml")
    rows += _name_rows(licenses, labels)
    rows += _spdx_rows(texts, ids) + _excerpt_rows(texts, data / "excerpts.yaml")
    for row in rows:
        size = len(row.words)
        if size == 0:
            continue
        sums = run_sums(row.words)
        start = np.zeros(1, dtype=np.int64)
        key = (int(run_hashes(sums, start, np.array([size]))[0]), size)
        held = best.get(key)
        if held is None:
            best[key] = row
        elif row.rank > held.rank:
            best[key] = replace(row, required=held.required) if not row.required else row
        elif row.rank == held.rank and row.flags & Use.TEXT and _is_plainer(row, held):
            best[key] = replace(held, expression=row.expression)
    return _marked_partial(list(best.values()))


def _marked_partial(rows: list[Row]) -> list[Row]:
    """Rows with PARTIAL and TRIMMED set on texts that lack something of the license.

    The measure is the shortest whole text of the license in the data.
    """
    whole: dict[str, Row] = {}
    for row in rows:
        if row.name.endswith((".body.SPDX", ".LICENSE")):
            held = whole.get(row.expression)
            if held is None or len(row.words) < len(held.words):
                whole[row.expression] = row
    return [_marked(row, whole.get(row.expression)) for row in rows]


def _marked(row: Row, whole: Row | None) -> Row:
    is_text = bool(row.flags & (Use.TEXT | Use.NOTICE)) and not row.name.endswith(".SPDX")
    if whole is None or not is_text:
        return row
    flags = row.flags
    share = len(row.words) / len(whole.words)
    if row.flags & Use.TEXT and share < WHOLE:
        flags |= Use.PARTIAL
    judged = STATED <= share <= 1 / STATED and not row.expression.startswith("LicenseRef-")
    if judged and len(whole.words) <= SHORT_TEXT and _lacks_a_clause(row, whole):
        flags |= Use.TRIMMED
    if share >= OPENING and _lacks_the_disclaimer(row, whole):
        flags |= Use.UNDISCLAIMED
    return replace(row, flags=flags)


def _lacks_the_disclaimer(row: Row, whole: Row) -> bool:
    """Whether the license disclaims warranty and the rule, which holds its grant, does not.

    Nothing is wrong with that where a disclaimer stands beside the rule, in whatever words.
    """
    return not DISCLAIMS.isdisjoint(whole.words.tolist()) and DISCLAIMS.isdisjoint(
        row.words.tolist()
    )


def _lacks_a_clause(row: Row, whole: Row) -> bool:
    """Whether a run of words, or a right, of the whole text is missing with nothing instead.

    Of a disclaimer a part may be missing (the old ones of Berkeley disclaim warranty and no
    liability): that takes nothing from who is granted the license.
    """
    disclaims = not DISCLAIMS.isdisjoint(row.words.tolist())
    letters = {h: chr(0x10000 + n) for n, h in enumerate(sorted({*row.words, *whole.words}))}
    text = "".join(letters[h] for h in row.words)
    rule = "".join(letters[h] for h in whole.words)
    at = in_rule = 0
    for block in LCSseq.editops(text, rule).as_matching_blocks():
        lacking, instead = block.b - in_rule, block.a - at
        missing = set(whole.words[in_rule : block.b].tolist())
        disclaimer = disclaims and missing & DISCLAIMS and not missing & CONDITIONS
        title = not in_rule and not missing & (GRANTS | CONDITIONS)
        is_clause = lacking >= CLAUSE and instead < lacking / 2 and not title
        if not disclaimer and (is_clause or (not instead and missing & GRANTS)):
            return True
        at, in_rule = block.a + block.size, block.b + block.size
    return False
