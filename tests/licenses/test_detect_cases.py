"""Each file under tests/data/licenses/detect is one case: what a file says, and what must be seen.

The header names the file, the expected expression (`none`, or `*` for any), optionally the
confidence, finding codes (`code` or `code@line`), parameters and a transformation. License texts
are put in from the index: `{{text ID}}`, `{{body ID}}` (behind its copyright lines),
`{{after ID WORD}}`, `{{between ID "first words" "words behind it"}}`, `{{replace ID "old" "new"}}`.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from compliance.licenses import Detector, FileLicense

CASES = sorted((Path(__file__).parent.parent / "data" / "licenses" / "detect").glob("*.txt"))


def _text(detector: Detector, name: str) -> str:
    found = detector.index.text(name)
    assert found is not None, name
    return found


def _filled(detector: Detector, body: str) -> str:
    def fill(match: re.Match[str]) -> str:
        verb, name, rest = match.group(1), match.group(2), match.group(3) or ""
        text = _text(detector, name)
        if verb == "body":
            return text[text.index("\n\n", text.index("Copyright")) :]
        if verb == "after":
            return text[text.index(rest.strip()) :]
        if verb == "between":
            first, behind = re.findall(r'"([^"]*)"', rest)
            return text[text.index(first) : text.index(behind)]
        if verb == "replace":
            old, new = re.findall(r'"([^"]*)"', rest)
            assert old in text
            return text.replace(old, new, 1)
        return text

    return re.sub(r"\{\{(text|body|after|between|replace) (\S+?)((?: [^}]*)?)\}\}", fill, body)


def _transformed(text: str, how: str) -> bytes:
    if how.startswith("comment "):
        sign = how.removeprefix("comment ")
        return "".join(f"{sign} {line}\n" for line in text.splitlines()).encode()
    changes = {
        "": lambda t: t.encode(),
        "utf-16": lambda t: t.encode("utf-16"),
        "latin-1": lambda t: f"Copyright \xa9 2020 M\xfcller\n\n{t}".encode("latin-1"),
        "crlf": lambda t: t.replace("\n", "\r\n").encode(),
        "bom": lambda t: b"\xef\xbb\xbf" + t.encode(),
        "html": lambda t: (
            "<html><body><p>" + t.replace('"', "&quot;").replace("\n\n", "</p>\n<p class='x'>")
            + "</p></body></html>"
        ).encode(),
        "rst": lambda t: ("License\n=======\n\n::\n\n" + re.sub("(?m)^", "   ", t)).encode(),
        "markdown_quote": lambda t: ("# License\n\n" + re.sub("(?m)^", "> ", t)).encode(),
    }  # fmt: skip
    return changes[how](text)


def _run(detector: Detector, path: Path) -> tuple[dict[str, str], FileLicense]:
    header, _, body = path.read_text("utf-8").partition("\n---\n")
    wanted = dict(line.split(": ", 1) for line in header.splitlines())
    data = _transformed(_filled(detector, body), wanted.get("transform", ""))
    return wanted, detector.detect(wanted["file"], data)


@pytest.mark.parametrize("path", CASES, ids=lambda p: p.stem)
def test_file_says_what_the_case_expects(detector: Detector, path: Path) -> None:
    wanted, found = _run(detector, path)

    if wanted["expression"] != "*":
        assert (found.expression or "none") == wanted["expression"]
    if "confidence" in wanted:
        assert found.confidence == wanted["confidence"]
    seen = {f.code for f in found.findings}
    places = {f"{f.code}@{f.location.line}" for f in found.findings if f.location}
    codes = wanted.get("findings", "").split()
    assert set(codes) <= seen | places
    assert seen == {c.split("@")[0] for c in codes}
    if "parameters" in wanted:
        name, value = wanted["parameters"].split("=", 1)
        assert dict(found.parameters)[name] == value


def test_there_are_cases() -> None:
    assert len(CASES) > 80
