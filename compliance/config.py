"""ScanRequest: what a run is asked to do. The only reader of the environment.

A scan depends on its request and on the bytes it reads, on nothing else: no clock, no current
folder, no environment variable is looked at later.
"""

from __future__ import annotations

import datetime
import os
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from compliance import patterns as re
from compliance.errors import UsageError
from compliance.value import dataclass, field

PROFILES = ("saas", "internal", "on-prem", "image", "library", "firmware", "browser")
FAIL_ON = ("block", "review", "warn", "never")
DEFAULT_FORMATS = ("spdx-json", "html", "json")
BillScope = Literal["build", "source"]
"""What bills list. `build`: what is in the artifacts. `source`: the whole build list, tests and
tools included."""
_WORD = re.compile(r"[\w.]{1,100}")
_DIGEST = re.compile(r"[0-9a-fA-F]{32,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformSpec:
    """`GOOS/GOARCH[,cgo|nocgo][,tag...]`; `cgo` is None where the go command's default holds."""

    goos: str
    goarch: str
    cgo: bool | None = None
    tags: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> PlatformSpec:
        """Read the value of `--platform`. Raises UsageError."""
        head, *rest = text.split(",")
        goos, slash, goarch = head.partition("/")
        words = (goos, goarch, *rest)
        if not slash or any(
            not w or not w.replace(".", "").replace("_", "").isalnum() for w in words
        ):
            raise UsageError(f"--platform {text}: want GOOS/GOARCH[,cgo|nocgo][,tag...]")
        from compliance.golang import OTHER_TOOLCHAINS, PLATFORMS

        if not OTHER_TOOLCHAINS.isdisjoint((goos, *rest)):
            raise UsageError(
                f"--platform {text}: programs of TinyGo and TamaGo are not judged; these compilers"
                " bring a standard library of their own"
            )
        if head not in PLATFORMS:  # go list takes any word, go build refuses
            from compliance.policy import nearest

            raise UsageError(
                f"--platform {text}: Go builds for no {head}{nearest(head, PLATFORMS)}"
            )
        if "cgo" in rest and "nocgo" in rest:
            raise UsageError(f"--platform {text}: cgo and nocgo exclude each other")
        cgo = True if "cgo" in rest else False if "nocgo" in rest else None
        tags = tuple(sorted({t for t in rest if t not in ("cgo", "nocgo")}))
        return cls(goos=goos, goarch=goarch, cgo=cgo, tags=tags)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanRequest:
    """All that a command is asked.

    `root` is an absolute path, `shown` the path as the user wrote it. `as_of` is the day on which
    waivers and change dates are judged, `day_named` whether a flag says so, `epoch` the value of
    SOURCE_DATE_EPOCH (seconds) or None.
    `environ` is the environment that Go's settings are read from. `cache` is our cache folder.
    `formats` are the outputs that are written: a notice among them satisfies duties. `matrix` is
    the file whose builds are read, `compare` the executable that the answer is compared with, both
    as the user wrote them. `verify_vendor` has published modules fetched, to compare vendored
    code with them. `ask_latest` has the proxies asked which versions are retracted, where otherwise
    what the caches know is enough. `policy_approved` are digests of edits of the policy (see
    `pipeline.edits.digest_of`) that the caller vouches for.
    """

    root: str
    shown: str
    as_of: datetime.date
    environ: Mapping[str, str] = field(repr=False)
    home: str
    cache: str
    command: str
    epoch: int | None = None
    day_named: bool = False
    mains: tuple[str, ...] = ()
    platforms: tuple[PlatformSpec, ...] = ()
    matrix: str | None = None
    compare: str | None = None
    policies: tuple[str, ...] = ()
    profile: str | None = None
    outbound: str | None = None
    base: str | None = None
    policy_approved: tuple[str, ...] = ()
    fail_on: str = "block"
    offline: bool = False
    goproxy: str | None = None
    run_goauth: bool = False
    verify_vendor: bool = False
    ask_latest: bool = False
    formats: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanOptions:
    """The flags of a command as they were given; defaults are those of `--help`."""

    path: str = "."
    mains: Sequence[str] = ()
    platforms: Sequence[str] = ()
    matrix: str | None = None
    compare: str | None = None
    policies: Sequence[str] = ()
    profile: str | None = None
    outbound: str | None = None
    base: str | None = None
    policy_approved: Sequence[str] = ()
    fail_on: str = "block"
    offline: bool = False
    goproxy: str | None = None
    run_goauth: bool = False
    verify_vendor: bool = False
    as_of: str | None = None


def environment() -> Mapping[str, str]:
    """The process environment, once."""
    return dict(os.environ)


def scan_request(options: ScanOptions, *, today: datetime.date) -> ScanRequest:
    """Turn flags and environment into a request. Raises UsageError for what cannot be meant."""
    if options.matrix and options.platforms:
        raise UsageError("--matrix and --platform exclude each other")
    environ = environment()
    home = home_folder(environ)
    epoch = _epoch(environ)
    return ScanRequest(
        root=str(_folder(options.path)),
        shown=options.path,
        as_of=_as_of(options.as_of, epoch, today),
        epoch=epoch,
        day_named=bool(options.as_of),
        environ=environ,
        home=home,
        cache=cache_folder(environ, home),
        command=_command(options),
        mains=tuple(options.mains),
        platforms=tuple(PlatformSpec.parse(p) for p in options.platforms),
        matrix=options.matrix,
        verify_vendor=options.verify_vendor,
        compare=options.compare,
        policies=tuple(options.policies),
        profile=options.profile,
        outbound=_outbound(options.outbound),
        base=options.base,
        policy_approved=tuple(map(_digest, options.policy_approved)),
        fail_on=options.fail_on,
        offline=options.offline,
        goproxy=options.goproxy,
        run_goauth=options.run_goauth,
    )


def _outbound(given: str | None) -> str | None:
    if given is None:
        return None
    from compliance.policy import outbound_license

    return outbound_license(given)


def _digest(given: str) -> str:
    if not _DIGEST.fullmatch(given):
        shown = given.encode("ascii", "backslashreplace").decode("ascii")
        raise UsageError(
            f"--policy-approved {shown[:80]}: is no digest; the finding policy-relaxed names it"
        )
    return given.lower()


def own_cache() -> str:
    """Our cache folder, for commands that need nothing else of the environment."""
    environ = environment()
    return cache_folder(environ, home_folder(environ))


def home_folder(environ: Mapping[str, str]) -> str:
    """HOME, else what the system knows of the user; the root for a user that it does not know.

    A relative HOME is none: our cache would lie in the current folder, which may be scanned.
    """
    home = environ.get("HOME") or os.path.expanduser("~")  # noqa: PTH111 - pathlib raises
    return home if home.startswith("/") else "/"


def cache_folder(environ: Mapping[str, str], home: str) -> str:
    """COMPLIANCE_CACHE, else the XDG cache folder (https://specifications.freedesktop.org/basedir)."""
    if own := environ.get("COMPLIANCE_CACHE"):
        return str(Path(own).absolute())
    xdg = environ.get("XDG_CACHE_HOME", "")
    base = Path(xdg) if xdg.startswith("/") else Path(home) / ".cache"
    return str(base / "compliance")


def _command(options: ScanOptions) -> str:
    """The command as the record of a run shows it: what it means, not where it ran or wrote."""
    words = ["compliance", "scan", "."]
    many = (("--main", options.mains), ("--platform", options.platforms))
    more = (("--policy", options.policies), ("--policy-approved", options.policy_approved))
    for flag, values in (*many, *more):
        words += [word for value in values for word in (flag, value)]
    single = (
        ("--matrix", options.matrix),
        ("--compare", Path(options.compare).name if options.compare else None),
        ("--profile", options.profile),
        ("--outbound", options.outbound),
        ("--base", options.base),
        ("--as-of", options.as_of),
        ("--fail-on", options.fail_on if options.fail_on != "block" else None),
    )
    words += [word for flag, value in single if value for word in (flag, value)]
    words += ["--verify-vendor"] if options.verify_vendor else []
    words += ["--offline"] if options.offline else []
    return shlex.join(words)


def _folder(text: str) -> Path:
    path = Path(os.path.expanduser(text)).absolute()  # noqa: PTH111 - never raises
    if not path.exists():
        raise UsageError(f"{text}: no such folder")
    if not path.is_dir():
        raise UsageError(f"{text}: not a folder")
    return path.resolve()


def _epoch(environ: Mapping[str, str]) -> int | None:
    text = environ.get("SOURCE_DATE_EPOCH")
    if not text:
        return None
    try:
        seconds = int(text)
        datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    except (ValueError, OverflowError, OSError):
        raise UsageError(f"SOURCE_DATE_EPOCH={text}: not a number of seconds since 1970") from None
    return seconds


def named_day(text: str) -> datetime.date:
    """The day that --as-of names, such as 2026-11-23. Raises UsageError for anything else."""
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--as-of {text}: want a day such as 2026-11-23") from None


def _as_of(text: str | None, epoch: int | None, today: datetime.date) -> datetime.date:
    if text:
        return named_day(text)
    if epoch is not None:
        return datetime.datetime.fromtimestamp(epoch, datetime.UTC).date()
    return today
