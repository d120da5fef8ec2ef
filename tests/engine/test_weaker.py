"""Each reduction needs all that it rests on: without any part of it a small system shows why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import pytest

from ocallkit.engine import Become, Blocked, Choose, Option, State, take
from ocallkit.engine.exploration import ALL_REDUCTIONS
from ocallkit.engine.explore import explore
from ocallkit.engine.looks import Looks
from tests.engine import weaker
from tests.engine.test_explore import (
    accountant,
    again,
    by_name,
    careless,
    counter,
    get,
    give,
    impatient,
    once_or_twice,
    own,
    turn,
    user,
    watcher,
    write,
)
from tests.engine.toys import Cell, system

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from ocallkit.engine import Node, Steps
    from ocallkit.engine.system import System
    from tests.engine.weaker import Weaken

# --- programs -----------------------------------------------------------------------------------


class Red(msgspec.Struct, frozen=True):
    """A record."""

    number: int


class Blue(msgspec.Struct, frozen=True):
    """Another, of the same fields."""

    number: int


def paint(_cell: Cell, name: str) -> Choose:
    """Keep one of the two."""
    return Choose(
        Option("red", 0, lambda cell: cell.keep("colour", name, Red(1))),
        Option("blue", 0, lambda cell: cell.keep("colour", name, Blue(1))),
    )


def painter(name: str) -> Steps:
    """Choose a colour."""
    yield paint, name


def pick(_cell: Cell) -> Choose:
    """One or five."""
    return Choose(Option("one", 1), Option("five", 5))


def picker(name: str) -> Steps:
    """Choose a number, and go on with it."""
    return Become(counter, name, (yield (pick,)))


def dotted(name: str) -> Steps:
    """Count under a name with a dot, as often as one chooses."""
    yield own, f"{name}.x", (yield (pick,))


def sleep(_cell: Cell) -> Choose:
    """Only a fault ends it."""
    return Choose(Option("wake", 0, fault=True), unless=Blocked("asleep", "nobody"))


def sleeper(name: str) -> Steps:
    """Sleep, and count when somebody comes."""
    yield (sleep,)
    yield own, name, 1


def add_all(cell: Cell) -> int:
    """The sum of everybody's numbers."""
    return sum(number for _, number in cell.all_of("number"))


def adds_all() -> Steps:
    """Look at everybody, and tell."""
    yield write, (yield (add_all,))


def turning(name: str) -> Steps:
    """Turn one's own number round for ever."""
    yield turn, name
    return Become(turning, name)


def hopeless(name: str) -> Steps:
    """Take a slot and give it back, or, for the lack of one, go round for ever."""
    if not (yield try_one, name):
        return Become(turning, name)
    yield (give,)
    return None


def greedy() -> Steps:
    """Take two slots, one after the other, and give both back."""
    yield (get,)
    yield (get,)
    yield (give,)
    yield (give,)


def lender(name: str) -> Steps:
    """Put a slot there that was not there before, or take one and go round for ever."""
    if (yield (again,)):
        yield (give,)
        return None
    yield (get,)
    return Become(turning, name)


def try_one(cell: Cell, name: str) -> bool:
    """Whether there was a slot; it is noted in one's own part."""
    own(cell, name, 1)
    return cell.take("slot")


def offended(name: str) -> Steps:
    """Go round for ever once somebody has written."""
    number = yield (look,)
    return Become(turning, name) if number else None


def look(cell: Cell) -> int:
    """The number of all."""
    return cell.number


def once() -> Steps:
    """Write."""
    yield write, 1


def chosen_watcher() -> Steps:
    """Look what task 0 has, twice, and tell both."""
    first = yield peek, "task 0"
    second = yield peek, "task 0"
    yield write, 10 * first + second


def peek(cell: Cell, name: str) -> int:
    """Read the number of a task."""
    return cell.of(name)


TASKS = ("task 0", "task 1", "task 2")


