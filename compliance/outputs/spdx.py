"""SPDX 2.3 in all its serializations (ISO/IEC 5962, https://spdx.github.io/spdx-spec/v2.3/).

JSON is written here: the reference library needs seconds for a large document and writes enum
values that the schema refuses. The dictionary that becomes JSON is the one source of the others.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from msgspec import Struct, field

from compliance import patterns as re
from compliance.outputs.escaping import json_steering, without_commands
from compliance.outputs.sbom import bill_of_materials, without_collector
from compliance.outputs.sbommodel import (
    NO_ASSERTION,
    NONE,
    Agent,
    Element,
    LicenseText,
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
PIECE = 500
"""Entries of a list that are written at once: about a megabyte."""
_ENCODER = msgspec.json.Encoder()

_SUM_TYPE = "https://go.dev/ref/mod#go-sum-files"


@without_collector
def spdx_json(report: ScanReport, *, artifact: str | None = None, scope: Scope = "build") -> bytes:
    """SPDX 2.3 as JSON: UTF-8, indented by one space, sorted, with a final line feed."""
    return json_document(document(bill_of_materials(report, artifact=artifact, scope=scope)))


class Pieces:
    """A list that is made while it is written: at least one piece, none of them empty."""

    def __init__(self, pieces: Iterable[list[Any]]) -> None:
        """`pieces` are taken once; a piece may change when the next one is asked for."""
        self._pieces = pieces

    def __iter__(self) -> Iterator[list[Any]]:
        return iter(self._pieces)


def json_document(value: Value) -> bytes:
    """JSON of an object whose keys are in order already; steering characters as escapes.

    Long lists are written piece by piece, into a buffer that becomes the text: what a piece needs
    stays in the cache of the processor, and nothing is put together twice.
    """
    made, room = io.BytesIO(), bytearray()
    made.write(b"{\n")
    for number, (key, member) in enumerate(value.items()):
        if number:
            made.write(b",\n")
        if isinstance(member, Pieces):
            pieces: Iterable[list[Any]] = member
        elif isinstance(member, list) and len(member) > PIECE:
            pieces = (member[n : n + PIECE] for n in range(0, len(member), PIECE))
        else:
            made.write(memoryview(_indented({key: member}, room))[len(b"{\n") : -len(b"\n}")])
            continue
        head, tail = b' "%s": [\n' % key.encode(), b"\n ]"
        before = head
        for entries in pieces:
            piece = memoryview(_indented({key: entries}, room))
            made.write(before)
            made.write(piece[len(b"{\n") + len(head) : -len(tail) - len(b"\n}")])
            before = b",\n"
        made.write(tail)
    made.write(b"\n}\n")
    return made.getvalue()


def _indented(value: Value, room: bytearray) -> bytes:
    """JSON of an object; `room` is written over, so that it need not grow each time."""
    _ENCODER.encode_into(value, room)
    made = bytes(msgspec.json.format(room, indent=1))
    return json_steering(made)


# The parts that a document has thousands of: fields in the order of their names in JSON, those that
# hold nothing left out.


class Checksum(Struct, rename="camel", gc=False):
    """A digest of a file (SPDX 2.3, 7.10)."""

    algorithm: str
    checksum_value: str


class Reference(Struct, rename="camel", omit_defaults=True, gc=False, kw_only=True):
    """Another name of a package, or more about it (SPDX 2.3, 7.21)."""

    comment: str = ""
    reference_category: str
    reference_locator: str
    reference_type: str


class Relationship(Struct, rename="camel", gc=False):
    """`element kind related` (SPDX 2.3, 11.1)."""

    related_spdx_element: str
    relationship_type: str
    spdx_element_id: str


class Package(Struct, rename="camel", omit_defaults=True, gc=False):
    """A package (SPDX 2.3, clause 7)."""

    spdx_id: str | None = field(name="SPDXID", default=None)
    annotations: tuple[Value, ...] = ()
    attribution_texts: tuple[str, ...] = ()
    checksums: tuple[Checksum, ...] = ()
    comment: str = ""
    copyright_text: str | None = None
    download_location: str | None = None
    external_refs: tuple[Reference, ...] = ()
    files_analyzed: bool | None = None
    homepage: str | None = None
    license_comments: str = ""
    license_concluded: str | None = None
    license_declared: str | None = None
    name: str | None = None
    originator: str | None = None
    package_file_name: str | None = None
    primary_package_purpose: str | None = None
    release_date: str | None = None
    source_info: str = ""
    supplier: str | None = None
    version_info: str | None = None


_COVERS = {
    "build": "Lists what is linked into the described artifacts. ",
    "source": "Lists the whole build list, modules for tests and tools included. ",
}
"""What a bill that we made of a scan covers, by its type."""


class _Ids(dict[str, str]):
    """The identifier of each key; made when it is asked for first."""

    def __missing__(self, key: str) -> str:
        made = key if key in (NONE, NO_ASSERTION) else f"SPDXRef-{key}"
        self[key] = made
        return made


def document(sbom: Sbom) -> Value:
    """The document with keys in order: JSON values, and structs that become objects."""
    reviews: dict[str, list[Value]] = {}
    for review in sbom.reviews:
        reviews.setdefault(review.subject, []).append(_annotation(review))
    ids = _Ids()
    made: Value = {
        "SPDXID": "SPDXRef-DOCUMENT",
        "comment": comment(sbom),
        "creationInfo": {
            **({"comment": f"SBOM Type: {sbom.scope.capitalize()}"} if sbom.scope else {}),
            "created": sbom.created,
            "creators": [_agent(sbom.author), f"Tool: compliance-{sbom.tool_version}"],
            "licenseListVersion": LICENSE_LIST_VERSION,
        },
        "dataLicense": "CC0-1.0",
        "documentNamespace": sbom.namespace,
        "hasExtractedLicensingInfos": [_license_text(t) for t in sbom.license_texts],
        "name": sbom.title,
        "packages": [_package(e, ids[e.key], reviews.get(e.key, ())) for e in sbom.elements],
        "relationships": [
            Relationship(ids[target], kind, ids[source])
            for source, kind, targets in sbom.relations
            for target in targets
        ],
        "spdxVersion": "SPDX-2.3",
    }
    if not sbom.license_texts:
        del made["hasExtractedLicensingInfos"]
    return made


def document_values(sbom: Sbom) -> Value:
    """The document as JSON values alone (schema spdx-2.3)."""
    made: Value = msgspec.json.decode(msgspec.json.encode(document(sbom)))
    return made


def comment(sbom: Sbom) -> str:
    """What the document covers, in words: scope, completeness, and what was not seen."""
    what = "" if sbom.foreign else _COVERS.get(sbom.scope, "")
    return "\n".join((f"{what}Completeness: {sbom.completeness}.", *sbom.notes))


def _package(e: Element, spdx_id: str, annotations: Iterable[Value]) -> Package:
    # In the order of the fields: a call with so many names costs a dictionary.
    return Package(
        spdx_id,
        tuple(annotations),
        e.attributions,
        _checksums(e),
        "\n".join(e.notes),
        e.copyright,
        e.download or NO_ASSERTION,
        _references(e),
        False,
        e.homepage or None,
        e.license_notes,
        e.concluded,
        e.declared,
        e.name,
        _agent(e.originator),
        e.file_name or None,
        e.purpose,
        e.released or None,
        e.source,
        _agent(e.supplier),
        e.version,
    )


def _annotation(review: Review) -> Value:
    return {
        "annotationDate": review.date,
        "annotationType": "REVIEW",
        "annotator": f"Person: {review.reviewer}",
        "comment": review.text,
    }


def _checksums(e: Element) -> tuple[Checksum, ...]:
    if e.sha256 and e.sha512:
        return (Checksum("SHA256", e.sha256), Checksum("SHA512", e.sha512))
    given = (("SHA256", e.sha256), ("SHA512", e.sha512))
    return tuple(Checksum(a, v) for a, v in given if v)


def _references(e: Element) -> tuple[Reference, ...]:
    made = []
    if e.purl:
        made.append(_reference("PACKAGE-MANAGER", "purl", e.purl))
    if e.cpe:
        made.append(_reference("SECURITY", "cpe23Type", e.cpe))
    if e.swhid:
        made.append(_reference("PERSISTENT-ID", "swh", e.swhid))
    if e.module_sum:
        made.append(_reference("OTHER", _SUM_TYPE, e.module_sum, e.module_sum_note))
    return tuple(made)


def _reference(category: str, kind: str, locator: str, comment: str = "") -> Reference:
    return Reference(
        comment=comment,
        reference_category=category,
        reference_locator=locator,
        reference_type=kind,
    )


def _agent(agent: Agent | None) -> str:
    if agent is None:
        return NO_ASSERTION
    return f"Organization: {agent.name}" + (f" ({agent.email})" if agent.email else "")


def _license_text(text: LicenseText) -> Value:
    return {"extractedText": text.text, "licenseId": text.id, "name": text.name}


@without_collector
def spdx_tag_value(
    report: ScanReport, *, artifact: str | None = None, scope: Scope = "build"
) -> bytes:
    """SPDX 2.3 as tag-value text."""
    return tag_value_document(
        document_values(bill_of_materials(report, artifact=artifact, scope=scope))
    )


@without_collector
def spdx_yaml(report: ScanReport, *, artifact: str | None = None, scope: Scope = "build") -> bytes:
    """SPDX 2.3 as YAML."""
    return yaml_document(document_values(bill_of_materials(report, artifact=artifact, scope=scope)))


@without_collector
def spdx_xml(report: ScanReport, *, artifact: str | None = None, scope: Scope = "build") -> bytes:
    """SPDX 2.3 as XML."""
    return xml_document(document_values(bill_of_materials(report, artifact=artifact, scope=scope)))


_UNFOLDED = 2**31 - 1
"""Columns: a folded text could put `::` at the start of a line, a command of CI runners."""


def yaml_document(value: Value) -> bytes:
    """The JSON values as YAML: SPDX YAML has the same keys (SPDX 2.3, 4.1)."""
    import yaml

    class Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
        """Each text on one line: in the quotes that have escapes where it has lines of its own."""

    def on_one_line(dumper: Any, text: str) -> Any:  # noqa: ANN401 - untyped library
        style = '"' if "\n" in text else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)

    Dumper.add_representer(str, on_one_line)
    text = yaml.dump(value, Dumper=Dumper, allow_unicode=False, sort_keys=True, width=_UNFOLDED)
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
