"""Components whose license is another one than at the base, with the words that differ."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from compliance import patterns as re
from compliance.findings import Evidence, Finding, Location, Severity
from compliance.policy import category

if TYPE_CHECKING:
    from compliance.report import Component, ScanReport

MOST_DIFF_PARTS = 60
"""Runs of words of one text that are quoted; the rest stands in the file itself."""
MOST_LINES = 4_000
"""Lines of a text that are compared: the longest license has some 700."""
MOST_WORDS = 400
"""Words of one run that are compared word by word; longer runs are told as a whole."""
CONTEXT_WORDS = 6
"""Unchanged words that are shown on each side of a change."""
_APPROVE = "read the change of the text; stay on the old version, or have it approved"
_MAJOR = re.compile(r"(/v[0-9]+|\.v[0-9]+)$")

Part = tuple[str, int, str]
"""`+`, `-` or blank; the line (of the old text for `-`); the words."""


def license_changes(base: ScanReport, head: ScanReport) -> Iterator[Finding]:
    """One finding for each module that is used in both, or is ours, and whose license differs.

    A new major version has another path; it is the same module where the old path is gone. A main
    module that was renamed is the one that stood in its folder.
    """
    before = {c.path: c for c in base.components if c.kind == "module"}
    paths = {c.path for c in head.components if c.kind == "module"}
    places = {
        c.module.folder: c
        for p, c in sorted(before.items())
        if c.module is not None and c.module.main and p not in paths
    }
    majors = {_stem(p): c for p, c in sorted(before.items()) if p not in paths}
    for component in head.components:
        if component.kind != "module":
            continue
        if component.module and component.module.main:
            was = before.get(component.path) or places.get(component.module.folder)
            yield from _of_ours(base, was, head, component)
            continue
        old = before.get(component.path) or majors.get(_stem(component.path))
        if old is None or "unused" in (component.scope, old.scope):
            continue
        if old.conclusion.concluded != component.conclusion.concluded:
            yield _changed(base, old, head, component)


def _of_ours(
    base: ScanReport, old: Component | None, head: ScanReport, new: Component
) -> Iterator[Finding]:
    """What the license files of a main module say is another license than before."""
    was = old.conclusion.declared if old is not None else None
    now = new.conclusion.declared
    if old is None or was == now:
        return
    evidence = _text_changes(base, old, head, new)
    # A first license file is what many repositories lack; with copyleft it lets more copyleft in.
    harmless = was is None and category(now) == "permissive"
    yield Finding(
        code="license-changed",
        severity=Severity.COMPLY if harmless else Severity.REVIEW,
        message=f"the license of {new.path} itself was {was or 'unknown'} and is"
        f" {now or 'unknown'}",
        remedy="have the owners of the code confirm that it is offered under another license",
        location=Location(file=evidence[0].file, line=1) if evidence else None,
        component=new.purl,
        license=now,
        evidence=evidence,
        new=True,
    )


def _stem(path: str) -> str:
    return _MAJOR.sub("", path)


def _changed(base: ScanReport, old: Component, head: ScanReport, new: Component) -> Finding:
    was, now = old.conclusion.concluded, new.conclusion.concluded
    harmless = new.scope != "linked" or category(now) == category(was) == "permissive"
    name = new.path if new.path == old.path else f"{old.path} -> {new.path}"
    step = f"{old.version or 'here'} -> {new.version or 'here'}"
    evidence = _text_changes(base, old, head, new)
    why = ""
    if old.version == new.version and not evidence:
        why = "; its texts are the same: other parts of it are linked now"
    return Finding(
        code="license-changed",
        severity=Severity.COMPLY if harmless else Severity.REVIEW,
        message=(
            f"{name} {step}: the license was {was or 'unknown'} ({category(was)})"
            f" and is {now or 'unknown'} ({category(now)}){why}"
        ),
        remedy="" if harmless else _APPROVE,
        location=new.module.location if new.module else None,
        component=new.purl,
        license=now,
        evidence=evidence,
        new=True,
    )


def _text_changes(
    base: ScanReport, old: Component, head: ScanReport, new: Component
) -> tuple[Evidence, ...]:
    """The license files that differ, word by word."""
    found = []
    before, after = dict(old.texts), dict(new.texts)
    for name in sorted({*before, *after}):
        digest = after.get(name)
        if before.get(name) == digest:
            continue
        was = base.texts.get(before.get(name, ""), "")
        now = head.texts.get(digest or "", "")
        since = old.version or "the base"
        note = f"changed since {since}"
        if name not in before:
            note = f"not there in {since}"
        elif name not in after:
            note = f"there in {since}, and gone"
        found.append(
            Evidence(
                file=name,
                sha256=digest or before[name],
                start_line=1,
                end_line=max(1, now.count("\n") + (not now.endswith("\n"))),
                license=new.conclusion.concluded,
                note=note,
                diff=tuple(word_diff(was, now))[:MOST_DIFF_PARTS],
            )
        )
    return tuple(found)


def word_diff(was: str, now: str) -> Iterator[Part]:
    """What differs between two texts, as runs of words, with a few unchanged words around."""
    old, new = _lines(was), _lines(now)
    matcher = difflib.SequenceMatcher(None, [w for _, w in old], [w for _, w in new], False)
    for op, a, b, c, d in matcher.get_opcodes():
        if op != "equal":
            yield from _words(_flat(old[a:b]), _flat(new[c:d]))


def _lines(text: str) -> list[tuple[int, tuple[str, ...]]]:
    """Number and words of each line that has words."""
    numbered = enumerate(text.splitlines()[:MOST_LINES], 1)
    return [(n, words) for n, line in numbered if (words := tuple(line.split()))]


def _flat(lines: Sequence[tuple[int, tuple[str, ...]]]) -> list[tuple[int, str]]:
    return [(number, word) for number, words in lines for word in words]


def _words(old: list[tuple[int, str]], new: list[tuple[int, str]]) -> Iterator[Part]:
    if len(old) > MOST_WORDS or len(new) > MOST_WORDS:
        yield from _run("-", old)
        yield from _run("+", new)
        return
    matcher = difflib.SequenceMatcher(None, [w for _, w in old], [w for _, w in new], False)
    parts = matcher.get_opcodes()
    for number, (op, a, b, c, d) in enumerate(parts):
        if op != "equal":
            yield from _run("-", old[a:b])
            yield from _run("+", new[c:d])
            continue
        words = new[c:d]
        head = words[:CONTEXT_WORDS] if number else []
        tail = words[-CONTEXT_WORDS:] if number < len(parts) - 1 else []
        if len(words) <= 2 * CONTEXT_WORDS and head and tail:
            yield from _run(" ", words)
        else:
            yield from _run(" ", head)
            yield from _run(" ", tail)


def _run(op: str, words: Sequence[tuple[int, str]]) -> Iterator[Part]:
    if words:
        yield op, words[0][0], " ".join(word for _, word in words)
