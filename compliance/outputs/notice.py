"""NOTICE.txt: what has to go along with the artifacts, grouped by identical license text.

Every shipped component stands once, with its license, its copyright lines and the numbers of the
texts that it brings; every text stands once, with the components that bring it. Texts are given
word for word; only characters that would steer a terminal are shown as what they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from compliance.outputs.escaping import one_line, visible, without_commands
from compliance.outputs.wording import license_word, plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compliance.report import Component, ScanReport

RULE = "=" * 78
THIN = "-" * 78


def render_notice(report: ScanReport) -> bytes:
    """The notice file for all artifacts of the report, as UTF-8.

    Main modules are left out; so is what only tests and tools use.
    """
    shipped = sorted(
        (c for c in report.components if c.artifacts and not (c.module and c.module.main)),
        key=lambda c: (c.path, c.version),
    )
    texts = _texts(report, shipped)
    numbers = {digest: number for number, digest in enumerate(texts, 1)}
    lines = [*_head(report, shipped)]
    for component in shipped:
        lines += ["", *_entry(component, numbers)]
    for number, (digest, users) in enumerate(texts.items(), 1):
        lines += ["", RULE, f"[{number}] {one_line(_title(digest, users))}"]
        lines += [f"    {_name(c)}" for c in users]
        lines += [THIN, "", _content(report, digest)]
    page = "\n".join(line.rstrip() for line in lines)
    return (without_commands(page) + "\n").encode("utf-8", "backslashreplace")


def _texts(report: ScanReport, shipped: list[Component]) -> dict[str, list[Component]]:
    """Key of each text (sha256, or LicenseRef where a component brings no file) -> its users."""
    texts: dict[str, list[Component]] = {}
    for component in shipped:
        for key in _keys(report, component):
            texts.setdefault(key, []).append(component)
    return texts


def _keys(report: ScanReport, component: Component) -> list[str]:
    if component.texts:
        return list(dict.fromkeys(digest for _, digest in component.texts))
    expression = component.conclusion.concluded or ""
    words = expression.replace("(", " ").replace(")", " ").split()
    return [word for word in dict.fromkeys(words) if word in report.license_refs]


def _head(report: ScanReport, shipped: list[Component]) -> Iterator[str]:
    yield one_line(f"Third-party software in {report.subject.name}")
    yield ""
    if not shipped:
        yield "No third-party component is part of what is shipped."
        return
    yield one_line(f"Shipped in: {', '.join(a.verdict.artifact.name for a in report.artifacts)}")
    yield f"{plural(len(shipped), 'component')}; the numbers name the texts that follow."


def _name(component: Component) -> str:
    return one_line(f"{component.path} {component.version}")


def _entry(component: Component, numbers: dict[str, int]) -> Iterator[str]:
    yield f"{_name(component)}: {one_line(license_word(component.conclusion.concluded))}"
    yield from (f"    {one_line(line)}" for line in component.copyrights)
    named = [
        f"{one_line(name.removeprefix(f'vendor/{component.path}/'))} [{numbers[digest]}]"
        for name, digest in component.texts
        if digest in numbers
    ]
    yield f"    {', '.join(named)}" if named else "    brings no license file"


def _title(key: str, users: list[Component]) -> str:
    """File names, without folders, under which the components bring this text."""
    names = sorted({n.rsplit("/", 1)[-1] for c in users for n, digest in c.texts if digest == key})
    return ", ".join(names) or key


def _content(report: ScanReport, key: str) -> str:
    text = report.texts.get(key, report.license_refs.get(key))
    if text is None:
        return f"(text not at hand, sha256 {key})"
    return visible(text.replace("\r\n", "\n").strip("\n"), keep="\t\n\f")
