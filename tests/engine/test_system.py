"""Several programs over one world."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ocallkit.engine import (
    Become,
    Blocked,
    Choose,
    Option,
    ProgramError,
    Programs,
    State,
    System,
    Waiting,
    World,
)
from ocallkit.engine.explore import explore
from ocallkit.engine.looks import Looks
from ocallkit.engine.system import GO, idles
from tests.engine.toys import Cell, add, adder, siblings, system, taker, tosser

if TYPE_CHECKING:
    from ocallkit.engine import Steps


def test_every_task_that_can_move_has_its_moves_in_order() -> None:
    """One move for a step, one for each way of a choice, tasks in their order."""
    moved = system((adder, 5), (tosser,))
    expected = [(0, "add", GO, False), (1, "toss", "heads", False), (1, "toss", "tails", True)]
    assert expected == [m[:4] for m in moved.moves(moved.start)]


def test_a_move_leaves_the_state_that_it_leaves_unchanged() -> None:
    """A state is a value: it can be left in two directions, and looked at afterwards."""
    moved = system((adder, 5, 6), (tosser,))
    first = next(moved.moves(moved.start)).state
    others = [m.state.world.number for m in moved.moves(moved.start)]
    assert (0, 5, [5, 0, 10]) == (moved.start.world.number, first.world.number, others)
    assert (add, 5) == moved.start.nodes[0].step
    assert (add, 6) == first.nodes[0].step


def test_each_way_of_a_choice_sends_its_value_and_has_its_effect() -> None:
    """One way does not see the other's effect."""
    moved = system((tosser,), start=3)
    ends = [(m.state.nodes[0].result, m.state.world.number) for m in moved.moves(moved.start)]
    assert [(1, 3), (2, 13)] == ends


def test_a_step_that_must_wait_has_not_happened() -> None:
    """It is no move, the world keeps its number, and the reason can be asked for."""
    moved = system((taker,))
    assert [] == list(moved.moves(moved.start))
    expected = (Waiting(0, "take_one", "the cell is empty", "who adds"),)
    assert expected == moved.waiting(moved.start)
    assert 0 == moved.start.world.number


def test_a_step_that_waited_happens_once_it_can() -> None:
    """Nothing was lost while it waited."""
    moved = system((taker,), (adder, 1))
    added = next(moved.moves(moved.start)).state
    (taken,) = moved.moves(added)
    assert (0, "take_one", 0) == (taken.task, taken.step, taken.state.world.number)
    assert () == moved.waiting(added)
    assert () == moved.waiting(taken.state)


def test_states_are_equal_when_worlds_and_places_are() -> None:
    """Two orders of independent steps meet in the same state; a different number is another."""
    moved = system((adder, 1), (adder, 2))
    one, two = moved.moves(moved.start)
    (one_two,) = moved.moves(one.state)
    (two_one,) = moved.moves(two.state)
    assert one.state.key() != two.state.key()
    assert one_two.state.nodes[0].result != two_one.state.nodes[0].result
    alone = system((adder, 1))
    (first,), (second,) = alone.moves(alone.start), alone.moves(alone.start)
    assert first.state.key() == second.state.key()
    assert first.state.key() != first.state._replace(world=system(start=2).start.world).key()


@pytest.mark.parametrize("names", [("A",), ("A", "A"), ("A", "B", "C"), ("A", "B", "B")])
def test_each_task_has_a_name_of_its_own(names: tuple[str, ...]) -> None:
    """One name, no more and no less, for each of two."""
    start = system((adder, 1), (adder, 2)).start
    with pytest.raises(ValueError, match="each of 2 tasks has a name of its own, not"):
        System(names, start)


# --- siblings -----------------------------------------------------------------------------------


def ends(_cell: Cell, victims: tuple[str, ...]) -> Choose:
    """One way on ends others."""
    also = tuple((name, Become(mourned, name)) for name in victims)
    return Choose(Option("go", 0), Option("end", 1, also=also))


def ender(_name: str, *victims: str) -> Steps:
    """End others, or not."""
    return (yield ends, victims)


def mourned(name: str) -> Steps:
    """What a task goes on as that was ended by another."""
    yield add, len(name)


def waiter(_name: str) -> Steps:
    """Wait for what never comes."""
    yield from taker()


def test_a_way_on_may_end_siblings_wherever_they_are() -> None:
    """Who waits goes on as another program; who is not named stays."""
    names = {"A": (ender, "A.2"), "A.2": (waiter,), "A.3": (waiter,), "B": (waiter,)}
    moved = siblings(names)
    go, end = moved.moves(moved.start)
    assert ((0, "ends", "go"), (0, "ends", "end")) == (go[:3], end[:3])
    assert moved.start.nodes[1:] == go.state.nodes[1:]
    done, ended, *others = end.state.nodes
    assert (1, (mourned, ("A.2",))) == (done.result, (ended.program, ended.args))
    assert [*moved.start.nodes[2:]] == others
    (after,) = moved.moves(end.state)
    assert (1, 3) == (after.task, after.state.world.number)


@pytest.mark.parametrize("victim", ["B", "B.2", "A.2", "A", "nobody"])
def test_a_way_on_ends_no_other_task(victim: str) -> None:
    """Neither one of another part, nor itself, nor what is none: it is said by name."""
    moved = siblings({"A.2": (ender, victim), "B": (waiter,), "B.2": (waiter,)})
    what = rf"ender, line \d+ .*: its step ends\(.*\) ends {victim}, which is no other task of its"
    with pytest.raises(ProgramError, match=what):
        list(moved.moves(moved.start))
    with pytest.raises(ProgramError, match=what):
        explore(moved, Looks())


def test_owners_are_not_alike_whose_tasks_have_other_names() -> None:
    """What one may do to its sibling is an error for the other, although all begins as there."""
    names = {"A": "A.2", "B": "B.3"}
    known = Programs()
    tasks = tuple(name for pair in names.items() for name in pair)
    nodes = tuple(known.start(program, owner) for owner in names for program in (second, idle))
    moved = System(tasks, State(Cell({}), nodes))
    with pytest.raises(ProgramError, match=r"ends B\.2, which is no other task"):
        explore(moved, Looks())


def second(owner: str) -> Steps:
    """End the second task of an owner."""
    yield ends, (f"{owner}.2",)


def idle(_owner: str) -> Steps:
    """Do nothing for a step."""
    yield ends, ()


def test_a_service_that_has_nothing_to_do_is_not_among_those_that_wait() -> None:
    """Its step carries a mark; where it can go on, it moves like any other."""

    def serve(world: World) -> None:
        if not world.find("work", "work"):
            raise Blocked("there is nothing to do", "work")
        world.forget("work", "work")

    def service() -> Steps:
        yield (serve,)

    waiting = State(World(), (Programs().start(service),))
    assert ["work"] == [w.waits_for for w in System(("service",), waiting).waiting(waiting)]
    serve.idles = True  # type: ignore[attr-defined]
    assert () == System(("service",), waiting).waiting(waiting)
    assert idles(waiting.nodes[0])
    busy = waiting._replace(world=World())
    busy.world.keep("work", "work", 1)
    assert ["serve"] == [move.step for move in System(("service",), busy).moves(busy)]
