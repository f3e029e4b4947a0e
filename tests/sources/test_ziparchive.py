"""Module zips from strangers: good ones are read in place, hostile ones are refused."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.errors import MalformedInputError
from compliance.golang import EntryKind, ModuleVersion, UnreadableFileError
from compliance.sources.archive import ZipFiles
from tests.sources.loopback import module_zip

MODULE = ModuleVersion("example.com/m", "v1.0.0")
GOOD = {"go.mod": b"module example.com/m\n", "LICENSE": b"text", "a/b/c.go": b"package b\n" * 99}


def test_a_good_zip_is_a_tree():
    files = ZipFiles.of(MODULE, module_zip(MODULE, GOOD))
    assert files.listing(".") == {
        "go.mod": EntryKind.FILE, "LICENSE": EntryKind.FILE, "a": EntryKind.FOLDER,
    }  # fmt: skip
    assert files.listing("a") == {"b": EntryKind.FOLDER}
    assert files.listing("a/b") == {"c.go": EntryKind.FILE}
    assert files.listing("none") == {}
    assert {name: files.read(name) for name in files.names()} == GOOD
    for name in ("a", "none", "", "../x"):
        with pytest.raises(UnreadableFileError):
            files.read(name)


def test_a_zip_on_disk_keeps_no_file_open(tmp_path):
    path = tmp_path / "m.zip"
    path.write_bytes(module_zip(MODULE, GOOD))
    files = ZipFiles.at(MODULE, str(path))
    assert files.read("LICENSE") == b"text"
    path.unlink()
    with pytest.raises(UnreadableFileError):
        files.read("LICENSE")


def test_the_sum_does_not_depend_on_order_or_packing():
    one = module_zip(MODULE, GOOD)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(GOOD, reverse=True):
            archive.writestr(f"{MODULE}/{name}", GOOD[name])
    assert ZipFiles.of(MODULE, one).h1() == ZipFiles.of(MODULE, buffer.getvalue()).h1()


BAD_NAMES = {
    "outside the prefix": ["other@v1.0.0/x"],
    "prefix of another version": ["example.com/m@v1.0.1/x"],
    "traversal": ["example.com/m@v1.0.0/../x"],
    "absolute": ["/etc/passwd"],
    "absolute inside": ["example.com/m@v1.0.0//x"],
    "dot": ["example.com/m@v1.0.0/./x"],
    "backslash": ["example.com/m@v1.0.0/a\\b"],
    "colon": ["example.com/m@v1.0.0/a:b"],
    "windows device": ["example.com/m@v1.0.0/con.go"],
    "duplicate": ["example.com/m@v1.0.0/x", "example.com/m@v1.0.0/x"],
    "differs in case": ["example.com/m@v1.0.0/x.go", "example.com/m@v1.0.0/X.go"],
    "folder differs in case": ["example.com/m@v1.0.0/a/x", "example.com/m@v1.0.0/A/y"],
    "file and folder": ["example.com/m@v1.0.0/a", "example.com/m@v1.0.0/a/b"],
    "nested module": ["example.com/m@v1.0.0/sub/go.mod"],
    "go.mod in capitals": ["example.com/m@v1.0.0/GO.MOD"],
    "folder with content": ["example.com/m@v1.0.0/a/"],
    "Kelvin": ["example.com/m@v1.0.0/\u212a", "example.com/m@v1.0.0/k"],
}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("names", BAD_NAMES.values(), ids=BAD_NAMES)
def test_a_bad_name_is_refused(names):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), b"x")
    with pytest.raises(MalformedInputError):
        ZipFiles.of(MODULE, buffer.getvalue())


def test_an_empty_zip_is_an_empty_tree():
    assert ZipFiles.of(MODULE, b"PK\5\6" + bytes(18)).names() == ()


def test_a_folder_entry_is_allowed():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(f"{MODULE}/a/", b"")
        archive.writestr(f"{MODULE}/a/x", b"1")
    assert ZipFiles.of(MODULE, buffer.getvalue()).names() == ("a/x",)


def test_a_link_is_a_file_with_the_name_of_its_target():
    """The go command writes it as it is read here."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        info = zipfile.ZipInfo(f"{MODULE}/link")
        info.create_system = 3
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/hostname")
    files = ZipFiles.of(MODULE, buffer.getvalue())
    assert files.listing(".") == {"link": EntryKind.FILE}
    assert files.read("link") == b"/etc/hostname"


