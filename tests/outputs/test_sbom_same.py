"""The same component in bills of different tools."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest

from compliance.outputs.sbom import bill_of_materials
from compliance.outputs.sbommodel import Element, Sbom
from compliance.outputs.sbomread import read_bill
from compliance.outputs.sbomsame import package_of
from compliance.outputs.sbomtools import compare_bills, merge_bills
from tests.outputs import reports


@pytest.mark.parametrize(
    ("purl", "name", "package"),
    [
        ("pkg:golang/a.org/x@v1.2.3", "a.org/x", "pkg:golang/a.org/x"),
        ("pkg:golang/a.org/x@v1?type=module&goos=linux", "x", "pkg:golang/a.org/x"),
        ("pkg:golang/a.org/x?type=module", "x", "pkg:golang/a.org/x"),
        ("pkg:golang/a.org/x@v2.3.7#v2", "x", "pkg:golang/a.org/x/v2"),
        ("pkg:golang/a.org/x/v2@v2.3.7?type=module", "x", "pkg:golang/a.org/x/v2"),
        ("pkg:golang/a.org/x@v1#exp/term", "a.org/x/exp/term", "pkg:golang/a.org/x/exp/term"),
        ("pkg:golang/a.org/x@v1#cmd/tool", "tool", "pkg:golang/a.org/x#cmd/tool"),
        ("pkg:golang/a.org/x@v1#v1", "x", "pkg:golang/a.org/x#v1"),
        ("pkg:golang/std@go1.26.8?type=module", "std", "pkg:golang/stdlib"),
        ("pkg:golang/stdlib@1.26.8", "stdlib", "pkg:golang/stdlib"),
        ("pkg:golang/a.org/std@v1", "std", "pkg:golang/a.org/std"),
        ("pkg:npm/%40scope/x@1.0", "x", "pkg:npm/@scope/x"),
        ("pkg:npm/@scope/x@1.0", "x", "pkg:npm/@scope/x"),
        ("pkg:maven/a/x@1#v2", "x", "pkg:maven/a/x#v2"),
    ],
)
def test_a_package_has_one_spelling(purl: str, name: str, package: str) -> None:
    assert package_of(purl, name) == package


def bill(*elements: Element) -> Sbom:
    return replace(bill_of_materials(reports.small()), elements=elements, relations=())


def element(name: str, version: str, purl: str | None, **other: str) -> Element:
    some = bill_of_materials(reports.small()).elements[0]
    return replace(some, key=f"{name}-{version}-{len(purl or '')}".replace("/", "-"), name=name,
                   version=version, purl=purl, **other)  # fmt: skip


A = element("a.org/x/v2", "v2.0.0", "pkg:golang/a.org/x@v2.0.0#v2")
B = element("a.org/x/v2", "v2.0.0", "pkg:golang/a.org/x/v2@v2.0.0?type=module&goos=linux")


def test_the_standard_library_is_one_whatever_its_name() -> None:
    ours = element("stdlib", "1.26.8", "pkg:golang/stdlib@1.26.8")
    theirs = element("std", "go1.26.8", "pkg:golang/std@go1.26.8?type=module")
    newer = element("std", "go1.26.9", "pkg:golang/std@go1.26.9?type=module")
    assert compare_bills(bill(ours), bill(theirs)) == ()
    assert [c.kind for c in compare_bills(bill(ours), bill(newer))] == ["changed"]
    assert len(merge_bills([bill(ours), bill(theirs)], name="both").elements) == 1


def test_other_forms_of_a_package_url_are_no_change() -> None:
    assert compare_bills(bill(A), bill(B)) == ()


def test_versions_of_one_package_are_told_apart() -> None:
    old = [element("n", v, f"pkg:golang/n.org/n@{v}") for v in ("v1", "v2", "v3")]
    new = [*old[:2], element("n", "v4", "pkg:golang/n.org/n@v4")]
    (change,) = compare_bills(bill(*old), bill(*new))
    assert (change.kind, change.before, change.after) == ("changed", "v3", "v4")
    assert {(c.kind, c.before) for c in compare_bills(bill(*old), bill(old[0]))} == {
        ("removed", "v2"), ("removed", "v3")
    }  # fmt: skip


def test_what_has_no_package_url_is_found_by_name() -> None:
    bare = element("app", "v1", None)
    named = element("app", "v2", "pkg:golang/a.org/app@v2")
    (change,) = compare_bills(bill(bare), bill(named))
    assert (change.kind, change.before, change.after) == ("changed", "v1", "v2")
    other = element("app", "v2", "pkg:golang/b.org/app@v2")
    assert {c.kind for c in compare_bills(bill(named), bill(other))} == {"added", "removed"}


def test_merged_bills_of_two_tools_hold_a_module_once() -> None:
    first = replace(A, concluded="NOASSERTION")
    (merged,) = merge_bills([bill(first), bill(replace(B, concluded="MIT"))], name="m").elements
    assert (merged.purl, merged.concluded) == (A.purl, "MIT")


ZIP, TREE = "a" * 64, "b" * 64
H1 = f"h1:{base64.b64encode(bytes.fromhex(TREE)).decode()}"
OURS = element("a.org/x", "v1.0.0", "pkg:golang/a.org/x@v1.0.0", sha256=ZIP, sha512="c" * 128,
               module_sum=H1, file_name="v1.0.0.zip", download="https://a.org/x.zip")  # fmt: skip
IN_DIGITS = replace(OURS, sha256=TREE, sha512=None, module_sum=None, file_name=None, download=None)


def test_the_go_sum_hash_in_digits_is_no_other_digest() -> None:
    for before, after in ((OURS, IN_DIGITS), (IN_DIGITS, OURS)):
        (change,) = compare_bills(bill(before), bill(after))
        assert [name for name, _, _ in change.fields] == ["download"]


@pytest.mark.parametrize("first", [OURS, IN_DIGITS])
def test_merging_puts_the_go_sum_hash_under_its_name(first: Element) -> None:
    second = IN_DIGITS if first is OURS else OURS
    (merged,) = merge_bills([bill(first), bill(second)], name="both").elements
    assert (merged.sha256, merged.sha512, merged.module_sum) == (ZIP, "c" * 128, H1)


def test_digests_of_two_files_are_not_mixed() -> None:
    other = replace(OURS, sha256="d" * 64, sha512=None, module_sum=None, file_name=None)
    (merged,) = merge_bills([bill(other), bill(OURS)], name="both").elements
    assert (merged.sha256, merged.sha512, merged.file_name) == ("d" * 64, None, None)
    (change,) = compare_bills(bill(other), bill(OURS))
    assert {name for name, _, _ in change.fields} == {"sha256", "sha512", "module_sum"}


@pytest.mark.parametrize(
    ("tool", "digests"),
    [("cyclonedx-gomod", (None, H1)), ("syft", (None, H1)), ("someone", (TREE, None))],
)
def test_tools_that_write_the_go_sum_hash_as_sha_256_are_known(
    tool: str, digests: tuple[str | None, str | None]
) -> None:
    value = {
        "bomFormat": "CycloneDX", "specVersion": "1.6",
        "metadata": {"tools": {"components": [
            {"type": "application", "name": tool, "version": "v1"}]}},
        "components": [{"type": "library", "name": "a.org/x", "version": "v1.0.0",
                        "purl": "pkg:golang/a.org/x@v1.0.0",
                        "hashes": [{"alg": "SHA-256", "content": TREE}]}],
    }  # fmt: skip
    (read,) = read_bill(json.dumps(value).encode())[1].elements
    assert (read.sha256, read.module_sum) == digests
