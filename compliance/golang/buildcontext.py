"""Which files and tags a build context selects.

Names of systems and architectures are those of internal/syslist of the Go distribution ("past,
present, and future"); implied tags follow go/build's matchTag, feature tags
internal/buildcfg's gogoarchTags, linker needs cmd/go's LinkerDeps.
"""

from __future__ import annotations

from collections.abc import Iterable

from compliance import patterns as re
from compliance.golang.constraint import (
    Constraint,
    ConstraintSyntaxError,
    parse_go_build,
    parse_plus_build,
)
from compliance.golang.package import BuildContext

UNIX_OS = frozenset(
    [
        "aix",
        "android",
        "darwin",
        "dragonfly",
        "freebsd",
        "hurd",
        "illumos",
        "ios",
        "linux",
        "netbsd",
        "openbsd",
        "solaris",
    ]
)
KNOWN_OS = UNIX_OS | {"js", "nacl", "plan9", "wasip1", "windows", "zos"}
KNOWN_ARCH = frozenset(
    [
        "386",
        "amd64",
        "amd64p32",
        "arm",
        "armbe",
        "arm64",
        "arm64be",
        "loong64",
        "mips",
        "mipsle",
        "mips64",
        "mips64le",
        "mips64p32",
        "mips64p32le",
        "ppc",
        "ppc64",
        "ppc64le",
        "riscv",
        "riscv64",
        "s390",
        "s390x",
        "sparc",
        "sparc64",
        "wasm",
    ]
)
PLATFORMS = frozenset(
    [
        "aix/ppc64",
        "android/386",
        "android/amd64",
        "android/arm",
        "android/arm64",
        "darwin/amd64",
        "darwin/arm64",
        "dragonfly/amd64",
        "freebsd/386",
        "freebsd/amd64",
        "freebsd/arm",
        "freebsd/arm64",
        "freebsd/riscv64",
        "illumos/amd64",
        "ios/amd64",
        "ios/arm64",
        "js/wasm",
        "linux/386",
        "linux/amd64",
        "linux/arm",
        "linux/arm64",
        "linux/loong64",
        "linux/mips",
        "linux/mips64",
        "linux/mips64le",
        "linux/mipsle",
        "linux/ppc64",
        "linux/ppc64le",
        "linux/riscv64",
        "linux/s390x",
        "linux/sparc64",
        "netbsd/386",
        "netbsd/amd64",
        "netbsd/arm",
        "netbsd/arm64",
        "openbsd/386",
        "openbsd/amd64",
        "openbsd/arm",
        "openbsd/arm64",
        "openbsd/mips64",
        "openbsd/ppc64",
        "openbsd/riscv64",
        "plan9/386",
        "plan9/amd64",
        "plan9/arm",
        "solaris/amd64",
        "wasip1/wasm",
        "windows/386",
        "windows/amd64",
        "windows/arm64",
    ]
)
"""Pairs that the go command builds for (internal/platform of Go 1.26)."""

_WITHOUT_CGO = frozenset(
    [
        "js/wasm",
        "linux/ppc64",
        "openbsd/ppc64",
        "plan9/386",
        "plan9/amd64",
        "plan9/arm",
        "wasip1/wasm",
    ]
)
_IMPLIED_OS = {"android": "linux", "illumos": "solaris", "ios": "darwin"}
_REGISTER_ABI = frozenset(["amd64", "arm64", "loong64", "ppc64", "ppc64le", "riscv64", "s390x"])
_WITHOUT_DWARF5 = frozenset(["aix", "darwin", "ios"])
_HAS_XCHG8 = frozenset(["386", "amd64", "arm", "arm64", "ppc64", "ppc64le"])
_INTERNAL_PIE = frozenset(
    [
        "android/arm64",
        "darwin/amd64",
        "darwin/arm64",
        "linux/amd64",
        "linux/arm64",
        "linux/loong64",
        "linux/ppc64le",
        "windows/386",
        "windows/amd64",
        "windows/arm64",
    ]
)
_DEFAULT_PIE = frozenset(["android", "ios", "windows", "darwin"])
_DEFAULT_LEVEL = {
    "386": "sse2", "amd64": "v1", "arm": "7", "arm64": "v8.0", "mips": "hardfloat",
    "mipsle": "hardfloat", "mips64": "hardfloat", "mips64le": "hardfloat", "ppc64": "power8",
    "ppc64le": "power8", "riscv64": "rva20u64",
}  # fmt: skip
_RISCV_PROFILES = ("rva20u64", "rva22u64", "rva23u64")
_BASELINE = re.compile(r"baseline\s*:=\s*goexperiment\.Flags\{([^}]*)\}")
_BASELINE_FLAG = re.compile(r"^\s*(\w+):\s*(\w+),", re.MULTILINE)
_RELEASE = re.compile(r"(?:go)?1\.(\d{1,4})")


