"""Try every possibility, nearest first, so that the way to anything found is a shortest one.

The explorer knows states and moves.  What is looked for comes from outside: checks of every
state, and of the states in which nothing can happen any more.
"""

from __future__ import annotations

import resource
import time
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from ocallkit.engine.program import Blocked, Choose, Node, take
from ocallkit.engine.system import GO, State, System, WorldLike

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping

    Check = Callable[[State[Any]], bool]
    Observe = Callable[[State[Any]], Hashable | None]

W = TypeVar("W", bound=WorldLike)

Way = tuple[int, str, str]
"""One move on a path: the task, its step's function, the option that was chosen."""

REPORT_EVERY = 4096
"""States between two reports of progress and two looks at the limits."""

LONGEST_CHAIN = 400
"""Steps of one task alone after which its program is taken to have no end."""


class Reductions(NamedTuple):
    """What the explorer may leave out because it changes no verdict; every one is a switch."""

    local: bool = True
    """A step that concerns no other task does not interleave with the others' steps."""
    symmetry: bool = True
    """States that differ only in which of several equal tasks is which are one."""


class Limits(NamedTuple):
    """Where an exploration gives up, and says so."""

    states: int = 5_000_000
    megabytes: int = 12_000


class Progress(NamedTuple):
    """How far an exploration is."""

    states: int
    transitions: int
    depth: int
    seconds: float


class Found(NamedTuple):
    """A check that a state breaks, and the moves that lead there from the start."""

    check: str
    path: tuple[Way, ...]


class Exploration(NamedTuple):
    """What an exploration came to.

    `states` are those kept, `transitions` every step that was tried, `depth` the steps of the
    longest of the shortest paths, `ends` the states in which nothing can happen any more.
    `observed` has for each observation the values that were seen.
    """

    found: tuple[Found, ...]
    finished: bool
    states: int
    transitions: int
    depth: int
    ends: int
    observed: Mapping[str, frozenset[Hashable]]
    seconds: float
    stopped_by: str


ALL_REDUCTIONS = Reductions()
NO_REDUCTIONS = Reductions(local=False, symmetry=False)
LIMITS = Limits()


def _nothing(_function: Any) -> bool:
    """No step is taken to be local."""
    return False


