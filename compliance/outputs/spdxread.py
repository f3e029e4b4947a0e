"""SPDX 2.2 and 2.3, as JSON values, into the neutral model."""

from __future__ import annotations

from compliance import patterns as re
from compliance.outputs.sbommodel import (
    BILL_TYPES,
    NO_ASSERTION,
    NONE,
    Agent,
    Element,
    ElementKind,
    Sbom,
)
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
    kind_of,
    notes_of,
    purpose_of,
    text,
    tool_of,
    words,
)
from compliance.value import replace

_TYPE = re.compile(r"SBOM Type:\s*(\w+)", re.IGNORECASE)
# What the model has a place for; all else is counted.
_KEYS = frozenset({
    "SPDXID", "annotations", "attributionTexts", "checksums", "comment", "copyrightText",
    "downloadLocation", "externalRefs", "filesAnalyzed", "homepage", "licenseComments",
    "licenseConcluded", "licenseDeclared", "name", "originator", "packageFileName",
    "primaryPackagePurpose", "releaseDate", "sourceInfo", "supplier", "versionInfo",
})  # fmt: skip
_TEXT_KEYS = frozenset({"extractedText", "licenseId", "name"})
_SUMS = frozenset({"SHA256", "SHA512"})
_REFERENCES = frozenset({"purl", "cpe23Type", "swh"})


def from_spdx(value: Value) -> Sbom:
    """The neutral bill; files, snippets and annotations are counted as left out."""
    made = Gathered()
    for each in items(value, "hasExtractedLicensingInfos"):
        made.texts[text(each, "licenseId")] = text(each, "extractedText")
    for package in items(value, "packages"):
        element = _element(package, made)
        made.put(element)
        for each in items(package, "annotations"):
            who = text(each, "annotator").partition(":")[2]
            made.review(element.key, text(each, "annotationDate"), who, text(each, "comment"))
    for each in items(value, "relationships"):
        source, target = text(each, "spdxElementId"), text(each, "relatedSpdxElement")
        made.relate(_key(made, source), text(each, "relationshipType"), _key(made, target))
        if text(each, "comment"):
            made.left_out["comments of relationships"] += 1
    for described in words(value, "documentDescribes"):
        made.relate("DOCUMENT", "DESCRIBES", made.key(described))
    for kind in ("files", "snippets", "annotations", "externalDocumentRefs", "revieweds"):
        made.left_out[kind] += len(items(value, kind))
    for each in items(value, "hasExtractedLicensingInfos"):
        made.leave_out("fields", "license texts", each.keys() - _TEXT_KEYS)
    return made.bill(_mark_kinds(made, _frame(value, made)))


def _key(made: Gathered, spdx_id: str) -> str:
    if spdx_id in (NONE, NO_ASSERTION):
        return spdx_id
    return "DOCUMENT" if spdx_id == "SPDXRef-DOCUMENT" else made.key(spdx_id)


def _mark_kinds(made: Gathered, frame: Sbom) -> Sbom:
    """Artifacts are what is generated from something, mains what the document describes."""
    kinds: dict[str, ElementKind] = {}
    for r in made.relations:
        if r.kind == "GENERATED_FROM":
            kinds[r.source] = "artifact"
        elif r.kind == "DESCRIBES":
            kinds.setdefault(r.target, "main")
    for key, kind in kinds.items():
        if key in made.elements:
            made.elements[key] = replace(made.elements[key], kind=kind)
    return frame


def _frame(value: Value, made: Gathered) -> Sbom:
    info = value.get("creationInfo")
    kind = _TYPE.search(text(info, "comment"))
    creators = words(info, "creators")
    tool, by = tool_of(c.removeprefix("Tool:") for c in creators if c.startswith("Tool:"))
    authors = [a for c in creators if (a := _agent(c))]
    made.left_out["further creators"] += max(len(authors) - 1, 0)
    return Sbom(
        name=line(text(value, "name")) or "unnamed",
        version="(devel)",
        scope=next((t for t in BILL_TYPES if kind and kind[1].lower() == t), ""),
        created=utc_time(text(info, "created")) or "",
        tool_version=tool,
        author=authors[0] if authors else Agent(name="anonymous"),
        roots=(),
        elements=(),
        relations=(),
        license_texts=(),
        complete=completeness_of(text(value, "comment")),
        notes=(*notes_of(text(value, "comment")), *by),
        uuid="",
    )


