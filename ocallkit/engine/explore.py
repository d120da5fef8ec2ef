"""Try every possibility: breadth first, so that the way to anything found is a shortest one.

The explorer knows states and moves.  What is looked for comes from outside: `Check`s of every
state, and of the states in which nothing can happen any more.
"""

from __future__ import annotations

import resource
import time
from collections import deque
from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Any, Generic, NamedTuple, TypeVar

from ocallkit.engine.program import Blocked, Choose, Node
from ocallkit.engine.system import GO, State, System, WorldLike

W = TypeVar("W", bound=WorldLike)

Check = Callable[[State[W]], bool]
"""True where a state is as it must be."""


class Reductions(NamedTuple):
    """What the explorer may leave out because it changes no verdict; every one is a switch."""

    local: bool = True
    """A step that touches nothing but its own task's data does not interleave with the others."""
    symmetry: bool = True
    """Two states that differ only in which of several equal tasks is which are one."""


class Progress(NamedTuple):
    """How far an exploration is."""

    states: int
    transitions: int
    depth: int
    seconds: float


class Found(NamedTuple, Generic[W]):
    """A state that breaks a check, and the moves that lead to it: (task, step, option) each."""

    check: str
    path: tuple[tuple[int, str, str], ...]
    state: State[W]


class Exploration(NamedTuple, Generic[W]):
    """What an exploration came to."""

    found: tuple[Found[W], ...]
    finished: bool
    states: int
    transitions: int
    depth: int
    ends: int
    reached: Mapping[str, int]
    """For each witness, in how many states it was seen."""
    seconds: float
    stopped_by: str


class Limits(NamedTuple):
    """Where an exploration gives up, and says so."""

    states: int = 5_000_000
    megabytes: int = 12_000


ALL_REDUCTIONS = Reductions()
LIMITS = Limits()


def _nothing(_function: Any) -> bool:
    """No step is taken to be local."""
    return False


class Explorer(Generic[W]):
    """One exploration of one system.

    `always` are checked in every state, `at_end` in the states in which nothing can happen any
    more, `witnesses` are only counted.  `is_local` tells of a step's function whether it touches
    only its own task's data; `shape` gives for a state a key that is the same for states that
    differ only in which task is which.
    """

    def __init__(
        self,
        system: System[W],
        always: Mapping[str, Check[W]],
        at_end: Mapping[str, Check[W]],
        *,
        witnesses: Mapping[str, Check[W]] | None = None,
        reductions: Reductions = ALL_REDUCTIONS,
        is_local: Callable[[Any], bool] = _nothing,
        shape: Callable[[State[W]], Hashable] | None = None,
        limits: Limits = LIMITS,
        report: Callable[[Progress], None] | None = None,
        stop_at_first: bool = False,
    ) -> None:
        self.system = system
        self.always = dict(always)
        self.at_end = dict(at_end)
        self.witnesses = dict(witnesses or {})
        self.reductions = reductions
        self.is_local = is_local if reductions.local else _nothing
        self.shape = shape if reductions.symmetry else None
        self.limits = limits
        self.report = report
        self.stop_at_first = stop_at_first
        self._parents: list[tuple[int, tuple[int, str, str]]] = []
        self._found: dict[str, Found[W]] = {}
        self._reached = dict.fromkeys(self.witnesses, 0)
        self._local: dict[Any, bool] = {}

    def explore(self) -> Exploration[W]:
        """Visit every state that can be reached, or as many as the limits allow."""
        began = time.perf_counter()
        key_of = self.shape or State.key
        seen: set[Hashable] = {key_of(self.system.start)}
        queue: deque[tuple[int, int, State[W]]] = deque([(0, 0, self.system.start)])
        self._parents = [(-1, (0, "", ""))]
        self._look(self.always, 0, self.system.start)
        transitions = depth = ends = 0
        stopped_by = ""
        while queue:
            number, depth, state = queue.popleft()
            stuck = True
            for task, step, option, after in self._expand(state):
                stuck = False
                transitions += 1
                key = key_of(after)
                if key in seen:
                    continue
                seen.add(key)
                child = len(self._parents)
                self._parents.append((number, (task, step, option)))
                self._look(self.always, child, after)
                queue.append((child, depth + 1, after))
            if stuck:
                ends += 1
                self._look(self.at_end, number, state)
            if self.stop_at_first and self._found:
                stopped_by = "the first violation"
                break
            if not number % 4096:
                stopped_by = self._over_limit(len(self._parents))
                if self.report:
                    self.report(
                        Progress(
                            len(self._parents), transitions, depth, time.perf_counter() - began
                        )
                    )
                if stopped_by:
                    break
        return Exploration(
            tuple(self._found.values()),
            not stopped_by,
            len(self._parents),
            transitions,
            depth,
            ends,
            self._reached,
            time.perf_counter() - began,
            stopped_by,
        )

    def _expand(self, state: State[W]) -> Iterator[tuple[int, str, str, State[W]]]:
        """The moves of `state`; of one task alone where its next step concerns nobody else."""
        nodes = state.nodes
        for task, node in enumerate(nodes):
            if not node.done and self._is_local(node.step[0]):
                moves = list(_moves(state, task, node))
                if moves:
                    yield from moves
                    return
        for task, node in enumerate(nodes):
            if not node.done:
                yield from _moves(state, task, node)

    def _is_local(self, function: Any) -> bool:
        local = self._local.get(function)
        if local is None:
            local = self._local[function] = self.is_local(function)
        return local

    def _look(self, checks: dict[str, Check[W]], number: int, state: State[W]) -> None:
        for name in [name for name, check in checks.items() if not check(state)]:
            del checks[name]
            self._found[name] = Found(name, self._path(number), state)
        for name, seen in self.witnesses.items():
            self._reached[name] += seen(state)

    def _path(self, number: int) -> tuple[tuple[int, str, str], ...]:
        path = []
        while number > 0:
            number, move = self._parents[number]
            path.append(move)
        return tuple(reversed(path))

    def _over_limit(self, states: int) -> str:
        if states > self.limits.states:
            return f"the limit of {self.limits.states} states"
        used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        if used > self.limits.megabytes:
            return f"the limit of {self.limits.megabytes} MiB of memory"
        return ""


def _moves(state: State[W], task: int, node: Node) -> Iterator[tuple[int, str, str, State[W]]]:
    """What `task` can do, as `System.moves_of` has it, without the record of each move."""
    nodes = state.nodes
    world = state.world.copy()
    function, *args = node.step
    try:
        result = function(world, *args)
    except Blocked:
        return
    before, behind = nodes[:task], nodes[task + 1 :]
    name = function.__name__
    if type(result) is not Choose:
        yield task, name, GO, State(world, (*before, node.after(result), *behind))
        return
    for option in result.options:
        chosen = world.copy()
        if option.effect is not None:
            option.effect(chosen)
        after = State(chosen, (*before, node.after(option.value), *behind))
        yield task, name, option.name, after
