"""The way to what is found is a shortest one, of whichever task and however it is sought."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ocallkit.engine import Become, Choose, Option, apart
from ocallkit.engine.exploration import ALL_REDUCTIONS, NO_REDUCTIONS, Reductions
from ocallkit.engine.explore import explore
from ocallkit.engine.looks import Looks
from tests.engine.test_explore import EVERY, below, get, give, own, raise_by, raiser
from tests.engine.toys import Cell, system

if TYPE_CHECKING:
    from ocallkit.engine import State, Steps, System
    from ocallkit.engine.exploration import Way

STEP = ("own", "go")


def climber(name: str, *amounts: int) -> Steps:
    """Add each to one's own number."""
    for amount in amounts:
        yield own, name, amount


def two_ways(name: str, short: int, long: int) -> Steps:
    """Come to seven in one of two ways, of so many steps."""
    for _ in range((yield pick, short, long)):
        yield own, name, 0
    yield own, name, 7


def pick(_cell: Cell, short: int, long: int) -> Choose:
    """The long way comes first."""
    return Choose(Option("long", long), Option("short", short))


def low(state: State[Cell]) -> bool:
    """Nobody's number is seven or more."""
    return all(number < 7 for _, number in state.world.all_of("number"))


def way_to(
    of: System[Cell], looks: Looks, reductions: Reductions = ALL_REDUCTIONS
) -> tuple[Way, ...]:
    """How the only thing is found that is found."""
    (found,) = explore(of, looks, reductions=reductions).found
    return found.path


EACH = Looks(each={"low": low})


@pytest.mark.parametrize("reductions", EVERY)
def test_what_one_task_breaks_alone_takes_its_fewest_steps(reductions: Reductions) -> None:
    """The first task needs three, the second two, the third four."""
    of = system(
        (climber, "task 0", 5, 1, 1),
        (climber, "task 1", 3, 4),
        (climber, "task 2", 1, 1, 1, 4),
    )
    assert ((1, *STEP), (1, *STEP)) == way_to(of, EACH, reductions)


@pytest.mark.parametrize("reductions", EVERY)
def test_alike_tasks_take_the_shorter_of_two_ways(reductions: Reductions) -> None:
    """It is the second choice."""
    of = system((two_ways, "task 0", 1, 4), (two_ways, "task 1", 1, 4))
    way = way_to(of, EACH, reductions)
    assert ["short", "go", "go"] == [option for _, _, option in way]
    assert 1 == len({task for task, _, _ in way})


def test_where_a_shortest_way_is_too_much_the_shortest_of_those_met_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of the ways of two tasks that of fewer steps, though the other one's comes first."""
    monkeypatch.setattr(apart, "MOST", 0)
    of = system((gets_and_climbs, "task 0", 5, 1, 1), (gets_and_climbs, "task 1", 3, 4), slots=2)
    assert ((1, "get", "go"), (1, *STEP), (1, *STEP)) == way_to(of, EACH)


def gets_and_climbs(name: str, *amounts: int) -> Steps:
    """Take a slot first: what follows a start of one's own happens at once."""
    yield (get,)
    yield from climber(name, *amounts)


