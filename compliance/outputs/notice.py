"""The notice: what has to go along with the artifacts, as text, markdown or a page.

Every shipped component stands once, with its license, its copyright lines and the numbers of the
texts that it brings; every text stands once, with the components that bring it. Texts are given
word for word; only characters that would steer a terminal are shown as what they are. No date and
no commit stands in it, so that it changes only when what is shipped does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from compliance import patterns as re
from compliance.outputs.escaping import markdown, one_line, visible, without_commands
from compliance.outputs.sbomgraph import node_name
from compliance.outputs.wording import license_word, plural
from compliance.report import OWN, SYSTEM
from compliance.value import dataclass

if TYPE_CHECKING:
    from compliance.report import Component, ScanReport

RULE = "=" * 78
THIN = "-" * 78
NOTHING = "No third-party component is part of what is shipped."
_FENCE = re.compile(r"`{3,}")
_NO_FILE = "brings no license file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A shipped component; `texts` are (file name, number of the text), `lacks` says why none."""

    name: str
    license: str
    copyrights: tuple[str, ...]
    texts: tuple[tuple[str, int], ...]
    lacks: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text, and the names of the components that bring it."""

    number: int
    title: str
    users: tuple[str, ...]
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """All that a notice says; every string is visible, names are single lines."""

    subject: str
    artifacts: tuple[str, ...]
    entries: tuple[Entry, ...]
    texts: tuple[Text, ...]


def notice_of(report: ScanReport) -> Notice:
    """The notice for all artifacts of the report.

    Main modules are left out; so is what only tests and tools use, what the system brings, and a
    file of a module that is under the license of that module.
    """
    holders = {node_name(c): c for c in report.components if c.kind == "module"}
    shipped = sorted(
        (c for c in report.components if c.artifacts and _is_told(c, holders.get(c.holder))),
        key=lambda c: (c.path, c.version),
    )
    users: dict[str, list[Component]] = {}
    for component in shipped:
        for key in _keys(report, component):
            users.setdefault(key, []).append(component)
    numbers = {key: number for number, key in enumerate(users, 1)}
    return Notice(
        subject=one_line(report.subject.name),
        artifacts=tuple(one_line(a.verdict.artifact.name) for a in report.artifacts),
        entries=tuple(_entry(c, _keys(report, c), numbers) for c in shipped),
        texts=tuple(
            Text(
                number=numbers[key],
                title=one_line(_title(key, found) or _named(report, key)),
                users=tuple(_name(c) for c in found),
                content=_content(report, key),
            )
            for key, found in users.items()
        ),
    )


def _is_told(component: Component, holder: Component | None) -> bool:
    if component.kind == "embedded" and holder is not None:
        own = holder.module is not None and holder.module.main and component.category == OWN
        return not own and component.conclusion.concluded != holder.conclusion.concluded
    main = component.module is not None and component.module.main
    return not main and component.category != SYSTEM


def render_notice(notice: Notice) -> bytes:
    """NOTICE.txt as UTF-8."""
    lines = [*_head(notice)]
    for entry in notice.entries:
        lines += ["", f"{entry.name}: {entry.license}"]
        lines += [f"    {line}" for line in entry.copyrights]
        lines.append(f"    {_brings(entry)}")
    for text in notice.texts:
        lines += ["", RULE, f"[{text.number}] {text.title}"]
        lines += [f"    {name}" for name in text.users]
        lines += [THIN, "", text.content]
    page = "\n".join(line.rstrip() for line in lines)
    return (without_commands(page) + "\n").encode("utf-8", "backslashreplace")


def render_notice_markdown(notice: Notice) -> bytes:
    """NOTICE.md as UTF-8: texts stand in fences that they cannot close."""
    title, _, *rest = _head(notice)
    lines = [f"# {markdown(title)}", "", *(f"{markdown(line)}  " for line in rest)]
    if notice.entries:
        lines += ["", "## Components", ""]
    for entry in notice.entries:
        lines.append(f"- **{markdown(entry.name)}**: {markdown(entry.license)}")
        lines += [f"  - {markdown(line)}" for line in entry.copyrights]
        links = ", ".join(f"{markdown(file)} [{n}](#text-{n})" for file, n in entry.texts)
        lines.append(f"  - {links or entry.lacks}")
    if notice.texts:
        lines += ["", "## Texts"]
    for text in notice.texts:
        longest = max((len(run) for run in _FENCE.findall(text.content)), default=2)
        fence = "`" * (longest + 1)
        lines += ["", f'### <a id="text-{text.number}"></a>{text.number}. {markdown(text.title)}']
        lines += ["", *(f"- {markdown(name)}" for name in text.users)]
        lines += ["", f"{fence}text", *text.content.split("\n"), fence]
    page = "\n".join(lines)
    return (without_commands(page) + "\n").encode("utf-8", "backslashreplace")


def render_notice_html(notice: Notice) -> bytes:
    """NOTICE.html as UTF-8: one page without script, made from templates/notice.html.j2."""
    from compliance.outputs.templating import csp_hash, render_template, template_text

    css = template_text("notice.css")
    context = {**notice_context(notice), "css": css, "css_hash": csp_hash(css)}
    page = render_template("notice.html.j2", context, {"plural": plural})
    return without_commands(page).encode("utf-8", "backslashreplace")


def notice_context(notice: Notice) -> Mapping[str, object]:
    """Name `notice` of templates."""
    return {"notice": notice, "nothing": NOTHING}


def _keys(report: ScanReport, component: Component) -> list[str]:
    """Keys of its texts: sha256 of what it brings, and ids of licenses that it only names.

    A file that says `SPDX-License-Identifier: MIT` is licensed by a text that it does not bring;
    the recipient of a copy is owed that text all the same.
    """
    own = list(dict.fromkeys(digest for _, digest in component.texts))
    brought = {_bare(x) for d in own for x in _licenses_of(report, d)}
    brought |= {
        _bare(word)
        for e in component.conclusion.evidence
        if e.license and e.sha256 in own
        for word in _ids(e.license)
    }
    return own + [
        name
        for name in _ids(component.conclusion.concluded or "")
        if _bare(name) not in brought and _standard_text(report, name) is not None
    ]


def _licenses_of(report: ScanReport, digest: str) -> Iterator[str]:
    for expression in report.text_licenses.get(digest, ()):
        yield from _ids(expression)


def _ids(expression: str) -> list[str]:
    """License and exception ids of an expression, each once, in its order."""
    words = expression.replace("(", " ").replace(")", " ").split()
    return [w for w in dict.fromkeys(words) if w not in ("AND", "OR", "WITH")]


def _bare(name: str) -> str:
    """An id without what only says which versions may be taken: the text is the same."""
    return name.removesuffix("+").removesuffix("-only").removesuffix("-or-later")


def _standard_text(report: ScanReport, name: str) -> str | None:
    """The text of a license by its id: from the report, else from the license index."""
    if name in report.license_refs:
        return report.license_refs[name]
    from compliance.licenses import license_text

    return license_text(name) or license_text(_bare(name))


def _head(notice: Notice) -> Iterator[str]:
    yield one_line(f"Third-party software in {notice.subject}")
    yield ""
    if not notice.entries:
        yield NOTHING
        return
    yield one_line(f"Shipped in: {', '.join(notice.artifacts)}")
    yield f"{plural(len(notice.entries), 'component')}; the numbers name the texts that follow."


def _name(component: Component) -> str:
    return one_line(f"{component.path.removeprefix('c:')} {component.version}")


def _entry(component: Component, keys: list[str], numbers: Mapping[str, int]) -> Entry:
    prefix = f"vendor/{component.path}/"
    texts = [
        (one_line(name.removeprefix(prefix)), numbers[digest])
        for name, digest in component.texts
        if digest in numbers
    ]
    own = {digest for _, digest in component.texts}
    texts += [(f"text of {one_line(key)}", numbers[key]) for key in keys if key not in own]
    return Entry(
        name=_name(component),
        license=one_line(license_word(component.conclusion.concluded)),
        copyrights=tuple(one_line(line) for line in component.copyrights),
        texts=tuple(texts),
        lacks=_NO_FILE if component.place else "its files were not at hand",
    )


def _brings(entry: Entry) -> str:
    named = ", ".join(f"{file} [{number}]" for file, number in entry.texts)
    return named or entry.lacks


def _title(key: str, users: list[Component]) -> str:
    """File names, without folders, under which the components bring this text."""
    names = sorted({n.rsplit("/", 1)[-1] for c in users for n, digest in c.texts if digest == key})
    return ", ".join(names)


def _named(report: ScanReport, key: str) -> str:
    return key if key in report.license_refs else f"{key}, standard text"


def _content(report: ScanReport, key: str) -> str:
    """The text for people: form feeds, which clear some screens, are left out."""
    text = report.texts.get(key)
    if text is None:
        text = _standard_text(report, key)
    if text is None:
        return f"(text not at hand, sha256 {key})"
    pages = text.replace("\r\n", "\n").replace("\n\f", "\n").replace("\f\n", "\n")
    return visible(pages.replace("\f", " ").strip("\n"))
