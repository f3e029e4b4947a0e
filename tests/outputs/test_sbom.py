"""The neutral bill of materials: what stands in it, and what does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from compliance.errors import UsageError
from compliance.findings import WaiverNote
from compliance.golang import BuildContext, Cell, Import, ModuleVersion, Package
from compliance.integrity import Verification, Voucher
from compliance.outputs.sbom import bill_of_materials
from compliance.outputs.sbomformats import SBOM_FORMATS, write_bill
from compliance.outputs.sbommodel import Element, Relation, Sbom
from compliance.outputs.sbomorigin import release_time
from compliance.policy import Publisher
from compliance.report import PackageLicense, ScanReport, Subject
from compliance.sources import Archive, Origin
from tests.outputs import judges, reports


def named(sbom: Sbom, name: str) -> Element:
    (found,) = [e for e in sbom.elements if e.name == name]
    return found


def triples(sbom: Sbom) -> set[tuple[str, str, str]]:
    """Relations with names in place of keys."""
    names = {e.key: e.name for e in sbom.elements}
    return {(names.get(s, s), k, names.get(t, t)) for s, k, t in sbom.each_relation()}


def test_lists_what_is_linked_and_nothing_else() -> None:
    sbom = bill_of_materials(reports.mixed())
    names = {e.name for e in sbom.elements}
    assert {reports.MAIN, "server", "stdlib", "github.com/dual/lib", "driverd"} <= names
    assert not {"github.com/stretchy/assert", "github.com/gen/tool"} & names
    assert any("2 components" in note for note in sbom.notes)


def test_source_scope_keeps_test_and_tool_apart() -> None:
    sbom = bill_of_materials(reports.mixed(), scope="source")
    found = triples(sbom)
    assert ("github.com/stretchy/assert", "TEST_DEPENDENCY_OF", reports.MAIN) in found
    assert ("github.com/gen/tool", "DEV_TOOL_OF", reports.MAIN) in found
    assert ("go", "BUILD_TOOL_OF", reports.MAIN) in found
    depended = {t for _, k, t in found if k in ("DEPENDS_ON", "STATIC_LINK")}
    assert not {"github.com/stretchy/assert", "github.com/gen/tool", "go"} & depended


def test_every_artifact_is_made_from_its_module_and_links_its_dependencies() -> None:
    found = triples(bill_of_materials(reports.small()))
    for artifact in ("server", "agent"):
        assert (reports.MAIN, "CONTAINS", artifact) in found
        assert (artifact, "GENERATED_FROM", reports.MAIN) in found
        assert (artifact, "STATIC_LINK", "stdlib") in found
        assert (artifact, "DEPENDS_ON", "stdlib") in found
    assert ("server", "STATIC_LINK", reports.YAML) in found
    assert ("agent", "STATIC_LINK", reports.YAML) not in found
    assert ("DOCUMENT", "DESCRIBES", reports.MAIN) in found


@pytest.mark.parametrize(
    ("path", "repository"),
    [
        ("golang.org/x/text", "git+https://go.googlesource.com/text"),
        ("golang.org/x/tools/gopls", "git+https://go.googlesource.com/tools"),
        ("gopkg.in/yaml.v3", "git+https://github.com/go-yaml/yaml"),
        ("gopkg.in/acme/kit.v2", "git+https://github.com/acme/kit"),
        ("github.com/toolbox/toml/v2", "git+https://github.com/toolbox/toml"),
        ("vanity.example.com/kit", None),
    ],
)
def test_where_the_source_is_kept(path: str, repository: str | None) -> None:
    made = reports.module(path, "v1.0.0")
    report = replace(reports.small(), components=(reports.main_module(), made))
    assert named(bill_of_materials(report), path).repository == repository


def test_what_is_no_go_module_is_linked_loaded_or_held() -> None:
    sbom = bill_of_materials(reports.mixed())
    found = triples(sbom)
    wasm, syso = "github.com/dual/lib/web/tool.wasm", f"{reports.MAIN}/drv/rsrc.syso"
    assert {(k, t) for s, k, t in found if s == "server" and t in
            {"seccomp", "lz4", "libdrv", "driverd", wasm, syso}} == {
        ("DEPENDS_ON", "seccomp"), ("DYNAMIC_LINK", "seccomp"),
        ("DEPENDS_ON", "lz4"), ("STATIC_LINK", "lz4"),
        ("DEPENDS_ON", "libdrv"), ("DYNAMIC_LINK", "libdrv"),
        ("DEPENDS_ON", "driverd"), ("CONTAINS", wasm),
        ("DEPENDS_ON", syso), ("STATIC_LINK", syso),
    }  # fmt: skip
    assert ("driverd", "DYNAMIC_LINK", "libdrv") in found
    assert (reports.MAIN, "CONTAINS", syso) in found
    seccomp, held = named(sbom, "seccomp"), named(sbom, wasm)
    assert (seccomp.concluded, seccomp.supplier, seccomp.sha256) == ("NOASSERTION", None, None)
    assert seccomp.source == (f"Linked dynamically by {reports.MAIN}/drv (x.go:7) for linux/amd64.")
    assert (held.declared, held.concluded, held.purpose) == ("NOASSERTION", "MIT", "FILE")
    assert held.purl == "pkg:golang/github.com/dual/lib@v1.1.0#web/tool.wasm"
    assert (held.version, held.file_name) == ("v1.1.0", "tool.wasm")
    assert None not in (held.sha256, held.sha512, held.supplier)


def test_the_license_of_a_program_does_not_rest_on_what_the_system_brings() -> None:
    report = reports.mixed()
    unknown = [c for c in report.components if c.conclusion.concluded is None]
    assert {c.path for c in unknown} == {"github.com/mystery/box", "c:seccomp"}
    rest = tuple(c for c in report.components if c.path != "github.com/mystery/box")
    combined = named(bill_of_materials(replace(report, components=rest)), "server").concluded
    assert "GPL-3.0-only" in combined


def test_requirements_become_dependencies_when_no_imports_are_known() -> None:
    found = triples(bill_of_materials(reports.small()))
    assert (reports.YAML, "DEPENDS_ON", reports.TEXT) in found
    assert (reports.TEXT, "DEPENDS_ON", "NONE") in found


def package(path: str, module: str, version: str, *imports: str) -> Package:
    return Package(
        import_path=path,
        name=path.rpartition("/")[2],
        module=ModuleVersion(module, version) if module else None,
        standard=not module,
        tree="",
        folder=".",
        imports=tuple(Import(path=i, file="x.go", line=1, written=i) for i in imports),
        go_files=("x.go",),
    )


def test_imports_of_linked_packages_decide_over_requirements() -> None:
    cell = Cell(
        main=f"{reports.MAIN}/cmd/server",
        context=BuildContext(goos="linux", goarch="amd64", cgo=False),
        packages=(
            package("fmt", "", ""),
            package(f"{reports.MAIN}/cmd/server", reports.MAIN, "", "fmt", reports.YAML),
            package(reports.YAML, reports.YAML, "v3.0.1", "fmt", reports.TOML),
            package(reports.TOML, reports.TOML, "v1.3.2"),
        ),
    )
    found = triples(bill_of_materials(replace(reports.small(), cells=(cell,))))
    modules = {(a, b) for a, k, b in found if k == "DEPENDS_ON" and a not in ("server", "agent")}
    assert modules == {
        (reports.MAIN, "stdlib"), (reports.MAIN, reports.YAML), (reports.YAML, "stdlib"),
        (reports.YAML, reports.TOML), (reports.TOML, "NONE"), (reports.TEXT, "NONE"),
        ("stdlib", "NONE"),
    }  # fmt: skip


def test_a_vendored_leaf_without_imports_is_unknown_not_none() -> None:
    report = replace(reports.small(), mode="vendor", edges=())
    assert (reports.TEXT, "DEPENDS_ON", "NOASSERTION") in triples(bill_of_materials(report))


@pytest.mark.parametrize("name", ["small", "mixed", "incomplete", "hostile"])
def test_every_shipped_element_is_reachable_from_a_root(name: str) -> None:
    sbom = bill_of_materials(getattr(reports, name)())
    seen, queue = set(sbom.roots), list(sbom.roots)
    while queue:
        here = queue.pop()
        new = {
            r.target
            for r in sbom.each_relation()
            if r.source == here and r.kind in ("DEPENDS_ON", "CONTAINS", "STATIC_LINK")
        }
        queue += new - seen
        seen |= new
    assert {e.key for e in sbom.elements} <= seen


def test_a_replaced_module_is_named_by_what_is_used() -> None:
    used = named(bill_of_materials(reports.mixed()), "github.com/acme-forks/queue")
    assert used.version == "v1.0.1"
    assert used.purl == "pkg:golang/github.com/acme-forks/queue@v1.0.1"
    assert used.replaced is not None
    assert used.replaced.purl == "pkg:golang/github.com/upstream/queue@v1.0.0"
    assert used.notes == (
        "Stands in for github.com/upstream/queue v1.0.0 (replace directive at go.mod:21).",
    )


def test_a_folder_is_no_published_version() -> None:
    local = named(bill_of_materials(reports.mixed()), "example.com/acme/shared")
    assert local.version == "0123456789abcdef0123456789abcdef01234567"
    assert local.purl == "pkg:golang/example.com/acme/shared"
    assert local.download is None


def test_edited_code_has_no_digest_and_no_place_of_what_was_published() -> None:
    base = reports.mixed()
    zipped = tuple(
        replace(c, archive=reports.archive(f"{c.path}@{c.version}")) for c in base.components
    )
    bill = bill_of_materials(replace(base, components=zipped))
    modified = named(bill, "github.com/toolbox/log")
    assert (modified.sha256, modified.sha512, modified.download) == (None, None, None)
    assert (
        named(bill, "github.com/dual/lib").download
        == reports.archive("github.com/dual/lib@v1.1.0").url
    )


def test_a_folder_in_the_place_of_a_module_was_compared_with_nothing() -> None:
    base = reports.mixed()
    local = next(c for c in base.components if c.module and c.module.folder and not c.module.main)
    edited = tuple(replace(c, modified=True) if c is local else c for c in base.components)
    notes = named(bill_of_materials(replace(base, components=edited)), local.path).notes
    assert any("stands in for" in n for n in notes)
    assert not any("differ" in n for n in notes)


def test_a_modified_module_is_supplied_by_us_and_made_by_others() -> None:
    modified = named(bill_of_materials(reports.mixed()), "github.com/toolbox/log")
    assert modified.modified
    assert modified.supplier is not None
    assert modified.originator is not None
    assert (modified.supplier.name, modified.originator.name) == ("example.com", "toolbox")
    assert modified.purl == "pkg:golang/github.com/toolbox/log@v0.9.0%2Bincompatible"


def test_unknown_terms_are_never_a_license() -> None:
    sbom = bill_of_materials(reports.mixed())
    unknown = named(sbom, "github.com/mystery/box")
    assert (unknown.declared, unknown.concluded) == ("NOASSERTION", "NOASSERTION")
    assert unknown.copyright == "NONE"
    assert named(sbom, "server").concluded == "NOASSERTION"


def test_the_license_of_an_artifact_joins_what_it_links() -> None:
    server = named(bill_of_materials(reports.small()), "server")
    assert server.declared == "Apache-2.0"
    assert server.concluded == "Apache-2.0 AND BSD-3-Clause AND MIT"


def test_own_terms_have_a_fit_name_and_their_text() -> None:
    sbom = bill_of_materials(reports.mixed())
    custom = named(sbom, "git.example.org/odd/terms")
    texts = {t.id: t.text for t in sbom.license_texts}
    (ref,) = [r for r in texts if r.startswith("LicenseRef-odd-terms-")]
    assert custom.concluded == f"{ref} AND MIT"
    assert texts[ref] == reports.CUSTOM_TEXT.strip()
    assert "All rights reserved" in texts["LicenseRef-proprietary"]


def test_declared_and_concluded_that_differ_are_explained() -> None:
    dual = named(bill_of_materials(reports.mixed()), "github.com/dual/lib")
    assert (dual.declared, dual.concluded) == ("Apache-2.0", "Apache-2.0 OR GPL-2.0-only")
    assert "The license files at the root say Apache-2.0" in dual.license_notes
    assert "LICENSE:1-21" in dual.license_notes


def test_packages_under_other_terms_are_named() -> None:
    yaml = named(bill_of_materials(reports.small()), reports.YAML)
    assert "under Apache-2.0 AND MIT, others are not: gopkg.in/yaml.v3/internal/scan: MIT." in (
        yaml.license_notes
    )
    assert yaml.attributions == (reports.NOTICE_TEXT.strip(),)


@pytest.mark.parametrize(
    ("path", "owner"),
    [
        ("github.com/BurntSushi/toml", "BurntSushi"),
        ("gitlab.com/group/sub/project", "group"),
        ("golang.org/x/text", "The Go Authors"),
        ("gopkg.in/yaml.v3", "go-yaml"),
        ("gopkg.in/natefinch/lumberjack.v2", "natefinch"),
        ("go.example.org/zap", "go.example.org"),
        ("corp/internal", None),
    ],
)
def test_suppliers_are_told_by_the_module_path(path: str, owner: str | None) -> None:
    report = reports.small()
    third = reports.module(path, "v1.0.0")
    sbom = bill_of_materials(replace(report, components=(*report.components[:2], third)))
    found = named(sbom, path)
    assert (found.supplier.name if found.supplier else None) == owner
    assert found.originator == found.supplier


def test_the_origin_of_the_bytes_tells_who_is_behind_a_vanity_path() -> None:
    origin = Origin(vcs="git", url="https://github.com/kube/api", commit="b" * 40)
    third = reports.module("k8s.example.io/api", "v0.1.0", origin=origin)
    report = reports.small()
    found = named(
        bill_of_materials(replace(report, components=(*report.components, third))),
        "k8s.example.io/api",
    )
    assert found.supplier is not None
    assert found.supplier.name == "kube"
    assert found.repository == f"git+https://github.com/kube/api@{'b' * 40}"
    assert found.swhid == f"swh:1:rev:{'b' * 40}"


def test_the_author_is_the_declared_publisher_else_the_owner_of_the_module() -> None:
    declared = bill_of_materials(reports.small()).author
    assert (declared.name, declared.email) == ("Acme Corp.", "sbom@acme.example.com")
    derived = bill_of_materials(replace(reports.small(), publisher=None)).author
    assert (derived.name, derived.url) == ("example.com", "https://example.com")
    odd = replace(reports.small(), publisher=Publisher(name="A (B)", email="no mail", url="ftp:x"))
    assert bill_of_materials(odd).author.name == "A [B]"
    assert bill_of_materials(odd).author.email is None


def test_the_download_location_is_where_the_bytes_came_from() -> None:
    toml = named(bill_of_materials(reports.small()), reports.TOML)
    assert toml.download == f"https://goproxy.example.com/{reports.TOML}/@v/v1.3.2.zip"
    assert toml.file_name == "v1.3.2.zip"
    assert toml.released == "2025-05-05T05:05:05Z"
    assert named(bill_of_materials(reports.mixed()), "github.com/toolbox/log").download is None


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        (
            "https://user:secret@proxy.example.com/a/@v/v1.zip",
            "https://proxy.example.com/a/@v/v1.zip",
        ),
        ("http://localhost:3000/a/@v/v1.zip", None),
        ("http://127.0.0.1/a.zip", None),
        ("file:///home/me/cache/a.zip", None),
        ("https://a_b.example.com/a.zip", None),
        ("javascript:alert(1)//https://example.com/", None),
    ],
)
def test_addresses_that_readers_refuse_and_passwords_are_left_out(
    url: str, kept: str | None
) -> None:
    report = reports.small()
    third = reports.module(
        "example.org/x", "v1.0.0", archive=Archive(sha256="a" * 64, sha512="b" * 128, url=url)
    )
    sbom = bill_of_materials(replace(report, components=(*report.components, third)))
    assert named(sbom, "example.org/x").download == kept


def test_the_standard_library_is_known_to_vulnerability_databases() -> None:
    std = named(bill_of_materials(reports.small()), "stdlib")
    assert std.purl == "pkg:golang/stdlib@1.26.8"
    assert std.cpe == "cpe:2.3:a:golang:go:1.26.8:-:*:*:*:*:*:*"
    rc = named(bill_of_materials(replace(reports.small(), toolchain="go1.27rc2")), "stdlib")
    assert rc.cpe == "cpe:2.3:a:golang:go:1.27:rc2:*:*:*:*:*:*"


def test_the_version_of_the_main_module_is_its_commit() -> None:
    report = reports.small()
    assert bill_of_materials(report).version == report.subject.commit
    dirty = replace(report, subject=replace(report.subject, dirty=True))
    assert bill_of_materials(dirty).version == f"{report.subject.commit}+dirty"
    none = replace(report, subject=Subject(name="app", path=".", module=reports.MAIN))
    assert bill_of_materials(none).version == "(devel)"
    assert bill_of_materials(none).title == "app"


def test_the_identity_follows_the_content_and_nothing_else() -> None:
    report = reports.small()
    uuid = bill_of_materials(report).uuid
    assert bill_of_materials(replace(report, created="2030-01-01T00:00:00Z")).uuid == uuid
    assert bill_of_materials(replace(report, components=report.components[::-1])).uuid == uuid
    assert bill_of_materials(replace(report, edges=report.edges[1:])).uuid != uuid
    assert bill_of_materials(report, artifact="server").uuid != uuid


def test_one_artifact_alone_lists_only_what_it_contains() -> None:
    sbom = bill_of_materials(reports.small(), artifact="agent")
    assert {e.name for e in sbom.elements} == {"agent", reports.MAIN, "stdlib", reports.TOML}
    found = triples(sbom)
    assert ("DOCUMENT", "DESCRIBES", "agent") in found
    assert ("agent", "STATIC_LINK", reports.MAIN) in found
    assert sbom.name == "app-agent"
    with pytest.raises(UsageError, match="there is no artifact 'other'"):
        bill_of_materials(reports.small(), artifact="other")


def test_an_incomplete_run_says_so() -> None:
    sbom = bill_of_materials(reports.incomplete())
    assert not sbom.complete
    assert "Missing: github.com/lost/module@v1.0.0." in sbom.notes
    assert named(sbom, "github.com/lost/module").copyright == "NOASSERTION"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
        ("2026-01-01T00:00:00+00:00", "2026-01-01T00:00:00Z"),
        ("2026-01-01T00:00:00.123456Z", "2026-01-01T00:00:00Z"),
    ],
)
def test_times_have_the_one_form_that_spdx_knows(text: str, written: str) -> None:
    assert bill_of_materials(replace(reports.small(), created=text)).created == written


def test_relations_are_sorted_and_unique() -> None:
    sbom = bill_of_materials(reports.mixed())
    each = list(sbom.each_relation())
    assert each == sorted(set(each))  # one root, so that it is first anyway
    assert all(isinstance(r, Relation) for r in each)
    assert len({(r.source, r.kind) for r in sbom.relations}) == len(sbom.relations)


def test_the_scanned_module_is_described_first_and_names_the_author() -> None:
    base = replace(reports.small(), publisher=None)
    other = reports.main_module("aaa")
    sbom = bill_of_materials(replace(base, components=(other, *base.components)))
    names = {e.key: e.name for e in sbom.elements}
    assert [names[r] for r in sbom.roots] == [reports.MAIN, "aaa"]
    assert [names[r.target] for r in sbom.each_relation() if r.kind == "DESCRIBES"] == [
        reports.MAIN,
        "aaa",
    ]
    assert sbom.author.name == "example.com"
    assert {e.supplier for e in sbom.elements if e.kind == "main"} == {sbom.author}


def test_a_license_file_that_nobody_knows_is_declared_with_its_text() -> None:
    text = "Do as you would be done by.\n"
    odd = reports.module(
        "example.org/odd", "v1.0.0", None,
        texts=(("LICENSE", reports.sha256(text)), ("sub/LICENSE", reports.sha256("MIT"))),
    )  # fmt: skip
    base = reports.small()
    report = replace(base, components=(*base.components, odd), texts={reports.sha256(text): text})
    sbom = bill_of_materials(report)
    found = named(sbom, "example.org/odd")
    assert found.declared == f"LicenseRef-unidentified-{reports.sha256(text)[:12]}"
    assert found.concluded == "NOASSERTION"
    assert [t.text for t in sbom.license_texts if t.id == found.declared] == [text.strip()]


def test_first_party_code_without_a_license_file_is_under_the_outbound_license() -> None:
    base = reports.small()
    main, *rest = base.components
    silent = replace(main, conclusion=reports.conclusion(None))
    closed = tuple(
        replace(a, verdict=replace(a.verdict, artifact=replace(
            a.verdict.artifact, outbound="LicenseRef-proprietary"))) for a in base.artifacts
    )  # fmt: skip
    report = replace(base, components=(silent, *rest), artifacts=closed)
    sbom = bill_of_materials(report)
    found = named(sbom, reports.MAIN)
    assert (found.declared, found.concluded) == ("LicenseRef-proprietary",) * 2
    assert named(sbom, "agent").concluded == "BSD-3-Clause AND LicenseRef-proprietary AND MIT"
    mixed = replace(report, artifacts=(closed[0], base.artifacts[1]))
    assert named(bill_of_materials(mixed), reports.MAIN).concluded == "NOASSERTION"


def with_waiver() -> ScanReport:
    note = WaiverNote(
        id="W-1", state="active", owner="team", approver="legal (us)", ticket="T-9",
        reason="until June", conditions=(), created="2026-01-02", due="2026-02-02",
        expires="2026-06-01", masks=True, effect="masked",
    )  # fmt: skip
    base = reports.mixed()
    (finding,) = base.findings
    return replace(base, findings=(replace(finding, waiver=note),))


def test_waivers_stand_with_the_component_they_are_about() -> None:
    sbom = bill_of_materials(with_waiver())
    (review,) = sbom.reviews
    assert review.subject == named(sbom, "github.com/mystery/box").key
    assert (review.date, review.reviewer) == ("2026-01-02T00:00:00Z", "legal [us]")
    assert review.text == (
        "Waiver W-1 (active) of unknown-license: until June; ticket T-9, owner team, "
        "expires 2026-06-01."
    )


@pytest.mark.parametrize("name", SBOM_FORMATS)
def test_waivers_are_valid_in_every_format(name: str) -> None:
    data = write_bill(name, bill_of_materials(with_waiver()))
    assert b"Waiver W-1" in data
    if name == "spdx-json":
        assert judges.spdx_tools(data) == ()
        assert judges.against_schema(data, "spdx-2.3.json") == []
    elif name == "spdx3-json":
        assert judges.against_schema(data, "spdx-3.0.1.json") == []
    elif name.startswith("cyclonedx"):
        assert judges.cyclonedx_strict(data, "1.7" if "17" in name else "1.6") == ""


def test_elected_licenses_are_said() -> None:
    base = reports.mixed()
    known = tuple(c for c in base.components if c.conclusion.concluded)
    server = named(bill_of_materials(replace(base, components=known)), "server")
    assert (
        "Elected: Apache-2.0 of Apache-2.0 OR GPL-2.0-only for pkg:golang/github.com/dual/lib"
        in (server.license_notes)
    )
    assert "OR" not in server.concluded


def test_a_main_module_of_which_nothing_is_built_is_no_part_of_what_is_built() -> None:
    base = reports.small()
    idle = reports.main_module("example.com/acme/tools", None, scope="unused", artifacts=())
    report = replace(base, components=(*base.components, idle))
    assert idle.path not in {e.name for e in bill_of_materials(report).elements}
    source = bill_of_materials(report, scope="source")
    assert idle.path in {e.name for e in source.elements}
    nothing = replace(report, components=(idle,), artifacts=())
    assert [e.name for e in bill_of_materials(nothing).elements] == [idle.path]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"place": "module-cache"}, "NONE"),
        ({"packages": (PackageLicense(import_path="x", license=None),)}, "NONE"),
        ({}, "NOASSERTION"),
        ({"place": "x", "verification": Verification(voucher=Voucher.MISMATCH)}, "NOASSERTION"),
    ],
)
def test_no_copyright_is_none_only_where_files_were_read(
    changes: dict[str, object], said: str
) -> None:
    empty = {"copyrights": (), "place": "", "texts": (), "packages": ()}
    third = reports.module("example.org/x", "v1.0.0", **{**empty, **changes})
    base = reports.small()
    sbom = bill_of_materials(replace(base, components=(*base.components, third)))
    assert named(sbom, "example.org/x").copyright == said


@pytest.mark.parametrize(
    ("version", "given", "made"),
    [
        ("v1.0.0", "2024-05-06T07:08:09Z", "2024-05-06T07:08:09Z"),
        ("v1.0.0", "", None),
        ("v0.0.0-20240102030405-abcdefabcdef", "", "2024-01-02T03:04:05Z"),
        ("v1.2.4-0.20240102030405-abcdefabcdef", "", "2024-01-02T03:04:05Z"),
        ("v0.0.0-20241302030405-abcdefabcdef", "", None),
    ],
)
def test_the_day_of_a_version_needs_no_origin(version: str, given: str, made: str | None) -> None:
    item = replace(reports.module("example.com/a", version), origin=None, released=given)
    assert release_time(item) == made


def test_the_standard_library_has_the_digests_of_the_module_that_it_was_read_from() -> None:
    report = reports.small()
    file = "v0.0.1-go1.26.8.linux-amd64.zip"
    given = tuple(
        replace(c, archive=Archive(sha256="a" * 64, sha512="b" * 128), file=file)
        if c.kind == "standard-library"
        else c
        for c in report.components
    )
    found = named(bill_of_materials(replace(report, components=given)), "stdlib")
    assert (found.sha256, found.sha512, found.file_name) == ("a" * 64, "b" * 128, file)
    assert found.download is None
    assert found.notes[0].endswith(
        f"golang.org/toolchain: the digests are those of its zip, {file}."
    )
    plain = named(bill_of_materials(report), "stdlib")
    assert (plain.sha256, plain.file_name, plain.notes) == (None, None, ())


@pytest.mark.parametrize(
    ("commit", "dirty", "said"),
    [
        ("c" * 40, False, f"Read from the scanned repository at commit {'c' * 40}."),
        ("c" * 40, True,
         f"Read from the scanned repository at commit {'c' * 40}, with changes that are not "
         "committed."),
        (None, False, "Read from the scanned folder."),
    ],
)  # fmt: skip
def test_a_main_module_says_where_it_was_read(commit: str | None, dirty: bool, said: str) -> None:
    report = reports.small()
    report = replace(report, subject=replace(report.subject, commit=commit, dirty=dirty))
    (main,) = [e for e in bill_of_materials(report).elements if e.kind == "main"]
    assert main.source == said
