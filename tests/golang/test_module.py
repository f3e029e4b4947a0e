"""Module paths, escaping and package URLs; tests/oracle judges paths against golang.org/x/mod."""

from __future__ import annotations

import pytest

from compliance.errors import MalformedInputError
from compliance.golang import (
    ModuleVersion,
    escape_path,
    escape_version,
    import_path_problem,
    module_path_problem,
    path_contains,
    unescape_path,
    unescape_version,
)


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        (ModuleVersion("github.com/Azure/azure-sdk", "v1.0.0"),
         "pkg:golang/github.com/Azure/azure-sdk@v1.0.0"),
        (ModuleVersion("x.io/a", "v2.0.0+incompatible"), "pkg:golang/x.io/a@v2.0.0%2Bincompatible"),
        (ModuleVersion("x.io/a"), "pkg:golang/x.io/a"),
        (ModuleVersion("x.io/c++ @é", "v1.0.0"), "pkg:golang/x.io/c%2B%2B%20%40%C3%A9@v1.0.0"),
    ],
)  # fmt: skip
def test_package_urls_keep_case_and_never_escape_with_marks(
    module: ModuleVersion, expected: str
) -> None:
    assert module.purl == expected


def test_escaping_writes_capitals_with_marks_and_back() -> None:
    assert escape_path("github.com/Azure/AAD") == "github.com/!azure/!a!a!d"
    assert unescape_path("github.com/!azure/!a!a!d") == "github.com/Azure/AAD"
    assert escape_version("v1.0.0-RC1") == "v1.0.0-!r!c1"
    assert unescape_version("v1.0.0-!r!c1") == "v1.0.0-RC1"


@pytest.mark.parametrize(
    "path",
    ["", "a", "x.io/../y", "x.io//y", "/x.io", "x.io/", "x.io/.git", "x.io/con", "x.io/a b",
     "x.io/v1", "x.io/v02", "X.io/a", "-x.io", "x.io/é", "x.io/\udcff", "x.io/a~1",
     "gopkg.in/yaml"],
)  # fmt: skip
def test_paths_that_no_module_can_have_are_refused(path: str) -> None:
    assert module_path_problem(path)
    with pytest.raises(MalformedInputError):
        escape_path(path)


@pytest.mark.parametrize("text", ["v1!", "v1.0.0-!", "v1.0.0-RC", "../x", "", "v1/2", "a\\b", "é"])
def test_versions_that_could_not_be_file_names_are_refused(text: str) -> None:
    with pytest.raises(MalformedInputError):
        unescape_version(text)


def test_a_main_module_may_have_a_short_path() -> None:
    assert not import_path_problem("m")
    assert import_path_problem("m m")


def test_a_path_covers_whole_elements_only() -> None:
    assert path_contains("x.io/foo", "x.io/foo/bar")
    assert path_contains("x.io/foo", "x.io/foo")
    assert not path_contains("x.io/foo", "x.io/foobar")


def test_module_versions_are_ordered_and_print_as_graph_nodes() -> None:
    assert str(ModuleVersion("x.io/a", "v1.0.0")) == "x.io/a@v1.0.0"
    assert str(ModuleVersion("m")) == "m"
    assert sorted([ModuleVersion("b"), ModuleVersion("a", "v2.0.0")])[0].path == "a"
