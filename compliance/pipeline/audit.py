"""`compliance proxies audit`: the modules of the build list, as several mirrors serve them."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from compliance.config import ScanRequest
from compliance.errors import UsageError
from compliance.findings import Finding, Severity
from compliance.integrity import PARTS, SHOWN_VERSIONS, ModuleAudit, Part, Sample, summarize
from compliance.pipeline.inventory import Say, take_inventory
from compliance.pipeline.listings import is_missing
from compliance.report import MirrorAudit
from compliance.sources import Mirror, Transport, audit_module, mirror_urls, pace
from compliance.value import dataclass, replace

if TYPE_CHECKING:
    from compliance.golang import ModuleVersion

WORKERS = 4
"""Modules that are audited at the same time: polite, and enough where the rate is the limit."""
KEPT_SECONDS = 24 * 3600
"""How long the answers of an interrupted run count: mirrors change."""
_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRequest:
    """What to audit: mirrors (else those of GOPROXY), parts, requests a second to each mirror."""

    scan: ScanRequest
    mirrors: tuple[str, ...] = ()
    parts: tuple[Part, ...] = PARTS
    rate: float = 20.0


def audit_mirrors(request: AuditRequest, say: Say) -> MirrorAudit:
    """Ask every mirror for every module of the build list.

    Answers are kept while the audit is under way, so that an interrupted one goes on where it
    stopped, and one that had failures asks only for what failed.

    Raises:
        UsageError: No mirror, or offline.
    """
    if request.scan.offline:
        raise UsageError("proxies audit asks mirrors: it cannot be --offline")
    inventory = take_inventory(request.scan, say)
    urls = mirror_urls(inventory.settings, request.mirrors)
    once = Transport.of(inventory.settings, request.scan.cache, attempts=1)
    acquirer = replace(inventory.acquirer, transport=once, trace=None)
    mirrors = [Mirror(number=n, url=u, wait=pace(request.rate)) for n, u in enumerate(urls)]
    modules = sorted(
        {m.source for m in inventory.build.modules if m.source and not m.main and not m.folder}
    )
    memory = _Memory(request, urls, modules)
    kept = memory.load()
    waiting = [m for m in modules if m not in kept]
    audits = dict(kept)

    def one(module: ModuleVersion) -> ModuleAudit:
        return audit_module(acquirer, module, mirrors, request.parts)

    from concurrent.futures import ThreadPoolExecutor, as_completed

    with ThreadPoolExecutor(WORKERS) as pool:
        running = [pool.submit(one, m) for m in waiting]
        try:
            for number, done in enumerate(as_completed(running), 1):
                audit = done.result()
                audits[audit.module] = audit
                memory.add(audit)
                say(f"auditing {len(urls)} mirrors: {number + len(kept)} of {len(modules)} modules")
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        finally:
            memory.close()
    ordered = tuple(audits[m] for m in modules)
    summaries = tuple(summarize(n, _shown(u), ordered) for n, u in enumerate(urls))
    incomplete = any(a.failed for a in ordered) or any(
        is_missing(f) for f in inventory.build.findings
    )
    if not incomplete:
        memory.forget()
    findings = (*_findings(ordered, [s.url for s in summaries]), *inventory.build.findings)
    return MirrorAudit(
        path=request.scan.shown,
        mirrors=summaries,
        modules=ordered,
        findings=tuple(sorted(findings, key=Finding.sort_key)),
        resumed=len(kept),
        incomplete=incomplete,
    )


def _shown(url: str) -> str:
    """A mirror without user and password."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"


# --- findings -------------------------------------------------------------------------------------


