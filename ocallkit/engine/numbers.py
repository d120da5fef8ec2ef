"""What belongs to one owner has one number, and so has all that belongs to none.

An owner is a part of the world with all its tasks: it has the places at which their programs stand,
and what is in the part.  Where owners may be alike, what two of them have is one number if it
differs in their names only.  A state is a tuple: the number of what is shared, then for each place
that of what one owner has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from ocallkit.engine.names import Names
from ocallkit.engine.system import State, System
from ocallkit.engine.world import NOTHING, Part, World, part_of

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from ocallkit.engine.exploration import Way
    from ocallkit.engine.program import Node

W = TypeVar("W", bound=World)

Key = tuple[int, ...]
"""A state: the number of what is shared, then for each place the number of what one owner has."""

Step = tuple[int, str, str]
"""A step of an owner: which of its tasks, the step's function, and the option that was chosen."""


class Home(NamedTuple):
    """What an owner has: what its tasks are called, where each stands, and its part."""

    names: tuple[str, ...]
    nodes: tuple[Node, ...]
    part: Part


class Outcome(NamedTuple):
    """One way on from a step: what its owner has after it, and what it changed of the rest.

    `others` are (place, number), `parts` (name, number) of shared parts, `pools` (name, change).
    """

    step: Step
    home: int
    others: tuple[tuple[int, int], ...]
    parts: tuple[tuple[str, int], ...]
    pools: tuple[tuple[str, int], ...]


class Shared(NamedTuple):
    """What belongs to no owner: the numbers of the shared parts, and what lies in the pools."""

    parts: tuple[tuple[str, int], ...]
    pools: tuple[tuple[str, int], ...]


def moved(key: Key, place: int, home: int, shared: int, others: tuple[tuple[int, int], ...]) -> Key:
    """A state in which an owner, the rest and some others have other numbers, each at its place."""
    after = [shared, *key[1:]]
    after[place + 1] = home
    for other, number in others:
        after[other + 1] = number
    return tuple(after)


