"""What is concluded from the files of a module: one self-describing case per file.

`files` maps a path to what stands in it: `says` are detected matches, `kind license lines
[confidence] [rule]`, and `text` is the wording, where it matters. `packages` maps a folder to its
compiled files. `doubts` are codes of findings, `code@line`. `expect` names the answer; findings are
`severity code`.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from compliance.findings import Finding, Location, Severity
from compliance.golang import EntryKind, UnreadableFileError
from compliance.licenses import (
    Conclusion,
    Copyright,
    FileLicense,
    LinkedPackage,
    Match,
    apply_curation,
    conclude_module,
    wanted_files,
)
from compliance.licenses.statement import Said, join

CASES = sorted((Path(__file__).parent.parent / "data/licenses/conclusions").glob("*.yaml"))
COMPONENT = "pkg:golang/example.com/m@v1.0.0"


class MemoryFiles:
    """A tree in memory."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files

    def listing(self, folder: str) -> Mapping[str, EntryKind]:
        prefix = "" if folder == "." else f"{folder}/"
        found: dict[str, EntryKind] = {}
        for path in self._files:
            if path.startswith(prefix):
                name, _, below = path[len(prefix) :].partition("/")
                found[name] = EntryKind.FOLDER if below else EntryKind.FILE
        return found

    def read(self, path: str) -> bytes:
        if path not in self._files:
            raise UnreadableFileError(path)
        return self._files[path]


def match_of(line: str) -> Match:
    kind, rest = line.split(" ", 1)
    license_text, _, more = rest.partition(" @")
    words = more.split()
    first, _, last = words[0].partition("-")
    confidence = words[1] if len(words) > 1 else "high"
    return Match(
        license=license_text,
        kind=kind,
        start_line=int(first),
        end_line=int(last or first),
        coverage=1.0 if confidence != "review" else 0.8,
        similarity=1.0,
        confidence=confidence,
        rule=words[2] if len(words) > 2 else "rule",
    )


def detected_of(path: str, entry: Mapping[str, Any], data: bytes) -> FileLicense:
    matches = tuple(match_of(line) for line in entry.get("says", ()))
    levels = [m.confidence for m in matches]
    doubts = tuple(
        Finding(
            code=code,
            severity=Severity.REVIEW,
            message=code,
            location=Location(file=path, line=int(line) if line else None),
        )
        for code, _, line in (d.partition("@") for d in entry.get("doubts", ()))
    )
    order = ("high", "medium", "review")
    return FileLicense(
        path=path,
        sha256=hashlib.sha256(data).hexdigest(),
        expression=join([Said(m.license, m.kind) for m in matches]),
        confidence=max(levels, key=order.index, default="high") if not doubts else "review",
        matches=matches,
        findings=doubts,
    )


def conclude_case(case: Mapping[str, Any]):
    data = {
        path: str((entry or {}).get("text", path)).encode() for path, entry in case["files"].items()
    }
    packages = case["packages"]
    for folder, names in packages.items():
        for name in names:
            data.setdefault(name if folder == "." else f"{folder}/{name}", b"package x\n")
    tree = MemoryFiles(data)
    root, outer = case.get("root", "."), case.get("outer")
    wanted = wanted_files(tree, packages, root=root, outer=outer)
    detected = {
        path: detected_of(path, case["files"].get(path) or {}, data[path]) for path in wanted
    }
    return conclude_module(
        tree=tree,
        detected=detected,
        packages=[
            LinkedPackage(import_path=f"m/{folder}", folder=folder, files=tuple(names))
            for folder, names in packages.items()
        ],
        root=root,
        outer=outer,
        component=COMPONENT,
        first_party=case.get("first_party", False),
        wanted=wanted,
    )


@pytest.mark.parametrize("path", CASES, ids=lambda p: p.stem)
def test_case(path):
    case = yaml.safe_load(path.read_text(encoding="utf-8"))

    answer = conclude_case(case)

    expect = case["expect"]
    found = answer.conclusion
    assert found.concluded == expect["concluded"]
    if "declared" in expect:
        assert found.declared == expect["declared"]
    if "confidence" in expect:
        assert found.confidence == expect["confidence"]
    for folder, expression in expect.get("packages", {}).items():
        assert answer.packages[f"m/{folder}"].concluded == expression, folder
    for folder, licenses in expect.get("header_material", {}).items():
        assert list(answer.packages[f"m/{folder}"].header_material) == licenses, folder
    for expression in expect.get("detected", ()):
        assert expression in found.detected
    assert sorted(found.unresolved) == sorted(expect.get("unresolved", ()))
    findings = sorted(f"{f.severity.word} {f.code}" for f in answer.findings)
    assert findings == sorted(expect.get("findings", ()))
    assert all(f.component == COMPONENT for f in answer.findings)
    if "evidence" in expect:
        assert {e.file for e in found.evidence} == set(expect["evidence"])
    if found.concluded is not None:
        assert found.evidence


def test_the_order_of_packages_and_files_changes_nothing():
    case = yaml.safe_load(CASES[0].read_text(encoding="utf-8"))
    turned = {
        **case,
        "files": dict(reversed(case["files"].items())),
        "packages": {k: list(reversed(v)) for k, v in reversed(case["packages"].items())},
    }

    assert conclude_case(turned).conclusion == conclude_case(case).conclusion