def _findings(audits: Iterable[ModuleAudit], urls: Sequence[str]) -> Iterable[Finding]:
    missing: dict[int, list[str]] = {}
    failing: dict[int, list[str]] = {}
    lagging: dict[int, list[str]] = {}
    for audit in audits:
        for s in audit.samples:
            name = f"{audit.module} ({s.part})"
            if s.status in ("differs", "damaged"):
                yield _differs(audit, s, urls[s.mirror])
            elif s.status == "missing":
                missing.setdefault(s.mirror, []).append(name)
            elif s.status == "failed":
                failing.setdefault(s.mirror, []).append(f"{name}: {s.reason}")
            if s.lacks:
                shown = ", ".join(s.lacks[-SHOWN_VERSIONS:])
                more = f" and {n} more" if (n := len(s.lacks) - SHOWN_VERSIONS) > 0 else ""
                lagging.setdefault(s.mirror, []).append(f"{audit.module.path} ({shown}{more})")
        if audit.drift:
            yield Finding(
                code="mirror-time-drift",
                severity=Severity.REVIEW,
                message=f"{audit.module}: .info names different times: {', '.join(audit.drift)}",
                remedy="ask which mirror rewrites .info; versions of queries depend on these times",
                component=audit.module.purl,
            )
    for code, found, what, remedy in (
        ("mirror-incomplete", missing, "does not have", "have the mirror fetch what it lacks"),
        ("mirror-failing", failing, "gave no answer for", "run the audit again: it asks for these"),
        ("mirror-lagging", lagging, "does not list", "have the mirror refresh its lists"),
    ):
        for number, names in sorted(found.items()):
            more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
            yield Finding(
                code=code,
                severity=Severity.REVIEW,
                message=f"{urls[number]} {what} {'; '.join(names[:_NAMED])}{more}",
                remedy=remedy,
            )


def _differs(audit: ModuleAudit, sample: Sample, url: str) -> Finding:
    told = [f"{audit.module}: {url} serves a {sample.part} that is not the one to expect"]
    told += [f"it has {sample.sum}"] if sample.sum else []
    told += [sample.reason] if sample.reason else []
    told += list(audit.differences) if sample.part == "zip" else []
    return Finding(
        code="mirror-differs",
        severity=Severity.BLOCK,
        message="; ".join(told),
        remedy="take this version from another mirror, and ask the operator of this one",
        component=audit.module.purl,
    )


# --- what is kept of a run that did not end ------------------------------------------------------


class _Memory:
    """Answers of an audit under way: one line of JSON per module, in our cache."""

    def __init__(
        self, request: AuditRequest, urls: Sequence[str], modules: Sequence[ModuleVersion]
    ) -> None:
        what = repr((urls, request.parts, [str(m) for m in modules]))
        name = hashlib.sha256(what.encode("utf-8", "surrogatepass")).hexdigest()
        self._path = Path(request.scan.cache) / "audit" / f"{name}.jsonl"
        self._modules = frozenset(modules)
        self._handle: int | None = None

    def load(self) -> Mapping[ModuleVersion, ModuleAudit]:
        """What is known already; a line that is damaged or had failures is asked again."""
        found: dict[ModuleVersion, ModuleAudit] = {}
        try:
            if time.time() - self._path.stat().st_mtime > KEPT_SECONDS:
                self.forget()
            lines = self._path.read_bytes().split(b"\n")
        except OSError:
            return {}
        for line in lines:
            try:
                audit = msgspec.json.decode(line, type=ModuleAudit)
            except msgspec.DecodeError:
                continue
            if audit.module in self._modules and not audit.failed:
                found[audit.module] = audit
        return found

    def add(self, audit: ModuleAudit) -> None:
        """Keep one more; a cache that cannot be written only means to start anew."""
        try:
            if self._handle is None:
                self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
                self._handle = os.open(self._path, flags, 0o600)
            os.write(self._handle, msgspec.json.encode(audit) + b"\n")
        except (OSError, UnicodeEncodeError):
            return

    def close(self) -> None:
        """No more will be added."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def forget(self) -> None:
        """The audit is complete."""
        self._path.unlink(missing_ok=True)
