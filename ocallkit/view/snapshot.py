"""What is so after each step of a run, in words: for whoever steps through it.

A snapshot has no pictures and knows nothing of the place where it is shown.  Number 0 is the
moment before the first step, number n the one after step n.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from ocallkit.judging.branching import states
from ocallkit.judging.leaving import Leaving
from ocallkit.properties import ABOUT, ALWAYS, AT_END, NAMES
from ocallkit.view.alternatives import Impossible, Possible, impossible, possible
from ocallkit.view.happened import told
from ocallkit.view.standing import Entry, Section, compared, hold, sections

if TYPE_CHECKING:
    from collections import Counter

    from ocallkit.engine import State, System
    from ocallkit.judging.path import Run, Step
    from ocallkit.model.world import World

Mark = Literal["intact", "ahead", "here", "broken", "not asked"]
"""How a property stands: intact so far, its violation ahead, broken by this step or by an earlier
one; not asked where the run stops before the end that the property is about."""


class Snapshot(msgspec.Struct, frozen=True):
    """One moment of a run: what happened last, what is so, what can follow.

    `function` is the step's, `file` where it stands and `about` its first sentence; all three are
    empty at moment 0.  `marks` has one mark for each of `properties.NAMES`.
    """

    number: int
    client: str
    name: str
    function: str
    file: str
    about: str
    told: tuple[str, ...]
    sections: tuple[Section, ...]
    can: tuple[Possible, ...]
    cannot: tuple[Impossible, ...]
    marks: tuple[Mark, ...]

    @property
    def changed(self) -> tuple[Entry, ...]:
        """The entries that the last step made, changed or removed."""
        return tuple(e for section in self.sections for e in section.entries if e.change)


def snapshots(run: Run) -> tuple[Snapshot, ...]:
    """What is so before the first step of `run` and after each of its steps."""
    leaving = Leaving(run)
    moments = leaving.states
    breaks = violations(run)
    is_over = _is_over(run)
    owners: dict[str, Counter[str]] = {}
    before: tuple[Section, ...] = ()
    found = []
    for number, state in enumerate(moments):
        step = run.steps[number - 1] if number else None
        hold(owners, step.events if step else ())
        now = sections(run.system, state, owners)
        shown = compared(before, now) if step else now
        found.append(
            Snapshot(
                number,
                step.client if step else "",
                step.name if step else "",
                step.function if step else "",
                *_source(run.system, moments[number - 1], step) if step else ("", ""),
                told(step.events, shown, run.clients) if step else ("Nothing has happened yet.",),
                shown,
                tuple(possible(leaving, number, now, owners)),
                impossible(run.system, state),
                tuple(_mark(breaks.get(name), number, name, is_over=is_over) for name in NAMES),
            )
        )
        before = now
    return tuple(found)


# --- properties ------------------------------------------------------------------------------


def violations(run: Run) -> dict[str, int]:
    """For each property that `run` breaks the number of the first moment in which it is broken.

    What must hold in the end is asked only of a run after which nothing more can happen.
    """
    found: dict[str, int] = {}
    moments = states(run)
    for number, state in enumerate(moments):
        for name, holds in ALWAYS.items():
            if name not in found and not holds(state):
                found[name] = number
    if _is_over(run):
        for name, holds in AT_END.items():
            if name not in found and not holds(run.state):
                found[name] = len(moments) - 1
    return {name: found[name] for name in NAMES if name in found}


def property_about(name: str) -> str:
    """What a property asks, in a sentence."""
    return ABOUT[name]


def _mark(breaks: int | None, number: int, name: str, *, is_over: bool) -> Mark:
    if breaks is None:
        return "intact" if is_over or name in ALWAYS else "not asked"
    if number < breaks:
        return "ahead"
    return "here" if number == breaks else "broken"


def _is_over(run: Run) -> bool:
    """Whether nothing more can happen at the end of the run."""
    return next(run.system.moves(run.state), None) is None


# --- what happened ---------------------------------------------------------------------------


def _source(system: System[World], before: State[World], step: Step) -> tuple[str, str]:
    """The file of the function behind a step, and the first line of what it says of itself."""
    function = before.nodes[system.tasks.index(step.client)].step[0]
    module = function.__module__.rpartition(".")[2]
    return "this notebook" if module == "__main__" else f"{module}.py", _first_line(function)


def _first_line(function: object) -> str:
    return (function.__doc__ or "").strip().partition("\n")[0]
