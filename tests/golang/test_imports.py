"""What a build context links, case by case, without a Go installation."""

from __future__ import annotations

import pytest

from compliance.golang import Cell, Package
from tests.golang.packagecases import Case, all_cases, load, small_std

CASES = all_cases()
SITUATIONS = [
    pytest.param(case, platform, id=f"{case.name}-{platform}")
    for case in CASES
    for platform in sorted({e[1] for e in case.expected} | {f[0] for f in case.findings})
]


def facts(cell: Cell, kind: str, subject: str) -> str:
    if kind == "deps":
        assert cell.main == subject
        return " ".join(p.import_path for p in cell.packages if not p.standard)
    package = next(p for p in cell.packages if p.import_path == subject)
    return _fact(package, kind)


def _fact(package: Package, kind: str) -> str:
    if kind == "files":
        files = (package.go_files, package.cgo_files, package.other_files, package.embed_files)
        return " ".join(name for names in files for name in names)
    if kind == "imports":
        return " ".join(i.written for i in package.imports)
    if kind == "implicit":
        return " ".join(package.implicit)
    return package.folder


@pytest.mark.parametrize(("case", "platform"), SITUATIONS)
def test_case_gives_what_it_expects(case: Case, platform: str) -> None:
    cell = load(case, platform, case.tree, small_std())
    for kind, where, subject, text in case.expected:
        if where == platform:
            found = facts(cell, kind, subject)
            if kind == "deps":
                assert sorted(found.split()) == sorted(text.split()), (kind, subject)
            else:
                assert found == text, (kind, subject)
    wanted = [f for f in case.findings if f[0] == platform]
    left = list(cell.findings)
    for _, code, file, line, text in wanted:
        found_at = [
            f
            for f in left
            if (f.code, f.location and f.location.file) == (code, file)
            and (line is None or (f.location and f.location.line == line))
            and text in f.message
        ]
        assert found_at, (code, file, line, text, cell.findings)
        left.remove(found_at[0])
    assert left == [], "findings that the case does not expect"
