"""How a program is linked, from flags and from the builds of a release file."""

from __future__ import annotations

import pytest

from compliance.pipeline.goreleaser import read_releases
from compliance.pipeline.linkflags import Linking, linking_of_flags


@pytest.mark.parametrize(
    ("flags", "static", "external"),
    [
        ("-s -w", False, False),
        ("-extldflags -static", True, False),
        ("-extldflags=-static", True, False),
        ('-s -extldflags "-lm -static"', True, False),
        ("-linkmode external -extldflags '-static-pie'", True, True),
        ("-linkmode=external", False, True),
        ("-X main.flags=-static", False, False),
        ("-X 'main.how=-extldflags -static'", False, False),
        ('-extldflags "-static', False, False),
    ],
)
def test_flags_of_the_linker(flags: str, static: bool, external: bool) -> None:
    found = linking_of_flags([("ldflags", flags)], {}, ("f", 3))
    assert (found.static, found.external) == (static, external)


def test_the_last_flag_counts_and_variables_of_cgo_go_to_the_same_linker() -> None:
    flags = [("ldflags", "-extldflags=-static"), ("ldflags", "-s"), ("buildmode", "plugin")]
    assert linking_of_flags(flags, {}, (None, None)) == Linking(mode="plugin", external=True)
    assert linking_of_flags([], {"CGO_LDFLAGS": "-O2 -static"}, (None, None)).static


BUILDS = """version: 2
builds:
  - id: a
    goos: [linux, darwin]
    goarch: [amd64]
    ldflags:
      - -s -w -X main.version={{ .Version }}
      - -linkmode external -extldflags "-static"
    overrides:
      - {goos: darwin, goarch: amd64, goamd64: v1, ldflags: [-s]}
  - id: b
    goos: [linux]
    goarch: [amd64]
    buildmode: c-shared
  - id: c
    goos: [linux]
    goarch: [amd64]
    flags: [-trimpath, -buildmode=plugin]
    env: ["CGO_LDFLAGS=-static {{ .Env.MORE }}"]
"""


def test_builds_of_a_release_file() -> None:
    found = read_releases(".goreleaser.yaml", BUILDS.encode())
    assert [(t.goos, t.linking.mode, t.linking.static, t.linking.line) for t in found.targets] == [
        ("linux", "", True, 7), ("darwin", "", False, 3), ("linux", "c-shared", False, 14),
        ("linux", "plugin", True, 19),
    ]  # fmt: skip
    assert [f.message for f in found.findings] == [
        "what CGO_LDFLAGS=-static {{ .Env.MORE }} gives in `env` is known only where it is"
        " released: the variable counts as not set"
    ]
