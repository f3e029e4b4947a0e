"""Builds of a .goreleaser.yaml, by GoReleaser's own rules and defaults."""

from __future__ import annotations

import pytest

from compliance.errors import UsageError
from compliance.findings import Severity
from compliance.pipeline.goreleaser import Releases, read_releases


def _read(text: str) -> Releases:
    return read_releases(".goreleaser.yaml", text.encode())


def _platforms(text: str) -> list[str]:
    return [f"{t.goos}/{t.goarch}/{t.level}".rstrip("/") for t in _read(text).targets]


def test_a_file_without_builds_has_one_for_the_usual_platforms() -> None:
    found = _read("version: 2\nproject_name: x\n")
    assert {(t.folder, t.main, t.tags) for t in found.targets} == {(".", ".", None)}
    assert [f"{t.goos}/{t.goarch}" for t in found.targets] == [
        "linux/amd64", "linux/arm64", "linux/386", "darwin/amd64", "darwin/arm64",
        "windows/amd64", "windows/arm64", "windows/386",
    ]  # fmt: skip


@pytest.mark.parametrize(("build", "expected"), [
    ("goos: [linux]\n    goarch: [arm]", ["linux/arm/6"]),
    ("goos: [linux]\n    goarch: [arm, mips]\n    goarm: [5, 7]\n    gomips: [softfloat]",
     ["linux/arm/5", "linux/arm/7", "linux/mips/softfloat"]),
    ("goos: [linux, windows]\n    goarch: [arm, amd64]\n    ignore:\n      - goarch: arm\n"
     "        goos: linux\n", ["linux/amd64/v1", "windows/amd64/v1"]),
    ("goos: [linux]\n    goarch: [amd64]\n    goamd64: [v1, v3]\n    ignore: [{goamd64: v1}]",
     ["linux/amd64/v3"]),
    ("goos: [freebsd, linux]\n    goarch: [riscv64]", ["linux/riscv64/rva20u64"]),
    ("targets: [windows_amd64, linux_arm64, linux_arm_7, linux_s390x]\n    goos: [plan9]",
     ["linux/arm/7", "linux/arm64/v8.0", "linux/s390x", "windows/amd64/v1"]),
    ("targets: [go_first_class]",
     ["darwin/amd64/v1", "darwin/arm64/v8.0", "linux/386/sse2", "linux/amd64/v1", "linux/arm/6",
      "linux/arm64/v8.0", "windows/386/sse2", "windows/amd64/v1"]),
])  # fmt: skip
def test_platforms(build: str, expected: list[str]) -> None:
    assert _platforms(f"builds:\n  - id: x\n    {build}\n") == expected


@pytest.mark.parametrize(("build", "tags"), [
    ("{}", None),
    ("{tags: [b, a]}", ("a", "b")),
    ("{tags: 'b a,c'}", ("a", "b", "c")),
    ("{flags: [-trimpath, -tags=x, -v]}", ("x",)),
    ("{flags: -trimpath -tags x}", ("x",)),
    ("{flags: ['-tags=x'], tags: [y]}", ("y",)),
    ("{tags: ['{{ .Os }}_{{ .Arch }}']}", ("linux_amd64",)),
    ("{tags: [x], overrides: [{goos: linux, goarch: amd64, tags: [y]}]}", ("y",)),
    ("{tags: [x], overrides: [{goos: linux, goarch: amd64, goamd64: v3, tags: [y]}]}", ("x",)),
])  # fmt: skip
def test_tags(build: str, tags: tuple[str, ...] | None) -> None:
    inside = build.removeprefix("{").removesuffix("}")
    more = f", {inside}" if inside else ""
    found = _read(f"builds:\n  - {{goos: [linux], goarch: [amd64]{more}}}\n")
    assert [t.tags for t in found.targets] == [tags]
    assert found.findings == ()


