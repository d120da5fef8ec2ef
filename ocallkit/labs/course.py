"""The course that things take where somebody decides only a part: who goes on, and which way.

Where several can go on, the first of them does; where it can go several ways, the first one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ocallkit.engine.world import part_of
from ocallkit.judging.path import MOST_STEPS, EndlessRunError, Run, Step, step_name
from ocallkit.labs.moments import KILL, before

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ocallkit.engine import Move, System
    from ocallkit.model.world import World

CLOSES: Final = "next_file"
"""The step with which an exit lets go of one thing that it holds."""


def moves(
    system: System[World], schedule: Sequence[str], who: str, wanted: Sequence[str]
) -> Iterator[Move[World]]:
    """The moves of a schedule, and then the course of things, with what is wanted on its way.

    What `who` closes is wanted of nobody else.
    """
    state = system.start
    for number in range(MOST_STEPS):
        moves = tuple(system.moves(state))
        if number < len(schedule):
            move = next(m for m in moves if step_name(system, m) == schedule[number])
        else:
            regular = [move for move in moves if not move.fault]
            if not regular:
                return
            # Who goes on is the first that can: what is wanted is which way it goes.
            own = [move for move in regular if move.task == regular[0].task]
            if own[0].step == CLOSES:
                named = {_file(move.option): move for move in own}
                own_exit = part_of(system.tasks[own[0].task]) == who
                order: Sequence[str] = wanted if own_exit else ()
            else:
                named, order = {move.option: move for move in own}, wanted
            move = next((named[name] for name in order if name in named), own[0])
        yield move
        state = move.state
    raise EndlessRunError(f"the run did not end within {MOST_STEPS} steps")


def _file(option: str) -> str:
    """What is let go on one way on of an exit.

    >>> _file("close(memref)"), _file("close(context)close(context)#4"), _file("unmap(memref)")
    ('memref', 'context#4', 'unmap(memref)')
    """
    which = re.fullmatch(r"close\((.+?)\)(?:close\(.+\)(#\d+))?", option)
    return f"{which[1]}{which[2] or ''}" if which else option


def closed(run: Run, who: str) -> tuple[str, ...]:
    """What the exit of a process let go, in that order."""
    return tuple(
        _file(step.name.partition(":")[2])
        for step in run.steps
        if step.function == CLOSES and part_of(step.client) == who and "(" in step.name
    )


def is_choice(step: Step) -> bool:
    """Whether things went one of several ways in a step, other than in the order of closing."""
    way = step.name.partition(":")[2]
    return step.function != CLOSES and way not in {step.function, KILL, "leave", "dies"}


def choices(run: Run) -> Iterator[str]:
    """Every way that things could have gone in a run."""
    for step, state in zip(run.steps, before(run), strict=True):
        if is_choice(step):
            moves = run.system.moves_of(state, run.system.tasks.index(step.client))
            ways = [move.option for move in moves if not move.fault]
            if len(ways) > 1:
                yield from ways