@pytest.mark.parametrize(("most", "expected"), [(1, 5), (2, 1), (3, 1)])
def test_a_shortest_way_is_sought_among_so_many_states(
    most: int, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The start and what follows it; with fewer, the way is one that was met."""
    monkeypatch.setattr(apart, "MOST", most)
    of = system((climber, "task 0", 1, 1, 1, 1, 3), (climber, "task 1", 7))
    assert expected <= len(way_to(of, EACH))
    assert (expected == 1) == (len(way_to(of, EACH)) == 1)


@pytest.mark.parametrize("name", ["task 0", "task 1", "task 2"])
def test_a_check_that_names_a_task_has_a_way_of_that_task(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though tasks are alike, and another one was met first."""
    of = system(*[(gets_and_climbs, f"task {n}", 7) for n in range(3)])
    looks = Looks(each={"its": lambda state: state.world.of(name) != 7})
    expected = ((int(name[-1]), "get", "go"), (int(name[-1]), *STEP))
    assert expected == way_to(of, looks)
    monkeypatch.setattr(apart, "MOST", 0)
    assert expected == way_to(of, looks)


# --- no way to an end ---------------------------------------------------------------------------

FINISH = Looks(finish="can-finish")


def turns(name: str, first: int) -> Steps:
    """Count to so many, then go round for ever."""
    for _ in range(first):
        yield own, name, 1
    return Become(round_and_round, name)


def round_and_round(name: str) -> Steps:
    """Turn one's own number round for ever."""
    yield turn, name
    return Become(round_and_round, name)


def turn(cell: Cell, name: str) -> None:
    """One on, and back to nought after three."""
    cell.keep("number", name, (cell.of(name) + 1) % 3)


def may_turn(name: str, before: int) -> Steps:
    """Count to so many, then choose: an end, or rounds for ever."""
    for _ in range(before):
        yield own, name, 1
    if (yield (end_or_not,)):
        return Become(round_and_round, name)
    return None


def end_or_not(_cell: Cell) -> Choose:
    """Leave it open."""
    return Choose(Option("end", value=False), Option("not", value=True))


@pytest.mark.parametrize("others", [(), ((raiser, 1),)])
@pytest.mark.parametrize("reductions", [ALL_REDUCTIONS, NO_REDUCTIONS])
@pytest.mark.parametrize("order", [(1, 3), (3, 1)])
def test_the_way_into_a_round_is_a_shortest_one(
    order: tuple[int, int], reductions: Reductions, others: tuple[tuple[Any, ...], ...]
) -> None:
    """Of the task that gets there first; each alone could end until it has chosen."""
    of = system(*[(may_turn, f"task {n}", before) for n, before in enumerate(order)], *others)
    task = order.index(1)
    expected = ((task, *STEP), (task, "end_or_not", "not"))
    assert expected == way_to(of, FINISH, reductions)


@pytest.mark.parametrize(("most", "expected"), [(0, 0), (10, 0), (300_000, 1)])
def test_where_a_shortest_way_into_a_round_is_too_much_any_will_do(
    most: int, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That of the first task, which takes its three steps at once."""
    monkeypatch.setattr(apart, "MOST", most)
    of = system((may_turn, "task 0", 3), (may_turn, "task 1", 1), (raiser, 1))
    assert (expected, "end_or_not", "not") == way_to(of, FINISH)[-1]


def hopes(name: str, patience: int) -> Steps:
    """Write so often, and go round for ever once somebody has written five."""
    for _ in range(patience):
        yield raise_by, 1
    if (yield (is_high,)):
        return Become(round_and_round, name)
    return None


def is_high(cell: Cell) -> bool:
    """Whether the number of all has come to five."""
    return cell.number >= 5


@pytest.mark.parametrize("reductions", EVERY)
def test_a_round_that_it_takes_two_for_has_a_shortest_way_too(reductions: Reductions) -> None:
    """The first alone comes to no five; once the second has written it, there is no way back."""
    of = system((hopes, "task 0", 0), (raiser, 5), (hopes, "task 2", 2))
    way = way_to(of, FINISH, reductions)
    assert ((1, "raise_by", "go"),) == way


# --- who is asked -------------------------------------------------------------------------------


@pytest.mark.parametrize(("nameless", "expected"), [(False, 4), (True, 3), (None, 4)])
def test_a_check_of_ends_that_names_nobody_is_asked_once_for_each(
    *, nameless: bool | None, expected: int
) -> None:
    """Two alike tasks have three ends, one of them under two names; a mark says that it is so."""
    asked = []

    def check(state: State[Cell]) -> bool:
        asked.append(state)
        return True

    if nameless is not None:
        check.nameless = nameless  # type: ignore[attr-defined]
    of = system((two_ways, "task 0", 0, 1), (two_ways, "task 1", 0, 1))
    ends = system((choosing, "task 0"), (choosing, "task 1"))
    explore(ends, Looks(at_end={"asked": check}))
    assert expected == len(asked)
    assert () == explore(of, Looks(at_end={"asked": check})).found


def choosing(name: str) -> Steps:
    """Come to one or to two."""
    yield own, name, (yield pick, 1, 2)


# --- what a step was seen to do -----------------------------------------------------------------


def looker(name: str) -> Steps:
    """Take a slot, look round, count, read, write, and give it back."""
    yield (get,)
    yield (count_and_look,)
    yield peek_and_own, name, "task 1" if name == "task 0" else "task 0"
    yield raise_by, 1
    yield (give,)


def count_and_look(cell: Cell) -> int:
    """How many slots there are, and all numbers."""
    return cell.count("slot") + len(cell.all_of("number"))


def peek_and_own(cell: Cell, name: str, other: str) -> None:
    """Read another's number, and keep one's own."""
    cell.keep("number", name, 1 + min(cell.of(other), 0))


def test_what_each_step_does_is_told_by_kind_and_whose_it_is() -> None:
    """Nobody is named: it is one's own, another's, or shared by all."""
    done = explore(system((looker, "task 0"), (looker, "task 1"), slots=2), Looks())
    expected = {
        "count_and_look": (("counts", "shared", "slot"), ("reads", "shared", "number")),
        "get": (("takes", "shared", "slot"),),
        "give": (("gives", "shared", "slot"),),
        "peek_and_own": (
            ("reads", "another's", "number"),
            ("writes", "own", "number"),
        ),
        "raise_by": (("reads", "shared", "number"), ("writes", "shared", "number")),
    }
    assert expected == done.kinds
    assert not done.in_pools


def test_a_check_of_whole_states_tells_the_shortest_way_too() -> None:
    """Whoever it is."""
    of = system((raiser, 1, 4), (raiser, 5))
    assert ((1, "raise_by", "go"),) == way_to(of, Looks(always={"low": below(5)}))
