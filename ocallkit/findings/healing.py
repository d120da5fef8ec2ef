"""Which decisions of another design would have prevented what a Run shows.

A Run is its decisions: they are taken again under a design that differs in one thing, then in two,
until what broke does not break, and nothing else does instead.  Where the same decisions do not fit
any more it is not known what would have happened: then the whole cell is judged anew.
"""

from __future__ import annotations

import inspect
from itertools import combinations
from typing import TYPE_CHECKING, Final, NamedTuple

from ocallkit.designs.difference import DECISIONS, difference
from ocallkit.engine.results import Limits
from ocallkit.model.config import FAULTS, MORE_FAULTS
from ocallkit.properties import AT_END
from ocallkit.replay import BREAKS, STOP, TokenError, replay
from ocallkit.verdict import judge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ocallkit.designs import EcallBare
    from ocallkit.verdict import Verdict

MOST: Final = 2
"""How many causes are tried together at most."""

NEEDS: Final = {"waits": "wakes", "killed": "wakes", "enters": "leaves"}
"""Decisions that mean nothing without another: they are taken over together.

Nobody asks what a woken thread does where none is woken; and who waits for a lock needs one who
gives it back.
"""

LIMITS: Final = Limits(300_000, 120)
"""Where a cell that is judged anew is given up."""

_MADE: dict[tuple[type[EcallBare], type[EcallBare], tuple[str, ...]], type[EcallBare]] = {}
_JUDGED: dict[tuple[Cell, type[EcallBare]], Verdict] = {}


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
        labels = {"name": name, "parent": design, "changes": decisions, "worker": other.worker}
        _MADE[key] = type(design.__name__, (design,), {**own, **labels})
    return _MADE[key]


def differing(design: type[EcallBare], other: type[EcallBare]) -> tuple[str, ...]:
    """The decisions that could be taken over from another design."""
    found = {one.decision for one in difference(design, other)}
    return tuple(name for name in DECISIONS if name in found)


def sets_of(names: tuple[str, ...], size: int) -> Iterator[tuple[str, ...]]:
    """Every choice of so many of the names.

    One that needs another comes with it, and what is only needed does not come alone.

    >>> list(sets_of(("flush", "wakes", "waits"), 1))
    [('flush',), ('wakes', 'waits')]
    """
    alone = [name for name in names if name not in NEEDS.values()]
    for chosen in combinations(alone, size):
        needed = {NEEDS[name] for name in chosen if name in NEEDS}
        yield tuple(name for name in names if name in {*chosen, *needed})


def cures(
    line: str,
    broken: str,
    design: type[EcallBare],
    other: type[EcallBare],
    given: tuple[str, ...] = (),
) -> tuple[str, ...]:
    """The smallest set of decisions of `other` under which the Run of `line` breaks nothing.

    `given` are decisions that are taken over already.  Of several sets of one size that is taken
    under which the same decisions fit.  Gives nothing where no small set does.
    """
    names = tuple(name for name in differing(design, other) if name not in given)
    base = with_decisions(design, other, given)
    for size in range(1, MOST + 1):
        unfit = []
        for chosen in sets_of(names, size):
            cured = with_decisions(design, other, (*given, *chosen))
            healed = heals_run(line, broken, base, cured)
            if healed:
                return chosen
            if healed is None:
                unfit.append((chosen, cured))
        # Two that do not fit would be too many to judge.
        if size == 1:
            for chosen, cured in unfit:
                if heals_cell(line, broken, base, cured):
                    return chosen
    return ()


def heals(line: str, broken: str, base: type[EcallBare], cured: type[EcallBare]) -> bool:
    """Whether what a Run breaks under one design is prevented by another, and nothing else breaks.

    Where its decisions do not fit the whole cell is judged.
    """
    healed = heals_run(line, broken, base, cured)
    return heals_cell(line, broken, base, cured) if healed is None else healed


def heals_run(line: str, broken: str, base: type[EcallBare], cured: type[EcallBare]) -> bool | None:
    """Whether the same decisions break that property no longer, and end no worse.

    Gives nothing where they do not fit: it is not known then what would have happened.
    """
    try:
        if replay(up_to(line, broken), cured).breaks:
            return False
        return bad_end(line, cured) <= bad_end(line, base)
    except TokenError:
        return None


def bad_end(line: str, design: type[EcallBare]) -> set[str]:
    """What is broken where the decisions of a Run have taken their course to its end."""
    state = replay(course(line), design).state
    return {name for name, holds in AT_END.items() if not holds(state)}


def heals_cell(line: str, broken: str, base: type[EcallBare], cured: type[EcallBare]) -> bool:
    """Whether that property breaks nowhere in the cell of a Run, and nothing else does instead."""
    cell = cell_of(line)
    after = judged(cell, cured)
    return (
        after.finished
        and broken not in after.broken
        and not set(after.broken) - set(judged(cell, base).broken)
    )


def judged(cell: Cell, design: type[EcallBare]) -> Verdict:
    """The cell under a design, found once."""
    if (cell, design) not in _JUDGED:
        _JUDGED[cell, design] = cell.judged(design, LIMITS)
    return _JUDGED[cell, design]


def cell_of(line: str) -> Cell:
    """Where a Run was found: with the faults that are off by default only if it has one of those.

    >>> cell_of("flow-1/posted/t2/c1/A:answers-twice@OCALL").faults == (*FAULTS, *MORE_FAULTS)
    True
    """
    scenario, _, threads, clients, *_ = line.split("/")
    further = any(fault in line.rpartition("/")[2] for fault in MORE_FAULTS)
    faults = (*FAULTS, *MORE_FAULTS) if further else FAULTS
    return Cell(scenario, int(threads[1:]), int(clients[1:]), faults)


def up_to(line: str, broken: str) -> str:
    """The token that takes the same decisions and then its course, until the property breaks.

    >>> up_to("flow-1/ecall/t2/c1/A:kill@OCALL,stop", "no-deadlock")
    'flow-1/ecall/t2/c1/A:kill@OCALL,!no-deadlock'
    """
    whole = course(line)
    return f"{whole}{',' * (whole[-1] != '/')}{BREAKS}{broken}"


def course(line: str) -> str:
    """The token that takes the same decisions and then its course, to where nothing more happens.

    >>> course("flow-1/ecall/t2/c1/A:kill@OCALL,!no-deadlock")
    'flow-1/ecall/t2/c1/A:kill@OCALL'
    """
    head, _, decisions = line.rpartition("/")
    kept = [one for one in decisions.split(",") if one and one != STOP and one[0] != BREAKS]
    return f"{head}/{','.join(kept)}"
