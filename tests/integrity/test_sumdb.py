"""The checksum database: nothing is believed that one signed, growing log does not hold."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.errors import MalformedInputError
from compliance.golang import ModuleVersion
from compliance.integrity import ForkError, RemoteError, SumDatabase, parse_verifier_key
from compliance.integrity.note import open_note
from compliance.integrity.tlog import (
    Tile,
    Tree,
    TreeReader,
    complete_subtrees,
    parse_record,
    parse_tree,
)
from tests.integrity.publiclog import Kept, PublicLog, leaf, merkle_root

M = ModuleVersion("example.com/m", "v1.0.0")


def client(log, memory=None, read=None):
    key = parse_verifier_key(log.key)
    return SumDatabase(key=key, read=read or log.read, memory=Kept() if memory is None else memory)


@pytest.fixture
def log():
    made = PublicLog()
    made.fill(300)
    made.add(M.path, M.version, "h1:zip=", "h1:gomod=")
    made.fill(300)
    return made


def test_a_lookup_gives_the_lines_of_the_module(log):
    assert client(log).lookup(M) == (
        "example.com/m v1.0.0 h1:zip=", "example.com/m v1.0.0/go.mod h1:gomod=",
    )  # fmt: skip


def test_a_second_run_asks_for_nothing(log):
    memory = Kept()
    client(log, memory).lookup(M)
    log.asked.clear()
    assert client(log, memory).lookup(M)
    assert log.asked == []


def test_a_log_that_grew_is_followed(log):
    memory = Kept()
    client(log, memory).lookup(M)
    log.fill(400)
    newer = ModuleVersion("example.com/filler399", "v1.0.0")
    assert client(log, memory).lookup(newer)
    assert parse_tree(open_note(memory["latest"], parse_verifier_key(log.key))).size == 1001


def test_an_unknown_module_is_not_there(log):
    with pytest.raises(RemoteError):
        client(log).lookup(ModuleVersion("example.com/none", "v1.0.0"))


def test_an_older_tree_of_the_same_history_is_no_fork(log):
    memory = Kept()
    client(log, memory).lookup(M)
    kept = dict(memory)

    def lagging(path):
        if path.startswith("lookup/"):
            return log.record(log.index[path.removeprefix("lookup/")], size=400)
        return log.read(path)

    database = client(log, memory, lagging)
    assert database.lookup(ModuleVersion("example.com/filler7", "v1.0.0"))
    assert memory["latest"] == kept["latest"]


def test_a_forged_signature_is_refused(log):
    stranger = PublicLog(seed=b"x" * 32)
    stranger.records, stranger.index = log.records, log.index
    with pytest.raises(MalformedInputError, match="not signed by"):
        client(log, read=stranger.read).lookup(M)

    def tampered(path):
        data = log.read(path)
        if path.startswith("lookup/"):
            head, _, signature = data.rpartition(b" ")
            raw = bytearray(base64.b64decode(signature))
            raw[-1] ^= 1
            return head + b" " + base64.b64encode(raw) + b"\n"
        return data

    with pytest.raises(MalformedInputError, match="invalid signature"):
        client(log, read=tampered).lookup(M)


def test_a_record_that_is_not_in_the_log_is_refused(log):
    def lying(path):
        return log.read(path).replace(b"h1:zip=", b"h1:evil")

    memory = Kept()
    with pytest.raises(MalformedInputError, match="not what the signed tree holds"):
        client(log, memory, lying).lookup(M)
    assert memory == {}


@pytest.mark.parametrize("number", [0, 299, 600])
def test_a_record_under_another_number_is_refused(log, number):
    def lying(path):
        data = log.read(path)
        return data.replace(b"300\n", b"%d\n" % number, 1) if path.startswith("lookup") else data

    with pytest.raises(MalformedInputError):
        client(log, read=lying).lookup(M)


def test_a_record_beyond_the_signed_tree_is_refused(log):
    def lying(path):
        return log.record(300, size=300) if path.startswith("lookup/") else log.read(path)

    with pytest.raises(MalformedInputError, match="not in the signed tree"):
        client(log, read=lying).lookup(M)


def test_an_answer_about_another_module_says_nothing(log):
    def lying(path):
        return log.record(5) if path.startswith("lookup/") else log.read(path)

    assert client(log, read=lying).lookup(M) == ()


@pytest.mark.parametrize("tile", ["tile/8/0/001", "tile/8/0/002.p/89", "tile/8/1/000.p/2"])
def test_an_altered_tile_is_refused(log, tile):
    def lying(path):
        data = log.read(path)
        return bytes([data[0] ^ 1]) + data[1:] if path == tile else data

    with pytest.raises(MalformedInputError, match=r"genuine|root"):
        client(log, read=lying).lookup(M)


@pytest.mark.parametrize("change", [lambda d: d[:-1], lambda d: b"", lambda d: d[:32]])  # noqa: ARG005
def test_a_tile_of_the_wrong_size_is_refused(log, change):
    def lying(path):
        return change(log.read(path)) if path.startswith("tile/") else log.read(path)

    with pytest.raises(MalformedInputError):
        client(log, read=lying).lookup(M)


def test_a_full_tile_stands_in_for_a_part_of_it(log):
    log.fill(200)  # the tile that was part of the signed tree is full by now

    def grown(path):
        if path.startswith("lookup/"):
            return log.record(300, size=601)
        if path == "tile/8/0/002.p/89":
            raise RemoteError("404")
        return log.read(path)

    assert client(log, read=grown).lookup(M)
    assert "tile/8/0/002" in log.asked


def forked(log):
    other = PublicLog()
    other.records = list(log.records)
    other.index = dict(log.index)
    other.records[10] = b"example.com/filler10 v1.0.0 h1:evil=\nx v1/go.mod h1:e=\n"
    return other


def test_two_histories_are_a_fork_with_proof(log):
    memory = Kept()
    client(log, memory).lookup(M)
    before = dict(memory)
    other = forked(log)
    other.fill(5)
    database = client(other, memory)
    with pytest.raises(ForkError) as caught:
        database.lookup(ModuleVersion("example.com/filler7", "v1.0.0"))
    key = parse_verifier_key(log.key)
    trees = [parse_tree(open_note(head, key)) for head in caught.value.proof]
    assert [t.size for t in trees] == [601, 606]
    assert memory == before  # nothing of the fork is kept
    with pytest.raises(ForkError):
        database.lookup(M)  # not believed again


def test_a_split_view_of_the_same_size_is_a_fork(log):
    memory = Kept()
    client(log, memory).lookup(M)
    with pytest.raises(ForkError):
        client(forked(log), memory).lookup(ModuleVersion("example.com/filler7", "v1.0.0"))


def test_a_smaller_tree_of_another_history_is_a_fork(log):
    memory = Kept()
    client(log, memory).lookup(M)
    other = forked(log)
    del other.records[400:]

    def read(path):
        return log.read(path) if path.startswith("tile/") else other.read(path)

    with pytest.raises(ForkError):
        client(other, memory, read).lookup(ModuleVersion("example.com/filler7", "v1.0.0"))


def test_a_damaged_memory_is_replaced(log):
    memory = Kept()
    client(log, memory).lookup(M)
    for name in memory:
        broken = Kept(memory)
        broken[name] = broken[name][:-5] + b"\n\n\n\n\n"
        assert client(log, broken).lookup(M) == client(log).lookup(M)
        assert broken[name] == memory[name]


@settings(max_examples=40, derandomize=True, deadline=None)
@given(st.integers(0, 700), st.integers(0, 700), st.integers(0, 700))
def test_roots_are_those_of_the_definition(size, prefix, number):
    log = SHARED
    leaves = [leaf(r) for r in log.records]
    tree = Tree(size=size, root=merkle_root(leaves[:size]))
    reader = TreeReader(tree=tree, read=lambda tile: log.tile(tile.path))
    if prefix <= size:
        assert reader.prefix_root(prefix) == merkle_root(leaves[:prefix])
    if number < size:
        assert reader.node(0, number) == leaves[number]
    else:
        with pytest.raises(MalformedInputError):
            reader.node(0, number)


SHARED = PublicLog()
SHARED.fill(700)


@given(st.integers(0, 1 << 40))
@settings(derandomize=True)
def test_complete_subtrees_cover_every_record_once(size):
    end = 0
    for level, number in complete_subtrees(size):
        assert number << level == end
        end += 1 << level
    assert end == size


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(level=0, number=0), "tile/8/0/000"),
        (Tile(level=0, number=1234067, width=3), "tile/8/0/x001/x234/067.p/3"),
        (Tile(level=3, number=999), "tile/8/3/999"),
    ],
)
def test_paths_of_tiles(tile, path):
    assert tile.path == path


@pytest.mark.parametrize(
    "key",
    ["", "x", "name+abcd+xyz", "name+00000000+AQ==", "a b+12345678+AAAA", PublicLog().key + "x",
     PublicLog().key.replace("sums", "sumz"), "\udcff+00000000+AAAA"],
)  # fmt: skip
def test_a_malformed_key_is_refused(key):
    with pytest.raises(MalformedInputError):
        parse_verifier_key(key)


@pytest.mark.parametrize(
    "change",
    [
        lambda n: b"", lambda n: n[:-1], lambda n: n + b"x\n", lambda n: n.replace(b"\n\n", b"\n"),  # noqa: ARG005
        lambda n: n.replace(b"tree", b"tr\x01e"), lambda n: n.replace(b"tree", b"tr\xffe"),
        lambda n: n + n.splitlines(keepends=True)[-1] * 200, lambda n: b"x" * 2_000_000 + n,
        lambda n: n.replace("\u2014".encode(), b"-"), lambda n: n.replace(b"601", b"602"),
    ],
)  # fmt: skip
def test_a_malformed_note_is_refused(log, change):
    with pytest.raises(MalformedInputError):
        open_note(change(log.head()), parse_verifier_key(log.key))


def test_signatures_of_strangers_are_ignored(log):
    stranger = PublicLog("other.example.com", b"s" * 32)
    text = open_note(log.head(), parse_verifier_key(log.key))
    both = log.head() + stranger.sign(text).rpartition(b"\n\n")[2]
    assert open_note(both, parse_verifier_key(log.key)) == text


@pytest.mark.parametrize(
    "text",
    ["", "go.sum database tree\n", "go.sum database tree\n-1\n" + "A" * 43 + "=\n",
     "go.sum database tree\n01\n" + "A" * 43 + "=\n", "go.sum database tree\n1\nAAAA\n",
     "go.sum database tree\n9999999999999999\n" + "A" * 43 + "=\n"],
)  # fmt: skip
def test_a_malformed_tree_is_refused(text):
    with pytest.raises(MalformedInputError):
        parse_tree(text)


@pytest.mark.parametrize(
    "data", [b"", b"1\n", b"x\na b c\n\nt", b"1\na\x00b\n\nt", b"1\n\n\nt", b"-1\na\n\nt"]
)
def test_a_malformed_record_is_refused(data):
    with pytest.raises(MalformedInputError):
        parse_record(data)
