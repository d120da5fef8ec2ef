"""A world of numbers, and steps that change them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ocallkit.engine import Blocked, Choose, Option, Programs, State, Steps, System, World

if TYPE_CHECKING:
    from collections.abc import Mapping


class Cell(World):
    """The smallest world: a number that belongs to all; each task may have one besides."""

    __slots__ = ()

    @property
    def number(self) -> int:
        """The number of all."""
        return self.of("all")

    @number.setter
    def number(self, number: int) -> None:
        self.keep("number", "all", number)

    def of(self, owner: str) -> int:
        """The number of one owner."""
        number: int = self.find("number", owner) or 0
        return number


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


def system(*programs: tuple[Any, ...], start: int = 0, slots: int = 1) -> System[Cell]:
    """A system whose tasks are the given programs, each with its arguments.

    `slots` is how much lies in the pool ``slot``.
    """
    known = Programs()
    nodes = tuple(known.start(*program) for program in programs)
    names = tuple(f"task {number}" for number in range(len(programs)))
    world = Cell({"slot": slots})
    if start:
        world.number = start
    return System(names, State(world, nodes))


def siblings(tasks: Mapping[str, tuple[Any, ...]], slots: int = 1) -> System[Cell]:
    """A system whose tasks have these names; each program is given its task's name first."""
    known = Programs()
    nodes = tuple(known.start(program, name, *args) for name, (program, *args) in tasks.items())
    return System(tuple(tasks), State(Cell({"slot": slots}), nodes))
