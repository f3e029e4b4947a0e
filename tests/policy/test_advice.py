"""What a person is asked stands beside the remedies that were proven, in lines to paste."""

from __future__ import annotations

import pytest

from compliance.errors import UsageError
from compliance.findings import Severity
from compliance.graph import DependencyGraph, Edge, Node
from compliance.policy import declared_evidence
from tests.policy.worlds import graph, judge, policy


def test_an_unknown_license_names_the_lines_that_settle_it() -> None:
    built = graph({"app": "ours", "dep": None}, "app import-static dep")
    (finding,) = judge(built, outbound="MIT").findings
    assert [r.kind for r in finding.remedies] == ["replace"]
    before, _, lines = finding.remedy.partition("record the answer: ")
    assert before.startswith("Ask its author for a license")
    settled = policy(lines.replace("license: ...", "license: MIT").replace('"..."', '"mail"'))
    assert settled.curations[0].component.covers("pkg:golang/example.com/dep@v1.2.0")


def test_an_unknown_c_library_names_the_component_that_settles_it() -> None:
    nodes = [
        Node(id="app", first_party=True),
        Node(id="c:pcap", component="c:pcap", kind="c-lib", license=None),
    ]
    built = DependencyGraph(nodes, [Edge(source="app", target="c:pcap", kind="cgo-static")])
    (finding,) = judge(built, outbound="MIT").findings
    lines = finding.remedy.removeprefix("Declare it: ")
    settled = policy(lines.replace("license: ...", "license: BSD-3-Clause"))
    assert [(c.id, c.license) for c in settled.components] == [("c:pcap", "BSD-3-Clause")]


@pytest.mark.parametrize("string", ["Dual MIT/GPL", 'GPL "x"\x1b'])
def test_the_license_string_of_an_object_is_quoted(string: str) -> None:
    nodes = [
        Node(id="app", first_party=True),
        Node(id="prog.o", kind="ebpf", license="Apache-2.0", elf_license="GPL"),
        Node(id="odd.o", kind="ebpf", license="GPL-2.0-only", elf_license=string),
    ]
    edges = [Edge(source="app", target=n.id, kind="ebpf-load") for n in nodes[1:]]
    judged = judge(DependencyGraph(nodes, edges), outbound="Apache-2.0")
    told = {f.component: f.message for f in judged.findings if f.code == "ebpf-license-string"}
    assert 'Apache-2.0, but its license string is "GPL"' in told["prog.o"]
    assert "\x1b" not in told.get("odd.o", "")


@pytest.mark.parametrize("text", ["...", '"..."', "…"])
def test_a_placeholder_is_no_reason(text: str) -> None:
    line = f"curations: [{{component: example.com/x, license: MIT, because: {text}, evidence: e}}]"
    with pytest.raises(UsageError, match="because: write text in place of"):
        policy(line)


def test_what_is_published_is_owed_as_source() -> None:
    """A host that nobody hands over owes nothing; our own code under its license does."""
    built = graph({"app": "ours", "host": "GPL-2.0-only"})
    hosted = built.extended(
        [], [Edge(source="app", target="host", kind="plugin", by="user", file="p.yaml", line=1)]
    )
    (finding,) = judge(hosted).findings
    publish = next(r for r in finding.remedies if r.kind == "publish")
    assert publish.verdict_after.word == "comply"
    assert publish.duties_after == ("source-of-work",)


def test_a_line_that_advice_printed_has_to_be_filled_in() -> None:
    (finding,) = judge(graph({"app": "ours", "db": "BUSL-1.1"}, "app import-static db")).findings
    (edit,) = next(r for r in finding.remedies if r.kind == "buy").edits
    line = edit.removeprefix("curations: ")
    with pytest.raises(UsageError, match="write text in place of"):
        policy(f"curations:\n  - {line}")
    assert policy(f"curations:\n  - {line.replace('...', 'the contract')}").curations


def test_what_the_policy_declares_is_its_own_evidence() -> None:
    rules = policy("components:\n  - {id: driverd, license: GPL-3.0-only}")
    (found,) = declared_evidence(rules)["driverd"]
    assert (found.file, found.start_line, found.license) == ("p.yaml", 3, "GPL-3.0-only")


def test_what_makes_a_verdict_comply_is_its_reason() -> None:
    libc = Node(
        id="libc", license="LGPL-2.1-or-later AND BSD-3-Clause",
        header_material=("LGPL-2.1-or-later",),
        component="pkg:golang/example.com/libc@v1.2.0",
    )  # fmt: skip
    use = Edge(source="app", target="libc", kind="import-static", file="app.go", line=1)
    built = DependencyGraph([Node(id="app", first_party=True), libc], [use])
    (verdict,) = judge(built, profile="on-prem", outbound="LicenseRef-proprietary").verdicts
    assert verdict.outcome is Severity.COMPLY
    assert "constants and types from header files" in verdict.because
