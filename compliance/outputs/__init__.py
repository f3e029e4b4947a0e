"""ScanReport -> bytes. Pure and deterministic.

`FORMATS` names every format and the file it is written to; `render` makes one of them,
`render_all` several that share their work. Each format is imported when it is asked for, so that
a scan pays only for what it writes.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from compliance.errors import UsageError
from compliance.outputs.detection import render_changes, render_detection
from compliance.outputs.document import Document, json_bytes, report_document
from compliance.outputs.listing import (
    detect_document,
    modules_document,
    packages_document,
    why_document,
)

if TYPE_CHECKING:
    from compliance.config import BillScope
    from compliance.outputs.sbommodel import Sbom
    from compliance.outputs.sbomtools import Change, Checked
    from compliance.report import Library, MirrorAudit, ScanReport

__all__ = [
    "DEFAULT_FORMATS", "FORMATS", "audit_document", "bill_limit", "bill_losses", "check_bill",
    "compare_reports", "convert_bill", "custom_name", "custom_renderer", "detect_document",
    "diff_bills", "drift_lines", "json_bytes", "library_check", "library_files", "merge_bills",
    "modules_document", "packages_document", "prepare", "render", "render_all", "render_audit",
    "render_audit_page", "render_bill", "render_changes", "render_comment", "render_decision",
    "render_detection", "render_html", "render_libraries", "render_markdown", "render_terminal",
    "report_document", "schema", "why_document",
]  # fmt: skip

FORMATS: Mapping[str, str] = MappingProxyType(
    {
        "spdx-json": "sbom.spdx.json",
        "spdx3-json": "sbom.spdx3.json",
        "cyclonedx-json": "sbom.cdx.json",
        "cyclonedx17-json": "sbom.cdx17.json",
        "spdx-tv": "sbom.spdx",
        "spdx-yaml": "sbom.spdx.yaml",
        "spdx-xml": "sbom.spdx.xml",
        "html": "report.html",
        "json": "report.json",
        "sarif": "report.sarif",
        "markdown": "report.md",
        "notice": "NOTICE.txt",
        "notice-md": "NOTICE.md",
        "notice-html": "NOTICE.html",
        "csv": "components.csv",
        "xlsx": "report.xlsx",
        "junit": "report.junit.xml",
    }
)
"""Format names in the order of the documentation, and the file each is written to."""

DEFAULT_FORMATS = ("spdx-json", "html", "json")
"""What a scan writes when it is not told."""


def render(name: str, report: ScanReport) -> bytes:
    """One output format as the bytes of its file.

    Raises:
        UsageError: if there is no such format.
    """
    return render_all((name,), report)[name]


def render_all(
    names: Iterable[str], report: ScanReport, *, scope: BillScope = "build"
) -> dict[str, bytes]:
    """Several formats of one report, keyed by format name, in the order given.

    Args:
        names: Names of FORMATS.
        report: A scan.
        scope: What bills list (sbom.bill_of_materials).

    Raises:
        UsageError: if one of the names is no format.
    """
    wanted = tuple(dict.fromkeys(names))
    unknown = [name for name in wanted if name not in FORMATS]
    if unknown:
        raise UsageError(f"unknown format {unknown[0]!r}; formats are {', '.join(FORMATS)}")
    document = cache(lambda: report_document(report))
    bill = cache(lambda: _bill(report, scope))
    return {
        name: _write_bill(name, bill()) if _is_bill(name) else _render(name, report, document())
        for name in wanted
    }


def prepare(names: Iterable[str]) -> None:
    """Import what writing these formats and the terminal text needs, ahead of its use."""
    importlib.import_module("compliance.outputs.terminal")
    for name in names:
        if _is_bill(name):
            importlib.import_module("compliance.outputs.sbomformats").prepare(name)
        elif name == "html":
            importlib.import_module("compliance.outputs.html").prepare()


def _is_bill(name: str) -> bool:
    return name.startswith(("spdx", "cyclonedx"))


def _bill(report: ScanReport, scope: BillScope) -> Sbom:
    from compliance.outputs.sbom import bill_of_materials

    return bill_of_materials(report, scope=scope)


def _write_bill(name: str, bill: Sbom) -> bytes:
    from compliance.outputs.sbomformats import write_bill

    return write_bill(name, bill)


def render_bill(
    name: str, report: ScanReport, *, artifact: str | None = None, scope: BillScope = "build"
) -> bytes:
    """A bill of materials of one artifact (None: of all), or of the whole build list.

    Raises:
        UsageError: if `name` is no format of bills, or there is no such artifact.
    """
    from compliance.outputs.sbom import bill_of_materials

    return _write_bill(name, bill_of_materials(report, artifact=artifact, scope=scope))


def bill_limit() -> int:
    """Bytes that a bill may have to be read."""
    from compliance.outputs.sbomread import MAX_BYTES

    return MAX_BYTES


def check_bill(data: bytes, *, file: str = "") -> Checked:
    """Format and faults of a bill that exists. Raises MalformedInputError, LimitExceededError."""
    from compliance.outputs.sbomtools import check_bill as check

    return check(data, file=file)


def convert_bill(data: bytes, to: str, *, file: str = "") -> bytes:
    """The bill in another format. Raises UsageError, MalformedInputError, LimitExceededError."""
    from compliance.outputs.sbomtools import convert_bill as convert

    return convert(data, to, file=file)


def bill_losses(data: bytes, *, file: str = "") -> tuple[str, ...]:
    """What of a bill is left out when it is written again, as sentences. Raises as above."""
    from compliance.outputs.sbomtools import losses

    return losses(data, file=file)


def diff_bills(before: tuple[str, bytes], after: tuple[str, bytes]) -> tuple[Change, ...]:
    """What changed between two bills, each given as (file name, bytes), in any formats."""
    from compliance.outputs.sbomread import read_bill
    from compliance.outputs.sbomtools import compare_bills

    old, new = (read_bill(data, file=file)[1] for file, data in (before, after))
    return compare_bills(old, new)


def merge_bills(files: Iterable[tuple[str, bytes]], to: str, *, name: str) -> bytes:
    """One bill of several files, each given as (file name, bytes), called `name`."""
    from compliance.outputs import sbomtools
    from compliance.outputs.sbomread import read_bill

    bills = [read_bill(data, file=file)[1] for file, data in files]
    return _write_bill(to, sbomtools.merge_bills(bills, name=name))


def render_libraries(
    libraries: Iterable[Library], *, template: str | None = None, file: str = ""
) -> bytes:
    """Libraries as `go-licenses report` prints them: CSV, or what a Go template makes of them.

    Raises:
        UsageError: the template is wrong, with file and line.
    """
    from compliance.outputs import golicenses
    from compliance.outputs.gotemplate import render_go_template

    rows = golicenses.rows_of(libraries)
    if template is None:
        return golicenses.render_rows(rows)
    text = render_go_template(template, golicenses.template_data(rows), file=file)
    return text.encode("utf-8", "backslashreplace")


def library_check(names: Iterable[str], kinds: Iterable[str]) -> Callable[[Library], list[str]]:
    """What `go-licenses check` complains about in a library, as sentences.

    Args:
        names: Licenses that may occur; none: the types decide.
        kinds: Types that may not occur; none: forbidden and unknown.

    Raises:
        UsageError: both are given, or a type is none.
    """
    from compliance.outputs.golicenses import library_check as check

    return check(tuple(names), tuple(kinds))


def library_files(library: Library) -> Mapping[str, bytes] | None:
    """What goes along with a library, by path: license files, or its source where that is asked.

    None where its terms are unknown or forbidden. Raises UnreadableFileError.
    """
    from compliance.outputs.golicenses import saved_files

    return saved_files(library)


def _render(name: str, report: ScanReport, document: Document) -> bytes:
    if name == "html":
        return render_html(document)
    if name == "json":
        return json_bytes(document)
    return _list(name, report, document)


def _list(name: str, report: ScanReport, document: Document) -> bytes:
    match name:
        case "sarif":
            from compliance.outputs.sarif import render_sarif

            return render_sarif(document)
        case "markdown":
            from compliance.outputs.markdown import render_markdown

            return render_markdown(document)
        case "csv":
            from compliance.outputs.table import render_csv

            return render_csv(document)
        case "xlsx":
            from compliance.outputs.workbook import render_xlsx

            return render_xlsx(document)
        case "junit":
            from compliance.outputs.junit import render_junit

            return render_junit(document)
        case _:
            return _notice(name, report)


def _notice(name: str, report: ScanReport) -> bytes:
    from compliance.outputs import notice

    writers = {
        "notice": notice.render_notice,
        "notice-md": notice.render_notice_markdown,
        "notice-html": notice.render_notice_html,
    }
    return writers[name](notice.notice_of(report))


def custom_renderer(
    source: str, report: ScanReport, *, file: str, replaces: str = ""
) -> Callable[[], bytes]:
    """Renders a template of the user in a sandbox (docs/outputs.md lists what it sees).

    The sandbox bounds neither time nor memory: call what this returns in a confined process. All
    that is read and imported was by then.

    Args:
        source: The template, jinja2.
        report: What it shows.
        file: Its name, for messages; a name for HTML or XML switches escaping on.
        replaces: `html` or `notice-html` where it takes the place of one of our templates.

    Raises:
        UsageError: no such format; when it is called: the template is wrong, with file and line.
    """
    from compliance.outputs.custom import custom_renderer as renderer

    return renderer(source, report, file=file, replaces=replaces)


def custom_name(file: str) -> str:
    """Name of the file that a template of the user writes: `own.md.j2` writes `own.md`."""
    from compliance.outputs.custom import output_name

    return output_name(file)


def render_html(document: Document) -> bytes:
    """The report page: one self-contained HTML file (UTF-8)."""
    from compliance.outputs.html import render_html as render_page

    return render_page(document)


def render_terminal(
    document: Document, *, width: int = 80, color: bool = False, files: Iterable[str] = ()
) -> str:
    """What a person reads at the terminal: decision, findings, duties, limits, files written."""
    from compliance.outputs.terminal import render_terminal as render_text

    return render_text(document, width=width, color=color, files=tuple(files))


def render_markdown(document: Document) -> bytes:
    """Markdown summary, within GitHub's 1 MiB for a step (UTF-8)."""
    from compliance.outputs.markdown import render_markdown as render_summary

    return render_summary(document)


