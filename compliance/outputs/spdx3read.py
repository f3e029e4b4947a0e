"""SPDX 3.0 JSON-LD, as JSON values, into the neutral model."""

from __future__ import annotations

from compliance.outputs.sbommodel import NO_ASSERTION, NONE, Agent, Element, Sbom
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
    items,
    purpose_of,
    text,
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
_ASIDE = frozenset({"hasDistributionArtifact", "describes", "other"})


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
            made.put(_element(e, key, by_id, licenses, files))
            _count_losses(e, made)
        elif kind in ("software_Snippet", "Annotation") or kind.startswith("security_"):
            made.left_out[f"elements of type {kind}"] += 1
    for e in graph:
        if text(e, "type") in ("Relationship", "LifecycleScopedRelationship"):
            _relate(e, by_id, made)
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


def _short(spdx_id: str) -> str:
    return spdx_id.rpartition("#")[2]


def _relate(e: Value, by_id: dict[str, Value], made: Gathered) -> None:
    kind, scope = text(e, "relationshipType"), text(e, "scope")
    source = by_id.get(text(e, "from"), {})
    if kind in _LICENSES or kind in _ASIDE or text(source, "type") != "software_Package":
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
    found = {}
    for e in graph:
        how = _LICENSES.get(text(e, "relationshipType"))
        if how is None:
            continue
        said = []
        for to in words(e, "to"):
            given = text(by_id.get(to), "simplelicensing_licenseExpression")
            none = to.endswith("NoneLicense")
            said.append(NONE if none else made.license(given).text)
        found[text(e, "from"), how] = said[0] if len(said) == 1 else NO_ASSERTION
    return found


def _files(graph: list[Value], by_id: dict[str, Value]) -> dict[str, Value]:
    """Package id to the file that it is distributed as."""
    return {
        text(e, "from"): by_id.get(target, {})
        for e in graph
        if text(e, "relationshipType") == "hasDistributionArtifact"
        for target in words(e, "to")[:1]
    }


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
    tools = [text(by_id.get(i), "name") for i in words(info, "createdUsing")]
    said = clean(text(bill, "comment"))
    return Sbom(
        name=line(text(bill, "name")) or "unnamed",
        version="(devel)",
        scope="source" if "source" in words(bill, "software_sbomType") else "build",
        created=utc_time(text(info, "created")) or "",
        tool_version=line("".join(tools[:1])).rpartition("-")[2] or "0",
        author=authors[0] if authors else Agent(name="anonymous"),
        roots=(),
        elements=(),
        relations=(),
        license_texts=(),
        complete="Completeness: complete" in said,
        notes=tuple(s for s in said.split("\n")[1:] if s),
        uuid="",
    )


def _element(
    e: Value,
    key: str,
    by_id: dict[str, Value],
    licenses: dict[tuple[str, str], str],
    files: dict[str, Value],
) -> Element:
    spdx_id = text(e, "spdxId")
    hashes = {text(h, "algorithm"): text(h, "hashValue") for h in items(e, "verifiedUsing")}
    named = {
        text(i, "externalIdentifierType"): text(i, "identifier")
        for i in items(e, "externalIdentifier")
    }
    vcs = [r for r in items(e, "externalRef") if text(r, "externalRefType") == "vcs"]
    url = purl(text(e, "software_packageUrl") or named.get("packageUrl", ""))
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
        cpe=cpe(named.get("cpe23")),
        declared=licenses.get((spdx_id, "declared"), NO_ASSERTION),
        concluded=licenses.get((spdx_id, "concluded"), NO_ASSERTION),
        copyright=clean(text(e, "software_copyrightText")) or NO_ASSERTION,
        supplier=_agent(text(e, "suppliedBy"), by_id),
        originator=makers[0] if makers else None,
        source=clean(text(e, "software_sourceInfo")),
        repository=public_url("".join(words(vcs[0], "locator")[:1])) if vcs else None,
        swhid=swhid(named.get("swhid")),
        download=public_url(text(e, "software_downloadLocation")),
        homepage=public_url(text(e, "software_homePage")),
        file_name=line(text(files.get(spdx_id), "name")) or None,
        sha256=digest(hashes.get("sha256"), 64),
        sha512=digest(hashes.get("sha512"), 128),
        module_sum=module_sum(named.get("other")),
        released=utc_time(text(e, "releaseTime")),
        attributions=tuple(map(clean, words(e, "software_attributionText"))),
        notes=tuple(s for s in clean(text(e, "comment")).split("\n") if s),
    )