class Explorer(Generic[W]):
    """One exploration of one system.

    `always` are checked in every state, `at_end` in those in which nothing can happen any more;
    a check that is broken once is not asked again.  `observe` collects what states show.
    `is_local` tells of a step's function whether it concerns its own task alone; `shape` gives
    equal keys for states that differ only in which task is which.
    """

    def __init__(
        self,
        system: System[W],
        *,
        always: Mapping[str, Check],
        at_end: Mapping[str, Check],
        observe: Mapping[str, Observe] | None = None,
        reductions: Reductions = ALL_REDUCTIONS,
        is_local: Callable[[Any], bool] = _nothing,
        shape: Callable[[State[W]], Hashable] | None = None,
        limits: Limits = LIMITS,
        report: Callable[[Progress], None] | None = None,
        stop_at_first: bool = False,
    ) -> None:
        self._system = system
        self._always = dict(always)
        self._at_end = dict(at_end)
        self._observe = dict(observe or {})
        self._observed: dict[str, set[Hashable]] = {name: set() for name in self._observe}
        self._is_local = is_local if reductions.local else _nothing
        self._key: Callable[[State[W]], Hashable] = (
            shape if shape and reductions.symmetry else State.key
        )
        self._limits = limits
        self._report = report
        self._stop_at_first = stop_at_first
        self._parents: list[tuple[int, tuple[Way, ...]]] = []
        self._depths: list[int] = []
        self._found: dict[str, Found] = {}
        self._transitions = 0
        self._began = 0.0

    def explore(self) -> Exploration:
        """Visit every state that can be reached, or as many as the limits allow."""
        self._began = time.perf_counter()
        start = self._system.start
        self._parents, self._depths = [(-1, ())], [0]
        self._look(0, (), start)
        nearest: dict[Hashable, int] = {self._key(start): 0}
        waiting: dict[int, list[tuple[int, Hashable, State[W]]]] = {
            0: [(0, self._key(start), start)]
        }
        depth = ends = expanded = 0
        stopped_by = ""
        while waiting and not stopped_by:
            depth = min(waiting)
            for number, key, state in waiting.pop(depth):
                if nearest[key] < depth:
                    continue
                ends += self._visit(number, depth, state, nearest, waiting)
                expanded += 1
                if not expanded % REPORT_EVERY:
                    stopped_by = self._pause(len(nearest), depth)
                if len(nearest) > self._limits.states:
                    stopped_by = f"the limit of {self._limits.states} states"
                if self._stop_at_first and self._found:
                    stopped_by = "the first violation"
                if stopped_by:
                    break
        return Exploration(
            found=tuple(self._found.values()),
            finished=not stopped_by,
            states=len(nearest),
            transitions=self._transitions,
            depth=depth,
            ends=ends,
            observed={name: frozenset(seen) for name, seen in self._observed.items()},
            seconds=time.perf_counter() - self._began,
            stopped_by=stopped_by,
        )

    def _visit(
        self,
        number: int,
        depth: int,
        state: State[W],
        nearest: dict[Hashable, int],
        waiting: dict[int, list[tuple[int, Hashable, State[W]]]],
    ) -> bool:
        """Find what can follow `state`; true if nothing can."""
        stuck = True
        for way, after in self._successors(number, state):
            stuck = False
            key, distance = self._key(after), depth + len(way)
            if nearest.get(key, distance + 1) <= distance:
                continue
            if key not in nearest:
                self._look(number, way, after)
            nearest[key] = distance
            waiting.setdefault(distance, []).append((len(self._parents), key, after))
            self._parents.append((number, way))
            self._depths.append(distance)
        if stuck:
            self._judge(self._at_end, number, (), state)
        return stuck

    def _successors(
        self, number: int, state: State[W]
    ) -> Iterator[tuple[tuple[Way, ...], State[W]]]:
        """Each move of each task, followed by the task's steps that concern nobody else."""
        for task, node in enumerate(state.nodes):
            if not node.done and self._is_local(node.step[0]):
                # Only at the start: a task that has moved has done its local steps.
                first = list(self._chains(number, (), state, task))
                if first:
                    yield from first
                    return
        for task in range(len(state.nodes)):
            for way, after in self._step((), state, task):
                yield from self._chains(number, way, after, task)

    def _chains(
        self, number: int, way: tuple[Way, ...], state: State[W], task: int
    ) -> Iterator[tuple[tuple[Way, ...], State[W]]]:
        """Go on with `task` until its next step concerns others, it waits, or it has ended."""
        pending = [(way, state)]
        while pending:
            way, state = pending.pop()
            node = state.nodes[task]
            after = []
            if not node.done and self._is_local(node.step[0]):
                after = self._step(way, state, task)
            if after:
                self._look(number, way, state)
                pending += reversed(after)
            elif way:
                yield way, state
            if len(way) > LONGEST_CHAIN:
                raise RuntimeError(
                    f"{self._system.tasks[task]} has taken {LONGEST_CHAIN} steps of its own:"
                    " its program has no end"
                )

    def _step(
        self, way: tuple[Way, ...], state: State[W], task: int
    ) -> list[tuple[tuple[Way, ...], State[W]]]:
        """What `task` can do now, with the way that led there."""
        after = [
            ((*way, (task, step, option)), reached) for step, option, reached in moves(state, task)
        ]
        self._transitions += len(after)
        return after

    def _look(self, number: int, way: tuple[Way, ...], state: State[W]) -> None:
        """Check and observe a state that is reached."""
        self._judge(self._always, number, way, state)
        for name, observe in self._observe.items():
            seen = observe(state)
            if seen is not None:
                self._observed[name].add(seen)

    def _judge(
        self, checks: dict[str, Check], number: int, way: tuple[Way, ...], state: State[W]
    ) -> None:
        """Note the checks that `state` breaks for the first time, or on a shorter path."""
        length = self._depths[number] + len(way)
        for name, check in checks.items():
            if check(state):
                continue
            known = self._found.get(name)
            if known is None or length < len(known.path):
                self._found[name] = Found(name, (*self._path(number), *way))

    def _path(self, number: int) -> tuple[Way, ...]:
        """The moves from the start to a state that was kept."""
        ways = []
        while number > 0:
            number, way = self._parents[number]
            ways.append(way)
        return tuple(move for way in reversed(ways) for move in way)

    def _pause(self, states: int, depth: int) -> str:
        """Report how far it is; gives the limit that is reached, if one is."""
        if self._report:
            seconds = time.perf_counter() - self._began
            self._report(Progress(states, self._transitions, depth, seconds))
        used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        if used > self._limits.megabytes:
            return f"the limit of {self._limits.megabytes} MiB of memory"
        return ""


def moves(state: State[W], task: int) -> Iterator[tuple[str, str, State[W]]]:
    """What `task` can do, as `System.moves_of` has it: the step, the option, the state after it.

    The same without a record of each move, since this is where an exploration spends its time.
    """
    nodes = state.nodes
    node: Node = nodes[task]
    if node.done:
        return
    world = state.world.copy()
    try:
        result = take(node, world)
    except Blocked:
        return
    before, behind = nodes[:task], nodes[task + 1 :]
    name = node.step[0].__name__
    if type(result) is not Choose:
        yield name, GO, State(world, (*before, node.after(result), *behind))
        return
    for option in result.options:
        chosen = world.copy()
        if option.effect is not None:
            option.effect(chosen)
        yield name, option.name, State(chosen, (*before, node.after(option.value), *behind))
