"""CycloneDX, as JSON values, into the neutral model."""

from __future__ import annotations

import base64

from compliance.outputs.cyclonedx import LINK_PROPERTIES, PHASES
from compliance.outputs.sbommodel import (
    NO_ASSERTION,
    NONE,
    Agent,
    Element,
    Occurrence,
    Replaced,
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
    items,
    kind_of,
    purpose_of,
    text,
    tool_of,
    words,
)

_OURS = "compliance:"
_BSI = "bsi:component:"
# What the model has a place for; all else is counted.
_KEYS = frozenset({
    "bom-ref", "components", "copyright", "cpe", "description", "evidence", "externalReferences",
    "group", "hashes", "licenses", "manufacturer", "name", "pedigree", "properties", "purl",
    "scope", "supplier", "swhid", "type", "version",
})  # fmt: skip
_UNSTATED = {"", "not_specified", "unknown"}
_SEEN = ("licenses", "occurrences")
_MAX_LINE = 2**31
# How another component holds or links one: the end of the name of a property to the relation.
_LINKED = {name: kind for kind, name in LINK_PROPERTIES.items()}
_LICENSE_KEYS = frozenset({
    "acknowledgement", "bom-ref", "expression", "expressionDetails", "id", "name", "text",
})  # fmt: skip
_HASHES = frozenset({"SHA-256", "SHA-512"})
_REFERENCES = frozenset({"distribution", "source-distribution", "vcs", "website"})


def from_cyclonedx(value: Value) -> Sbom:
    """The neutral bill; services and vulnerabilities are counted as left out."""
    made = Gathered()
    meta = value.get("metadata")
    subject = meta.get("component") if isinstance(meta, dict) else None
    root = None
    if isinstance(subject, dict):
        root = _take(subject, made)
        made.relate("DOCUMENT", "DESCRIBES", root)
        _components(subject, made, root, root)
    _components(value, made, None, root)
    for each in items(value, "dependencies"):
        source = made.key(text(each, "ref"))
        targets = words(each, "dependsOn")
        for target in targets:
            made.relate(source, "DEPENDS_ON", made.key(target))
        if not targets:
            made.relate(source, "DEPENDS_ON", NONE)
    for each in items(value, "compositions"):
        if text(each, "aggregate") == "unknown":
            for ref in words(each, "dependencies"):
                made.relate(made.key(ref), "DEPENDS_ON", NO_ASSERTION)
    _reviews(value, made)
    for kind in ("services", "vulnerabilities", "formulation", "externalReferences", "citations"):
        made.left_out[kind] += len(items(value, kind))
    for kind in ("declarations", "definitions", "signature"):
        made.left_out[kind] += bool(value.get(kind))
    foreign = (n for n, _ in (*_named(value), *_named(meta)) if not n.startswith(_OURS))
    made.leave_out("properties", "the document", foreign)
    return made.bill(_frame(value, made, root))


def _reviews(value: Value, made: Gathered) -> None:
    for each in items(value, "annotations"):
        who = each.get("annotator")
        person = who.get("individual") if isinstance(who, dict) else None
        for subject in words(each, "subjects"):
            key = made.key(subject)
            made.review(key, text(each, "timestamp"), text(person, "name"), text(each, "text"))


def _components(value: Value, made: Gathered, parent: str | None, root: str | None) -> None:
    """All components, nested ones as contained; depth is bounded by the reader of the file.

    What is excluded (tests, tools) is said of the root: nothing that is shipped leads to it.
    """
    for each in items(value, "components"):
        key = _take(each, made)
        if parent:
            made.relate(parent, "CONTAINS", key)
        elif root and text(each, "scope") == "excluded":
            made.relate(key, "OPTIONAL_DEPENDENCY_OF", root)
        _components(each, made, key, root)


def _take(component: Value, made: Gathered) -> str:
    ref = text(component, "bom-ref") or "\0".join(
        text(component, k) for k in ("purl", "group", "name", "version")
    )
    key = made.put(_element(component, made, made.key(ref)))
    for name, source in _properties(component):
        if name in _LINKED:
            made.relate(made.key(source), _LINKED[name], key)
    return key


