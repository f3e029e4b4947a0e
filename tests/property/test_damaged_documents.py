"""A document of ours with one value of another kind is read, or refused, and nothing else."""

from __future__ import annotations

import contextlib
import copy
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.cli.gate import command as gate
from compliance.cli.reading import load_report
from compliance.errors import ComplianceError
from compliance.outputs import check_bill, compare_reports, convert_bill, render
from tests.outputs import states

SETTINGS = settings(derandomize=True, deadline=None, max_examples=80, database=None)
BILLS = ("spdx-json", "spdx3-json", "cyclonedx-json", "cyclonedx17-json")

ODD = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False),
    st.text(max_size=5),
    st.sampled_from(["\ud800", "\u202e", "x" * 5000, "9999-12-31", "GPL-3.0-only OR", "=cmd()"]),
    st.sampled_from([{}, [], {"a": 1}, ["x"], [[]], [{}], {"": []}]),
)  # fmt: skip


@cache
def document(name: str) -> Any:
    return json.loads(render(name, states.incident()))


def places(value: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to each value; of a list to the first two."""
    if here:
        yield here
    inner: Any = value.items() if isinstance(value, dict) else ()
    for key, below in enumerate(value[:2]) if isinstance(value, list) else inner:
        yield from places(below, (*here, key))


@cache
def all_places(name: str) -> tuple[tuple[Any, ...], ...]:
    return tuple(places(document(name)))


def damaged(name: str, place: int, odd: object) -> bytes:
    made = copy.deepcopy(document(name))
    *way, last = all_places(name)[place % len(all_places(name))]
    at = made
    for step in way:
        at = at[step]
    at[last] = odd
    return json.dumps(made).encode()


@pytest.mark.parametrize("name", BILLS)
@SETTINGS
@given(place=st.integers(0, 10**6), odd=ODD)
def test_a_bill_is_checked_and_converted_or_refused(name: str, place: int, odd: object) -> None:
    data = damaged(name, place, odd)
    for ask in (lambda: check_bill(data), lambda: convert_bill(data, "spdx-tv")):
        with contextlib.suppress(ComplianceError):
            ask()


@SETTINGS
@given(place=st.integers(0, 10**6), odd=ODD)
def test_a_report_is_taken_as_a_report_or_refused(
    tmp_path_factory: pytest.TempPathFactory, place: int, odd: object
) -> None:
    file: Path = tmp_path_factory.getbasetemp() / "damaged-report.json"
    file.write_bytes(damaged("json", place, odd))
    try:
        read = load_report(str(file))
    except ComplianceError:
        return
    assert gate.main([str(file)], standalone_mode=False) in (0, 1, 3)
    assert compare_reports(document("json"), read)["schema"] == "compliance/drift/1"
