"""What is known of a system's steps: each is taken once for each thing that it can depend on.

What belongs to one task - where its program stands, and its part of the world - has one number,
the same for two tasks that have the same but for their names.  A state is a tuple of such numbers
behind one for everything else.  What a step does is kept under its task's number and the answers
to what it asked of the rest: first the answer to its first question, then to the next, and so on,
since which question comes next depends on nothing else.

That tasks are alike is found out: each step is taken under the name of every task, and where that
makes a difference, `NotAlikeError` says that none may stand for another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from ocallkit.engine.names import Names
from ocallkit.engine.program import Blocked, Choose, Node, ProgramError, take, wrong
from ocallkit.engine.system import State, System, options
from ocallkit.engine.world import EVERYTHING, NOTHING, Footprint, Part, Question, World

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

W = TypeVar("W", bound=World)

Key = tuple[int, ...]
"""A state: the number of what is shared, then for each place the number of what one task has."""


REPEATED = 4
"""Takings of each step that are repeated, where a system's tasks are not alike."""


class NotAlikeError(Exception):
    """A step does not do the same under another task's name, or reaches into another task's part."""


class MeetError(Exception):
    """It was just found out that tasks meet where it was taken that they do not."""


class Outcome(NamedTuple):
    """One way on from a step: what its task has after it, and what it changed of the rest.

    `others` are (place, number), `parts` (name, number) of shared parts, `pools` (name, change).
    """

    step: str
    option: str
    home: int
    others: tuple[tuple[int, int], ...]
    parts: tuple[tuple[str, int], ...]
    pools: tuple[tuple[str, int], ...]


class Leaf(NamedTuple):
    """What a step comes to: nothing if it has to wait or its program has ended.

    `asked` is what it asked of the rest, `rests` that it only waits unless a fault happens,
    `done` that there is no step.
    """

    outcomes: tuple[Outcome, ...] = ()
    asked: tuple[Question, ...] = ()
    rests: bool = False
    done: bool = False


class Branch(NamedTuple):
    """A question, and what is known behind each answer to it."""

    question: Question
    ways: dict[Hashable, Any]


class Shared(NamedTuple):
    """What belongs to no task: the numbers of the shared parts, and what lies in the pools."""

    parts: tuple[tuple[str, int], ...]
    pools: tuple[tuple[str, int], ...]


