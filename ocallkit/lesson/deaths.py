"""A CA that is killed while it handles an OCALL, and every order of closing its files."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

from ocallkit.engine import State
from ocallkit.errors import UsageError
from ocallkit.judging.assembly import NUM_THREADS, find_design
from ocallkit.judging.notation import TokenError
from ocallkit.judging.tokens import replay
from ocallkit.lesson.shown import Shown, table
from ocallkit.model.events import Divider, Note, Put
from ocallkit.properties import no_context_leak, no_use_after_free

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ocallkit.designs import EcallBare
    from ocallkit.judging.path import Run
    from ocallkit.model.events import Event

    Design = str | type[EcallBare]

STUCK = "the exit waits for ever"
FREED = "memory is freed while secure world uses it"
LEFT = "the context is never released"
GOOD = "all is released"


def open_files(scenario: str, design: Design) -> tuple[str, ...]:
    """The files that a CA has open when it handles the first OCALL.

    >>> open_files("flow-1-memref", "ocall-fd")
    ('context', 'memref', 'request')
    """
    killed = next(s for s in _replayed(scenario, design, ()).steps if s.name == "A:kill")
    return tuple(file.removeprefix("A.") for file in killed.world.processes["A"].files if file)


def dies(scenario: str, design: Design, *order: str) -> Run:
    """The CA is killed while it handles its first OCALL; its files are closed in that order.

    A close that never returns is the last one.  Raises ValueError if the order does not name
    every open file once.
    """
    files = open_files(scenario, design)
    if sorted(order) != sorted(files):
        raise UsageError(f"name each of the open files once: {', '.join(files)}; not {order}")
    for closed in range(len(order), 0, -1):
        try:
            return _replayed(scenario, design, order[:closed])
        except TokenError:
            continue
    return _replayed(scenario, design, ())


def _replayed(scenario: str, design: Design, closed: Sequence[str]) -> Run:
    decisions = ["A:kill@OCALL", *(f"A:close:{file}" for file in closed)]
    name = find_design(design).name
    return replay(f"{scenario}/{name}/t{NUM_THREADS}/c1/{','.join(decisions)}", design)


def outcome(run: Run) -> str:
    """The worst that a Run came to, in words."""
    if run.ending:
        return STUCK
    if not all(no_use_after_free(State(step.world, run.state.nodes)) for step in run.steps):
        return FREED
    return GOOD if no_context_leak(run.state) else LEFT


def outcomes(scenario: str, design: Design) -> dict[tuple[str, ...], str]:
    """For every order in which the CA's files can be closed what comes of it."""
    files = open_files(scenario, design)
    return {order: outcome(dies(scenario, design, *order)) for order in permutations(files)}


def orders(scenario: str, design: Design) -> Shown:
    """Show every order in which a dead CA's files can be closed, and what comes of it."""
    found = outcomes(scenario, design)
    places = ("first", "second", "third", "fourth", "fifth")[: len(next(iter(found)))]
    heads = (*(f"closed {place}" for place in places), "what comes of it")
    return table(heads, [(*order, _weighed(end)) for order, end in found.items()])


def while_closing(run: Run) -> list[tuple[str, int]]:
    """What happens from the first close of A's exit on, each with the count of A's context.

    A change of that count is told as well: who lets go of it.
    """
    closing = next(i for i, step in enumerate(run.steps) if _closes(step.events))
    count = run.steps[closing - 1].world.contexts["A"].refs
    told = []
    for event in (event for step in run.steps[closing:] for event in step.events):
        if isinstance(event, Put) and event.target == "tee_context A":
            count = event.count
            told.append((f"`{event.owner}` lets go of the context", count))
        elif isinstance(event, Note | Divider):
            told.append((event.text, count))
    return told


def _closes(events: Iterable[Event]) -> bool:
    return any(isinstance(event, Note) and event.text.startswith("exit of") for event in events)


def _weighed(end: str) -> str:
    return end if end == GOOD else f"**{end}**"
