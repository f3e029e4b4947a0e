"""The text of the GPL behind that of the LGPL which builds on it."""

from __future__ import annotations

import pytest

from compliance.licenses import Detector, license_text


def text(name: str) -> str:
    found = license_text(name)
    assert found is not None
    return found


def lesser() -> str:
    whole = text("LGPL-3.0-only")
    return whole[: whole.index("GNU GENERAL PUBLIC LICENSE")]


@pytest.mark.parametrize(
    ("content", "expression"),
    [
        (lambda: f"{lesser()}\n\n{text('GPL-3.0-only')}", "LGPL-3.0-only"),
        (lambda: f"{lesser()}\n=======\n\n{text('GPL-3.0-only')}", "LGPL-3.0-only"),
        (lambda: text("GPL-3.0-only"), "GPL-3.0-only"),
        (
            lambda: (
                "The commands are licensed under the GNU General Public License version 3.\n\n"
                f"{lesser()}\n\n{text('GPL-3.0-only')}"
            ),
            "GPL-3.0-only AND LGPL-3.0-only",
        ),
        (lambda: f"{lesser()}\n\n{text('GPL-2.0-only')}", "LGPL-3.0-only AND GPL-2.0-only"),
    ],
    ids=["in a row", "with a rule between", "alone", "said besides", "another version"],
)
def test_both_texts(detector: Detector, content: object, expression: str) -> None:
    assert callable(content)
    found = detector.detect("LICENSE", content().encode())
    assert found.expression is not None
    assert set(found.expression.split(" AND ")) == set(expression.split(" AND "))
