"""The pages against axe-core: no violation in any state, theme or width, all details open."""

from __future__ import annotations

from pathlib import Path

import pytest

from compliance import outputs
from tests.browser.conftest import Open
from tests.outputs import reports, states

pytestmark = pytest.mark.browser
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")

STATES = (
    "incident", "pass", "incomplete", "hostile-findings", "many-artifacts", "long-names",
    "compared", "built-from-this",
)  # fmt: skip
OPEN = "for (const d of document.querySelectorAll('details')) d.open = true"


def violations(page) -> list[str]:  # type: ignore[no-untyped-def]
    found = axe.Axe().run(page).response["violations"]
    return [f"{v['id']}: {n['html'][:120]}" for v in found for n in v["nodes"][:3]]


@pytest.mark.parametrize("state", STATES)
def test_every_state(visit: Open, state: str) -> None:
    page = visit(states.STATES[state]()).page
    page.evaluate(OPEN)
    page.locator(".open").first.click() if page.locator(".open").count() else None
    assert violations(page) == []


@pytest.mark.parametrize(("width", "scheme"), [(1440, "dark"), (375, "light"), (375, "dark")])
def test_every_theme_and_width(visit: Open, width: int, scheme: str) -> None:
    page = visit(states.incident(), width=width, color_scheme=scheme).page
    page.evaluate(OPEN)
    assert violations(page) == []


def test_the_notice(browser, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "NOTICE.html"
    file.write_bytes(outputs.render("notice-html", reports.small()))
    page = browser.new_page()
    page.goto(file.as_uri())
    assert violations(page) == []
    page.close()
