"""A task's name is taken out of what it has, and put in, wherever it stands and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import pytest

from ocallkit.engine import Programs
from ocallkit.engine.names import Names

if TYPE_CHECKING:
    from ocallkit.engine import Node, Steps


class Red(msgspec.Struct, frozen=True):
    """A record."""

    owner: str
    number: int = 0


class Blue(msgspec.Struct, frozen=True):
    """Another, of the same fields."""

    owner: str
    number: int = 0


class Pair(NamedTuple):
    """A tuple with names."""

    one: Any
    two: Any


def ask(world: object, what: Any) -> None:  # noqa: ANN401 - any value
    """A step."""


def asks(name: str, *what: Any) -> Steps:  # noqa: ANN401 - any value
    """Ask for each, then for all that was received."""
    received = []
    for one in what:
        received.append((yield ask, one))  # noqa: PERF401 - a list does not yield
    yield ask, (name, *received)


def asks_too(name: str, *what: Any) -> Steps:  # noqa: ANN401 - any value
    """The same, under another name."""
    return (yield from asks(name, *what))


def node(program: Any, *args: Any, received: tuple[Any, ...] = ()) -> Node:  # noqa: ANN401
    """Where a program stands after what it has received."""
    at = PROGRAMS.start(program, *args)
    for value in received:
        at = at.after(value)
    return at


PROGRAMS = Programs()

OF_A_AND_B: dict[str, tuple[Any, Any]] = {
    "a name": ("A", "B"),
    "a record's id": ("A.memref", "B.memref"),
    "an id with dots": ("A.0.1", "B.0.1"),
    "a name behind a word": ("MOBJ A", "MOBJ B"),
    "an id behind words": ("waits for A.m.2", "waits for B.m.2"),
    "a tuple": (("A", 1, "C"), ("B", 1, "C")),
    "a tuple in a tuple": (("x", ("A.m",)), ("x", ("B.m",))),
    "a tuple with names": (Pair("A", 1), Pair("B", 1)),
    "a record": (Red("A", 1), Red("B", 1)),
    "a record with an id": (Red("A.m"), Red("B.m")),
    "a record in a tuple": ((Blue("A"), 2), (Blue("B"), 2)),
    "a program": (node(asks, "A"), node(asks, "B")),
    "what it was given": (node(asks, "x", ("A.m",), Red("A")), node(asks, "x", ("B.m",), Red("B"))),
    "what it has received": (
        node(asks, "A", 1, 2, received=("A.m", Red("A"))),
        node(asks, "B", 1, 2, received=("B.m", Red("B"))),
    ),
    "neither": ("C", "C"),
    "a number": (7, 7),
    "nothing": (None, None),
    "a record of nobody": (Red("C.m", 3), Red("C.m", 3)),
    "a program of nobody": (
        node(asks, "C", 1, received=("C",)),
        node(asks, "C", 1, received=("C",)),
    ),
}
"""What task A has, and the same of task B."""


@pytest.mark.parametrize("which", OF_A_AND_B)
def test_what_two_tasks_have_alike_is_equal_without_their_names(which: str) -> None:
    """Whatever kind of value it is, and however often it is asked for."""
    names = Names(PROGRAMS)
    of_a, of_b = OF_A_AND_B[which]
    for _ in range(2):
        assert names.strip(of_a, "A") == names.strip(of_b, "B")
    if of_a != of_b:
        assert names.strip(of_a, "A") != names.strip(of_b, "A")
        assert names.strip(of_a, "A") != names.strip(of_a, "B")


@pytest.mark.parametrize("which", OF_A_AND_B)
def test_what_one_task_has_is_told_under_the_name_of_another(which: str) -> None:
    """There, back again, and under its own name; a value keeps its type."""
    names = Names(PROGRAMS)
    of_a, of_b = OF_A_AND_B[which]
    for _ in range(2):
        assert of_b == names.rename(of_a, "A", "B")
        assert of_a == names.rename(of_b, "B", "A")
        assert of_a == names.rename(of_a, "A", "A")
        assert type(of_a) is type(names.rename(of_a, "A", "B"))


DIFFERENT: dict[str, tuple[Any, Any]] = {
    "two ids": ("A.m", "A.n"),
    "an id and a name": ("A.m", "A"),
    "an id and what is left of it": ("A.m", ".m"),
    "an id behind a word and an id": ("MOBJ A.m", "A.m"),
    "two words before an id": ("MOBJ A.m", "TA A.m"),
    "a longer name": ("A", "Ab"),
    "an id of a longer name": ("A.m", "Ab.m"),
    "two numbers": ((1, "A"), (2, "A")),
    "two records of the same fields": (Red("A", 1), Blue("A", 1)),
    "a record and its fields": (Red("A", 1), ("A", 1)),
    "two kinds of tuples": (Pair("A", 1), ("A", 1)),
    "two records": (Red("A", 1), Red("A", 2)),
    "two orders": (("A", "B"), ("B", "A")),
    "two programs": (node(asks, "A"), node(asks_too, "A")),
    "two arguments": (node(asks, "A", 1), node(asks, "A", 2)),
    "one step more": (node(asks, "A", 1), node(asks, "A", 1, received=(0,))),
    "two things received": (
        node(asks, "A", 1, 2, received=("x", 0)),
        node(asks, "A", 1, 2, received=("y", 0)),
    ),
    "the same in another order": (
        node(asks, "A", 1, 2, received=(0, 1)),
        node(asks, "A", 1, 2, received=(1, 0)),
    ),
    "a program and its number": (node(asks, "A"), 0),
}
"""What one task may have, and what is something else."""


@pytest.mark.parametrize("which", DIFFERENT)
def test_what_differs_is_different_without_the_name(which: str) -> None:
    """For A, and for whoever it does not name."""
    names = Names(PROGRAMS)
    one, other = DIFFERENT[which]
    for name in ("A", "C"):
        assert names.strip(one, name) != names.strip(other, name)


@pytest.mark.parametrize("value", ["Ab", "Ab.m", "bA", "x.A", ".A", "", "A x", "A.m ", "MOBJ Ab.m"])
def test_a_name_stands_by_itself_or_before_a_dot(value: str) -> None:
    """Nothing else is its own."""
    names = Names(PROGRAMS)
    assert value == names.strip(value, "A") == names.rename(value, "A", "B")


def test_histories_that_share_their_beginning_are_told_apart_behind_it() -> None:
    """The longer one was asked for first; what was found on its way is found again."""
    names = Names(PROGRAMS)
    long, short = (node(asks, "A", *range(5), received=("A",) * n) for n in (4, 2))
    other = node(asks, "A", *range(5), received=("A", "A", "x", "A"))
    stripped = [names.strip(one, "A") for one in (long, short, other)]
    assert 3 == len({*stripped})
    renamed = [names.rename(one, "A", "B") for one in (long, short, other)]
    expected = [
        node(asks, "B", *range(5), received=received)
        for received in (("B",) * 4, ("B",) * 2, ("B", "B", "x", "B"))
    ]
    assert expected == renamed
    assert [("B",) * 4, ("B",) * 2] == [one.history for one in renamed[:2]]