class Parts(Generic[W]):
    """Every part that was met and every step that was taken, each under its number.

    With `alike` what tasks have is told without their names.  Without `memory` every step is taken
    again each time.  `met` are the names of tasks whose part another task has touched, `counted`
    the pools that somebody has counted; `kinds` has for each step what it reads and writes,
    `taken` the names of the options that were taken.
    """

    def __init__(self, system: System[W], *, alike: bool, memory: bool = True) -> None:
        self.tasks = system.tasks
        self.alike = alike
        self.met: set[str] = set()
        self.counted: set[str] = set()
        self.kinds: dict[str, dict[tuple[str, str, str], None]] = {}
        self.taken: set[str] = set()
        self._repeated: dict[str, int] = {}
        self._memory = memory
        self._names = Names(system.start.nodes[0].programs)
        self._blank = system.start.world.copy()
        self._blank.parts = {}
        self._home_numbers: dict[Hashable, int] = {}
        self._homes: list[dict[str, tuple[Node, Part]]] = []
        self._content_numbers: dict[Hashable, int] = {frozenset(): 0}
        self._contents: list[Part] = [NOTHING]
        self._shared_numbers: dict[Shared, int] = {}
        self._shared: list[Shared] = []
        self._known: dict[Hashable, Any] = {}
        self.start = self._start(system)

    # --- numbers -------------------------------------------------------------------------------

    def _start(self, system: System[W]) -> Key:
        state, parts = system.start, system.start.world.parts
        homes = [
            self.home(name, node, parts.get(name, NOTHING))
            for name, node in zip(self.tasks, state.nodes, strict=True)
        ]
        rest = {name: part for name, part in parts.items() if name not in self.tasks}
        return (self._share(rest, state.world.pools), *homes)

    def home(self, name: str, node: Node, part: Part) -> int:
        """The number of what a task has."""
        if self.alike:
            records = frozenset(self._names.strip((*key, value), name) for key, value in part.items())
            content: Hashable = (self._names.strip(node, name), records)
        else:
            content = (name, node, frozenset(part.items()))
        number = self._home_numbers.setdefault(content, len(self._homes))
        if number == len(self._homes):
            self._homes.append({})
        self._homes[number].setdefault(name, (node, part))
        return number


    def _share(self, parts: dict[str, Part], pools: dict[str, int]) -> int:
        numbers = tuple((name, self.content(part)) for name, part in sorted(parts.items()) if part)
        return self.share(Shared(numbers, tuple(sorted(pools.items()))))

    def content(self, part: Part) -> int:
        """The number of a part's records, whoever they belong to."""
        number = self._content_numbers.setdefault(frozenset(part.items()), len(self._contents))
        if number == len(self._contents):
            self._contents.append(part)
        return number

    def share(self, shared: Shared) -> int:
        """The number of what belongs to no task."""
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
        kept = tuple((name, part) for name, part in sorted(parts.items()) if part)
        return self.share(Shared(kept, tuple(sorted(pools.items()))))

    # --- and back ------------------------------------------------------------------------------

    def held(self, number: int, name: str) -> tuple[Node, Part]:
        """What a task of that name has under that number."""
        known = self._homes[number]
        if name not in known:
            old = next(iter(known))
            node, part = known[old]
            rename = self._names.rename
            known[name] = (
                rename(node, old, name),
                Part((rename(key, old, name), rename(one, old, name)) for key, one in part.items()),
            )
        return known[name]

    def state(self, key: Key, order: Sequence[int] | None = None) -> State[W]:
        """The state of that key; `order` has for each place the task that is meant by it."""
        world = self._world(key[0])
        nodes: list[Any] = [None] * len(self.tasks)
        for task, number in zip(order or range(len(self.tasks)), key[1:], strict=False):
            nodes[task], part = self.held(number, self.tasks[task])
            if part:
                world.parts[self.tasks[task]] = part
        return State(world, tuple(nodes))

    def alone(self, number: int, name: str) -> State[W]:
        """What a task of that name has, as a state in which there is nothing else."""
        node, part = self.held(number, name)
        world = self._blank.copy()
        world.parts = {name: part} if part else {}
        return State(world, (node,))

    def _world(self, shared: int) -> W:
        parts, pools = self._shared[shared]
        world = self._blank.copy()
        world.parts = {name: self._contents[number] for name, number in parts}
        world.pools = dict(pools)
        return world

    # --- steps ---------------------------------------------------------------------------------

    def leaf(self, key: Key, place: int) -> Leaf:
        """What the step of the task at that place of a state comes to."""
        at = self._known.get(key[place + 1])
        while type(at) is Branch:
            at = at.ways.get(self._answer(at.question, key))
        if at is None or not self._memory:
            return self._learn(key, place)
        leaf: Leaf = at
        return leaf

    def _answer(self, question: Question, key: Key) -> Hashable:
        what, *of = question
        parts, pools = self._shared[key[0]]
        if what == "enough":
            return dict(pools)[of[0]] >= of[1]
        if what == "count":
            return dict(pools)[of[0]]
        if question == EVERYTHING:
            return key
        name = of[0]
        return key[1 + self.tasks.index(name)] if name in self.tasks else dict(parts).get(name, 0)

    def reaches(self, leaf: Leaf) -> bool:
        """Whether a step depends on what another task has, or changes it."""
        return EVERYTHING in leaf.asked or bool(self._reached(leaf))

    def after(self, key: Key, place: int, outcome: Outcome) -> Key:
        """The state after an outcome, each task still at its place."""
        after = [self.changed(key[0], outcome), *key[1:]]
        after[place + 1] = outcome.home
        for other, number in outcome.others:
            after[other + 1] = number
        return tuple(after)

    def leaves(self, number: int) -> Iterator[Leaf]:
        """All that is known of the step of a task that has that number."""
        pending = [self._known[number]] if number in self._known else []
        for at in pending:
            if type(at) is Branch:
                pending += at.ways.values()
            else:
                yield at

    def leaf_with(self, number: int, pool: str, holds: int) -> Leaf:
        """What that step comes to where a pool holds so much, and all else is as at the start."""
        parts, pools = self._shared[self.start[0]]
        shared = Shared(parts, tuple(sorted({**dict(pools), pool: holds}.items())))
        place = 0 if self.alike else self.tasks.index(next(iter(self._homes[number])))
        key = [self.share(shared), *self.start[1:]]
        key[place + 1] = number
        return self.leaf(tuple(key), place)

    def _learn(self, key: Key, place: int) -> Leaf:
        """Take a step, and take it again: under every name, or to see that it does the same."""
        number = key[place + 1]
        name = next(iter(self._homes[number]))
        leaf = self._take(key, number, name)
        for other in self._again(name, leaf):
            if self._take(key, number, other) == leaf:
                continue
            if other != name:
                raise NotAlikeError(name, other)
            node, _ = self.held(number, name)
            raise wrong(
                node.program,
                f"its step {node.step[0].__name__} did something else when it was taken again:"
                " a step may depend on nothing but the world",
            )
        known, at = self._known, number
        for question in leaf.asked:
            branch = known.setdefault(at, Branch(question, {}))
            known, at = branch.ways, self._answer(question, key)
        known[at] = leaf
        self._note_meetings(leaf)
        return leaf

    def _again(self, name: str, leaf: Leaf) -> list[str]:
        """The names under which a step is taken once more.

        With one task only, there are no others: then some of each step's takings are repeated, so
        that one which hangs on more than the world is noticed; what rests on names needs them all.
        """
        if self.alike:
            return [other for other in self.tasks if other != name]
        step = leaf.outcomes[0].step if leaf.outcomes else ""
        self._repeated[step] = self._repeated.get(step, 0) + 1
        return [name] if self._repeated[step] <= REPEATED else []

    def _note_meetings(self, leaf: Leaf) -> None:
        """Whose part, and which pool, is not for its owner alone; raises MeetError if that is new."""
        touched = set(self.tasks) if EVERYTHING in leaf.asked else self._reached(leaf)
        counted = {of[0] for what, *of in leaf.asked if what == "count"}
        if not (touched <= self.met and counted <= self.counted):
            self.met |= touched
            self.counted |= counted
            raise MeetError

    def _reached(self, leaf: Leaf) -> set[str]:
        """The tasks into whose parts a step of another reaches; what it changes it has asked for."""
        asked = {of[0] for what, *of in leaf.asked if what == "part"}
        return asked & set(self.tasks)

    def _take(self, key: Key, number: int, name: str) -> Leaf:
        """Take the step of a task of that name, in a world that sees what it asks."""
        node, part = self.held(number, name)
        if node.done:
            return Leaf(done=True)
        world = self._world(key[0]) if self.alike else self.state(key).world
        world.parts = {**world.parts, name: part} if part else world.parts
        world.seen = seen = Footprint(world.pools)
        try:
            outcomes, rests = self._outcomes(key, name, node, world)
        except ProgramError as error:
            # Where others are left out, a step may fail for want of what they have.
            if self.alike and len(self.tasks) > 1:
                raise NotAlikeError(name) from error
            raise
        kinds = self.kinds.setdefault(node.step[0].__name__, {})
        kinds.update(dict.fromkeys(self._whose(name, *kind) for kind in seen.kinds))
        asked = tuple(question for question in seen.asked if question != ("part", name))
        leaf = Leaf(outcomes, asked, rests)
        if self.alike and (EVERYTHING in asked or self._reached(leaf)):
            raise NotAlikeError(name)
        return leaf

    def _whose(self, name: str, how: str, part: str, kind: str) -> tuple[str, str, str]:
        """One thing that a step does, told without the name of anybody."""
        if part == name:
            return how, "own", kind
        return how, "another's" if part in self.tasks else "shared", kind

    def _outcomes(
        self, key: Key, name: str, node: Node, world: W
    ) -> tuple[tuple[Outcome, ...], bool]:
        """The ways on from a step, none if it has to wait; and whether it waits but for faults."""
        parts, pools = dict(world.parts), dict(world.pools)
        try:
            result = take(node, world)
        except Blocked:
            return (), False
        found = []
        for way in options(result):
            if way.resort:
                continue
            self.taken.add(way.name)
            chosen = world.copy()
            if way.effect is not None:
                way.effect(chosen)
            home = self.home(name, node.after(way.value), chosen.parts.get(name, NOTHING))
            changed = {
                one: part
                for one in sorted({*parts, *chosen.parts} - {name})
                if (part := chosen.parts.get(one, NOTHING)) != parts.get(one, NOTHING)
            }
            others = tuple(
                (place, self._with_part(key[place + 1], task, changed[task]))
                for place, task in enumerate(self.tasks)
                if task in changed
            )
            shared = tuple(
                (one, self.content(part))
                for one, part in changed.items()
                if one not in self.tasks
            )
            moved = tuple(
                (pool, left - pools[pool])
                for pool, left in sorted(chosen.pools.items())
                if left != pools[pool]
            )
            found.append(Outcome(node.step[0].__name__, way.name, home, others, shared, moved))
        return tuple(found), type(result) is Choose and result.unless is not None

    def _with_part(self, number: int, name: str, part: Part) -> int:
        """The number of what another task has once its part is `part`; it stands where it stood."""
        if self.alike:
            raise NotAlikeError(name)
        return self.home(name, self.held(number, name)[0], part)