def central(data: bytes) -> int:
    """Offset of the first central directory entry."""
    return data.index(b"PK\1\2")


def patched(offset: int, layout: str, *values: int) -> bytes:
    data = bytearray(module_zip(MODULE, GOOD))
    struct.pack_into(layout, data, central(bytes(data)) + offset, *values)
    return bytes(data)


DAMAGE = {
    "empty": b"",
    "no zip": b"<html>not found</html>" * 20,
    "truncated": module_zip(MODULE, GOOD)[:-30],
    "first half": module_zip(MODULE, GOOD)[:200],
    "encrypted": patched(8, "<H", 1),
    "unknown method": patched(10, "<H", 99),
    "size far beyond the end": patched(20, "<L", 0xFFFFFF0),
    "start beyond the end": patched(42, "<L", 0x7FFFFFF0),
    "announces too much": patched(24, "<L", 0x7FFFFFF0),
    "overlapping": patched(20, "<L", 150),
    "name longer than the directory": patched(28, "<H", 65000),
}


@pytest.mark.parametrize("data", DAMAGE.values(), ids=DAMAGE)
def test_damage_is_an_error_with_a_reason(data):
    with pytest.raises(MalformedInputError):
        ZipFiles.of(MODULE, data)


READING = {
    "wrong checksum": patched(16, "<L", 12345),
    "unpacks to more than announced": patched(24, "<L", 3),
    "unpacks to less than announced": patched(24, "<L", 3000),
}


@pytest.mark.parametrize("data", READING.values(), ids=READING)
def test_content_that_is_not_what_was_announced_is_unreadable(data):
    files = ZipFiles.of(MODULE, data)
    with pytest.raises(UnreadableFileError):
        files.read("go.mod")
    with pytest.raises(MalformedInputError):
        files.h1()


def test_another_name_in_the_local_header_is_refused():
    data = module_zip(MODULE, GOOD).replace(b"v1.0.0/LICENSE", b"v1.0.0/SECRETS", 1)
    with pytest.raises(UnreadableFileError, match="another name"):
        ZipFiles.of(MODULE, data).read("LICENSE")


def test_a_bomb_is_refused_before_it_is_unpacked():
    bomb = module_zip(MODULE, {"bomb": bytes(10 << 20)})
    data = bytearray(bomb)
    struct.pack_into("<L", data, central(bomb) + 24, 0x3FFFFFFF)
    with pytest.raises(MalformedInputError, match="unpacks to"):
        ZipFiles.of(MODULE, bytes(data))
    struct.pack_into("<L", data, central(bomb) + 24, 100)
    with pytest.raises(UnreadableFileError):
        ZipFiles.of(MODULE, bytes(data)).read("bomb")


def test_more_entries_than_any_module_has_are_refused():
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 65535, 65535, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 10**6, 10**6, 46 * 10**6, 0)
    body = bytes(46 * 10**6)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, len(body), 1)
    with pytest.raises(MalformedInputError, match="1000000 entries"):
        ZipFiles.of(MODULE, body + record + locator + end)


def test_a_large_go_mod_is_refused():
    with pytest.raises(MalformedInputError, match=r"go\.mod"):
        ZipFiles.of(MODULE, module_zip(MODULE, {"go.mod": bytes(17 << 20)}))


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.data())
def test_any_damage_is_seen_or_harmless(data):
    whole = module_zip(MODULE, GOOD)
    broken = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 4))):
        broken[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(whole)))
    for candidate in (bytes(broken), whole[:cut], whole[cut:]):
        try:
            files = ZipFiles.of(MODULE, candidate)
            same = files.h1() == ZipFiles.of(MODULE, whole).h1()
        except MalformedInputError:
            continue
        if same:
            assert {name: files.read(name) for name in files.names()} == GOOD
