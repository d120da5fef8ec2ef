"""Whether all ways to try a system out come to the same: with each reduction, without, plainly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ocallkit import judge
from ocallkit.engine import ProgramError
from ocallkit.engine.exploration import NO_REDUCTIONS, Limits
from ocallkit.engine.explore import explore
from ocallkit.engine.looks import Looks
from ocallkit.judging.assembly import build
from tests.engine.made import Made
from tests.judging.made_agreement import compare_made
from tests.judging.own import end, total
from tests.judging.ways import STATES, WAYS, Disagreement, TooLargeError
from tests.plainly import explored

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping

    from ocallkit.engine import State
    from ocallkit.engine.exploration import Reductions
    from ocallkit.judging.verdict import Verdict
    from tests.judging.own import OwnSystem

OBSERVED = {"the shared number": total, "how each has ended": end}
"""What is seen where nothing happens any more: whoever did it, and by name."""


class Outcome(NamedTuple):
    """What a way came to: for each broken property the fewest steps, for whom everybody waits."""

    broken: tuple[tuple[str, int], ...]
    waits: tuple[str, ...]


def compare(system: OwnSystem | Made, states: int = STATES) -> Disagreement | None:
    """The first difference between the plainest way and the explorer's, if there is one.

    Raises TooLargeError for a system that has more states than that.
    """
    if isinstance(system, Made):
        return compare_made(system, states)
    try:
        whole = judge(**system.question, reductions=NO_REDUCTIONS, limits=Limits(states))
    except ProgramError:
        return next(filter(None, (refused(system, way) for way in WAYS)), None)
    if not whole.finished:
        raise TooLargeError
    plain = explored(build(**system.question), _both)
    expected = Outcome(tuple(sorted(plain.broken.items())), plain.waits)
    seen = {
        name: frozenset(pair[number] for pair in plain.seen if isinstance(pair, tuple))
        for number, name in enumerate(OBSERVED)
    }
    return next(disagreements(system, expected, seen), None)


def _both(state: State[Any]) -> Hashable:
    return tuple(observe(state) for observe in OBSERVED.values())


def disagreements(
    system: OwnSystem, expected: Outcome, seen: dict[str, frozenset[Hashable]]
) -> Iterator[Disagreement]:
    """Every combination of reductions that comes to something else, or sees something else."""
    for way in WAYS:
        found = outcome(judge(**system.question, reductions=way))
        if found != expected:
            yield Disagreement(way, "verdict", expected, found)
        looked = judge(**system.question, reductions=way, observe=OBSERVED)
        if outcome(looked) != expected:
            yield Disagreement(way, "verdict, with an observation", expected, outcome(looked))
        for whole, observed in ((True, looked.exploration.observed), (False, ends(system, way))):
            for name, values in seen.items():
                if observed[name] != values:
                    words = name if whole else f"{name}, looked at in the end only"
                    yield Disagreement(way, words, values, observed[name])


def ends(system: OwnSystem, way: Reductions) -> Mapping[str, frozenset[Hashable]]:
    """What is seen of the ends alone: who looks at every state has most reductions off."""
    looks = Looks(at_rest=OBSERVED)
    return explore(build(**system.question), looks, reductions=way).observed


def refused(system: OwnSystem, way: Reductions) -> Disagreement | None:
    """What the model has no meaning for, it has none for whatever is left out."""
    try:
        verdict = judge(**system.question, reductions=way)
    except ProgramError:
        return None
    return Disagreement(way, "verdict", "an error that names a program", outcome(verdict))


def outcome(verdict: Verdict) -> Outcome:
    """What a verdict says, without what the reductions are there to change."""
    broken = sorted((one.property, one.steps) for one in verdict.violations)
    return Outcome(tuple(broken), verdict.waits)
