"""The explorer on toys: what it finds, what it counts, what it leaves out, where it gives up."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest

from ocallkit.engine import Blocked, Choose, Option, ProgramError, explore
from ocallkit.engine.exploration import (
    ALL_REDUCTIONS,
    LIMITS,
    NO_REDUCTIONS,
    Exploration,
    Limits,
    Progress,
    Reductions,
)
from ocallkit.engine.looks import Looks
from tests.engine.toys import Cell, system, taker, tosser

if TYPE_CHECKING:
    from ocallkit.engine import State, Steps, System
    from ocallkit.engine.looks import Check

EVERY = [
    Reductions(local=local, symmetry=symmetry, memory=memory)
    for local in (True, False)
    for symmetry in (True, False)
    for memory in (True, False)
]


def raise_by(cell: Cell, amount: int) -> None:
    """Add to the number, and tell nobody what comes of it."""
    cell.number += amount


def raiser(*amounts: int) -> Steps:
    """Add each of `amounts`."""
    for amount in amounts:
        yield raise_by, amount


def own(cell: Cell, name: str, amount: int) -> None:
    """Add to the number of one task."""
    cell.keep("number", name, cell.of(name) + amount)


def counter(name: str, *amounts: int) -> Steps:
    """Add each of `amounts` to one's own number."""
    for amount in amounts:
        yield own, name, amount


def read(cell: Cell) -> int:
    """Give the number of all."""
    return cell.number


def write(cell: Cell, number: int) -> None:
    """Replace the number of all."""
    cell.number = number


def careless() -> Steps:
    """Read, and write one more: what another wrote meanwhile is lost."""
    number = yield (read,)
    yield write, number + 1


def get(cell: Cell) -> None:
    """Take a slot, once there is one."""
    if not cell.take("slot"):
        raise Blocked("no slot", "who has one")


def give(cell: Cell) -> None:
    """Give a slot back."""
    cell.give("slot")


def user(name: str) -> Steps:
    """Take a slot, count to two, give it back."""
    yield (get,)
    yield own, name, 1
    yield own, name, 1
    yield (give,)


NOTHING = Looks()


def run(
    of: System[Cell],
    looks: Looks = NOTHING,
    reductions: Reductions = ALL_REDUCTIONS,
    limits: Limits = LIMITS,
) -> Exploration:
    """Explore a system."""
    return explore.explore(of, looks, reductions=reductions, limits=limits)


def total(state: State[Cell]) -> int | None:
    """The number of all where every task has ended."""
    return state.world.number if all(node.done for node in state.nodes) else None


def below(limit: int) -> Check:
    """A check that the number stays under `limit`."""
    return lambda state: state.world.number < limit


ONES = (raiser, 1, 1)
FIVE = (raiser, 5)


def test_every_order_is_tried() -> None:
    """Two steps of one task and one of another: three orders over six states, one end."""
    done = run(system(ONES, FIVE))
    assert (6, 7, 3, 1) == (done.states, done.transitions, done.depth, done.ends)
    assert (True, "", ()) == (done.finished, done.stopped_by, done.found)


def test_the_way_to_what_breaks_is_a_shortest_one() -> None:
    """Five alone reaches it; the ones, whose turn comes first, would need a step more."""
    done = run(system(ONES, FIVE), Looks(always={"low": below(5)}))
    assert [("low", ((1, "raise_by", "go"),))] == [(f.check, f.path) for f in done.found]


def test_an_end_is_where_nothing_can_happen() -> None:
    """A task that waits for ever ends there as one that has ended."""
    done = run(system((taker,)), Looks(at_end={"never": lambda _: False}))
    assert (1, [("never", ())]) == (done.ends, [(f.check, f.path) for f in done.found])


def test_every_option_is_a_way_of_its_own() -> None:
    """The path says which was chosen."""
    done = run(system((tosser,)), Looks(always={"low": below(10)}))
    assert ((0, "toss", "tails"),) == done.found[0].path
    assert (2, ["heads", "tails"]) == (done.ends, sorted(done.taken))