class Numbers(Generic[W]):
    """Everything that was met, each under its number.

    `owners` are the names of the parts that tasks are in, in the order of their first tasks, and
    `tasks` the numbers of each one's tasks.  With `alike` what owners have is told without their
    names.
    """

    def __init__(self, system: System[W], *, alike: bool) -> None:
        tasks: dict[str, list[int]] = {}
        for task, name in enumerate(system.tasks):
            tasks.setdefault(part_of(name), []).append(task)
        self.owners = tuple(tasks)
        self.tasks = tuple(map(tuple, tasks.values()))
        self.alike = alike and len(tasks) > 1
        self._called = system.tasks
        self._names = Names(system.start.nodes[0].programs)
        self._blank = system.start.world.copy()
        self._blank.parts = {}
        self._home_numbers: dict[Hashable, int] = {}
        self._homes: list[dict[str, Home]] = []
        self._kinds: list[int] = []
        self._content_numbers: dict[Hashable, int] = {frozenset(): 0}
        self._contents: list[Part] = [NOTHING]
        self._shared_numbers: dict[Shared, int] = {}
        self._shared: list[Shared] = []
        self.start = self._start(system)

    def _start(self, system: System[W]) -> Key:
        state, parts = system.start, system.start.world.parts
        kinds: dict[Hashable, int] = {}
        homes = []
        for name, tasks in zip(self.owners, self.tasks, strict=True):
            names = tuple(state.tasks[task] for task in tasks)
            nodes = tuple(state.nodes[task] for task in tasks)
            home = Home(names, nodes, parts.get(name, NOTHING))
            kind = kinds.setdefault(self._told(name, home), len(kinds))
            homes.append(self.home(name, home, kind))
        rest = {name: part for name, part in parts.items() if name not in self.owners}
        return (self._share(rest, state.world.pools), *homes)

    def way(self, owner: int, step: Step) -> Way:
        """A step of an owner as a move of its task."""
        sibling, function, option = step
        return self.tasks[owner][sibling], function, option

    def home(self, name: str, home: Home, kind: int) -> int:
        """The number of what an owner has; `kind` says as which of those that differ it began.

        Those that began otherwise may come to the same, and each is to be seen there.
        """
        content = kind, self._told(name, home)
        number = self._home_numbers.setdefault(content, len(self._homes))
        if number == len(self._homes):
            self._homes.append({})
            self._kinds.append(kind)
        self._homes[number].setdefault(name, home)
        return number

    def _told(self, name: str, home: Home) -> Hashable:
        """What an owner has, without its name where owners may be alike.

        What its tasks are called need not be told: where a step hangs on it, that is seen there.
        """
        if not self.alike:
            return name, home.nodes, frozenset(home.part.items())
        strip = self._names.strip
        records = frozenset(strip((*key, value), name) for key, value in home.part.items())
        return strip(home.nodes, name), records

    def _share(self, parts: dict[str, Part], pools: dict[str, int]) -> int:
        return self.shared({name: self.content(part) for name, part in parts.items()}, pools)

    def content(self, part: Part) -> int:
        """The number of a part's records, whoever they belong to."""
        number = self._content_numbers.setdefault(frozenset(part.items()), len(self._contents))
        if number == len(self._contents):
            self._contents.append(part)
        return number

    def share(self, shared: Shared) -> int:
        """The number of what belongs to no owner."""
        number = self._shared_numbers.setdefault(shared, len(self._shared))
        if number == len(self._shared):
            self._shared.append(shared)
        return number

    def changed(self, number: int, outcome: Outcome) -> int:
        """The number of what is shared after an outcome."""
        if not (outcome.parts or outcome.pools):
            return number
        parts, pools = map(dict, self._shared[number])
        parts.update(outcome.parts)
        for pool, change in outcome.pools:
            pools[pool] += change
        return self.shared(parts, pools)

    def shared(self, parts: dict[str, int], pools: dict[str, int]) -> int:
        """The number of these shared parts, of which an empty one is none, and these pools."""
        kept = tuple((name, number) for name, number in sorted(parts.items()) if number)
        return self.share(Shared(kept, tuple(sorted(pools.items()))))

    # --- and back ------------------------------------------------------------------------------

    def held(self, number: int, name: str) -> Home:
        """What an owner of that name has under that number."""
        known = self._homes[number]
        if name not in known:
            old = next(iter(known))
            names, nodes, part = known[old]
            rename = self._names.rename
            known[name] = Home(
                rename(names, old, name),
                rename(nodes, old, name),
                Part((rename(key, old, name), rename(one, old, name)) for key, one in part.items()),
            )
        return known[name]

    def state(self, key: Key, order: Sequence[int] | None = None) -> State[W]:
        """The state of that key; `order` has for each place the owner that is meant by it."""
        order = order or range(len(self.owners))
        nodes: dict[int, Node] = {}
        for owner, number in zip(order, key[1:], strict=True):
            home = self.held(number, self.owners[owner])
            nodes.update(zip(self.tasks[owner], home.nodes, strict=True))
        in_order = tuple(nodes[task] for task in range(len(nodes)))
        return State(self.world(key, order), in_order, self._called)

    def world(self, key: Key, order: Sequence[int]) -> W:
        """The world of that state."""
        world = self.world_of(key[0])
        for owner, number in zip(order, key[1:], strict=True):
            name = self.owners[owner]
            part = self.held(number, name).part
            if part:
                world.parts[name] = part
        return world

    def alone(self, number: int, name: str) -> State[W]:
        """What an owner of that name has, as a state in which there is nothing else."""
        names, nodes, part = self.held(number, name)
        world = self._blank.copy()
        world.parts = {name: part} if part else {}
        # Whoever asks what lies there looks beyond the owner, and fails.
        world.pools = {}
        return State(world, nodes, names)

    def world_of(self, shared: int) -> W:
        """The world in which no owner has anything."""
        parts, pools = self._shared[shared]
        world = self._blank.copy()
        world.parts = {name: self._contents[number] for name, number in parts}
        world.pools = dict(pools)
        return world
