"""ScanReports for tests of outputs: small, realistic, and hostile ones.

Each function makes a new report; `report(...)` is the general factory. All names are example names.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

from compliance.findings import Evidence, Finding, Hop, Location, Remedy, Severity, Trigger
from compliance.golang import BuildContext, Module, ModuleVersion, Replacement
from compliance.graph import Artifact, EdgeKind
from compliance.integrity import Verification, Voucher
from compliance.licenses import Conclusion
from compliance.policy import Election, Publisher, Verdict
from compliance.report import (
    SYSTEM,
    ArtifactReport,
    Component,
    Gate,
    Limit,
    PackageLicense,
    PolicyFile,
    PolicyInForce,
    ScanReport,
    Subject,
    Switch,
    Tool,
    Use,
)
from compliance.sources import Archive, Origin

MAIN = "example.com/acme/app"
CREATED = "2026-01-01T00:00:00Z"
CONTEXT = BuildContext(goos="linux", goarch="amd64", cgo=False, go_version="1.26")
NOTHING = Conclusion(declared=None, detected=(), concluded=None, confidence="review")
NOTICE_TEXT = "Toolbox\nCopyright 2020 The Toolbox Authors\n"
CUSTOM_TEXT = "You may use this code on Tuesdays.\n\nNo warranty on other days.\n"

# What one hostile string can hold: terminal escapes, markup, formulas, commands, broken Unicode.
HOSTILE = (
    "\x1b[31mred\x00\r\n::error::x <script>alert(1)</script> </text> ]]> =cmd|'/c calc'!A1 "
    "\u202egnp.exe\udcff\ufeff javascript:alert(1) {{7*7}} `x` | \\ \" ' &amp; %0A"
)


def sha256(text: str) -> str:
    """Hex digest of a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def conclusion(
    license_: str | None, *, declared: str | None = "same", file: str = "LICENSE"
) -> Conclusion:
    """A conclusion with one line of evidence; `declared` defaults to what is concluded."""
    said = license_ if declared == "same" else declared
    seen = Evidence(file=file, sha256=sha256(file), start_line=1, end_line=21, license=license_)
    return Conclusion(
        declared=said,
        detected=tuple(sorted({t for t in (license_, said) if t})),
        concluded=license_,
        confidence="high" if license_ else "review",
        evidence=(seen,) if license_ else (),
    )


def archive(name: str) -> Archive:
    """Digests of a module zip that was downloaded from a proxy."""
    data = name.encode("utf-8", "surrogatepass")
    return Archive(
        sha256=hashlib.sha256(data).hexdigest(),
        sha512=hashlib.sha512(data).hexdigest(),
        url=f"https://goproxy.example.com/{name.replace('@', '/@v/')}.zip",
    )


