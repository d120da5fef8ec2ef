"""The states that an exploration keeps: how near each is, and how it was reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ocallkit.engine.back import leading_to

if TYPE_CHECKING:
    from ocallkit.engine.laps import Follow, Lap
    from ocallkit.engine.numbers import Key
    from ocallkit.engine.results import Way


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

    def path(self, key: Key) -> tuple[tuple[Way, ...], list[int]]:
        """The moves to a state, and for each of its places the task that stands there then."""
        edges = []
        at: Key | None = key
        while at is not None:
            _, before, place, lap = self[at]
            if before is not None and lap is not None:
                edges.append((before, place, lap))
            at = before
        tasks, path = list(range(len(key) - 1)), []
        for before, place, lap in reversed(edges):
            path += [(tasks[place], step, option) for step, option in lap.way]
            tasks = self._follow.places_after(before, place, lap, tasks)
        return tuple(path), tasks

    def path_as(self, key: Key, order: tuple[int, ...]) -> tuple[Way, ...]:
        """The moves to a state, by the tasks that `order` means by its places."""
        path, tasks = self.path(key)
        called = dict(zip(tasks, order, strict=True))
        return tuple((called[task], step, option) for task, step, option in path)

    def path_to(self, number: int, first: int, place: int) -> tuple[Way, ...]:
        """The moves after which the task at a place has a number, as it was met first."""
        key, mover, way = self._follow.witness[number, first]
        path, tasks = self.path(key)
        path += tuple((tasks[mover], step, option) for step, option in way)
        # Of alike tasks any may be the one that moves.
        swap = {tasks[mover]: place, place: tasks[mover]}
        return tuple((swap.get(task, task), step, option) for task, step, option in path)

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
        return self.path(min(bad, key=lambda key: (self[key][0], key)))[0] if bad else None
