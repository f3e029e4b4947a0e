"""What `compliance sbom` does with bills that exist: check, convert, compare, merge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Literal

from compliance.errors import UsageError
from compliance.outputs.sbom import bill_uuid, without_collector
from compliance.outputs.sbomformats import write_bill
from compliance.outputs.sbomgraph import FORWARD
from compliance.outputs.sbommodel import (
    DOCUMENT,
    NO_ASSERTION,
    NONE,
    Element,
    LicenseText,
    Relation,
    Review,
    Sbom,
    by_source,
)
from compliance.outputs.sbomread import load_values, neutral_bill, read_bill
from compliance.outputs.sbomsame import (
    DIGESTS,
    merge_identity,
    one_form,
    pairs,
    same_bytes,
    version_of,
)
from compliance.outputs.sbomtext import identifier
from compliance.outputs.sbomvalues import LEFT_OUT, Value, items, text, words
from compliance.outputs.spdxlicense import spdx_license
from compliance.value import dataclass, replace

ChangeKind = Literal["added", "removed", "changed"]

# What is compared when a component is in both; the version comes first, for people.
_COMPARED = (
    "version", "concluded", "declared", "copyright", "supplier", "originator", "sha256", "sha512",
    "module_sum", "download",
)  # fmt: skip

_MINIMUM = ("version", "supplier", "package URL or CPE", "concluded license")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The outcome of a check: the format, and every reason why it is no good bill."""

    format: str
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Change:
    """One component that differs; `fields` are (field, before, after)."""

    name: str
    kind: ChangeKind
    before: str
    after: str
    fields: tuple[tuple[str, str, str], ...] = ()


@without_collector
def check_bill(data: bytes, *, file: str = "") -> Checked:
    """Check a bill of any format that can be read.

    SPDX 2.x gets the reference library's full validation, the others are held to the form that
    their schemas ask for. All formats: ids are unique, references
    are defined, licenses are expressions, components have name, version, supplier and an
    identifier (NTIA minimum elements, 2021), and each can be reached from what is described.

    Raises:
        MalformedInputError: no bill of materials.
        LimitExceededError: larger or deeper than any real bill.
    """
    name, value = load_values(data, file=file)
    sbom = neutral_bill(name, value, file=file)
    problems: list[str] = []
    if name.startswith("spdx-"):
        from compliance.outputs.spdxvalidation import validation_messages

        problems += validation_messages(value)
    elif name == "spdx3-json":
        from compliance.outputs import spdx3form

        problems += spdx3form.form_faults(value)
    else:
        from compliance.outputs import cyclonedxform

        problems += cyclonedxform.form_faults(value)
    problems += _references(name, value)
    problems += _minimum(sbom)
    problems += _unreachable(sbom)
    return Checked(format=name, problems=tuple(problems))


@without_collector
def convert_bill(data: bytes, to: str, *, file: str = "") -> bytes:
    """The same bill in another format; what has no place there is said in its notes.

    Raises:
        UsageError: `to` is no format of bills.
        MalformedInputError: no bill of materials.
    """
    return write_bill(to, read_bill(data, file=file)[1])


def compare_bills(before: Sbom, after: Sbom) -> tuple[Change, ...]:
    """Components that were added, removed or changed, sorted by name.

    Which ones are the same: sbomsame.
    """
    made = []
    for a, b in pairs(before, after):
        if a is None and b is not None:
            made.append(Change(name=b.name, kind="added", before="", after=b.version))
        elif b is None and a is not None:
            made.append(Change(name=a.name, kind="removed", before=a.version, after=""))
        elif a is not None and b is not None and (fields := _differences(a, b)):
            made.append(
                Change(
                    name=b.name, kind="changed", before=a.version, after=b.version, fields=fields
                )
            )
    return tuple(sorted(made))


def losses(data: bytes, *, file: str = "") -> tuple[str, ...]:
    """What of a bill has no place in the others: sentences, also written into its notes.

    Raises MalformedInputError, LimitExceededError.
    """
    notes = read_bill(data, file=file)[1].notes
    return tuple(n for n in notes if n.endswith(LEFT_OUT))


@without_collector
def merge_bills(bills: Sequence[Sbom], *, name: str) -> Sbom:
    """One bill of several: all roots, each component once, all relations.

    Two components are one when name, version and package URL agree (sbomsame); what the first one
    leaves open the next one fills. A LicenseRef that means different texts gets a name for each.

    Raises:
        UsageError: there is nothing to merge.
    """
    if not bills:
        raise UsageError("nothing to merge")
    elements: dict[tuple[str, str, str], Element] = {}
    relations: set[Relation] = set()
    reviews: set[Review] = set()
    texts: dict[str, LicenseText] = {}
    taken: set[str] = set()
    for bill in bills:
        renamed = _merge_texts(bill, texts)
        keys = {k: k for k in (DOCUMENT, NONE, NO_ASSERTION)}
        for each in bill.elements:
            identity = merge_identity(each)
            fresh = _with_refs(each, renamed)
            known = elements.get(identity)
            kept = _filled(known, fresh) if known else _placed(fresh, taken)
            elements[identity] = kept
            taken.add(kept.key)
            keys[each.key] = kept.key
        reviews |= {replace(r, subject=keys[r.subject]) for r in bill.reviews}
        relations |= {
            Relation(keys[r.source], r.kind, keys[r.target]) for r in bill.each_relation()
        }
    first = bills[0]
    leads = {r.source for r in relations if r.kind == "DEPENDS_ON" and r.target not in _OPEN}
    merged = replace(
        first,
        name=name,
        version="(devel)",
        created=max(b.created for b in bills),
        roots=tuple(sorted({r.target for r in relations if r.kind == "DESCRIBES"})),
        elements=tuple(sorted(elements.values(), key=lambda e: e.key)),
        relations=by_source(r for r in relations if r.target not in _OPEN or r.source not in leads),
        license_texts=tuple(sorted(texts.values())),
        scope=first.scope if len({b.scope for b in bills}) == 1 else "",
        complete=_together([b.complete for b in bills]),
        notes=tuple(dict.fromkeys(n for b in bills for n in b.notes)),
        reviews=tuple(sorted(reviews)),
    )
    return replace(merged, uuid=bill_uuid(merged))


