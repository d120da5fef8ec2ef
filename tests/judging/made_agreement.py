"""Whether all ways to try a made system out come to the same, checks of one owner among them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ocallkit.engine import ProgramError
from ocallkit.engine.exploration import ALL_REDUCTIONS, NO_REDUCTIONS, Exploration, Reductions
from ocallkit.engine.explore import explore
from ocallkit.engine.looks import Looks
from ocallkit.engine.world import part_of
from ocallkit.properties import CAN_FINISH
from tests.engine.made import OWNERS, alone
from tests.judging.ways import WAYS, Disagreement, TooLargeError
from tests.plainly import Asked, at_rest, explored

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

    from ocallkit.engine import State, System
    from ocallkit.engine.exploration import Way
    from tests.engine.made import Made
    from tests.plainly import Plain

    Check = Callable[[State[Any]], bool]

# --- what is asked ------------------------------------------------------------------------------


def numbers(state: State[Any]) -> tuple[tuple[str, int], ...]:
    """All numbers that are kept, with their records."""
    return tuple(state.world.all_of("number"))


def low(state: State[Any]) -> bool:
    """No number of an owner has come to five."""
    return all(number < 5 for _, number in numbers(state))


def tidy(state: State[Any]) -> bool:
    """Who has come to four has not ended yet: it hangs on where all siblings stand."""
    return not all(node.done for node in state.nodes) or all(n != 4 for _, n in numbers(state))


def stands(state: State[Any]) -> Hashable:
    """What an owner has, and which of its tasks have ended."""
    return state.tasks, numbers(state), tuple(node.done for node in state.nodes)


def whole(state: State[Any]) -> Hashable:
    """All there is where nothing happens any more."""
    return stands(state), state.world.count("slot")


def ended(state: State[Any]) -> bool:
    """Every task has ended."""
    return all(node.done for node in state.nodes)


def named(state: State[Any]) -> bool:
    """One owner, of a certain name, has not come farther than another."""
    return bool(state.world.of("A") <= state.world.of("B") + 1)


EACH = {"low": low, "tidy": tidy}
AT_END = {"ended": ended, "named": named}
LOOKS = Looks(
    each=EACH,
    notes={"noted": stands},
    at_end=AT_END,
    at_rest={"ends": whole},
    finish=CAN_FINISH,
)


def of_all(check: Check, owners: list[str]) -> Check:
    """The check of one owner as one of whole states: it holds for each."""
    return lambda state: all(check(alone(state, owner)) for owner in owners)


# --- what is compared ---------------------------------------------------------------------------


class Outcome(NamedTuple):
    """What a way came to: for each broken check the fewest steps, what was noted, how it ends."""

    broken: dict[str, int]
    noted: frozenset[Hashable]
    ends: frozenset[Hashable]


def compare_made(made: Made, states: int) -> Disagreement | None:
    """The first difference between the plainest way and the explorer's, if there is one.

    Raises TooLargeError for a system that has more states than that.
    """
    try:
        plain = plainly(made, states)
    except ProgramError:
        refusing = (way for way in WAYS if not refuses(made, way))
        return next((Disagreement(way, "error", "one", "none") for way in refusing), None)
    return next(disagreements(made, plain), None)


def plainly(made: Made, states: int) -> Plain:
    """What comes of a system in the plainest way."""
    system = made.build()
    owners = sorted({part_of(name) for name in system.tasks})
    asked = Asked(
        {name: of_all(check, owners) for name, check in EACH.items()},
        AT_END,
        lambda state: [stands(alone(state, owner)) for owner in owners],
    )
    try:
        return explored(system, whole, states, asked)
    except RuntimeError as error:
        raise TooLargeError from error


def refuses(made: Made, way: Reductions) -> bool:
    """Whether a system is one that nobody may try out."""
    try:
        explore(made.build(), LOOKS, reductions=way)
    except ProgramError:
        return True
    return False


def disagreements(made: Made, plain: Plain) -> Iterator[Disagreement]:
    """Every combination of reductions that comes to something else."""
    expected = Outcome(plain.broken, plain.noted, plain.seen)
    for way in WAYS:
        system = made.build()
        done = explore(system, LOOKS, reductions=way)
        found = outcome(done)
        for name, one, other in zip(Outcome._fields, expected, found, strict=True):
            if one != other:
                yield Disagreement(way, name, one, other)
        for check, path in done.found:
            if not leads_where_it_says(system, check, path):
                yield Disagreement(way, "a way", check, path)
    every = explore(made.build(), LOOKS._replace(observe={"all": whole}), reductions=NO_REDUCTIONS)
    if every.states != plain.states:
        yield Disagreement(NO_REDUCTIONS, "states", plain.states, every.states)
    looked = explore(made.build(), LOOKS._replace(always={"ended": never}))
    if looked.states != plain.states:
        yield Disagreement(ALL_REDUCTIONS, "states looked at", plain.states, looked.states)


def never(_state: State[Any]) -> bool:
    """A check that every state is as it must be."""
    return True


def outcome(done: Exploration) -> Outcome:
    """What an exploration says, without what the reductions are there to change."""
    broken = {check: len(path) for check, path in done.found}
    return Outcome(broken, done.observed["noted"], done.observed["ends"])


def leads_where_it_says(system: System[Any], check: str, path: tuple[Way, ...]) -> bool:
    """Whether a way can be gone, and what is found at its end is so."""
    state = system.start
    for task, step, option in path:
        moves = system.moves_of(state, task)
        after = [move.state for move in moves if (move.step, move.option) == (step, option)]
        if not after:
            return False
        (state,) = after
    if check in EACH:
        return not all(EACH[check](alone(state, owner)) for owner in OWNERS)
    return check == CAN_FINISH or (at_rest(state) and not AT_END[check](state))
