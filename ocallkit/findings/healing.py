"""Which decisions of another design would have prevented what a Run shows.

A Run is its decisions: they are taken again under a design that differs in one thing, then in two,
until what broke does not break.
"""

from __future__ import annotations

import inspect
from itertools import combinations
from typing import TYPE_CHECKING, Final, NamedTuple

from ocallkit.designs.decisions import DECISIONS
from ocallkit.judging.comparing.two_designs import difference
from ocallkit.judging.notation import BREAKS, TokenError, read
from ocallkit.judging.tokens import holds, replay
from ocallkit.judging.verdict import judge
from ocallkit.model.config import FAULTS, MORE_FAULTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ocallkit.designs import EcallBare
    from ocallkit.engine.exploration import Limits
    from ocallkit.judging.verdict import Verdict

MOST: Final = 2
"""How many causes are tried together at most."""

NEEDS: Final = {"waits": "wakes", "killed": "wakes"}
"""Decisions that nobody asks for where another says no: they are taken over together."""

_MADE: dict[tuple[type[EcallBare], type[EcallBare], tuple[str, ...]], type[EcallBare]] = {}


EVERY_FAULT: Final = (*FAULTS, *MORE_FAULTS)
"""Everything that may go wrong."""


class Cell(NamedTuple):
    """What is judged: a scenario, secure threads, processes, what may go wrong."""

    scenario: str
    threads: int
    clients: int | None = None
    faults: tuple[str, ...] = FAULTS

    def judged(self, design: type[EcallBare], limits: Limits) -> Verdict:
        """The cell under a design."""
        return judge(
            self.scenario,
            design,
            threads=self.threads,
            clients=self.clients,
            faults=self.faults,
            limits=limits,
        )


def with_decisions(
    design: type[EcallBare], other: type[EcallBare], decisions: tuple[str, ...]
) -> type[EcallBare]:
    """A design that takes some decisions as another does, and the rest as its own.

    >>> from ocallkit.designs import HeldRefs, TwoLists
    >>> with_decisions(HeldRefs, TwoLists, ("pre_release",)).name
    'held-refs, pre_release of two-lists'
    """
    if not decisions:
        return design
    key = (design, other, decisions)
    if key not in _MADE:
        own = {name: inspect.getattr_static(other, name) for name in decisions}
        name = f"{design.name}, {', '.join(decisions)} of {other.name}"
        labels = {
            "name": name,
            "parent": design,
            "changes": decisions,
            "worker": design.worker or other.worker,
        }
        _MADE[key] = type(design.__name__, (design,), {**own, **labels})
    return _MADE[key]


def differing(design: type[EcallBare], other: type[EcallBare]) -> tuple[str, ...]:
    """The decisions that could be taken over from another design."""
    found = {one.decision for one in difference(design, other)}
    return tuple(name for name in DECISIONS if name in found)


def sets_of(names: tuple[str, ...], most: int = MOST) -> Iterator[tuple[str, ...]]:
    """One of the names, then two of them, and so on: the smaller first.

    One that needs another comes with it, and what is only needed does not come alone.

    >>> list(sets_of(("flush", "wakes", "waits"), 1))
    [('flush',), ('wakes', 'waits')]
    """
    alone = [name for name in names if name not in NEEDS.values()]
    for size in range(1, most + 1):
        for chosen in combinations(alone, size):
            needed = {NEEDS[name] for name in chosen if name in NEEDS}
            yield tuple(name for name in names if name in {*chosen, *needed})


def cures(
    line: str,
    broken: str,
    design: type[EcallBare],
    other: type[EcallBare],
) -> tuple[str, ...]:
    """The smallest set of decisions of `other` under which the Run of `line` breaks nothing.

    Gives nothing where no small set does.
    """
    for chosen in sets_of(differing(design, other)):
        if heals(line, broken, with_decisions(design, other, chosen)):
            return chosen
    return ()


def heals(line: str, broken: str, design: type[EcallBare]) -> bool:
    """Whether the decisions of a Run, taken under a design, break that property no longer.

    It must break no other in its place: who waits for ever does nothing wrong any more.  Decisions
    that do not fit heal nothing: it is not known then what would have happened.
    """
    try:
        run = replay(up_to(line, broken), design)
    except TokenError:
        return False
    return not run.breaks and (not run.ending or holds("no-deadlock", run.state))


def up_to(line: str, broken: str) -> str:
    """The token that takes the same decisions and then its course, until the property breaks.

    >>> up_to("flow-1/ecall/t2/c1/A:kill@OCALL,stop", "no-deadlock")
    'flow-1/ecall/t2/c1/A:kill@OCALL,breaks:no-deadlock'
    """
    return str(read(line).ending(BREAKS + broken))
