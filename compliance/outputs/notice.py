"""NOTICE.txt: what has to go along with the artifacts, grouped by identical license text.

Every shipped component stands once, with its license, its copyright lines and the files that it
brings. A text that several components share is printed once. The text is given word for word; only
characters that would steer a terminal are shown as what they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from compliance.outputs.escaping import one_line, visible, without_commands
from compliance.outputs.wording import license_word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from compliance.report import Component, ScanReport

RULE = "=" * 78
THIN = "-" * 78


def render_notice(report: ScanReport) -> bytes:
    """The notice file for all artifacts of the report, as UTF-8.

    First party modules are left out; so is what only tests and tools use.
    """
    shipped = [c for c in report.components if c.artifacts and not (c.module and c.module.main)]
    lines = list(_head(report, shipped))
    groups = _groups(shipped)
    for files, members in groups:
        lines += ["", RULE, *_members(members)]
        for name, digest in files:
            text = report.texts.get(digest)
            lines += ["", THIN, one_line(name), THIN, ""]
            lines.append(
                visible(text.strip("\n"), keep="\t\n\f")
                if text is not None
                else f"(text not at hand, sha256 {digest})"
            )
        if not files:
            lines += ["", *_without_text(report, members)]
    return (without_commands("\n".join(line.rstrip() for line in lines)) + "\n").encode(
        "utf-8", "backslashreplace"
    )


def _head(report: ScanReport, shipped: list[Component]) -> Iterator[str]:
    names = [a.verdict.artifact.name for a in report.artifacts]
    yield one_line(f"Third-party software in {report.subject.name}")
    yield ""
    if not shipped:
        yield "No third-party component is part of what is shipped."
        return
    yield one_line(f"Artifacts: {', '.join(names)}")
    yield f"Components: {len(shipped)}"
    yield ""
    yield "Each component below is followed by the license and notice files that it brings."


def _groups(
    shipped: list[Component],
) -> list[tuple[tuple[tuple[str, str], ...], list[Component]]]:
    """Components that bring the same texts, in the order of their first member.

    Texts count by content; a shared text keeps the file name of the first member.
    """
    groups: dict[tuple[str, ...], tuple[tuple[tuple[str, str], ...], list[Component]]] = {}
    for component in sorted(shipped, key=lambda c: (c.path, c.version)):
        digests = tuple(dict.fromkeys(digest for _, digest in component.texts))
        key = digests or ("", component.conclusion.concluded or "")
        groups.setdefault(key, (_first_names(component), []))[1].append(component)
    return list(groups.values())


def _first_names(component: Component) -> tuple[tuple[str, str], ...]:
    names: dict[str, str] = {}
    for name, digest in component.texts:
        names.setdefault(digest, name)
    return tuple((name, digest) for digest, name in names.items())


def _members(members: list[Component]) -> Iterator[str]:
    for component in members:
        name = f"{component.path} {component.version}".strip()
        yield one_line(f"{name} ({license_word(component.conclusion.concluded)})")
        yield from (f"    {one_line(line)}" for line in component.copyrights)


def _without_text(report: ScanReport, members: Iterable[Component]) -> Iterator[str]:
    """What stands in for a text that no component brings: the reference text, if we have one."""
    yield "No license file was found in these components."
    wanted = {c.conclusion.concluded or "" for c in members}
    for name in sorted(report.license_refs):
        if any(
            name in expression.replace("(", " ").replace(")", " ").split() for expression in wanted
        ):
            yield from ("", THIN, one_line(name), THIN, "")
            yield visible(report.license_refs[name].strip("\n"), keep="\t\n\f")