def _frame(value: Value, made: Gathered, root: str | None) -> Sbom:
    meta = value.get("metadata")
    named = made.elements[root] if root else None
    ours = _properties(meta)
    phases = {text(p, "phase") for p in items(meta, "lifecycles")}
    author = _entity(meta, "manufacturer") or _entity(meta, "supplier")
    tool, by = tool_of(_tools(meta))
    people = [a for p in items(meta, "authors") if (a := agent(text(p, "name"), text(p, "email")))]
    made.left_out["further authors"] += max(len(people) - 1, 0)
    whole = {
        text(c, "aggregate")
        for c in items(value, "compositions")
        if not words(c, "dependencies") and not words(c, "assemblies")
    }
    return Sbom(
        name=named.name if named else "unnamed",
        version=named.version if named else "(devel)",
        scope=next((kind for kind, phase in PHASES.items() if phase in phases), ""),
        created=utc_time(text(meta, "timestamp")) or "",
        tool_version=tool,
        author=author or (people[0] if people else Agent(name="anonymous")),
        roots=(),
        elements=(),
        relations=(),
        license_texts=(),
        complete=True if "complete" in whole else False if whole - _UNSTATED else None,
        notes=(*(v for k, v in ours if k == "note"), *by),
        uuid="",
    )


def _tools(meta: object) -> list[str]:
    """Tools as `name-version`: of 1.5 and later in `components`, before in a list of their own."""
    tools = meta.get("tools") if isinstance(meta, dict) else None
    given = [*items(meta, "tools"), *items(tools, "components"), *items(tools, "services")]
    named = ((f"{text(t, 'vendor')} {text(t, 'name')}".strip(), text(t, "version")) for t in given)
    return ["-".join(p for p in pair if p) for pair in named]


def _element(c: Value, made: Gathered, key: str) -> Element:
    hashes = {text(h, "alg"): text(h, "content") for h in items(c, "hashes")}
    ours = dict(_properties(c))
    declared, concluded = _licenses(c, made)
    given_refs = [(text(r, "type"), text(r, "url")) for r in items(c, "externalReferences")]
    refs = dict(reversed(given_refs))
    url = made.fit(text(c, "purl"), purl(text(c, "purl")), "package URLs")
    kept = ((k, v) for k, v in given_refs if k in _REFERENCES)
    made.repeat("external references", "components", kept)
    made.repeat(
        "hashes", "components",
        ((text(h, "alg"), text(h, "content")) for h in items(c, "hashes")),
    )  # fmt: skip
    place = refs.get("distribution") or refs.get("source-distribution", "")
    made.left_out['external references "source-distribution" of components'] += (
        refs.get("source-distribution", place) != place
    )
    made.leave_out("fields", "components", (k for k in c.keys() - _KEYS if c[k]))
    found, others = _evidence(c, made)
    made.leave_out("evidence", "components", others)
    made.leave_out("hashes", "components", hashes.keys() - _HASHES)
    made.leave_out("external references", "components", refs.keys() - _REFERENCES)
    foreign = (n for n, _ in _named(c) if not n.startswith((_OURS, _BSI)))
    made.leave_out("properties", "components", foreign)
    name = "/".join(s for s in (text(c, "group"), text(c, "name")) if s)
    given = made.license(ours["license:declared"]).text if "license:declared" in ours else declared
    purpose = purpose_of(text(c, "type"))
    return Element(
        key=key,
        kind=kind_of(url, purpose),
        name=line(name) or "unnamed",
        version=line(text(c, "version")) or NO_ASSERTION,
        purpose=purpose,
        purl=url,
        cpe=made.fit(text(c, "cpe"), cpe(text(c, "cpe")), "CPEs"),
        declared=given,
        concluded=concluded,
        license_notes=" ".join(s for s in (ours.get("license:comment", ""), found) if s),
        copyright=clean(text(c, "copyright")) or NO_ASSERTION,
        supplier=_entity(c, "supplier"),
        originator=_entity(c, "manufacturer"),
        source=ours.get("source", ""),
        repository=_address(refs.get("vcs", ""), "vcs", made),
        swhid=swhid("".join(words(c, "swhid")[:1])),
        download=_address(place, "distribution", made),
        homepage=_address(refs.get("website", ""), "website", made),
        file_name=dict(_named(c)).get("bsi:component:filename"),
        sha256=made.fit(hashes.get("SHA-256", ""), digest(hashes.get("SHA-256"), 64), "hashes"),
        sha512=made.fit(hashes.get("SHA-512", ""), digest(hashes.get("SHA-512"), 128), "hashes"),
        module_sum=module_sum(ours.get("go:sum:h1")),
        released=utc_time(ours.get("released")),
        replaced=_replaced(c),
        notes=tuple(s for s in (clean(text(c, "description")),) if s),
        occurrences=_occurrences(c),
    )


