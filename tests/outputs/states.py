"""Reports in every state that the outputs for people have to show. All names are invented.

`incident` is the founding case: one GPL driver, four artifacts, four verdicts. The others take one
thing to its limit.
"""

from __future__ import annotations

from dataclasses import replace

from compliance.findings import (
    Condition,
    Evidence,
    ExcerptLine,
    Finding,
    Flip,
    Hop,
    Location,
    Remedy,
    Severity,
    Trigger,
    WaiverNote,
)
from compliance.policy import Duty, Election, Plan
from compliance.report import (
    ArtifactChange,
    ArtifactReport,
    BinaryComparison,
    BinaryDifference,
    Comparison,
    Component,
    DutyOwed,
    Gate,
    Limit,
    ModuleChange,
    ScanReport,
    Subject,
    Switch,
)
from tests.outputs import reports

ROOT = "git.nimbus.example/platform"
DRIVER, PLUGIN = "kestrel.example/accel-driver", "kestrel.example/k8s-accel-plugin"
GEO, RING = "git.halyard.example/geo", "git.halyard.example/ringhash"
STORE, MPL = "git.vellum.example/store/v2", "git.vellum.example/multi"
GPL3, LGPL3 = "GPL-3.0-only", "LGPL-3.0-only"
BLOCK, WARN, REVIEW = Severity.BLOCK, Severity.WARN, Severity.REVIEW
LATENT, COMPLY, PASS = Severity.LATENT, Severity.COMPLY, Severity.PASS
SHIPPED = Trigger(event="distribute", fires=True, because="profile on-prem hands out the binary")


def module(
    path: str,
    license_: str | None,
    category: str,
    artifacts: tuple[str, ...],
    version: str = "v1.2.0",
) -> Component:
    """A module with a category."""
    return reports.module(path, version, license_, artifacts=artifacts, category=category)


def name_of(component: Component) -> str:
    """`path@version`, as artifacts name their modules."""
    return f"{component.path}@{component.version}" if component.version else component.path


def artifact(
    name: str, outcome: Severity, modules: tuple[Component, ...], **changes: object
) -> ArtifactReport:
    """An artifact; keywords replace fields of its verdict, `profile` its profile."""
    profile = changes.pop("profile", "on-prem")
    made = reports.artifact(
        name, tuple(name_of(m) for m in modules if name in m.artifacts), outcome=outcome,
        outbound="LicenseRef-proprietary",
    )  # fmt: skip
    changes.setdefault("because", f"The reason of {name}.")
    changes.setdefault("do", f"The next step of {name}.")
    verdict = replace(
        made.verdict,
        artifact=replace(made.verdict.artifact, profile=profile),  # type: ignore[arg-type]
        **changes,  # type: ignore[arg-type]
    )
    return replace(made, verdict=verdict)


def linked_path(main: str, line: int) -> tuple[Hop, ...]:
    """From a main package through the plug-in to the driver; a boundary would stop it."""
    return (
        Hop(node=f"{ROOT}/cmd/{main}", edge="import-static", file=f"cmd/{main}/main.go", line=line,
            license="LicenseRef-proprietary", first_party=True, reached=True),
        Hop(node=f"{ROOT}/internal/devices", edge="import-static", file="internal/devices/accel.go",
            line=9, license="LicenseRef-proprietary", first_party=True, reached=True,
            boundary="would-stop"),
        Hop(node=f"{PLUGIN}/pkg/plugin", edge="import-static", file="pkg/plugin/server.go", line=21,
            license="Apache-2.0", reached=True),
        Hop(node=f"{DRIVER}/ioctl", license=GPL3, reached=True),
    )  # fmt: skip


