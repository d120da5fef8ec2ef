"""When somebody can be killed: the moments at which a process has a thread in user mode.

A run is a line of time, and a moment is a place on it: before one of its steps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from ocallkit.engine import State
from ocallkit.engine.world import part_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ocallkit.judging.path import Run
    from ocallkit.model.world import World

KILL: Final = "kill"

USER_MODE: Final = ("return_to_user", "run_on")
"""The steps with which a thread comes back to its program, whatever the design."""


class Moment(msgspec.Struct, frozen=True):
    """A place on a line of time at which a process can die.

    Its `step` (from 0) is the one instead of which it dies, and `task` the thread of it that the
    kill meets in user mode.  `inside` are its other threads, which are in the kernel then.
    """

    step: int
    task: str
    inside: tuple[str, ...] = ()

    @property
    def dies(self) -> str:
        """The name of the step with which it dies."""
        return f"{self.task}:{KILL}"


def before(run: Run) -> Iterator[State[World]]:
    """The state before each step of a run."""
    yield run.system.start
    for step in run.steps[:-1]:
        yield State(step.world, step.nodes, run.system.tasks)


def moments(run: Run) -> Mapping[str, tuple[Moment, ...]]:
    """Every process that can die in a run in which kills may happen, with its moments."""
    found: dict[str, list[Moment]] = {}
    for number, (step, state) in enumerate(zip(run.steps, before(run), strict=True)):
        offers: dict[str, list[str]] = {}
        for move in run.system.moves(state):
            if move.option == KILL:
                task = run.system.tasks[move.task]
                offers.setdefault(part_of(task), []).append(task)
        for who, tasks in offers.items():
            # Where it is a thread of the dying that goes on, it is that thread that dies.
            task = step.client if step.client in tasks else tasks[0]
            inside = tuple(t for t in state.world.processes[who].inside if t != task)
            found.setdefault(who, []).append(Moment(number, task, inside))
    return {who: tuple(found[who]) for who in sorted(found, key=run.system.tasks.index)}


def progress(run: Run, step: int) -> tuple[tuple[str, int], ...]:
    """How often each thread has come back to its program before a step.

    It is the same under every design that does not change what programs ask for.
    """
    done = [one.client for one in run.steps[:step] if one.function in USER_MODE]
    return tuple((task, done.count(task)) for task in run.system.tasks if task in done)
