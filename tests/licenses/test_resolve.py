"""One expression per file from several statements."""

from __future__ import annotations

import pytest

from compliance.licenses.evidence import Kind
from compliance.licenses.statement import Said, join


def said(*items: str) -> list[Said]:
    """`text:MIT`, `exception:X`."""
    found = []
    for item in items:
        kind, _, expression = item.partition(":")
        kinds: dict[str, Kind] = {
            "text": "text",
            "notice": "notice",
            "tag": "tag",
            "ref": "reference",
            "exception": "exception",
        }
        found.append(Said(expression, kinds[kind]))
    return found


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ((), None),
        (("text:MIT",), "MIT"),
        (("ref:MIT", "text:MIT"), "MIT"),
        (("text:MIT", "text:Apache-2.0"), "MIT AND Apache-2.0"),
        (("ref:MIT OR Apache-2.0", "text:MIT", "text:Apache-2.0"), "MIT OR Apache-2.0"),
        (("ref:MIT OR Apache-2.0", "text:ISC"), "(MIT OR Apache-2.0) AND ISC"),
        (("text:MIT AND ISC", "text:ISC"), "MIT AND ISC"),
        (
            ("text:GPL-2.0-only", "exception:Classpath-exception-2.0"),
            "GPL-2.0-only WITH Classpath-exception-2.0",
        ),
        (("exception:LLVM-exception", "text:Apache-2.0"), "Apache-2.0 WITH LLVM-exception"),
        (("text:MIT", "exception:Classpath-exception-2.0"), "MIT"),
        (("exception:Classpath-exception-2.0",), None),
        (("notice:GPL-2.0-or-later", "text:GPL-2.0-only"), "GPL-2.0-or-later"),
        (("notice:GPL-2.0-only", "text:GPL-2.0-only"), "GPL-2.0-only"),
        (
            ("tag:GPL-2.0-only WITH Linux-syscall-note", "ref:GPL-2.0-only"),
            "GPL-2.0-only WITH Linux-syscall-note",
        ),
        (("text:GPL-2.0-or-later", "text:LGPL-2.1-only"), "GPL-2.0-or-later AND LGPL-2.1-only"),
    ],
)
def test_join(items: tuple[str, ...], expected: str | None) -> None:
    assert join(said(*items)) == expected
