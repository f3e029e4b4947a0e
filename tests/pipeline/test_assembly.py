"""What a scan says of modules whose files are none of the repository."""

from __future__ import annotations

import pytest

from compliance.findings import Finding, Location, Severity
from compliance.golang import Module, ModuleVersion
from compliance.pipeline.assembly import _of_module, gate_of

REQUIRED = Location(file="go.mod", line=7)
MODULE = Module(id=ModuleVersion("x.example/m", "v1.0.0"), location=REQUIRED)


def told(message: str, place: Location | None, *, outside: bool = True) -> tuple[str, object]:
    found = Finding(
        code="unknown-license", severity=Severity.REVIEW, message=message, remedy="",
        location=place, component=MODULE.id.purl,
    )  # fmt: skip
    made = _of_module(found, MODULE, outside=outside)
    return made.message, made.location


@pytest.mark.parametrize(
    ("message", "place", "said"),
    [
        ("a.go and b.go say X", Location(file="a.go", line=3), "a.go:3 and b.go say X"),
        ("a.go and b.go say X", Location(file="a.go"), "a.go and b.go say X"),
        ("two words beside the text.", Location(file="a.js", line=2),
         "two words beside the text (a.js:2)"),
        ("a.go:9 says X", Location(file="a.go", line=3), "a.go:9 says X"),
    ],
)  # fmt: skip
def test_the_place_is_where_the_module_is_required(
    message: str, place: Location, said: str
) -> None:
    assert told(message, place) == (said, REQUIRED)


def test_files_of_the_repository_stay_the_place() -> None:
    place = Location(file="vendor/x.example/m/a.go", line=3)
    assert told("terms", place, outside=False) == ("terms", place)
    assert told("terms", None) == ("terms", None)


def lacked(message: str, component: str | None) -> Finding:
    return Finding(
        code="module-unavailable", severity=Severity.BLOCK, message=message, remedy="",
        component=component,
    )  # fmt: skip


def test_a_module_that_is_not_there_is_told_once() -> None:
    purl, other = MODULE.id.purl, "pkg:golang/x.example/other@v1.0.0"
    found = (
        lacked("go.mod of x.example/m@v1.0.0 could not be read: 403", purl),
        lacked("module x.example/m@v1.0.0 cannot be read: no zip (imported by a)", purl),
        lacked("module x.example/other@v1.0.0 cannot be read: no zip (imported by a)", other),
        lacked("module x.example/other@v1.0.0 cannot be read: no zip (imported by b)", other),
    )
    gate = gate_of(found, "block")
    assert gate.outcome == "incomplete"
    assert gate.missing == (found[0].message, found[2].message)
