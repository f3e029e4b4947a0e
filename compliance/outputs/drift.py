"""Drift: what changed between two reports though no code did.

A waiver ends, a license turns into another one on its day, a version is retracted, the policy or
the data behind the verdicts are renewed. Each change is named by its cause; what is left over is a
finding that came or went. Documents in, document out: nothing is scanned here.
"""

from __future__ import annotations

from collections.abc import Iterator

from compliance.outputs.document import Document
from compliance.outputs.wording import ORDER, of_artifact, rank, short

SCHEMA = "compliance/drift/1"
KINDS = {
    "waiver": "Waivers that ended or no longer hold",
    "license": "Licenses that turned into another one",
    "retracted": "Versions that were retracted",
    "deprecated": "Modules that were deprecated",
    "policy": "Policy",
    "data": "The tool and its data",
    "verdict": "Verdicts",
    "finding": "Other findings",
}
"""Causes in the order in which they are told."""
_OF_CODE = {
    "waiver-expired": "waiver", "waiver-void": "waiver", "waiver-unused": "waiver",
    "module-retracted": "retracted", "module-deprecated": "deprecated",
}  # fmt: skip


def drift_document(before: Document, after: Document) -> Document:
    """What is different in `after`; both are `compliance/report/1`.

    The gate fails where something is new that the limit of `after` lets fail.
    """
    found = [
        *_waivers(before, after),
        *_licenses(before, after),
        *_turned(before, after),
        *_policy(before, after),
        *_data(before, after),
        *_verdicts(before, after),
        *_findings(before, after),
    ]
    order = list(KINDS)
    found.sort(key=lambda d: (order.index(d["kind"]), not d["fails"], d["what"]))
    gate = after["gate"]
    outcome = "incomplete" if gate["outcome"] == "incomplete" else "pass"
    if outcome == "pass" and any(d["fails"] for d in found):
        outcome = "fail"
    old, new = before["subject"]["commit"], after["subject"]["commit"]
    clean = not (before["subject"]["dirty"] or after["subject"]["dirty"])
    return {
        "schema": SCHEMA,
        "subject": {"name": after["subject"]["name"], "commit": new, "commit_before": old},
        "days": [before["created"][:10], after["created"][:10]],
        "same_code": old == new and old is not None and clean,
        "drift": found,
        "gate": {"outcome": outcome, "fail_on": gate["fail_on"], "missing": gate["missing"]},
    }


def _entry(
    kind: str, what: str, finding: Document | None = None, *, fails: bool = False
) -> Document:
    return {
        "kind": kind,
        "what": what,
        "severity": finding["severity"] if finding else None,
        "fails": fails,
        "component": finding["component"] if finding else None,
        "artifact": finding["artifact"] if finding else None,
    }


def _fails(after: Document, finding: Document) -> bool:
    """Whether the gate of a plain run counts it."""
    limit = after["gate"]["fail_on"]
    if limit == "never" or rank(finding["severity"]) > rank(limit):
        return False
    return not _masked(finding)


def _masked(finding: Document) -> bool:
    return bool(finding["waiver"] and finding["waiver"]["masks"])


def _by_fingerprint(report: Document) -> dict[str, Document]:
    return {f["fingerprint"]: f for f in report["findings"]}


def _waivers(before: Document, after: Document) -> Iterator[Document]:
    """Findings that a waiver hid and hides no more."""
    now = _by_fingerprint(after)
    for print_, old in _by_fingerprint(before).items():
        new = now.get(print_)
        if new is not None and _masked(old) and not _masked(new):
            effect = new["waiver"]["effect"] if new["waiver"] else "It is no longer there."
            what = f"waiver {old['waiver']['id']} no longer covers {of_artifact(new)} {effect}"
            yield _entry("waiver", what, new, fails=_fails(after, new))


def _licenses(before: Document, after: Document) -> Iterator[Document]:
    """The same version of a module under another license: its day came, or the data is better."""
    old = {(m["path"], m["version"]): m for m in before["modules"]}
    for module in after["modules"]:
        known = old.get((module["path"], module["version"]))
        if known is None or not module["version"] or module["main"]:
            continue
        was, now = known["license"]["concluded"], module["license"]["concluded"]
        if was != now and "unused" not in (known["scope"], module["scope"]):
            name = f"{module['path']} {module['version']}"
            yield {**_entry("license", f"{name}: {was} -> {now}"), "component": module["purl"]}


