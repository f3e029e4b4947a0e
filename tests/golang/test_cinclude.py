"""Files that are compiled into a package though the go command does not list them."""

from __future__ import annotations

import pytest

from compliance.golang import included_files
from tests.golang.packagecases import MemoryTree, context, loader, small_std

FAR = "third/r/x.h"


def included(preamble: str, **more: str) -> list[tuple[str, str, int]]:
    """(path, by, line) of what a program in cmd/a includes."""
    source = f'package main\n\n/*\n{preamble}\n*/\nimport "C"\n\nfunc main() {{}}\n'
    files = {
        "go.mod": "module example.com/m\n\ngo 1.26\n", "cmd/a/a.go": source, FAR: "int x;\n",
        **{k.replace("__", "/").replace("_", "."): v for k, v in more.items()},
    }  # fmt: skip
    if not preamble:
        files["cmd/a/a.go"] = "package main\n\nfunc main() {}\n"
    tree = MemoryTree({k: v.encode() for k, v in files.items()})
    packages = loader(tree, small_std())
    (cell,) = packages.cells(packages.find_mains([context("linux/amd64,cgo")], ["./cmd/a"]))
    main = next(p for p in cell.packages if p.import_path == "example.com/m/cmd/a")
    return [(i.path, i.by, i.line) for i in included_files(tree, main, ".")]


@pytest.mark.parametrize("flags", [
    "CFLAGS: -I../../third/r", "CFLAGS: -I ../../third/r", "CFLAGS: -I${SRCDIR}/../../third/r",
    "CPPFLAGS: -I../../third/r", "CXXFLAGS: -I../../third/r", "CFLAGS: -isystem ../../third/r",
    "CFLAGS: -isystem../../third/r", "CFLAGS: -iquote ../../third/r",
    "CFLAGS: -idirafter ../../third/r", "CFLAGS: --include-directory=../../third/r",
])  # fmt: skip
@pytest.mark.parametrize("include", ['#include "x.h"', "#include <x.h>", '#import "x.h"'])
def test_folders_that_flags_name_are_searched(flags: str, include: str) -> None:
    assert included(f"#cgo {flags}\n{include}") == [(FAR, "cmd/a/a.go", 5)]


def test_a_flag_can_include_a_file() -> None:
    assert included("#cgo CFLAGS: -include ../../third/r/x.h\nint f;") == [(FAR, "cmd/a/a.go", 4)]


@pytest.mark.parametrize("name", ["a.i", "a.inc", "a.tcc", "a"])
def test_what_is_included_is_followed_whatever_its_ending(name: str) -> None:
    files = {f"cmd/a/{name}": '#include "../../third/r/x.h"\n'}
    found = included(f'#include "{name}"', **{k.replace(".", "_").replace("/", "__"): v
                                            for k, v in files.items()})  # fmt: skip
    assert found == [
        (f"cmd/a/{name}", "cmd/a/a.go", 4), (FAR, f"cmd/a/{name}", 1),
    ]  # fmt: skip


def test_assembly_includes_without_cgo() -> None:
    found = included("", cmd__a__f_s='#include "textflag.h"\n#include "../../third/r/x.h"\n')
    assert found == [(FAR, "cmd/a/f.s", 2)]


@pytest.mark.parametrize(
    "text",
    ['__asm__(".incbin \\"../../third/r/x.h\\"");\n', '\t.incbin "../../third/r/x.h"\n'],
)
def test_what_the_assembler_takes_in_whole(text: str) -> None:
    assert included("int x;", cmd__a__b_c=text) == [(FAR, "cmd/a/b.c", 1)]


def test_listed_files_and_what_lies_outside_are_none() -> None:
    assert included('#include "b.h"\n#include "../../../x.h"', cmd__a__b_h="int b;\n") == []