def each(program: Callable[..., Steps], tasks: int = 3) -> list[tuple[Any, ...]]:
    """That program for some tasks, each with its name."""
    return [(program, name) for name in TASKS[:tasks]]


# --- what is compared ---------------------------------------------------------------------------


class Seen(NamedTuple):
    """What comes of a system: how it can end, and the fewest steps after which it never can."""

    ends: frozenset[Hashable]
    stuck_after: int | None


def end(state: State[Cell]) -> Hashable:
    """Who has ended, and all that is kept."""
    return tuple(node.done for node in state.nodes), state.world.key()


def plainly(of: System[Cell]) -> Seen:
    """Every move of every state, in the plainest way."""
    met, ends = {of.start.key(): 0}, []
    before: dict[Hashable, list[Hashable]] = {}
    for state in (pending := [of.start]):
        if all(rests(state, node) for node in state.nodes):
            ends.append(state)
        for move in of.moves(state):
            key = move.state.key()
            before.setdefault(key, []).append(state.key())
            if key not in met:
                met[key] = met[state.key()] + 1
                pending.append(move.state)
    good = [state.key() for state in ends]
    for key in good:
        good += before.pop(key, ())
    stuck = (met[key] for key in met.keys() - {*good})
    return Seen(frozenset(map(end, ends)), min(stuck, default=None))


def rests(state: State[Cell], node: Node) -> bool:
    """Whether a task has ended, or waits unless a fault happens."""
    if node.done:
        return True
    try:
        result = take(node, state.world.copy())
    except Blocked:
        return True
    return type(result) is Choose and result.unless is not None


def leads_where_it_says(of: System[Cell], way: tuple[tuple[int, str, str], ...]) -> State[Cell]:
    """The state after the moves of a way; fails where one of them cannot happen."""
    state = of.start
    for task, step, option in way:
        (state,) = (
            move.state
            for move in of.moves_of(state, task)
            if (move.step, move.option) == (step, option)
        )
    return state


def explored(of: System[Cell]) -> Seen:
    """What the explorer makes of it; an end that breaks a check has a way that leads to it."""
    looks = Looks(at_rest={"ends": end}, at_end={"named": named}, finish="can-finish")
    done = explore(of, looks, reductions=ALL_REDUCTIONS)
    assert done.finished
    for found in done.found:
        if found.check == "named":
            assert not named(leads_where_it_says(of, found.path))
    lengths = {found.check: len(found.path) for found in done.found}
    return Seen(done.observed["ends"], lengths.get("can-finish"))


def named(state: State[Cell]) -> bool:
    """A check of ends that asks for a task by its name: task 0 alone has come to something else."""
    numbers = [state.world.of(name) for name in TASKS]
    return not (numbers[0] != numbers[1] == numbers[2])


# --- the table ----------------------------------------------------------------------------------

SYSTEMS: dict[str, Callable[[], System[Cell]]] = {
    "two painters": lambda: system(*each(painter, 2)),
    "three painters": lambda: system(*each(painter)),
    "three who pick": lambda: system(*each(picker)),
    "two with dots": lambda: system(*each(dotted, 2)),
    "three who count once or twice": lambda: system(*each(once_or_twice)),
    "two alike and one other": lambda: system(*each(once_or_twice, 2), (counter, "task 2", 7, 7)),
    "one other and two alike": lambda: system((counter, "task 0", 7, 7), *each(once_or_twice)[1:]),
    "two by their name": lambda: system(*each(by_name, 2)),
    "two careless": lambda: system((careless,), (careless,)),
    "three careless": lambda: system((careless,), (careless,), (careless,)),
    "a watcher": lambda: system((counter, "task 0", 1, 1), (watcher,)),
    "a watcher who looks twice": lambda: system((counter, "task 0", 1, 1), (chosen_watcher,)),
    "two sleepers": lambda: system(*each(sleeper, 2)),
    "an accountant": lambda: system(*each(user, 2), (accountant,), slots=2),
    "three users": lambda: system(*each(user), slots=2),
    "one who looks at all": lambda: system((counter, "task 0", 1, 1), (adds_all,)),
    "one who is impatient": lambda: system((user, "task 0"), (impatient, "task 1")),
    "two impatient": lambda: system(*each(impatient, 2)),
    "three greedy": lambda: system((greedy,), (greedy,), (greedy,), slots=2),
    "three without hope": lambda: system(*each(hopeless)),
    "two lenders": lambda: system(*each(lender, 2), slots=0),
    "one who is offended": lambda: system((offended, "task 0"), (once,)),
}
"""Small systems, three equal tasks among them."""

