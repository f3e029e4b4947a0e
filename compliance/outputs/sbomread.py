"""Bills of materials that others wrote, read into the neutral model.

All of SPDX 2.2 and 2.3 (JSON, YAML, XML, tag-value), SPDX 3.0 (JSON-LD) and CycloneDX (JSON, XML).
What the model has no place for is counted and said in the notes, never dropped in silence.
"""

from __future__ import annotations

from typing import Any

from compliance import patterns as re
from compliance.errors import LimitExceededError, MalformedInputError
from compliance.outputs.cyclonedxxml import cyclonedx_values, is_cyclonedx
from compliance.outputs.sbommodel import Sbom
from compliance.outputs.sbomvalues import Value

# The largest bills seen (50,000 files) have 50 MB; parsing needs some ten times the size.
MAX_BYTES = 200_000_000
# Nesting of real documents ends at ten.
_MAX_DEPTH = 64
# A value takes some hundred bytes whatever it holds, in YAML a thousand: bounds for the memory.
_MAX_VALUES = 5_000_000
_MAX_YAML_VALUES = 1_000_000
# What stands before or between values: there are at most as many values as of these.
_MARKS = {b"{": (b"{", b"[", b","), b"<": (b"<",)}

_TAG = re.compile(rb"^SPDXVersion:", re.MULTILINE)
# Keys that hold a list in SPDX, where XML shows only repetition.
_LISTS = frozenset({
    "annotations", "attributionTexts", "checksums", "creators", "crossRefs", "documentDescribes",
    "externalDocumentRefs", "externalRefs", "fileContributors", "fileDependencies", "fileTypes",
    "files", "hasExtractedLicensingInfos", "hasFiles", "licenseInfoFromFiles", "licenseInfoInFiles",
    "packages", "packageVerificationCodeExcludedFiles", "ranges", "relationships", "revieweds",
    "seeAlsos", "snippets",
})  # fmt: skip
_BOOLEANS = frozenset({"filesAnalyzed"})


def read_bill(data: bytes, *, file: str = "") -> tuple[str, Sbom]:
    """Name of the format and the neutral bill.

    Raises:
        MalformedInputError: the bytes are no bill of materials that we know.
        LimitExceededError: the file is larger or deeper than any real bill.
    """
    name, value = load_values(data, file=file)
    return name, neutral_bill(name, value, file=file)


def neutral_bill(name: str, value: Value, *, file: str = "") -> Sbom:
    """The bill of values that were loaded.

    Raises:
        MalformedInputError: it lists nothing.
        LimitExceededError: it lists more than any real bill.
    """
    try:
        sbom = _neutral(name, value)
    except LimitExceededError as error:
        raise LimitExceededError(error.message, file=file) from None
    if not sbom.elements:
        raise MalformedInputError("lists no component", file=file)
    return sbom


def _neutral(name: str, value: Value) -> Sbom:
    if name == "spdx3-json":
        from compliance.outputs.spdx3read import from_spdx3

        return from_spdx3(value)
    if name.startswith("cyclonedx"):
        from compliance.outputs.cyclonedxread import from_cyclonedx

        return from_cyclonedx(value)
    from compliance.outputs.spdxread import from_spdx

    return from_spdx(value)


def load_values(data: bytes, *, file: str = "") -> tuple[str, Value]:
    """Name of the format, and the document as JSON values (SPDX 2.x: with the keys of its JSON)."""
    if len(data) > MAX_BYTES:
        raise LimitExceededError(f"larger than {MAX_BYTES:,} bytes", file=file)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in data[:4]:
        raise MalformedInputError("is UTF-16; bills of materials are UTF-8", file=file)
    head = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    if sum(head.count(mark) for mark in _MARKS.get(head[:1], (b"\n",))) > _MAX_VALUES:
        raise LimitExceededError(f"has more than {_MAX_VALUES:,} values", file=file)
    if head.startswith(b"{"):
        value = _json(head, file)
        inner = value.get("sbom")
        if len(value) == 1 and isinstance(inner, dict):  # answer of GitHub's dependency graph
            value = inner
        return _json_format(value, file), value
    if head.startswith(b"<"):
        return _xml(head, file)
    if _TAG.search(head):
        return "spdx-tv", _tag_value(head, file)
    return "spdx-yaml", _yaml(head, file)


