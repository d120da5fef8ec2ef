"""Systems made of words: owners with several tasks, whose steps meet in every way that there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ocallkit.engine import Become, Blocked, Choose, Option, Programs, State, System
from ocallkit.engine.world import part_of
from tests.engine.toys import Cell

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit.engine import Step, Steps

OWNERS = "ABCDEFGH"

# --- the steps ----------------------------------------------------------------------------------


def add(cell: Cell, record: str, amount: int) -> None:
    """Add to a number."""
    cell.keep("number", record, cell.of(record) + amount)


def double(cell: Cell, record: str) -> None:
    """Double a number: before or after somebody adds to it makes a difference."""
    cell.keep("number", record, 2 * cell.of(record))


def read(cell: Cell, record: str) -> int:
    """Give a number."""
    return cell.of(record)


def write(cell: Cell, record: str, number: int) -> None:
    """Replace a number."""
    cell.keep("number", record, number)


def wait(cell: Cell, record: str) -> None:
    """Wait until a number is there."""
    if not cell.of(record):
        raise Blocked("nothing yet", "who writes")


def get(cell: Cell, leave: int) -> None:
    """Take a slot, once there are so many besides."""
    if not cell.take("slot", leave):
        raise Blocked("too few slots", "who has one")


def give(cell: Cell) -> None:
    """Put a slot back, or a new one."""
    cell.give("slot")


def attempt(cell: Cell, record: str, leave: int) -> None:
    """Take a slot, or note that there were too few."""
    if not cell.take("slot", leave):
        add(cell, record, 1)


def count(cell: Cell, record: str) -> None:
    """Note how many slots there are."""
    write(cell, record, cell.count("slot"))


def choose(_cell: Cell, record: str) -> Choose:
    """Add one, or three."""
    return Choose(
        Option("one", None, lambda cell: add(cell, record, 1)),
        Option("three", None, lambda cell: add(cell, record, 3)),
    )


def sleep(_cell: Cell) -> Choose:
    """Only a fault ends it."""
    return Choose(Option("wake", None, fault=True), unless=Blocked("asleep", "nobody"))


def end(_cell: Cell, siblings: tuple[str, ...]) -> Choose:
    """End siblings wherever they are, or not."""
    also = tuple((name, Become(ended, name)) for name in siblings)
    return Choose(Option("go", None), Option("end", None, fault=True, also=also))


def end_if_written(cell: Cell, record: str, siblings: tuple[str, ...]) -> Choose | None:
    """End siblings if a number is there."""
    return end(cell, siblings) if cell.of(record) else None


def turn(cell: Cell, record: str) -> None:
    """One on, and back to nought after three."""
    write(cell, record, (cell.of(record) + 1) % 3)


def add_all(cell: Cell, record: str) -> None:
    """Note the sum of all numbers."""
    write(cell, record, sum(number for _, number in cell.all_of("number")) % 5)


# --- the programs -------------------------------------------------------------------------------


class Task(NamedTuple):
    """Who does something: its name, and those of its siblings."""

    name: str
    siblings: tuple[str, ...] = ()

    @property
    def own(self) -> str:
        """The record that no sibling touches."""
        return f"{self.name}.n"

    @property
    def part(self) -> str:
        """The record that it shares with its siblings."""
        return part_of(self.name)


WORDS: dict[str, Callable[[Task], Step]] = {
    "own": lambda task: (add, task.own, 1),
    "part": lambda task: (add, task.part, 1),
    "double": lambda task: (double, task.part),
    "wait": lambda task: (wait, task.part),
    "choose": lambda task: (choose, task.part),
    "all": lambda _: (add, "all", 1),
    "double-all": lambda _: (double, "all"),
    "get": lambda _: (get, 0),
    "get-leave": lambda _: (get, 1),
    "try": lambda task: (attempt, task.part, 0),
    "try-leave": lambda task: (attempt, task.part, 1),
    "give": lambda _: (give,),
    "count": lambda task: (count, task.part),
    "sleep": lambda _: (sleep,),
    "end-first": lambda task: (end, task.siblings[:1]),
    "end-all": lambda task: (end, task.siblings),
    "end-if": lambda task: (end_if_written, task.part, task.siblings),
    "by-name": lambda task: (add, task.part, 1 if task.part == "A" else 2),
    "into-A": lambda _: (add, "A.into", 1),
    "add-all": lambda task: (add_all, task.part),
}
"""Words of one step, by what they mean for a task."""

LONGER = ("count-up", "count-up-all", "spin", "spin-until", "peek")
"""Words of several steps, or that may have no end."""


def does(task: Task, words: tuple[str, ...]) -> Steps:
    """Do what the first word says, and become who does the others."""
    match words[0] if words else None:
        case None:
            return None
        case "count-up":
            yield write, task.part, 1 + (yield read, task.part)
        case "count-up-all":
            yield write, "all", 1 + (yield read, "all")
        case "spin":
            yield turn, task.own
            return Become(does, task, words)
        case "spin-until":
            if not (yield read, task.part):
                return Become(does, task, words)
        case "peek":
            yield write, task.own, (yield read, "A")
        case word:
            yield WORDS[str(word)](task)
    return Become(does, task, words[1:])


def ended(name: str) -> Steps:
    """What a task goes on as that was ended by a sibling."""
    yield add, part_of(name), 1


# --- the systems --------------------------------------------------------------------------------


class Made(NamedTuple):
    """A system that can be written down: for each owner, for each of its tasks, what it does.

    With `in_turn` the tasks come as they are numbered, not as they belong together.
    """

    owners: tuple[tuple[tuple[str, ...], ...], ...]
    slots: int = 1
    in_turn: bool = False

    def build(self) -> System[Cell]:
        """The system."""
        tasks: list[tuple[int, Task, tuple[str, ...]]] = []
        for owner, programs in zip(OWNERS, self.owners, strict=False):
            names = [owner, *(f"{owner}.{n}" for n in range(2, 1 + len(programs)))]
            for number, (name, words) in enumerate(zip(names, programs, strict=True)):
                others = tuple(other for other in names if other != name)
                tasks.append((number, Task(name, others), words))
        if self.in_turn:
            tasks.sort(key=lambda one: one[0])
        known = Programs()
        nodes = tuple(known.start(does, task, words) for _, task, words in tasks)
        start: State[Cell] = State(Cell({"slot": self.slots}), nodes)
        return System(tuple(task.name for _, task, _ in tasks), start)


def alone(state: State[Any], owner: str) -> State[Any]:
    """What one owner has, as a state in which there is nothing else."""
    own = [task for task, name in enumerate(state.tasks) if part_of(name) == owner]
    world = state.world.copy()
    world.parts = {name: part for name, part in world.parts.items() if name == owner}
    world.pools = {}
    names = tuple(state.tasks[task] for task in own)
    return State(world, tuple(state.nodes[task] for task in own), names)