def evidence() -> tuple[Evidence, ...]:
    """Lines of a license text with marks, and a changed file."""
    words = "GNU GENERAL PUBLIC LICENSE"
    head = ExcerptLine(line=1, text=f"      {words}", matched=((6, 6 + len(words)),))
    return (
        Evidence(
            file="COPYING", sha256=reports.sha256("gpl"), start_line=1, end_line=2, license=GPL3,
            rule="GPL-3.0-only/text", note="whole file",
            excerpt=(head, ExcerptLine(line=2, text="")),
        ),
        Evidence(
            file="vendor/x/append.go", sha256=reports.sha256("append"), start_line=21, end_line=23,
            coverage=0.98, similarity=0.98, rule="module zip",
            diff=((" ", 21, "for {"), ("-", 22, "\tif a {"), ("+", 22, "\tif a || b {")),
        ),
    )  # fmt: skip


def waiver(state: str, *, masks: bool = False, holds: bool = True) -> WaiverNote:
    """A waiver in one of its states."""
    return WaiverNote(
        id="W-2026-014", state=state, owner="platform@nimbus.example", approver="@nimbus/legal",
        ticket="OSPO-231", reason="an exception is on its way",
        conditions=(Condition(name="unmodified", holds=holds),), created="2026-01-02",
        due="2026-01-16", expires="2026-12-15", masks=masks, effect=f"The effect of {state}.",
    )  # fmt: skip


def findings() -> tuple[Finding, ...]:
    """What the incident consists of."""
    driver, ring = (
        f"pkg:golang/{DRIVER}@v2.3.1",
        f"pkg:golang/{RING}@v0.0.0-20190412153043-2f1c7e0a9b11",
    )
    isolate = Remedy(
        kind="isolate", title="Move the plug-in behind a process boundary",
        edits=("internal/devices/accel.go:9: call the node agent instead",), verdict_after=COMPLY,
        duties_after=("source-of-component",),
    )  # fmt: skip
    place = Location(file="internal/devices/accel.go", line=9)
    reach = (f"{ROOT}/cmd/control-plane", f"{ROOT}/internal/devices", f"{PLUGIN}/pkg/plugin")
    separate = (
        Hop(node=f"{ROOT}/cmd/node-agent", edge="exec", file="cmd/node-agent/main.go", line=42,
            license="LicenseRef-proprietary", first_party=True, boundary="holds"),
        Hop(node="accel-driverd", license=GPL3),
    )  # fmt: skip
    return (
        Finding(
            code="strong-copyleft-ships", severity=BLOCK, artifact="control-plane",
            component=driver, license=GPL3, path=linked_path("control-plane", 14), reach=reach,
            message="GPL-3.0-only code is linked into control-plane through an Apache-2.0 plug-in.",
            trigger=SHIPPED, remedies=(isolate,), flips=(), evidence=evidence(), location=place,
            new=True,
        ),
        Finding(
            code="boundary-broken", severity=BLOCK, artifact="control-plane", component=driver,
            license=GPL3, path=linked_path("control-plane", 14), new=True,
            message="The declared process boundary does not exist.",
            location=Location(file=".compliance.yaml", line=31),
        ),
        Finding(
            code="strong-copyleft-sleeping", severity=LATENT, artifact="fleet-api",
            component=driver, license=GPL3, path=linked_path("fleet-api", 11), reach=reach[1:],
            message="The same code is linked into fleet-api; the duty sleeps.", location=place,
            trigger=Trigger(event="distribute", fires=False, because="profile saas"),
            flips=(Flip(switch="saas_latent", to="block", verdict=BLOCK),), remedies=(isolate,),
        ),
        Finding(
            code="copyleft-separate", severity=COMPLY, artifact="node-agent", component=driver,
            license=GPL3, path=separate, message="The driver runs behind a process boundary.",
            trigger=SHIPPED, flips=None,
        ),
        Finding(
            code="unknown-license", severity=BLOCK, artifact="control-plane", component=ring,
            message="ringhash has no license file.", location=Location(file="go.mod", line=23),
            trigger=SHIPPED, remedy="Ask its author for a license, or replace it.",
            path=(Hop(node=f"{ROOT}/cmd/control-plane", edge="import-static", file="main.go",
                      line=1, first_party=True), Hop(node=RING)),
        ),
        Finding(
            code="relink", severity=BLOCK, artifact="control-plane", license=LGPL3,
            component=f"pkg:golang/{GEO}@v1.4.2", message="No relink kit is shipped.",
            trigger=SHIPPED, waiver=waiver("pending-review"), flips=(),
        ),
        Finding(
            code="use-restricted", severity=REVIEW, artifact="nimbusctl", license="BUSL-1.1",
            component=f"pkg:golang/{STORE}@v2.17.0", new=True,
            message="Whether the use is allowed, a person has to decide.",
        ),
        Finding(
            code="module-deprecated", severity=WARN, component=f"pkg:golang/{MPL}@v1.1.1",
            message="Deprecated by its authors.", location=Location(file="go.mod", line=44),
        ),
        Finding(
            code="file-unreadable", severity=COMPLY, message="deploy/shared leaves the repository.",
            location=Location(file="deploy/shared"),
            remedy="Copy what it holds into the repository.",
        ),
    )  # fmt: skip


