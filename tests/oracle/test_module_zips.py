"""Awkward module zips: the go command takes those that we take, with the same sum."""

from __future__ import annotations

import io
import os
import subprocess
import zipfile
from pathlib import Path

import pytest

from compliance.errors import MalformedInputError
from compliance.golang import ModuleVersion
from compliance.sources.archive import ZipFiles
from tests.oracle.goworld import GO, _json_stream

pytestmark = [pytest.mark.oracle, pytest.mark.skipif(GO is None, reason="no go command")]

LINK, DEVICE, FOLDER = 0o120777, 0o020666, 0o040755
ENTRIES: dict[str, list[tuple[str, bytes, int]]] = {
    "link": [("a", b"/etc/hostname", LINK)],
    "device": [("a", b"x", DEVICE)],
    "folder": [("a/", b"", FOLDER), ("a/x", b"x", 0)],
    "folder-content": [("a/", b"x", 0)],
    "folder-by-mode": [("a", b"x", FOLDER)],
    "own-folder": [("", b"", 0)],
    "own-folder-content": [("", b"x", 0)],
    **{
        f"fold-{number}": [(f"{a}.go", b"", 0), (f"{b}.go", b"", 0)]
        for number, (a, b) in enumerate((
            ("\u00df", "ss"), ("\u00df", "\u1e9e"), ("\u212a", "k"), ("\u017f", "s"),
            ("\u0130", "i"), ("\u0131", "i"), ("\u00b5", "\u03bc"), ("\u03c2", "\u03c3"),
            ("\ufb00", "ff"), ("\u00e9", "\u00c9"), ("\u00e9", "e\u0301"), ("\u0149", "\u02bcn"),
            ("\u212b", "\u00e5"), ("\u01c4", "\u01c5"), ("\u1f88", "\u1f80"),
            ("\u03f4", "\u03b8"),
        ))
    },
}  # fmt: skip


def packed(module: ModuleVersion, entries: list[tuple[str, bytes, int]]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data, mode in entries:
            info = zipfile.ZipInfo(f"{module}/{name}")
            info.create_system = 3
            info.external_attr = mode << 16
            archive.writestr(info, data)
    return buffer.getvalue()


def test_zips_are_taken_as_the_go_command_takes_them(tmp_path: Path) -> None:
    ours, proxy = {}, tmp_path / "proxy"
    for name, entries in ENTRIES.items():
        module = ModuleVersion(f"m.example/{name}", "v1.0.0")
        data = packed(module, entries)
        place = proxy / module.path / "@v"
        place.mkdir(parents=True)
        (place / "v1.0.0.zip").write_bytes(data)
        (place / "v1.0.0.mod").write_text(f"module {module.path}\n", encoding="ascii")
        (place / "v1.0.0.info").write_text('{"Version": "v1.0.0"}', encoding="ascii")
        try:
            ours[module.path] = ZipFiles.of(module, data).h1()
        except MalformedInputError:
            ours[module.path] = ""
    environ = {
        "PATH": os.environ["PATH"], "HOME": str(tmp_path), "GOPROXY": proxy.as_uri(),
        "GOENV": "off", "GOSUMDB": "off", "GOFLAGS": "-modcacherw", "GOTOOLCHAIN": "local",
    }  # fmt: skip
    words = [str(GO), "mod", "download", "-json", *[f"{path}@v1.0.0" for path in ours]]
    done = subprocess.run(
        words, cwd=tmp_path, env=environ, text=True, capture_output=True, check=False
    )
    theirs = {m["Path"]: "" if "Error" in m else m["Sum"] for m in _json_stream(done.stdout)}
    assert theirs == ours
    assert "" in ours.values()
    assert len(set(ours.values())) > 8
