"""Try every possibility, nearest first, so that the way to anything found is a shortest one.

The explorer knows owners, which are a part with one task or several, and what they have in common.
What is looked for comes from outside.  What it leaves out rests on what each step was seen to ask
of the world, to change there, and to take out of its pools or give back to them:

- `local`: a step that asks and changes nothing but its own part, into which no other owner reaches,
  and at most gives something back, happens at once, before any other owner moves.  Whatever the
  others do meanwhile they can do after it as well, with the same outcome, and nothing that they do
  can prevent or change it.  Siblings share their part, so it is local only where each of them has
  such a step, or has ended, or waits for what is in the part: then whichever moves first of them,
  and there is no telling which, moves so; all their steps are taken in all their orders.  If some
  step of another owner, on a way that was left out, did reach into that part, the same step could
  be reached with the local ones done first: so it is met, and the exploration begins again without
  that assumption.  Local steps that lead to nothing but each other for ever are taken like any
  others, so that they keep nobody from moving.
- `symmetry`: of states that differ only in which of several owners is which, one is kept.  Owners
  that begin alike, with all their tasks, are alike if each step does the same under every owner's
  name; every step that is met is taken under all of them.
- `memory`: see `parts`.

A check or an observation of whole states sees what happens between others' local steps and may
ask for an owner by its name: with one of those the first two are off.  A check of `each` owner is
asked of all that any owner ever has, the local steps' middle included.

What ends in a state in which nothing can happen takes as many steps in any order of them: its way
is a shortest one.  What one owner alone can break is sought once more, step by step.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Generic, TypeVar

from ocallkit.engine.apart import meets_in_pools
from ocallkit.engine.exploration import (
    ALL_REDUCTIONS,
    INTERRUPT,
    LIMITS,
    Exploration,
    Limits,
    Progress,
    Reductions,
)
from ocallkit.engine.kept import Kept, Reached
from ocallkit.engine.laps import Follow
from ocallkit.engine.looks import Looks, Seen
from ocallkit.engine.megabytes import megabytes_allowed, megabytes_used
from ocallkit.engine.parts import MeetError, NotAlikeError, Parts
from ocallkit.engine.program import EndlessError
from ocallkit.engine.world import World

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit.engine.numbers import Key
    from ocallkit.engine.system import System

W = TypeVar("W", bound=World)

REPORT_EVERY = 2048
"""States between two reports of progress and two looks at the clock and at the memory."""


def explore(
    system: System[W],
    looks: Looks,
    *,
    reductions: Reductions = ALL_REDUCTIONS,
    limits: Limits = LIMITS,
    report: Callable[[Progress], None] | None = None,
) -> Exploration:
    """Visit every state that can be reached, or as many as the limits allow.

    `report` is told now and then how far it is.  An interrupt ends it like a limit.  Raises
    ProgramError for a program or a step that does what none may.

    >>> from ocallkit.engine import Programs, State, World
    >>> from ocallkit.engine.system import System
    >>> def add(world, amount):
    ...     world.keep("n", "n", (world.find("n", "n") or 1) + amount)
    >>> def double(world):
    ...     world.keep("n", "n", 2 * (world.find("n", "n") or 1))
    >>> def adder():
    ...     yield add, 3
    >>> def doubler():
    ...     yield (double,)
    >>> programs = Programs()
    >>> start = State(World(), (programs.start(adder), programs.start(doubler)))
    >>> small = Looks(at_end={"small": lambda state: state.world.find("n", "n") < 8})
    >>> done = explore(System(("adder", "doubler"), start), small)
    >>> done.states, done.ends, done.found[0].path
    (5, 2, ((0, 'add', 'go'), (1, 'double', 'go')))
    """
    if looks.always or looks.observe:
        reductions = reductions._replace(local=False, symmetry=False)
    parts = Parts(system, alike=reductions.symmetry, memory=reductions.memory)
    while True:
        search = Search(parts, looks, reductions, limits, report)
        try:
            return search.run()
        except NotAlikeError:
            parts = Parts(system, alike=False, memory=reductions.memory)
        except MeetError:
            continue


class Search(Generic[W]):
    """One pass over the states, under what is known so far of where owners meet."""

    def __init__(
        self,
        parts: Parts[W],
        looks: Looks,
        reductions: Reductions,
        limits: Limits,
        report: Callable[[Progress], None] | None,
    ) -> None:
        self._parts = parts
        self._finish = looks.finish
        self._local = reductions.local
        self._limits = limits
        self._report = report
        self._follow = Follow(parts, local=reductions.local, memory=reductions.memory)
        self._kept = Kept(self._follow)
        self._seen = Seen(looks, self._follow, self._kept)
        self._transitions = self._ends = 0
        self._began = time.perf_counter()
        given = limits.megabytes
        self._megabytes = megabytes_allowed() if given is None else given

    def run(self) -> Exploration:
        """Go through the states, then ask what is asked of all of them together."""
        parts, depth, stopped_by = self._parts, 0, ""
        try:
            self._kept.keep(parts.start, Reached(0))
            depth, stopped_by = self._go_through()
        except KeyboardInterrupt:
            depth, stopped_by = min(self._kept.waiting, default=0), INTERRUPT
        except EndlessError as endless:
            depth, stopped_by = min(self._kept.waiting, default=0), str(endless)
        in_pools = meets_in_pools(parts, {number for number, _ in self._follow.witness})
        apart = in_pools and self._local
        self._seen.look_at_each(apart=apart)
        if self._finish and not stopped_by:
            self._seen.look_for_rounds(apart=apart)
        return Exploration(
            found=tuple(self._seen.found.values()),
            finished=not stopped_by,
            states=len(self._kept),
            transitions=self._transitions,
            depth=depth,
            ends=self._ends,
            observed={name: frozenset(seen) for name, seen in self._seen.observed.items()},
            seconds=time.perf_counter() - self._began,
            stopped_by=stopped_by,
            alike=parts.alike,
            in_pools=in_pools,
            kinds={step: tuple(sorted(kinds)) for step, kinds in sorted(parts.kinds.items())},
            taken=frozenset(parts.taken),
            learned=parts.learned,
        )

    def _go_through(self) -> tuple[int, str]:
        """Visit the states, the nearest first; gives how deep it came, and what stopped it."""
        depth, visited, kept = 0, 0, self._kept
        while kept.waiting:
            depth = min(kept.waiting)
            if self._limits.depth is not None and depth > self._limits.depth:
                return self._limits.depth, f"the limit of {self._limits.depth} steps"
            for key in kept.waiting[depth]:
                if kept[key].distance < depth:
                    continue
                self._visit(key, depth)
                visited += 1
                stopped_by = self._limit_reached(visited, depth)
                if stopped_by:
                    return depth, stopped_by
            del kept.waiting[depth]
        return depth, ""

    def _visit(self, key: Key, depth: int) -> None:
        """Find what can follow a state; where nothing can, it is an end."""
        rests, kept, follow = True, self._kept, self._follow
        for place, laps in follow.next(key):
            rests = rests and laps.rests
            for lap, after in follow.after(key, place, laps):
                self._transitions += 1
                known = kept.get(after)
                if known is None or known[0] > depth + lap[0]:
                    kept.keep(after, Reached(depth + lap[0], key, place, lap))
        self._seen.look(key)
        if rests:
            self._ends += 1
            self._seen.look_at_end(key)

    def _limit_reached(self, visited: int, depth: int) -> str:
        """The limit at which the exploration gives up; now and then it reports how far it is."""
        limits, states = self._limits, len(self._kept)
        if limits.states is not None and states > limits.states:
            return f"the limit of {limits.states} states"
        if visited % REPORT_EVERY:
            return ""
        seconds = time.perf_counter() - self._began
        if self._report:
            self._report(Progress(states, self._transitions, depth, seconds))
        if limits.seconds is not None and seconds > limits.seconds:
            return f"the limit of {limits.seconds:g} seconds"
        if megabytes_used() > self._megabytes:
            return f"the limit of {self._megabytes} MiB of memory"
        return ""
