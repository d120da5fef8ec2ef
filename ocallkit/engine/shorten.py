"""Take out of a counterexample the moves that have nothing to do with it.

With the local reduction every task does its own steps as early as it can, also a task that the
counterexample does not need.  What is found in the middle of a run is as bad without them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from ocallkit.engine.explore import moves
from ocallkit.engine.system import State, System, WorldLike

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ocallkit.engine.explore import Check, Way

W = TypeVar("W", bound=WorldLike)


def shorten(system: System[W], path: tuple[Way, ...], check: Check) -> tuple[Way, ...]:
    """`path` without the last moves of each task, as many as can go while `check` stays broken.

    A task is tried after the one that moves last, so that what leads to the end stays.
    """
    for task in _tasks(path):
        for shorter in _without_tail(path, task):
            end = follow_ways(system, shorter)
            if end is not None and not check(end):
                path = shorter
                break
    return path


def follow_ways(system: System[W], path: Sequence[Way]) -> State[W] | None:
    """The state to which `path` leads, or nothing where a move of it cannot happen."""
    state = system.start
    for task, step, option in path:
        found = [after for s, o, after in moves(state, task) if (s, o) == (step, option)]
        if not found:
            return None
        state = found[0]
    return state


def _tasks(path: tuple[Way, ...]) -> list[int]:
    """The tasks that move in `path`, but the one that moves last."""
    last = path[-1][0] if path else -1
    return sorted({task for task, _, _ in path} - {last})


def _without_tail(path: tuple[Way, ...], task: int) -> Iterator[tuple[Way, ...]]:
    """`path` without all the moves of `task`, then with its first one, and so on."""
    places = [number for number, way in enumerate(path) if way[0] == task]
    for kept in range(len(places)):
        dropped = set(places[kept:])
        yield tuple(way for number, way in enumerate(path) if number not in dropped)
