"""Order and parts of versions; tests/oracle judges the same against golang.org/x/mod."""

from __future__ import annotations

import itertools

import pytest

from compliance.golang.semver import (
    Pseudo,
    canonical,
    compare,
    compare_go,
    go_language,
    is_valid,
    module_sort_key,
    pseudo,
    toolchain_version,
)

ASCENDING = (
    "bad", "v0.0.0-20200101000000-abcdefabcdef", "v0.0.0", "v0.9.0", "v1.0.0-0.3.7", "v1.0.0-alpha",
    "v1.0.0-alpha.1", "v1.0.0-alpha.beta", "v1.0.0-beta", "v1.0.0-beta.2", "v1.0.0-beta.11",
    "v1.0.0-rc.1", "v1.0.0", "v1.0.1", "v1.2.0", "v1.10.0", "v2.0.0+incompatible",
    "v99999999999999999999.0.0",
)  # fmt: skip

GO_ASCENDING = (
    "bad", "1", "1.9", "1.20rc1", "1.20", "1.21", "1.21rc1", "1.21rc2", "1.21.0", "1.21.10", "1.22"
)  # fmt: skip


TIME, REVISION = "20200101000000", "abcdefabcdef"
MOMENT = f"{TIME}-{REVISION}"


def test_versions_are_ordered_by_precedence() -> None:
    for (i, a), (j, b) in itertools.product(enumerate(ASCENDING), repeat=2):
        assert compare(a, b) == (i > j) - (i < j), (a, b)


def test_build_metadata_does_not_count_in_the_order() -> None:
    assert compare("v1.0.0+a", "v1.0.0+b") == 0


def test_go_versions_put_the_language_before_its_releases() -> None:
    for (i, a), (j, b) in itertools.product(enumerate(GO_ASCENDING), repeat=2):
        assert compare_go(a, b) == (i > j) - (i < j), (a, b)


def test_before_1_21_a_language_version_is_its_first_release() -> None:
    assert compare_go("1.20", "1.20.0") == 0
    assert compare_go("1.21", "1.21.0") < 0


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("v1", "v1.0.0"), ("v1.2", "v1.2.0"), ("v1.2.3+meta", "v1.2.3"), ("v1.02.3", ""),
        ("v2.0.0+incompatible", "v2.0.0+incompatible"), ("1.2.3", ""), ("v1.2.3-01", ""),
        ("v1.2.3\n", ""), ("v1.2.3-rc.1", "v1.2.3-rc.1"), ("v\u0661.0.0", ""),
    ],
)  # fmt: skip
def test_canonical_versions(version: str, expected: str) -> None:
    assert canonical(version) == expected


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        (f"v0.0.0-{MOMENT}", Pseudo("", TIME, REVISION)),
        (f"v1.2.4-0.{MOMENT}", Pseudo("v1.2.3", TIME, REVISION)),
        (f"v1.2.10-0.{MOMENT}", Pseudo("v1.2.9", TIME, REVISION)),
        (f"v1.2.3-rc.1.0.{MOMENT}", Pseudo("v1.2.3-rc.1", TIME, REVISION)),
        (f"v2.0.1-0.{MOMENT}+incompatible", Pseudo("v2.0.0+incompatible", TIME, REVISION)),
        ("v1.2.3-rc.1", None),
    ],
)  # fmt: skip
def test_pseudo_versions_name_base_time_and_revision(version: str, expected: Pseudo | None) -> None:
    assert pseudo(version) == expected


def test_toolchain_names() -> None:
    assert toolchain_version("go1.22.1-corp") == "1.22.1"
    assert toolchain_version("go1.21rc2") == "1.21rc2"
    assert [toolchain_version(n) for n in ("default", "go1.x", "x/go1.22", "1.22")] == [""] * 4
    assert go_language("1.21.3") == go_language("1.21rc1") == "1.21"


def test_go_and_toolchain_are_ordered_as_go_versions_in_the_graph() -> None:
    assert module_sort_key("go", "1.21rc1") < module_sort_key("go", "1.21.0")
    assert module_sort_key("toolchain", "go1.9.9") < module_sort_key("toolchain", "go1.21.0")


def test_numbers_of_any_length_are_no_work() -> None:
    long = "9" * 200_000
    assert compare(f"v{long}.0.0", f"v{long}1.0.0") == -1
    assert compare_go(f"1.{long}", "1.2") == 1
    assert not is_valid("v1.0.0-" + "0" * 100_000 + ".")
