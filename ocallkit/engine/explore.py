"""Try every possibility, nearest first, so that the way to anything found is a shortest one.

The explorer knows tasks and what they have in common.  What is looked for comes from outside.
What it leaves out rests on what each step was seen to ask of the world, to change there, and to
take out of its pools or give back to them:

- `local`: a step that asks and changes nothing but its own task's part, into which no other task
  reaches, and at most gives something back, happens at once, before anybody else moves.  Whatever
  the others do meanwhile they can do after it as well, with the same outcome, and nothing that they
  do can prevent or change it.  If some step of another task, on a way that was left out, did reach
  into that part, the same step could be reached with the local ones done first: so it is met, and
  the exploration begins again without that assumption.  Local steps that lead to nothing but each
  other for ever are taken like any others, so that they keep nobody from moving.
- `symmetry`: of states that differ only in which of several tasks is which, one is kept.  Tasks
  that begin alike are alike if each step does the same under every task's name; every step that is
  met is taken under all of them.
- `memory`: see `parts`.

A check or an observation of whole states sees what happens between others' local steps and may
ask for a task by its name: with one of those the first two are off.  A check of `each` task is
asked of all that any task ever has, the local steps' middle included.

What ends in a state in which nothing can happen takes as many steps in any order of them: its way
is a shortest one.  What one task alone can break is sought once more, step by step.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from ocallkit.engine.apart import meets_in_pools, shortest, stuck
from ocallkit.engine.laps import Follow, Lap
from ocallkit.engine.memory import megabytes_allowed, megabytes_used
from ocallkit.engine.parts import Key, MeetError, NotAlikeError, Parts
from ocallkit.engine.program import EndlessError
from ocallkit.engine.results import (
    ALL_REDUCTIONS,
    LIMITS,
    Exploration,
    Found,
    Limits,
    Progress,
    Reductions,
    Way,
)
from ocallkit.engine.system import State, System
from ocallkit.engine.world import NOTHING, World

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence

    Check = Callable[[State[Any]], bool]
    Observe = Callable[[State[Any]], Hashable | None]

W = TypeVar("W", bound=World)

REPORT_EVERY = 2048
"""States between two reports of progress and two looks at the clock and at the memory."""


class Looks(NamedTuple):
    """What is looked for; each by the name under which it is reported.

    `each` and `notes` are checks and observations of one task's part alone, `always` and `observe`
    of whole states, `at_end` and `at_rest` of those in which nothing happens but what is a fault.
    A check of whole states is asked under every assignment of names, unless it is `nameless`.
    `finish` names the check that every state can come to such an end.
    """

    each: Mapping[str, Check] = {}
    notes: Mapping[str, Observe] = {}
    always: Mapping[str, Check] = {}
    observe: Mapping[str, Observe] = {}
    at_end: Mapping[str, Check] = {}
    at_rest: Mapping[str, Observe] = {}
    finish: str = ""


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

    >>> from ocallkit.engine import Programs
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
    alike = reductions.symmetry and len(system.tasks) > 1
    parts = Parts(system, alike=alike, memory=reductions.memory)
    while True:
        search = Search(parts, looks, reductions, limits, report)
        try:
            return search.run()
        except NotAlikeError:
            parts = Parts(system, alike=False, memory=reductions.memory)
        except MeetError:
            continue


class Watched(State[Any]):
    """A state that notices whether anybody looks where its tasks stand."""

    looked = False

    @property
    def nodes(self) -> tuple[Node, ...]:  # type: ignore[override]
        """Where each task stands."""
        self.looked = True
        return self[1]


class Search(Generic[W]):
    """One pass over the states, under what is known so far of where tasks meet."""

    def __init__(
        self,
        parts: Parts[W],
        looks: Looks,
        reductions: Reductions,
        limits: Limits,
        report: Callable[[Progress], None] | None,
    ) -> None:
        self._parts = parts
        self._looks = looks
        self._limits = limits
        self._report = report
        self._local = reductions.local
        self._follow = Follow(parts, local=reductions.local, memory=reductions.memory)
        # Of each state: its fewest steps, the state before it, the place that moved, and its lap.
        self._kept: dict[Key, tuple[int, Key | None, int, Lap | None]] = {}
        self._waiting: dict[int, list[Key]] = {}
        self._found: dict[str, Found] = {}
        self._seen: dict[str, set[Hashable]] = {
            name: set() for name in (*looks.notes, *looks.observe, *looks.at_rest)
        }
        self._transitions = self._ends = 0
        self._began = time.perf_counter()
        self._megabytes = limits.megabytes
        if self._megabytes is None:
            self._megabytes = megabytes_allowed()

    def run(self) -> Exploration:
        """Go through the states, then ask what is asked of all of them together."""
        depth, stopped_by = 0, ""
        try:
            self._keep(self._parts.start, 0, None, 0, None)
            depth, stopped_by = self._go_through()
        except KeyboardInterrupt:
            depth, stopped_by = min(self._waiting, default=0), "an interrupt"
        except EndlessError as endless:
            depth, stopped_by = min(self._waiting, default=0), str(endless)
        in_pools = meets_in_pools(self._parts, {number for number, _ in self._follow.homes})
        self._look_at_each(apart=in_pools and self._local, finished=not stopped_by)
        return Exploration(
            found=tuple(self._found.values()),
            finished=not stopped_by,
            states=len(self._kept),
            transitions=self._transitions,
            depth=depth,
            ends=self._ends,
            observed={name: frozenset(seen) for name, seen in self._seen.items()},
            seconds=time.perf_counter() - self._began,
            stopped_by=stopped_by,
            alike=self._parts.alike,
            in_pools=in_pools,
            kinds={step: tuple(sorted(kinds)) for step, kinds in sorted(self._parts.kinds.items())},
            taken=frozenset(self._parts.taken),
        )

    def _go_through(self) -> tuple[int, str]:
        """Visit the states, the nearest first; gives how deep it came, and what stopped it."""
        depth, visited = 0, 0
        while self._waiting:
            depth = min(self._waiting)
            if self._limits.depth is not None and depth > self._limits.depth:
                return self._limits.depth, f"the limit of {self._limits.depth} steps"
            for key in self._waiting[depth]:
                if self._kept[key][0] < depth:
                    continue
                self._visit(key, depth)
                visited += 1
                stopped_by = self._limit_reached(visited, depth)
                if stopped_by:
                    return depth, stopped_by
            del self._waiting[depth]
        return depth, ""

    def _visit(self, key: Key, depth: int) -> None:
        """Find what can follow a state; where nothing can, it is an end."""
        rests, kept, follow = True, self._kept, self._follow
        for place, laps in follow.next(key):
            rests = rests and laps.rests
            for lap, after in follow.after(key, place, laps):
                self._transitions += 1
                nearest = kept.get(after)
                if nearest is None or nearest[0] > depth + lap.cost:
                    self._keep(after, depth + lap.cost, key, place, lap)
        if self._looks.always or self._looks.observe:
            self._look(key)
        if rests:
            self._ends += 1
            self._look_at_end(key)

    def _keep(
        self, key: Key, distance: int, before: Key | None, place: int, lap: Lap | None
    ) -> None:
        """Remember how a state is reached; it is to be visited."""
        self._kept[key] = (distance, before, place, lap)
        self._waiting.setdefault(distance, []).append(key)

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

    # --- what is looked for --------------------------------------------------------------------

    def _look(self, key: Key) -> None:
        """Check and observe a whole state."""
        state = self._parts.state(key)
        for name, observe in self._looks.observe.items():
            self._see(name, observe(state))
        for name, check in self._looks.always.items():
            if name not in self._found and not check(state):
                self._found[name] = Found(name, self._path(key)[0])

    def _see(self, name: str, seen: Hashable | None) -> None:
        if seen is not None:
            self._seen[name].add(seen)

    def _look_at_end(self, key: Key) -> None:
        """Check and observe a state in which nothing happens, whichever task is meant by which."""
        asked = {n: check for n, check in self._looks.at_end.items() if n not in self._found}
        if not (asked or self._looks.at_rest):
            return
        for order in self._follow.assignments(key):
            state = self._parts.state(key, order)
            for name, observe in self._looks.at_rest.items():
                self._see(name, observe(state))
            for name, check in list(asked.items()):
                good = check(state)
                if not good:
                    self._found[name] = Found(name, self._named(key, order))
                if not good or getattr(check, "nameless", False):
                    del asked[name]
            if not (asked or self._looks.at_rest):
                return

    def _path(self, key: Key) -> tuple[tuple[Way, ...], list[int]]:
        """The moves to a state, and for each of its places the task that stands there then."""
        edges = []
        at: Key | None = key
        while at is not None:
            _, before, place, lap = self._kept[at]
            if before is not None and lap is not None:
                edges.append((before, place, lap))
            at = before
        tasks, path = list(range(len(key) - 1)), []
        for before, place, lap in reversed(edges):
            path += [(tasks[place], step, option) for step, option in lap.way]
            tasks = self._follow.places_after(before, place, lap, tasks)
        return tuple(path), tasks

    def _named(self, key: Key, order: tuple[int, ...]) -> tuple[Way, ...]:
        """The moves to a state, by the tasks that `order` means by its places."""
        path, tasks = self._path(key)
        called = dict(zip(tasks, order, strict=True))
        return tuple((called[task], step, option) for task, step, option in path)

    def _look_at_each(self, *, apart: bool, finished: bool) -> None:
        """Check and observe what each task ever had, and whether everything can come to an end."""
        parts, looks, members = self._parts, self._looks, self._follow.members
        bad: dict[str, set[tuple[int, int]]] = {name: set() for name in looks.each}
        known: dict[tuple[str, int], Any] = {}
        for number, first in sorted(self._follow.homes) if looks.each or looks.notes else ():
            for place in members[first]:
                state = parts.alone(number, parts.tasks[place])
                records = parts.content(state.world.parts.get(parts.tasks[place], NOTHING))
                for name, look in (*looks.notes.items(), *looks.each.items()):
                    if (name, records) in known:
                        seen = known[name, records]
                    else:
                        watched = Watched(*state)
                        seen = look(watched)
                        if not watched.looked:
                            known[name, records] = seen
                    if name in looks.notes:
                        self._see(name, seen)
                    elif not seen:
                        bad[name].add((number, place))
        groups = [[place] for place in range(len(parts.tasks))]
        for name, wanted in bad.items():
            if wanted:
                path = shortest(parts, wanted, groups if apart else [sum(groups, [])])
                self._found[name] = Found(name, path)
        if looks.finish and finished:
            path = stuck(parts, [*members]) if apart else self._look_back()
            if path is not None:
                self._found[looks.finish] = Found(looks.finish, path)

    def _look_back(self) -> tuple[Way, ...] | None:
        """The way to a state from which none leads to an end, found by going back from the ends."""
        before: dict[Key, list[Key]] = {}
        good = []
        for key in self._kept:
            steps = self._follow.next(key)
            if all(laps.rests for _, laps in steps):
                good.append(key)
            for place, laps in steps:
                for _, after in self._follow.after(key, place, laps):
                    before.setdefault(after, []).append(key)
        for key in good:
            good += before.pop(key, ())
        bad = {*self._kept} - {*good}
        if not bad:
            return None
        return self._path(min(bad, key=lambda key: (self._kept[key][0], key)))[0]
