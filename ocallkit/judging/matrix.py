"""Every design against every scenario, on all cores."""

from __future__ import annotations

import os
import pickle
import signal
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from multiprocessing import active_children
from typing import TYPE_CHECKING, Literal, TypeVar

import msgspec

from ocallkit.designs import DESIGNS
from ocallkit.judging.asked import Asked, look_at
from ocallkit.judging.comparing.two_verdicts import worst
from ocallkit.judging.schema import Record
from ocallkit.judging.verdict import Verdict, judge
from ocallkit.scenarios import SCENARIOS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ocallkit.designs import EcallBare
    from ocallkit.scenarios import Scenario

A = TypeVar("A")
B = TypeVar("B")


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
    any_number_of_clients: bool = False
    """Whether that is about any number of clients."""
    record: Record | None = None
    """All that the verdict says."""


def matrix(
    scenarios: Sequence[str | Scenario] = tuple(SCENARIOS),
    designs: Sequence[str | type[EcallBare]] = tuple(DESIGNS),
    *,
    threads: Sequence[int] = (1, 2, 3),
    clients: int | Literal["any"] | None = None,
    properties: Sequence[str | Callable[..., object]] = (),
    processes: int | None = None,
    report: Callable[[int], None] | None = None,
) -> tuple[Cell, ...]:
    """Judge every design in every scenario, on all cores; in the order of the arguments.

    Both are names, files or modules, or a reader's own.  `threads` are the numbers of secure
    threads to try, `clients` and `properties` are as in `judge`, which may be named by their file
    too; `processes` is how many judge at once, `report` is told how many are done.

    >>> cells = matrix(["flow-1-memref"], ["ecall", "held-refs-pre-release"], threads=[2])
    >>> [short(cell) for cell in cells]
    ['deadlock', 'holds']

    Raises UnknownNameError or SpecError for a name that is not known, before anything is judged.
    An interrupt ends it, and the processes that judge.
    """
    own = tuple(properties)
    asked = [
        Asked(s, d, t, clients, properties=own) for s, d, t in product(scenarios, designs, threads)
    ]
    look_at(asked)
    return on_all_cores(cell, asked, processes if _can_cross(asked) else 1, report)


def _can_cross(asked: Sequence[Asked]) -> bool:
    """Whether what is asked for can be told to another process: what a function made cannot."""
    try:
        pickle.dumps(asked)
    except (pickle.PicklingError, AttributeError, TypeError):
        return False
    return True


def on_all_cores(
    work: Callable[[A], B],
    asked: Sequence[A],
    processes: int | None = None,
    report: Callable[[int], None] | None = None,
) -> tuple[B, ...]:
    """What `work` makes of each thing that is asked, in their order, by several processes.

    Both the things and what is made of them cross from one process to another; `report` is told
    how many are done.  An interrupt ends it, and the processes.
    """
    tell = report or _nobody
    workers = min(processes or os.cpu_count() or 1, len(asked))
    if workers <= 1:
        return tuple(_told(work(one), tell, number) for number, one in enumerate(asked, 1))
    others = set(active_children())
    with ProcessPoolExecutor(workers, initializer=_leave_interrupts) as pool:
        try:
            made = [pool.submit(work, one) for one in asked]
            return tuple(_told(one.result(), tell, number) for number, one in enumerate(made, 1))
        except BaseException:
            for worker in set(active_children()) - others:
                worker.terminate()
            raise


def _told(made: B, tell: Callable[[int], None], number: int) -> B:
    tell(number)
    return made


def _nobody(_number: int) -> None:
    """Nobody wants to know how far it is."""


def _leave_interrupts() -> None:
    """A terminal's Ctrl-C reaches every process: who has asked the others to judge ends them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def cell(asked: Asked) -> Cell:
    """One verdict of the matrix."""
    verdict = judge(asked.scenario, asked.design, **asked.arguments)
    if verdict.interrupted:
        raise KeyboardInterrupt
    return as_cell(verdict)


def as_cell(verdict: Verdict) -> Cell:
    """A verdict as plain values."""
    found = verdict.record
    return Cell(
        found.scenario,
        found.design,
        found.threads,
        found.clients,
        found.holds,
        found.finished,
        found.states,
        found.transitions,
        found.depth,
        found.seconds,
        tuple((v.property, v.steps, verdict.tokens[v.property]) for v in verdict.violations),
        found.any_number_of_clients,
        found,
    )


def as_text(cells: Sequence[Cell]) -> str:
    """The matrix as a table: designs down, scenarios across, what breaks in each cell.

    A cell that is the same for every number of threads is written once.  Where every verdict is
    about any number of clients, a line below says so.
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
    if all(cell.any_number_of_clients for cell in cells):
        lines += ["", "Every verdict is about any number of clients."]
    return "\n".join(lines)


def short(cell: Cell) -> str:
    """The worst of a cell in a word."""
    if cell.holds is None:
        return "empty" if cell.finished else "unfinished"
    return worst([name for name, _, _ in cell.broken])
