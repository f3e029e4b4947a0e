"""Templates of the user: what they see, and what they may do.

A template is text that somebody handed on, so that it is treated as hostile: jinja2's immutable
sandbox, no other template, plain values only. Every string of the report is made visible before the
template sees it. Time and memory are bounded by the caller, who runs this in a process of its own.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import Any

from compliance.errors import UsageError
from compliance.outputs import wording
from compliance.outputs.causes import purl_path, short_name
from compliance.outputs.document import Document, report_document
from compliance.outputs.duties import find_duties
from compliance.outputs.escaping import (
    cell,
    markdown,
    markdown_code,
    one_line,
    visible_document,
    without_commands,
)
from compliance.outputs.templating import render_foreign
from compliance.report import ScanReport

REPLACEABLE = ("html", "notice-html")
"""Formats that are made from a template of ours, which one of the user can take the place of."""
_MARKUP = (".html", ".htm", ".xhtml", ".xml", ".svg")
_TEMPLATE = (".j2", ".jinja", ".jinja2", ".tmpl", ".tpl")

_TRIALS = ("{{ 'é'|pprint|tojson|urlize }}", "{{ missing }}", "{% if", "{% include 'x' %}")
"""Have jinja2 import what it imports late, also for its errors: a confined process cannot."""

FILTERS: Mapping[str, Callable[..., object]] = {
    "license": wording.license_word,
    "plural": wording.plural,
    "sentence": lambda text: f"{text.rstrip('.')}.",
    "code_words": wording.code_words,
    "purl_path": purl_path,
    "short_name": short_name,
    "one_line": one_line,
    "md": markdown,
    "md_code": markdown_code,
    "cell": cell,
}
"""Filters of a template beside jinja2's own."""


def output_name(file: str) -> str:
    """Name of what a template writes: its own, without the ending that says it is one."""
    name = file.replace("\\", "/").rpartition("/")[2]
    for ending in _TEMPLATE:
        if name.endswith(ending) and name != ending:
            return name.removesuffix(ending)
    return f"{name}.out"


def custom_renderer(
    source: str, report: ScanReport, *, file: str, replaces: str = ""
) -> Callable[[], bytes]:
    """Renders the template when it is called; see `compliance.outputs.custom_renderer`."""
    document = report_document(report)
    if replaces == "html":
        from compliance.outputs import html

        context: Mapping[str, object] = html.page_context(document)
        filters: Mapping[str, Callable[..., object]] = {**FILTERS, **html.FILTERS}
    elif replaces in ("", "notice-html"):
        context, filters = _context(document, report), FILTERS
    else:
        raise UsageError(
            f"--template {replaces}=...: only {' and '.join(REPLACEABLE)} are made from a template"
        )
    escape = bool(replaces) or output_name(file).lower().endswith(_MARKUP)
    for trial in _TRIALS:
        with contextlib.suppress(UsageError):
            render_foreign(trial, {}, {}, escape=escape, file="")

    def render() -> bytes:
        text = render_foreign(source, context, filters, escape=escape, file=file)
        if not escape:  # jinja2 drops the last line feed
            text = text.rstrip("\n") + "\n"
        return without_commands(text).encode("utf-8", "backslashreplace")

    return render


def _context(document: Document, report: ScanReport) -> dict[str, Any]:
    """Names of a template: report.json, the notice, and the words of our own outputs."""
    from compliance.outputs.notice import NOTHING, notice_of
    from compliance.outputs.templating import csp_hash, template_text

    css = template_text("notice.css")
    shown = visible_document(document)
    return {
        "report": shown,
        "headline": wording.headline(shown),
        "summary": wording.summary(shown),
        "judged_under": wording.judged_under(shown),
        "duties": [_plain(d) for d in find_duties(shown)],
        "notice": _plain(notice_of(report)),
        "nothing": NOTHING,
        "words": {
            "verdicts": wording.VERDICTS, "categories": wording.CATEGORIES,
            "duties": wording.DUTIES, "profiles": wording.PROFILES, "edges": wording.EDGES,
        },
        "css": css,
        "css_hash": csp_hash(css),
    }  # fmt: skip


def _plain(value: object) -> Any:  # noqa: ANN401 - a value of ours
    """A value as plain lists and mappings: a template needs no object of ours."""
    import msgspec

    return msgspec.to_builtins(value)