def name_tags(name: str) -> tuple[str, ...]:
    """Tags that a file name asks for: `x_linux_arm64.go` gives ("linux", "arm64").

    `x_linux_test.go` counts as `x_linux.go`; `linux.go` asks for nothing.
    """
    stem = name.partition(".")[0]
    if "_" not in stem:
        return ()
    words = stem.split("_")
    words[0] = ""
    if words[-1] == "test":
        words.pop()
    last = words[-1]
    if last in KNOWN_ARCH:
        if len(words) > 1 and words[-2] in KNOWN_OS:
            return (words[-2], last)
        return (last,)
    return (last,) if last in KNOWN_OS else ()


def cgo_supported(goos: str, goarch: str) -> bool:
    """Whether the go command enables cgo by default when it builds on this very platform."""
    platform = f"{goos}/{goarch}"
    return platform in PLATFORMS and platform not in _WITHOUT_CGO


def linker_dependencies(context: BuildContext) -> tuple[str, ...]:
    """Packages that the linker adds to every main package (cmd/go's LinkerDeps)."""
    needed = ["runtime"]
    if context.cgo and links_externally(context):
        needed.append("runtime/cgo")
    if context.goarch == "arm":
        needed.append("math")
    return tuple(needed)


def release_tags(go_version: str) -> tuple[str, ...]:
    """`go1.1` to `go1.N` for a toolchain `1.N`, `1.N.P`, `go1.N` or `1.Nrc1`; none for others."""
    match = _RELEASE.match(go_version)
    return tuple(f"go1.{i}" for i in range(1, int(match[1]) + 1)) if match else ()


def level_of(goarch: str, level: str) -> str:
    """`BuildContext.arch_level` for a value of GOAMD64, GOARM, ...: "" for the usual one."""
    return "" if level == _DEFAULT_LEVEL.get(goarch, "") else level


def feature_tags(goarch: str, level: str = "") -> tuple[str, ...]:
    """`amd64.v1` and the like; `level` is the value of GOAMD64, GOARM, ... ("" for the default)."""
    level = (level or _DEFAULT_LEVEL.get(goarch, "")).partition(",")[0]
    if goarch == "wasm":
        return ("wasm.satconv", "wasm.signext")
    if goarch not in _DEFAULT_LEVEL:
        return ()
    return tuple(f"{goarch}.{feature}" for feature in _features(goarch, level))


