"""vendor/modules.txt as the go command reads it."""

from __future__ import annotations

import pytest

from compliance.golang import ModuleVersion, parse_vendor_list
from compliance.golang.vendored import is_workspace_list

LIST = b"""\
## workspace
# x.io/a v1.0.0 => ./a
## explicit; go 1.20; reserved
x.io/a
x.io/a/sub
not a package
# x.io/b v1.0.0
## explicit
# x.io/c v1.0.0
x.io/c
# x.io/c v1.1.0 => y.io/c v1.1.1
## go 1.9
x.io/c
# x.io/c v1.0.5
x.io/c/late
# broken
# x.io/broken nonsense
x.io/skipped
# x.io/w => y.io/w v1.0.0
# x.io/v v1.0.0 => ../v
"""


def test_modules_packages_and_replaces_are_read_with_their_lines() -> None:
    vendor = parse_vendor_list(LIST, file="vendor/modules.txt")
    assert vendor.workspace
    modules = {str(m.id): m for m in vendor.modules}
    assert list(modules) == ["x.io/a@v1.0.0", "x.io/b@v1.0.0", "x.io/c@v1.0.0", "x.io/c@v1.1.0",
                             "x.io/c@v1.0.5"]  # fmt: skip
    a = modules["x.io/a@v1.0.0"]
    assert (a.explicit, a.go_version, a.line) == (True, "1.20", 2)
    assert (a.packages, a.replace) == (("x.io/a", "x.io/a/sub"), ModuleVersion("./a"))
    assert modules["x.io/c@v1.1.0"].replace == ModuleVersion("y.io/c", "v1.1.1")
    assert [(m.id.path, m.id.version, m.line) for m in vendor.unused_replaces] == [
        ("x.io/w", "", 19), ("x.io/v", "v1.0.0", 20)
    ]  # fmt: skip


def test_a_path_at_two_versions_is_provided_by_the_higher_one() -> None:
    vendor = parse_vendor_list(LIST, file="vendor/modules.txt")
    assert [str(m.id) for m in vendor.providers()] == ["x.io/a@v1.0.0", "x.io/c@v1.1.0"]


def test_the_last_line_that_names_a_package_owns_it() -> None:
    owners = parse_vendor_list(LIST, file="vendor/modules.txt").owners()
    assert owners["x.io/c"] == ModuleVersion("x.io/c", "v1.1.0")
    assert "x.io/skipped" not in owners


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"## workspace\n", True), (b"## x; workspace \r\n", True), (b"# workspace\n", False),
        (b"\n## workspace\n", False), (b"## " + b"x" * 600 + b"; workspace", False), (b"", False),
    ],
)  # fmt: skip
def test_the_workspace_mark_stands_in_the_first_line(text: bytes, expected: bool) -> None:
    assert is_workspace_list(text) is expected
