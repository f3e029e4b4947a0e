"""Full validation of SPDX 2.x by the reference library, in linear time.

The library looks every reference up in lists that it builds anew (spdx/tools-python#818): minutes
for a thousand packages. For the time of one call its look-ups are answered from indexes; every
check and every message stays its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any


def validation_messages(value: dict[str, Any]) -> tuple[str, ...]:
    """What the reference library says against a document given as JSON values; empty if nothing.

    A document that it cannot read at all has its parse errors as messages.
    """
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
    with _indexed(document):
        found = validate_full_spdx_document(document)
    return tuple(
        f"{m.context.spdx_id or m.context.parent_id}: {m.validation_message}" for m in found
    )


@contextmanager
def _indexed(document: Any) -> Iterator[None]:  # noqa: ANN401 - the library's untyped model
    import spdx_tools.spdx.validation.file_validator as files
    import spdx_tools.spdx.validation.license_expression_validator as licenses
    import spdx_tools.spdx.validation.package_validator as packages
    import spdx_tools.spdx.validation.snippet_validator as snippets
    import spdx_tools.spdx.validation.spdx_id_validators as ids
    from spdx_tools.spdx.model import File, Package

    known = frozenset(ids.get_list_of_all_spdx_ids(document))
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
