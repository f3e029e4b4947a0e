"""Which files and tags a build context selects."""

from __future__ import annotations

import pytest

from compliance.golang.buildcontext import (
    PLATFORMS,
    Matcher,
    cgo_supported,
    experiment_tags,
    feature_tags,
    linker_dependencies,
    links_externally,
    name_tags,
    release_tags,
)
from compliance.golang.constraint import parse_go_build
from compliance.golang.package import BuildContext


def context(goos: str = "linux", goarch: str = "amd64", **more: object) -> BuildContext:
    return BuildContext(**({"goos": goos, "goarch": goarch, "cgo": False} | more))


@pytest.mark.parametrize(
    ("name", "tags"),
    [
        ("a.go", ()), ("linux.go", ()), ("a_linux.go", ("linux",)), ("_linux.go", ("linux",)),
        ("linux_amd64.go", ("amd64",)), ("a_linux_amd64.go", ("linux", "amd64")),
        ("a_amd64_linux.go", ("linux",)), ("a_linux_test.go", ("linux",)),
        ("a_test_linux.go", ("linux",)), ("a_linux_x.go", ()), ("a_linux.x.go", ("linux",)),
        ("a.b_linux.go", ()), ("linux_test.go", ()), ("a_unix.go", ()), ("a_zos_s390.go",
        ("zos", "s390")), ("a_nacl_amd64p32.s", ("nacl", "amd64p32")),
        ("a_arm64be.c", ("arm64be",)),
        ("a__linux.go", ("linux",)), ("a_test.go", ()), ("test_linux.go", ("linux",)),
    ],
)  # fmt: skip
def test_file_names_ask_for_platforms(name: str, tags: tuple[str, ...]) -> None:
    assert name_tags(name) == tags


@pytest.mark.parametrize(
    ("goos", "has", "lacks"),
    [
        ("linux", {"linux", "unix"}, {"android", "darwin"}),
        ("android", {"android", "linux", "unix"}, {"darwin"}),
        ("ios", {"ios", "darwin", "unix"}, {"linux"}),
        ("illumos", {"illumos", "solaris", "unix"}, {"linux"}),
        ("windows", {"windows"}, {"unix", "linux"}),
        ("plan9", {"plan9"}, {"unix"}),
        ("js", {"js"}, {"unix"}),
    ],
)
def test_systems_imply_others(goos: str, has: set[str], lacks: set[str]) -> None:
    tags = Matcher(context(goos)).tags
    assert has <= tags
    assert not lacks & tags
    assert {"gc", "amd64"} <= tags
    assert "gccgo" not in tags


@pytest.mark.parametrize(
    ("version", "last"),
    [
        ("1.26", 26),
        ("1.26.8", 26),
        ("go1.21rc2", 21),
        ("1.9", 9),
        ("", 0),
        ("devel", 0),
        ("2.0", 0),
    ],
)
def test_release_tags_go_up_to_the_toolchain(version: str, last: int) -> None:
    assert release_tags(version) == tuple(f"go1.{n}" for n in range(1, last + 1))


@pytest.mark.parametrize(
    ("goarch", "level", "tags"),
    [
        ("amd64", "", {"amd64.v1"}),
        ("amd64", "v3", {"amd64.v1", "amd64.v2", "amd64.v3"}),
        ("arm", "", {"arm.5", "arm.6", "arm.7"}),
        ("arm", "6,softfloat", {"arm.5", "arm.6"}),
        ("arm64", "", {"arm64.v8.0"}),
        ("arm64", "v8.2,lse", {"arm64.v8.0", "arm64.v8.1", "arm64.v8.2"}),
        ("arm64", "v9.0", {"arm64.v9.0", *(f"arm64.v8.{n}" for n in range(6))}),
        ("386", "", {"386.sse2"}),
        ("386", "softfloat", {"386.softfloat"}),
        ("mips64le", "", {"mips64le.hardfloat"}),
        ("ppc64le", "power9", {"ppc64le.power8", "ppc64le.power9"}),
        ("riscv64", "rva22u64", {"riscv64.rva20u64", "riscv64.rva22u64"}),
        ("wasm", "", {"wasm.satconv", "wasm.signext"}),
        ("s390x", "", set()),
        ("loong64", "", set()),
    ],
)
def test_architectures_have_features(goarch: str, level: str, tags: set[str]) -> None:
    assert set(feature_tags(goarch, level)) == tags


