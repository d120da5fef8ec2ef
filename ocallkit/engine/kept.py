"""The states that an exploration keeps: how near each is, and how it was reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ocallkit.engine.back import leading_to

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ocallkit.engine.exploration import Way
    from ocallkit.engine.laps import Follow, Lap
    from ocallkit.engine.numbers import Key, Step


class Reached(NamedTuple):
    """How a state is reached: its fewest steps; from which one, by the lap of whom.

    The one at the start has none before it.
    """

    distance: int
    before: Key | None = None
    place: int = 0
    lap: Lap | None = None


class Kept(dict["Key", Reached]):
    """Of each state how it is reached; `waiting` has, by their distance, those to be visited."""

    def __init__(self, follow: Follow[Any]) -> None:
        super().__init__()
        self._follow = follow
        self.waiting: dict[int, list[Key]] = {}

    def keep(self, key: Key, reached: Reached) -> None:
        """Remember how a state is reached; it is to be visited."""
        self[key] = reached
        self.waiting.setdefault(reached.distance, []).append(key)

    def path(self, key: Key) -> tuple[Way, ...]:
        """The moves to a state."""
        return self._told(self._steps(key)[0])

    def _told(self, steps: Iterable[tuple[int, Step]]) -> tuple[Way, ...]:
        """Steps of owners as moves of their tasks."""
        way = self._follow.parts.way
        return tuple(way(owner, step) for owner, step in steps)

    def _steps(self, key: Key) -> tuple[list[tuple[int, Step]], list[int]]:
        """The steps to a state, each with its owner, and who stands at each of its places then."""
        edges = []
        at: Key | None = key
        while at is not None:
            _, before, place, lap = self[at]
            if before is not None and lap is not None:
                edges.append((before, place, lap))
            at = before
        owners, path = list(range(len(key) - 1)), []
        for before, place, lap in reversed(edges):
            path += [(owners[place], step) for step in lap.way]
            owners = self._follow.places_after(before, place, lap, owners)
        return path, owners

    def path_as(self, key: Key, order: tuple[int, ...]) -> tuple[Way, ...]:
        """The moves to a state, by the owners that `order` means by its places."""
        path, owners = self._steps(key)
        called = dict(zip(owners, order, strict=True))
        return self._told((called[owner], step) for owner, step in path)

    def path_to(self, number: int, first: int, place: int) -> tuple[Way, ...]:
        """The moves after which the owner at a place has a number, as it was met first."""
        key, mover, way = self._follow.witness[number, first]
        path, owners = self._steps(key)
        path += [(owners[mover], step) for step in way]
        # Of alike owners any may be the one that moves; who is changed by another stands for none.
        alike = mover in self._follow.members[first]
        swap = {owners[mover]: place, place: owners[mover]} if alike else {}
        return self._told((swap.get(owner, owner), step) for owner, step in path)

    def stuck(self) -> tuple[Way, ...] | None:
        """The way to a state from which none leads to an end, found by going back from the ends."""
        before: dict[Key, list[Key]] = {}
        good = []
        for key in self:
            steps = self._follow.next(key)
            if all(laps.rests for _, laps in steps):
                good.append(key)
            for place, laps in steps:
                for _, after in self._follow.after(key, place, laps):
                    before.setdefault(after, []).append(key)
        bad = self.keys() - leading_to(good, before)
        return self.path(min(bad, key=lambda key: (self[key][0], key))) if bad else None
