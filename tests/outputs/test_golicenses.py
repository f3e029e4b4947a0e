"""Rows, addresses, types and saved files as users of go-licenses expect them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from compliance import outputs
from compliance.errors import UsageError
from compliance.golang import EntryKind, Module, ModuleVersion
from compliance.outputs import golicenses
from compliance.report import Library, Statement
from compliance.sources import Origin


class Tree:
    """Files in memory."""

    def __init__(self, **files: str) -> None:
        self.files = {k.replace("__", "/"): v.encode() for k, v in files.items()}

    def listing(self, folder: str) -> dict[str, EntryKind]:
        start = "" if folder == "." else f"{folder}/"
        made = {}
        for path in self.files:
            if path.startswith(start):
                name, more, _ = path[len(start) :].partition("/")
                made[name] = EntryKind.FOLDER if more else EntryKind.FILE
        return made

    def read(self, path: str) -> bytes:
        return self.files[path]


def library(
    path: str = "github.com/owner/name", version: str = "v1.2.3", license_: str | None = "MIT",
    **changes: object,
) -> Library:  # fmt: skip
    made = Library(
        name=path, module=Module(id=ModuleVersion(path, version)),
        source=ModuleVersion(path, version), packages=(path,), expression=license_,
        statements=tuple(Statement(license=x, file="LICENSE") for x in (license_,) if x),
        license_files=("LICENSE",), files=Tree(LICENSE="The text.\n", NOTICE="n\n", **{"a.go": ""}),
        root=".", folder=".", disk=None, origin=None,
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def url(path: str, version: str, file: str = "LICENSE", **changes: object) -> str | None:
    return golicenses.source_url(library(path, version, **changes), file)


@pytest.mark.parametrize(
    ("path", "version", "expected"),
    [
        ("github.com/a/b", "v1.2.3", "https://github.com/a/b/blob/v1.2.3/LICENSE"),
        ("github.com/a/b/v2", "v2.0.0", "https://github.com/a/b/blob/v2.0.0/LICENSE"),
        ("github.com/a/b", "v8.0.0+incompatible", "https://github.com/a/b/blob/v8.0.0/LICENSE"),
        ("github.com/a/b/sub", "v0.1.0", "https://github.com/a/b/blob/sub/v0.1.0/sub/LICENSE"),
        ("github.com/a/b/x/v3", "v3.0.1", "https://github.com/a/b/blob/x/v3.0.1/x/LICENSE"),
        ("github.com/a/b", "v0.0.0-20240102030405-abcdefabcdef",
         "https://github.com/a/b/blob/abcdefabcdef/LICENSE"),
        ("github.com/a/b", "v1.2.4-0.20240102030405-abcdefabcdef",
         "https://github.com/a/b/blob/abcdefabcdef/LICENSE"),
        ("github.com/a/b", "", "https://github.com/a/b/blob/HEAD/LICENSE"),
        ("gitlab.com/a/b", "v1.0.0", "https://gitlab.com/a/b/-/blob/v1.0.0/LICENSE"),
        ("codeberg.org/a/b", "v1.0.0", "https://codeberg.org/a/b/src/tag/v1.0.0/LICENSE"),
        ("gopkg.in/yaml.v3", "v3.0.1", "https://github.com/go-yaml/yaml/blob/v3.0.1/LICENSE"),
        ("gopkg.in/a/b.v4", "v4.1.0", "https://github.com/a/b/blob/v4.1.0/LICENSE"),
        ("golang.org/x/text", "v0.3.8",
         "https://cs.opensource.google/go/x/text/+/v0.3.8:LICENSE"),
        ("vanity.example/x", "v1.0.0", None),
        ("github.com/a", "v1.0.0", None),
    ],
)  # fmt: skip
def test_addresses(path: str, version: str, expected: str | None) -> None:
    assert url(path, version) == expected


def test_the_origin_answers_for_paths_that_name_no_host() -> None:
    origin = Origin(
        vcs="git", url="https://github.com/a/b", commit="a" * 40, ref="refs/tags/sub/v1.0.0"
    )
    expected = "https://github.com/a/b/blob/sub/v1.0.0/sub/LICENSE"
    assert url("vanity.example/b/sub", "v1.0.0", origin=origin) == expected
    hostile = replace(origin, url="javascript:alert(1)")
    assert url("vanity.example/b", "v1.0.0", origin=hostile) is None


def test_vendored_files_are_named_by_their_place_in_the_module() -> None:
    root = "vendor/github.com/a/b"
    made = url("github.com/a/b", "v1.0.0", f"{root}/x y/LICENSE", root=root)
    assert made == "https://github.com/a/b/blob/v1.0.0/x%20y/LICENSE"


@pytest.mark.parametrize(
    ("license_", "kind"),
    [
        ("MIT", "notice"), ("Apache-2.0 WITH LLVM-exception", "notice"), ("MPL-2.0", "reciprocal"),
        ("LGPL-2.1-only", "restricted"), ("GPL-3.0-or-later", "restricted"),
        ("AGPL-3.0-only", "forbidden"), ("SSPL-1.0", "forbidden"), ("BUSL-1.1", "forbidden"),
        ("CC0-1.0", "unencumbered"), ("WTFPL", "forbidden"), ("Unknown", "unknown"),
        ("LicenseRef-odd", "unknown"),
    ],
)  # fmt: skip
def test_types(license_: str, kind: str) -> None:
    assert golicenses.license_type(license_) == kind
    assert kind in golicenses.TYPES


def test_rows() -> None:
    two = library(
        license_="BSD-3-Clause AND MIT",
        statements=(Statement(license="BSD-3-Clause", file="a.go"),
                    Statement(license="MIT", file="LICENSE")),
    )  # fmt: skip
    unknown = library("vanity.example/x", "v1.0.0", None, statements=(), license_files=())
    made = outputs.render_libraries((two, unknown)).decode()
    assert made == (
        "github.com/owner/name,https://github.com/owner/name/blob/v1.2.3/a.go,BSD-3-Clause\n"
        "github.com/owner/name,https://github.com/owner/name/blob/v1.2.3/LICENSE,MIT\n"
        "vanity.example/x,Unknown,Unknown\n"
    )


def test_templates_see_what_go_licenses_gives_them() -> None:
    template = (
        "{{range .}}{{.Name}}|{{.Version}}|{{.LicenseURL}}|{{.LicenseName}}|{{.LicensePath}}|"
        "{{.LicenseText}}{{end}}"
    )
    made = outputs.render_libraries((library(),), template=template, file="t").decode()
    assert made == (
        "github.com/owner/name|v1.2.3|https://github.com/owner/name/blob/v1.2.3/LICENSE|MIT|"
        "github.com/owner/name@v1.2.3/LICENSE|The text.\n"
    )


def test_a_license_that_only_a_source_file_names_has_its_standard_text() -> None:
    odd = library(license_="ISC", statements=(Statement(license="ISC", file="a.go"),))
    template = "{{range .}}{{.LicenseText}}{{end}}"
    made = outputs.render_libraries((odd,), template=template, file="t").decode()
    assert "Permission to use, copy, modify" in made


def complaints(license_: str | None, *, names: str = "", kinds: str = "") -> list[str]:
    check = outputs.library_check(names.split(), kinds.split())
    return check(library(license_=license_))


@pytest.mark.parametrize(
    ("license_", "names", "kinds", "count"),
    [
        ("MIT", "", "", 0), ("AGPL-3.0-only", "", "", 1), (None, "", "", 1),
        ("GPL-2.0-only", "", "", 0), ("GPL-2.0-only", "", "restricted", 1),
        (None, "MIT", "", 1), ("MIT", "MIT", "", 0), ("MIT AND ISC", "MIT", "", 1),
        ("MIT OR GPL-2.0-only", "MIT", "", 0), ("MIT OR GPL-2.0-only", "", "restricted", 0),
        ("Apache-2.0 AND (MIT OR GPL-2.0-only)", "MIT", "", 1),
        ("GPL-2.0-or-later", "GPL-2.0", "", 0), ("GPL-2.0-only", "GPL-2.0-only", "", 0),
        ("MIT", "", "Notice", 1),
    ],
)  # fmt: skip
def test_check(license_: str | None, names: str, kinds: str, count: int) -> None:
    assert len(complaints(license_, names=names, kinds=kinds)) == count


def test_check_speaks_as_go_licenses_does() -> None:
    assert complaints("MIT", names="ISC") == [
        "Not allowed license 'MIT' found for library 'github.com/owner/name'."
    ]
    assert complaints("AGPL-3.0-only") == [
        "License 'AGPL-3.0-only' of not allowed license type 'Forbidden' found for library "
        "'github.com/owner/name'."
    ]
    with pytest.raises(UsageError, match="exclude each other"):
        complaints("MIT", names="MIT", kinds="notice")
    with pytest.raises(UsageError, match="types are forbidden"):
        complaints("MIT", kinds="evil")


def test_saved_files() -> None:
    assert sorted(outputs.library_files(library()) or ()) == ["LICENSE", "NOTICE"]
    shared = outputs.library_files(library(license_="MPL-2.0"))
    assert sorted(shared or ()) == ["LICENSE", "NOTICE", "a.go"]
    assert outputs.library_files(library(license_=None, statements=())) is None
    assert outputs.library_files(library(license_="AGPL-3.0-only")) is None


def test_names_of_the_input_leave_no_folder_and_act_in_no_spreadsheet() -> None:
    evil = library("=cmd()", "v1", statements=(Statement(license="MIT", file="../../x"),))
    assert set(outputs.library_files(replace(evil, license_files=())) or ()) == {"NOTICE"}
    assert outputs.render_libraries((evil,)).startswith(b"'=cmd(),")
