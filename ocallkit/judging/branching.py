"""A Run left for another: the same steps up to a moment, then something else that can happen."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING

from ocallkit.engine import State, System
from ocallkit.errors import UsageError
from ocallkit.judging.path import follow
from ocallkit.model.config import FAULTS, MORE_FAULTS

if TYPE_CHECKING:
    from ocallkit.judging.path import Run
    from ocallkit.model.world import World

EVERY_FAULT = frozenset((*FAULTS, *MORE_FAULTS))


def states(run: Run) -> tuple[State[World], ...]:
    """What is so before the first step of a run and after each of its steps."""
    tasks = run.system.tasks
    after = (State(step.world, step.nodes, tasks) for step in run.steps)
    return (run.system.start, *after)


def with_every_fault(state: State[World]) -> State[World]:
    """The same moment in a world in which everything may go wrong that the model knows.

    What can happen next is then the same, whichever way a run came about.
    """
    world = state.world.copy()
    world.config = copy(world.config)
    world.config.faults = EVERY_FAULT
    return state._replace(world=world)


def branch(run: Run, at: int, name: str) -> Run:
    """The run that does as `run` up to its step `at`, then the step `name`, then takes its course.

    >>> from ocallkit.judging.path import run
    >>> dies = branch(run("flow-1"), 1, "A:kill")
    >>> dies.schedule[:3]
    ('A:tee_open', 'A:kill', 'A:close(context)')

    Raises UsageError for a step that the run does not have, NoSuchStepError for one that cannot
    happen there.
    """
    if not 0 <= at <= len(run.steps):
        raise UsageError(f"{run.title} has steps 0 to {len(run.steps)}, not {at}")
    system = System(run.system.tasks, with_every_fault(run.system.start))
    made = follow(system, run.scenario, run.design, (*run.schedule[:at], name))
    made.before = run.before
    return made
