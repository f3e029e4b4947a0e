"""Build lists against the go command, on the module universe of its own tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.oracle.goworld import GO, Go, Situation, Universe, assert_same

pytestmark = [pytest.mark.oracle, pytest.mark.skipif(GO is None, reason="no go command")]


@pytest.fixture(scope="module")
def universe() -> Universe:
    return Universe.of_goroot()


@pytest.fixture(scope="module")
def go(universe: Universe, tmp_path_factory: pytest.TempPathFactory) -> Go:
    return Go(tmp_path_factory.mktemp("go"), universe)


def test_every_module_of_the_universe_selects_as_go_does(
    universe: Universe, go: Go, tmp_path: Path
) -> None:
    differing = []
    for index, id_ in enumerate(sorted(universe.gomods)):
        situation = Situation(
            {"go.mod": f"module m\ngo 1.{15 + index % 6}\nrequire {id_.path} {id_.version}\n"}
        )
        ours, theirs = situation.ours(universe), situation.theirs(go, tmp_path / str(index))
        try:
            assert_same(ours, theirs)
        except AssertionError:
            differing.append((str(id_), index % 6, ours, theirs))
    assert not differing, differing
