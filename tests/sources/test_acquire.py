"""Where go.mod files and sources come from, in which order, and what vouches for them."""

from __future__ import annotations

import hashlib
import os
import time

import pytest

from compliance.errors import ModuleUnavailableError
from compliance.golang import (
    EntryKind,
    Module,
    ModuleVersion,
    Replacement,
    UnreadableFileError,
)
from compliance.integrity import GoSum, Voucher, h1_gomod
from compliance.sources import (
    MAX_CACHE_BYTES,
    RACY_NANOSECONDS,
    Acquirer,
    Repository,
    Trace,
    Transport,
    archive,
    go_settings,
    modcache,
)
from compliance.sources.archive import ZipFiles
from compliance.sources.download import latest_version
from compliance.value import replace
from tests.sources.loopback import Server, module_zip

M = ModuleVersion("example.com/Mod", "v1.0.0")
ESCAPED = "example.com/!mod"
FILES = {"go.mod": b"module example.com/Mod\n", "LICENSE": b"text", "a/a.go": b"package a\n"}
ZIP = module_zip(M, FILES)
SUM = ZipFiles.of(M, ZIP).h1()


def sums(zip_sum=None, gomod_sum=None):
    found = {}
    if zip_sum:
        found[M.path, M.version] = zip_sum
    if gomod_sum:
        found[M.path, M.version + "/go.mod"] = gomod_sum
    return GoSum(sums=found)


class World:
    """A home folder with caches, and an acquirer over it."""

    def __init__(self, tmp_path):
        self.home = tmp_path
        self.cache = tmp_path / "go" / "pkg" / "mod"
        self.own = tmp_path / "own"
        (tmp_path / "repo").mkdir()
        self.repository = Repository.open(str(tmp_path / "repo"))

    def acquirer(self, go_sum=sums(), *, offline=False, deep=False, **environ):  # noqa: B008
        base = {"GOENV": "off", "GOROOT": "/nonexistent"}
        settings = go_settings({**base, **environ}, str(self.home))
        transport = Transport(sleep=lambda _: None)
        return Acquirer(
            settings=settings, offline=offline, cache_dir=str(self.own), go_sum=go_sum, deep=deep,
            transport=transport,
        )  # fmt: skip

    def download(self, extension, content):
        path = self.cache / "cache" / "download" / ESCAPED / "@v" / f"v1.0.0.{extension}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def extract(self, files=FILES):
        for name, content in files.items():
            path = self.cache / f"{ESCAPED}@v1.0.0" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


@pytest.fixture
def proxy():
    with Server() as running:
        base = f"/{ESCAPED}/@v/v1.0.0"
        running.pages[base + ".mod"] = FILES["go.mod"]
        running.pages[base + ".zip"] = ZIP
        yield running


def test_gomod_of_the_module_cache_needs_no_network(world, proxy):
    world.download("mod", b"module from.cache\n")
    assert world.acquirer(GOPROXY=proxy.url).gomod(M) == b"module from.cache\n"
    assert proxy.asked == []


def test_gomod_of_a_proxy_is_fetched_once(world, proxy):
    acquirer = world.acquirer(GOPROXY=proxy.url)
    assert acquirer.gomod(M) == acquirer.gomod(M) == FILES["go.mod"]
    assert proxy.asked == [f"/{ESCAPED}/@v/v1.0.0.mod"]
    assert not world.cache.exists()  # the go command's cache is never written


def test_gomod_that_differs_from_go_sum_is_passed_over(world, proxy):
    world.download("mod", b"module evil\n")
    good = sums(gomod_sum=h1_gomod(FILES["go.mod"]))
    assert world.acquirer(good, GOPROXY=proxy.url).gomod(M) == FILES["go.mod"]
    with pytest.raises(ModuleUnavailableError) as caught:
        world.acquirer(sums(gomod_sum="h1:other="), GOPROXY=proxy.url).gomod(M)
    assert any("differs from go.sum" in t for t in caught.value.tried)


def test_every_place_that_was_tried_is_named(world, proxy):
    proxy.pages.clear()
    with pytest.raises(ModuleUnavailableError) as caught:
        world.acquirer(GOPROXY=f"{proxy.url}/one,{proxy.url}/two").gomod(M)
    tried = "\n".join(caught.value.tried)
    for part in ("module-cache", "own-cache", "/one/example.com/!mod/@v/v1.0.0.mod: 404", "/two/"):
        assert part in tried