def _turned(before: Document, after: Document) -> Iterator[Document]:
    """Modules that are judged under a license that their files do not name: it turned into that.

    What files say stays (BUSL-1.1); what is owed is that of the license of the day.
    """
    old, new = _owed(before), _owed(after)
    known = {m["purl"]: m for m in before["modules"]}
    for module in after["modules"]:
        purl, said = module["purl"], module["license"]["concluded"]
        same = purl in known and known[purl]["license"]["concluded"] == said
        was = old.get(purl, set()) - new.get(purl, set())
        now = new.get(purl, set()) - old.get(purl, set())
        if same and was and now and not any(name in said for name in now):
            name = f"{module['path']} {module['version']}"
            turned = f"{' AND '.join(sorted(was))} -> {' AND '.join(sorted(now))}"
            yield {**_entry("license", f"{name}: {turned} (its change date)"), "component": purl}


def _owed(report: Document) -> dict[str, set[str]]:
    """The licenses under which something is owed, by component."""
    found: dict[str, set[str]] = {}
    for duty in (d for a in report["artifacts"] for d in a["duties"]):
        found.setdefault(duty["component"], set()).add(duty["license"])
    return found


def _policy(before: Document, after: Document) -> Iterator[Document]:
    old, new = before["policy"], after["policy"]
    if old["preset"] != new["preset"]:
        yield _entry("policy", f"preset {old['preset']} -> {new['preset']}")
    files, known = ({f["path"]: f["sha256"] for f in p["files"]} for p in (new, old))
    for name in sorted({*files, *known}):
        if files.get(name) != known.get(name):
            word = "edited" if name in files and name in known else "added"
            yield _entry("policy", f"{name} was {word if name in files else 'removed'}")
    switches, earlier = ({s["name"]: s["value"] for s in p["switches"]} for p in (new, old))
    for name in sorted({*switches, *earlier}):
        was, now = earlier.get(name, "not there"), switches.get(name, "not there")
        if was != now:
            yield _entry("policy", f"reading {name}: {was} -> {now}")


def _data(before: Document, after: Document) -> Iterator[Document]:
    old, new = before["tool"], after["tool"]
    if old["version"] != new["version"]:
        yield _entry("data", f"compliance {old['version']} -> {new['version']}")
    if old["data_lock"] != new["data_lock"]:
        yield _entry("data", f"license data {old['data_lock'][:12]} -> {new['data_lock'][:12]}")


def _verdicts(before: Document, after: Document) -> Iterator[Document]:
    old = {a["name"]: a["verdict"] for a in before["artifacts"]}
    for artifact in after["artifacts"]:
        was, now = old.get(artifact["name"]), artifact["verdict"]
        if was is not None and was != now:
            what = f"{artifact['name']}: {was} -> {now}. {artifact['because']}"
            yield {**_entry("verdict", what), "artifact": artifact["name"], "severity": now}


def _findings(before: Document, after: Document) -> Iterator[Document]:
    """Findings that came, are more severe, or are gone; by what they are about."""
    old, new = _by_fingerprint(before), _by_fingerprint(after)
    for print_, finding in new.items():
        known = old.get(print_)
        if known is None or rank(finding["severity"]) < rank(known["severity"]):
            kind = _OF_CODE.get(finding["code"], "finding")
            about = short(finding["component"]) + ": " if finding["component"] else ""
            said = (
                finding["message"]
                if about[:-2] in finding["message"]
                else about + finding["message"]
            )
            where = f"{finding['artifact']}: " if finding["artifact"] else ""
            what = f"{finding['code']}: {where}{said}"
            yield _entry(kind, what, finding, fails=_fails(after, finding))
    for print_, finding in old.items():
        if print_ not in new and finding["severity"] in ORDER[:4]:
            yield _entry("finding", f"gone: {finding['code']}: {of_artifact(finding)}")


def lines(document: Document) -> Iterator[str]:
    """The document as lines for a terminal, worst causes first."""
    subject, (first, last) = document["subject"], document["days"]
    words = {
        "pass": "nothing new fails",
        "fail": "something new fails",
        "incomplete": "is undecided: the scan is incomplete",
    }
    yield f"{subject['name']}, {first} to {last}: {words[document['gate']['outcome']]}"
    if not document["same_code"]:
        old, new = (str(subject[k] or "no commit")[:10] for k in ("commit_before", "commit"))
        yield f"The code may differ, too: {old} then, {new} now."
    for item in document["gate"]["missing"]:
        yield f"  missing: {item}"
    for kind, title in KINDS.items():
        found = [d for d in document["drift"] if d["kind"] == kind]
        if found:
            yield title
        for item in found:
            mark = "fails" if item["fails"] else item["severity"] or ""
            yield f"- {mark + ': ' if mark else ''}{item['what']}"
    if not document["drift"]:
        yield "Nothing changed."