def test_what_states_show_is_collected() -> None:
    """Each value once; a state that shows nothing adds nothing."""
    seen = {"odd": lambda state: state.world.number if state.world.number % 2 else None}
    done = run(system(ONES, FIVE), Looks(observe=seen))
    assert {"odd": frozenset({1, 5, 7})} == done.observed


# --- what is left out -------------------------------------------------------------------------


@pytest.mark.parametrize("reductions", EVERY)
def test_a_lost_update_is_found_whatever_is_left_out(reductions: Reductions) -> None:
    """Nobody has said that the steps touch what both tasks have: it was seen."""
    done = run(system((careless,), (careless,)), Looks(at_rest={"total": total}), reductions)
    assert {"total": frozenset({1, 2})} == done.observed


@pytest.mark.parametrize(
    ("reductions", "states"),
    [(NO_REDUCTIONS, 16), (Reductions(local=False), 10), (Reductions(symmetry=False), 3)],
)
def test_steps_on_ones_own_part_do_not_interleave(reductions: Reductions, states: int) -> None:
    """Two tasks of three steps each: at once, or alike, though each has a number of its own."""
    of = system((counter, "task 0", 1, 1, 1), (counter, "task 1", 1, 1, 1))
    done = run(of, reductions=reductions)
    assert (states, 1) == (done.states, done.ends)


def test_a_check_of_each_task_sees_what_is_passed_over() -> None:
    """The middle of a chain of local steps is no state that is kept, and is looked at."""
    of = system((counter, "task 0", 1, 1), (counter, "task 1", 1, 1))

    def is_not_one(state: State[Cell]) -> bool:
        return all(number != 1 for _, number in state.world.all_of("number"))

    done = run(of, Looks(each={"not one": is_not_one}))
    assert [("not one", ((0, "own", "go"),))] == [(f.check, f.path) for f in done.found]


def by_name(name: str) -> Steps:
    """Count, but task 1 waits first for somebody else to count."""
    if name == "task 1":
        yield (wait_for_all,)
    yield raise_by, 1


def wait_for_all(cell: Cell) -> None:
    """Wait until the number of all is there."""
    if not cell.number:
        raise Blocked("nothing yet", "task 0")


@pytest.mark.parametrize("reductions", EVERY)
def test_tasks_that_look_at_their_name_are_not_alike(reductions: Reductions) -> None:
    """Task 1 never comes first."""
    done = run(system((by_name, "task 0"), (by_name, "task 1")), reductions=reductions)
    assert (False, 1, 3) == (done.alike, done.ends, done.depth)


def peek(cell: Cell, name: str) -> int:
    """Read the number of a task."""
    return cell.of(name)


def watcher() -> Steps:
    """Look what task 0 has, and tell."""
    number = yield peek, "task 0"
    yield write, number


@pytest.mark.parametrize("reductions", EVERY)
def test_a_task_that_looks_into_anothers_part_sees_each_of_its_values(
    reductions: Reductions,
) -> None:
    """The other's steps are not local then."""
    of = system((counter, "task 0", 1, 1), (watcher,))
    done = run(of, Looks(at_rest={"total": total}), reductions)
    assert {"total": frozenset({0, 1, 2})} == done.observed


def count_slots(cell: Cell) -> int:
    """Give how many slots there are."""
    return cell.count("slot")


def accountant() -> Steps:
    """Count the slots, and tell."""
    number = yield (count_slots,)
    yield write, 1 + number


@pytest.mark.parametrize("reductions", EVERY)
def test_whoever_counts_a_pool_sees_each_of_its_counts(reductions: Reductions) -> None:
    """To give something back is no local step then."""
    of = system((user, "task 0"), (user, "task 1"), (accountant,), slots=2)
    done = run(of, Looks(at_rest={"total": total}), reductions)
    assert {"total": frozenset({1, 2, 3})} == done.observed


def spin(name: str) -> Steps:
    """Turn ones own number round for ever."""
    while True:
        yield turn, name


