"""Templates: where they lie, and the one environment that renders them. Only user of jinja2.

Compiling the page takes longer than rendering it. `make setup` and the wheel therefore hold each
template as a Python module too; it is taken only if it was made from these very bytes by this very
jinja2, else the template is compiled again. Nothing is cached at run time: code that a run executes
comes with the installation.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from compliance.errors import UsageError
from compliance.facade import compiled

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import ModuleType

    from jinja2 import Environment, Template

_PACKAGE = Path(__file__).resolve().parent.parent
_JSON = {"separators": (",", ":"), "ensure_ascii": False}


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
    environment = _environment()
    environment.filters.update(filters)
    return _template(environment, name, compiled(module_name(name))).render(context)


def prepare_template(name: str) -> None:
    """Import the template engine and a compiled template, ahead of their use."""
    _environment()
    compiled(module_name(name))


def module_name(name: str) -> str:
    """Name of the module that holds a compiled template: `report.html.j2` is `report_html_j2`."""
    return name.replace(".", "_")


def template_module(name: str, filters: Mapping[str, Callable[..., object]]) -> str:
    """Python source of a template, as `tools/build_templates.py` writes it."""
    environment = _environment()
    environment.filters.update(filters)
    source = template_text(name)
    code = environment.compile(source, name=name, filename=name, raw=True, defer_init=True)
    return f'"""Made from templates/{name} at set-up."""\n\nKEY = "{_key(source)}"\n\n{code}\n'


def csp_hash(text: str) -> str:
    """Source expression of a Content-Security-Policy that allows exactly this text."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def render_foreign(
    source: str,
    context: Mapping[str, object],
    filters: Mapping[str, Callable[..., object]],
    *,
    escape: bool,
    file: str,
) -> str:
    """Render a template of somebody else in jinja2's immutable sandbox; it finds no other template.

    It reaches no file and runs no code. Time and memory are not bounded here; the caller does it.

    Raises:
        UsageError: `FILE:LINE: what is wrong`.
    """
    import jinja2
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(
        autoescape=escape, trim_blocks=True, undefined=jinja2.StrictUndefined, auto_reload=False,
        loader=jinja2.FunctionLoader(lambda _: None),
    )  # fmt: skip
    environment.filters.update(filters)
    environment.policies["json.dumps_kwargs"] = _JSON
    del environment.globals["lipsum"], environment.filters["random"]  # same input, same bytes
    try:
        return environment.from_string(source).render(context)
    except jinja2.TemplateSyntaxError as problem:
        raise UsageError(str(problem.message), file=file, line=problem.lineno) from None
    except jinja2.TemplateNotFound as problem:  # before OSError, which it is as well
        names = ", ".join(map(str, getattr(problem, "templates", None) or [problem.name]))
        raise UsageError(
            f"a template is one file and reaches no other: {names} cannot be included, imported or "
            "extended",
            file=file, line=_template_line(problem),
        ) from None  # fmt: skip
    except (MemoryError, UsageError):
        raise
    except Exception as problem:  # noqa: BLE001 - what a template calls may raise anything
        raise UsageError(
            f"{type(problem).__name__}: {problem}", file=file, line=_template_line(problem)
        ) from None


def _template_line(problem: BaseException) -> int:
    """Line of the template in which an error arose, 0 if none: jinja2 maps its code back to it."""
    line, trace = 0, problem.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename in ("<template>", "<unknown>"):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _environment() -> Environment:
    import jinja2

    made = jinja2.Environment(
        autoescape=True, trim_blocks=True, undefined=jinja2.StrictUndefined, auto_reload=False
    )
    made.policies["json.dumps_kwargs"] = _JSON
    return made


def _key(source: str) -> str:
    import jinja2

    return hashlib.sha256(f"{jinja2.__version__}\0{source}".encode()).hexdigest()


def _template(environment: Environment, name: str, compiled: ModuleType | None) -> Template:
    source = template_text(name)
    if compiled is None or getattr(compiled, "KEY", None) != _key(source):
        return environment.from_string(source)
    return environment.template_class.from_module_dict(
        environment, vars(compiled), environment.make_globals(None)
    )
