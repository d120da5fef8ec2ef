"""Try every possibility, nearest first, so that the way to anything found is a shortest one.

The explorer knows states and moves.  What is looked for comes from outside: checks of every
state, and of the states in which nothing can happen any more.

Each reduction leaves out what can change no verdict, and relies on something for that:

- `local`: once a task asks for a step that is local, this task alone goes on, up to its first step
  that is not.  A local step reads and writes nothing that another task's step depends on, and
  nothing that another task does can take it away: in whatever order the two happen, the same
  comes of it.  A check of every state may then look at each task's own part of the world, and
  sees every value of that, but not every combination of two tasks' parts.  Every chain of local
  steps has an end (`LONGEST_CHAIN`), so that no other task is left out for good.
- `symmetry`: of states that differ only in which of several equal tasks is which, one is kept.
  The tasks run the same program, the world treats all of them alike, and no check asks for one by
  its name.  `shape` gives two states one key only if renaming tasks makes one of the other.

Without them a path to what is found is a shortest one of all; with `local` a shortest one of those
in which each task takes its local steps at once, so that it may hold steps of tasks that have
nothing to do with it; `shorten` takes those out.
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

REPORT_EVERY = 256
"""States between two reports of progress and two looks at the limits."""

LONGEST_CHAIN = 400
"""Steps of one task alone after which its program is taken to have no end."""


class Reductions(NamedTuple):
    """What the explorer may leave out because it changes no verdict; every one is a switch.

    What each relies on stands at the head of this module.
    """

    local: bool = True
    """A step that concerns no other task does not interleave with the others' steps."""
    symmetry: bool = True
    """States that differ only in which of several equal tasks is which are one."""


class Limits(NamedTuple):
    """Where an exploration gives up, and says so."""

    states: int = 5_000_000
    """States that are kept."""
    megabytes: int = 12_000
    """Memory of the whole process, in MiB; looked at every `REPORT_EVERY` states."""


class Progress(NamedTuple):
    """How far an exploration is: states kept, steps tried, steps from the start, seconds."""

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

    `finished` says that everything was tried; if not, `stopped_by` says why.  `states` are those
    kept, `transitions` every step that was tried, `depth` the steps of the longest of the
    shortest paths, `ends` the states in which nothing can happen any more.
    `observed` has for each observation the values that were seen; `seconds` is the time it took.
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
    of each check that breaks the shortest way there is kept.  `observe` collects what states show
    (nothing where it gives None).  `is_local` tells of a step's function whether it concerns its
    own task alone; `shape` gives equal keys for states that differ only in which task is which.
    `report` is told now and then how far it is.

    >>> from ocallkit.engine import Programs
    >>> class Number:
    ...     def __init__(self, at=1):
    ...         self.at = at
    ...     def copy(self):
    ...         return Number(self.at)
    ...     def key(self):
    ...         return self.at
    >>> def add(number, amount):
    ...     number.at += amount
    >>> def double(number):
    ...     number.at *= 2
    >>> def adder():
    ...     yield add, 3
    >>> def doubler():
    ...     yield (double,)
    >>> programs = Programs()
    >>> start = State(Number(), (programs.start(adder), programs.start(doubler)))
    >>> system = System(("adder", "doubler"), start)
    >>> small = {"small": lambda state: state.world.at < 8}
    >>> done = Explorer(system, always={}, at_end=small).explore()
    >>> done.states, done.ends, done.found[0].path
    (5, 2, ((0, 'add', 'go'), (1, 'double', 'go')))
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
        # Of each state that is kept, under its number: the one before it and the way from there.
        self._parents: list[tuple[int, tuple[Way, ...]]] = []
        self._depths: list[int] = []
        # Of each key that was met: the fewest steps there; of each depth: what is to be visited.
        self._nearest: dict[Hashable, int] = {}
        self._waiting: dict[int, list[tuple[int, Hashable, State[W]]]] = {}
        self._found: dict[str, Found] = {}
        self._transitions = 0
        self._began = 0.0

    def explore(self) -> Exploration:
        """Visit every state that can be reached, or as many as the limits allow; to be asked once.

        Raises ProgramError for a program that does what no program may, RuntimeError for one that
        goes on for ever without the others.
        """
        self._began = time.perf_counter()
        start = self._system.start
        self._keep(-1, (), self._key(start), 0, start)
        self._look(0, (), start)
        depth = ends = visited = 0
        stopped_by = ""
        while self._waiting and not stopped_by:
            depth = min(self._waiting)
            for number, key, state in self._waiting.pop(depth):
                if self._nearest[key] < depth:
                    continue
                ends += self._visit(number, depth, state)
                visited += 1
                stopped_by = self._limit_reached(visited, depth)
                if stopped_by:
                    break
        return Exploration(
            found=tuple(self._found.values()),
            finished=not stopped_by,
            states=len(self._nearest),
            transitions=self._transitions,
            depth=depth,
            ends=ends,
            observed={name: frozenset(seen) for name, seen in self._observed.items()},
            seconds=time.perf_counter() - self._began,
            stopped_by=stopped_by,
        )

    def _visit(self, number: int, depth: int, state: State[W]) -> bool:
        """Find what can follow `state`; true if nothing can."""
        nearest = self._nearest
        stuck = True
        for way, after in self._successors(number, state):
            stuck = False
            key, distance = self._key(after), depth + len(way)
            if nearest.get(key, distance + 1) <= distance:
                continue
            if key not in nearest:
                self._look(number, way, after)
            self._keep(number, way, key, distance, after)
        if stuck:
            self._judge(self._at_end, number, (), state)
        return stuck

    def _keep(
        self, number: int, way: tuple[Way, ...], key: Hashable, distance: int, state: State[W]
    ) -> None:
        """Remember that `way` leads from state `number` to `state`, which is to be visited."""
        self._nearest[key] = distance
        self._waiting.setdefault(distance, []).append((len(self._parents), key, state))
        self._parents.append((number, way))
        self._depths.append(distance)

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

    def _limit_reached(self, visited: int, depth: int) -> str:
        """The limit at which the exploration gives up; now and then it reports how far it is."""
        states = len(self._nearest)
        if states > self._limits.states:
            return f"the limit of {self._limits.states} states"
        if visited % REPORT_EVERY:
            return ""
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