def module(
    path: str,
    version: str,
    license_: str | None = "MIT",
    *,
    artifacts: tuple[str, ...] = ("server",),
    **changes: object,
) -> Component:
    """A third-party module; any field of Component can be given by name."""
    made = Component(
        kind="module",
        path=path,
        version=version,
        purl=f"pkg:golang/{path}@{version.replace('+', '%2B')}",
        module=Module(id=ModuleVersion(path, version), location=Location(file="go.mod", line=7)),
        conclusion=conclusion(license_),
        category="permissive",
        copyrights=(f"Copyright (c) 2020 {path} authors",),
        verification=Verification(voucher=Voucher.GO_SUM),
        scope="linked" if artifacts else "unused",
        artifacts=artifacts,
        sum="h1:o7IhLm0Msx3BaB+n3Ag7L8EVlByGnpq14C4YWiu/gL8=",
        gomod_sum="h1:27cRWMPXXvjHdfHvZlQVYsEh3sGtdmZ0mYt0gOEZIYk=",
        place="module cache",
        archive=archive(f"{path}@{version}"),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def main_module(
    path: str = MAIN, license_: str | None = "Apache-2.0", **changes: object
) -> Component:
    """A main module at the root of the repository."""
    made = Component(
        kind="module",
        path=path,
        version="",
        purl=f"pkg:golang/{path}",
        module=Module(id=ModuleVersion(path), main=True, go_version="1.26", folder="."),
        conclusion=conclusion(license_),
        category="permissive",
        copyrights=("Copyright 2024 Acme Corp.",),
        verification=Verification(voucher=Voucher.UNVERIFIABLE, because="first-party source"),
        scope="linked",
        artifacts=("server", "agent"),
        place=".",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def standard_library(artifacts: tuple[str, ...] = ("server", "agent")) -> Component:
    """The Go standard library."""
    return Component(
        kind="standard-library",
        path="std",
        version="1.26.8",
        purl="pkg:golang/stdlib@1.26.8",
        module=None,
        conclusion=conclusion("BSD-3-Clause"),
        category="permissive",
        copyrights=("Copyright 2009 The Go Authors.",),
        verification=Verification(voucher=Voucher.UNVERIFIABLE, because="part of the toolchain"),
        scope="linked",
        artifacts=artifacts,
        place="GOROOT",
    )


def declared(name: str, license_: str | None, artifacts: tuple[str, ...]) -> Component:
    """A component that the policy declares."""
    return Component(
        kind="declared",
        path=name,
        version="",
        purl=f"pkg:generic/{name}",
        module=None,
        conclusion=conclusion(license_),
        category="copyleft",
        copyrights=(),
        verification=Verification(voucher=Voucher.UNVERIFIABLE, because="declared"),
        scope="linked",
        artifacts=artifacts,
    )


def c_library(name: str, *uses: Use, license_: str | None = None) -> Component:
    """A C library that `#cgo` lines name; the system's own where nothing is known of it."""
    return Component(
        kind="c-library",
        path=f"c:{name}",
        version="",
        purl=f"pkg:generic/{name}",
        module=None,
        conclusion=conclusion(license_) if license_ else NOTHING,
        category="permissive" if license_ else SYSTEM,
        copyrights=(),
        verification=Verification(voucher=Voucher.UNVERIFIABLE, because="named in Go source"),
        scope="linked",
        artifacts=tuple(sorted({a for u in uses for a in u.artifacts})),
        uses=uses,
    )


def embedded(
    holder: Component, file: str, license_: str | None, use: Use, *, digests: bool = True
) -> Component:
    """A file of a module that is inside of programs as it is."""
    node = f"{holder.path}@{holder.version}" if holder.version else holder.path
    made = archive(file)
    return Component(
        kind="embedded",
        path=f"{holder.path}/{file}",
        version=holder.version,
        purl=f"{holder.purl}#{file}",
        module=None,
        conclusion=replace(conclusion(license_), declared=None),
        category="permissive",
        copyrights=(),
        verification=Verification(voucher=Voucher.UNVERIFIABLE, because="a file of its module"),
        scope="linked",
        artifacts=use.artifacts,
        archive=Archive(sha256=made.sha256, sha512=made.sha512) if digests else None,
        uses=(use,),
        holder=node,
        file=file,
    )


def use(
    source: str, kind: EdgeKind, artifacts: tuple[str, ...], *, line: int = 7, cells: str = ""
) -> Use:
    """An edge to something that is no Go module, at a line of `x.go`."""
    where = (cells,) if cells else ()
    return Use(source=source, kind=kind, file="x.go", line=line, cells=where, artifacts=artifacts)


def artifact(
    name: str,
    modules: tuple[str, ...],
    *,
    root: str = "",
    outbound: str = "Apache-2.0",
    **changes: object,
) -> ArtifactReport:
    """An artifact built from a main package; any field of Verdict can be given by name."""
    made = Artifact(
        name=name,
        root=root or f"{MAIN}/cmd/{name}",
        main=f"./cmd/{name}",
        platforms=("linux/amd64",),
        outbound=outbound,
    )
    verdict = Verdict(
        artifact=made,
        outcome=Severity.PASS,
        umbrella=None,
        elections=(),
        duties=(),
        because="Nothing stands against it.",
        do="Ship it with its notices.",
    )
    verdict = replace(verdict, **changes)  # type: ignore[arg-type]
    return ArtifactReport(verdict=verdict, packages=10 + len(modules), modules=modules)


def report(
    components: tuple[Component, ...],
    artifacts: tuple[ArtifactReport, ...],
    edges: tuple[tuple[str, str], ...] = (),
    **changes: object,
) -> ScanReport:
    """A report of a clean run; any field of ScanReport can be given by name."""
    made = ScanReport(
        created=CREATED,
        subject=Subject(
            name="app", path=".", module=MAIN, commit="0123456789abcdef0123456789abcdef01234567",
            dirty=False,
        ),
        tool=Tool(version="0.1.0", index=sha256("index"), command="compliance scan ."),
        policy=PolicyInForce(
            preset="common",
            files=(PolicyFile(path=".compliance.yaml", sha256=sha256("policy")),),
            switches=(Switch(name="go_static_is_combined", value="yes", default="yes"),),
        ),
        gate=Gate(outcome="pass", fail_on="block", counts={"pass": 2}),
        mode="mod",
        go_version="1.26",
        toolchain="go1.26.8",
        components=components,
        edges=edges,
        contexts=(CONTEXT,),
        cells=(),
        artifacts=artifacts,
        findings=(),
        limits=(),
        texts={},
        license_refs={},
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


TOML, TEXT, YAML = "github.com/toolbox/toml", "golang.org/x/text", "gopkg.in/yaml.v3"


def small() -> ScanReport:
    """Two artifacts, all licenses known, everything downloaded and verified."""
    toml = module(
        TOML, "v1.3.2", "MIT", artifacts=("server", "agent"),
        origin=Origin(
            vcs="git", url="https://github.com/toolbox/toml", commit="a" * 40,
            ref="refs/tags/v1.3.2", time="2025-05-05T05:05:05Z",
        ),
    )  # fmt: skip
    text = module(TEXT, "v0.3.8", "BSD-3-Clause")
    yaml = module(
        YAML, "v3.0.1", "Apache-2.0 AND MIT", artifacts=("server",),
        texts=(("LICENSE", sha256("LICENSE")), ("NOTICE", sha256(NOTICE_TEXT))),
        packages=(
            PackageLicense(import_path=YAML, license="Apache-2.0 AND MIT"),
            PackageLicense(import_path=f"{YAML}/internal/scan", license="MIT"),
        ),
    )  # fmt: skip
    names = tuple(f"{m.path}@{m.version}" for m in (toml, text, yaml))
    return report(
        (main_module(), standard_library(), toml, text, yaml),
        (artifact("agent", (MAIN, names[0])), artifact("server", (MAIN, *names))),
        edges=((MAIN, names[0]), (MAIN, names[2]), (names[2], names[1])),
        texts={sha256(NOTICE_TEXT): NOTICE_TEXT, sha256("LICENSE"): "MIT License\n"},
        publisher=Publisher(
            name="Acme Corp.", email="sbom@acme.example.com", url="https://acme.example.com"
        ),
    )


def mixed() -> ScanReport:
    """All that is not plain: replaced, modified, vendored, unknown, own terms, test and tool."""
    fork = ModuleVersion("github.com/upstream/queue", "v1.0.0")
    replaced = module(
        fork.path, fork.version, "MPL-2.0",
        module=Module(
            id=fork,
            replace=Replacement(
                path="github.com/acme-forks/queue", version="v1.0.1",
                location=Location(file="go.mod", line=21),
            ),
        ),
    )  # fmt: skip
    local = module(
        "example.com/acme/shared", "v0.0.0", "Apache-2.0", sum=None, archive=None,
        module=Module(
            id=ModuleVersion("example.com/acme/shared", "v0.0.0"),
            replace=Replacement(path="./shared", location=Location(file="go.mod", line=22)),
            folder="shared",
        ),
        verification=Verification(voucher=Voucher.UNVERIFIABLE, because="a folder"),
        place="shared",
    )  # fmt: skip
    modified = module(
        "github.com/toolbox/log", "v0.9.0+incompatible", "MIT", modified=True, archive=None,
        verification=Verification(voucher=Voucher.VENDORED, because="differs from go.sum"),
        place="vendor/github.com/toolbox/log",
    )  # fmt: skip
    unknown = module(
        "github.com/mystery/box", "v0.0.0-20240102030405-abcdefabcdef", None, copyrights=()
    )
    custom = module("git.example.org/odd/terms", "v2.0.0", "LicenseRef-odd_terms AND MIT")
    choice = module(
        "github.com/dual/lib", "v1.1.0", "Apache-2.0 OR GPL-2.0-only",
        conclusion=conclusion("Apache-2.0 OR GPL-2.0-only", declared="Apache-2.0"),
    )  # fmt: skip
    test = module("github.com/stretchy/assert", "v1.9.0", artifacts=(), scope="test")
    tool = module("github.com/gen/tool", "v0.5.0", artifacts=(), scope="tool")
    daemon = declared("driverd", "GPL-3.0-only", ("server",))
    daemon = replace(daemon, uses=(use(f"{MAIN}/cmd/server", "exec", ("server",)),))
    driver = replace(
        declared("libdrv", "MIT", ("server",)), version="2.1", supplier="Drv authors",
        uses=(use("driverd", "cgo-dynamic", ()), use(f"{MAIN}/drv", "cgo-dynamic", ("server",))),
    )  # fmt: skip
    seccomp = c_library(
        "seccomp", use(f"{MAIN}/drv", "cgo-dynamic", ("server",), cells="linux/amd64")
    )
    lz = c_library("lz4", use("github.com/dual/lib", "cgo-static", ("server",)), license_="MIT")
    wasm = embedded(
        choice, "web/tool.wasm", "MIT", use("github.com/dual/lib", "embed-code", ("server",))
    )
    syso = embedded(
        main_module(), "drv/rsrc.syso", "Apache-2.0", use(f"{MAIN}/drv", "cgo-static", ("server",)),
        digests=False,
    )  # fmt: skip
    beside = (driver, seccomp, lz, wasm, syso)
    linked = (replaced, local, modified, unknown, custom, choice)
    names = tuple(f"{m.path}@{m.version}" for m in linked)
    elected = Election(
        component=choice.purl, expression="Apache-2.0 OR GPL-2.0-only", elected="Apache-2.0",
        by="policy",
    )  # fmt: skip
    blocked = Finding(
        code="unknown-license", severity=Severity.BLOCK,
        message="The license of github.com/mystery/box is unknown.",
        location=Location(file="go.mod", line=7), artifact="server", component=unknown.purl,
        path=(
            Hop(node=f"{MAIN}/cmd/server", edge="import-static", file="cmd/server/main.go",
                line=9, first_party=True),
            Hop(node="github.com/mystery/box"),
        ),
        reach=("server",), trigger=Trigger(event="convey", fires=True, because="on-prem"),
        remedies=(Remedy(kind="replace", title="Use another module", edits=("go.mod",),
                         verdict_after=Severity.PASS),),
    )  # fmt: skip
    return report(
        (main_module(artifacts=("server",)), standard_library(("server",)), *linked, test, tool,
         daemon, *beside),
        (artifact("server", (MAIN, *names), outcome=Severity.BLOCK, elections=(elected,),
                  outbound="LicenseRef-proprietary"),),
        edges=(
            *((MAIN, n) for n in names),
            (MAIN, "github.com/stretchy/assert@v1.9.0"),
            (names[0], names[2]),
        ),
        findings=(blocked,),
        gate=Gate(outcome="fail", fail_on="block", counts={"block": 1}),
        limits=(Limit(what="cgo libraries", effect="Their licenses are not known.", count=2),),
        license_refs={"LicenseRef-odd_terms": CUSTOM_TEXT},
    )  # fmt: skip


def incomplete() -> ScanReport:
    """A run that could not read one module."""
    lost = module(
        "github.com/lost/module",
        "v1.0.0",
        None,
        copyrights=(),
        sum=None,
        archive=None,
        place="",
        verification=Verification(voucher=Voucher.MISSING, because="no source has it"),
    )
    base = small()
    return replace(
        base,
        components=(*base.components, lost),
        gate=Gate(
            outcome="incomplete", fail_on="block", counts={"review": 1},
            missing=("github.com/lost/module@v1.0.0",),
        ),
    )  # fmt: skip


def hostile(text: str = HOSTILE) -> ScanReport:
    """A report in which every text from the input is `text`."""
    bad = module(
        text, text, text, purl=text, copyrights=(text, text + "2"), sum=text, gomod_sum=text,
        place=text, scope="linked", texts=((text, sha256(text)), (f"{text}/NOTICE", sha256(text))),
        module=Module(
            id=ModuleVersion(text, text), retracted=(text,), deprecated=text,
            replace=Replacement(path=text, version=text, location=Location(file=text, line=1)),
        ),
        verification=Verification(voucher=Voucher.GO_SUM, because=text),
        origin=Origin(vcs=text, url=text, commit=text, ref=text, time=text),
        archive=Archive(sha256=text, sha512=text, url=text),
        conclusion=Conclusion(
            declared=text, detected=(text,), concluded=f"LicenseRef-{text}", confidence="review",
            evidence=(Evidence(file=text, sha256=text, start_line=1, end_line=2, license=text),),
        ),
        packages=(PackageLicense(import_path=text, license=text),), category=text,
    )  # fmt: skip
    return report(
        (
            main_module(text, text, purl=text),
            standard_library(),
            bad,
            declared(text, text, (text,)),
            c_library(text, replace(use(text, "cgo-static", (text,), cells=text), file=text)),
            embedded(bad, text, text, replace(use(text, "embed-data", (text,)), file=text)),
        ),
        (artifact(text, (text, f"{text}@{text}"), root=text, outbound=text),),
        edges=((text, f"{text}@{text}"),),
        subject=Subject(name=text, path=text, module=text, commit=text, dirty=True),
        tool=Tool(version=text, index=text, command=text),
        limits=(Limit(what=text, effect=text, code=text),),
        texts={sha256(text): text},
        license_refs={f"LicenseRef-{text}": text, text: text},
        publisher=Publisher(name=text, email=text, url=text),
    )


def large(modules: int, fan_out: int = 3) -> ScanReport:
    """Many modules, each with `fan_out` dependencies, in one artifact."""
    licenses = ("MIT", "Apache-2.0", "BSD-3-Clause", "MPL-2.0", "Apache-2.0 OR MIT")
    made = tuple(
        module(f"github.com/owner{i % 97}/lib{i:05d}", f"v1.{i % 50}.{i % 7}", licenses[i % 5])
        for i in range(modules)
    )
    names = tuple(f"{m.path}@{m.version}" for m in made)
    edges = tuple(
        (names[i], names[(i * 7 + k * 13 + 1) % modules])
        for i in range(modules)
        for k in range(fan_out)
    )
    return report(
        (main_module(artifacts=("server",)), standard_library(("server",)), *made),
        (artifact("server", (MAIN, *names)),),
        edges=(*((MAIN, n) for n in names[:20]), *edges),
    )
