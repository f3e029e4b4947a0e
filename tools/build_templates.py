"""Compile the templates of the reports to Python modules.

    python tools/build_templates.py OUT_FOLDER

A page is then rendered without compiling its template first. A module that no longer belongs to its
template is not used (compliance/outputs/templating.py), so that an old one does no harm.
"""

from __future__ import annotations

import compileall
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from compliance.outputs.html import FILTERS, TEMPLATE
from compliance.outputs.templating import module_name, template_module


def build(out: Path) -> None:
    """Write one module, and its byte code, for each template."""
    out.mkdir(parents=True, exist_ok=True)
    target = out / f"{module_name(TEMPLATE)}.py"
    partial = target.with_suffix(".partial")
    partial.write_text(template_module(TEMPLATE, FILTERS), encoding="utf-8")
    partial.replace(target)
    compileall.compile_dir(out, quiet=1)


if __name__ == "__main__":
    build(Path(sys.argv[1]))
