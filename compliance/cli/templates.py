"""Templates of the user: reading them, and rendering them without trusting them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compliance.cli import place
from compliance.errors import UsageError
from compliance.value import dataclass

if TYPE_CHECKING:
    from compliance.report import ScanReport

MAX_TEMPLATE = 1 << 20
"""Bytes; the page of ours has 30,000."""
REPLACES = ("html", "notice-html")


@dataclass(frozen=True, slots=True, kw_only=True)
class UserTemplate:
    """A template: `replaces` is a format, or "" for an output of its own; `writes` a file name."""

    file: str
    replaces: str
    writes: str
    source: str


def read_templates(given: tuple[str, ...]) -> tuple[UserTemplate, ...]:
    """The values of --template. Raises UsageError for one that cannot be read."""
    return tuple(_read(text) for text in given)


def _read(text: str) -> UserTemplate:
    from compliance.outputs import FORMATS, custom_name

    head, equals, rest = text.partition("=")
    named = bool(equals) and head in FORMATS
    if named and head not in REPLACES:
        raise UsageError(
            f"--template {head}=...: {head} is made from no template; {' and '.join(REPLACES)} are"
        )
    file, replaces = (rest, head) if named else (text, "")
    source = read_text(file)
    writes = FORMATS[replaces] if replaces else custom_name(file)
    return UserTemplate(file=file, replaces=replaces, writes=writes, source=source)


def read_text(file: str) -> str:
    """The text of a template. Raises UsageError for one that cannot be read."""
    data = place.read_file(file, "--template", MAX_TEMPLATE)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise UsageError(f"--template {file}: not UTF-8 (byte {problem.start})") from None


def render_template(template: UserTemplate, report: ScanReport) -> bytes:
    """What the template makes of the report. Raises UsageError: it is wrong, or wants too much."""
    from compliance.cli.confined import confined
    from compliance.outputs import custom_renderer

    render = custom_renderer(
        template.source, report, file=template.file, replaces=template.replaces
    )
    return confined(render, f"--template {template.file}")