def render_decision(document: Document) -> bytes:
    """The decision for a release in markdown, with what satisfies each duty."""
    from compliance.outputs.markdown import render_decision as render_release

    return render_release(document)


def compare_reports(before: Document, after: Document) -> Document:
    """What changed between two reports without a change of code: `compliance/drift/1`."""
    from compliance.outputs.drift import drift_document

    return drift_document(before, after)


def drift_lines(document: Document) -> Iterator[str]:
    """A `compliance/drift/1` as lines of text."""
    from compliance.outputs.drift import lines

    return lines(document)


def render_comment(document: Document) -> str:
    """Markdown for a pull request comment, within GitHub's 65,536 characters."""
    from compliance.outputs.markdown import render_comment as render_short

    return render_short(document)


def audit_document(audit: MirrorAudit) -> Document:
    """`compliance/audit/1`: an audit of module mirrors."""
    from compliance.outputs.audit import audit_document as make

    return make(audit)


def render_audit(document: Document) -> str:
    """An audit of module mirrors as a table for the terminal."""
    from compliance.outputs.audit import render_audit as render

    return render(document)


def render_audit_page(document: Document) -> bytes:
    """An audit of module mirrors as one self-contained HTML file (UTF-8)."""
    from compliance.outputs.audit import render_audit_page as render

    return render(document)


def schema(name: str) -> Document:
    """JSON Schema of one of our documents: modules, packages, detect, report or audit.

    Raises:
        UsageError: if there is no such document.
    """
    from compliance.outputs.shapes import schema as make

    return make(name)
