"""JUnit XML: one suite per artifact, one case per component, for CI systems that show tests.

There is no standard; this is what Jenkins (junit-10.xsd), GitLab and Azure read. What fails the
gate is a `failure`, what a waiver masks is `skipped`, other findings stand in `system-out`, and
what an incomplete run lacks is an `error`, as is a component of unknown terms that no finding of
its artifact is about, so that no reader takes such a run for green.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from compliance.outputs.causes import advice, fails, purl_path
from compliance.outputs.document import listed, name_in_findings
from compliance.outputs.escaping import one_line, without_commands
from compliance.outputs.sbommodel import NO_ASSERTION
from compliance.outputs.wording import code_words, license_word
from compliance.report import OWN, SYSTEM

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from compliance.outputs.document import Document

REPOSITORY = "repository"
"""Suite of findings that belong to no artifact."""
MAX_TEXT = 4_000
"""Characters of one case: a reader shows a few lines; report.json has the rest."""


def render_junit(document: Document) -> bytes:
    """The report as JUnit XML (UTF-8); equal documents give equal bytes."""
    suites = [*_artifact_suites(document), *_repository_suite(document)]
    counts = [_counts(cases) for _, cases in suites]
    total = {key: sum(c[key] for c in counts) for key in ("tests", "failures", "errors")}
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    name = _attribute(f"compliance {document['subject']['name']}")
    lines.append(f"<testsuites name={name} {_attributes(total)}>")
    for (suite, cases), count in zip(suites, counts, strict=True):
        lines.append(
            f" <testsuite name={_attribute(suite)} {_attributes(count)}"
            f' time="0" timestamp={_attribute(document["created"].removesuffix("Z"))}>'
        )
        for case, results in cases:
            head = f"  <testcase classname={_attribute(suite)} name={_attribute(case)}"
            if results:
                lines += [f'{head} time="0">', *(r for _, r in results), "  </testcase>"]
            else:
                lines.append(f'{head} time="0"/>')
        lines.append(" </testsuite>")
    lines.append("</testsuites>\n")
    return "\n".join(lines).encode("utf-8")


Case = tuple[str, list[tuple[str, str]]]
"""Name, and (kind, element) of each result; no result is a pass."""


def _is_judged(module: Document) -> bool:
    """Whether a component is shipped; what the system brings is not judged."""
    return bool(module["artifacts"]) and module["license"]["category"] != SYSTEM


def _artifact_suites(document: Document) -> Iterator[tuple[str, list[Case]]]:
    """Every component of every artifact, and findings of the artifact as a whole."""
    found = _by_place(document)
    shipped = [m for m in listed(document) if _is_judged(m)]
    for artifact in document["artifacts"]:
        name = artifact["name"]
        cases: list[Case] = []
        for module in shipped:
            if name in module["artifacts"]:
                about = found.pop((name, name_in_findings(module)), [])
                version = f" {module['version']}" if module["version"] else ""
                word = license_word(module["license"]["concluded"])
                shown = f"{module['path']}{version}: {word}"
                cases.append((shown, _results(document, about) or _unknown(document, module)))
        rest = [key for key in found if key[0] == name]
        cases += [_other(document, key[1], found.pop(key)) for key in rest]
        yield name, cases


def _unknown(document: Document, module: Document) -> list[tuple[str, str]]:
    """An error where terms are not known and no finding of the artifact says so, but for a pass."""
    license_ = module["license"]
    known = license_["concluded"] != NO_ASSERTION or license_["category"] == OWN
    if known or document["gate"]["outcome"] == "pass":
        return []
    message = _attribute("its license is not known")
    return [("error", f"   <error type={_attribute('unknown-license')} message={message}/>")]


def _repository_suite(document: Document) -> Iterator[tuple[str, list[Case]]]:
    known = {a["name"] for a in document["artifacts"]}
    cases = [
        _other(document, component, about)
        for (artifact, component), about in _by_place(document).items()
        if artifact not in known
    ]
    missing = document["gate"]["missing"]
    if document["gate"]["outcome"] == "incomplete":
        text = _body("\n".join(one_line(m) for m in missing))
        message = _attribute("the scan is incomplete, which is never a pass")
        error = f'   <error type="incomplete" message={message}>{text}</error>'
        cases.insert(0, ("the scan is complete", [("error", error)]))
    if cases:
        yield REPOSITORY, cases


def _by_place(document: Document) -> dict[tuple[str | None, str], list[Document]]:
    made: dict[tuple[str | None, str], list[Document]] = {}
    for finding in document["findings"]:
        made.setdefault((finding["artifact"], finding["component"] or ""), []).append(finding)
    return made


def _other(document: Document, component: str, about: list[Document]) -> Case:
    name = purl_path(component) if component else code_words(about[0]["code"])
    return name, _results(document, about)


def _results(document: Document, about: list[Document]) -> list[tuple[str, str]]:
    """At most one failure, one skip and one text, as readers expect of a case."""
    failing = [f for f in about if fails(document, f)]
    masked = [f for f in about if f["waiver"] and f["waiver"]["masks"]]
    others = [f for f in about if f not in failing and f not in masked]
    made = []
    if failing:
        first = failing[0]
        body = _body("\n\n".join(_text(f) for f in failing))
        message = _attribute(one_line(first["message"])[:MAX_TEXT])
        made.append(
            ("failure",
             f"   <failure type={_attribute(first['code'])} message={message}>{body}</failure>")
        )  # fmt: skip
    elif masked:
        first = masked[0]
        message = _attribute(
            one_line(f"waiver {first['waiver']['id']}: {first['message']}")[:MAX_TEXT]
        )
        made.append(("skipped", f"   <skipped message={message}/>"))
    if others:
        body = _body("\n\n".join(_text(f) for f in others))
        made.append(("out", f"   <system-out>{body}</system-out>"))
    return made


def _text(finding: Document) -> str:
    """What, where, over which path, and what to do."""
    place = finding["location"]
    lines = [f"{finding['severity']}: {finding['message']} ({finding['code']})"]
    if place:
        lines.append(f"Where: {place['file']}" + (f":{place['line']}" if place["line"] else ""))
    if finding["path"]:
        lines.append("Path: " + " > ".join(_hop(h) for h in finding["path"]))
    todo = [advice(finding), *(r["title"] for r in finding["remedies"][:1])]
    lines += [f"To do: {t}" for t in todo if t]
    return "\n".join(one_line(line) for line in lines)


def _hop(hop: Document) -> str:
    at = f" at {hop['file']}:{hop['line']}" if hop["file"] and hop["line"] else ""
    return f"{hop['node']}{at}"


def _counts(cases: Iterable[Case]) -> dict[str, int]:
    kinds = [{kind for kind, _ in results} for _, results in cases]
    return {
        "tests": len(kinds),
        "failures": sum("failure" in k for k in kinds),
        "errors": sum("error" in k for k in kinds),
        "skipped": sum("skipped" in k for k in kinds),
    }


def _attributes(counts: dict[str, int]) -> str:
    return " ".join(f'{key}="{n}"' for key, n in counts.items())


def _attribute(text: str) -> str:
    return quoteattr(one_line(text))


def _body(text: str) -> str:
    """Text of an element; no line of it acts as a workflow command when the file is printed."""
    return escape(without_commands(text[:MAX_TEXT]))
