"""A world of one number, and steps that change it."""

from __future__ import annotations

from typing import Any, Self

from ocallkit.engine import Blocked, Choose, Option, Programs, State, Steps, System


class Cell:
    """The smallest world: a number."""

    def __init__(self, number: int = 0) -> None:
        self.number = number

    def copy(self) -> Self:
        """A cell of its own."""
        return type(self)(self.number)

    def key(self) -> int:
        """Equal cells hold equal numbers."""
        return self.number


def add(cell: Cell, amount: int) -> int:
    """Add to the number and give it."""
    cell.number += amount
    return cell.number


def take_one(cell: Cell) -> None:
    """Take one away, once there is one; what it does before it finds out must not stay."""
    cell.number -= 1
    if cell.number < 0:
        raise Blocked("the cell is empty", "who adds")


def toss(_cell: Cell) -> Choose:
    """Two ways on: one gives a number, the other changes the cell as well."""
    return Choose(
        Option("heads", 1),
        Option("tails", 2, _lift, fault=True),
    )


def _lift(cell: Cell) -> None:
    cell.number += 10


def adder(*amounts: int) -> Steps:
    """Add each of `amounts`; gives the last sum."""
    total = 0
    for amount in amounts:
        total = yield add, amount
    return total


def taker() -> Steps:
    """Take one away."""
    yield (take_one,)


def tosser() -> Steps:
    """Toss once; gives what came."""
    return (yield (toss,))


def system(*programs: tuple[Any, ...], start: int = 0) -> System[Cell]:
    """A system whose tasks are the given programs, each with its arguments."""
    known = Programs()
    nodes = tuple(known.start(*program) for program in programs)
    names = tuple(f"task {number}" for number in range(len(programs)))
    return System(names, State(Cell(start), nodes))
