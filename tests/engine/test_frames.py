"""A program that stands where it stood before is found out, and no other is taken for it."""

from __future__ import annotations

from enum import IntEnum
from functools import partial
from random import Random
from types import FunctionType
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import pytest

from ocallkit.engine import Programs, Steps
from ocallkit.engine.frames import MOST, snapshot
from tests.engine.toys import add

if TYPE_CHECKING:
    from collections.abc import Callable


class Pair(NamedTuple):
    """A record of Python's."""

    left: Any
    right: Any


class Fixed(msgspec.Struct, frozen=True):
    """A record that cannot change."""

    content: Any


class Loose(msgspec.Struct):
    """A record that can."""

    content: Any


class Slotted:
    """An object that holds something where its ``__dict__`` does not show it."""

    __slots__ = ("__dict__", "content")


class Letters(list[str]):
    """A list that looks as if it held nothing."""


class Colour(IntEnum):
    """Numbers with names."""

    RED = 0


class Size(IntEnum):
    """Others, of the same numbers."""

    SMALL = 0


def told(program: Callable[[], Steps], sent: int = 0) -> object:
    """What is told of a program after it has received 1 so often; None: nothing."""
    running = program()
    step = running.send(None)
    for _ in range(sent):
        step = running.send(1)
    return snapshot(running, step)


def holding(value: object) -> object:
    """What is told of a program with `value` in a variable."""

    def program() -> Steps:
        kept = value
        yield add, 1
        return kept

    return told(program)


def repeats() -> Steps:
    """Two places that differ in nothing but where they are."""
    yield add, 1
    yield add, 1


def in_module(number: int) -> Callable[..., Any]:
    """A program that finds `number` in its module."""
    return FunctionType(repeats.__code__, {"add": add, "more": number})


def marked(number: int) -> Callable[..., Any]:
    """A function that has `number` as an attribute."""

    def function() -> None: ...

    vars(function)["number"] = number
    return function


ONE: list[int] = [1]
DIFFERENT = {
    "a number and a truth": (1, True),
    "records of those": (Fixed(1), Fixed(True)),  # noqa: FBT003
    "named tuples of those": (Pair(0, 1), Pair(0, True)),  # noqa: FBT003
    "a tuple and a record": ((0, 1), Pair(0, 1)),
    "zeros": (0.0, -0.0),
    "empty ranges": (range(0), range(1, 1)),
    "members of two kinds": (Colour.RED, Size.SMALL),
    "two classes": (Pair, Fixed),
    "two lists": ([1], [2]),
    "one list twice, and two": ((ONE, ONE), ([1], [1])),
    "two arguments": (partial(abs, 1), partial(abs, 2)),
    "methods of two lists": ([1].append, [2].append),
    "functions of two modules": (in_module(1), in_module(2)),
    "functions with attributes": (marked(1), marked(2)),
    "two iterators": (iter([1, 2]), iter([1, 3])),
}


@pytest.mark.parametrize(("first", "then"), DIFFERENT.values(), ids=DIFFERENT)
def test_values_that_a_program_can_tell_apart_are_two(first: object, then: object) -> None:
    """Whatever Python's own comparison says of them."""
    assert holding(first) is not None
    assert holding(first) != holding(then)


HIDDEN = [
    Random(1),  # noqa: S311 - no secret is made of it
    *(Slotted(), Letters("a"), Loose(1), {1}, object()),
]


@pytest.mark.parametrize("value", HIDDEN, ids=lambda value: type(value).__name__)
def test_of_what_may_hold_something_else_nothing_is_told(value: object) -> None:
    """Two of them may look alike and be two."""
    assert holding((value,)) is None


def test_what_grows_is_not_told_to_its_end() -> None:
    """A program that keeps all that it has received never comes back to where it was."""
    assert holding(list(range(MOST // 2))) is not None
    assert holding(list(range(MOST))) is None


def test_two_places_are_two() -> None:
    """Also where the program asks for the same and holds the same."""
    assert told(repeats, 0) != told(repeats, 1)


def test_two_modules_are_two() -> None:
    """A program of the same text finds other things in another module."""
    assert told(in_module(1)) != told(in_module(2))


def test_the_same_place_in_another_step_is_another_node() -> None:
    """What the step was made of may be forgotten by then."""

    def forgets() -> Steps:
        while True:
            got = yield add, 0
            yield add, (got, got := None)[0]

    node = Programs().start(forgets)
    for number in range(100):
        sent = (0, 1, True)[number % 3]
        node = node.after(sent)
        assert (add, sent, type(sent)) == (*node.step, type(node.step[1]))
        node = node.after(0)


def test_a_long_program_may_ask_with_what_cannot_be_remembered() -> None:
    """It is a step's own affair what it is given."""

    def asks() -> Steps:
        while True:
            yield add, [1]

    node = Programs().start(asks)
    for _ in range(100):
        node = node.after(0)
    assert (add, [1]) == node.step


def test_a_program_that_draws_numbers_goes_on_drawing() -> None:
    """Where it stands in its numbers is hidden, and another place each time."""

    def draws() -> Steps:
        numbers = Random(0)  # noqa: S311 - as above
        while True:
            yield add, numbers.randrange(2)

    node, drawn = Programs().start(draws), []
    for _ in range(200):
        drawn.append(node.step[1])
        node = node.after(0)
    numbers = Random(0)  # noqa: S311 - as above
    assert [numbers.randrange(2) for _ in range(200)] == drawn
