"""Names of libraries as go-licenses gives them."""

from __future__ import annotations

import pytest

from compliance.pipeline.libraries import common_path


@pytest.mark.parametrize(
    ("paths", "name"),
    [
        (["a.example/b/c", "a.example/b/d"], "a.example/b"),
        (
            ["a.example/b/v2", "a.example/b/v2/x", "c:a.example/b/v2/internal/glfw"],
            "a.example/b/v2",
        ),
        (["c:a.example/b/libpcap"], "a.example/b/libpcap"),
        (["a.example/b"], "a.example/b"),
    ],
)
def test_the_common_part_of_import_paths(paths: list[str], name: str) -> None:
    assert common_path(paths) == name