def incident() -> ScanReport:
    """Blocked, review, latent, comply and pass, side by side."""
    cp, api, ctl, agent, sdk = "control-plane", "fleet-api", "nimbusctl", "node-agent", "sdk"
    ring = module(RING, None, "unknown", (cp,), "v0.0.0-20190412153043-2f1c7e0a9b11")
    modules = (
        module(DRIVER, GPL3, "strong", (cp, api), "v2.3.1"),
        module(PLUGIN, "Apache-2.0", "permissive", (cp, api)),
        module(GEO, LGPL3, "weak", (cp,), "v1.4.2"),
        ring,
        module(STORE, "BUSL-1.1", "restricted", (ctl,), "v2.17.0"),
        module(MPL, "MPL-2.0", "weak", (agent,), "v1.1.1"),
        module("git.vellum.example/either", "MIT OR GPL-2.0-only", "permissive", (ctl,)),
        *(
            module(f"git.vellum.example/lib{n:02}", ("MIT", "BSD-3-Clause", "Apache-2.0")[n % 3],
                   "permissive", (cp, api, ctl, agent, sdk)[: 1 + n % 5], f"v1.{n}.0")
            for n in range(30)
        ),
        module("git.vellum.example/assert", "MIT", "permissive", ()),
    )  # fmt: skip
    texts = tuple(
        Duty(component=m.purl, license=m.conclusion.concluded or "NOASSERTION", duty=duty)
        for m in modules if agent in m.artifacts for duty in ("license-text", "notice")
    )  # fmt: skip
    source = Duty(component=modules[5].purl, license="MPL-2.0", duty="source-of-files")
    done = Duty(
        component=f"pkg:golang/{DRIVER}@v2.3.1", license=GPL3, duty="source-of-component",
        satisfied_by="offer in README.md",
    )  # fmt: skip
    either = Election(
        component=modules[6].purl, expression="MIT OR GPL-2.0-only", elected="MIT", by="policy"
    )
    artifacts = (
        artifact(cp, BLOCK, modules, umbrella=GPL3, do="Call the node agent instead.",
                 because="GPL-3.0-only driver code is linked in through the plug-in.",
                 plan=Plan(edits=("isolate",), verdict_after=COMPLY)),
        artifact(api, LATENT, modules, profile="saas"),
        artifact(ctl, REVIEW, modules, elections=(either,)),
        artifact(agent, COMPLY, modules, duties=(*texts, source, done)),
        artifact(sdk, PASS, modules, profile="library"),
    )  # fmt: skip
    base = reports.report(
        (reports.main_module(ROOT, artifacts=(cp, api, ctl, agent)),
         reports.standard_library((cp, api, ctl, agent)), *modules),
        artifacts,
    )  # fmt: skip
    found = tuple(sorted(findings(), key=lambda f: f.sort_key()))
    words = [f.severity.word for f in found]
    switches = (
        Switch(name="saas_latent", value="warn", default="warn-if-may-ship"),
        Switch(name="embed_data_joins", value="no", default="no"),
    )
    return replace(
        base,
        subject=Subject(name="Nimbus platform", path=".", module=ROOT, commit="4e1f0c7b93" * 4,
                        dirty=True, base="9f1c2e7d10" * 4),
        policy=replace(base.policy, switches=switches),
        gate=Gate(outcome="fail", fail_on="block", counts={w: words.count(w) for w in words}),
        findings=found,
        limits=(
            Limit(what="Three C files were read, not compiled", effect="no verdict rests on them"),
            Limit(what="deploy/shared leaves the repository", effect="Unknown.",
                  code="file-unreadable"),
        ),
    )  # fmt: skip


