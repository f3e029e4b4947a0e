"""The first bytes of a Go file tell the same as all of it, or nothing."""

from __future__ import annotations

import pytest

from compliance.golang.gofile import GoFileReader

FILES = {
    "imports": b'// c\n\npackage a\n\nimport (\n\t"fmt"\n\tx "a.b/c"\n)\n\nfunc main() {}\n',
    "single": b'package a\nimport "fmt"\nimport "os"\n/* c */\nvar x = 1\n',
    "constraint": b'//go:build linux && !cgo\n\npackage a\n\nimport "C"\n\nconst c = 1\n',
    "embed": b'package a\nimport _ "embed"\nfunc f() {}\n//go:embed x.txt\nvar s string\n',
    "comment": b'package a\nimport "fmt" // /*\n/* import "o" */\nimport "io"\nfunc f()\n',
    "group": b'package a\nimport ()\nimport ("b"; "c")\nimport (\n)\ntype t int\n',
    "no imports": b"\xef\xbb\xbfpackage a\n\ntype t struct{}\n",
    "broken": b'package a\nimport (\n\t"fmt\n)\nfunc f() {}\n',
}


@pytest.mark.parametrize("name", FILES)
def test_every_beginning(name: str) -> None:
    data = FILES[name]
    whole = GoFileReader().read(data)
    heads = [GoFileReader().read_head(data[:end]) for end in range(len(data))]
    assert {h for h in heads if h is not None} <= {whole}


def test_most_files_need_no_more() -> None:
    assert GoFileReader().read_head(FILES["imports"][:-3]) is not None
    assert GoFileReader().read_head(FILES["embed"][:-1]) is None
