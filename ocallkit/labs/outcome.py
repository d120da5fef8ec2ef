"""How a run ends: what it breaks, what is left behind, and who waits for whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ocallkit.judging.comparing.two_verdicts import worst
from ocallkit.judging.path import Run
from ocallkit.model.waiting import Wait, who_waits
from ocallkit.view.snapshot import violations
from ocallkit.view.standing import Entry, hold, sections

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator

    from ocallkit.model.world import World


class Outcome(msgspec.Struct, frozen=True):
    """The end of `run`: the properties that are broken by then, what is left, who waits for whom.

    `word` is the worst of it, in the words of the matrix.
    """

    run: Run
    word: str
    broken: tuple[str, ...]
    left: tuple[Entry, ...]
    waits: tuple[Wait, ...]


def outcome(run: Run) -> Outcome:
    """Look at the end of a run.

    >>> from ocallkit import replay
    >>> end = outcome(replay("flow-1-memref/ecall/t2/c1/A:kill@OCALL,A:close:memref"))
    >>> end.word, [entry.name for entry in end.left][:2]
    ('deadlock', ['CA A', 'tee_context A'])
    """
    broken = tuple(violations(run))
    waits = who_waits(run.system, run.state)
    return Outcome(run, worst(broken), broken, tuple(_left(run)), waits)


def _left(run: Run) -> Iterator[Entry]:
    """What is still there: every record of the world that has not come to its end."""
    owners: dict[str, Counter[str]] = {}
    hold(owners, run.events)
    there = _there(run.world)
    for section in sections(run.system, run.state, owners):
        for entry in section.entries:
            if entry.name in there:
                yield entry


def _there(world: World) -> set[str]:
    """The names of what is still there."""
    names = {f"CA {p.id}" for p in world.processes.values() if p.state != "ended"}
    names |= {f"tee_context {c.id}" for c in world.contexts.values() if not c.freed}
    names |= {f"tee_shm {m.id}" for m in world.memories.values() if not m.freed}
    names |= {f"session {s.id}" for s in world.sessions.values() if s.open}
    names |= {f"call of {c.id}" for c in world.calls.values()}
    names |= {f"thread {n}" for n, t in world.by_number().items() if t.state != "free"}
    return names | {f"MOBJ {m.id}" for m in world.mobjs.values() if not m.freed}
