"""Texts that go with the code, exactly as found; which files are read for them."""

import hashlib

import pytest

from compliance.golang import EntryKind, UnreadableFileError
from compliance.licenses import (
    Copyright,
    FileLicense,
    Match,
    goes_along,
    text_of,
    wanted_files,
)
from compliance.licenses.notices import header_texts
from compliance.licenses.roles import Purpose, role_of_path
from compliance.licenses.wanted import ancestry, is_inside


class Tree:
    """Folders as a dict of dicts; bytes are files, None is a device."""

    def __init__(self, entries):
        self.entries = entries

    def _at(self, path):
        here = self.entries
        for name in [] if path == "." else path.split("/"):
            here = here.get(name) if isinstance(here, dict) else None
        return here

    def listing(self, folder):
        here = self._at(folder)
        kinds = {dict: EntryKind.FOLDER, bytes: EntryKind.FILE, type(None): EntryKind.UNREADABLE}
        return {n: kinds[type(v)] for n, v in here.items()} if isinstance(here, dict) else {}

    def read(self, path):
        data = self._at(path)
        if not isinstance(data, bytes):
            raise UnreadableFileError(path)
        return data


def test_linked_folders_and_their_parents_are_read_and_no_others():
    tree = Tree(
        {
            "LICENSE": b"", "README.md": b"", "NOTICE": b"", "PATENTS": b"", "main_test.go": b"",
            "CHANGELOG.md": b"", "REUSE.toml": b"", "LICENSING.md": b"",
            "LICENSES": {"MIT.txt": b"", "deep": {}},
            ".reuse": {"dep5": b""}, "debian": {"copyright": b"", "control": b""},
            "a": {"LICENSE": b"", "README.md": b"", "b": {"x.go": b"", "x.go.license": b"",
                  "LICENSE.docs": b""}},
            "unlinked": {"LICENSE": b""},
        }
    )  # fmt: skip

    wanted = wanted_files(tree, {"a/b": ["x.go", "x.s"]})

    assert wanted == (
        ".reuse/dep5", "LICENSE", "LICENSES/MIT.txt", "LICENSING.md", "NOTICE", "PATENTS",
        "README.md", "REUSE.toml", "a/LICENSE", "a/b/LICENSE.docs", "a/b/x.go",
        "a/b/x.go.license", "a/b/x.s", "debian/copyright",
    )  # fmt: skip


def test_a_vendored_module_ends_at_its_own_folder():
    tree = Tree(
        {
            "LICENSE": b"",
            "vendor": {"e.com": {"LICENSE": b"", "m": {"LICENSE": b"", "sub": {"a.go": b""}}}},
        }
    )

    wanted = wanted_files(tree, {"vendor/e.com/m/sub": ["a.go"]}, root="vendor/e.com/m")

    assert wanted == ("vendor/e.com/m/LICENSE", "vendor/e.com/m/sub/a.go")


def test_a_module_in_a_folder_reads_the_license_of_the_repository_too():
    tree = Tree({"LICENSE": b"", "other": {"LICENSE": b""}, "api": {"a.go": b""}})

    assert wanted_files(tree, {"api": ["a.go"]}, root="api", outer=".") == ("LICENSE", "api/a.go")


def test_a_license_that_is_no_file_is_wanted_so_that_reading_reports_it():
    assert wanted_files(Tree({"LICENSE": None}), {".": []}) == ("LICENSE",)


@pytest.mark.parametrize(
    ("path", "folder", "inside"),
    [("x/foo", "x/foo", True), ("x/foobar", "x/foo", False), ("x/foo/a", "x/foo", True),
     ("anything", ".", True)],
)  # fmt: skip
def test_folders_are_compared_by_whole_elements(path, folder, inside):
    assert is_inside(path, folder) is inside


def test_ancestry_stops_at_the_root():
    assert ancestry(["v/m/a/b", "v/m"], "v/m") == ("v/m", "v/m/a", "v/m/a/b")
    assert ancestry(["elsewhere/x"], "v/m") == ("elsewhere/x", "v/m")