EXP = b"""
	baseline := goexperiment.Flags{
		RegabiWrappers: regabiSupported,
		RegabiArgs:     regabiSupported,
		Dwarf5:         dwarf5Supported,
		SpinbitMutex:   haveXchg8,
		Fancy:          true,
		Unknown:        somethingElse,
	}
"""


def experiments(ctx: BuildContext, text: bytes | None = EXP) -> set[str]:
    return {t.removeprefix("goexperiment.") for t in experiment_tags(ctx, text)}


def test_experiments_start_from_the_baseline_of_the_toolchain() -> None:
    regabi = {"regabiwrappers", "regabiargs"}
    assert experiments(context()) == regabi | {"dwarf5", "spinbitmutex", "fancy"}
    assert experiments(context("darwin", "arm64")) == regabi | {"spinbitmutex", "fancy"}
    assert experiments(context("linux", "mips")) == {"dwarf5", "fancy"}
    assert experiments(context(), None) == regabi
    assert experiments(context("js", "wasm"), None) == set()


def test_experiments_are_switched_by_name() -> None:
    regabi = {"regabiwrappers", "regabiargs"}
    assert "jsonv2" in experiments(context(experiments=("jsonv2",)))
    assert "fancy" not in experiments(context(experiments=("nofancy",)))
    assert experiments(context(experiments=("none",))) == regabi
    assert experiments(context("linux", "s390x", experiments=("none",))) == set()
    assert regabi <= experiments(context(experiments=("noregabi",)))
    assert not regabi & experiments(context("linux", "386", experiments=("regabi",)))


def test_boringcrypto_is_the_experiment_and_no_tag_of_the_user() -> None:
    assert not Matcher(context(tags=("boringcrypto",))).tag("boringcrypto")
    assert Matcher(context(), ("goexperiment.boringcrypto",)).tag("boringcrypto")


def test_cgo_is_supported_where_go_says_so() -> None:
    assert cgo_supported("linux", "amd64")
    assert cgo_supported("windows", "arm64")
    for platform in ("js/wasm", "plan9/arm", "linux/ppc64", "linux/z80", "templeos/amd64"):
        assert not cgo_supported(*platform.split("/")), platform
    assert "templeos/amd64" not in PLATFORMS


@pytest.mark.parametrize(
    ("goos", "goarch", "cgo", "added"),
    [
        ("linux", "amd64", True, ("runtime",)),
        ("linux", "arm", False, ("runtime", "math")),
        ("android", "386", True, ("runtime", "runtime/cgo")),
        ("android", "arm64", False, ("runtime",)),
        ("ios", "arm64", True, ("runtime", "runtime/cgo")),
        ("windows", "amd64", False, ("runtime",)),
    ],
)
def test_the_linker_adds_packages(
    goos: str, goarch: str, cgo: bool, added: tuple[str, ...]
) -> None:
    assert linker_dependencies(context(goos, goarch, cgo=cgo)) == added


def test_some_platforms_always_need_the_c_linker() -> None:
    assert links_externally(context("android", "arm"))
    assert links_externally(context("ios", "amd64"))
    assert not links_externally(context("darwin", "arm64"))


def test_a_label_tells_what_differs_from_the_default() -> None:
    assert context(cgo=True).label == "linux/amd64"
    assert context(tags=("a", "b")).label == "linux/amd64,nocgo,a,b"
    more = context(cgo=True, experiments=("simd",), arch_level="v3")
    assert more.label == "linux/amd64,goexperiment=simd,amd64=v3"


def test_constraints_are_judged_once_and_alike() -> None:
    matcher = Matcher(context(tags=("extra",), go_version="1.22"))
    for text, value in {
        "extra && go1.22": True,
        "go1.23 || cgo": False,
        "unix && !js": True,
    }.items():
        assert matcher.holds((parse_go_build(text),)) is value
        assert matcher.holds((parse_go_build(text),)) is value
    assert matcher.holds(())
    assert not matcher.holds((parse_go_build("extra"), parse_go_build("!extra")))


@pytest.mark.parametrize(
    ("words", "value"),
    [
        (["linux"], True), (["windows"], False), (["windows", "linux"], True),
        (["linux,386"], False), (["!windows"], True), (["linux&&amd64"], True),
        (["(linux"], False), (["a&&&b"], False),
    ],
)  # fmt: skip
def test_cgo_lines_take_both_forms_of_conditions(words: list[str], value: bool) -> None:
    assert Matcher(context()).cgo_condition(words) is value
