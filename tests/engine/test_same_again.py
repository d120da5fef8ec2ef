"""A program and a step do the same when they are run again, or it is noticed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ocallkit.engine import ProgramError, Programs
from ocallkit.engine.explore import explore
from ocallkit.engine.looks import Looks
from tests.engine.toys import Cell, add, system

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit.engine import Node, Steps

STEPS = 6


def fickle(place: int) -> Callable[[], Steps]:
    """A program that adds something else each time that it is run, at one of its places."""
    runs: list[int] = []

    def program() -> Steps:
        runs.append(100 + len(runs))
        for number in range(STEPS):
            yield add, runs[-1] if number == place else 1

    return program


def walked(start: Node) -> Node:
    """Where a program has come to after all its steps."""
    while not start.done:
        start = start.after(0)
    return start


@pytest.mark.parametrize("place", range(STEPS - 1))
def test_a_program_that_changes_its_mind_anywhere_is_noticed(place: int) -> None:
    """At its first steps as at its last ones, whenever it is run again beyond them."""
    with pytest.raises(ProgramError, match=r"add\(100\) at first|add\(10\d\) at first"):
        walked(Programs().start(fickle(place)))


def test_a_program_that_stays_the_same_is_not_reported() -> None:
    """It has a place of its own that is never reached."""
    assert walked(Programs().start(fickle(STEPS))).done


def moody(turn: int) -> Callable[[], Steps]:
    """A program whose one step does something else at each taking, from the n-th on."""
    takings: list[int] = []

    def step(cell: Cell) -> None:
        takings.append(0)
        cell.number += max(1, len(takings) - turn)

    def program() -> Steps:
        for _ in range(STEPS):
            yield (step,)

    return program


@pytest.mark.parametrize("turn", [0, 2])
@pytest.mark.parametrize("tasks", [1, 2])
def test_a_step_that_changes_its_mind_is_noticed(tasks: int, turn: int) -> None:
    """Each is taken twice: not only the first of its kind, and with several tasks too."""
    program = moody(turn)
    with pytest.raises(ProgramError, match="when it was taken again"):
        explore(system(*[(program,)] * tasks), Looks())


def test_a_step_that_changes_its_mind_is_named() -> None:
    """With its program, and with what a step may do."""
    with pytest.raises(ProgramError) as raised:
        explore(system((moody(0),)), Looks())
    assert "program" == raised.value.program
    assert raised.value.what.endswith(
        "did something else when it was taken again: a step may depend on nothing but the world"
    )
