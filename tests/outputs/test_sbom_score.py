"""What sbomqs (https://github.com/interlynk-io/sbomqs, 2.0) would score, by its published weights.

Its checks are written down here as they apply to each format, so that a field that gets lost shows
up as a lower score. The tool itself, in the version that can be had, judges as well.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from compliance.outputs.cyclonedx import cyclonedx_json
from compliance.outputs.spdx import spdx_json
from compliance.outputs.spdx3 import spdx3_json
from compliance.outputs.spdxlicense import spdx_license
from compliance.report import ScanReport
from compliance.sources import Origin
from tests.outputs import gojudges, judges, reports
from tests.outputs.test_spdx import with_digests

WEIGHTS = {
    "identification": 10, "provenance": 12, "integrity": 15, "completeness": 12, "licensing": 15,
    "vulnerability": 10, "structural": 8,
}  # fmt: skip
# (weight, points of ten); points None: the check is not counted for this format.
Scores = dict[str, list[tuple[float, float | None]]]


def total(scores: Scores) -> float:
    """Weighted mean of the categories, each the weighted mean of its counted checks."""
    done = 0.0
    for category, checks in scores.items():
        counted = [(w, p) for w, p in checks if p is not None]
        mean = sum(w * p for w, p in counted) / sum(w for w, _ in counted)
        done += WEIGHTS[category] * mean
    return done / sum(WEIGHTS.values())


def share(items: list[Any], holds: Callable[[Any], object]) -> float:
    return 10 * sum(bool(holds(i)) for i in items) / len(items)


def listed(text: str | None) -> bool:
    """Whether an expression holds licenses of the SPDX list only."""
    return bool(text) and text != "NOASSERTION" and not spdx_license(text).refs


def licensing(items: list[Any], concluded: Callable, declared: Callable) -> list:
    return [
        (0.20, share(items, lambda c: concluded(c) not in (None, "NOASSERTION"))),
        (0.20, share(items, lambda c: spdx_license(concluded(c)).text == concluded(c))),
        (0.20, share(items, lambda c: listed(concluded(c)))),
        (0.15, share(items, lambda c: "BSD-2-Clause-FreeBSD" not in (concluded(c) or ""))),
        (0.20, share(items, lambda c: "GPL" not in (concluded(c) or ""))),
        (0.15, share(items, lambda c: declared(c) not in (None, "NOASSERTION"))),
        (0.10, 10.0),
    ]


def spdx_scores(data: bytes) -> Scores:
    value = json.loads(data)
    packages, info = value["packages"], value["creationInfo"]
    strong = share(packages, lambda p: any(
        re.fullmatch("SHA(256|512)", c["algorithm"]) for c in p.get("checksums", ())))  # fmt: skip
    tool = [c for c in info["creators"] if re.fullmatch(r"Tool: [^-]+-[\d.]+", c)]
    author = [c for c in info["creators"] if c.startswith("Organization: ")]
    describes = [r for r in value["relationships"] if r["relationshipType"] == "DESCRIBES"]
    valid = not judges.against_schema(data, "spdx-2.3.json")
    return {
        "identification": [
            (0.40, share(packages, lambda p: p["name"])),
            (0.35, share(packages, lambda p: p.get("versionInfo"))),
            (0.25, share(packages, lambda p: p["SPDXID"])),
        ],
        "provenance": [
            (0.20, 10.0 * info["created"].endswith("Z")), (0.20, 10.0 * bool(author)),
            (0.20, 10.0 * bool(tool)), (0.15, 0.0), (0.15, 10.0 * bool(value["documentNamespace"])),
            (0.10, 0.0),
        ],
        "integrity": [(0.50, strong), (0.40, 10.0), (0.10, None)],
        "completeness": [
            (0.25, None), (0.15, 0.0), (0.20, 10.0 * bool(describes)),
            (0.15, share(packages, lambda p: p.get("sourceInfo"))),
            (0.15, share(packages, lambda p: p["supplier"] != "NOASSERTION")),
            (0.10, share(packages, lambda p: p["primaryPackagePurpose"])),
        ],
        "licensing": licensing(
            packages, lambda p: p["licenseConcluded"], lambda p: p["licenseDeclared"]
        ),
        "vulnerability": [(1.0, share(packages, lambda p: any(
            r["referenceType"] == "purl" for r in p.get("externalRefs", ()))))],
        "structural": [(0.30, 10.0), (0.30, 10.0), (0.20, 10.0), (0.20, 10.0 * valid)],
    }  # fmt: skip


def spdx3_scores(data: bytes) -> Scores:
    """The same document model; its schema check is switched off for SPDX 3."""
    elements = json.loads(data)["@graph"]
    packages = [e for e in elements if e["type"] == "software_Package"]
    texts = {e["spdxId"]: e["simplelicensing_licenseExpression"] for e in elements
             if e["type"] == "simplelicensing_LicenseExpression"}  # fmt: skip
    said = {(e["from"], e["relationshipType"]): texts.get(e["to"][0]) for e in elements
            if e.get("relationshipType", "").endswith("License")}  # fmt: skip
    (info,) = [e for e in elements if e["type"] == "CreationInfo"]
    (bill,) = [e for e in elements if e["type"] == "software_Sbom"]
    return {
        "identification": [
            (0.40, share(packages, lambda p: p["name"])),
            (0.35, share(packages, lambda p: p.get("software_packageVersion"))),
            (0.25, 10.0),
        ],
        "provenance": [
            (0.20, 10.0 * info["created"].endswith("Z")), (0.20, 10.0 * bool(info["createdBy"])),
            (0.20, 10.0 * bool(info["createdUsing"])), (0.15, 0.0), (0.15, 10.0), (0.10, 0.0),
        ],
        "integrity": [
            (0.50, share(packages, lambda p: p.get("verifiedUsing"))), (0.40, 10.0), (0.10, None),
        ],
        "completeness": [
            (0.25, None), (0.15, 0.0), (0.20, 10.0 * bool(bill["rootElement"])),
            (0.15, share(packages, lambda p: p.get("software_sourceInfo"))),
            (0.15, share(packages, lambda p: p.get("suppliedBy"))),
            (0.10, share(packages, lambda p: p["software_primaryPurpose"])),
        ],
        "licensing": licensing(
            packages, lambda p: said.get((p["spdxId"], "hasConcludedLicense")),
            lambda p: said.get((p["spdxId"], "hasDeclaredLicense")),
        ),
        "vulnerability": [(1.0, share(packages, lambda p: p.get("software_packageUrl")))],
        "structural": [(0.30, 10.0), (0.30, 10.0), (0.20, 10.0), (0.20, 0.0)],
    }  # fmt: skip


def cyclonedx_scores(data: bytes, version: str) -> Scores:
    value = json.loads(data)
    meta = value["metadata"]
    items = [meta["component"], *value["components"]]
    primary = meta["component"]["bom-ref"]
    leads = {d["ref"]: d.get("dependsOn", []) for d in value["dependencies"]}
    whole = [c for c in value["compositions"] if c["aggregate"] == "complete"]
    complete = {r for c in whole for r in c.get("dependencies", ())}
    relevant = [r for r in (primary, *leads[primary]) if leads.get(r)]

    def said(item: dict, how: str) -> str | None:
        for choice in item.get("licenses", ()):
            body = choice.get("license", choice)
            if body.get("acknowledgement") == how:
                return body.get("expression") or body.get("id") or body.get("name")
        return None

    return {
        "identification": [
            (0.40, share(items, lambda c: c["name"])), (0.35, share(items, lambda c: c["version"])),
            (0.25, share(items, lambda c: c["bom-ref"])),
        ],
        "provenance": [
            (0.20, 10.0 * meta["timestamp"].endswith("Z")),
            (0.20, 10.0 * bool(meta["authors"][0]["name"])),
            (0.20, 10.0 * bool(meta["tools"]["components"][0]["version"])),
            (0.15, 10.0 * bool(meta["supplier"]["name"])),
            (0.15, 10.0 * bool(value["serialNumber"])),
            (0.10, 10.0 * (meta["lifecycles"][0]["phase"] == "build")),
        ],
        "integrity": [
            (0.50, share(items, lambda c: any(h["alg"] == "SHA-256" for h in c.get("hashes", ())))),
            (0.40, 10.0), (0.10, 0.0),  # no signature inside
        ],
        "completeness": [
            (0.25, share(relevant, lambda r: r in complete)),
            (0.15, 10.0 * any("dependencies" not in c for c in whole)), (0.20, 10.0),
            (0.15, share(items, lambda c: any(
                r["type"] in ("vcs", "source-distribution")
                for r in c.get("externalReferences", ())))),
            (0.15, share(items, lambda c: c.get("supplier", {}).get("name"))),
            (0.10, share(items, lambda c: c["type"])),
        ],
        # Where 1.6 has room for one expression only, the declared one stands in a property.
        "licensing": licensing(
            items, lambda c: said(c, "concluded"),
            lambda c: said(c, "declared") or said(c, "concluded"),
        ),
        "vulnerability": [(1.0, share(items, lambda c: c.get("purl")))],
        "structural": [
            (0.30, 10.0), (0.30, 10.0), (0.20, 10.0),
            (0.20, 10.0 * (judges.cyclonedx_strict(data, version) == "")),
        ],
    }  # fmt: skip


def release() -> ScanReport:
    """All licenses known, all files at hand, the main module at a forge."""
    report = with_digests()
    here = Origin(vcs="git", url="https://git.example.com/acme/app", commit="c" * 40)
    main, *rest = report.components
    return replace(report, components=(replace(main, origin=here), *rest))


def test_spdx_reaches_what_the_format_allows() -> None:
    assert round(total(spdx_scores(spdx_json(release()))), 2) >= 9.3


def test_spdx_3_reaches_what_the_format_allows() -> None:
    assert round(total(spdx3_scores(spdx3_json(release()))), 2) >= 9.1


@pytest.mark.parametrize("version", ["1.6", "1.7"])
def test_cyclonedx_reaches_what_the_format_allows(version: str) -> None:
    assert total(cyclonedx_scores(cyclonedx_json(release(), version), version)) >= 9.8


def test_unknown_terms_and_missing_digests_cost_points() -> None:
    best = total(spdx_scores(spdx_json(release())))
    assert total(spdx_scores(spdx_json(reports.small()))) < best - 0.3
    assert total(spdx_scores(spdx_json(reports.mixed()))) < best - 0.5


WITHOUT = {
    "comp_with_executable_uri", "sbom_with_bomlinks", "sbom_with_signature",
    "comp_with_multi_vuln_lookup_id",
}  # fmt: skip
"""Features of version 1 that no bill from a build can have: addresses of what is not published
yet, other bills, a signature inside (ours stands beside the bill), guessed CPEs."""


@pytest.mark.oracle
@pytest.mark.parametrize("name", ["spdx", "cyclonedx"])
def test_sbomqs_itself_agrees(name: str, tmp_path: Path) -> None:
    """Version 1.3: nothing but what it cannot see in the format, or what a build cannot know."""
    tool = gojudges.sbomqs()
    file = tmp_path / f"sbom.{name}.json"
    file.write_bytes((spdx_json if name == "spdx" else cyclonedx_json)(release()))
    done = subprocess.run(
        [str(tool), "score", "--json", str(file)], capture_output=True, check=True, text=True,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
    )  # fmt: skip
    (scored,) = json.loads(done.stdout)["files"]
    lost = {
        s["feature"]: s["score"] for s in scored["scores"] if s["score"] < 10 and not s["ignored"]
    }
    # The report has leaves and modules outside of forges.
    known = {
        "spdx": {"comp_with_source_code_hash"},
        "cyclonedx": {"comp_with_source_code_uri", "comp_with_dependencies"},
    }
    assert {k: v for k, v in lost.items() if k not in WITHOUT | known[name]} == {}
    assert scored["avg_score"] >= {"spdx": 8.6, "cyclonedx": 8.9}[name]