def test_texts_are_the_license_and_notice_files_with_their_digests():
    case = {
        "packages": {".": ["a.go"]},
        "files": {
            "LICENSE": {"says": ["text Apache-2.0 @1-200"]},
            "NOTICE": {"text": "This product includes software."},
            "README.md": {"text": "Hello"},
            "LICENSE.docs": {"says": ["text CC-BY-SA-4.0 @1-300"]},
        },
        "expect": {},
    }

    texts = conclude_case(case).texts

    assert [path for path, _ in texts] == ["LICENSE", "NOTICE"]
    assert texts[1][1] == hashlib.sha256(b"This product includes software.").hexdigest()


def test_copyrights_of_the_linked_files_are_merged_per_holder():
    statements = [("2014", 1), ("2015", 1)]
    files = {
        name: FileLicense(
            path=name, sha256="0", expression=None,
            copyrights=(Copyright(statement=f"Copyright {year} A. Author", holder="A. Author",
                                  years=year, line=line),),
        )
        for (year, line), name in zip(statements, ("a.go", "b.go"), strict=True)
    }  # fmt: skip
    tree = MemoryFiles({"a.go": b"", "b.go": b""})

    answer = conclude_module(
        tree=tree,
        detected=files,
        packages=[LinkedPackage(import_path="m", folder=".", files=("a.go", "b.go"))],
    )

    assert [c.statement for c in answer.copyrights] == ["Copyright 2014-2015 A. Author"]


def test_an_unreadable_license_file_is_reported_for_the_component():
    finding = Finding(code="file-unreadable", severity=Severity.BLOCK, message="LICENSE: a FIFO")
    detected = {
        "LICENSE": FileLicense(path="LICENSE", sha256="", expression=None, findings=(finding,)),
    }
    tree = MemoryFiles({"LICENSE": b"", "a.go": b""})

    answer = conclude_module(
        tree=tree,
        detected=detected,
        packages=[LinkedPackage(import_path="m", folder=".", files=("a.go",))],
        component=COMPONENT,
    )

    assert answer.conclusion.concluded is None
    assert {(f.code, f.component) for f in answer.findings} >= {("file-unreadable", COMPONENT)}
    assert max(f.severity for f in answer.findings) is Severity.BLOCK


def test_a_license_file_of_which_nothing_was_detected_is_unknown_not_absent():
    """The worker leaves files without a statement out of its answer."""
    tree = MemoryFiles({"LICENSE": b"All rights reserved.", "a.go": b""})

    answer = conclude_module(
        tree=tree,
        detected={},
        packages=[LinkedPackage(import_path="m", folder=".", files=("a.go",))],
        component=COMPONENT,
    )

    assert answer.conclusion.concluded is None
    assert [f.location.file for f in answer.findings] == ["LICENSE"]


def test_a_curation_settles_the_answer_and_leaves_what_was_seen_visible():
    doubt = Finding(code="license-choice-unresolved", severity=Severity.REVIEW, message="?")
    other = Finding(code="spdx-expression-invalid", severity=Severity.REVIEW, message="!")
    seen = Conclusion(
        declared="MIT",
        detected=("Apache-2.0", "MIT"),
        concluded=None,
        confidence="review",
        unresolved=("Apache-2.0", "MIT"),
        findings=(doubt, other),
    )

    settled = apply_curation(seen, "mit OR apache-2.0", "the README of v1.0.0 says so")

    assert settled.concluded == "MIT OR Apache-2.0"
    assert settled.confidence == "high"
    assert (settled.declared, settled.detected) == (seen.declared, seen.detected)
    assert settled.findings == (other,)
    assert settled.unresolved == ()
    assert "the README of v1.0.0 says so" in (settled.evidence[-1].note or "")


def test_a_source_file_with_a_boundless_expression_is_unknown_not_inherited():
    ids = [f"LicenseRef-{n}" for n in range(5000)]
    matches = tuple(match_of(f"text {name} @{n + 1}") for n, name in enumerate(ids))
    detected = {
        "a.go": FileLicense(path="a.go", sha256="1", expression=" AND ".join(ids), matches=matches),
        "LICENSE": FileLicense(
            path="LICENSE", sha256="2", expression="MIT", matches=(match_of("text MIT @1-20"),)
        ),
    }

    answer = conclude_module(
        tree=MemoryFiles({"LICENSE": b"", "a.go": b""}),
        detected=detected,
        packages=[LinkedPackage(import_path="m", folder=".", files=("a.go",))],
    )

    assert answer.conclusion.concluded is None
    assert [f.code for f in answer.findings] == ["unknown-license"]


def test_twenty_thousand_mentions_cost_no_more_than_reading_them():
    lines = [f"reference {'MIT' if n % 2 else 'ISC'} @{3 * n + 1} medium" for n in range(20_000)]
    case = {
        "packages": {".": ["a.go"]},
        "files": {
            "README.md": {"says": lines, "text": "x\n\n\n" * 20_000},
            "LICENSE-MIT": {"says": ["text MIT @1-20"]},
            "LICENSE-ISC": {"says": ["text ISC @1-20"]},
        },
        "expect": {},
    }
    started = time.perf_counter()

    assert conclude_case(case).conclusion.unresolved == ("ISC", "MIT")
    assert time.perf_counter() - started < 10


@pytest.mark.parametrize(
    ("name", "license"),
    [
        ("permissive-pair-without-a-statement", "Apache-2.0 AND MIT"),
        ("license-file-of-a-whole-product", "..."),
        ("readme-alone", "MIT"),
    ],
)
def test_what_is_open_says_which_lines_settle_it(name, license):
    case = yaml.safe_load((CASES[0].parent / f"{name}.yaml").read_text(encoding="utf-8"))

    remedies = [f.remedy for f in conclude_case(case).findings]

    wanted = f'curations: [{{component: "{COMPONENT}", license: {license}, because: "..."'
    assert any(wanted in r for r in remedies)
