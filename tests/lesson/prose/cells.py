"""Which designs come to what in which scenarios: names for sentences, from what is on record.

The record is `tests/judging/manifest.txt`, which has tests of its own.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from ocallkit.designs import DESIGNS
from ocallkit.labs.designs import choice_of
from ocallkit.scenarios import SCENARIOS
from tools.manifest import Cell, Counts, read

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


@cache
def record() -> Mapping[Cell, Counts]:
    """All verdicts on record."""
    return read()


def broken(scenario: str, design: str, threads: int = 2, clients: int = 1) -> tuple[str, ...]:
    """The properties that break in a cell."""
    return record()[Cell(scenario, design, threads, clients)].broken


def holding(scenario: str, threads: int = 2) -> tuple[str, ...]:
    """The designs that hold in a scenario."""
    return tuple(design for design in DESIGNS if not broken(scenario, design, threads))


def breaking(scenario: str, name: str, among: Collection[str] = tuple(DESIGNS)) -> tuple[str, ...]:
    """The designs under which that property breaks in a scenario."""
    return tuple(design for design in among if name in broken(scenario, design))


def held_by_all(threads: int = 2) -> tuple[str, ...]:
    """The scenarios in which every design holds."""
    return tuple(one for one in SCENARIOS if len(holding(one, threads)) == len(DESIGNS))


def only(names: Collection[str]) -> str:
    """The one that there is."""
    (name,) = names
    return name


def decides(**decisions: object) -> str:
    """The first design of the discussion that decides so."""
    return next(
        name
        for name, design in DESIGNS.items()
        if all(getattr(choice_of(design), what) == how for what, how in decisions.items())
    )