def experiment_tags(
    context: BuildContext, exp_go: bytes | None, default: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """`goexperiment.x` tags in force.

    Args:
        context: `experiments` is GOEXPERIMENT as a list (`x`, `nox`, `none`).
        exp_go: GOROOT/src/internal/buildcfg/exp.go, which holds the baseline of the toolchain;
            None without an installed toolchain, where only the register ABI is assumed.
        default: Experiments that the toolchain was built with.
    """
    enabled = _baseline(context, exp_go)
    for word in (*default, *context.experiments):
        if word == "none":
            enabled.clear()
        elif word in ("regabi", "noregabi"):
            _switch(enabled, ("regabiwrappers", "regabiargs"), on=word == "regabi")
        else:
            _switch(enabled, (word.removeprefix("no"),), on=not word.startswith("no"))
    if context.goarch in _REGISTER_ABI - {"s390x"}:
        enabled |= {"regabiwrappers", "regabiargs"}
    elif context.goarch not in _REGISTER_ABI:
        enabled -= {"regabiwrappers", "regabiargs"}
    return tuple(f"goexperiment.{name}" for name in sorted(enabled))


class Matcher:
    """Answers of one build context to file names, tags and constraints, remembered by text."""

    def __init__(self, context: BuildContext, experiments: Iterable[str] = ()) -> None:
        self.context = context
        tags = {context.goos, context.goarch, "gc", *context.tags, *experiments}
        tags.update(release_tags(context.go_version))
        tags.update(feature_tags(context.goarch, context.arch_level))
        if context.cgo:
            tags.add("cgo")
        if context.goos in _IMPLIED_OS:
            tags.add(_IMPLIED_OS[context.goos])
        if context.goos in UNIX_OS:
            tags.add("unix")
        # The old name stands for the new one, and for nothing else.
        tags.discard("boringcrypto")
        if "goexperiment.boringcrypto" in tags:
            tags.add("boringcrypto")
        self.tags = frozenset(tags)
        self._known: dict[str, bool] = {}

    def tag(self, name: str) -> bool:
        """Whether a tag is satisfied."""
        return name in self.tags

    def name(self, tags: tuple[str, ...]) -> bool:
        """Whether a file with these `name_tags` belongs to the context."""
        return self.tags.issuperset(tags)

    def holds(self, constraints: tuple[Constraint, ...]) -> bool:
        """Whether all constraints hold."""
        return all(self._holds(c) for c in constraints)

    def cgo_condition(self, words: Iterable[str]) -> bool:
        """Whether one of the conditions of a `#cgo` line holds (`linux,amd64`, `!windows`)."""
        for word in words:
            try:
                old = not any(c in "&|()" for c in word)
                parsed = parse_plus_build(word) if old else parse_go_build(word)
            except ConstraintSyntaxError:
                continue
            if parsed is not None and parsed.holds(self.tag):
                return True
        return False

    def _holds(self, constraint: Constraint) -> bool:
        known = self._known.get(constraint.text)
        if known is None:
            known = self._known[constraint.text] = constraint.holds(self.tag)
        return known


def _features(goarch: str, level: str) -> list[str]:
    if goarch in ("386", "mips", "mipsle", "mips64", "mips64le"):
        return [level]
    if goarch == "riscv64":
        known = level if level in _RISCV_PROFILES else _RISCV_PROFILES[0]
        return list(_RISCV_PROFILES[: _RISCV_PROFILES.index(known) + 1])
    numbers = [int(n) for n in re.findall(r"\d{1,2}", level)]
    if goarch == "arm64":
        return _arm64_features(*(numbers if len(numbers) == 2 else (8, 0)))  # noqa: PLR2004
    prefix, low = {"amd64": ("v", 1), "arm": ("", 5)}.get(goarch, ("power", 8))
    return [f"{prefix}{n}" for n in range(low, (numbers or [low])[0] + 1)]


def _arm64_features(major: int, minor: int) -> list[str]:
    features = [f"v{major}.{n}" for n in range(minor + 1)]
    if major == 9:  # noqa: PLR2004 - v9.x includes v8.(x+5)
        features += [f"v8.{n}" for n in range(min(minor + 5, 9) + 1)]
    return features


def _switch(enabled: set[str], names: tuple[str, ...], *, on: bool) -> None:
    if on:
        enabled.update(names)
    else:
        enabled.difference_update(names)


def _baseline(context: BuildContext, exp_go: bytes | None) -> set[str]:
    conditions = {
        "true": True,
        "regabiSupported": context.goarch in _REGISTER_ABI,
        "regabiAlwaysOn": context.goarch in _REGISTER_ABI,
        "dwarf5Supported": context.goos not in _WITHOUT_DWARF5,
        "haveXchg8": context.goarch in _HAS_XCHG8,
    }
    text = exp_go.decode("utf-8", "replace") if exp_go else ""
    block = _BASELINE.search(text)
    if block is None:
        return {"regabiwrappers", "regabiargs"} if conditions["regabiSupported"] else set()
    flags = _BASELINE_FLAG.findall(block[1])
    return {name.lower() for name, value in flags if conditions.get(value, False)}


def links_externally(context: BuildContext) -> bool:
    """Whether programs need the C linker, also those without cgo (externalLinkingReason)."""
    if context.goos == "android" and context.goarch != "arm64":
        return True
    if context.goos == "ios" and context.goarch == "arm64":
        return True
    return context.goos in _DEFAULT_PIE and context.platform not in _INTERNAL_PIE