@pytest.mark.parametrize(
    ("environ", "word"), [({}, "offline"), ({"GOPROXY": "off"}, "GOPROXY=off")]
)
def test_without_a_proxy_nothing_is_fetched(world, environ, word):
    with pytest.raises(ModuleUnavailableError) as caught:
        world.acquirer(**environ).gomod(M)
    assert word in caught.value.tried[-1]


def test_offline_asks_nobody(world, proxy):
    with pytest.raises(ModuleUnavailableError):
        world.acquirer(offline=True, GOPROXY=proxy.url).tree(Module(id=M), world.repository)
    assert proxy.asked == []


def test_a_private_path_never_reaches_a_proxy(world, proxy):
    environ = {"GOPROXY": proxy.url, "GOPRIVATE": "example.com"}
    with pytest.raises(ModuleUnavailableError):
        world.acquirer(**environ).gomod(M)
    assert proxy.asked == []


def test_a_file_proxy(world):
    world.download("zip", ZIP)
    source = world.cache / "cache" / "download"
    moved = world.home / "proxy"
    source.rename(moved)
    tree = world.acquirer(GOPROXY=f"file://{moved}").tree(Module(id=M), world.repository)
    assert tree.where == "proxy"
    assert tree.files.read("LICENSE") == b"text"


def test_a_zip_from_a_proxy_is_kept_and_verified(world, proxy):
    acquirer = world.acquirer(sums(SUM), GOPROXY=proxy.url)
    first = acquirer.tree(Module(id=M), world.repository)
    again = acquirer.tree(Module(id=M), world.repository)
    assert first.where == again.where == "proxy"  # a report does not change with our cache
    assert again.place.startswith(str(world.own))
    assert first.verification.voucher is again.verification.voucher is Voucher.GO_SUM
    assert first.files.read("a/a.go") == again.files.read("a/a.go") == b"package a\n"
    assert len(proxy.asked) == 1
    digests = acquirer.archive(M)
    assert digests.sha256 == hashlib.sha256(ZIP).hexdigest()
    assert digests.sha512 == hashlib.sha512(ZIP).hexdigest()


def test_where_a_zip_was_fetched_from_is_remembered_beside_it(world, proxy):
    place = f"{proxy.url}/{ESCAPED}/@v/v1.0.0.zip"
    acquirer = world.acquirer(sums(SUM), GOPROXY=proxy.url)
    acquirer.tree(Module(id=M), world.repository)
    assert acquirer.archive(M).url == place
    again = world.acquirer(sums(SUM), offline=True, GOPROXY="off")
    assert again.archive(M).url == place


def test_the_address_of_other_bytes_is_none_of_these(world, proxy):
    acquirer = world.acquirer(sums(SUM), GOPROXY=proxy.url)
    acquirer.tree(Module(id=M), world.repository)
    (kept,) = world.own.rglob("*.zip")
    kept.write_bytes(module_zip(M, {**FILES, "LICENSE": b"other"}))
    assert acquirer.archive(M).url is None


def test_the_module_cache_and_a_folder_as_proxy_give_no_address(world):
    source = world.cache / "cache" / "download"
    world.download("zip", ZIP)
    moved = world.home / "proxy"
    acquirer = world.acquirer(sums(SUM))
    assert acquirer.archive(M).url is None
    source.rename(moved)
    acquirer = world.acquirer(sums(SUM), GOPROXY=f"file://{moved}")
    acquirer.tree(Module(id=M), world.repository)
    assert acquirer.archive(M) is not None
    assert acquirer.archive(M).url is None


def test_bytes_that_differ_from_go_sum_have_no_files_and_are_not_kept(world, proxy):
    acquirer = world.acquirer(sums("h1:other="), GOPROXY=proxy.url)
    tree = acquirer.tree(Module(id=M), world.repository)
    assert tree.verification.voucher is Voucher.MISMATCH
    assert (tree.verification.expected, tree.verification.actual) == ("h1:other=", SUM)
    assert tree.files is None
    assert tree.root is None
    assert acquirer.archive(M) is None


def test_an_altered_zip_in_our_cache_is_seen(world, proxy):
    acquirer = world.acquirer(sums(SUM), GOPROXY=proxy.url)
    acquirer.tree(Module(id=M), world.repository)
    (kept,) = world.own.rglob("*.zip")
    kept.write_bytes(module_zip(M, {**FILES, "LICENSE": b"other"}))
    tree = acquirer.tree(Module(id=M), world.repository)
    assert tree.verification.voucher is Voucher.MISMATCH
    assert tree.files is None


