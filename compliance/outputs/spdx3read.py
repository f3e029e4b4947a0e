"""SPDX 3.0 JSON-LD, as JSON values, into the neutral model."""

from __future__ import annotations

from compliance.outputs.sbommodel import BILL_TYPES, NO_ASSERTION, NONE, Agent, Element, Sbom
from compliance.outputs.sbomtext import (
    clean,
    cpe,
    digest,
    line,
    module_sum,
    public_url,
    purl,
    swhid,
    utc_time,
)
from compliance.outputs.sbomvalues import (
    Gathered,
    Value,
    agent,
    completeness_of,
    items,
    notes_of,
    purpose_of,
    text,
    tool_of,
    words,
)

# What the model has a place for; all else is counted.
_KEYS = frozenset({
    "comment", "creationInfo", "externalIdentifier", "externalRef", "name", "originatedBy",
    "releaseTime", "software_attributionText", "software_contentIdentifier",
    "software_copyrightText", "software_downloadLocation", "software_homePage",
    "software_packageUrl",
    "software_packageVersion", "software_primaryPurpose", "software_sourceInfo", "spdxId",
    "suppliedBy", "type", "verifiedUsing",
})  # fmt: skip
_HASHES = frozenset({"sha256", "sha512"})
_IDENTIFIERS = frozenset({"cpe23", "other", "packageUrl", "swhid"})
_REFERENCES = frozenset({"binaryArtifact", "sourceArtifact", "vcs"})
_LICENSES = {"hasDeclaredLicense": "declared", "hasConcludedLicense": "concluded"}
# 3.0 kind (with its scope) to the kind of 2.3, given from the user's side.
_KINDS = {
    ("contains", ""): "CONTAINS",
    ("dependsOn", ""): "DEPENDS_ON",
    ("hasStaticLink", ""): "STATIC_LINK",
    ("hasDynamicLink", ""): "DYNAMIC_LINK",
    ("generates", ""): "GENERATES",
    ("dependsOn", "test"): "TEST_DEPENDENCY_OF",
    ("usesTool", "development"): "DEV_TOOL_OF",
    ("usesTool", "build"): "BUILD_TOOL_OF",
    ("hasOptionalDependency", ""): "OPTIONAL_DEPENDENCY_OF",
}
_TURNED = frozenset(
    {"TEST_DEPENDENCY_OF", "DEV_TOOL_OF", "BUILD_TOOL_OF", "OPTIONAL_DEPENDENCY_OF"}
)
# Kinds that tell about files or the document, not about how packages relate.
_ASIDE = frozenset({"hasDistributionArtifact", "describes"})
# Classes whose elements are read where another one refers to them.
_READ = frozenset({
    "Agent", "Bom", "CreationInfo", "LifecycleScopedRelationship", "Organization", "Person",
    "Relationship", "SoftwareAgent", "SpdxDocument", "Tool",
    "expandedlicensing_ConjunctiveLicenseSet", "expandedlicensing_DisjunctiveLicenseSet",
    "simplelicensing_LicenseExpression", "simplelicensing_SimpleLicensingText", "software_File",
    "software_Package", "software_Sbom",
})  # fmt: skip
_SETS = {
    "expandedlicensing_ConjunctiveLicenseSet": " AND ",
    "expandedlicensing_DisjunctiveLicenseSet": " OR ",
}
_LISTED = "https://spdx.org/licenses/"
_MAX_SETS = 20
"""License sets inside of each other."""
_MAX_TEXT = 20_000
"""Characters of the expression of a set; one with more is nothing that a person reads."""


def from_spdx3(value: Value) -> Sbom:
    """The neutral bill; elements that are not packages are counted as left out."""
    made = Gathered()
    graph = items(value, "@graph")
    by_id = {text(e, "spdxId"): e for e in graph}
    licenses = _licenses(graph, by_id, made)
    files = _files(graph, by_id)
    for e in graph:
        kind = text(e, "type")
        if kind == "software_Package":
            key = made.key(_short(text(e, "spdxId")))
            made.put(_element(e, key, by_id, licenses, files, made))
            _count_losses(e, made)
        elif kind not in _READ:
            made.left_out[f"elements of type {line(kind)[:60]}"] += 1
    distributed = {text(f, "spdxId") for f in files.values()}
    inside = sum(text(e, "type") == "software_File" for e in graph)
    made.left_out["files"] += max(inside - len(distributed & by_id.keys()), 0)
    for e in graph:
        if text(e, "type") in ("Relationship", "LifecycleScopedRelationship"):
            _relate(e, by_id, made, distributed)
            made.left_out["comments of relationships"] += bool(text(e, "comment"))
    bills = [e for e in graph if text(e, "type") == "software_Sbom"]
    for bill in bills:
        for root in words(bill, "rootElement"):
            made.relate("DOCUMENT", "DESCRIBES", made.key(_short(root)))
    return made.bill(_frame(graph, by_id, bills[0] if bills else {}))


