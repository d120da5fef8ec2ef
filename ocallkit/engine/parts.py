"""What is known of a system's steps: each is taken once for each thing that it can depend on.

What a step does is kept under the number of what its owner has and the answers to what it asked of
the rest: first the answer to its first question, then to the next, and so on, since which question
comes next depends on nothing else.

That owners are alike is found out: each step is taken under the name of every owner, and where that
makes a difference, `NotAlikeError` says that none may stand for another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from ocallkit.engine.numbers import Home, Key, Numbers, Outcome, moved
from ocallkit.engine.program import Blocked, Choose, ProgramError, take, wrong
from ocallkit.engine.system import System, nodes_after, options
from ocallkit.engine.world import EVERYTHING, NOTHING, Footprint, Part, Question, World

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from ocallkit.engine.program import Node

W = TypeVar("W", bound=World)

REPEATED = 2
"""Takings of each step that are repeated, where a system's owners are not alike."""


class NotAlikeError(Exception):
    """A step does not do the same under another owner's name, or reaches into another's part."""


class MeetError(Exception):
    """It was just found out that owners meet where it was taken that they do not."""


class Leaf(NamedTuple):
    """What a step comes to: nothing if it has to wait or its program has ended.

    `asked` is what it asked of the rest, `rests` that it only waits unless a fault happens.
    """

    outcomes: tuple[Outcome, ...] = ()
    asked: tuple[Question, ...] = ()
    rests: bool = False


class Branch(NamedTuple):
    """A question, and what is known behind each answer to it."""

    question: Question
    ways: dict[Hashable, Any]


