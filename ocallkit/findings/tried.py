"""Cells under designs, each judged once: several rules and tables ask for the same ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ocallkit.engine.results import Limits

if TYPE_CHECKING:
    from ocallkit.designs import EcallBare
    from ocallkit.findings.healing import Cell
    from ocallkit.verdict import Verdict

LIMITS: Final = Limits(300_000, 120)
"""Where a cell is given up; it neither holds nor breaks then."""

_JUDGED: dict[tuple[Cell, type[EcallBare]], Verdict] = {}


def judged(cell: Cell, design: type[EcallBare]) -> Verdict:
    """The cell under a design."""
    if (cell, design) not in _JUDGED:
        _JUDGED[cell, design] = cell.judged(design, LIMITS)
    return _JUDGED[cell, design]
