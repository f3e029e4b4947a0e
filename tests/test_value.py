"""Value types behave as the data classes that type checkers take them for."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from typing import Any

import pytest

from compliance import value


def classes(decorate: Any, field: Any) -> tuple[Any, Any]:
    @decorate(frozen=True, slots=True, kw_only=True, order=True)
    class Named:
        size: int
        name: str = "x"
        parts: tuple[int, ...] = field(default_factory=tuple)

        @property
        def double(self) -> int:
            return self.size * 2

    @decorate(frozen=True, slots=True)
    class Placed:
        path: str
        line: int = 1

    return Named, Placed


OURS = classes(value.dataclass, value.field)
THEIRS = classes(dataclasses.dataclass, dataclasses.field)


@value.dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    where: str
    _hidden: int = 0


def test_the_same_fields_order_and_spelling() -> None:
    (named, placed), (their_named, their_placed) = OURS, THEIRS
    assert repr(named(size=1)).endswith("Named(size=1, name='x', parts=())")
    assert named(size=2).double == their_named(size=2).double
    assert [f.name for f in dataclasses.fields(named)] == ["size", "name", "parts"]
    assert placed.__match_args__ == their_placed.__match_args__
    assert named.__match_args__ == their_named.__match_args__
    assert dataclasses.asdict(named(size=1)) == dataclasses.asdict(their_named(size=1))


def test_equality_order_and_hash() -> None:
    named, placed = OURS
    assert named(size=1) == named(size=1) != named(size=2)
    assert named(size=1, name="z") < named(size=2)
    assert len({placed("a"), placed("a"), placed("b")}) == 2
    assert placed("a") != ("a", 1)


@pytest.mark.parametrize("replace", [value.replace, dataclasses.replace])
def test_replace(replace: Any) -> None:
    named, placed = OURS
    assert replace(named(size=1), name="y") == named(size=1, name="y")
    assert replace(placed("a"), line=3) == placed("a", 3)
    with pytest.raises(TypeError):
        replace(placed("a"), color="red")


def test_values_never_change() -> None:
    one = OURS[1]("a")
    with pytest.raises(AttributeError):
        one.line = 2
    with pytest.raises(AttributeError):
        one.color = "red"


def test_wrong_arguments_are_errors() -> None:
    named, _ = OURS
    for arguments, keywords in (((), {}), ((1,), {}), ((), {"size": 1, "color": 2})):
        with pytest.raises(TypeError):
            named(*arguments, **keywords)


def test_copies_through_pickle() -> None:
    kept = Kept(where="a", _hidden=2)
    assert pickle.loads(pickle.dumps(kept)) == kept == copy.deepcopy(kept)  # noqa: S301 - our own


def test_what_only_data_classes_have_makes_one() -> None:
    @value.dataclass(frozen=True, slots=True)
    class Quiet:
        text: str
        told: str = value.field(default="", compare=False)

    assert Quiet("a", "b") == Quiet("a", "c")
    assert value.replace(Quiet("a"), told="z").told == "z"


def test_hidden_fields_and_identity() -> None:
    @value.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
    class Quiet:
        text: str
        secret: str = value.field(repr=False)
        more: tuple[int, ...] = value.field(default=(), repr=False)

    one, other = Quiet(text="a", secret="b"), Quiet(text="a", secret="b")  # noqa: S106 - no secret
    assert repr(one).endswith("Quiet(text='a')")
    assert (one.secret, one.more) == ("b", ())
    assert len({one, other, one}) == 2
    assert one != other
    assert value.replace(one, more=(1,)).more == (1,)
