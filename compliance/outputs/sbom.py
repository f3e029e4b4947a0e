"""ScanReport to the neutral bill of materials that all SBOM formats are written from."""

from __future__ import annotations

import functools
import gc
import hashlib
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import ParamSpec, TypeVar

from compliance.errors import UsageError
from compliance.outputs.document import BESIDE
from compliance.outputs.sbomelement import Elements
from compliance.outputs.sbomgraph import Beside, Keys, main_of, node_name, relations
from compliance.outputs.sbommodel import Agent, Element, LicenseText, Review, Sbom, Scope
from compliance.outputs.sbomtext import EPOCH, actor, clean, line, utc_time
from compliance.report import ArtifactReport, Component, ScanReport
from compliance.value import replace

_P = ParamSpec("_P")
_R = TypeVar("_R")

# Namespace of our version 5 UUIDs (RFC 4122, 4.3): itself derived from a URL.
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://spdx.org/spdxdocs/compliance")
# Spec 6.8 allows "anonymous" where there is no organisation to name.
_ANONYMOUS = Agent(name="anonymous")
SYSTEM_NOTE = (
    "Programs with cgo load the C library and the C runtime of the system that runs them, and on "
    "Windows and macOS its own libraries; these are no components here."
)
"""The rule for what the C toolchain links by itself (graph.C_RUNTIME)."""
_PIECE = 200
_NO_TEXT = "The text of this license is not part of the scanned sources."
_PROPRIETARY = (
    "All rights reserved. The supplier grants a license by separate agreement, if at all; this "
    "document grants none."
)


