"""SPDX 2.3 in all its serializations (ISO/IEC 5962, https://spdx.github.io/spdx-spec/v2.3/).

JSON is written here: the reference library needs seconds for a large document and writes enum
values that the schema refuses. The dictionary that becomes JSON is the one source of the others.
"""

from __future__ import annotations

import re
from typing import Any

from compliance.outputs.escaping import json_steering, without_commands
from compliance.outputs.sbom import bill_of_materials, without_collector
from compliance.outputs.sbommodel import (
    NO_ASSERTION,
    NONE,
    Agent,
    Element,
    LicenseText,
    Relation,
    Review,
    Sbom,
    Scope,
)
from compliance.outputs.spdxlicense import LICENSE_LIST_VERSION
from compliance.report import ScanReport

Value = dict[str, Any]

_TEXT_TAG = re.compile(r"<(/?text>)", re.IGNORECASE)
_AGENT_KEYS = frozenset({
    "annotationDate", "annotator", "created", "creators", "originator", "releaseDate", "supplier",
})  # fmt: skip
_KEYWORD_KEYS = _AGENT_KEYS | {
    "licenseConcluded", "licenseDeclared", "copyrightText", "downloadLocation",
    "relatedSpdxElement",
}  # fmt: skip
# What the reader of tag-value takes for more than a line of text.
_TAG_VALUE = re.compile(
    r"(?:Tool|Organization|Person|ADLER32|BLAKE[0-9a-z-]+|MD\d|SHA[0-9-]+):"
    r"|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
)
# XML readers may fold a bare line break; as a character reference it stays what it is.
_XML_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\n": "&#10;"})
_SUM_TYPE = "https://go.dev/ref/mod#go-sum-files"


@without_collector
def spdx_json(report: ScanReport, *, artifact: str | None = None, scope: Scope = "build") -> bytes:
    """SPDX 2.3 as JSON: UTF-8, indented by one space, sorted, with a final line feed."""
    return json_document(document(bill_of_materials(report, artifact=artifact, scope=scope)))


def json_document(value: Value) -> bytes:
    """JSON with sorted keys; steering characters as escapes."""
    import msgspec

    made = msgspec.json.format(msgspec.json.encode(value, order="sorted"), indent=1)
    if not made.isascii():
        made = json_steering(made.decode("utf-8")).encode("utf-8")
    return made + b"\n"


def document(sbom: Sbom) -> Value:
    """The document as JSON values (schema spdx-2.3)."""
    kind = sbom.scope.capitalize()
    reviews: dict[str, list[Value]] = {}
    for review in sbom.reviews:
        reviews.setdefault(review.subject, []).append(_annotation(review))
    made: Value = {
        "SPDXID": "SPDXRef-DOCUMENT",
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "name": sbom.title,
        "documentNamespace": sbom.namespace,
        "comment": comment(sbom),
        "creationInfo": {
            "comment": f"SBOM Type: {kind}",
            "created": sbom.created,
            "creators": [_agent(sbom.author), f"Tool: compliance-{sbom.tool_version}"],
            "licenseListVersion": LICENSE_LIST_VERSION,
        },
        "packages": [_package(e, reviews.get(e.key, [])) for e in sbom.elements],
        "relationships": [_relationship(r) for r in sbom.relations],
    }
    if sbom.license_texts:
        made["hasExtractedLicensingInfos"] = [_license_text(t) for t in sbom.license_texts]
    return made


def comment(sbom: Sbom) -> str:
    """What the document covers, in words: scope, completeness, and what was not seen."""
    what = (
        "what is linked into the described artifacts"
        if sbom.scope == "build"
        else "the whole build list, modules for tests and tools included"
    )
    state = "complete" if sbom.complete else "incomplete"
    return "\n".join((f"Lists {what}. Completeness: {state}.", *sbom.notes))


def _package(e: Element, annotations: list[Value]) -> Value:
    made: Value = {
        "SPDXID": f"SPDXRef-{e.key}",
        "name": e.name,
        "versionInfo": e.version,
        "supplier": _agent(e.supplier),
        "originator": _agent(e.originator),
        "downloadLocation": e.download or NO_ASSERTION,
        "filesAnalyzed": False,
        "licenseConcluded": e.concluded,
        "licenseDeclared": e.declared,
        "copyrightText": e.copyright,
        "primaryPackagePurpose": e.purpose,
    }
    optional = (
        ("homepage", e.homepage),
        ("packageFileName", e.file_name),
        ("sourceInfo", e.source),
        ("licenseComments", e.license_notes),
        ("releaseDate", e.released),
        ("comment", "\n".join(e.notes)),
        ("attributionTexts", list(e.attributions)),
        ("annotations", annotations),
        ("checksums", _checksums(e)),
        ("externalRefs", _references(e)),
    )
    made.update((k, v) for k, v in optional if v)
    return made


def _annotation(review: Review) -> Value:
    return {
        "annotationDate": review.date,
        "annotationType": "REVIEW",
        "annotator": f"Person: {review.reviewer}",
        "comment": review.text,
    }