def without_base() -> ScanReport:
    """The incident, judged for a release."""
    made = incident()
    return replace(made, subject=replace(made.subject, base=None))


def changed() -> ScanReport:
    """The incident as a change to a repository that had most of it before."""
    made = incident()
    user = Hop(
        node=f"{ROOT}/internal/telemetry", edge="import-static", file="internal/t.go", line=7,
        first_party=True,
    )  # fmt: skip
    found = tuple(
        replace(f, wider=(user,)) if f.code == "strong-copyleft-sleeping" else f
        for f in made.findings
    )
    gone = Finding(
        code="use-restricted", severity=REVIEW, artifact="nimbusctl", message="Was restricted.",
        component="pkg:golang/git.vellum.example/old@v1.0.0",
    )  # fmt: skip
    owed = DutyOwed(component=f"pkg:golang/{MPL}@v1.1.1", license="MPL-2.0", duty="source-of-files")
    return replace(
        made,
        findings=found,
        change=Comparison(
            fixed=(gone,),
            modules=(
                ModuleChange(path=DRIVER, before=None, after="v2.3.1", license_before=None,
                             license_after=GPL3),
                ModuleChange(path=STORE, before="v2.16.0", after="v2.17.0",
                             license_before="MPL-2.0", license_after="BUSL-1.1"),
            ),
            artifacts=(
                ArtifactChange(name="control-plane", name_before="control", before=COMPLY,
                               after=BLOCK, added=(DRIVER, PLUGIN), gained=(owed,)),
                ArtifactChange(name="retired", name_before="retired", before=PASS, after=None),
            ),
        ),
    )  # fmt: skip


def with_waiver(state: str) -> ScanReport:
    """One block, covered by a waiver; `granted` masks it and the gate passes."""
    modules = (module(GEO, LGPL3, "weak", ("server",), "v1.4.2"),)
    masks = state == "granted"
    found = Finding(
        code="relink", severity=BLOCK, artifact="server", license=LGPL3, component=modules[0].purl,
        message="No relink kit is shipped.",
        waiver=waiver(state, masks=masks, holds=state != "void"),
    )  # fmt: skip
    return reports.report(
        modules, (artifact("server", BLOCK, modules),), findings=(found,),
        gate=Gate(outcome="pass" if masks else "fail", fail_on="block", counts={"block": 1}),
    )  # fmt: skip