def test_a_zip_that_did_not_change_is_hashed_once(world, monkeypatch):
    world.download("zip", ZIP)
    (path,) = world.cache.rglob("*.zip")
    hashed = []
    real = ZipFiles.h1
    monkeypatch.setattr(ZipFiles, "h1", lambda files: hashed.append(files) or real(files))
    monkeypatch.setattr(archive, "RACY_NANOSECONDS", 0)
    for _ in range(2):
        tree = world.acquirer(sums(SUM)).tree(Module(id=M), world.repository)
        assert tree.verification.voucher is Voucher.GO_SUM
    assert len(hashed) == 1
    time.sleep(0.02)
    path.write_bytes(module_zip(M, {**FILES, "LICENSE": b"TEXT"}))
    tree = world.acquirer(sums(SUM)).tree(Module(id=M), world.repository)
    assert tree.verification.voucher is Voucher.MISMATCH


@pytest.mark.parametrize("page", [b"<html>login</html>", b"", ZIP[:100]])
def test_what_is_no_module_zip_is_unavailable(world, proxy, page):
    proxy.pages[f"/{ESCAPED}/@v/v1.0.0.zip"] = page
    with pytest.raises(ModuleUnavailableError):
        world.acquirer(GOPROXY=proxy.url).tree(Module(id=M), world.repository)
    assert not list(world.own.rglob("*.zip"))


def test_an_extracted_module_counts_by_its_recorded_sum(world):
    world.extract()
    world.download("ziphash", SUM.encode())
    origin = b'{"VCS":"git","URL":"https://example.com/Mod","Hash":"abc","Ref":"refs/tags/v1.0.0"}'
    info = b'{"Version":"v1.0.0","Time":"2020-01-01T00:00:00Z","Origin":%s}' % origin
    world.download("info", info)
    tree = world.acquirer(sums(SUM)).tree(Module(id=M), world.repository)
    assert (tree.where, tree.verification.voucher) == ("module-cache", Voucher.GO_SUM)
    assert tree.root.endswith(f"{ESCAPED}@v1.0.0")
    assert (tree.origin.vcs, tree.origin.commit) == ("git", "abc")
    other = world.acquirer(sums("h1:other=")).tree(Module(id=M), world.repository)
    assert other.verification.voucher is Voucher.MISMATCH


def test_an_altered_extracted_module_is_seen_when_asked_to_look(world):
    world.extract({**FILES, "LICENSE": b"changed"})
    world.download("ziphash", SUM.encode())
    lazily = world.acquirer(sums(SUM)).tree(Module(id=M), world.repository)
    deeply = world.acquirer(sums(SUM), deep=True).tree(Module(id=M), world.repository)
    assert lazily.verification.voucher is Voucher.GO_SUM
    assert deeply.verification.voucher is Voucher.MISMATCH
    assert deeply.files is None


def extracted_then(world, change):
    """An extracted module that the go command finished, and that changed afterwards."""
    world.extract()
    world.download("ziphash", SUM.encode())
    root = world.cache / f"{ESCAPED}@v1.0.0"
    time.sleep(0.02)  # more than the clock of the file system needs to tick
    root.chmod(0o755)
    time.sleep(0.02)
    change(root)
    return world.acquirer(sums(SUM))


def test_a_license_that_was_altered_after_extraction_is_a_mismatch(world):
    acquirer = extracted_then(world, lambda root: (root / "LICENSE").write_bytes(b"TEXT"))
    tree = acquirer.tree(Module(id=M), world.repository)
    assert tree.verification.voucher is Voucher.MISMATCH
    assert tree.files is None


@pytest.mark.parametrize("name", ["a/a.go", "a/NOTICE", "a/new.go"])
def test_what_was_altered_deeper_down_is_unreadable(world, name):
    acquirer = extracted_then(world, lambda root: (root / name).write_bytes(b"changed"))
    tree = acquirer.tree(Module(id=M), world.repository)
    kinds = set(tree.files.listing("a").values())
    if name == "a/a.go":
        with pytest.raises(UnreadableFileError, match="altered"):
            tree.files.read(name)
        kinds = set(tree.files.listing("a").values())
    assert kinds == {EntryKind.UNREADABLE}
    with pytest.raises(UnreadableFileError):
        tree.files.read(name)


