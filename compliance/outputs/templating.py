"""Templates: where they lie, and the one environment that renders them. Only user of jinja2."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_PACKAGE = Path(__file__).resolve().parent.parent


def template_text(name: str) -> str:
    """A template or asset: from the wheel, else from `templates/` of the checkout.

    Raises:
        FileNotFoundError: if the installation lacks it.
    """
    bundled = _PACKAGE / "_bundled" / "templates" / name
    path = bundled if bundled.is_file() else _PACKAGE.parent / "templates" / name
    return path.read_text(encoding="utf-8")


def render_template(
    name: str, context: Mapping[str, object], filters: Mapping[str, Callable[..., object]]
) -> str:
    """Render one of our templates with automatic HTML escaping.

    An undefined name is an error, so that a page never shows an empty place where the document
    lacks a key.
    """
    import jinja2

    environment = jinja2.Environment(
        autoescape=True,
        trim_blocks=True,
        undefined=jinja2.StrictUndefined,
        loader=jinja2.FunctionLoader(template_text),
    )
    environment.filters.update(filters)
    return environment.get_template(name).render(context)
