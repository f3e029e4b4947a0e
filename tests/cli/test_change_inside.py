"""C libraries and programs inside that a change adds, drops or alters are told with the change."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import git

Edit = Callable[[Path], object]
AGENT = "cmd/node-agent"
NAME = "nimbus.example/platform/cmd/node-agent"
EMBEDS = 'package main\n\nimport _ "embed"\n\n//go:embed tool.bin\nvar tool []byte\n'
LINKS = 'package main\n\n// #cgo LDFLAGS: -lwidget\nimport "C"\n'
ELF = b"\x7fELF\x02\x01\x01" + bytes(4000)


def put(name: str, data: str | bytes) -> Edit:
    def edit(root: Path) -> None:
        raw = data.encode() if isinstance(data, str) else data
        (root / AGENT / name).write_bytes(raw)

    return edit


def embedded(root: Path) -> None:
    put("embed.go", EMBEDS)(root)
    put("tool.bin", ELF)(root)


def dropped(root: Path) -> None:
    (root / AGENT / "embed.go").unlink()


CASES: dict[str, tuple[Edit | None, Edit, list[tuple[str, str, str]], str]] = {
    "a library of the system": (
        None, put("c.go", LINKS), [("c:widget", "c-library", "added")],
        f"C library widget: new, {NAME} loads (cgo) it at {AGENT}/c.go:3, license not known",
    ),
    "an object file": (
        None, put("x.syso", ELF), [(f"{NAME}/x.syso", "embedded", "added")],
        f"{NAME}/x.syso: new, {NAME} links (cgo) it, license not known",
    ),
    "a program": (
        None, embedded, [(f"{NAME}/tool.bin", "embedded", "added")],
        f"{NAME}/tool.bin: new, {NAME} embeds it at {AGENT}/embed.go:5, license not known",
    ),
    "another program in its place": (
        embedded, put("tool.bin", ELF + b"2"), [(f"{NAME}/tool.bin", "embedded", "altered")],
        "another one than before",
    ),
    "no program any more": (
        embedded, dropped, [(f"{NAME}/tool.bin", "embedded", "removed")], "tool.bin: gone",
    ),
    "the same as before": (embedded, put("more.go", "package main\n"), [], ""),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_comes_inside_is_told_with_the_change(judge: Any, change: Path, name: str) -> None:
    before, edit, expected, told = CASES[name]
    if before is not None:
        before(change)
        git(change, "add", "-A", "-f")
        git(change, "commit", "-qm", "before")
    edit(change)
    status, report, said = judge("--platform", "linux/amd64,cgo")
    found = [(i["path"], i["kind"], i["standing"]) for i in report["change"]["inside"]]
    assert (status, found) == (0, expected)
    assert told in " ".join(said.split())
