"""What can happen at a moment of a run, what comes of it at once, and what cannot happen and why.

Everything that may go wrong is among it, whichever faults the run was made with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ocallkit.judging.branching import EVERY_FAULT, with_every_fault
from ocallkit.judging.path import step_name
from ocallkit.model.config import SERVICES
from ocallkit.properties import ALWAYS
from ocallkit.view.happened import told
from ocallkit.view.standing import Entry, Section, compared, hold, sections

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator, Sequence

    from ocallkit.engine import Move, State, System
    from ocallkit.judging.leaving import Leaving
    from ocallkit.judging.path import Run
    from ocallkit.model.world import World


class Then(msgspec.Struct, frozen=True):
    """What would come of a step at once: what happens, what it changes, what it breaks.

    `token` names the run that goes on so and then takes its course.
    """

    token: str
    told: tuple[str, ...]
    changed: tuple[Entry, ...]
    breaks: tuple[str, ...]


class Possible(msgspec.Struct, frozen=True):
    """What can happen next, by the name of the step that it is.

    `decision` is what a token calls it.  `fault` is whether something goes wrong with it, `taken`
    whether the run goes on so; where it does not, `then` says what would come of it.
    """

    name: str
    decision: str
    fault: bool
    taken: bool
    then: Then | None


class Impossible(msgspec.Struct, frozen=True):
    """What cannot happen next: who asks for which step, why not, and who would have to act."""

    name: str
    reason: str
    waits_for: str


def possible(
    leaving: Leaving,
    number: int,
    now: Sequence[Section],
    owners: dict[str, Counter[str]],
) -> Iterator[Possible]:
    """What can happen at a moment; what the run does is the move that leads to its next state.

    `leaving` knows what can, `now` is what is so at that moment, `owners` says who holds what.
    """
    run, states = leaving.run, leaving.states
    after = states[number + 1].key() if number + 1 < len(states) else None
    taken = run.steps[number].name if number < len(run.steps) else ""
    for move in leaving.moves(number):
        name = step_name(run.system, move)
        goes_on = name == taken and move.state.key() == after
        line = "" if goes_on else leaving.token(number, move)
        then = _then(run, states[number], (move, line), now, owners) if line else None
        yield Possible(name, leaving.name(number, move), is_fault(move), goes_on, then)


def is_fault(move: Move[World]) -> bool:
    """Whether something goes wrong with a move, be it one on which nobody relies or an answer."""
    return move.fault or move.option.partition("(")[0] in EVERY_FAULT


def _then(
    run: Run,
    state: State[World],
    way: tuple[Move[World], str],
    now: Sequence[Section],
    owners: dict[str, Counter[str]],
) -> Then:
    move, line = way
    events = (move.state.world.log or ())[len(state.world.log or ()) :]
    held = {target: own.copy() for target, own in owners.items()}
    hold(held, events)
    shown = compared(now, sections(run.system, move.state, held))
    changed = tuple(e for section in shown for e in section.entries if e.change)
    breaks = (name for name, holds in ALWAYS.items() if holds(state) and not holds(move.state))
    return Then(line, told(events, shown, run.clients), changed, tuple(breaks))


def impossible(system: System[World], state: State[World]) -> tuple[Impossible, ...]:
    """Who must wait at a moment, and whom no kill can reach."""
    waiting = [
        Impossible(f"{system.tasks[one.task]}:{one.step}", one.reason, one.waits_for)
        for one in system.waiting(state)
    ]
    return (*waiting, *_out_of_reach(system, state))


def _out_of_reach(system: System[World], state: State[World]) -> Iterator[Impossible]:
    """Living clients, none of whose threads is in user mode."""
    faulty = with_every_fault(state)
    for task, client in enumerate(system.tasks):
        process = state.world.processes.get(client)
        if process is None or client in SERVICES or process.state != "running":
            continue
        if all(move.option != "kill" for move in system.moves_of(faulty, task)):
            reason = f"CA {client} is in the kernel, and a kill takes effect in user mode"
            yield Impossible(f"{client}:kill", reason, "its return to user mode")