def turn(cell: Cell, name: str) -> None:
    """One on, and back to the start after three."""
    cell.keep("number", name, (cell.of(name) + 1) % 3)


@pytest.mark.parametrize("reductions", EVERY)
def test_a_task_that_spins_by_itself_keeps_nobody_from_moving(reductions: Reductions) -> None:
    """What the others do is found, and that nothing can come to an end."""
    of = system((spin, "task 0"), ONES)
    done = run(of, Looks(finish="can-finish", always={"two": below(2)}), reductions)
    assert done.finished
    assert ["two", "can-finish"] == [found.check for found in done.found]


def test_what_may_happen_or_not_is_a_way_to_an_end() -> None:
    """A round that can be left is no round for ever."""
    done = run(system((tosser,)), Looks(finish="can-finish"))
    assert () == done.found


# --- pools ------------------------------------------------------------------------------------


@pytest.mark.parametrize("reductions", EVERY)
@pytest.mark.parametrize("slots", [1, 2])
def test_a_pool_serves_so_many_at_once(slots: int, reductions: Reductions) -> None:
    """Every task comes to its end, and what was taken is given back."""
    users = [(user, f"task {number}") for number in range(3)]

    def full(state: State[Cell]) -> bool:
        return slots == state.world.count("slot")

    done = run(system(*users, slots=slots), Looks(at_end={"full": full}), reductions)
    assert (1, (), 12) == (done.ends, done.found, done.depth)
    assert (True, reductions.symmetry) == (done.in_pools, done.alike)


def impatient(name: str) -> Steps:
    """Take a slot, or go on without."""
    yield try_to_get, name
    yield own, name, 1


def try_to_get(cell: Cell, name: str) -> None:
    """What is done for the lack of a slot is seen."""
    if not cell.take("slot"):
        own(cell, name, 10)


def test_who_goes_on_for_the_lack_of_something_meets_others_otherwise_than_in_a_pool() -> None:
    """It is found out although with so few tasks nobody ever lacks anything."""
    few = run(system((impatient, "task 0"), slots=2))
    assert not few.in_pools


@pytest.mark.parametrize("reductions", EVERY)
def test_what_happens_for_the_lack_of_something_happens(reductions: Reductions) -> None:
    """To give back at once would hide it."""
    of = system((user, "task 0"), (impatient, "task 1"))
    seen = run(of, Looks(at_rest={"own": lambda state: state.world.of("task 1")}), reductions)
    assert {"own": frozenset({1, 11})} == seen.observed


def touchy(_name: str) -> Steps:
    """Take a slot, or else do something to task 2."""
    yield (get_or_touch,)


def get_or_touch(cell: Cell) -> None:
    """Only who lacks a slot reaches into another's part."""
    if not cell.take("slot"):
        own(cell, "task 2", 10)


@pytest.mark.parametrize("reductions", EVERY)
def test_what_is_done_for_the_lack_of_something_may_concern_another(
    reductions: Reductions,
) -> None:
    """Two things are found out at once: the pool is counted, and a part is not for its owner."""
    of = system((user, "task 0"), (touchy, "task 1"), (counter, "task 2", 1))
    seen = run(of, Looks(at_rest={"its": lambda state: state.world.of("task 2")}), reductions)
    assert {"its": frozenset({1, 11})} == seen.observed
    assert not seen.in_pools


@pytest.mark.parametrize("reductions", EVERY)
def test_a_step_that_hangs_on_more_than_the_world_is_reported(reductions: Reductions) -> None:
    """It counts how often it is taken."""
    times: list[int] = []

    def fickle(cell: Cell) -> None:
        times.append(0)
        cell.number = len(times)

    def program() -> Steps:
        yield (fickle,)

    with pytest.raises(ProgramError, match="its step fickle did something else when it was taken"):
        run(system((program,), (program,)), reductions=reductions)


