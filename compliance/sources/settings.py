"""GoSettings: the effective configuration of the go command, read from where it reads it.

Order for each variable (https://pkg.go.dev/cmd/go#hdr-Environment_variables): process environment,
the user's go/env file, $GOROOT/go.env, the go command's derived default. Nothing is built in here
that names a host: the default GOPROXY and GOSUMDB stand in the go.env of a Go installation, so
without an installation and without a setting a run is offline.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from functools import partial

from compliance import patterns as re
from compliance.errors import UsageError
from compliance.golang import cgo_supported
from compliance.sources.goflags import GoFlags, parse_goflags
from compliance.sources.paths import is_file, is_folder, read_small
from compliance.value import dataclass, field, replace

_LINE = re.compile(r"([A-Z][^=]*)=(.*)")
_VERSION = re.compile(r"go(\d+(?:\.\d+)*(?:(?:rc|beta)\d+)?)")
_KNOWN_KEY = re.compile(r'"([^"\s]+)":\s*"([^"\s]+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+)"')

_ENVIRONMENT = "environment"
_DEFAULT = "default"
_UNSET = "not set"

_USUAL_ROOTS = (
    "/usr/local/go",
    "/usr/lib/go",
    "/usr/lib/golang",
    "/opt/go",
    "/opt/homebrew/opt/go/libexec",
)
"""Where installers and distributions put a Go tree when no `go` on PATH leads to one."""

_PLAIN = (
    "GO111MODULE", "GOAUTH", "GOBIN", "GOEXPERIMENT", "GOFIPS140", "GOFLAGS", "GOINSECURE",
    "GOPRIVATE", "GOPROXY", "GOSUMDB", "GOTOOLCHAIN", "GOVCS", "GOWORK", "CC", "CGO_ENABLED",
)  # fmt: skip
_LEVELS = {
    "386": ("GO386", "sse2"), "amd64": ("GOAMD64", "v1"), "arm": ("GOARM", "7"),
    "arm64": ("GOARM64", "v8.0"), "mips": ("GOMIPS", "hardfloat"),
    "mipsle": ("GOMIPS", "hardfloat"), "mips64": ("GOMIPS64", "hardfloat"),
    "mips64le": ("GOMIPS64", "hardfloat"), "ppc64": ("GOPPC64", "power8"),
    "ppc64le": ("GOPPC64", "power8"), "riscv64": ("GORISCV64", "rva20u64"),
    "wasm": ("GOWASM", ""),
}  # fmt: skip
_MACHINES = {
    "x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64", "i386": "386",
    "i486": "386", "i586": "386", "i686": "386", "loongarch64": "loong64", "ppc64le": "ppc64le",
    "ppc64": "ppc64", "riscv64": "riscv64", "s390x": "s390x",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One value and where it comes from: `environment`, a file, `default`, or another variable."""

    name: str
    value: str
    origin: str

    @property
    def shown(self) -> str:
        """The value as it may be printed: URLs without user and password."""
        return re.sub(r"://[^/@\s,|]*@", "://", self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class GoSettings:
    """Effective settings of the go command.

    `goroot` is None without a Go installation; `go_version` is its version (`1.26.8`) or "".
    `host` is (GOOS, GOARCH) of the installation, or of this machine. `compilers` says which of the
    C compilers that the go command would look for are on PATH. `git` is the git program on PATH,
    `search_path` the trusted folders of PATH. `netrc` is the file of credentials.
    `web_proxies` holds http_proxy, https_proxy and no_proxy of the environment. `known_keys` are
    the verifier keys of checksum databases that the installation knows, by name. `run_goauth`
    says that programs that GOAUTH names may run, with `environ`; none inside `untrusted` ever does.
    """

    values: Mapping[str, Setting]
    goroot: str | None
    go_version: str
    host: tuple[str, str]
    flags: GoFlags
    compilers: frozenset[str] = frozenset()
    netrc: str = ""
    git: str = ""
    search_path: str = ""
    web_proxies: Mapping[str, str] = field(default_factory=dict)
    known_keys: Mapping[str, str] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    untrusted: tuple[str, ...] = ()
    run_goauth: bool = False

    def get(self, name: str) -> str:
        """Effective value, "" when unset."""
        found = self.values.get(name)
        return found.value if found else ""

    def origin(self, name: str) -> str:
        """Where the effective value comes from."""
        found = self.values.get(name)
        return found.origin if found else _UNSET

    @property
    def goos(self) -> str:
        """GOOS of a build without further flags."""
        return self.get("GOOS")

    @property
    def goarch(self) -> str:
        """GOARCH of a build without further flags."""
        return self.get("GOARCH")

    @property
    def module_cache(self) -> str:
        """GOMODCACHE, "" when it cannot be located."""
        return self.get("GOMODCACHE")

    @property
    def standard_library(self) -> str | None:
        """GOROOT/src, or None without a Go installation."""
        return None if self.goroot is None else self.goroot.rstrip("/") + "/src"

    def cgo(self, goos: str, goarch: str) -> bool:
        """Whether cgo is on for a platform when nobody says so (cmd/go defaultContext).

        CGO_ENABLED decides; otherwise it is on where the platform is the host's, supports cgo, and
        CC is set or the default C compiler is on PATH.
        """
        explicit = self.get("CGO_ENABLED")
        if explicit in ("0", "1"):
            return explicit == "1"
        if (goos, goarch) != self.host or not cgo_supported(goos, goarch):
            return False
        return self.origin("CC") == _ENVIRONMENT or _default_cc(goos) in self.compilers

    def level(self, goarch: str) -> str:
        """GOAMD64, GOARM, ... as it counts for an architecture; "" where nobody sets it."""
        name, _ = _LEVELS.get(goarch, ("", ""))
        return self.get(name) if name else ""

    def with_environment(self, environ: Mapping[str, str]) -> GoSettings:
        """The same settings where one build has variables of its own.

        Raises UsageError when GOFLAGS among them cannot be read.
        """
        more = {k: Setting(name=k, value=v, origin=_ENVIRONMENT) for k, v in environ.items() if v}
        flags = self.flags
        if "GOFLAGS" in more:
            flags = parse_goflags(environ["GOFLAGS"], _ENVIRONMENT)
        return replace(self, values={**self.values, **more}, flags=flags)

    def with_goproxy(self, goproxy: str, origin: str) -> GoSettings:
        """The same settings with another GOPROXY."""
        setting = Setting(name="GOPROXY", value=goproxy, origin=origin)
        return replace(self, values={**self.values, "GOPROXY": setting})

    def trusts(self, path: str) -> bool:
        """Whether a path lies outside of the folders that never count."""
        return _outside(path, self.untrusted)

    def program(self, name: str) -> str:
        """A program by its absolute path, or by its name in the trusted folders of PATH.

        Raises:
            UsageError: There is none, or it lies inside the scanned tree.
        """
        places = [name] if name.startswith("/") else []
        if "/" not in name:
            places = [f"{folder}/{name}" for folder in self.search_path.split(":") if folder]
        for place in places:
            if is_file(place) and os.access(place, os.X_OK) and self.trusts(place):
                return place
        raise UsageError(f"{name}: no program of this name on PATH, or not to be trusted")


def go_settings(
    environ: Mapping[str, str], home: str, *, untrusted: tuple[str, ...] = ()
) -> GoSettings:
    """Read the effective settings.

    Args:
        environ: The process environment.
        home: The user's home folder.
        untrusted: Folders whose files never count, the scanned repository above all: a GOROOT or
            a `go` on PATH inside them is passed over.

    Raises:
        UsageError: GOFLAGS cannot be read.
    """
    reader = _Reader(environ, home, tuple(os.path.realpath(u) for u in untrusted))
    return reader.settings()


class _Reader:
    """The sources of settings of one run, each read once."""

    def __init__(self, environ: Mapping[str, str], home: str, untrusted: tuple[str, ...]) -> None:
        self._environ = environ
        self._home = home
        self._untrusted = untrusted
        self._user_file = self._find_user_file()
        self._user = _env_file(self._user_file)
        self.goroot = self._find_goroot()
        self._root_file = f"{self.goroot}/go.env" if self.goroot else ""
        self._root = _env_file(self._root_file)

    def settings(self) -> GoSettings:
        """Everything, defaults filled in."""
        host = _host(self.goroot)
        values = {name: self._lookup(name) for name in _PLAIN}
        put = partial(self._put, values)
        put("GOENV", self._user_file or "off")
        put("GOROOT", self.goroot or "")
        put("GOOS", host[0])
        put("GOARCH", host[1])
        gopath = self._default_gopath()
        put("GOPATH", gopath)
        first = values["GOPATH"].value.split(":")[0]
        put("GOMODCACHE", f"{first}/pkg/mod" if first else "")
        put("GOAUTH", "netrc")
        put("GOFIPS140", "off")
        for name in ("GONOPROXY", "GONOSUMDB"):
            private = values["GOPRIVATE"]
            put(name, private.value, "GOPRIVATE" if private.value else _DEFAULT)
        for name in sorted({name for name, _ in _LEVELS.values()}):
            found = self._lookup(name)
            if found.value:
                values[name] = found
        level, default = _LEVELS.get(values["GOARCH"].value, ("", ""))
        if level:
            put(level, default)
        flags = values["GOFLAGS"]
        return GoSettings(
            values=values,
            goroot=self.goroot,
            go_version=installed_version(self.goroot),
            host=host,
            flags=parse_goflags(flags.value, flags.origin),
            netrc=self._environ.get("NETRC") or (f"{self._home}/.netrc" if self._home else ""),
            git=self._on_path("git") or "",
            search_path=":".join(self._folders_on_path()),
            web_proxies=_web_proxies(self._environ),
            compilers=frozenset(cc for cc in ("gcc", "clang") if self._on_path(cc)),
            known_keys=_known_keys(self.goroot),
            environ=self._environ,
            untrusted=self._untrusted,
        )

    def _put(
        self, values: dict[str, Setting], name: str, default: str, origin: str = _DEFAULT
    ) -> None:
        """Set a variable that has a default other than empty."""
        found = self._lookup(name)
        if name == "GOENV":
            origin = _ENVIRONMENT if self._environ.get("GOENV") else _DEFAULT
            found = Setting(name=name, value=default, origin=origin)
        elif name == "GOROOT" or not found.value:
            origin = self._goroot_origin() if name == "GOROOT" else origin
            found = Setting(name=name, value=default, origin=origin)
        values[name] = found

    def _lookup(self, name: str) -> Setting:
        """A variable by the order of the sources; an empty value counts as unset."""
        sources = ((self._environ, _ENVIRONMENT), (self._user, self._user_file))
        for source, origin in sources:
            if source.get(name):
                return Setting(name=name, value=source[name], origin=origin)
        # An empty line in the user's file hides the line of $GOROOT/go.env.
        if name not in self._user and self._root.get(name):
            return Setting(name=name, value=self._root[name], origin=self._root_file)
        return Setting(name=name, value="", origin=_UNSET)

    def _find_user_file(self) -> str:
        """$GOENV, else go/env in os.UserConfigDir; "" when switched off."""
        named = self._environ.get("GOENV", "")
        if named:
            return "" if named == "off" else named
        if sys.platform == "darwin":
            return f"{self._home}/Library/Application Support/go/env"
        config = self._environ.get("XDG_CONFIG_HOME", "")
        if config:
            return f"{config}/go/env" if config.startswith("/") else ""
        return f"{self._home}/.config/go/env" if self._home else ""

    def _find_goroot(self) -> str | None:
        """The Go tree that the `go` on PATH would use, or one in the usual places."""
        for named in (self._environ.get("GOROOT"), self._user.get("GOROOT")):
            if named:
                root = os.path.normpath(named)
                return root if self._trusted(root) and is_goroot(root) else None
        for root in (*self._roots_on_path(), *self._usual_roots()):
            if self._trusted(root) and is_goroot(root):
                return root
        return None

    def _goroot_origin(self) -> str:
        if self._environ.get("GOROOT"):
            return _ENVIRONMENT
        return self._user_file if self._user.get("GOROOT") else _DEFAULT

    def _roots_on_path(self) -> Iterator[str]:
        """Candidates from the first `go` on PATH, as cmd/go derives them from its own location."""
        go = self._on_path("go")
        if go is None:
            return
        real = os.path.realpath(go)
        yield os.path.normpath(real + "/../..")
        yield os.path.normpath(real + "/../../..")
        # A wheel puts a small starter on PATH and the tree beside the other packages.
        prefix = os.path.normpath(go + "/../../lib")
        for name in _names(prefix):
            if name.startswith("python"):
                yield f"{prefix}/{name}/site-packages/go"

    def _usual_roots(self) -> Iterator[str]:
        yield from _USUAL_ROOTS
        versions = [n for n in _names("/usr/lib") if re.fullmatch(r"go-\d+\.\d+", n)]
        for name in sorted(versions, key=_version_key, reverse=True):
            yield f"/usr/lib/{name}"
        sdk = [n for n in _names(f"{self._home}/sdk") if n.startswith("go")]
        for name in sorted(sdk, key=_version_key, reverse=True):
            yield f"{self._home}/sdk/{name}"

    def _on_path(self, command: str) -> str | None:
        """First executable of that name in the folders of PATH that count."""
        for folder in self._folders_on_path():
            full = f"{folder}/{command}"
            if is_file(full) and os.access(full, os.X_OK) and self._trusted(full):
                return full
        return None

    def _folders_on_path(self) -> tuple[str, ...]:
        """Folders of PATH; relative and untrusted ones never count."""
        folders = self._environ.get("PATH", "").split(":")
        return tuple(f for f in folders if f.startswith("/") and self._trusted(f))

    def _trusted(self, path: str) -> bool:
        return _outside(path, self._untrusted)

    def _default_gopath(self) -> str:
        """$HOME/go, unless that is the Go tree itself (go/build defaultGOPATH)."""
        if not self._home:
            return ""
        path = os.path.normpath(f"{self._home}/go")
        return "" if self.goroot is not None and path == os.path.normpath(self.goroot) else path


def _outside(path: str, untrusted: tuple[str, ...]) -> bool:
    """Whether a path, links followed, lies outside of some folders."""
    real = os.path.realpath(path)
    return not any(real == u or real.startswith(u.rstrip("/") + "/") for u in untrusted)


def _env_file(path: str) -> dict[str, str]:
    """Lines `NAME=value` whose name begins with a capital; the last one of a name wins."""
    found: dict[str, str] = {}
    data = read_small(path) if path else None
    for line in (data or b"").decode("utf-8", "surrogateescape").split("\n"):
        if match := _LINE.fullmatch(line):
            found[match[1]] = match[2]
    return found


def is_goroot(path: str) -> bool:
    """Whether a folder is a Go tree."""
    return is_folder(path + "/src") and is_file(path + "/VERSION")


def installed_version(goroot: str | None) -> str:
    """Version on the first line of $GOROOT/VERSION, without `go`; "" when there is none."""
    data = read_small(f"{goroot}/VERSION") if goroot else None
    match = _VERSION.match((data or b"").decode("ascii", "replace"))
    return match[1] if match else ""


def _host(goroot: str | None) -> tuple[str, str]:
    """System and architecture of the installed tools, else of this machine."""
    tools = _names(f"{goroot}/pkg/tool") if goroot else []
    pairs = [tuple(t.split("_")) for t in tools if t.count("_") == 1]
    if len(pairs) == 1:
        return pairs[0][0], pairs[0][1]
    machine = os.uname().machine
    default = "arm" if machine.startswith("arm") else machine
    if machine.startswith("mips"):
        default = machine + ("le" if sys.byteorder == "little" else "")
    return sys.platform, _MACHINES.get(machine, default)


def _web_proxies(environ: Mapping[str, str]) -> dict[str, str]:
    """HTTP_PROXY, HTTPS_PROXY, NO_PROXY in either case (golang.org/x/net/http/httpproxy).

    HTTP_PROXY in capitals is set by the client of a CGI program, where REQUEST_METHOD is set too.
    """
    found = {}
    for name in ("http_proxy", "https_proxy", "no_proxy"):
        capitals = environ.get(name.upper(), "")
        if name == "http_proxy" and environ.get("REQUEST_METHOD"):
            capitals = ""
        if value := capitals or environ.get(name, ""):
            found[name] = value
    return found


def _default_cc(goos: str) -> str:
    return "clang" if goos in ("darwin", "ios", "freebsd", "openbsd") else "gcc"


def _known_keys(goroot: str | None) -> dict[str, str]:
    """Checksum databases whose key the installed go command knows, read from its own source."""
    path = f"{goroot}/src/cmd/go/internal/modfetch/key.go"
    text = (read_small(path) if goroot else None) or b""
    return dict(_KNOWN_KEY.findall(text.decode("utf-8", "replace")))


def _names(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _version_key(name: str) -> tuple[int, ...]:
    return tuple(int(n) for n in re.findall(r"\d+", name))
