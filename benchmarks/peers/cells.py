"""What is asked of each checker, and what it answers."""

from __future__ import annotations

from itertools import product
from typing import NamedTuple, Protocol

from ocallkit.designs import DESIGNS

SCENARIOS = ("flow-1", "flow-2", "flow-1-memref", "flow-2-memref")
"""The scenarios that the peers have, in the order in which they number them."""
DESIGN_NAMES = tuple(DESIGNS)
"""The designs in the order in which the peers number them."""
PROPERTIES = (
    "no-deadlock",
    "no-suspended-thread",
    "no-context-leak",
    "no-session-leak",
    "no-shm-leak",
    "no-mobj-leak",
    "no-use-after-free",
    "counts-never-negative",
    "completed-once",
    "no-blocking-release",
)
"""The properties that the peers judge, in the order in which they number them."""
MOST_THREADS = 3
"""The most secure threads that the peers number."""


class Cell(NamedTuple):
    """One verdict: which design in which scenario, and how large."""

    scenario: str
    design: str
    threads: int
    clients: int = 1
    rounds: int = 1

    def __str__(self) -> str:
        sizes = ", ".join(map(many, self[2:], ("thread", "client", "round")))
        return f"{self.scenario}, {self.design} ({sizes})"


class Batch(NamedTuple):
    """Cells that a checker judges in one go: all that these lists make."""

    scenarios: tuple[str, ...] = SCENARIOS
    designs: tuple[str, ...] = DESIGN_NAMES
    threads: tuple[int, ...] = (1, 2, 3)
    clients: int = 1
    rounds: int = 1

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Every cell.

        >>> [str(cell) for cell in Batch(("flow-1",), ("meta",), (2,)).cells]
        ['flow-1, meta (2 threads, 1 client, 1 round)']
        """
        each = product(self.scenarios, self.designs, self.threads)
        return tuple(Cell(*one, self.clients, self.rounds) for one in each)

    @property
    def size(self) -> str:
        """How large its cells are, in words.

        >>> Batch(threads=(2,), clients=3).size
        '3 clients, 1 round, threads 2'
        """
        threads = ", ".join(map(str, self.threads))
        return f"{many(self.clients, 'client')}, {many(self.rounds, 'round')}, threads {threads}"


class Answer(NamedTuple):
    """What a checker says of a batch, and how long it took from start to end.

    `broken` has those of PROPERTIES that each cell breaks; `stopped_by` says what ended a search
    that did not finish, whose `broken` says nothing.
    """

    broken: dict[Cell, frozenset[str]]
    seconds: float
    stopped_by: str = ""


class Checker(Protocol):
    """What judges cells."""

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    def missing(self) -> tuple[str, ...]:
        """What the machine lacks for it: each line names a program and the package that has it."""
        ...

    def judge(self, batch: Batch, limit: float) -> Answer:
        """Judge a batch within `limit` seconds; raises CheckerError where it cannot answer."""
        ...


class CheckerError(Exception):
    """A checker failed, or said something that is no answer."""


def many(number: int, what: str) -> str:
    """A number of things, in words.

    >>> many(1, "client"), many(2, "client")
    ('1 client', '2 clients')
    """
    return f"{number} {what}{'' if number == 1 else 's'}"
