"""Owners with several tasks: what is left out of their orders, and what is told of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ocallkit.engine import Become
from ocallkit.engine.exploration import ALL_REDUCTIONS, NO_REDUCTIONS, Reductions
from ocallkit.engine.explore import explore
from ocallkit.engine.looks import Looks
from tests.engine.made import Made
from tests.engine.test_explore import EVERY, own
from tests.engine.toys import Cell, system

if TYPE_CHECKING:
    from ocallkit.engine import State, Steps

TWO = Made(((("part", "get", "part", "give"), ("double", "get", "give")),) * 2, 1)


@pytest.mark.parametrize(
    ("reductions", "states"),
    [
        (ALL_REDUCTIONS, 165),
        (Reductions(symmetry=False), 315),
        (Reductions(local=False), 375),
        (NO_REDUCTIONS, 735),
    ],
)
def test_each_reduction_saves_with_siblings_too(reductions: Reductions, states: int) -> None:
    """Owners with two tasks each are alike, and take together what concerns them alone."""
    done = explore(TWO.build(), Looks(), reductions=reductions)
    assert (states, reductions.symmetry, True) == (done.states, done.alike, done.in_pools)


def test_siblings_that_keep_to_their_part_are_passed_over_in_all_their_orders() -> None:
    """One state for the start, and one for each end; all that lies between is looked at."""
    of = Made(((("part",) * 3, ("double",) * 3),) * 2, 0).build()
    seen = {"numbers": lambda state: state.world.of(state.tasks[0])}
    done = explore(of, Looks(notes=seen))
    every = explore(of, Looks(notes=seen), reductions=NO_REDUCTIONS)
    assert every.observed == done.observed
    assert len(every.observed["numbers"]) > done.ends**0.5
    assert done.states < every.states / 20


def test_two_owners_of_two_tasks_with_forty_steps_each_are_not_too_many() -> None:
    """Ten steps of one's own or of the part, among them a slot taken and given back, four times."""
    words = ("own", "own", "part", "own", "get", "own", "part", "own", "own", "give") * 4
    done = explore(Made(((words, words),) * 2, 2).build(), Looks(finish="can-finish"))
    assert (True, 49_144, 211_032, 160) == (
        done.finished,
        done.states,
        done.transitions,
        done.depth,
    )


def test_an_owner_is_checked_with_all_its_tasks() -> None:
    """A check of each is given the part, and where every sibling stands, by name."""
    asked = set()

    def check(state: State[Cell]) -> bool:
        asked.add((state.tasks, len(state.nodes), *state.world.parts))
        return True

    explore(TWO.build(), Looks(each={"asked": check}))
    names = [("A", "A.2"), ("B", "B.2")]
    assert {(own, 2, *part) for own in names for part in ((), own[:1])} == asked


# --- what was told of owners of one task -----------------------------------------------------


def into(cell: Cell) -> None:
    """Write into the part of task 0."""
    cell.keep("number", "task 0", 1)


def intruder() -> Steps:
    """Write there once."""
    yield (into,)


def adds_two(name: str) -> Steps:
    """Add two to one's own number."""
    yield own, name, 2


@pytest.mark.parametrize("reductions", EVERY)
def test_what_another_does_to_a_part_is_checked_before_its_owner_moves(
    reductions: Reductions,
) -> None:
    """By itself the number is never one."""
    looks = Looks(each={"not one": lambda state: state.world.of("task 0") != 1})
    done = explore(system((adds_two, "task 0"), (intruder,)), looks, reductions=reductions)
    assert [("not one", ((1, "into", "go"),))] == [tuple(found) for found in done.found]


def late(name: str, before: int) -> Steps:
    """Take some steps, then go on as everybody does."""
    for _ in range(before):
        yield own, name, 0
    return Become(adds_one, name)


def adds_one(name: str) -> Steps:
    """Add one to one's own number."""
    yield own, name, 1


@pytest.mark.parametrize("reductions", EVERY)
def test_what_two_come_to_that_began_otherwise_is_checked_of_both(reductions: Reductions) -> None:
    """Whoever comes first to what both come to."""
    of = system((late, "task 0", 2), (late, "task 1", 1))
    notes = {"numbers": lambda state: tuple(state.world.all_of("number"))}
    seen = explore(of, Looks(notes=notes), reductions=reductions).observed["numbers"]
    assert {(("task 0", 1),), (("task 1", 1),)} <= seen
