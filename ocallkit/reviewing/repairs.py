"""What one decision of the gallery, taken over, would heal, and what it would break elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ocallkit.judging.comparing.two_designs import source
from ocallkit.reviewing.subjects import GALLERY, Subject, as_in, overrides
from ocallkit.reviewing.trials import Place, Trial

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    Judge = Callable[[Sequence[tuple[Subject, Place]]], Sequence[Trial]]
    Broken = dict[tuple[str, str], list[Trial]]
    """For each scenario and property the trials in which that is violated."""


class Repair(msgspec.Struct, frozen=True):
    """A decision taken as another design takes it, and what comes of that.

    `heals` are the scenarios, each with the properties that hold again in every size in which they
    broke; `leaves` is what is violated still.  `breaks` are the trials in which something is
    violated that was not, each with what; `unknown` those of which not everything is known.
    """

    subject: Subject
    owner: str
    source: str
    heals: tuple[tuple[str, str], ...]
    leaves: tuple[tuple[str, str], ...]
    breaks: tuple[tuple[Place, tuple[str, ...]], ...]
    unknown: tuple[Trial, ...]

    @property
    def is_clean(self) -> bool:
        """Whether it breaks nothing, as far as the matrix goes, and leaves nothing unknown."""
        return not (self.breaks or self.unknown)

    @property
    def lines(self) -> int:
        """How many lines it takes."""
        return len(self.source.splitlines())


class Repairs(msgspec.Struct, frozen=True):
    """All that heal something, the best first; of how many, and of how many it is not known.

    First come those that break nothing; of these the one that heals most, is smallest, and comes
    first in the gallery.
    """

    found: tuple[Repair, ...]
    tried: int
    unknown: int

    def nearest(self, pair: tuple[str, str]) -> Repair | None:
        """The first that heals a property in a scenario and breaks nothing, if one does."""
        return next((one for one in self.found if one.is_clean and pair in one.heals), None)


def broken_in(own: Iterable[Trial]) -> Broken:
    """For each scenario and property the trials in which that is violated, in their order."""
    found: Broken = {}
    for trial in own:
        for name in trial.broken:
            found.setdefault((trial.place.scenario, name), []).append(trial)
    return found


def repairs(spec: str, own: Sequence[Trial], judge: Judge) -> Repairs:
    """Try every override of the gallery in a design that came out as in `own`.

    Each is asked first where the design breaks soonest: who heals nothing there heals nothing.
    """
    broken, changes = broken_in(own), overrides(spec)
    if not broken:
        return Repairs((), 0, 0)
    first = _smallest(broken)
    tried = _trials(judge, [(change, place) for change in changes for place in first])
    hopeful = [one for one in changes if _may_heal(broken, first, tried, one)]
    rest = [trial.place for trial in own if trial.place not in first]
    tried |= _trials(judge, [(change, place) for change in hopeful for place in rest])
    made = [_repair(change, own, broken, tried) for change in hopeful]
    found = sorted((one for one in made if one.heals), key=_rank)
    unknown = sum(
        not one.heals and any(_may_still_heal(tried, one.subject, pair, broken) for pair in broken)
        for one in made
    )
    return Repairs(tuple(found), len(changes), unknown)


def _rank(one: Repair) -> tuple[bool, int, int, int]:
    place = list(GALLERY).index(one.subject.source)
    return not one.is_clean, -len(one.heals), one.lines, place


def _smallest(broken: Broken) -> tuple[Place, ...]:
    """For each scenario and property the place with the fewest states in which that is violated."""
    chosen = (min(trials, key=_states).place for trials in broken.values())
    return tuple(dict.fromkeys(chosen))


def _states(trial: Trial) -> int:
    return trial.cell.states if trial.cell else 0


def _trials(
    judge: Judge, asked: Sequence[tuple[Subject, Place]]
) -> dict[tuple[Subject, Place], Trial]:
    return dict(zip(asked, judge(asked), strict=True))


def _may_heal(
    broken: Broken,
    first: Iterable[Place],
    tried: dict[tuple[Subject, Place], Trial],
    change: Subject,
) -> bool:
    """Whether something that is violated in one of the first places need not be any more."""
    return any(
        all(
            name not in tried[change, trial.place].broken and not tried[change, trial.place].failed
            for trial in trials
            if trial.place in first
        )
        for (_, name), trials in broken.items()
    )


def _may_still_heal(
    tried: dict[tuple[Subject, Place], Trial],
    change: Subject,
    pair: tuple[str, str],
    broken: Broken,
) -> bool:
    """Whether more time could still show that a change heals."""
    trials = [tried[change, trial.place] for trial in broken[pair]]
    known = [one.says(pair[1]) for one in trials]
    return False not in known and any(
        not one.failed and not one.empty and one.why for one in trials
    )


def _repair(
    change: Subject,
    own: Sequence[Trial],
    broken: Broken,
    tried: dict[tuple[Subject, Place], Trial],
) -> Repair:
    heals = [
        pair
        for pair, trials in broken.items()
        if all(tried[change, trial.place].says(pair[1]) for trial in trials)
    ]
    breaks, unknown = [], []
    for trial in own:
        now = tried[change, trial.place]
        names = tuple(name for name in now.broken if trial.says(name))
        if names:
            breaks.append((trial.place, names))
        if now.why and not trial.why:
            unknown.append(now)
    return Repair(
        change,
        as_in(change),
        source(GALLERY[change.source], change.decision),
        tuple(heals),
        tuple(pair for pair in broken if pair not in heals),
        tuple(breaks),
        tuple(unknown),
    )