class Parts(Numbers[W]):
    """What the steps of a system come to.

    Without `memory` every step is taken again each time.  `met` are the owners whose part another
    one's step has touched, `counted` the pools whose count decides something; `kinds` has for
    each step what it reads and writes, `taken` the names of the options that were taken,
    `learned` how many different steps there were.
    """

    def __init__(self, system: System[W], *, alike: bool, memory: bool = True) -> None:
        super().__init__(system, alike=alike)
        self.met: set[str] = set()
        self.counted: set[str] = set()
        self.kinds: dict[str, dict[tuple[str, str, str], None]] = {}
        self.taken: set[str] = set()
        self.learned = 0
        self._repeated: dict[str, int] = {}
        self._memory = memory
        self._known: list[dict[Hashable, Any]] = [{} for _ in range(max(map(len, self.tasks)))]
        self._siblings = [range(len(tasks)) for tasks in self.tasks]

    def leaves(self, key: Key, place: int) -> list[Leaf]:
        """What the steps of the tasks of the owner at that place of a state come to."""
        return [self._leaf(key, place, sibling) for sibling in self._siblings[place]]

    def _leaf(self, key: Key, place: int, sibling: int) -> Leaf:
        """What the step of one of them comes to."""
        at = self._known[sibling].get(key[place + 1])
        while type(at) is Branch:
            at = at.ways.get(self._answer(at.question, key))
        if at is None or not self._memory:
            return self._learn(key, place, sibling)
        leaf: Leaf = at
        return leaf

    def _answer(self, question: Question, key: Key) -> int | Key:
        parts, pools = self._shared[key[0]]
        match question:
            case "enough", pool, enough:
                return int(dict(pools)[pool] >= enough)
            case "count", pool:
                return dict(pools)[pool]
            case "part", name if name in self.owners:
                return key[1 + self.owners.index(name)]
            case "part", name:
                return dict(parts).get(name, 0)
            case _:
                return key

    def reaches(self, leaf: Leaf) -> bool:
        """Whether a step depends on what another owner has, or changes it."""
        return bool(self._reached(leaf))

    def after(self, key: Key, place: int, outcome: Outcome) -> Key:
        """The state after an outcome, each owner still at its place."""
        shared = self.changed(key[0], outcome)
        return moved(key, place, outcome.home, shared, outcome.others)

    def learnt(self, number: int) -> Iterator[Leaf]:
        """All that is known of the steps of an owner that has that number."""
        pending = [known[number] for known in self._known if number in known]
        for at in pending:
            if type(at) is Branch:
                pending += at.ways.values()
            else:
                yield at

    def _learn(self, key: Key, place: int, sibling: int) -> Leaf:
        """Take a step, and take it again: under every name, or to see that it does the same."""
        number = key[place + 1]
        name = next(iter(self._homes[number]))
        leaf = self._take(key, number, name, sibling)
        for other in self._again(name, leaf):
            if self._take(key, number, other, sibling) == leaf:
                continue
            if other != name:
                raise NotAlikeError(name, other)
            raise self._fickle(self.held(number, name).nodes[sibling])
        # Whoever is to begin again because of it has not learned it.
        self._note_meetings(leaf, key, place, sibling)
        known: dict[Hashable, Any] = self._known[sibling]
        at: Hashable = number
        for question in leaf.asked:
            branch = known.setdefault(at, Branch(question, {}))
            if type(branch) is not Branch or branch.question != question:
                raise self._fickle(self.held(number, name).nodes[sibling])
            known, at = branch.ways, self._answer(question, key)
        self.learned += known.get(at) is None
        known[at] = leaf
        return leaf

    @staticmethod
    def _fickle(node: Node) -> ProgramError:
        """The error that a step has which hangs on more than the world."""
        return wrong(
            node.program,
            f"its step {node.step[0].__name__} did something else when it was taken again:"
            " a step may depend on nothing but the world",
        )

    def _again(self, name: str, leaf: Leaf) -> list[str]:
        """The names under which a step is taken once more.

        With one owner only, there are no others: then some of each step's takings are repeated, so
        that one which hangs on more than the world is noticed; what rests on names needs them all.
        """
        if self.alike:
            return [other for other in self.owners if other != name]
        step = leaf.outcomes[0].step[1] if leaf.outcomes else ""
        self._repeated[step] = self._repeated.get(step, 0) + 1
        return [name] if self._repeated[step] <= REPEATED else []

    def _note_meetings(self, leaf: Leaf, key: Key, place: int, sibling: int) -> None:
        """Whose part, and which pool, is not for its owner alone; raises MeetError if that is new.

        A step that goes on where a pool holds too little counts it.  Whether it does is tried: the
        others may give back before it is met with too little.
        """
        touched = self._reached(leaf)
        counted = {of[0] for what, *of in leaf.asked if what == "count"}
        for question in leaf.asked:
            if question[0] == "enough" and self._answer(question, key):
                _, pool, enough = question
                few = self._with_so_few(key, pool, enough - 1)
                if self._leaf(few, place, sibling).outcomes:
                    counted.add(pool)
        if not (touched <= self.met and counted <= self.counted):
            self.met |= touched
            self.counted |= counted
            raise MeetError

    def _with_so_few(self, key: Key, pool: str, few: int) -> Key:
        """A state in which all is as in another, but for what a pool holds."""
        parts, pools = self._shared[key[0]]
        return (self.shared(dict(parts), {**dict(pools), pool: few}), *key[1:])

    def _reached(self, leaf: Leaf) -> set[str]:
        """The owners into whose parts another's step reaches; what it changes it has asked for."""
        if EVERYTHING in leaf.asked:
            return set(self.owners)
        asked = {of[0] for what, *of in leaf.asked if what == "part"}
        return asked & set(self.owners)

    def _take(self, key: Key, number: int, name: str, sibling: int) -> Leaf:
        """Take the step of a task of that owner, in a world that sees what it asks."""
        home = self.held(number, name)
        node, part = home.nodes[sibling], home.part
        if node.done:
            return Leaf()
        alone = self.alike or len(self.owners) == 1
        world = self.world_of(key[0]) if alone else self.world(key, range(len(key) - 1))
        world.parts = {**world.parts, name: part} if part else world.parts
        world.seen = seen = Footprint(world.pools)
        try:
            outcomes, rests = self._outcomes(key, number, name, sibling, world)
        except ProgramError as error:
            # Where others are left out, a step may fail for want of what they have.
            if self.alike:
                raise NotAlikeError(name) from error
            raise
        kinds = self.kinds.setdefault(node.step[0].__name__, {})
        kinds.update(dict.fromkeys(self._whose(name, *kind) for kind in seen.kinds))
        asked = tuple(question for question in seen.asked if question != ("part", name))
        leaf = Leaf(outcomes, asked, rests)
        if self.alike and self._reached(leaf):
            raise NotAlikeError(name)
        return leaf

    def _whose(self, name: str, how: str, part: str, kind: str) -> tuple[str, str, str]:
        """One thing that a step does, told without the name of anybody."""
        if part == name:
            return how, "own", kind
        return how, "another's" if part in self.owners else "shared", kind

    def _outcomes(
        self, key: Key, number: int, name: str, sibling: int, world: W
    ) -> tuple[tuple[Outcome, ...], bool]:
        """The ways on from a step, none if it has to wait; and whether it waits but for faults."""
        home, kind = self.held(number, name), self._kinds[number]
        before, node = world.copy(), home.nodes[sibling]
        try:
            result = take(node, world)
        except Blocked:
            return (), False
        found = []
        for way in options(result):
            if way.resort:
                continue
            self.taken.add(way.name)
            chosen = world
            if way.effect is not None:
                chosen = world.copy()
                way.effect(chosen)
            nodes = nodes_after(home.nodes, home.names, sibling, way)
            now = Home(home.names, nodes, chosen.parts.get(name, NOTHING))
            after = self.home(name, now, kind)
            step = sibling, node.step[0].__name__, way.name
            others, parts = self._elsewhere(key, name, before, chosen)
            pools = () if chosen.pools == before.pools else _refilled(before.pools, chosen.pools)
            found.append(Outcome(step, after, others, parts, pools))
        return tuple(found), type(result) is Choose and result.unless is not None

    def _elsewhere(
        self, key: Key, name: str, before: W, after: W
    ) -> tuple[tuple[tuple[int, int], ...], tuple[tuple[str, int], ...]]:
        """What a step of an owner has changed in the parts of others, and in shared ones."""
        others, parts = [], []
        for one in sorted({*before.parts, *after.parts} - {name}):
            old, new = before.parts.get(one, NOTHING), after.parts.get(one, NOTHING)
            if old is new or old == new:
                continue
            if one in self.owners:
                place = self.owners.index(one)
                others.append((place, self._with_part(key[place + 1], one, new)))
            else:
                parts.append((one, self.content(new)))
        return tuple(others), tuple(parts)

    def _with_part(self, number: int, name: str, part: Part) -> int:
        """The number of what another has once its part is `part`; its tasks stand as before."""
        if self.alike:
            raise NotAlikeError(name)
        return self.home(name, self.held(number, name)._replace(part=part), self._kinds[number])


def _refilled(before: dict[str, int], after: dict[str, int]) -> tuple[tuple[str, int], ...]:
    """How much more lies in each pool than before."""
    return tuple(
        (pool, left - before[pool]) for pool, left in sorted(after.items()) if left != before[pool]
    )
