"""What can follow a state: one step of an owner, and its local steps behind it, as one lap."""

from __future__ import annotations

from itertools import pairwise, permutations, product
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from ocallkit.engine.back import leading_to
from ocallkit.engine.numbers import Key, Step, moved
from ocallkit.engine.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ocallkit.engine.numbers import Outcome
    from ocallkit.engine.parts import Leaf, Parts

W = TypeVar("W", bound=World)


Steps = tuple[Step, ...]
"""Steps of one owner."""

At = tuple[int, int]
"""What an owner has, and what is shared, by their numbers."""

Witness = tuple[Key, int, Steps]
"""Where something was met first: behind which state, at which place, after which steps."""


class Lap(NamedTuple):
    """Some steps of one owner: how many, what it and the rest have after them, and their names."""

    cost: int
    home: int
    shared: int
    others: tuple[tuple[int, int], ...] = ()
    way: Steps = ()


class Laps(NamedTuple):
    """Everything that an owner can do next, and whether it rests: its tasks wait, or have ended."""

    rests: bool
    laps: tuple[Lap, ...]


class Follow(Generic[W]):
    """Finds what follows a state.

    `witness` has, by its number and the place of the first of those owners that may stand for each
    other, all that an owner was seen to have: the state from which it was met first, the place of
    who moved, and how.  `members` has the places of those owners, by the first.  With `local` the
    local steps of an owner are taken at once.  Without `memory` nothing is kept.
    """

    def __init__(self, parts: Parts[W], *, local: bool, memory: bool) -> None:
        self.parts = parts
        self._local = local
        self._memory = memory
        self._starting = {parts.start}
        self._laps: dict[At, Laps] = {}
        self._chains: dict[At, tuple[Lap, ...]] = {}
        self._trapped: set[int] = set()
        self._classes = alike_places(parts)
        first = {place: places[0] for places in self._classes for place in places}
        self._first = [first.get(place, place) for place in range(len(parts.owners))]
        self.members: dict[int, list[int]] = {one: [] for one in self._first}
        for place, one in enumerate(self._first):
            self.members[one].append(place)
        self.witness: dict[tuple[int, int], Witness] = {
            (number, self._first[place]): (parts.start, place, ())
            for place, number in reversed([*enumerate(parts.start[1:])])
        }
        self._all_alike = any(len(places) == len(parts.owners) for places in self._classes)
        sooner = {later: one for places in self._classes for one, later in pairwise(places)}
        self._sooner = [sooner.get(place, -1) for place in range(len(parts.owners))]

    def next(self, key: Key) -> list[tuple[int, Laps]]:
        """What each owner can do; at the start, the local steps of one owner alone come first."""
        if key in self._starting:
            for place in range(len(key) - 1):
                chain = self._chain(key, place, (key, place, ()))
                if chain[0].cost:
                    laps = Laps(rests=False, laps=chain)
                    self._starting.update(after for _, after in self.after(key, place, laps))
                    return [(place, laps)]
        known, shared = self._laps, key[0]
        return [
            (place, known.get((number, shared)) or self._learn(key, place))
            for place, number in enumerate(key[1:])
        ]

    def after(self, key: Key, place: int, laps: Laps) -> Iterator[tuple[Lap, Key]]:
        """The state after each lap of an owner; none for who does what a twin before it does."""
        sooner = self._sooner[place]
        if sooner >= 0 and key[sooner + 1] == key[place + 1]:
            return
        before, behind = key[1 : place + 1], key[place + 2 :]
        for lap in laps.laps:
            if self._all_alike:
                yield lap, (lap.shared, *sorted((*before, lap.home, *behind)))
            else:
                there = moved_to(key, place, lap)
                yield lap, self._in_order(there) if self._classes else there

    def _in_order(self, key: Key) -> Key:
        numbers = list(key)
        for places in self._classes:
            have = sorted(key[place + 1] for place in places)
            for place, number in zip(places, have, strict=True):
                numbers[place + 1] = number
        return tuple(numbers)

    def places_after(self, key: Key, place: int, lap: Lap, owners: list[int]) -> list[int]:
        """Who stands at each place after a lap, where `owners` stood there before it."""
        there, after = moved_to(key, place, lap), list(owners)
        for places in self._classes:
            in_order = sorted(places, key=lambda one: there[one + 1])
            for one, who in zip(places, in_order, strict=True):
                after[one] = owners[who]
        return after

    def assignments(self, key: Key) -> Iterator[tuple[int, ...]]:
        """For each place the owner that is meant by it, in every way that makes a difference."""
        met = set()
        for ways in product(*map(permutations, self._classes)):
            order = list(range(len(key) - 1))
            for places, meant in zip(self._classes, ways, strict=True):
                for place, owner in zip(places, meant, strict=True):
                    order[place] = owner
            which = tuple(sorted(zip(order, key[1:], strict=True)))
            if which not in met:
                met.add(which)
                yield tuple(order)

    # --- learning ------------------------------------------------------------------------------

    def _learn(self, key: Key, place: int) -> Laps:
        """What the owner at a place can do: one step of each task, and the local ones behind it."""
        leaves, laps = self.parts.leaves(key, place), []
        for one in outcomes(leaves):
            way: Steps = (one.step,)
            for other, number in one.others:
                self.witness.setdefault((number, self._first[other]), (key, place, way))
            for lap in self._chain(self.parts.after(key, place, one), place, (key, place, way)):
                whole = (*way, *lap.way)
                laps.append(Lap(1 + lap.cost, lap.home, lap.shared, one.others, whole))
        found = Laps(at_rest(leaves), tuple(laps))
        if self._memory and not any(map(self.parts.reaches, leaves)):
            self._laps[key[place + 1], key[0]] = found
        return found

    def _chain(self, key: Key, place: int, origin: Witness) -> tuple[Lap, ...]:
        """The ends of the local steps of one owner alone, from what it has in a state.

        `origin` is how it came there.
        """
        at = key[place + 1], key[0]
        chain = self._chains.get(at)
        if chain is None:
            chain = self._follow(key, place, origin)
            if self._memory:
                self._chains[at] = chain
        return chain

    def _follow(self, key: Key, place: int, origin: Witness) -> tuple[Lap, ...]:
        """Every end of a chain, nearest first; where none can be reached, wherever it comes."""
        start = Lap(0, key[place + 1], key[0])
        found: dict[At, Lap] = {(start.home, start.shared): start}
        before: dict[At, list[At]] = {}
        ends = []
        for lap in (pending := [start]):
            at = lap.home, lap.shared
            first = lap.home, self._first[place]
            if first not in self.witness:
                self.witness[first] = (*origin[:2], (*origin[2], *lap.way))
            there = moved_to(key, place, lap)
            leaves = self.parts.leaves(there, place)
            if not self._is_local(leaves, there, place):
                ends.append(at)
                continue
            for one in outcomes(leaves):
                after = one.home, self.parts.changed(lap.shared, one)
                before.setdefault(after, []).append(at)
                if after not in found:
                    found[after] = Lap(lap.cost + 1, *after, (), (*lap.way, one.step))
                    pending.append(found[after])
        good = leading_to(ends, before)
        trapped = [at for at in found if at not in good]
        self._trapped.update(home for home, _ in trapped)
        near = self._nearest(ends, found, key, place) if len(self.parts.tasks[place]) > 1 else ends
        return tuple(found[at] for at in (*near, *trapped))

    def _nearest(self, ends: list[At], found: dict[At, Lap], key: Key, place: int) -> list[At]:
        """The ends that are not reached just as soon through another one.

        Where one of several tasks has come to what is not local, the others' steps still lead from
        there to what was an end besides; whoever goes to that one first comes to all of them.
        """
        later = set()
        for at in ends:
            for leaf in self.parts.leaves(moved_to(key, place, found[at]), place):
                for one in () if leaf.asked else leaf.outcomes:
                    after = one.home, self.parts.changed(at[1], one)
                    if after in found and found[after].cost == found[at].cost + 1:
                        later.add(after)
        return [at for at in ends if at not in later]

    def _is_local(self, leaves: Sequence[Leaf], key: Key, place: int) -> bool:
        """Whether the steps of an owner may happen before anybody else moves."""
        parts = self.parts
        return (
            self._local
            and not at_rest(leaves)
            and key[place + 1] not in self._trapped
            and parts.owners[place] not in parts.met
            and not any(leaf.asked for leaf in leaves)
            and not any(
                one.parts or any(pool in parts.counted for pool, _ in one.pools)
                for one in outcomes(leaves)
            )
        )


def outcomes(leaves: Sequence[Leaf]) -> list[Outcome]:
    """Every way on from some steps."""
    return [one for leaf in leaves for one in leaf.outcomes]


def at_rest(leaves: Sequence[Leaf]) -> bool:
    """Whether an owner rests whose tasks' steps come to this."""
    return all(leaf.rests or not leaf.outcomes for leaf in leaves)


def moved_to(key: Key, place: int, lap: Lap) -> Key:
    """The state after a lap, each owner still at its place."""
    return moved(key, place, lap.home, lap.shared, lap.others)


def alike_places(parts: Parts[W]) -> tuple[tuple[int, ...], ...]:
    """The places whose owners may stand for each other: those that begin alike."""
    places: dict[int, list[int]] = {}
    for place, number in enumerate(parts.start[1:]):
        places.setdefault(number, []).append(place)
    return tuple(tuple(some) for some in places.values() if parts.alike and some[1:])