def _json(data: bytes, file: str) -> Value:
    import msgspec

    try:
        value = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MalformedInputError(f"not JSON: {error}", file=file) from None
    except RecursionError:
        raise LimitExceededError("nested too deeply", file=file) from None
    return _object(value, file)


def _object(value: Any, file: str) -> Value:  # noqa: ANN401 - what a parser returned
    """The value itself when it is an object of bearable depth."""
    level: list[Any] = [value] if isinstance(value, (dict, list)) else []
    for _ in range(_MAX_DEPTH):
        level = [
            inner
            for v in level
            for inner in (v.values() if isinstance(v, dict) else v)
            if isinstance(inner, (dict, list))
        ]
        if not level:
            break
    else:
        raise LimitExceededError("nested too deeply", file=file)
    if not isinstance(value, dict):
        raise MalformedInputError("not a bill of materials: no object", file=file)
    return value


def _json_format(value: Value, file: str) -> str:
    if "spdxVersion" in value:
        return "spdx-json"
    if "@graph" in value:
        return "spdx3-json"
    if value.get("bomFormat") == "CycloneDX":
        return "cyclonedx17-json" if value.get("specVersion") == "1.7" else "cyclonedx-json"
    raise MalformedInputError("neither SPDX nor CycloneDX", file=file)


def _yaml(data: bytes, file: str) -> Value:
    import yaml

    if b"spdxVersion" not in data:
        raise MalformedInputError("neither SPDX nor CycloneDX", file=file)
    try:
        depth = 0
        events = yaml.parse(data, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        for count, event in enumerate(events):
            if count > _MAX_YAML_VALUES:
                limit = f"has more than {_MAX_YAML_VALUES:,} values"
                raise LimitExceededError(limit, file=file)
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > _MAX_DEPTH:  # the parser needs the square of the depth
                raise LimitExceededError("nested too deeply", file=file)
            if isinstance(event, yaml.AliasEvent):  # repeated use of one part can grow without end
                raise LimitExceededError("YAML aliases are not read", file=file)
        value = yaml.load(data, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    except yaml.YAMLError as error:
        raise MalformedInputError(f"not YAML: {error}", file=file) from None
    except RecursionError:
        raise LimitExceededError("nested too deeply", file=file) from None
    return _object(value, file)


def _xml(data: bytes, file: str) -> tuple[str, Value]:
    """Name of the format and values; the parser resolves nothing but the five entities of XML."""
    from xml.etree import ElementTree

    class Builder(ElementTree.TreeBuilder):
        """Refuses a document type before its declarations are read (entities that multiply)."""

        def doctype(self, *_: object) -> None:
            raise MalformedInputError("XML with a document type is not read", file=file)

    try:
        root = ElementTree.fromstring(data, ElementTree.XMLParser(target=Builder()))  # noqa: S314
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        raise MalformedInputError(f"not XML: {error}", file=file) from None
    if is_cyclonedx(root):
        return "cyclonedx-xml", cyclonedx_values(root, depth=_MAX_DEPTH, file=file)
    if root.tag != "Document":
        raise MalformedInputError("XML, but neither SPDX nor CycloneDX", file=file)
    return "spdx-xml", _xml_object(root, 0, file)


def _xml_object(node: Any, depth: int, file: str) -> Value:  # noqa: ANN401 - ElementTree.Element
    if depth > _MAX_DEPTH:
        raise LimitExceededError("nested too deeply", file=file)
    made: Value = {}
    for child in node:
        value: Any = _xml_object(child, depth + 1, file) if len(child) else (child.text or "")
        if child.tag in _BOOLEANS:
            value = value == "true"
        if child.tag in _LISTS:
            made.setdefault(child.tag, []).append(value)
        else:
            made[child.tag] = value
    return made


def _tag_value(data: bytes, file: str) -> Value:
    from compliance.outputs.tagvalue import read_tag_value

    try:
        return read_tag_value(data.decode("utf-8"), file=file)
    except UnicodeDecodeError as error:
        raise MalformedInputError(f"not UTF-8: {error}", file=file) from None
