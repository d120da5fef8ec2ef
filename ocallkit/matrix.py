"""Every design against every scenario, on all cores."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING

import msgspec

from ocallkit.designs import DESIGNS
from ocallkit.scenarios import SCENARIOS
from ocallkit.system import find_design, find_scenario
from ocallkit.verdict import Verdict, judge

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


class Cell(msgspec.Struct, frozen=True):
    """One verdict of the matrix, as plain values: they cross from one process to another."""

    scenario: str
    design: str
    threads: int
    clients: int
    holds: bool | None
    finished: bool
    states: int
    transitions: int
    depth: int
    seconds: float
    broken: tuple[tuple[str, int, str], ...]
    """For each property that does not hold: its name, the steps, and the run's token."""


def matrix(
    scenarios: Sequence[str] = tuple(SCENARIOS),
    designs: Sequence[str] = tuple(DESIGNS),
    *,
    threads: Sequence[int] = (1, 2, 3),
    clients: int = 1,
    processes: int | None = None,
) -> tuple[Cell, ...]:
    """Judge every design in every scenario, on all cores; in the order of the arguments.

    `threads` are the numbers of secure threads to try, `processes` how many judge at once.

    >>> cells = matrix(["flow-1-memref"], ["ecall", "held-refs-pre-release"], threads=[2])
    >>> [short(cell) for cell in cells]
    ['deadlock', 'holds']

    Raises UnknownNameError for a name that is not known, before anything is judged.
    """
    asked = [(s, d, t, clients) for s in scenarios for d in designs for t in threads]
    for scenario, design, _, _ in asked:
        find_scenario(scenario)
        find_design(design)
    workers = min(processes or os.cpu_count() or 1, len(asked))
    if workers <= 1:
        return tuple(map(cell, asked))
    with ProcessPoolExecutor(workers) as pool:
        return tuple(pool.map(cell, asked, chunksize=max(1, len(asked) // (4 * workers))))


def cell(asked: tuple[str, str, int, int]) -> Cell:
    """One verdict of the matrix."""
    scenario, design, threads, clients = asked
    return as_cell(judge(scenario, design, threads=threads, clients=clients))


def as_cell(verdict: Verdict) -> Cell:
    """A verdict as plain values."""
    found = verdict.as_json()
    return Cell(
        found["scenario"],
        found["design"],
        found["threads"],
        found["clients"],
        found["holds"],
        found["finished"],
        found["states"],
        found["transitions"],
        found["depth"],
        found["seconds"],
        tuple((v["property"], v["steps"], v["run"]) for v in found["violations"]),
    )


def as_text(cells: Sequence[Cell]) -> str:
    """The matrix as a table: designs down, scenarios across, what breaks in each cell.

    A cell that is the same for every number of threads is written once.
    """
    scenarios = list(dict.fromkeys(cell.scenario for cell in cells))
    designs = list(dict.fromkeys(cell.design for cell in cells))
    rows = [["", *scenarios]]
    for design in designs:
        row = [design]
        for scenario in scenarios:
            here = [c for c in cells if (c.design, c.scenario) == (design, scenario)]
            row.append(" ".join(dict.fromkeys(short(c) for c in here)))
        rows.append(row)
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join(lines)


def short(cell: Cell) -> str:
    """The worst of a cell in a word."""
    if cell.holds is None:
        return "unfinished"
    return worst([name for name, _, _ in cell.broken])


def worst(broken: Collection[str]) -> str:
    """The worst of some broken properties in a word.

    >>> worst(["no-shm-leak", "no-deadlock"]), worst([])
    ('deadlock', 'holds')
    """
    if not broken:
        return "holds"
    if "no-deadlock" in broken:
        return "deadlock"
    if "no-use-after-free" in broken:
        return "use-after-free"
    left_behind = "no-suspended-thread" in broken or any("leak" in name for name in broken)
    return "leak" if left_behind else "broken"
