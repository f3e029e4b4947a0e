"""Cases that the CNCF decided: scopes become conditions, and nothing is granted unread."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from compliance.errors import MalformedInputError
from compliance.findings import Severity
from compliance.graph import Artifact, DependencyGraph, Edge, Node
from compliance.policy import (
    Judgement,
    PolicySource,
    covers,
    evaluate,
    exception_waiver,
    load_policy,
    read_exceptions,
)
from compliance.policy.exceptions import conditions_of
from tests.policy.worlds import DAY, codes, graph

CNCF = load_policy(["cncf"])


@pytest.mark.parametrize(
    ("scope", "conditions", "unread"),
    [
        ("", (), ""),
        ("No scope restrictions", (), ""),
        ("runtime dependency, statically linked", (), ""),
        ("dynamic linking only", ("dynamic-only",), ""),
        ("Approved for dynamic linking only, in unmodified form", ("unmodified", "dynamic-only"),
         ""),
        ("build-time dependency, unmodified", ("unmodified", "build-time-only"), ""),
        ("in-kernel eBPF programs only", ("in-kernel-only",), ""),
        ("must elect to do so under the MIT License", ("elected:MIT",), ""),
        (
            "either (a) stored unmodified in a folder, or (b) not stored in the repository and"
            " instead retrieved at installation or build time from upstream",
            ("unmodified",), "folder instead",
        ),
        ("approved for use by one project only", (), "by one project"),
        ("whatever the lawyer of the requester wrote", (),
         "whatever lawyer requester wrote"),
    ],
)  # fmt: skip
def test_a_scope_becomes_conditions_and_the_rest_stays_unread(
    scope: str, conditions: tuple[str, ...], unread: str
) -> None:
    found, rest = conditions_of(scope)
    assert found == conditions
    assert (rest == "") == (unread == "")


def finding(**changes: Any) -> dict[str, Any]:
    return {
        "code": "cncf-allowlist", "component": "pkg:golang/example.com/o/raft@v1.2.0",
        "license": "MPL-2.0", "artifact": "app", "path": [],
        **changes,
    }  # fmt: skip


def decided(**changes: Any) -> dict[str, Any]:
    entry = {"id": "exc-1", "package": "example.com/o/raft", "license": "MPL-2.0",
             "status": "approved", **changes}  # fmt: skip
    return {"version": "1.0.0", "lastUpdated": "2026-01-01", "exceptions": [entry]}


@pytest.mark.parametrize(
    ("changes", "project", "expected"),
    [
        ({}, "", True),
        ({"package": "o/raft"}, "", True),
        ({"package": "raft"}, "", False),
        ({"package": "https://example.com/o/raft"}, "", True),
        ({"package": "example.com/o/raftx"}, "", False),
        ({"license": "EPL-2.0"}, "", False),
        ({"license": "MPL-2.0 OR LGPL-3.0-or-later"}, "", True),
        ({"project": "etcd"}, "loki", False),
        ({"project": "etcd, loki"}, "loki", True),
        ({"project": "All CNCF Projects"}, "loki", True),
    ],
)  # fmt: skip
def test_a_case_covers_its_package_license_and_project(
    changes: dict[str, Any], project: str, expected: bool
) -> None:
    (case,) = read_exceptions("e.json", decided(**changes))
    assert covers(case, finding(), project) is expected


def test_what_needs_no_exception_is_no_case() -> None:
    assert read_exceptions("e.json", decided(status="allowlisted")) == ()


def test_a_waiver_is_granted_only_where_every_word_of_the_scope_is_checked() -> None:
    for scope, state in (("unmodified", "granted"), ("for one project", "pending-review")):
        (case,) = read_exceptions("e.json", decided(scope=scope))
        lines = exception_waiver(case, finding(), created=DAY, number=1)
        text = "version: 1\nwaivers:\n" + "\n".join(lines) + "\n"
        (waiver,) = load_policy([PolicySource(name="w.yaml", data=text.encode())]).waivers
        assert waiver.state == state
        assert waiver.created == DAY.isoformat()
    (case,) = read_exceptions("e.json", decided(status="denied"))
    assert "    state: denied" in exception_waiver(case, finding(), created=DAY, number=1)


def test_a_blanket_case_is_offered_where_it_is_used_so() -> None:
    document = decided() | {
        "blanketExceptions": [
            {"id": "b", "name": "n", "licenses": ["GPL-2.0-only"], "scope": "in-kernel eBPF only"}
        ]
    }
    case = read_exceptions("e.json", document)[0]
    for edge, expected in (("ebpf-load", True), ("import-static", False)):
        path = [{"node": "app", "edge": edge}, {"node": "x", "edge": None}]
        assert covers(case, finding(license="GPL-2.0-only", path=path), "") is expected


@pytest.mark.parametrize(
    "document", [[], {}, {"exceptions": {}}, {"exceptions": [1]}, {"exceptions": [{"id": 3}]},
                 {"exceptions": [{"license": [1]}]}],
)  # fmt: skip
def test_other_documents_are_refused(document: object) -> None:
    with pytest.raises(MalformedInputError):
        read_exceptions("e.json", document)


def judged(
    built: DependencyGraph, outbound: str = "Apache-2.0", day: datetime.date = DAY
) -> Judgement:
    artifact = Artifact(name="app", root="app", main=".", outbound=outbound)
    return evaluate(built, [artifact], CNCF, as_of=day)


def test_the_pack_asks_the_board_about_what_is_not_on_the_list() -> None:
    built = graph(
        {"app": "ours", "ok": "MIT", "mpl": "MPL-2.0", "dual": "MIT OR GPL-3.0-only"},
        "app import-static ok", "app import-static mpl", "app import-static dual",
    )  # fmt: skip
    found = judged(built)
    assert [(f.code, f.severity, f.component) for f in found.findings] == [
        ("cncf-allowlist", Severity.REVIEW, "pkg:golang/example.com/mpl@v1.2.0")
    ]


def test_the_pack_lets_gpl_into_the_kernel_only() -> None:
    nodes = [
        Node(id="app", first_party=True),
        Node(id="prog.o", kind="ebpf", license="GPL-2.0-only", elf_license="GPL"),
    ]
    loaded = DependencyGraph(nodes, [Edge(source="app", target="prog.o", kind="ebpf-load")])
    assert codes(judged(loaded).findings) == ["copyleft-separate"]
    linked = DependencyGraph(nodes, [Edge(source="app", target="prog.o", kind="import-static")])
    assert "cncf-ebpf" in codes(judged(linked).findings)


def test_the_pack_looks_at_changed_copies_and_at_our_own_license() -> None:
    built = DependencyGraph(
        [Node(id="app", first_party=True), Node(id="x", license="MIT", modified=True)],
        [Edge(source="app", target="x", kind="import-static")],
    )
    assert codes(judged(built, "MIT").findings) == ["cncf-outbound", "cncf-modified"]


def test_the_pack_lies_over_any_preset() -> None:
    for text in (
        b"version: 1\nextends: [strict, cncf]\n",
        b"version: 1\nextends: [cncf, strict]\n",
    ):
        loaded = load_policy([PolicySource(name="p.yaml", data=text)])
        assert loaded.preset == "strict"
        assert "cncf-allowlist" in loaded.rules
        assert loaded.interpretations["lgpl_static_go"] == "block"
