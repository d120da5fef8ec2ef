"""The explorer on toys: what it finds, what it counts, where it gives up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ocallkit.engine import explore
from ocallkit.engine.explore import (
    NO_REDUCTIONS,
    Exploration,
    Explorer,
    Limits,
    Progress,
    Reductions,
)
from tests.engine.toys import Cell, system, taker, tosser

if TYPE_CHECKING:
    from ocallkit.engine import State, Steps


def raise_by(cell: Cell, amount: int) -> None:
    """Add to the number, and tell nobody what comes of it."""
    cell.number += amount


def raiser(*amounts: int) -> Steps:
    """Add each of `amounts`."""
    for amount in amounts:
        yield raise_by, amount


def endless() -> Steps:
    """Add one for ever."""
    while True:
        yield raise_by, 1


ONES = (raiser, 1, 1)
FIVE = (raiser, 5)


def below(limit: int) -> explore.Check:
    """A check that the number stays under `limit`."""
    return lambda state: state.world.number < limit


def by_number(state: State[Cell]) -> tuple[int, tuple[int, ...]]:
    """A key that does not say which task has done how much."""
    return state.world.number, tuple(sorted(len(node.history) for node in state.nodes))


def test_every_order_is_tried() -> None:
    """Two steps of one task and one of another: three orders over six states, one end."""
    done = Explorer(system(ONES, FIVE), always={}, at_end={}).explore()
    assert (6, 7, 3, 1) == (done.states, done.transitions, done.depth, done.ends)
    assert (True, "", ()) == (done.finished, done.stopped_by, done.found)


def test_the_way_to_what_breaks_is_a_shortest_one() -> None:
    """Five alone reaches it; the ones, whose turn comes first, would need a step more."""
    done = Explorer(system(ONES, FIVE), always={"low": below(5)}, at_end={}).explore()
    assert [("low", ((1, "raise_by", "go"),))] == [(f.check, f.path) for f in done.found]


def test_an_end_is_where_nothing_can_happen() -> None:
    """A task that waits for ever ends there as one that has ended."""
    done = Explorer(system((taker,)), always={}, at_end={"never": lambda _: False}).explore()
    assert (1, [("never", ())]) == (done.ends, [(f.check, f.path) for f in done.found])


def test_every_option_is_a_way_of_its_own() -> None:
    """The path says which was chosen."""
    done = Explorer(system((tosser,)), always={"low": below(10)}, at_end={}).explore()
    assert ((0, "toss", "tails"),) == done.found[0].path
    assert 2 == done.ends


def test_what_states_show_is_collected() -> None:
    """Each value once; a state that shows nothing adds nothing."""
    seen = {"odd": lambda state: state.world.number if state.world.number % 2 else None}
    done = Explorer(system(ONES, FIVE), always={}, at_end={}, observe=seen).explore()
    assert {"odd": frozenset({1, 5, 7})} == done.observed


def explored(reductions: Reductions) -> Exploration:
    """Two equal tasks, of which only the number's last value matters to the check."""
    return Explorer(
        system(ONES, ONES),
        always={},
        at_end={"four": lambda state: state.world.number != 4},
        reductions=reductions,
        is_local=lambda function: function is raise_by,
        shape=by_number,
    ).explore()


@pytest.mark.parametrize(
    ("reductions", "states"),
    [
        (NO_REDUCTIONS, 9),
        (Reductions(local=False, symmetry=True), 6),
        (Reductions(local=True, symmetry=False), 3),
        (Reductions(local=True, symmetry=True), 3),
    ],
)
def test_a_reduction_saves_states_and_finds_the_same(reductions: Reductions, states: int) -> None:
    """Each can be switched off by itself."""
    done = explored(reductions)
    assert (states, 1, ["four"]) == (done.states, done.ends, [f.check for f in done.found])


def test_a_check_sees_the_states_within_a_chain_of_local_steps() -> None:
    """They are not kept, and looked at all the same."""
    done = Explorer(
        system(ONES),
        always={"not one": lambda state: state.world.number != 1},
        at_end={},
        is_local=lambda _function: True,
    ).explore()
    assert (2, ((0, "raise_by", "go"),)) == (done.states, done.found[0].path)


def test_it_gives_up_at_its_limit_of_states_and_says_so() -> None:
    """What it has found by then it keeps."""
    limits = Limits(states=2)
    done = Explorer(system(ONES, FIVE), always={}, at_end={}, limits=limits).explore()
    assert (False, "the limit of 2 states") == (done.finished, done.stopped_by)


def test_it_reports_and_gives_up_at_its_limit_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """No process is as small as nothing."""
    monkeypatch.setattr(explore, "REPORT_EVERY", 1)
    told: list[Progress] = []
    done = Explorer(
        system(ONES), always={}, at_end={}, limits=Limits(megabytes=0), report=told.append
    ).explore()
    assert "the limit of 0 MiB of memory" == done.stopped_by
    assert [(2, 1, 0)] == [(p.states, p.transitions, p.depth) for p in told]


def test_what_is_nearest_comes_first() -> None:
    """Two tasks without end: more than 20 states lie within five steps, and no deeper is looked."""
    limits = Limits(states=20)
    done = Explorer(system((endless,), (endless,)), always={}, at_end={}, limits=limits).explore()
    assert (21, 4) == (done.states, done.depth)


def test_a_task_that_goes_on_for_ever_alone_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would keep the others from their turn; it is given so many steps and one more."""
    monkeypatch.setattr(explore, "LONGEST_CHAIN", 5)
    numbers: list[int] = []

    def note(state: State[Cell]) -> None:
        numbers.append(state.world.number)

    explorer = Explorer(
        system((endless,)),
        always={},
        at_end={},
        observe={"number": note},
        is_local=lambda _function: True,
    )
    with pytest.raises(RuntimeError, match="task 0 has taken 5 steps of its own"):
        explorer.explore()
    assert 6 == max(numbers)