def many_artifacts(count: int = 200) -> ScanReport:
    """Many mains with one cause in all of them."""
    names = tuple(f"svc-{n:03}" for n in range(count))
    modules = (module(DRIVER, GPL3, "strong", names, "v2.3.1"),)
    found = tuple(
        Finding(
            code="strong-copyleft-ships" if n % 2 else "strong-copyleft-sleeping",
            severity=BLOCK if n % 2 else LATENT, artifact=name, component=modules[0].purl,
            license=GPL3, message=f"GPL-3.0-only code in {name}.", path=linked_path(name, n + 1),
        )
        for n, name in enumerate(names)
    )  # fmt: skip
    return reports.report(
        modules,
        tuple(artifact(n, BLOCK if i % 2 else LATENT, modules) for i, n in enumerate(names)),
        findings=found,
        gate=Gate(outcome="fail", fail_on="block", counts={"block": count // 2}),
    )


def many_causes(count: int = 40) -> ScanReport:
    """As many causes as modules."""
    modules = tuple(
        module(f"git.vellum.example/lib{n:02}", None, "unknown", ("server",)) for n in range(count)
    )
    found = tuple(
        Finding(code="unknown-license", severity=BLOCK, artifact="server", component=m.purl,
                message=f"{m.path} has no license.", trigger=SHIPPED)
        for m in modules
    )  # fmt: skip
    return reports.report(
        modules, (artifact("server", BLOCK, modules),), findings=found,
        gate=Gate(outcome="fail", fail_on="block", counts={"block": count}),
    )  # fmt: skip


def long_path(hops: int) -> ScanReport:
    """A finding whose path has many packages."""
    modules = (module(DRIVER, GPL3, "strong", ("server",), "v2.3.1"),)
    path = tuple(
        Hop(node=f"example.com/hop{n:02}/pkg", edge=None if n == hops - 1 else "import-static",
            file=None if n == hops - 1 else f"hop{n:02}.go", line=None if n == hops - 1 else n + 1,
            license=GPL3, first_party=n == 0, reached=True)
        for n in range(hops)
    )  # fmt: skip
    found = Finding(
        code="strong-copyleft-ships", severity=BLOCK, artifact="server", component=modules[0].purl,
        license=GPL3, message="Far away.", path=path, reach=("a", "b"), trigger=SHIPPED,
    )  # fmt: skip
    return reports.report(
        modules, (artifact("server", BLOCK, modules),), findings=(found,),
        gate=Gate(outcome="fail", fail_on="block", counts={"block": 1}),
    )  # fmt: skip


def long_names(length: int = 300) -> ScanReport:
    """Names without a place to break."""
    name = "n" * length
    modules = (
        reports.module(f"example.com/{name}", "v1.0.0", f"LicenseRef-{name}", artifacts=(name,)),
    )
    found = Finding(
        code="unknown-license", severity=BLOCK, artifact=name, component=modules[0].purl,
        message=name, location=Location(file=f"{name}/go.mod", line=1), trigger=SHIPPED,
        path=(Hop(node=f"{ROOT}/{name}", edge="import-static", file=f"{name}.go", line=1,
                  first_party=True), Hop(node=f"example.com/{name}", license=f"LicenseRef-{name}")),
        evidence=(Evidence(file=name, sha256="0" * 64, start_line=1, end_line=1,
                           excerpt=(ExcerptLine(line=1, text=name * 20, matched=((3, 9),)),)),),
    )  # fmt: skip
    base = reports.report(
        modules, (artifact(name, BLOCK, modules, because=name, do=name),), findings=(found,),
        gate=Gate(outcome="fail", fail_on="block", counts={"block": 1}),
        limits=(Limit(what=name, effect=name),),
    )  # fmt: skip
    return replace(base, subject=replace(base.subject, name=name))


def compared(differences: tuple[BinaryDifference, ...] | None = None) -> ScanReport:
    """A scan with --compare; every kind of difference, or those that are given."""
    every = (
        BinaryDifference(kind="commit", path="", source="a" * 40, binary="b" * 40),
        BinaryDifference(kind="toolchain", path="std", source="go1.26.8", binary="go1.25.1"),
        BinaryDifference(
            kind="extra", path="example.com/x/y", source="", binary="example.com/x/y@v1.0.0"
        ),
        BinaryDifference(
            kind="missing", path="example.com/a", source="example.com/a@v1.2.3", binary=""
        ),
        BinaryDifference(
            kind="version", path="example.com/b", source="example.com/b@v1.0.0",
            binary="example.com/b@v1.0.1",
        ),
        BinaryDifference(
            kind="replacement", path="example.com/c", source="./c", binary="example.com/fork@v1.0.0"
        ),
        BinaryDifference(kind="bytes", path="example.com/d", source="h1:a=", binary="h1:b="),
    )  # fmt: skip
    return replace(
        incident(),
        binary=BinaryComparison(
            file="dist/server", main="example.com/acme/app/cmd/server", platform="linux/amd64",
            go_version="go1.25.1", modules=12,
            differences=every if differences is None else differences,
        ),
    )  # fmt: skip


def no_git() -> ScanReport:
    """A folder that is no git repository."""
    base = reports.small()
    return replace(base, subject=replace(base.subject, commit=None, dirty=None))


def no_artifact() -> ScanReport:
    """Nothing to judge: no main package and no library."""
    return reports.report((reports.main_module(artifacts=()),), ())


def hostile_findings(text: str = reports.HOSTILE) -> ScanReport:
    """Findings, waivers, remedies and duties in which every text from the input is `text`."""
    found = Finding(
        code="unknown-license", severity=BLOCK, artifact=text, component=text, license=text,
        message=text, remedy=text, location=Location(file=text, line=1), reach=(text, text + "2"),
        path=(Hop(node=text, edge="import-static", file=text, line=1, license=text),
              Hop(node=text, license=text)),
        trigger=Trigger(event=text, fires=True, because=text),
        remedies=(Remedy(kind=text, title=text, edits=(text,), verdict_after=PASS,
                         duties_after=(text,)),),
        flips=(Flip(switch=text, to=text, verdict=PASS),),
        evidence=(Evidence(file=text, sha256=text, start_line=1, end_line=1, rule=text, note=text,
                           excerpt=(ExcerptLine(line=1, text=text, matched=((0, 4), (2, 9))),)),
                  Evidence(file=text, sha256=text, start_line=1, end_line=1,
                           diff=(("+", 1, text),))),
        waiver=replace(waiver(text), id=text, owner=text, approver=text, ticket=text, reason=text,
                       created=text, due=text, expires=text, effect=text,
                       conditions=(Condition(name=text, holds=False),)),
    )  # fmt: skip
    base = reports.hostile(text)
    duty = Duty(component=text, license=text, duty=text)
    election = Election(component=text, expression=text, elected=text, by=text)
    only = base.artifacts[0]
    verdict = replace(
        only.verdict, outcome=BLOCK, because=text, do=text, umbrella=text, duties=(duty,),
        elections=(election,), plan=Plan(edits=(text,), verdict_after=PASS),
    )  # fmt: skip
    return replace(
        base,
        artifacts=(replace(only, verdict=verdict),),
        findings=(found,),
        gate=Gate(outcome="incomplete", fail_on="block", counts={"block": 1}, missing=(text,)),
        policy=replace(
            base.policy, preset=text, switches=(Switch(name=text, value=text, default=""),)
        ),
    )  # fmt: skip


STATES = {
    "changed": changed,
    "compared": compared,
    "built-from-this": lambda: compared(()),
    "incident": incident,
    "pass": reports.small,
    "mixed": reports.mixed,
    "incomplete": reports.incomplete,
    "hostile": reports.hostile,
    "hostile-findings": hostile_findings,
    "many-artifacts": many_artifacts,
    "many-causes": many_causes,
    "path-2": lambda: long_path(2),
    "path-30": lambda: long_path(30),
    "long-names": long_names,
    "no-git": no_git,
    "no-artifact": no_artifact,
    "waiver-pending": lambda: with_waiver("pending-review"),
    "waiver-granted": lambda: with_waiver("granted"),
    "waiver-void": lambda: with_waiver("void"),
    "waiver-expired": lambda: with_waiver("expired"),
}
"""Every state by name."""
