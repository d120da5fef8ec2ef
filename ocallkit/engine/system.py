"""Several programs over one world, one step at a time.

A `State` is a value: the world and where each task stands.  `System.moves` lists what can
happen in it, `System.waiting` what cannot and why.  A task is a program that runs in the system;
a step is what it asks for next, and a move is that step taken in one of the ways that it can go.
Tasks of one part are siblings: the part is what their names begin with, as a record's id does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from ocallkit.brief import brief
from ocallkit.engine.blame import show
from ocallkit.engine.program import Blocked, Choose, Node, Option, take
from ocallkit.engine.world import World, part_of

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

GO = "go"
"""The name of the only way on from a step that offers no choice."""


W = TypeVar("W", bound=World)


class State(NamedTuple, Generic[W]):
    """One moment: the world, and the node in which each task stands.

    `tasks` are what the tasks are called, where the state is one of a system.
    """

    world: W
    nodes: tuple[Node, ...]
    tasks: tuple[str, ...] = ()

    def key(self) -> Hashable:
        """The same value for equal states, another for different ones."""
        return self.nodes, self.world.key()

    def __repr__(self) -> str:
        return brief(self, ", ".join(map(str, self.nodes)))


class Move(NamedTuple, Generic[W]):
    """One thing that can happen: who moves, by which step, which way, and what comes of it.

    `task` is the number of the task, `step` the name of its function, `option` the way that it
    goes (`GO` where there is only one), `fault` whether that is one on which nobody can rely,
    `state` what is so after it.
    """

    task: int
    step: str
    option: str
    fault: bool
    state: State[W]

    def __repr__(self) -> str:
        return brief(self, f"task {self.task}, {self.step}: {self.option}")


class Waiting(NamedTuple):
    """A task that cannot move: the step that it asks for, and what is missing."""

    task: int
    step: str
    reason: str
    waits_for: str


def idles(node: Node) -> bool:
    """Whether a task is a service that waits for work: it lacks nothing, and need not end.

    Its step has a mark, `idles`.
    """
    return not node.done and getattr(node.step[0], "idles", False)


def options(result: Any) -> tuple[Option, ...]:
    """The ways on from a step that gave `result`."""
    return result.options if type(result) is Choose else (Option(GO, result),)


def moves_of(state: State[W], task: int, *, resorts: bool = False) -> tuple[Move[W], ...]:
    """What `task` can do in `state`; nothing when it has ended or must wait.

    With `resorts` also what does not happen, to see whether it would end a wait.
    """
    node = state.nodes[task]
    if node.done:
        return ()
    world = state.world.copy()
    try:
        ways = options(take(node, world))
    except Blocked:
        return ()
    name = node.step[0].__name__
    return tuple(
        Move(task, name, way.name, way.fault, _chosen(state, task, world, way))
        for way in ways
        if resorts or not way.resort
    )


def _chosen(state: State[W], task: int, world: W, way: Option) -> State[W]:
    world = world.copy()
    if way.effect is not None:
        way.effect(world)
    return State(world, nodes_after(state.nodes, state.tasks, task, way), state.tasks)


def nodes_after(
    nodes: tuple[Node, ...], names: Sequence[str], task: int, way: Option
) -> tuple[Node, ...]:
    """Where the tasks of these names stand once the step of one of them has gone that way.

    Raises ProgramError if it ends a task that is no sibling.
    """
    after = [*nodes]
    after[task] = nodes[task].after(way.value)
    for name, become in way.also:
        other = names.index(name) if name in names else task
        if other == task or part_of(name) != part_of(names[task]):
            what = f"its step {show(nodes[task].step)} ends {name}"
            raise nodes[task].wrong(f"{what}, which is no other task of its own part")
        after[other] = nodes[other].after(become)
    return tuple(after)


class System(Generic[W]):
    """A world at the start and the tasks that will change it.

    `tasks` are the names of the tasks, in the order of the nodes of `start`.  A task's own records
    are in the part that its name is in: `A` and `A.2` are siblings, whose records are in part `A`.
    Raises ValueError unless each node has a name of its own.

    >>> def add(world, amount):
    ...     world.keep("number", "n", (world.find("number", "n") or 0) + amount)
    >>> def adder(amount):
    ...     yield add, amount
    >>> from ocallkit.engine import Programs, World
    >>> programs = Programs()
    >>> start = State(World(), (programs.start(adder, 1), programs.start(adder, 5)))
    >>> system = System(("one", "five"), start)
    >>> [(system.tasks[m.task], m.step, m.state.world.find("number", "n"))
    ...  for m in system.moves(start)]
    [('one', 'add', 1), ('five', 'add', 5)]
    """

    def __init__(self, tasks: tuple[str, ...], start: State[W]) -> None:
        if not len({*tasks}) == len(tasks) == len(start.nodes):
            raise ValueError(f"each of {len(start.nodes)} tasks has a name of its own, not {tasks}")
        self.tasks = tasks
        self.start = start._replace(tasks=tasks)

    def moves(self, state: State[W]) -> Iterator[Move[W]]:
        """Everything that can happen in `state`, in the order of the tasks and their options."""
        for task in range(len(state.nodes)):
            yield from moves_of(state, task)

    def moves_of(self, state: State[W], task: int) -> tuple[Move[W], ...]:
        """What `task` can do in `state`."""
        return moves_of(state, task)

    def waiting(self, state: State[W]) -> tuple[Waiting, ...]:
        """The tasks that have not ended and cannot move, each with its reason.

        A task whose step says what it waits for `unless` a fault happens is among them; one that
        idles is not.
        """
        found = []
        for task, node in enumerate(state.nodes):
            blocked = None if node.done or idles(node) else _blocked(state, node)
            if blocked:
                name = node.step[0].__name__
                found.append(Waiting(task, name, blocked.reason, blocked.waits_for))
        return tuple(found)

    def __repr__(self) -> str:
        return brief(self, ", ".join(self.tasks))


def _blocked(state: State[W], node: Node) -> Blocked | None:
    """What keeps a task from going on by itself, if anything does."""
    try:
        result = take(node, state.world.copy())
    except Blocked as blocked:
        return blocked
    return result.unless if type(result) is Choose else None