def test_a_module_that_was_only_touched_is_hashed_once(world, monkeypatch):
    acquirer = extracted_then(world, lambda root: (root / "LICENSE").touch())
    hashed = []
    real = modcache.h1_of_tree
    monkeypatch.setattr(modcache, "h1_of_tree", lambda *a: hashed.append(a) or real(*a))
    for _ in range(2):
        tree = acquirer.tree(Module(id=M), world.repository)
        assert tree.verification.voucher is Voucher.GO_SUM
        assert tree.files.read("LICENSE") == b"text"
    assert len(hashed) == 1


def test_an_extracted_module_without_a_record_is_hashed(world):
    world.extract()
    tree = world.acquirer(sums(SUM)).tree(Module(id=M), world.repository)
    assert tree.verification.voucher is Voucher.GO_SUM


def test_a_half_extracted_module_does_not_count(world):
    world.extract({"go.mod": b"x"})
    world.download("partial", b"")
    world.download("zip", ZIP)
    tree = world.acquirer(sums(SUM)).tree(Module(id=M), world.repository)
    assert tree.place.endswith("v1.0.0.zip")
    assert tree.files.read("LICENSE") == b"text"


def test_without_a_line_in_go_sum_nobody_vouches(world, proxy):
    tree = world.acquirer(GOPROXY=proxy.url).tree(Module(id=M), world.repository)
    assert tree.verification.voucher is Voucher.MISSING
    assert tree.files is not None


def test_a_private_module_cannot_be_vouched_for(world):
    world.extract()
    tree = world.acquirer(GOPRIVATE="example.com").tree(Module(id=M), world.repository)
    assert tree.verification.voucher is Voucher.UNVERIFIABLE


def test_vendored_source(world):
    folder = world.home / "repo" / "vendor" / "example.com" / "Mod"
    folder.mkdir(parents=True)
    (folder / "LICENSE").write_bytes(b"vendored")
    tree = world.acquirer().tree(Module(id=M), world.repository, vendor="vendor")
    assert (tree.where, tree.verification.voucher) == ("vendor", Voucher.VENDORED)
    assert tree.files.read("LICENSE") == b"vendored"


def test_folders(world):
    (world.home / "repo" / "fork").mkdir()
    (world.home / "repo" / "fork" / "f").write_bytes(b"inside")
    (world.home / "outside").mkdir()
    (world.home / "outside" / "f").write_bytes(b"outside")
    acquirer = world.acquirer()
    inside = acquirer.tree(Module(id=M, folder="fork"), world.repository, vendor="vendor")
    outside = acquirer.tree(Module(id=M, folder=str(world.home / "outside")), world.repository)
    main = acquirer.tree(
        Module(id=ModuleVersion("example.com/main"), main=True, folder="."), world.repository
    )
    assert inside.files.read("f") == b"inside"
    assert outside.files.read("f") == b"outside"
    assert main.files.read("fork/f") == b"inside"


def test_a_replacement_by_a_version_has_the_source_of_the_replacement(world, proxy):
    module = Module(
        id=ModuleVersion("example.com/old", "v0.1.0"),
        replace=Replacement(path=M.path, version=M.version),
    )
    tree = world.acquirer(sums(SUM), GOPROXY=proxy.url).tree(module, world.repository)
    assert tree.module == module.id
    assert tree.verification.voucher is Voucher.GO_SUM
    assert tree.files.read("LICENSE") == b"text"


def test_what_lies_in_the_caches_needs_no_transport_and_no_database(world):
    world.download("mod", FILES["go.mod"])
    world.download("ziphash", SUM.encode())
    world.extract()
    known = sums(SUM, h1_gomod(FILES["go.mod"]))
    acquirer = replace(world.acquirer(known), transport=None, trace=Trace())
    assert acquirer.gomod(M) == FILES["go.mod"]
    assert acquirer.upstream(Module(id=M)).verification.voucher is Voucher.GO_SUM
    assert acquirer.latest_known("../x") == ""
    assert acquirer.transport is None
    assert acquirer.direct is None
    # Written a moment ago, the go.mod is known by its content.
    sealed = acquirer.trace.seal()
    assert sealed is not None
    assert sealed.unchanged()


