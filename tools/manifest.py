"""Judge every cell whose counts are on record, and keep them in one readable file.

The counts belong to the model as it is: a change of the model on purpose changes them, and
`make manifest` writes them anew, so that a review sees which verdicts and counts moved.
"""

import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple, Self

from ocallkit import judge
from ocallkit.designs import DESIGNS
from ocallkit.scenarios import SCENARIOS

MANIFEST = Path(__file__).parent.parent / "tests" / "judging" / "manifest.txt"
"""Where the counts are kept: one line for each cell."""

HOLDS = "holds"

SIZES = ((1, 1), (2, 1), (3, 1), (2, 2))
"""Secure threads and clients of the cells on record."""


class Cell(NamedTuple):
    """What is judged, without its outcome."""

    scenario: str
    design: str
    threads: int
    clients: int


class Counts(NamedTuple):
    """What a cell came to: the properties that it breaks, and how much there was to see."""

    broken: tuple[str, ...]
    states: int
    transitions: int
    depth: int


class Line(NamedTuple):
    """One line of the manifest."""

    cell: Cell
    counts: Counts

    def __str__(self) -> str:
        """The line as it stands in the file; `parse` reads it."""
        cell, counts = self
        sizes = f"{cell.threads:7}  {cell.clients:7}"
        numbers = f"{counts.states:6}  {counts.transitions:11}  {counts.depth:5}"
        broken = ",".join(counts.broken) or HOLDS
        return f"{cell.scenario:18}  {cell.design:21}  {sizes}  {numbers}  {broken}"

    @classmethod
    def parse(cls, line: str) -> Self:
        """Read what `str` wrote.

        >>> Line.parse("flow-1 ecall 2 1 11 106 29 holds").counts
        Counts(broken=(), states=11, transitions=106, depth=29)
        """
        scenario, design, *numbers, broken = line.split()
        threads, clients, states, transitions, depth = map(int, numbers)
        names = () if broken == HOLDS else tuple(broken.split(","))
        return cls(
            Cell(scenario, design, threads, clients), Counts(names, states, transitions, depth)
        )


HEAD = (
    f"{'scenario':18}  {'design':21}  threads  clients  states  transitions  depth  "
    f"{HOLDS}, or what breaks"
)


def cells() -> tuple[Cell, ...]:
    """Every cell on record, in the order of the file: no fewer clients than programs."""
    return tuple(
        Cell(name, design, threads, clients)
        for threads, clients in SIZES
        for name, scenario in SCENARIOS.items()
        for design in DESIGNS
        if clients >= len(scenario.clients)
    )


def count(cell: Cell) -> Counts:
    """Judge one cell."""
    verdict = judge(cell.scenario, cell.design, threads=cell.threads, clients=cell.clients)
    found = verdict.exploration
    return Counts(verdict.broken, found.states, found.transitions, found.depth)


def read() -> dict[Cell, Counts]:
    """The counts on record."""
    lines = MANIFEST.read_text().splitlines()[1:]
    return dict(map(Line.parse, lines))


def text() -> str:
    """The file as it should be, every cell judged on all cores."""
    asked = cells()
    with ProcessPoolExecutor() as pool:
        counts = pool.map(count, asked, chunksize=4)
        lines = [str(Line(cell, found)) for cell, found in zip(asked, counts, strict=True)]
    return "\n".join([HEAD, *lines, ""])


def main(arguments: Sequence[str]) -> int:
    """Write the manifest, or with --check say whether it is as it should be."""
    if arguments not in ([], ["--check"]):
        print("usage: python -m tools.manifest [--check]", file=sys.stderr)
        return 2
    new = text()
    old = MANIFEST.read_text() if MANIFEST.exists() else ""
    changed = [line for line in new.splitlines() if line not in old.splitlines()]
    gone = [line for line in old.splitlines() if line not in new.splitlines()]
    for sign, lines in (("-", gone), ("+", changed)):
        for line in lines:
            print(sign, line)
    if new == old:
        print(f"{len(cells())} cells are as they are on record")
        return 0
    if arguments:
        print("the model has changed: if it was meant to, run `make manifest`")
        return 1
    MANIFEST.write_text(new)
    print(f"wrote {len(cells())} cells to {MANIFEST.relative_to(MANIFEST.parents[2])}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