_OPEN = frozenset({NONE, NO_ASSERTION})


def _together(states: Sequence[bool | None]) -> bool | None:
    """Whether all bills are complete; None where none is incomplete and one does not say it."""
    return False if False in states else None if None in states else True


def _references(name: str, value: Value) -> list[str]:
    """Ids that are given twice or used without being defined (SPDX 2.x: the library says it)."""
    if name.startswith("spdx-"):
        return []
    if name == "spdx3-json":
        elements = items(value, "@graph")
        ids = [text(e, "spdxId") for e in elements if "spdxId" in e]
        used = [
            t for e in elements for t in (text(e, "from"), *words(e, "to")) if "/terms/" not in t
        ]
    else:
        stack, ids = [value.get("metadata"), value], []
        while stack:
            here = stack.pop()
            found = items(here, "components")
            single = here.get("component") if isinstance(here, dict) else None
            found += [single] if isinstance(single, dict) else []
            ids += [text(c, "bom-ref") for c in found]
            stack += found
        depends = items(value, "dependencies")
        used = [r for d in depends for r in (text(d, "ref"), *words(d, "dependsOn"))]
    known = Counter(i for i in ids if i)
    twice = sorted(i for i, n in known.items() if n > 1)
    undefined = sorted({u for u in used if u} - set(known))
    return [f"{i}: defined more than once" for i in twice] + [
        f"{u}: used but not defined" for u in undefined
    ]


def _minimum(sbom: Sbom) -> list[str]:
    """Fields that the NTIA minimum elements ask for, and expressions that are none."""
    made = []
    if not sbom.created:
        made.append("document: has no time of creation")
    said = {t for e in sbom.elements for t in (e.declared, e.concluded)}
    wrong = {t for t in said if spdx_license(t).text != t}
    for e in sbom.elements:
        there = (
            e.version != NO_ASSERTION, e.supplier, e.purl or e.cpe, e.concluded != NO_ASSERTION
        )  # fmt: skip
        if not all(there):
            missing = [what for what, here in zip(_MINIMUM, there, strict=True) if not here]
            made.append(f"{e.name}: has no {', '.join(missing)}")
        if e.declared in wrong or e.concluded in wrong:
            made.append(f"{e.name}: has no valid license expression")
    return made


def _unreachable(sbom: Sbom) -> list[str]:
    forward: dict[str, set[str]] = {}
    for source, kind, target in sbom.each_relation():
        backward = kind not in FORWARD
        a, b = (target, source) if backward else (source, target)
        forward.setdefault(a, set()).add(b)
    seen, queue = {DOCUMENT}, [DOCUMENT]
    while queue:
        new = forward.get(queue.pop(), set()) - seen
        seen |= new
        queue += new
    return [f"{e.name}: nothing leads to it" for e in sbom.elements if e.key not in seen]


def _differences(a: Element, b: Element) -> tuple[tuple[str, str, str], ...]:
    a, b = one_form(a, b)
    pairs = ((name, _shown(getattr(a, name)), _shown(getattr(b, name))) for name in _COMPARED)
    same = {"version"} if version_of(a) == version_of(b) else set[str]()
    if same_bytes(a, b):  # one gives more digests of the same
        same.update(DIGESTS)
    return tuple(pair for pair in pairs if pair[1] != pair[2] and pair[0] not in same)


def _shown(value: object) -> str:
    if value is None:
        return ""
    return str(getattr(value, "name", value))


def _merge_texts(bill: Sbom, texts: dict[str, LicenseText]) -> dict[str, str]:
    """Add the texts of a bill; new names for LicenseRefs that mean something else already."""
    renamed = {}
    for each in bill.license_texts:
        known = texts.setdefault(each.id, each)
        if known.text != each.text:
            name = "LicenseRef-" + identifier(each.id.removeprefix("LicenseRef-"), each.text)[-60:]
            renamed[each.id] = name
            texts[name] = replace(each, id=name)
    return renamed


def _with_refs(e: Element, renamed: dict[str, str]) -> Element:
    if not renamed:
        return e

    def swap(expression: str) -> str:
        parts = expression.replace("(", "( ").replace(")", " )").split(" ")
        made = " ".join(renamed.get(p, p) for p in parts)
        return made.replace("( ", "(").replace(" )", ")")

    return replace(e, declared=swap(e.declared), concluded=swap(e.concluded))


def _placed(e: Element, taken: set[str]) -> Element:
    """The element under a key that no other one has."""
    if e.key in taken:
        return replace(e, key=identifier("merged", e.key, e.name, e.version, e.purl or ""))
    return e


def _filled(first: Element, second: Element) -> Element:
    """The first element, with what it leaves open taken from the second.

    Digests of one file stay together: those of another are not put beside them.
    """
    first, second = one_form(first, second)
    open_values = (None, "", NO_ASSERTION, ())
    own = {"key"}
    if (first.sha256 or first.sha512) and not same_bytes(first, second):
        own.update(("sha256", "sha512", "file_name", "download"))
    gaps = {
        name: getattr(second, name)
        for name in Element.__dataclass_fields__
        if name not in own and getattr(first, name) in open_values
    }
    return replace(first, **gaps)
