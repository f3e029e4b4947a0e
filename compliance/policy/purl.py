"""Component patterns of policies: a package URL or id, with an optional version range.

`pkg:golang/example.com/x@<2`, `pkg:golang/example.com/x@v1.2.3`, `example.com/x@>=1.2,<1.5`, or the
id of a declared component. A name matches whole path elements: `example.com/x` covers
`example.com/x/sub` and not `example.com/xy`. Ranges compare semantic versions, the v is optional
(policy-model 8.16).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from compliance import patterns as re
from compliance.value import dataclass

Key = tuple[tuple[int, ...], int, tuple[tuple[int, int, str], ...]]

_RANGE = re.compile(r"(<=|>=|<|>|=)?\s*(v?\d[0-9A-Za-z.+-]*)")
_SEMVER = re.compile(
    r"v?(\d{1,18})(?:\.(\d{1,18}))?(?:\.(\d{1,18}))?(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?"
)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A name and the bounds its version has to meet; no bounds cover every version."""

    text: str
    name: str
    bounds: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, text: str) -> Pattern:
        """Read a pattern. Raises ValueError with the reason."""
        if "*" in text or "?" in text:
            raise ValueError("wildcards are not allowed; name the component")
        head, _, tail = text.partition("@") if not text.startswith("@") else (text, "", "")
        bounds = tuple(_bound(part.strip()) for part in tail.split(",")) if tail else ()
        if text.endswith("@"):
            raise ValueError("a version range is missing after @")
        if not _can_hold(bounds):
            raise ValueError(f"no version is {tail}")
        return cls(text, head.rstrip("/"), bounds)

    def covers(self, component: str) -> bool:
        """Whether it names a component: a package URL, a module or package path, or an id."""
        name, version = split(component)
        mine = bare(self.name)
        if not (name == mine or name.startswith(mine + "/")):
            return False
        return all(_holds(op, version, bound) for op, bound in self.bounds)


FORGES = frozenset({
    "github.com", "gitlab.com", "bitbucket.org", "codeberg.org", "gitee.com", "gitea.com",
    "git.sr.ht",
})  # fmt: skip
SHARED = frozenset({
    "golang.org", "golang.org/x", "google.golang.org", "gopkg.in", "k8s.io", "sigs.k8s.io",
    "cloud.google.com", "go.uber.org", "modernc.org", "launchpad.net", "code.google.com", "gitlab",
})  # fmt: skip
"""Hosts that hold the modules of many owners; on forges a module begins below host and owner."""


def too_wide(pattern: Pattern) -> bool:
    """Whether a name covers modules of more than one owner: a wildcard in disguise."""
    name = bare(pattern.name).rstrip("/")
    if name in ("", "pkg:golang", "pkg:") or name in SHARED:
        return True
    host, _, rest = name.partition("/")
    return host in FORGES and "/" not in rest


def same_owner(path: str, others: Iterable[str]) -> bool:
    """Whether a module path belongs to the owner of one of others, as far as paths can tell.

    One without a dot in its first element is nobody's but the repository's: it cannot be fetched
    (https://go.dev/ref/mod#module-path).
    """
    return "." not in path.partition("/")[0] or _owner(path) in {_owner(o) for o in others}


def _owner(path: str) -> str:
    host, _, rest = path.partition("/")
    if host in FORGES:
        return f"{host}/{rest.partition('/')[0]}"
    return path if host in SHARED else host


def bare(name: str) -> str:
    """A name without the `pkg:golang/` in front of it."""
    return name.removeprefix("pkg:golang/")


@lru_cache(maxsize=16_384)
def split(component: str) -> tuple[str, str]:
    """Name without `pkg:golang/`, and version ("" where there is none)."""
    name, _, version = bare(component).partition("@")
    return name, version.partition("?")[0].replace("%2B", "+")


def _bound(text: str) -> tuple[str, str]:
    found = _RANGE.fullmatch(text)
    if not found or not _SEMVER.fullmatch(found[2]):
        raise ValueError(f"{text or 'nothing'} is no version range; write <2, >=1.2 or v1.2.3")
    return found[1] or "=", found[2]


def _can_hold(bounds: tuple[tuple[str, str], ...]) -> bool:
    """Whether any version meets all bounds."""
    low = [(_key(v), op == ">") for op, v in bounds if op in (">", ">=", "=")]
    high = [(_key(v), op != "<") for op, v in bounds if op in ("<", "<=", "=")]
    if not low or not high:
        return True
    (least, above), (most, reached) = max(low), min(high)
    return least < most or (least == most and not above and reached)


def _holds(op: str, version: str, bound: str) -> bool:
    """Unknown versions meet no bound: a waiver for `<2` says nothing of what has no version."""
    if not _SEMVER.fullmatch(version):
        return False
    mine, other = _key(version), _key(bound)
    return {
        "<": mine < other, "<=": mine <= other, ">": mine > other, ">=": mine >= other,
        "=": mine == other,
    }[op]  # fmt: skip


def _key(version: str) -> Key:
    """Precedence of semantic versions (https://semver.org, section 11)."""
    found = _SEMVER.fullmatch(version)
    if found is None:
        return (), 0, ()
    numbers = tuple(int(n or 0) for n in found.group(1, 2, 3))
    pre = tuple(
        (0, int(p), "") if p.isdigit() else (1, 0, p) for p in (found[4] or "").split(".") if p
    )
    return numbers, 0 if pre else 1, pre
