"""Full validation of SPDX 2.x by the reference library, in linear time.

What is plainly right (spdxplain) does not get there: the library sees the rest, if there is one.

The library looks every reference up in lists that it builds anew (spdx/tools-python#818): minutes
for a thousand packages. For the time of one call its look-ups are answered from indexes; every
check and every message stays its own.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from compliance.outputs.sbomtext import utc_time
from compliance.outputs.spdxplain import describes, spdx_ids, without_plain

# Names of the fields in JSON (schema spdx-2.3).
_DOCUMENT_KEYS = frozenset({
    "SPDXID", "annotations", "comment", "creationInfo", "dataLicense", "documentDescribes",
    "documentNamespace", "externalDocumentRefs", "files", "hasExtractedLicensingInfos", "name",
    "packages", "relationships", "revieweds", "snippets", "spdxVersion",
})  # fmt: skip
_PACKAGE_KEYS = frozenset({
    "SPDXID", "annotations", "attributionTexts", "builtDate", "checksums", "comment",
    "copyrightText", "description", "downloadLocation", "externalRefs", "filesAnalyzed",
    "hasFiles", "homepage", "licenseComments", "licenseConcluded", "licenseDeclared",
    "licenseInfoFromFiles", "name", "originator", "packageFileName", "packageVerificationCode",
    "primaryPackagePurpose", "releaseDate", "sourceInfo", "summary", "supplier",
    "validUntilDate", "versionInfo",
})  # fmt: skip
_RELATIONSHIP_KEYS = frozenset(
    {"comment", "relatedSpdxElement", "relationshipType", "spdxElementId"}
)
_PART = 2000
"""Packages and relationships that the library sees at once: its model of one takes 10 kB."""
MAX_MESSAGES = 5000
"""Nobody reads more; what is left after as many is counted."""


def validation_messages(value: dict[str, Any]) -> tuple[str, ...]:
    """What is wrong with a document given as JSON values, in the words of the reference library.

    A document that it cannot read at all has its parse errors as messages. After MAX_MESSAGES the
    packages and relationships that were not looked at are counted in one more.
    """
    said, value = _creation_time(value)
    return (*said, *_messages(value))


def _creation_time(value: dict[str, Any]) -> tuple[tuple[str, ...], dict[str, Any]]:
    """What is wrong with the form of the time of creation, and the document with it mended.

    Fractions of seconds are common, and the library would say nothing else of the document.
    """
    info = value.get("creationInfo")
    given = info.get("created") if isinstance(info, dict) else None
    plain = utc_time(given) if isinstance(given, str) else None
    if not isinstance(info, dict) or plain in (None, given):
        return (), value
    said = f"creationInfo.created: {given} has not the form YYYY-MM-DDThh:mm:ssZ (SPDX 2.3, 6.9)"
    return (said,), {**value, "creationInfo": {**info, "created": plain}}


def _messages(value: dict[str, Any]) -> tuple[str, ...]:
    rest = without_plain(value)
    if rest is None:
        return ()
    others = spdx_ids(value)
    if rest is value:  # the whole counts
        return (*library_messages(rest, others), *_unknown_keys(rest))
    found: list[str] = []
    of_all: Collection[str] = ()
    for number, (part, left) in enumerate(_parts(rest)):
        if len(found) >= MAX_MESSAGES:
            found.append(f"{left} more parts are not plainly right, and were not looked at")
            break
        if number == 1:
            head = {**rest, "packages": [], "relationships": part["relationships"][:1]}
            of_all = {*library_messages(head, others), *_unknown_keys(head)}
        said = (*library_messages(part, others), *_unknown_keys(part))
        found += [message for message in said if message not in of_all]
    return tuple(found)


def _parts(rest: dict[str, Any]) -> Iterator[tuple[dict[str, Any], int]]:
    """A document without its plain parts, cut so that memory stays bounded.

    Each has the same head and describes something, as the library asks of every document; with it
    comes how many packages and relationships are in it and in those that follow.
    """
    relationships = rest["relationships"]
    # What bears the same identifier stands side by side: the library tells it where it sees both.
    count = Counter(spdx_ids(rest))
    packages = sorted(rest["packages"], key=lambda p: _twice(p, count), reverse=True)
    first = next(filter(describes, relationships))
    others = [r for r in relationships if r is not first]
    for start in range(0, max(len(packages), len(others), 1), _PART):
        end = start + _PART
        part = {
            **rest, "packages": packages[start:end], "relationships": [first, *others[start:end]],
        }  # fmt: skip
        yield part, len(packages[start:]) + len(others[start:])


def _twice(package: dict[str, Any], count: Counter[str]) -> str:
    name = package.get("SPDXID")
    return name if isinstance(name, str) and count[name] > 1 else ""


def _unknown_keys(value: dict[str, Any]) -> Iterator[str]:
    """Keys that the JSON schema does not know; the library reads over them."""
    parts = [("the document", value, _DOCUMENT_KEYS)]
    for kind, known in (("packages", _PACKAGE_KEYS), ("relationships", _RELATIONSHIP_KEYS)):
        found = value.get(kind)
        for number, part in enumerate(found if isinstance(found, list) else ()):
            if isinstance(part, dict):
                parts.append((str(part.get("SPDXID") or f"{kind}[{number}]"), part, known))
    for place, part, known in parts:
        if unknown := sorted(map(str, part.keys() - known)):
            yield f"{place}: unknown field {', '.join(unknown)}"


def library_messages(value: dict[str, Any], others: Iterable[str] = ()) -> tuple[str, ...]:
    """What the reference library says; `others` are identifiers that the document also defines."""
    from spdx_tools.spdx.parser.error import SPDXParsingError
    from spdx_tools.spdx.parser.jsonlikedict.json_like_dict_parser import JsonLikeDictParser
    from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

    parser = JsonLikeDictParser()  # type: ignore[no-untyped-call]
    try:
        document = parser.parse(value)
    except SPDXParsingError as error:
        return tuple(error.get_messages())  # type: ignore[no-untyped-call]
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        # The library takes the form of a document for granted; what has another is no SPDX.
        return (f"does not have the form of SPDX 2: {error}",)
    with _indexed(document, others):
        found = validate_full_spdx_document(document)
    return tuple(
        f"{m.context.spdx_id or m.context.parent_id}: {m.validation_message}" for m in found
    )


@contextmanager
def _indexed(
    document: Any,  # noqa: ANN401 - the library's untyped model
    others: Iterable[str],
) -> Iterator[None]:
    """Answer look-ups from indexes; `others` are identifiers of the document beside its own."""
    import spdx_tools.spdx.validation.file_validator as files
    import spdx_tools.spdx.validation.license_expression_validator as licenses
    import spdx_tools.spdx.validation.package_validator as packages
    import spdx_tools.spdx.validation.snippet_validator as snippets
    import spdx_tools.spdx.validation.spdx_id_validators as ids
    from spdx_tools.spdx.model import File, Package

    known = frozenset((*ids.get_list_of_all_spdx_ids(document), *others))
    kinds = {p.spdx_id: Package for p in document.packages}
    file_ids = frozenset(f.spdx_id for f in document.files)
    contains, contained = defaultdict(list), defaultdict(list)
    for r in document.relationships:
        if r.relationship_type.name == "CONTAINS":
            contains[r.spdx_element_id].append(r)
        elif r.relationship_type.name == "CONTAINED_BY":
            contained[str(r.related_spdx_element_id)].append(r)
    check = licenses.validate_license_expression
    clean: set[str] = set()

    def license_expression(expression: Any, *rest: Any) -> Any:  # noqa: ANN401
        text = str(expression)
        if text in clean:
            return []
        messages = check(expression, *rest)
        if not messages:  # a message carries the place it is about, so that only silence is kept
            clean.add(text)
        return messages

    def kind_of(spdx_id: Any, _: Any) -> Any:  # noqa: ANN401
        return kinds.get(spdx_id) or (File if spdx_id in file_ids else None)

    with ExitStack() as stack:
        _put(stack, ids, "is_spdx_id_present_in_document", lambda i, _: i in known)
        _put(stack, ids, "is_spdx_id_present_in_files", lambda i, _: i in file_ids)
        _put(stack, packages, "filter_by_type_and_origin", lambda _, __, o: contains.get(o, []))
        _put(stack, packages, "filter_by_type_and_target", lambda _, __, o: contained.get(o, []))
        _put(stack, packages, "get_element_type_from_spdx_id", kind_of)
        for module in (packages, files, snippets, licenses):
            _put(stack, module, "validate_license_expression", license_expression)
        yield


def _put(stack: ExitStack, module: Any, name: str, value: Any) -> None:  # noqa: ANN401
    """Replace a global of a module until the stack unwinds."""
    stack.callback(setattr, module, name, getattr(module, name))
    setattr(module, name, value)
