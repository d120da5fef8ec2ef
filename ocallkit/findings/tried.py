"""Cells under designs, each judged once: several rules and tables ask for the same ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ocallkit.engine.exploration import Limits
from ocallkit.findings.healing import EVERY_FAULT, Cell
from ocallkit.judging.notation import read

if TYPE_CHECKING:
    from ocallkit.designs import EcallBare
    from ocallkit.judging.verdict import Verdict

LIMITS: Final = Limits(300_000, 120)
"""Where a cell is given up; it neither holds nor breaks then."""

_JUDGED: dict[tuple[Cell, type[EcallBare]], Verdict] = {}


def judged(cell: Cell, design: type[EcallBare]) -> Verdict:
    """The cell under a design."""
    if (cell, design) not in _JUDGED:
        _JUDGED[cell, design] = cell.judged(design, LIMITS)
    return _JUDGED[cell, design]


def heals_cell(cell: Cell, broken: str, design: type[EcallBare], was: tuple[str, ...]) -> bool:
    """Whether a cell, judged anew under a design, breaks that property no longer, and no other."""
    verdict = judged(cell, design)
    return verdict.exploration.finished and {*verdict.broken} <= {*was} - {broken}


def cell_of(line: str) -> Cell:
    """Where a Run can be found: with those faults that it has, since each other one costs states.

    >>> cell_of("flow-1/posted/t2/c1/A:kill@OCALL").faults
    ('kill',)
    """
    says = read(line)
    faults = tuple(fault for fault in EVERY_FAULT if any(fault in one for one in says.taken))
    return Cell(says.scenario, says.threads, says.clients, faults)
