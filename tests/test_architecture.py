"""Rules of the code base that no linter has."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import grimp

REPOSITORY = Path(__file__).parents[1]
ROOT = REPOSITORY / "compliance"
TREES = {
    p: ast.parse(p.read_text(encoding="utf-8"))
    for p in sorted(ROOT.rglob("*.py"))
    if "_bundled" not in p.parts
}
LONGEST_FUNCTION = 70
LONGEST_MODULE = 650
VAGUE = {"utils", "util", "helpers", "common", "misc", "base", "manager", "core", "types"}
TOP_LEVEL = {
    ".ci", ".github", ".gitignore", ".pre-commit-hooks.yaml", "ARCHITECTURE.md", "CHANGELOG.md",
    "CONTRIBUTING.md", "LICENSE", "Makefile", "NOTICE", "README.md", "action.yml", "benchmarks",
    "compliance", "docs", "examples", "hatch_build.py", "policies", "pyproject.toml",
    "requirements", "templates", "tests", "tools",
}  # fmt: skip
HEAVY = ("numpy", "networkx", "git", "jinja2", "spdx_tools", "license_expression", "httpx", "rich",
         "hyperscan", "rapidfuzz", "yaml", "cryptography", "xlsxwriter")  # fmt: skip


def dataclasses(tree: ast.Module) -> list[tuple[ast.ClassDef, str]]:
    return [
        (node, ast.unparse(d))
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for d in node.decorator_list
        if "dataclass" in ast.unparse(d)
    ]


def tracked() -> list[str]:
    """The files that git knows, as paths from the top."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, check=True
    ).stdout.split(b"\0")
    return [name.decode() for name in listed if name]


def test_nothing_was_left_at_the_top() -> None:
    """What stands at the top is what a visitor sees first: no file of an experiment."""
    assert {name.split("/", 1)[0] for name in tracked()} - TOP_LEVEL == set()


def test_no_module_imports_its_own_facade() -> None:
    """A package's __init__ imports its submodules, never the other way round."""
    graph = grimp.build_graph("compliance")
    bad = [
        (m, t)
        for m in graph.modules
        for t in graph.find_modules_directly_imported_by(m)
        if m.startswith(t + ".") and t != "compliance"
    ]
    assert bad == []


def test_every_dataclass_is_frozen_and_slotted() -> None:
    """What flows between stages cannot change after it was made."""
    bad = [
        f"{p.relative_to(ROOT)}:{node.lineno} {node.name}"
        for p, tree in TREES.items()
        for node, decorator in dataclasses(tree)
        if not ("frozen=True" in decorator and "slots=True" in decorator)
    ]
    assert bad == []


def test_values_are_made_by_our_own_decorator() -> None:
    """The one of the standard library runs generated code: half a millisecond for each class."""
    bad = [
        f"{p.relative_to(ROOT)}:{node.lineno}"
        for p, tree in TREES.items()
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module == "dataclasses"
    ]
    assert bad == []


def test_dataclass_fields_are_immutable_types() -> None:
    """Tuples, frozensets and Mappings; never list, dict or set."""
    bad = [
        f"{p.relative_to(ROOT)}:{f.lineno} {ast.unparse(f)}"
        for p, tree in TREES.items()
        for node, _ in dataclasses(tree)
        for f in node.body
        if isinstance(f, ast.AnnAssign)
        and ast.unparse(f.annotation).startswith(("list", "dict", "set", "bytearray"))
    ]
    assert bad == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    """A module is named after what it knows."""
    assert [str(p) for p in TREES if p.stem in VAGUE or p.parent.name in VAGUE] == []


def test_functions_and_modules_stay_readable() -> None:
    """Sizes beyond which a reader loses the thread."""
    long_functions = [
        f"{p.relative_to(ROOT)}:{n.lineno} {n.name} {n.end_lineno - n.lineno + 1}"
        for p, tree in TREES.items()
        for n in ast.walk(tree)
        if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)
        and (n.end_lineno or 0) - n.lineno + 1 > LONGEST_FUNCTION
    ]
    long_modules = [
        f"{p.relative_to(ROOT)} {len(p.read_text(encoding='utf-8').splitlines())}"
        for p in TREES
        if len(p.read_text(encoding="utf-8").splitlines()) > LONGEST_MODULE
    ]
    assert (long_functions, long_modules) == ([], [])


def test_the_command_line_starts_without_heavy_libraries() -> None:
    """Start-up is part of speed: a library is imported by the command that needs it."""
    code = (
        "import sys, compliance.cli, compliance.pipeline, compliance.outputs, compliance.report;"
        f"print([m for m in {HEAVY!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_file_names_a_package_registry_or_a_path_of_a_machine() -> None:
    """Addresses of registries come from settings; paths of a developer's machine mean nothing."""
    hosts = [b"proxy." + b"golang.org", b"sum." + b"golang.org", b"py" + b"pi.org",
             b"python" + b"hosted.org", b"registry." + b"npmjs.org", b"deb." + b"debian.org",
             b"static." + b"crates.io", b"/wo" + b"rk/main", b"/wo" + b"rk/shared"]  # fmt: skip
    bad = [
        (name, host.decode())
        for name in tracked()
        if (REPOSITORY / name).is_file()
        for host in hosts
        if host in (REPOSITORY / name).read_bytes()
    ]
    assert bad == []