def without_collector(write: Callable[_P, _R]) -> Callable[_P, _R]:
    """Let a writer make its tree of values without the cyclic garbage collector.

    A bill holds up to a million small values and no cycle; walking them again and again while they
    are made would take half of the time.
    """

    @functools.wraps(write)
    def paused(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        enabled = gc.isenabled()
        gc.disable()
        try:
            return write(*args, **kwargs)
        finally:
            if enabled:
                gc.enable()

    return paused


@without_collector
def bill_of_materials(
    report: ScanReport, *, artifact: str | None = None, scope: Scope = "build"
) -> Sbom:
    """The bill of a whole repository, or of one artifact.

    Args:
        report: A scan.
        artifact: Name of the only artifact to describe; None for all of them.
        scope: `build` lists what is linked; `source` adds modules that only tests, tools or
            nothing of this run uses, and the toolchain.

    Raises:
        UsageError: if there is no such artifact.
    """
    artifacts = _artifacts(report, artifact)
    shown = [c for c in report.components if _shown(c, artifact, artifacts, scope)]
    made = Elements(report)
    mains = [c for c in shown if c.kind == "module" and c.module and c.module.main]
    taken = _Taken(made, shown, artifact)
    elements = taken.elements
    artifact_keys = {}
    for each in artifacts:
        element = made.artifact(each, main_of(each, mains))
        elements[element.key] = element
        artifact_keys[each.verdict.artifact.name] = element.key
    toolchain = made.toolchain() if scope == "source" and report.toolchain else None
    if toolchain:
        elements[toolchain.key] = toolchain
    keys = Keys(
        components=taken.components,
        artifacts=artifact_keys,
        standard_library=taken.standard_library,
        mains=tuple(m.path for m in sorted(mains, key=lambda m: m.path != report.subject.module)),
        beside=tuple(taken.beside),
        toolchain=toolchain.key if toolchain else None,
    )
    roots = _roots(keys, artifact, tuple(elements))
    sbom = Sbom(
        name=_name(report, artifact),
        version=made.main_version(),
        scope=scope,
        created=utc_time(report.created) or EPOCH,
        tool_version=line(report.tool.version).replace("-", "+") or "0",
        author=made.publisher or _ANONYMOUS,
        roots=roots,
        elements=tuple(elements[k] for k in sorted(elements)),
        relations=relations(report, keys, artifacts, roots),
        license_texts=_license_texts(made.refs, made.texts),
        complete=report.gate.outcome != "incomplete" and not report.gate.missing,
        notes=_notes(report, scope, shown),
        uuid="",
        reviews=_reviews(report, taken.purls, roots),
    )
    return replace(sbom, uuid=bill_uuid(sbom))


class _Taken:
    """The components of a bill as elements, and what the relations need to know of them."""

    def __init__(self, made: Elements, shown: Iterable[Component], artifact: str | None) -> None:
        """`shown` has modules before what lies in them."""
        self.elements: dict[str, Element] = {}
        self.components: dict[str, str] = {}
        self.purls: dict[str, str] = {}
        self.beside: list[Beside] = []
        self.standard_library: str | None = None
        for item in shown:
            element = self._element(made, item, artifact)
            self.elements[element.key] = element
            self.purls[item.purl] = element.key
            if item.kind == "standard-library":
                self.standard_library = element.key
            elif item.kind == "module":
                self.components[node_name(item)] = element.key

    def _element(self, made: Elements, item: Component, artifact: str | None) -> Element:
        if item.kind in ("module", "standard-library"):
            return made.component(item)
        uses = tuple(u for u in item.uses if artifact is None or artifact in u.artifacts)
        if item.kind in BESIDE:
            holder = self.elements.get(self.components.get(item.holder, ""))
            element = made.beside(replace(item, uses=uses), holder)
        else:
            element = made.component(item)
        self.beside.append(
            Beside(
                key=element.key, name=item.path, kind=element.kind, artifacts=item.artifacts,
                uses=uses if item.kind in BESIDE else item.uses, holder=item.holder,
            )
        )  # fmt: skip
        return element


def _artifacts(report: ScanReport, only: str | None) -> tuple[ArtifactReport, ...]:
    by_name = {a.verdict.artifact.name: a for a in report.artifacts}
    if only is None:
        return tuple(by_name[n] for n in sorted(by_name))
    if only not in by_name:
        raise UsageError(f"there is no artifact {only!r}; artifacts are {', '.join(by_name)}")
    return (by_name[only],)


def _shown(
    item: Component, only: str | None, artifacts: tuple[ArtifactReport, ...], scope: Scope
) -> bool:
    main = bool(item.module and item.module.main)
    if only is not None:
        linked = only in item.artifacts or node_name(item) in artifacts[0].modules
        return linked or (main and item is main_of(artifacts[0], (item,)))
    return item.scope == "linked" or scope == "source" or (main and not artifacts)


def _roots(keys: Keys, only: str | None, every: tuple[str, ...]) -> tuple[str, ...]:
    if only is not None:
        return (keys.artifacts[only],)
    mains = tuple(keys.components[m] for m in keys.mains)
    return mains or tuple(keys.artifacts.values()) or every[:1]


def _name(report: ScanReport, artifact: str | None) -> str:
    name = line(report.subject.name) or line(report.subject.module) or "unnamed"
    return f"{name}-{line(artifact)}" if artifact else name


def _reviews(
    report: ScanReport, purls: Mapping[str, str], roots: tuple[str, ...]
) -> tuple[Review, ...]:
    """Waivers, each with the component that it is about."""
    made = set()
    for finding in report.findings:
        waiver = finding.waiver
        subject = purls.get(finding.component or "", roots[0] if roots else None)
        if waiver is None or subject is None:
            continue
        said = (
            f"Waiver {waiver.id} ({waiver.state}) of {finding.code}: {waiver.reason}",
            f"ticket {waiver.ticket}, owner {waiver.owner}, expires {waiver.expires}.",
        )
        made.add(
            Review(
                subject=subject,
                date=utc_time(f"{waiver.created}T00:00:00Z") or utc_time(report.created) or EPOCH,
                reviewer=actor(waiver.approver) or "unknown",
                text=line("; ".join(said)),
            )
        )
    return tuple(sorted(made))


def _license_texts(refs: Mapping[str, str], texts: Mapping[str, str]) -> tuple[LicenseText, ...]:
    made = []
    for ref, spelling in refs.items():
        text = clean(texts.get(spelling, "")).strip()
        if not text:
            text = _PROPRIETARY if ref == "LicenseRef-proprietary" else _NO_TEXT
        made.append(LicenseText(id=ref, name=line(spelling) or ref, text=text))
    return tuple(sorted(made))


def _notes(report: ScanReport, scope: Scope, shown: list[Component]) -> tuple[str, ...]:
    """What the bill covers, and what is known to be missing or was not seen."""
    said = []
    platforms = sorted({line(c.label) for c in report.contexts})
    if platforms:
        said.append(f"Built for: {' '.join(platforms)}.")
    if any(p.cgo_files for c in report.cells if c.context.cgo for p in c.packages):
        said.append(SYSTEM_NOTE)
    left = len(report.components) - len(shown)
    if scope == "build" and left:
        said.append(f"{left} components of the build list are linked into nothing listed here.")
    said += [f"Missing: {line(m)}." for m in report.gate.missing]
    said += [f"Not seen: {line(f'{x.what}: {x.effect}'.rstrip('.'))}." for x in report.limits]
    return tuple(said)


def bill_uuid(sbom: Sbom) -> str:
    """Version 5 UUID over all of the content but the time of creation."""
    import msgspec

    encoder, room = msgspec.msgpack.Encoder(), bytearray()
    name = hashlib.sha1(_NAMESPACE.bytes, usedforsecurity=False)
    name.update(encoder.encode(replace(sbom, created="", uuid="", elements=(), relations=())))
    for parts in (sbom.elements, sbom.relations):  # a piece at a time: it stays in the cache
        for start in range(0, len(parts), _PIECE):
            encoder.encode_into(parts[start : start + _PIECE], room)
            name.update(room)
    return str(uuid.UUID(bytes=name.digest()[:16], version=5))
