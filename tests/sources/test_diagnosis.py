"""Why copies of one module version differ."""

from __future__ import annotations

import pytest

from compliance.golang import ModuleVersion
from compliance.integrity import compare_copies
from compliance.sources import diagnose
from compliance.sources.archive import ZipFiles
from compliance.sources.copies import copy_of as copies_of
from tests.sources.loopback import module_zip
from tests.sources.test_acquire import ESCAPED, FILES, SUM, ZIP, M, World, sums

GOOD = {f"f{n}.go": b"package x // %d\n" % n for n in range(10)}


def copy_of(files, *, extracted=False):
    zipped = ZipFiles.of(M, module_zip(M, files))
    (made,) = copies_of(M, "here", zipped, extracted=extracted)
    assert made.sum == zipped.h1()
    return made


def changed(**files):
    return {**GOOD, **{name.replace("_", "."): content for name, content in files.items()}}


@pytest.mark.parametrize(
    ("files", "extracted", "cause", "first"),
    [
        (changed(f3_go=b"package x // 3\r\n"), False, "line-ends", "f3.go"),
        ({k: v.replace(b"\n", b"\r\n") for k, v in GOOD.items()}, False, "line-ends", "f0.go"),
        (changed(f3_go=b"other\n", f5_go=b"other\n"), False, "re-tagged", "f3.go"),
        (changed(f3_go=b"other\n"), True, "local-edit", "f3.go"),
        ({k: b"<!-- proxy -->" + v for k, v in GOOD.items()}, False, "rewritten", "f0.go"),
        (changed(extra_go=b"x"), False, "packing", "extra.go"),
        ({k: v for k, v in GOOD.items() if k != "f9.go"}, False, "packing", "f9.go"),
        (changed(extra_go=b"x"), True, "local-edit", "extra.go"),
    ],
)
def test_causes(files, extracted, cause, first):
    difference = compare_copies(copy_of(GOOD), copy_of(files, extracted=extracted))
    assert (difference.cause, difference.file) == (cause, first)


def test_equal_copies_do_not_differ():
    assert compare_copies(copy_of(GOOD), copy_of(GOOD)) is None


def test_all_copies_are_compared_with_the_one_that_is_expected(tmp_path):
    world = World(tmp_path)
    world.extract({**FILES, "LICENSE": b"edited"})
    world.download("zip", ZIP)
    told = diagnose(world.acquirer(sums(SUM), offline=True), M, SUM)
    lines = told.lines
    assert told.remedy.startswith("Run `go clean -modcache`")
    assert len(lines) == 3
    assert lines[1].endswith(f"v1.0.0.zip: {SUM} (as expected)")
    assert "differs first in LICENSE (1 changed, 0 added, 0 missing)" in lines[2]
    assert f"{ESCAPED}@v1.0.0 differs" in lines[2]


def test_without_a_good_copy_the_sums_are_listed(tmp_path):
    world = World(tmp_path)
    world.download("zip", ZIP)
    told = diagnose(world.acquirer(offline=True), M, "h1:other=")
    assert SUM in told.lines[0]
    assert "No copy" in told.remedy


def test_nothing_at_hand_says_nothing(tmp_path):
    world = World(tmp_path)
    unknown = ModuleVersion("example.com/none", "v1.0.0")
    assert diagnose(world.acquirer(offline=True), unknown, "h1:x=").lines == ()
