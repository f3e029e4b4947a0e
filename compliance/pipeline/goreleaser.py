"""What a .goreleaser.yaml builds: https://goreleaser.com/customization/builds/go/.

Each entry of `builds` is a set of targets (GOOS, GOARCH and the level of the architecture) with
tags, flags and variables of its own. Defaults and rules are those of GoReleaser 2: a pair that Go
does not know is left out, `targets` replaces the lists, `overrides` changes one target.

The file is a template as well. What depends on the machine that releases (`{{ .Env.X }}`, `$X`) is
not known here: a value that only tunes a build is left out and said; a value that decides what is
built leaves its build out, which is never a pass.
"""

from __future__ import annotations

import posixpath
import shlex
from collections.abc import Iterator, Mapping

from compliance import patterns as re
from compliance.findings import Finding, Location, Severity
from compliance.golang import PLATFORMS
from compliance.pipeline.linkflags import Linking, linking_of_flags
from compliance.policy import (
    YamlMapping,
    YamlScalar,
    YamlSequence,
    YamlValue,
    nearest,
    read_yaml,
    refuse,
    shown,
)
from compliance.value import dataclass

MOST_TARGETS = 2_000
"""Targets of one file; every pair that Go knows, for forty programs."""

_LEVELS = {
    "386": ("go386", "sse2"), "amd64": ("goamd64", "v1"), "arm": ("goarm", "6"),
    "arm64": ("goarm64", "v8.0"), "mips": ("gomips", "hardfloat"),
    "mipsle": ("gomips", "hardfloat"), "mips64": ("gomips", "hardfloat"),
    "mips64le": ("gomips", "hardfloat"), "ppc64": ("goppc64", "power8"),
    "ppc64le": ("goppc64", "power8"), "riscv64": ("goriscv64", "rva20u64"),
}  # fmt: skip
"""Key of the levels of an architecture, and the level where none is named."""

_KEYS = tuple(dict.fromkeys(key for key, _ in _LEVELS.values()))
_DEFAULT_OS = ("linux", "darwin", "windows")
_DEFAULT_ARCH = ("amd64", "arm64", "386")
_FIRST_CLASS = (
    "darwin_amd64", "darwin_arm64", "linux_386", "linux_amd64", "linux_arm", "linux_arm64",
    "windows_386", "windows_amd64",
)  # fmt: skip
_NOT_RELEASED = frozenset(
    ("freebsd/riscv64", "ios/amd64", "linux/sparc64", "openbsd/mips64", "openbsd/ppc64")
)
"""Pairs that Go builds and GoReleaser leaves out of `goos` times `goarch`."""

_OS = frozenset(p.partition("/")[0] for p in PLATFORMS)
_ARCH = frozenset(p.partition("/")[2] for p in PLATFORMS) | {"sparc"}
_FIELD = re.compile(r"\{\{-?\s*\.(Os|Arch|ProjectName)\s*-?\}\}")
_TEMPLATE = re.compile(r"\{\{.*?\}\}")
_VARIABLE = re.compile(r"\$(?:\w|\{)")
_TOOLCHAIN_FLAGS = frozenset({"modfile", "overlay", "C"})
"""Flags of `go build` that change which files are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One program for one platform.

    `folder` is the folder in which the go command runs, `main` the package below it (`.`, `./x`,
    `./...`). `tags` is None where no flag names tags, `environ` are the variables of this build,
    `mod` its -mod flag; `line` is where the build stands in the file; `linking` is what its flags
    say of the linker.
    """

    folder: str
    main: str
    goos: str
    goarch: str
    level: str
    tags: tuple[str, ...] | None
    environ: Mapping[str, str]
    mod: str
    line: int
    linking: Linking


@dataclass(frozen=True, slots=True, kw_only=True)
class Releases:
    """All targets of a file, in its order, and what could not be known."""

    targets: tuple[Target, ...]
    findings: tuple[Finding, ...]


def read_releases(name: str, data: bytes) -> Releases:
    """Read the builds of a file.

    Args:
        name: Of the file, for messages.
        data: Its content.

    Raises:
        UsageError: `NAME:LINE: message` for the first mistake; also when no Go program is built.
    """
    return _Reader(name).read(data)


class _UnknownError(Exception):
    """A template whose value is not known here."""

    def __init__(self, value: YamlScalar) -> None:
        super().__init__(value.text)
        self.value = value


@dataclass(frozen=True, slots=True)
class _Details:
    """What one target may change."""

    tags: YamlValue | None
    flags: YamlValue | None
    env: tuple[YamlValue, ...]
    ldflags: YamlValue | None
    buildmode: YamlValue | None