def test_leaving_a_task_out_shows_what_goes_wrong() -> None:
    """Two that hold what the other wants need no third: the same breaks with two and with four."""

    def both() -> Steps:
        yield (get,)
        yield (get,)
        yield (give,)
        yield (give,)

    def ended(state: State[Cell]) -> bool:
        return all(node.done for node in state.nodes)

    found = {
        tasks: [
            f.check
            for f in run(
                system(*[(both,) for _ in range(tasks)], slots=2),
                Looks(at_end={"ended": ended}),
            ).found
        ]
        for tasks in (1, 2, 3, 4, 5)
    }
    assert {1: [], 2: ["ended"], 3: ["ended"], 4: ["ended"], 5: ["ended"]} == found


# --- limits -----------------------------------------------------------------------------------


def test_it_gives_up_at_its_limit_of_states_and_says_so() -> None:
    """What it has found by then it keeps."""
    done = run(system(ONES, FIVE), limits=Limits(states=2))
    assert (False, "the limit of 2 states") == (done.finished, done.stopped_by)


def test_it_gives_up_at_its_limit_of_depth() -> None:
    """Nothing is looked at beyond it."""
    done = run(system(ONES, FIVE), limits=Limits(depth=1))
    assert (False, "the limit of 1 steps", 5) == (done.finished, done.stopped_by, done.states)


@pytest.mark.parametrize(
    ("limits", "said"),
    [(Limits(megabytes=0), "0 MiB of memory"), (Limits(seconds=0), "0 seconds")],
)
def test_it_reports_and_gives_up_at_its_limits(
    limits: Limits, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No process is as small as nothing, and nothing as quick."""
    monkeypatch.setattr(explore, "REPORT_EVERY", 1)
    told: list[Progress] = []
    done = explore.explore(system(ONES), Looks(), limits=limits, report=told.append)
    assert f"the limit of {said}" == done.stopped_by
    assert [(2, 1, 0)] == [(p.states, p.transitions, p.depth) for p in told]


def test_an_interrupt_ends_it_with_what_was_found() -> None:
    """As a limit does."""

    def stop(_progress: Progress) -> None:
        raise KeyboardInterrupt

    monkey = pytest.MonkeyPatch()
    with monkey.context() as patched:
        patched.setattr(explore, "REPORT_EVERY", 1)
        done = explore.explore(system(ONES, FIVE), Looks(always={"none": below(0)}), report=stop)
    assert (False, "an interrupt", "none") == (done.finished, done.stopped_by, done.found[0].check)


# --- names ------------------------------------------------------------------------------------


def asks_for_one(state: State[Cell]) -> bool:
    """A check that asks for one task by its name."""
    return state.world.of("task 1") != 2 or state.world.of("task 0") == 2


def once_or_twice(name: str) -> Steps:
    """Count once or twice."""
    if (yield (again,)):
        yield own, name, 1
    yield own, name, 1


def again(_cell: Cell) -> Choose:
    """Leave it open."""
    return Choose(Option("once", value=False), Option("twice", value=True))


@pytest.mark.parametrize("reductions", EVERY)
def test_a_check_of_ends_may_ask_for_a_task_by_its_name(reductions: Reductions) -> None:
    """It is asked under every assignment of names; the way is told by the names that it means."""
    of = system((once_or_twice, "task 0"), (once_or_twice, "task 1"))
    done = run(of, Looks(at_end={"asks": asks_for_one}), reductions)
    ways: dict[int, Any] = {0: [], 1: []}
    for task, step, option in done.found[0].path:
        ways[task].append((step, option))
    assert (1, 2) == tuple(sum(step == "own" for step, _ in ways[task]) for task in (0, 1))


def test_equal_tasks_of_three_are_told_apart_where_it_matters() -> None:
    """Two that took and one that did not are another state than one that took and two that not."""
    seen = run(
        system(*[(once_or_twice, f"task {n}") for n in range(3)]),
        Looks(at_rest={"sums": lambda s: tuple(s.world.of(f"task {n}") for n in range(3))}),
    ).observed["sums"]
    assert {
        which
        for some in ((1, 1, 1), (1, 1, 2), (1, 2, 2), (2, 2, 2))
        for which in permutations(some)
    } == seen