def test_a_go_mod_that_is_a_link_in_the_cache_is_read(world, tmp_path):
    (tmp_path / "elsewhere").write_bytes(FILES["go.mod"])
    world.download("mod", b"")
    path = world.cache / "cache" / "download" / ESCAPED / "@v" / "v1.0.0.mod"
    path.unlink()
    path.symlink_to(tmp_path / "elsewhere")
    assert world.acquirer(offline=True).gomod(M) == FILES["go.mod"]


def test_the_latest_go_mod_says_what_is_retracted(world, proxy):
    base = f"/{ESCAPED}/@v/"
    proxy.pages[base + "list"] = b"v1.0.0\nv1.2.0 2020-01-01T00:00:00Z\n\nnonsense\nv1.3.0-rc.1\n"
    proxy.pages[base + "v1.2.0.mod"] = b"module example.com/Mod\nretract v1.0.0\n"
    acquirer = world.acquirer(GOPROXY=proxy.url)
    assert acquirer.latest_gomod(M.path) == proxy.pages[base + "v1.2.0.mod"]
    # Offline, what the caches know has to do.
    assert world.acquirer(offline=True).latest_gomod(M.path) == proxy.pages[base + "v1.2.0.mod"]
    assert world.acquirer(GOPROXY=proxy.url).latest_gomod("example.com/none") is None
    assert world.acquirer(GOPROXY=proxy.url).latest_gomod("../x") is None


@pytest.mark.parametrize(
    ("lines", "latest"),
    [
        ([], ""),
        (["v1.0.0", "v1.10.0", "v1.9.0"], "v1.10.0"),
        (["v1.0.0", "v2.0.0+incompatible"], "v1.0.0"),
        (["v2.0.0+incompatible", "v10.0.0+incompatible"], "v10.0.0+incompatible"),
        (["v1.0.0-rc.1", "v0.9.0"], "v0.9.0"),
        (["v1.0.0-rc.1", "v0.0.0-20200101000000-abcdefabcdef"], "v1.0.0-rc.1"),
        (["v1", "v1.2", "1.2.3", "v1.2.3+meta"], ""),
    ],
)
def test_which_version_is_latest(lines, latest):
    assert latest_version(lines) == latest


@pytest.mark.parametrize(
    "info", [b"", b"[]", b"{", b'{"Version":3}', b"[" * 100_000, b'{"Version":"v1","Origin":7}']
)
def test_a_damaged_info_file_says_nothing(world, info):
    world.extract()
    world.download("info", info)
    tree = world.acquirer(sums(SUM)).tree(Module(id=M), world.repository)
    assert tree.origin is None


@pytest.mark.parametrize("path", ["../../etc", "example.com/..", "EXAMPLE\0.com/x", "/abs", ""])
def test_a_path_that_is_no_module_path_reaches_nothing(world, proxy, path):
    module = ModuleVersion(path, "v1.0.0")
    with pytest.raises(ModuleUnavailableError):
        world.acquirer(GOPROXY=proxy.url).gomod(module)
    with pytest.raises(ModuleUnavailableError):
        world.acquirer(GOPROXY=proxy.url).upstream(Module(id=module))
    assert proxy.asked == []


def test_a_zip_is_not_trimmed_away_while_its_sum_is_remembered(world):
    """Each sum that is remembered may trim a cache beyond its limit: here at each sixteenth."""
    modules = [ModuleVersion("example.com/m", f"v1.0.{n}") for n in range(100)]
    for module in modules:
        place = world.own / "download" / "example.com" / "m" / "@v" / f"{module.version}.zip"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(module_zip(module, {"go.mod": b"module example.com/m\n"}))
        os.utime(place, (time.time() - 3600, time.time() - 3600))
    large = world.own / "blobs" / "ff" / "ff"
    large.parent.mkdir(parents=True)
    with large.open("wb") as file:
        file.truncate(MAX_CACHE_BYTES)
    os.utime(large, (time.time() + 3600, time.time() + 3600))
    time.sleep(RACY_NANOSECONDS / 1e9 + 0.1)  # a file that has just changed is not remembered
    acquirer = world.acquirer(offline=True)
    read, gone = 0, 0
    for module in modules:
        try:
            tree = acquirer.tree(Module(id=module), world.repository)
        except ModuleUnavailableError:
            gone += 1  # trimmed before this run came to it
            continue
        assert tree.files.read("go.mod") == b"module example.com/m\n"
        read += 1
    assert read
    assert gone, "the cache was never trimmed"