class _Reader:
    """One file."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.findings: list[Finding] = []
        self.project = ""
        self.folder = "."
        self.env: tuple[YamlValue, ...] = ()

    def read(self, data: bytes) -> Releases:
        top = read_yaml(self.name, data, foreign=True)
        self.project = self._word(top, "project_name") or ""
        self.env = tuple(v for v in (top.get("env"),) if v is not None)
        monorepo = top.get("monorepo")
        if isinstance(monorepo, YamlMapping):
            self.folder = self._word(monorepo, "dir") or "."
        for key in ("includes",):
            if (value := top.get(key)) is not None:
                self._unknown(value.line, f"`{key}` brings in other files, which are not read")
        targets: list[Target] = []
        for build in self._builds(top):
            targets += self._build(build)
            if len(targets) > MOST_TARGETS:
                refuse(self.name, build.line, f"more than {MOST_TARGETS} targets")
        if not targets and not self.findings:
            refuse(self.name, top.line, "builds no Go program")
        unique = dict.fromkeys((f.message, f) for f in self.findings)
        return Releases(targets=tuple(targets), findings=tuple(f for _, f in unique))

    def _builds(self, top: YamlMapping) -> list[YamlMapping]:
        """The entries of `builds`, or of `build` as files of version 1 have it."""
        value = top.get("builds")
        if value is None and isinstance(single := top.get("build"), YamlMapping):
            value = YamlSequence((single,), single.line)
        if value is None or (isinstance(value, YamlScalar) and not value.text):
            return [YamlMapping((), top.line)]
        if not isinstance(value, YamlSequence):
            refuse(self.name, value.line, "builds: want a list")
        for item in value.items:
            if not isinstance(item, YamlMapping):
                refuse(self.name, item.line, "builds: want `key: value` lines in each entry")
        return [i for i in value.items if isinstance(i, YamlMapping)]

    def _build(self, build: YamlMapping) -> Iterator[Target]:
        builder = self._word(build, "builder") or "go"
        if builder != "go":
            self._unknown(build.line, f"a build by {shown(builder)} is not read", Severity.PASS)
            return
        skip = build.get("skip")
        if isinstance(skip, YamlScalar) and skip.text:
            if skip.text in ("true", "yes"):
                return
            if "{{" in skip.text:
                self._tuning(skip, "`skip`", "the build counts")
        folder, main = build.get("dir"), build.get("main")
        details = _Details(
            build.get("tags"), build.get("flags"), self._env(build), build.get("ldflags"),
            build.get("buildmode"),
        )  # fmt: skip
        try:
            for goos, goarch, level in self._platforms(build):
                place = self._text(folder, "dir", goos, goarch) or self.folder
                package = self._text(main, "main", goos, goarch) or "."
                own = self._overridden(build, details, goos, goarch, level)
                flags, mod = self._flags(own.flags, goos, goarch)
                tags = self._tags(own.tags, goos, goarch)
                yield Target(
                    folder=posixpath.normpath(place), main=package, goos=goos, goarch=goarch,
                    level=level, tags=flags if tags is None else tags,
                    environ=self._environ(own.env, goos, goarch), mod=mod, line=build.line,
                    linking=self._linking(own, goos, goarch, build.line),
                )  # fmt: skip
        except _UnknownError as unknown:
            text = shown(unknown.value.text)
            self._unknown(
                unknown.value.line,
                f"what {text} gives is known only where it is released, so this build is not read",
                Severity.BLOCK,
            )

    def _env(self, build: YamlMapping) -> tuple[YamlValue, ...]:
        own = build.get("env")
        return (*self.env, own) if own is not None else self.env

    # Platforms

    def _platforms(self, build: YamlMapping) -> list[tuple[str, str, str]]:
        named = self._list(build.get("targets"), "targets")
        if named:
            return self._named(named)
        systems = self._list(build.get("goos"), "goos") or _default(_DEFAULT_OS)
        machines = self._list(build.get("goarch"), "goarch") or _default(_DEFAULT_ARCH)
        ignored = self._ignored(build)
        found = []
        for goos in systems:
            self._check(goos, _OS, "goos")
            for goarch in machines:
                self._check(goarch, _ARCH, "goarch")
                pair = f"{goos.text}/{goarch.text}"
                if pair not in PLATFORMS or pair in _NOT_RELEASED:
                    continue
                for level in self._levels(build, goarch.text):
                    target = {"goos": goos.text, "goarch": goarch.text}
                    if goarch.text in _LEVELS:
                        target[_LEVELS[goarch.text][0]] = level
                    if not any(_covers(i, target) for i in ignored):
                        found.append((goos.text, goarch.text, level))
        return found

    def _levels(self, build: YamlMapping, goarch: str) -> list[str]:
        if goarch not in _LEVELS:
            return [""]
        key, default = _LEVELS[goarch]
        found = self._list(build.get(key), key)
        for value in found:
            self._known(value)
        return [v.text for v in found] or [default]

    def _ignored(self, build: YamlMapping) -> list[dict[str, str]]:
        value = build.get("ignore")
        if value is None:
            return []
        if not isinstance(value, YamlSequence):
            refuse(self.name, value.line, "ignore: want a list")
        found = []
        for item in value.items:
            if not isinstance(item, YamlMapping):
                refuse(self.name, item.line, "ignore: want `goos: x` and `goarch: y` in each entry")
            wanted = {}
            for key in ("goos", "goarch", *_KEYS):
                if word := self._word(item, key):
                    wanted[key] = word
            found.append(wanted)
        return found

    def _named(self, named: list[YamlScalar]) -> list[tuple[str, str, str]]:
        """`linux_amd64_v1` and the like, each once, sorted as GoReleaser does."""
        words: dict[str, int] = {}
        for value in named:
            self._known(value)
            several = value.text in ("go_first_class", "go_118_first_class")
            for word in _FIRST_CLASS if several else (value.text,):
                words.setdefault(word, value.line)
        found: dict[tuple[str, str, str], None] = {}
        for word, line in words.items():
            goos, _, rest = word.partition("_")
            goarch, _, level = rest.partition("_")
            if f"{goos}/{goarch}" not in PLATFORMS:
                refuse(self.name, line, f"targets: {shown(word)} is no platform that Go knows")
            level = level or _LEVELS.get(goarch, ("", ""))[1]
            found[goos, goarch, level] = None
        return sorted(found)

    def _check(self, value: YamlScalar, known: frozenset[str], key: str) -> None:
        self._known(value)
        if value.text not in known:
            near = nearest(value.text, known)
            refuse(self.name, value.line, f"{key}: no such value: {shown(value.text)}{near}")

    def _known(self, value: YamlScalar) -> None:
        if "{{" in value.text:
            raise _UnknownError(value)

    # What tunes a target

    def _overridden(
        self, build: YamlMapping, details: _Details, goos: str, goarch: str, level: str
    ) -> _Details:
        value = build.get("overrides")
        if value is None:
            return details
        if not isinstance(value, YamlSequence):
            refuse(self.name, value.line, "overrides: want a list")
        for item in value.items:
            if not isinstance(item, YamlMapping):
                refuse(self.name, item.line, "overrides: want `key: value` lines in each entry")
            key, default = _LEVELS.get(goarch, ("", ""))
            wanted = (self._word(item, key) or default) if key else ""
            same = (self._word(item, "goos"), self._word(item, "goarch"), wanted)
            if same == (goos, goarch, level):
                env = item.get("env")
                return _Details(
                    item.get("tags") or details.tags,
                    item.get("flags") or details.flags,
                    (*details.env, env) if env is not None else details.env,
                    item.get("ldflags") or details.ldflags,
                    item.get("buildmode") or details.buildmode,
                )
        return details

    def _tags(self, value: YamlValue | None, goos: str, goarch: str) -> tuple[str, ...] | None:
        words = self._words(value, "tags", goos, goarch)
        return _split(" ".join(words)) if words else None

    def _flags(
        self, value: YamlValue | None, goos: str, goarch: str
    ) -> tuple[tuple[str, ...] | None, str]:
        """Tags and -mod that the flags of `go build` name; the last of each counts."""
        tags: tuple[str, ...] | None = None
        mod = ""
        words = iter(self._words(value, "flags", goos, goarch))
        for word in words:
            name, equals, text = word.lstrip("-").partition("=")
            if name in _TOOLCHAIN_FLAGS:
                line = value.line if value else 1
                raise _UnknownError(YamlScalar(f"-{name}", True, line))
            if word.startswith("-") and name in ("tags", "mod"):
                found = text if equals else next(words, "")
                if name == "tags":
                    tags = _split(found)
                else:
                    mod = found
        return tags, mod

    def _linking(self, own: _Details, goos: str, goarch: str, line: int) -> Linking:
        """Mode and linker flags; what a template leaves open there is no flag for the linker."""
        place, flags = line, []
        for value, key in ((own.flags, "flags"), (own.ldflags, "ldflags")):
            items = self._list(value, key, text=True)
            words = " ".join(
                _TEMPLATE.sub("x", _filled(i.text, self.project, goos, goarch)) for i in items
            )
            if key == "ldflags" and items:
                flags.append(("ldflags", words))
            if key == "flags":
                flags += _pairs(words)
            if ("-static" in words or "-buildmode" in words) and value is not None:
                place = value.line
        if isinstance(own.buildmode, YamlScalar) and own.buildmode.text:
            flags.append(("buildmode", own.buildmode.text))
            place = own.buildmode.line
        environ = {}
        for item in (i for v in own.env for i in self._list(v, "env")):
            name, _, text = item.text.partition("=")
            if name == "CGO_LDFLAGS":
                environ = {name: _TEMPLATE.sub("x", text)}
                place = item.line if "-static" in text else place
        return linking_of_flags(flags, environ, (self.name, place))

    def _words(self, value: YamlValue | None, key: str, goos: str, goarch: str) -> list[str]:
        """Words of a list, or of one text that a shell would split; unknown ones are said."""
        found: list[str] = []
        for item in self._list(value, key, text=True):
            word = _filled(item.text, self.project, goos, goarch)
            if "{{" in word:
                self._tuning(item, f"`{key}`", "it is left out")
                continue
            try:
                found += shlex.split(word)
            except ValueError:
                refuse(self.name, item.line, f"{key}: a quote is not closed: {shown(word)}")
        return found

    def _environ(self, values: tuple[YamlValue, ...], goos: str, goarch: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for item in (i for v in values for i in self._list(v, "env")):
            name, equals, text = _filled(item.text, self.project, goos, goarch).partition("=")
            if not equals:
                continue
            if "{{" in name + text or _VARIABLE.search(text):
                if name.startswith(("GO", "CGO_", "CC")) or "{{" in name:
                    self._tuning(item, "`env`", "the variable counts as not set")
                continue
            found[name] = text
        return found

    # Values

    def _word(self, mapping: YamlMapping, key: str) -> str | None:
        value = mapping.get(key)
        if value is None:
            return None
        if not isinstance(value, YamlScalar):
            refuse(self.name, value.line, f"{key}: want one word")
        return value.text

    def _text(self, value: YamlValue | None, key: str, goos: str, goarch: str) -> str:
        if value is None:
            return ""
        if not isinstance(value, YamlScalar):
            refuse(self.name, value.line, f"{key}: want one word")
        text = _filled(value.text, self.project, goos, goarch)
        if "{{" in text:
            raise _UnknownError(value)
        return text

    def _list(self, value: YamlValue | None, key: str, *, text: bool = False) -> list[YamlScalar]:
        if value is None or (isinstance(value, YamlScalar) and not value.text):
            return []
        if isinstance(value, YamlScalar) and text:
            return [value]
        if not isinstance(value, YamlSequence):
            refuse(self.name, value.line, f"{key}: want a list")
        found = []
        for item in value.items:
            if not isinstance(item, YamlScalar):
                refuse(self.name, item.line, f"{key}: want a list of words")
            found.append(item)
        return found

    def _tuning(self, value: YamlScalar, what: str, instead: str) -> None:
        message = f"what {shown(value.text)} gives in {what} is known only where it is released"
        self._unknown(value.line, f"{message}: {instead}")

    def _unknown(self, line: int, message: str, severity: Severity = Severity.WARN) -> None:
        self.findings.append(
            Finding(
                code="build-undetermined",
                severity=severity,
                message=message,
                remedy="name the programs with --main and --platform, or write the value out",
                location=Location(file=self.name, line=line),
            )
        )


def _default(words: tuple[str, ...]) -> list[YamlScalar]:
    return [YamlScalar(word, True, 1) for word in words]


def _covers(wanted: dict[str, str], target: dict[str, str]) -> bool:
    return all(target.get(key, "") == value for key, value in wanted.items())


def _pairs(text: str) -> list[tuple[str, str]]:
    """(name, value) of flags; a value may be a word of its own."""
    try:
        words = shlex.split(text)
    except ValueError:  # said where the flags are read
        words = text.split()
    found: list[tuple[str, str]] = []
    for i, word in enumerate(words):
        name, equals, value = word.lstrip("-").partition("=")
        if word.startswith("-") and name in ("buildmode", "ldflags"):
            found.append((name, value if equals else "".join(words[i + 1 : i + 2])))
    return found


def _split(text: str) -> tuple[str, ...]:
    return tuple(sorted(set(text.replace(",", " ").split())))


def _filled(text: str, project: str, goos: str, goarch: str) -> str:
    """The template with what is known of a target; {{ marks what is not."""
    known = {"Os": goos, "Arch": goarch, "ProjectName": project}
    return _FIELD.sub(lambda m: known[m[1]] or m[0], text)