def _checksums(e: Element) -> list[Value]:
    given = (("SHA256", e.sha256), ("SHA512", e.sha512))
    return [{"algorithm": a, "checksumValue": v} for a, v in given if v]


def _references(e: Element) -> list[Value]:
    made = []
    if e.purl:
        made.append(_reference("PACKAGE-MANAGER", "purl", e.purl))
    if e.cpe:
        made.append(_reference("SECURITY", "cpe23Type", e.cpe))
    if e.swhid:
        made.append(_reference("PERSISTENT-ID", "swh", e.swhid))
    if e.module_sum:
        sum_reference = _reference("OTHER", _SUM_TYPE, e.module_sum)
        made.append({**sum_reference, "comment": e.module_sum_note})
    return made


def _reference(category: str, kind: str, locator: str) -> Value:
    return {
        "referenceCategory": category,
        "referenceType": kind,
        "referenceLocator": locator,
    }


def _agent(agent: Agent | None) -> str:
    if agent is None:
        return NO_ASSERTION
    return f"Organization: {agent.name}" + (f" ({agent.email})" if agent.email else "")


def _relationship(r: Relation) -> Value:
    return {
        "spdxElementId": _id(r.source),
        "relationshipType": r.kind,
        "relatedSpdxElement": _id(r.target),
    }


def _id(key: str) -> str:
    return key if key in (NONE, NO_ASSERTION) else f"SPDXRef-{key}"


def _license_text(text: LicenseText) -> Value:
    return {"licenseId": text.id, "name": text.name, "extractedText": text.text}


@without_collector
def spdx_tag_value(
    report: ScanReport, *, artifact: str | None = None, scope: Scope = "build"
) -> bytes:
    """SPDX 2.3 as tag-value text."""
    return tag_value_document(document(bill_of_materials(report, artifact=artifact, scope=scope)))


@without_collector
def spdx_yaml(report: ScanReport, *, artifact: str | None = None, scope: Scope = "build") -> bytes:
    """SPDX 2.3 as YAML."""
    return yaml_document(document(bill_of_materials(report, artifact=artifact, scope=scope)))


@without_collector
def spdx_xml(report: ScanReport, *, artifact: str | None = None, scope: Scope = "build") -> bytes:
    """SPDX 2.3 as XML."""
    return xml_document(document(bill_of_materials(report, artifact=artifact, scope=scope)))


def yaml_document(value: Value) -> bytes:
    """The JSON values as YAML: SPDX YAML has the same keys (SPDX 2.3, 4.1)."""
    import yaml

    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    text = yaml.dump(value, Dumper=dumper, allow_unicode=False, sort_keys=True, width=1000)
    return str(text).encode("utf-8")


def xml_document(value: Value) -> bytes:
    """The JSON values as XML: one element a key, repeated for a list (SPDX 2.3, 4.1)."""
    out = ['<?xml version="1.0" encoding="UTF-8"?>\n<Document>\n']
    _xml(value, out, 1)
    out.append("</Document>\n")
    return "".join(out).encode("utf-8")


def _xml(value: Value, out: list[str], depth: int) -> None:
    """Write the keys of one object; depth is that of the schema, four at most."""
    pad = " " * depth
    for key in sorted(value):
        items = value[key] if isinstance(value[key], list) else [value[key]]
        for item in items:
            if isinstance(item, dict):
                out.append(f"{pad}<{key}>\n")
                _xml(item, out, depth + 1)
                out.append(f"{pad}</{key}>\n")
            else:
                text = str(item).lower() if isinstance(item, bool) else str(item)
                text = text.translate(_XML_ESCAPES)
                out.append(f"{pad}<{key}>{text}</{key}>\n")


def tag_value_document(value: Value) -> bytes:
    """Tag-value text, by way of the reference library's model and writer.

    The form has no escapes: what its readers would take for a tag, a keyword, an agent or a
    date is kept apart from that by a blank or by quotes, and an unknown version is left out.
    """
    import io

    from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser
    from spdx_tools.spdx.parser.tagvalue.lexer import SPDXLexer
    from spdx_tools.spdx.writer.tagvalue.tagvalue_writer import write_document

    plain = _plain("", value, frozenset(SPDXLexer.reserved))
    out = io.StringIO()
    parser = JsonLikeDictParser()  # type: ignore[no-untyped-call]
    write_document(parser.parse(plain), out)
    return out.getvalue().encode("utf-8")


def _plain(key: str, value: object, reserved: frozenset[str]) -> Any:  # noqa: ANN401 - JSON value
    """The JSON values with every text fit for the lines of tag-value."""
    if isinstance(value, str):
        text = without_commands(_TEXT_TAG.sub(r"< \1", value))
        if key in _KEYWORD_KEYS and (text in (NONE, NO_ASSERTION) or key in _AGENT_KEYS):
            return text
        return f'"{text}"' if text in reserved or _TAG_VALUE.match(text) else text
    if isinstance(value, dict):
        return {
            k: _plain(k, v, reserved)
            for k, v in value.items()
            if (k, v) != ("versionInfo", NO_ASSERTION)
        }
    if isinstance(value, list):
        return [_plain(key, v, reserved) for v in value]
    return value
