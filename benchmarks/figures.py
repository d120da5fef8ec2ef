"""How fast the package is, as a table: ``make bench``, or ``python -m benchmarks.figures``.

Nothing is asserted: a machine that is busy is slow.  Each time stands beside that of something
plain, measured in turn with it, so that their ratio means the same on another machine.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

from ocallkit import run
from ocallkit.judging.assembly import build
from ocallkit.judging.path import follow
from ocallkit.view.svg import to_svg

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 11
"""How often each thing is measured; the table has the median."""
REPEATS = 200
"""How often a short thing is done in one measurement."""


class Row(NamedTuple):
    """One line of the table; times are in seconds."""

    what: str
    time: float
    beside: str
    other: float


def median_of_both(one: Callable[[], float], other: Callable[[], float]) -> tuple[float, float]:
    """The medians of two measurements that take turns, after one of each that does not count."""
    one(), other()
    pairs = [(one(), other()) for _ in range(ROUNDS)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


def process(*arguments: str) -> Callable[[], float]:
    """Measure a Python process from its start to its end."""

    def measure() -> float:
        began = time.perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - began

    return measure


def repeated(function: Callable[[], object], count: int = REPEATS) -> Callable[[], float]:
    """Measure one call of a function, as the mean of many."""

    def measure() -> float:
        began = time.perf_counter()
        for _ in range(count):
            function()
        return (time.perf_counter() - began) / count

    return measure


def start_of_package() -> Row:
    """Importing the package, and what Python takes without it."""
    package, bare = median_of_both(process("-c", "import ocallkit"), process("-c", ""))
    return Row("import ocallkit, whole process", package, "python alone", bare)


def show_flow_2() -> Row:
    """The command as a reader types it."""
    shown, bare = median_of_both(process("-m", "ocallkit.cli", "show", "flow-2"), process("-c", ""))
    return Row("ocallkit show flow-2, whole process", shown, "python alone", bare)


def step_again() -> Row:
    """A step after its first visit: all moves of every state of Flow 2, without a log."""
    system = build("flow-2", faults=())
    made = follow(system, "flow-2", "ecall")
    states = [system.start]
    for _ in made.steps[1:]:
        states.append(next(system.moves(states[-1])).state)

    def again() -> None:
        for state in states:
            for _ in system.moves(state):
                pass

    tables = [dict(state.world.threads) for state in states]

    def copies() -> None:
        for table in tables:
            dict(table)

    steps, bare = median_of_both(repeated(again, 50), repeated(copies, 50))
    return Row(
        "one step after its first visit", steps / len(states), "copy of a dict", bare / len(states)
    )


def first_visit() -> Row:
    """A whole run from nothing, and the same where every step has been visited."""
    system = build("flow-2", faults=(), log=True)
    fresh, again = median_of_both(
        repeated(lambda: run("flow-2"), 20), repeated(lambda: follow(system, "flow-2", "ecall"), 20)
    )
    return Row("run('flow-2') from nothing", fresh, "visited before", again)


def picture() -> Row:
    """The sequence diagram of Flow 2, and the run that it shows."""
    made = run("flow-2")
    drawn, bare = median_of_both(
        repeated(lambda: to_svg(made), 20), repeated(lambda: run("flow-2"), 20)
    )
    return Row("to_svg(flow-2)", drawn, "run('flow-2')", bare)


ROWS = (start_of_package, show_flow_2, step_again, first_visit, picture)


def readable(seconds: float) -> str:
    """A time in the unit in which it has one to three digits before the point.

    >>> readable(0.0123), readable(0.0000045)
    ('12.3 ms', '4.5 us')
    """
    return f"{seconds * 1e3:.1f} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.1f} us"  # noqa: PLR2004


def table(rows: list[Row]) -> str:
    """The rows in columns, the ratio last."""
    cells = [("what", "time", "beside", "time", "ratio")]
    for what, seconds, beside, other in rows:
        ratio = f"{seconds / other:.1f}"
        cells.append((what, readable(seconds), beside, readable(other), ratio))
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    lines = []
    for row in cells:
        what, own, beside, other_time, ratio = (
            cell.ljust(width) if column in {0, 2} else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        lines.append(f"{what}  {own}  {beside}  {other_time}  {ratio}")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table([measure() for measure in ROWS]))