def _element(package: Value, made: Gathered) -> Element:
    sums = {text(c, "algorithm"): text(c, "checksumValue") for c in items(package, "checksums")}
    given = [(text(r, "referenceType"), r) for r in items(package, "externalRefs")]
    refs = dict(reversed(given))
    go_sum = next((r for t, r in refs.items() if t.endswith("#go-sum-files")), {})
    named = {t: text(r, "referenceLocator") for t, r in refs.items()}
    url = made.fit(named.get("purl", ""), purl(named.get("purl", "")), "package URLs")
    stated = text(package, "comment")
    purpose = purpose_of(text(package, "primaryPackagePurpose"))
    made.leave_out("fields", "packages", (k for k in package.keys() - _KEYS if package[k]))
    made.leave_out("checksums", "packages", sums.keys() - _SUMS)
    others = [t for t in refs if t not in _REFERENCES and not t.endswith("#go-sum-files")]
    made.leave_out("external references", "packages", others)
    same = ((t, text(r, "referenceLocator")) for t, r in given if t in refs.keys() - {*others})
    made.repeat("external references", "packages", same)
    checksums = items(package, "checksums")
    made.repeat(
        "checksums", "packages",
        ((text(c, "algorithm"), text(c, "checksumValue")) for c in checksums),
    )  # fmt: skip
    return Element(
        key=made.key(text(package, "SPDXID")),
        kind=kind_of(url, purpose),
        name=line(text(package, "name")) or "unnamed",
        version=line(text(package, "versionInfo")) or NO_ASSERTION,
        purpose=purpose,
        purl=url,
        cpe=made.fit(named.get("cpe23Type", ""), cpe(named.get("cpe23Type")), "CPEs"),
        declared=made.license(text(package, "licenseDeclared")).text,
        concluded=made.license(text(package, "licenseConcluded")).text,
        license_notes=clean(text(package, "licenseComments")),
        copyright=clean(text(package, "copyrightText")).strip() or NO_ASSERTION,
        supplier=_known(package, "supplier", made),
        originator=_known(package, "originator", made),
        source=clean(text(package, "sourceInfo")),
        swhid=made.fit(named.get("swh", ""), swhid(named.get("swh")), "identifiers swh"),
        download=_address(package, "downloadLocation", made),
        homepage=_address(package, "homepage", made),
        file_name=line(text(package, "packageFileName")) or None,
        sha256=made.fit(sums.get("SHA256", ""), digest(sums.get("SHA256"), 64), "checksums"),
        sha512=made.fit(sums.get("SHA512", ""), digest(sums.get("SHA512"), 128), "checksums"),
        module_sum=module_sum(text(go_sum, "referenceLocator")),
        module_sum_note=line(text(go_sum, "comment")),
        released=utc_time(text(package, "releaseDate")),
        attributions=tuple(map(clean, words(package, "attributionTexts"))),
        notes=tuple(s for s in clean(stated).split("\n") if s),
    )


def _address(package: Value, key: str, made: Gathered) -> str | None:
    found = text(package, key)
    return made.fit(found, public_url(found), f'addresses "{key}" of packages')


def _known(package: Value, key: str, made: Gathered) -> Agent | None:
    """Supplier or originator; persons are written as organizations."""
    found = text(package, key)
    agent_ = made.fit(found, _agent(found), f'agents "{key}" of packages')
    made.left_out[f'marks of "{key}" as a person'] += found.startswith("Person") and bool(agent_)
    return agent_


def _agent(given: str) -> Agent | None:
    """`Organization: name (mail)` or `Person: name (mail)` (SPDX 2.3, 7.5)."""
    kind, colon, rest = given.partition(":")
    if not colon or kind.strip() not in ("Organization", "Person"):
        return None
    name, bracket, mail = rest.strip().removesuffix(")").rpartition("(")
    return agent(name, mail) if bracket and rest.rstrip().endswith(")") else agent(rest)