def _address(url: str, kind: str, made: Gathered) -> str | None:
    return made.fit(url, public_url(url), f'external references "{kind}" of components')


def _evidence(c: Value, made: Gathered) -> tuple[str, tuple[str, ...]]:
    """Licenses that were seen in a component, as a sentence, and what else the evidence holds.

    Evidence is what a tool saw, no statement of what holds (CycloneDX, evidence). What we write
    into it ourselves are the texts of LicenseRefs.
    """
    given = c.get("evidence")
    if not isinstance(given, dict):
        return "", ()
    seen = []
    for choice in items(given, "licenses"):
        body = choice.get("license") if isinstance(choice.get("license"), dict) else choice
        name = text(body, "expression") or text(body, "id") or text(body, "name")
        content = _content(body.get("text"), made) if isinstance(body, dict) else ""
        if name.startswith("LicenseRef-") and content:
            made.texts.setdefault(name, content)
        elif name:
            seen.append(line(name))
    said = f"Licenses seen in the files: {', '.join(dict.fromkeys(seen))}." if seen else ""
    return said, tuple(sorted(k for k in given if k not in _SEEN and given[k]))


def _occurrences(c: Value) -> tuple[Occurrence, ...]:
    """Places that ask for a component (evidence, occurrences)."""
    return tuple(
        Occurrence(line(place), _number(each, "line"), line(text(each, "additionalContext")))
        for each in items(c.get("evidence"), "occurrences")
        if (place := text(each, "location"))
    )


def _number(value: Value, key: str) -> int:
    found = value.get(key)
    return found if isinstance(found, int) and 0 < found < _MAX_LINE else 0


def _replaced(c: Value) -> Replaced | None:
    pedigree = c.get("pedigree")
    for ancestor in items(pedigree, "ancestors")[:1]:
        return Replaced(
            name=line(text(ancestor, "name")),
            version=line(text(ancestor, "version")),
            purl=purl(text(ancestor, "purl")) or "",
            because=line(text(pedigree, "notes")),
        )
    return None


def _licenses(c: Value, made: Gathered) -> tuple[str, str]:
    """Declared and concluded; a choice that says neither is what the component declares."""
    said: dict[str, list[str]] = {"declared": [], "concluded": []}
    for choice in items(c, "licenses"):
        body = choice.get("license") if "license" in choice else choice
        if not isinstance(body, dict):
            continue
        name = text(body, "expression") or text(body, "id")
        if not name and (free := text(body, "name")):
            name = free if free.startswith("LicenseRef-") else f"LicenseRef-{free}"
            name = "-".join(name.split())
        made.leave_out("fields", "licenses", (k for k in body.keys() - _LICENSE_KEYS if body[k]))
        if content := _content(body.get("text"), made):
            made.texts[name] = content
        for each in items(body, "expressionDetails"):
            made.texts[text(each, "licenseIdentifier")] = _content(each.get("text"), made)
        how = "concluded" if text(body, "acknowledgement") == "concluded" else "declared"
        if name:
            said[how].append(made.license(name).text)
    return _all(said["declared"]), _all(said["concluded"])


def _content(attached: object, made: Gathered) -> str:
    """An attached text, which may be in Base64 (CycloneDX, attachment)."""
    content = text(attached, "content")
    if text(attached, "encoding") != "base64":
        return content
    try:
        return base64.b64decode("".join(content.split()), validate=True).decode("utf-8")
    except ValueError:  # binascii.Error and UnicodeDecodeError are such
        made.left_out["attached texts that are no text"] += 1
        return ""


def _all(expressions: list[str]) -> str:
    """Several choices hold together (CycloneDX 1.6, licenses)."""
    known = sorted({e for e in expressions if e not in (NO_ASSERTION, NONE)})
    if len(known) < len(set(expressions)) or not known:
        return NO_ASSERTION
    return known[0] if len(known) == 1 else " AND ".join(f"({e})" if " " in e else e for e in known)


def _entity(value: object, key: str) -> Agent | None:
    found = value.get(key) if isinstance(value, dict) else None
    mails = [text(c, "email") for c in items(found, "contact")]
    return agent(text(found, "name"), "".join(mails[:1]), "".join(words(found, "url")[:1]))


def _named(value: object) -> list[tuple[str, str]]:
    return [(text(p, "name"), clean(text(p, "value"))) for p in items(value, "properties")]


def _properties(value: object) -> list[tuple[str, str]]:
    """Our own properties, without their prefix."""
    return [(n.removeprefix(_OURS), v) for n, v in _named(value) if n.startswith(_OURS)]