def _count_losses(package: Value, made: Gathered) -> None:
    made.leave_out("fields", "packages", (k for k in package.keys() - _KEYS if package[k]))
    for what, given, kind, known in (
        ("hashes", "verifiedUsing", "algorithm", _HASHES),
        ("identifiers", "externalIdentifier", "externalIdentifierType", _IDENTIFIERS),
        ("external references", "externalRef", "externalRefType", _REFERENCES),
    ):
        others = (text(each, kind) for each in items(package, given))
        made.leave_out(what, "packages", (name for name in others if name not in known))
    for what, given, kind, value in (
        ("hashes", "verifiedUsing", "algorithm", "hashValue"),
        ("identifiers", "externalIdentifier", "externalIdentifierType", "identifier"),
    ):
        said = [(text(i, kind), text(i, value)) for i in items(package, given)]
        made.repeat(what, "packages", (each for each in said if each[0] in _HASHES | _IDENTIFIERS))
    made.left_out["further originators"] += max(len(words(package, "originatedBy")) - 1, 0)


def _short(spdx_id: str) -> str:
    return spdx_id.rpartition("#")[2]


def _relate(e: Value, by_id: dict[str, Value], made: Gathered, distributed: set[str]) -> None:
    kind, scope = text(e, "relationshipType"), text(e, "scope")
    source = by_id.get(text(e, "from"), {})
    if kind in _LICENSES or kind in _ASIDE:
        return
    if text(source, "type") != "software_Package":
        made.left_out["relationships of elements that are not packages"] += (
            kind != "generates" or text(source, "spdxId") not in distributed
        )
        return
    for target in words(e, "to"):
        if target.endswith(("NoneElement", "NoAssertionElement")):
            to = NONE if target.endswith("NoneElement") else NO_ASSERTION
        else:
            to = made.key(_short(target))
        name = _KINDS.get((kind, scope), kind)
        a, b = made.key(_short(text(e, "from"))), to
        made.relate(*((b, name, a) if name in _TURNED else (a, name, b)))


def _licenses(
    graph: list[Value], by_id: dict[str, Value], made: Gathered
) -> dict[tuple[str, str], str]:
    """(package id, "declared" or "concluded") to the expression."""
    for e in graph:
        for entry in items(e, "simplelicensing_customIdToUri"):
            target = by_id.get(text(entry, "value"), {})
            made.texts[text(entry, "key")] = text(target, "simplelicensing_licenseText")
    found: dict[tuple[str, str], str] = {}
    known: dict[str, str] = {}
    for e in graph:
        how = _LICENSES.get(text(e, "relationshipType"))
        if how is None:
            continue
        spelled = (_expression(to, by_id, made, known) for to in words(e, "to"))
        said = [made.license(one).text for one in spelled]
        place = text(e, "from"), how
        if len(said) == 1 and place not in found:
            found[place] = said[0]
            continue
        found[place] = NO_ASSERTION  # several: whether all hold or one is to be chosen, is not said
        made.left_out[f"further {how} licenses"] += max(len(said), 1)
    return found


def _expression(
    to: str, by_id: dict[str, Value], made: Gathered, known: dict[str, str], depth: int = 0
) -> str:
    """The expression of a license element, of a listed license, and of a set of them.

    `known` holds what was read before; a set that holds itself is no license.
    """
    if to in known:
        return known[to]
    known[to] = NO_ASSERTION
    element = by_id.get(to, {})
    given = text(element, "simplelicensing_licenseExpression")
    joint = _SETS.get(text(element, "type"))
    if to.endswith(("NoneLicense", "NoAssertionLicense")):
        known[to] = NONE if to.endswith("NoneLicense") else NO_ASSERTION
    elif given or to.startswith(_LISTED):
        known[to] = given or to.removeprefix(_LISTED)
    elif joint and depth < _MAX_SETS:
        parts: list[str] = []
        for member in words(element, "expandedlicensing_member"):
            part = _expression(member, by_id, made, known, depth + 1)
            if part in (NONE, NO_ASSERTION) or len(parts) * len(part) > _MAX_TEXT:
                break
            parts.append(f"({part})" if " " in part else part)
        else:
            known[to] = joint.join(parts) or NO_ASSERTION
    if known[to] == NO_ASSERTION and not to.endswith("NoAssertionLicense"):
        made.left_out["licenses that are no expression"] += 1
    return known[to]


