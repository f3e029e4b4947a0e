"""`#cgo` lines of packages."""

from __future__ import annotations

import pytest

from compliance.golang import Package
from tests.golang.packagecases import MemoryTree, context, loader, small_std


def package(lines: str, platform: str = "linux/amd64,cgo") -> tuple[Package, list[str]]:
    source = f'package main\n\n/*\n{lines}*/\nimport "C"\n\nfunc main() {{}}\n'
    tree = MemoryTree(
        {"go.mod": b"module example.com/m\n\ngo 1.26\n", "main.go": source.encode(),
         "x.go": b"package main\n"}
    )  # fmt: skip
    packages = loader(tree, small_std())
    (cell,) = packages.cells(packages.find_mains([context(platform)], ["."]))
    main = next(p for p in cell.packages if p.import_path == "example.com/m")
    return main, [f.message.partition(": ")[2] for f in cell.findings]


def test_directives_are_kept_as_written_with_their_place() -> None:
    main, problems = package(
        "#cgo LDFLAGS: -L${SRCDIR}/lib -lfoo\n#cgo pkg-config: a b\n#cgo CFLAGS: -DX='a b'\n"
        "#cgo CPPFLAGS: -DY\n#cgo noescape f\n#include <x.h>\n"
    )
    assert problems == []
    assert main.cgo.ldflags == (("-L${SRCDIR}/lib -lfoo", "main.go", 4),)
    assert main.cgo.pkg_config == (("a b", "main.go", 5),)
    assert main.cgo.cflags == (("-DX='a b'", "main.go", 6), ("-DY", "main.go", 7))


@pytest.mark.parametrize(
    ("platform", "libraries"),
    [
        ("linux/amd64,cgo", ["-lall", "-llinux", "-lboth", "-lnotwin"]),
        ("windows/amd64,cgo", ["-lall", "-lwin"]),
        ("linux/arm64,cgo", ["-lall", "-llinux", "-lnotwin"]),
        ("darwin/arm64,cgo,static", ["-lall", "-lstatic", "-lnotwin"]),
        ("linux/amd64", []),
    ],
)
def test_directives_count_under_their_conditions(platform: str, libraries: list[str]) -> None:
    main, problems = package(
        "#cgo LDFLAGS: -lall\n#cgo linux LDFLAGS: -llinux\n#cgo linux,amd64 LDFLAGS: -lboth\n"
        "#cgo windows LDFLAGS: -lwin\n#cgo static LDFLAGS: -lstatic\n"
        "#cgo !windows LDFLAGS: -lnotwin\n",
        platform,
    )
    assert problems == []
    assert [flags for flags, _, _ in main.cgo.ldflags] == libraries


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("#cgo LDFLAGS -lm", "invalid #cgo line"),
        ("#cgo : -lm", "invalid #cgo line"),
        ("#cgo linux: -lm", "invalid #cgo verb"),
        ("#cgo LDFLAGS: 'open", "invalid #cgo line"),
        ("#cgo LDFLAGS: open\\", "invalid #cgo line"),
        ("#cgo LDFLAGS: `id`", "malformed #cgo argument"),
        ("#cgo LDFLAGS: a;b", "malformed #cgo argument"),
        ("#cgo LDFLAGS: ''", "malformed #cgo argument"),
        ("#cgo LDFLAGS: \\;", "malformed #cgo argument"),
    ],
)
def test_malformed_directives_are_findings(line: str, problem: str) -> None:
    _, problems = package(line + "\n")
    assert [p.partition(": ")[0] for p in problems] == [problem]


def test_a_directive_for_another_platform_may_be_malformed() -> None:
    assert package("#cgo windows LDFLAGS: `id`\n")[1] == []