WEAKER: list[tuple[str, Weaken, str]] = [
    ("a record's type", weaker.without_types, "two painters"),
    ("a record's type", weaker.without_types, "three painters"),
    ("a program's arguments", weaker.without_arguments, "three who pick"),
    ("where a program stands", weaker.without_the_program, "three who count once or twice"),
    ("what a task has", weaker.without_the_part, "three painters"),
    ("the other names", weaker.under_one_name, "two by their name"),
    ("how many are equal", weaker.equal_twos_of_three, "three who count once or twice"),
    ("how many are equal", weaker.equal_twos_of_three, "three painters"),
    ("who of three moves", weaker.only_the_first_moves, "three greedy"),
    ("who is alike", weaker.everybody_in_order, "one other and two alike"),
    ("who is meant", weaker.one_assignment, "three who count once or twice"),
    ("who stands where", weaker.places_stay, "three who count once or twice"),
    ("what it asked", weaker.local_whatever(asked=()), "two careless"),
    ("that it rests", weaker.local_whatever(rests=False), "two sleepers"),
    ("where tasks meet", weaker.local_though("met"), "a watcher"),
    ("where tasks meet", weaker.met_too_late, "a watcher who looks twice"),
    ("which pools are counted", weaker.local_though("counted"), "an accountant"),
    ("what is done for a lack", weaker.no_lack, "one who is impatient"),
    ("whether there is enough", weaker.one_answer_to("enough"), "three greedy"),
    ("how much there is", weaker.one_answer_to("count"), "an accountant"),
    ("what a part holds", weaker.one_answer_to("part"), "two careless"),
    ("what a task's part holds", weaker.one_answer_to("part"), "a watcher"),
    ("what all parts hold", weaker.one_answer_to("all"), "one who looks at all"),
    ("what is shared", weaker.without_what_is_shared("_laps"), "two careless"),
    ("what is shared, in a chain", weaker.without_what_is_shared("_chains"), "three greedy"),
    ("what is shared, in a state", weaker.shared_is_nothing, "three careless"),
    ("what others have", weaker.all_laps_kept, "a watcher"),
    ("that others meet", weaker.apart_whatever, "one who is offended"),
    ("that a pool is counted", weaker.apart_though_counted, "three without hope"),
    ("that somebody gives", weaker.apart_though_given, "two lenders"),
]
"""What an explorer does not look at, how, and the system in which it says what is not so."""


@pytest.mark.parametrize("name", SYSTEMS)
def test_the_explorer_says_what_is_so(name: str) -> None:
    """How each can end, and whether it can always come to an end, with every reduction."""
    assert plainly(SYSTEMS[name]()) == explored(SYSTEMS[name]())


@pytest.mark.parametrize(
    ("weaken", "name"),
    [row[1:] for row in WEAKER],
    ids=[f"without {what}: {name}" for what, _, name in WEAKER],
)
def test_a_weaker_engine_is_noticed(
    weaken: Weaken, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says something else, or cannot go on."""
    expected = plainly(SYSTEMS[name]())
    weaken(monkeypatch)
    try:
        found = explored(SYSTEMS[name]())
    except (AssertionError, KeyError, ValueError, RecursionError):
        return
    assert expected != found