def test_variables_of_a_build_win_over_those_of_the_file() -> None:
    text = "env: [CGO_ENABLED=1, A=b]\nbuilds:\n  - {targets: [linux_amd64], env: [CGO_ENABLED=0]}"
    (target,) = _read(text).targets
    assert target.environ == {"CGO_ENABLED": "0", "A": "b"}


def test_anchors_and_merge_keys_are_understood() -> None:
    text = "x: &x {goos: [linux], goarch: [amd64]}\nbuilds:\n  - <<: *x\n    main: ./cmd/a\n"
    (target,) = _read(text).targets
    assert (target.main, target.goos) == ("./cmd/a", "linux")


@pytest.mark.parametrize("chained", [False, True])
def test_merge_keys_are_no_bomb(chained: bool) -> None:
    """Each merge copies what it merges: 30,000 small lines would be 450 million values."""
    if chained:
        lines = ["a0: &a0 {k0: v}"]
        lines += [f"a{i}: &a{i} {{<<: *a{i - 1}, k{i}: v}}" for i in range(1, 30_000)]
    else:
        lines = ["base: &a", *(f"  k{i}: v" for i in range(30_000)), "builds:"]
        lines += ["  - {<<: *a}"] * 30_000
    with pytest.raises(UsageError, match=r":\d+: more than 200000 values with merges"):
        _read("\n".join(lines) + "\n")


def test_builds_that_are_skipped_or_no_go_builds_are_left_out() -> None:
    found = _read("builds: [{skip: true}, {builder: rust}, {targets: [linux_amd64]}]")
    assert len(found.targets) == 1
    assert [(f.code, f.severity) for f in found.findings] == [("build-undetermined", Severity.PASS)]


@pytest.mark.parametrize(("build", "severity", "targets"), [
    ("{targets: [linux_amd64], tags: ['{{ .Env.T }}', b]}", Severity.WARN, 1),
    ("{targets: [linux_amd64], env: ['CGO_ENABLED=$CGO']}", Severity.WARN, 1),
    ("{targets: [linux_amd64], env: ['OTHER=$CGO']}", None, 1),
    ("{targets: [linux_amd64], main: '{{ .Env.MAIN }}'}", Severity.BLOCK, 0),
    ("{targets: ['{{ .Env.TARGET }}']}", Severity.BLOCK, 0),
    ("{goos: ['{{ .Env.GOOS }}']}", Severity.BLOCK, 0),
    ("{targets: [linux_amd64], flags: [-modfile=other.mod]}", Severity.BLOCK, 0),
])  # fmt: skip
def test_what_only_the_releasing_machine_knows_is_said(
    build: str, severity: Severity | None, targets: int
) -> None:
    found = _read(f"builds:\n  - {build}\n")
    assert len(found.targets) == targets
    assert [f.severity for f in found.findings] == ([severity] if severity else [])
    assert all(f.location and f.location.line == 2 for f in found.findings)


@pytest.mark.parametrize(("text", "line"), [
    ("builds: x", 1),
    ("builds:\n  - goos: linux", 2),
    ("builds:\n  - goos: [linuxx]", 2),
    ("builds:\n  - goarch: [amd65]", 2),
    ("builds:\n  - targets: [linux_foo]", 2),
    ("builds:\n  - main: [a]", 2),
    ("builds: [{a: *x}]", 1),
    ("a: &a [*a]", 1),
    ("builds:\n  - {skip: true}", 1),
    ("builds:\n  - goos: [linux\n", 3),
    ("builds:\n  - flags: ['-tags=\"a']", 2),
    ("builds:\n  - ignore: [x]", 2),
    ("builds:\n  - {}\n  - x\n", 3),
    ("builds:\n  - <<: x\n", 2),
    ("[[ if ]]\nbuilds: {", 2),
])  # fmt: skip
def test_mistakes_have_a_place(text: str, line: int) -> None:
    with pytest.raises(UsageError) as caught:
        _read(text)
    assert (caught.value.file, caught.value.line, caught.value.status) == (
        ".goreleaser.yaml", line, 2,
    )  # fmt: skip
