"""Conclusions that an earlier run drew: the same answers, and nothing that rests on something else.

Files are read for a conclusion (excerpts, the wording of statements). A run that cannot read any
shows what was remembered: its answer has what only reading gives.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from compliance.golang import EntryKind, Module, ModuleVersion, UnreadableFileError
from compliance.licenses import Detector, LinkedPackage, ModuleConclusion, wanted_files
from compliance.pipeline.concluding import RememberedConclusions
from compliance.pipeline.licensing import Reading, conclude

ISC = (
    b"ISC License\n\nCopyright (c) 2020 Ann\n\n"
    b"Permission to use, copy, modify, and/or distribute this software for any purpose with or "
    b"without fee is hereby granted, provided that the above copyright notice and this permission "
    b"notice appear in all copies.\n\n"
    b'THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS '
    b"SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL "
    b"THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY "
    b"DAMAGES WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF "
    b"CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE "
    b"OR PERFORMANCE OF THIS SOFTWARE.\n"
)
CHANGED = ISC.replace(b"without fee is hereby granted", b"without fee is not hereby granted")
MODULE = {"LICENSE": ISC, "p/a.go": b"// SPDX-License-Identifier: MIT\n\npackage p\n"}
PURL = "pkg:golang/example.com/m@v1.0.0"


class Tree:
    """A tree in memory, which can be shut."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = dict(files)
        self.shut = False
        self.asked = 0

    def listing(self, folder: str) -> Mapping[str, EntryKind]:
        prefix = "" if folder == "." else f"{folder}/"
        below = (p.removeprefix(prefix) for p in self.files if p.startswith(prefix))
        return {
            p.partition("/")[0]: EntryKind.FOLDER if "/" in p else EntryKind.FILE for p in below
        }

    def read(self, path: str) -> bytes:
        self.asked += 1
        if self.shut or path not in self.files:
            raise UnreadableFileError(path)
        return self.files[path]


def reading_of(tree: Tree, *, main: bool = False) -> Reading:
    packages = (LinkedPackage(import_path="example.com/m/p", folder="p", files=("a.go",)),)
    return Reading(
        module=Module(id=ModuleVersion("example.com/m", "v1.0.0"), main=main),
        tree="example.com/m@v1.0.0", root=".", files=tree, packages=packages,
        wanted=wanted_files(tree, {p.folder: p.files for p in packages}),
    )  # fmt: skip


def run(
    files: Mapping[str, bytes], cache: Path | None, *, shut: bool = False, main: bool = False
) -> tuple[ModuleConclusion, int]:
    """What a run with this cache concludes, and how many files it read for that."""
    tree = Tree(files)
    detector = Detector.open()
    detected = {n: detector.detect(n, data) for n, data in files.items()}
    detected = {n: d for n, d in detected.items() if d.matches or d.copyrights or d.findings}
    reading = reading_of(tree, main=main)
    tree.shut, tree.asked = shut, 0
    memory = RememberedConclusions(str(cache) if cache else None, "/repository")
    found = memory.conclude(reading, detected, PURL)
    memory.save()
    return found, tree.asked


def test_a_conclusion_is_drawn_once(tmp_path: Path) -> None:
    files = {**MODULE, "LICENSE": CHANGED}
    first, read = run(files, tmp_path)
    assert read
    assert first.conclusion.evidence
    assert run(files, tmp_path, shut=True) == (first, 0)


def test_it_is_the_one_that_is_drawn_without_a_memory(tmp_path: Path) -> None:
    plain, _ = run(MODULE, None)
    tree = Tree(MODULE)
    detector = Detector.open()
    detected = {n: detector.detect(n, data) for n, data in MODULE.items()}
    assert plain == conclude(reading_of(tree), detected, PURL)
    assert run(MODULE, tmp_path)[0] == plain
    assert run(MODULE, tmp_path)[0] == plain


@pytest.mark.parametrize(
    ("changed", "main"),
    [
        pytest.param({"LICENSE": CHANGED}, False, id="a license text"),
        pytest.param({"p/a.go": b"package p\n"}, False, id="a header that is gone"),
        pytest.param({"p/LICENSE": CHANGED}, False, id="a license file more"),
        pytest.param({}, True, id="our own code now"),
    ],
)
def test_another_state_is_concluded_anew(
    changed: Mapping[str, bytes], *, main: bool, tmp_path: Path
) -> None:
    run(MODULE, tmp_path)
    files = {**MODULE, **changed}
    assert run(files, tmp_path, main=main)[0] == run(files, None, main=main)[0]


def test_content_without_a_statement_does_not_matter(tmp_path: Path) -> None:
    files = {**MODULE, "p/a.go": b"package p\n"}
    first, _ = run(files, tmp_path)
    again, read = run({**files, "p/a.go": b"package p\n\nvar X = 1\n"}, tmp_path, shut=True)
    assert (again, read) == (first, 0)


def test_a_map_of_licenses_counts_as_it_stands(tmp_path: Path) -> None:
    before = b'version = 1\n\n[[annotations]]\npath = "p/**"\nSPDX-License-Identifier = "0BSD"\n'
    after = before.replace(b"p/**", b"q/**")
    files = {**MODULE, "p/a.go": b"package p\n", "REUSE.toml": before}
    first, _ = run(files, tmp_path)
    files["REUSE.toml"] = after
    again, _ = run(files, tmp_path)
    assert again == run(files, None)[0]
    assert again.conclusion.concluded != first.conclusion.concluded


def test_a_damaged_record_means_more_work(tmp_path: Path) -> None:
    first, read = run(MODULE, tmp_path)
    for record in (p for p in tmp_path.rglob("*") if p.is_file()):
        record.write_bytes(record.read_bytes()[: record.stat().st_size // 2])
    assert run(MODULE, tmp_path) == (first, read)
