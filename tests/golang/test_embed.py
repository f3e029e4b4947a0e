"""Files that //go:embed patterns take."""

from __future__ import annotations

import time

import pytest

from compliance.golang.embed import MAX_EMBED_FILES, Embedder, EmbedError, NothingToEmbedError
from tests.golang.packagecases import MemoryTree

TREE = MemoryTree(
    {
        "p/x.go": b"", "p/a.txt": b"", "p/b.txt": b"", "p/.h.txt": b"", "p/_u.txt": b"",
        "p/d/one": b"", "p/d/.two": b"", "p/d/_three": b"", "p/d/e/four": b"", "p/d/e/.f/g": b"",
        "p/mod/go.mod": b"", "p/mod/x": b"", "p/mod/y/z": b"", "p/hidden/.x": b"",
        "p/.git/config": b"", "p/bad/a:b": b"", "p/bad/con.txt": b"", "p/sp ace/[x]": b"",
        "p/wrap/mod/go.mod": b"", "p/wrap/mod/x": b"", "p/wrap/y": b"", "other/x": b"",
    },
    {"p/link": "a.txt", "p/linkdir": "d", "p/dangling": "nowhere", "p/d/deep": "one"},
)  # fmt: skip


def resolve(pattern: str, folder: str = "p") -> list[str]:
    return list(Embedder(TREE, folder).resolve(pattern))


@pytest.mark.parametrize(
    ("pattern", "files"),
    [
        ("a.txt", ["a.txt"]),
        ("?.txt", ["a.txt", "b.txt"]),
        ("*.txt", [".h.txt", "_u.txt", "a.txt", "b.txt"]),
        ("[ab].txt", ["a.txt", "b.txt"]),
        ("[^a].txt", ["b.txt"]),
        ("[a-b].t*t", ["a.txt", "b.txt"]),
        ("\\a.txt", ["a.txt"]),
        (".h.txt", [".h.txt"]),
        ("d", ["d/e/four", "d/one"]),
        ("all:d", ["d/.two", "d/_three", "d/e/.f/g", "d/e/four", "d/one"]),
        ("d/*", ["d/.two", "d/_three", "d/e/four", "d/one"]),
        ("d/e/.f", ["d/e/.f/g"]),
        ("d*/e/four", ["d/e/four"]),
        ("wrap", ["wrap/y"]),
        ("sp ace/\\[x]", ["sp ace/[x]"]),
        ("sp*/[[]x[]]", []),
    ],
)
def test_patterns_match_as_go_matches(pattern: str, files: list[str]) -> None:
    if pattern == "d/*":
        with pytest.raises(EmbedError, match="irregular file d/deep"):
            resolve(pattern)
    elif files:
        assert resolve(pattern) == files
    else:
        with pytest.raises(EmbedError):
            resolve(pattern)


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("nothing", "no matching files"), ("*.none", "no matching files"),
        ("", "invalid pattern"), (".", "invalid pattern"), ("..", "invalid pattern"),
        ("../other/x", "invalid pattern"), ("d/../a.txt", "invalid pattern"),
        ("/etc/passwd", "invalid pattern"), ("d/", "invalid pattern"), ("d//one", "invalid"),
        ("[a", "invalid pattern"), ("[]a]", "invalid pattern"), ("[a-]", "invalid pattern"),
        ("a\\", "invalid pattern"), ("all:", "invalid pattern"), ("all:..", "invalid pattern"),
        ("mod/x", "in different module"), ("mod", "in different module"),
        ("mod/y", "in different module"), ("wrap/mod/x", "in different module"),
        ("hidden", "contains no embeddable files"),
        (".git", "invalid name .git"), (".git/config", "in invalid directory .git"),
        ("bad/a:b", "invalid name a:b"), ("bad/con.txt", "invalid name con.txt"),
        ("bad", "invalid name"), ("link", "irregular file link"),
        ("linkdir", "irregular file linkdir"), ("linkdir/one", "in non-directory linkdir"),
        ("dangling", "irregular file dangling"),
    ],
)  # fmt: skip
def test_what_go_refuses_is_refused(pattern: str, reason: str) -> None:
    with pytest.raises(EmbedError, match=reason.replace(".", r"\.")):
        resolve(pattern)


def test_patterns_work_at_the_root_of_a_tree() -> None:
    assert resolve("other/x", ".") == ["other/x"]
    assert resolve("p/[ab].txt", ".") == ["p/a.txt", "p/b.txt"]


def test_stars_take_little_time() -> None:
    tree = MemoryTree({"a" * 250: b"", "b": b""})
    start = time.process_time()
    with pytest.raises(EmbedError):
        Embedder(tree, ".").resolve("*a" * 120 + "c")
    assert time.process_time() - start < 2


def test_the_number_of_files_is_limited() -> None:
    tree = MemoryTree({f"d/{n}": b"" for n in range(MAX_EMBED_FILES + 1)})
    with pytest.raises(EmbedError, match="more than"):
        Embedder(tree, ".").resolve("d")
    with pytest.raises(EmbedError, match="more than"):
        Embedder(tree, ".").resolve("d/*")


def test_depth_is_limited() -> None:
    tree = MemoryTree({"/".join(["d"] * 400) + "/x": b""})
    with pytest.raises(EmbedError, match="too deeply"):
        Embedder(tree, ".").resolve("all:d")


@pytest.mark.parametrize("pattern", ["hidden", "web/*"])
def test_what_a_build_may_make_is_told_apart(pattern: str) -> None:
    with pytest.raises(NothingToEmbedError):
        resolve(pattern)
