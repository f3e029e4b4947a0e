"""Templates compiled at set-up: the same page, and never a stale one."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from compliance import outputs
from compliance.facade import COMPILED
from compliance.outputs import templating
from compliance.outputs.html import FILTERS, TEMPLATE
from tests.outputs import states

NAME = f"{COMPILED}.{templating.module_name(TEMPLATE)}"


def compiled(source: str) -> ModuleType:
    module = ModuleType(NAME)
    module.__file__ = NAME
    exec(compile(source, NAME, "exec"), vars(module))  # noqa: S102 - our own template
    return module


@pytest.fixture
def no_module(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, NAME, None)


def page() -> bytes:
    return outputs.render("html", states.incident())


@pytest.mark.usefixtures("no_module")
def test_a_compiled_template_gives_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = page()
    module = compiled(templating.template_module(TEMPLATE, FILTERS))
    monkeypatch.setitem(sys.modules, NAME, module)
    assert page() == plain
    assert vars(module)["environment"] is not None, "the module was used"


@pytest.mark.usefixtures("no_module")
def test_a_compiled_template_that_is_out_of_date_is_not_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plain = page()
    source = templating.template_module(TEMPLATE, FILTERS).replace("Findings, by cause", "Old")
    stale = compiled(source.replace('KEY = "', 'KEY = "0'))
    monkeypatch.setitem(sys.modules, NAME, stale)
    assert page() == plain
    assert "environment" not in vars(stale)


def test_the_key_changes_with_the_template(monkeypatch: pytest.MonkeyPatch) -> None:
    before = templating.template_module(TEMPLATE, FILTERS)
    text = templating.template_text(TEMPLATE)
    monkeypatch.setattr(templating, "template_text", lambda _: f"{text} ")
    after = templating.template_module(TEMPLATE, FILTERS)
    assert before.splitlines()[2] != after.splitlines()[2]


def test_a_missing_template_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        templating.template_text("nothing.j2")