def _files(graph: list[Value], by_id: dict[str, Value]) -> dict[str, Value]:
    """Package id to the file that it is distributed as."""
    return {
        text(e, "from"): by_id.get(target, {})
        for e in graph
        if text(e, "relationshipType") == "hasDistributionArtifact"
        for target in words(e, "to")[:1]
    }


def _address(e: Value, key: str, made: Gathered) -> str | None:
    found = text(e, key)
    return made.fit(found, public_url(found), f'addresses "{key}" of packages')


def _agent(spdx_id: str, by_id: dict[str, Value]) -> Agent | None:
    e = by_id.get(spdx_id)
    named = {
        text(i, "externalIdentifierType"): text(i, "identifier")
        for i in items(e, "externalIdentifier")
    }
    return agent(text(e, "name"), named.get("email", ""), named.get("urlScheme", ""))


def _frame(graph: list[Value], by_id: dict[str, Value], bill: Value) -> Sbom:
    info = next((e for e in graph if text(e, "type") == "CreationInfo"), {})
    authors = [a for i in words(info, "createdBy") if (a := _agent(i, by_id))]
    tool, by = tool_of(text(by_id.get(i), "name") for i in words(info, "createdUsing"))
    said = text(bill, "comment")
    return Sbom(
        name=line(text(bill, "name")) or "unnamed",
        version="(devel)",
        scope=next((t for t in BILL_TYPES if t in words(bill, "software_sbomType")), ""),
        created=utc_time(text(info, "created")) or "",
        tool_version=tool,
        author=authors[0] if authors else Agent(name="anonymous"),
        roots=(),
        elements=(),
        relations=(),
        license_texts=(),
        complete=completeness_of(said),
        notes=(*notes_of(said), *by),
        uuid="",
    )


def _element(
    e: Value,
    key: str,
    by_id: dict[str, Value],
    licenses: dict[tuple[str, str], str],
    files: dict[str, Value],
    made: Gathered,
) -> Element:
    spdx_id = text(e, "spdxId")
    hashes = {text(h, "algorithm"): text(h, "hashValue") for h in items(e, "verifiedUsing")}
    named = {
        text(i, "externalIdentifierType"): text(i, "identifier")
        for i in items(e, "externalIdentifier")
    }
    vcs = [r for r in items(e, "externalRef") if text(r, "externalRefType") == "vcs"]
    given = text(e, "software_packageUrl") or named.get("packageUrl", "")
    url = made.fit(given, purl(given), "package URLs")
    repository = "".join(words(vcs[0], "locator")[:1]) if vcs else ""
    makers = [a for i in words(e, "originatedBy") if (a := _agent(i, by_id))]
    purpose = purpose_of(text(e, "software_primaryPurpose"))
    executable = text(files.get(spdx_id), "software_primaryPurpose") == "executable"
    return Element(
        key=key,
        kind="embedded"
        if purpose == "FILE"
        else "artifact"
        if executable
        else "standard-library"
        if (url or "").startswith("pkg:golang/stdlib@")
        else "module",
        name=line(text(e, "name")) or "unnamed",
        version=line(text(e, "software_packageVersion")) or NO_ASSERTION,
        purpose=purpose,
        purl=url,
        cpe=made.fit(named.get("cpe23", ""), cpe(named.get("cpe23")), "CPEs"),
        declared=licenses.get((spdx_id, "declared"), NO_ASSERTION),
        concluded=licenses.get((spdx_id, "concluded"), NO_ASSERTION),
        copyright=clean(text(e, "software_copyrightText")) or NO_ASSERTION,
        supplier=_agent(text(e, "suppliedBy"), by_id),
        originator=makers[0] if makers else None,
        source=clean(text(e, "software_sourceInfo")),
        repository=made.fit(repository, public_url(repository), "external references vcs"),
        swhid=swhid(named.get("swhid")),
        download=_address(e, "software_downloadLocation", made),
        homepage=_address(e, "software_homePage", made),
        file_name=line(text(files.get(spdx_id), "name")) or None,
        sha256=made.fit(hashes.get("sha256", ""), digest(hashes.get("sha256"), 64), "hashes"),
        sha512=made.fit(hashes.get("sha512", ""), digest(hashes.get("sha512"), 128), "hashes"),
        module_sum=module_sum(named.get("other")),
        released=utc_time(text(e, "releaseTime")),
        attributions=tuple(map(clean, words(e, "software_attributionText"))),
        notes=tuple(s for s in clean(text(e, "comment")).split("\n") if s),
    )