@pytest.mark.parametrize(
    ("path", "purpose", "qualifier"),
    [
        ("LICENSE", Purpose.CODE, ""), ("License.md", Purpose.CODE, ""),
        ("LICENCE.txt", Purpose.CODE, ""), ("COPYING", Purpose.CODE, ""),
        ("UNLICENSE", Purpose.CODE, ""), ("LICENSE.code", Purpose.CODE, ""),
        ("LICENSE-2.0.txt", Purpose.CODE, ""), ("LICENSE-MIT", Purpose.CODE, "mit"),
        ("MIT-LICENSE.txt", Purpose.CODE, "mit"), ("COPYING.LESSER", Purpose.CODE, "lesser"),
        ("GPLv3", Purpose.CODE, "gplv3"), ("LICENSE.libyaml", Purpose.PART, "libyaml"),
        ("GO_LICENSE", Purpose.PART, "go"), ("LICENSE.docs", Purpose.DOCS, "docs"),
        ("LICENSE-3rdparty.csv", Purpose.THIRD_PARTY, ""),
        ("THIRD_PARTY_NOTICES.md", Purpose.THIRD_PARTY, ""),
        ("NOTICE.txt", Purpose.NOTICE, ""), ("PATENTS", Purpose.PATENTS, ""),
        ("LICENSES/MIT.txt", Purpose.TEXT, ""), ("x.go.license", Purpose.SIDECAR, ""),
        ("REUSE.toml", Purpose.MAP, ""), ("debian/copyright", Purpose.MAP, ""),
        ("README.md", Purpose.README, ""), ("AUTHORS", Purpose.PEOPLE, ""),
        ("main.go", Purpose.SOURCE, ""),
    ],
)  # fmt: skip
def test_what_a_license_like_file_speaks_of(path, purpose, qualifier):
    role = role_of_path(path)

    assert (role.purpose, role.qualifier) == (purpose, qualifier)


@pytest.mark.parametrize(
    ("data", "text"),
    [(b"\xef\xbb\xbfa", "a"), ("ä".encode("utf-16"), "ä"), (b"\xe4", "ä"), (b"", "")],
)
def test_any_encoding_is_read(data, text):
    assert text_of(data) == text


def _file(*matches, copyrights=()):
    return FileLicense(
        path="x/a.go", sha256="1", expression="MIT", matches=matches,
        copyrights=tuple(
            Copyright(statement="c", holder="c", years="", line=line) for line in copyrights
        ),
    )  # fmt: skip


def _match(kind, first, last):
    return Match(
        license="MIT", kind=kind, start_line=first, end_line=last, coverage=1.0, similarity=1.0,
        confidence="high", rule="r",
    )  # fmt: skip


def test_a_license_text_in_a_source_file_goes_along_with_its_copyright_line():
    lines = ["// Package x", "// Copyright A", "//", "// Permission", "// is granted", "package x"]

    (header,) = header_texts(_file(_match("text", 4, 5), copyrights=[2, 40]), lines)

    assert header.place == "x/a.go:2-5"
    assert header.text == "// Copyright A\n//\n// Permission\n// is granted\n"
    assert header.sha256 == hashlib.sha256(header.text.encode()).hexdigest()


def test_notices_and_tags_in_source_files_are_no_texts():
    assert not list(header_texts(_file(_match("notice", 1, 2), _match("tag", 3, 3)), ["a"] * 9))


def test_overlapping_texts_are_taken_once():
    found = header_texts(_file(_match("text", 1, 5), _match("text", 3, 6)), ["a"] * 9)

    assert [h.place for h in found] == ["x/a.go:1-5"]


def test_a_line_that_a_minifier_made_is_no_text() -> None:
    lines = ["/* MIT */" + "x" * 20_000, "MIT License", "", "Permission is granted"]
    assert not list(header_texts(_file(_match("text", 1, 1)), lines))
    (header,) = header_texts(_file(_match("text", 1, 1), _match("text", 2, 4)), lines)
    assert header.place.endswith(":2-4")


@pytest.mark.parametrize(
    ("path", "data", "kept"),
    [
        ("NOTICE", b"Submitted on behalf of a third party: A. Author\n", True),
        ("x/PATENTS", b"words\n", True),
        ("NOTICE", b"", False),
        ("doc/intro.md", b"words\n", False),
        ("notice.go", b"package notice\n", False),
    ],
)
def test_a_notice_goes_along_though_it_names_nobody(path: str, data: bytes, kept: bool):
    digest = hashlib.sha256(data).hexdigest()
    file = FileLicense(path=path, sha256=digest, expression=None, confidence="review")
    assert goes_along(file) is kept
