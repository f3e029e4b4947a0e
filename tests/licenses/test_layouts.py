"""A license reads the same however it is laid out, commented, wrapped or marked up."""

from __future__ import annotations

import html
import re
import textwrap
from collections.abc import Callable

import pytest

from compliance.licenses import Detector

NAMES = (
    "MIT", "ISC", "BSD-2-Clause", "BSD-3-Clause", "BSD-4-Clause", "Apache-2.0", "MPL-2.0",
    "GPL-2.0-only", "LGPL-2.1-only", "Unlicense", "Zlib", "BSL-1.0", "Elastic-2.0", "0BSD",
    "UPL-1.0", "BUSL-1.1", "FSL-1.1-MIT", "PolyForm-Noncommercial-1.0.0",
)  # fmt: skip


def paragraphs(text: str) -> list[str]:
    return [" ".join(p.split()) for p in re.split(r"\n\s*\n", text) if p.strip()]


def each_line(before: str, behind: str = "") -> Callable[[str], str]:
    return lambda t: "".join(f"{before}{line}{behind}\n" for line in t.splitlines())


def each_paragraph(before: str, behind: str = "") -> Callable[[str], str]:
    return lambda t: "\n\n".join(f"{before}{p}{behind}" for p in paragraphs(t))


def wrapped(width: int) -> Callable[[str], str]:
    fill = textwrap.TextWrapper(width, break_long_words=False).fill
    return lambda t: "\n\n".join(map(fill, paragraphs(t)))


def named(text: str) -> str:
    text = re.sub(r"<(?:year|YEAR)>", "2019", text)
    owner = r"<(?:owner|OWNER|copyright holders?|COPYRIGHT HOLDER)>"
    text = re.sub(owner, "Example Technologies GmbH and Jane Döe <jane@example.com>", text)
    text = text.replace("COPYRIGHT HOLDERS AND CONTRIBUTORS", "AUTHOR(S)")
    return text.replace("the copyright holder nor", "Example Foundation, Inc. nor")


SIGNS = ("//", "#", " *", ";;", "--", "dnl", "REM", "..", "%")
LAYOUTS: dict[str, Callable[[str], str]] = {
    **{sign: each_line(f"{sign} ") for sign in SIGNS},
    "box": each_line("/* ", " */"),
    "table": each_line("| ", " |"),
    "narrow": wrapped(40),
    "wide": wrapped(120),
    "one line": lambda t: " ".join(t.split()),
    "indented": each_line("        "),
    "bullets": each_paragraph("* "),
    "numbered": lambda t: "\n\n".join(f"{n}. {p}" for n, p in enumerate(paragraphs(t), 1)),
    "emphasis": each_paragraph("**_", "_**"),
    "html": lambda t: "".join(f"<p class='a'>{html.escape(p)}</p>\n" for p in paragraphs(t)),
    "entities": lambda t: t.replace('"', "&quot;").replace(" ", "&nbsp;"),
    "capitals": str.upper,
    "curly quotes": lambda t: re.sub(r'"([^"]*)"', "\u201c\\1\u201d", t).replace("'", "\u2019"),
    "british": lambda t: t.replace("icense", "icence"),
    "names": named,
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layout_changes_nothing(detector: Detector, layout: str) -> None:
    texts = [(name, LAYOUTS[layout](detector.index.text(name) or "")) for name in NAMES]

    found = detector.detect_many(("LICENSE", text.encode()) for _, text in texts)

    for (name, _), answer in zip(texts, found, strict=True):
        assert (name, answer.expression) == (name, name)
        assert (name, answer.confidence) != (name, "review")


@pytest.mark.parametrize("name", ["OFL-1.0", "OFL-1.1"])
def test_an_ampersand_may_be_written_out(detector: Detector, name: str) -> None:
    text = detector.index.text(name) or ""
    copy = re.sub(r"(?<=\s)&(?=\s)", "and", text)
    assert copy != text
    answer = detector.detect("LICENSE", copy.encode())
    assert (answer.expression, answer.confidence) == (name, "high")
