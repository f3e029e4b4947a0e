"""What a person is asked stands beside the remedies that were proven, in lines to paste."""

from __future__ import annotations

import pytest

from compliance.errors import UsageError
from compliance.graph import DependencyGraph, Edge, Node
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
