"""What an exploration looks for, and what it has seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ocallkit.engine.apart import end_apart, shortest, stuck
from ocallkit.engine.exploration import Found
from ocallkit.engine.system import State
from ocallkit.engine.world import NOTHING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from ocallkit.engine.exploration import Way
    from ocallkit.engine.kept import Kept
    from ocallkit.engine.laps import Follow
    from ocallkit.engine.numbers import Key
    from ocallkit.engine.program import Node

    Check = Callable[[State[Any]], bool]
    Observe = Callable[[State[Any]], Hashable | None]


class Looks(NamedTuple):
    """What is looked for; each by the name under which it is reported.

    `each` and `notes` are checks and observations of one owner alone, `always` and `observe`
    of whole states, `at_end` and `at_rest` of those in which nothing happens but what is a fault.
    A check of ends is asked under every assignment of names, unless it is marked `nameless`; so is
    an observation, until one that is marked shows nothing.
    `finish` names the check that every state can come to such an end.
    """

    each: Mapping[str, Check] = {}
    notes: Mapping[str, Observe] = {}
    always: Mapping[str, Check] = {}
    observe: Mapping[str, Observe] = {}
    at_end: Mapping[str, Check] = {}
    at_rest: Mapping[str, Observe] = {}
    finish: str = ""


class Watched(State[Any]):
    """A state that notices whether anybody looks which tasks it has, and where they stand."""

    looked = False

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Where each task stands."""
        self.looked = True
        return self[1]

    @property
    def tasks(self) -> tuple[str, ...]:
        """What the tasks are called."""
        self.looked = True
        return self[2]


class Seen:
    """What was found and observed so far."""

    def __init__(self, looks: Looks, follow: Follow[Any], kept: Kept) -> None:
        self._looks = looks
        self._follow = follow
        self._parts = follow.parts
        self._kept = kept
        self.found: dict[str, Found] = {}
        self.observed: dict[str, set[Hashable]] = {
            name: set() for name in (*looks.notes, *looks.observe, *looks.at_rest)
        }

    def look(self, key: Key) -> None:
        """Check and observe a whole state."""
        if not (self._looks.always or self._looks.observe):
            return
        state = self._parts.state(key)
        for name, observe in self._looks.observe.items():
            self._note(name, observe(state))
        for name, check in self._looks.always.items():
            if name not in self.found and not check(state):
                self.found[name] = Found(name, self._kept.path(key))

    def look_at_end(self, key: Key) -> None:
        """Check and observe a state in which nothing happens, whichever owner is meant by which."""
        asked = {n: check for n, check in self._looks.at_end.items() if n not in self.found}
        seen = dict(self._looks.at_rest)
        if not (asked or seen):
            return
        for order in self._follow.assignments(key):
            state = self._parts.state(key, order)
            for name, observe in list(seen.items()):
                found = observe(state)
                self._note(name, found)
                if found is None and getattr(observe, "nameless", False):
                    del seen[name]
            for name, check in list(asked.items()):
                good = check(state)
                if not good:
                    self.found[name] = Found(name, self._kept.path_as(key, order))
                if not good or getattr(check, "nameless", False):
                    del asked[name]
            if not (asked or seen):
                return

    def look_at_each(self, *, apart: bool) -> None:
        """Check and observe all that each owner ever had, and find shortest ways to what is bad.

        With `apart` those are ways of one owner alone.
        """
        parts, looks, members = self._parts, self._looks, self._follow.members
        bad: dict[str, set[tuple[int, int]]] = {name: set() for name in looks.each}
        known: dict[tuple[str, int], Any] = {}
        for number, first in sorted(self._follow.witness) if looks.each or looks.notes else ():
            for place in members[first]:
                state = parts.alone(number, parts.owners[place])
                records = parts.content(state.world.parts.get(parts.owners[place], NOTHING))
                for name, look in (*looks.notes.items(), *looks.each.items()):
                    seen = known.get((name, records), state)
                    if seen is state:
                        watched = Watched(*state)
                        seen = look(watched)
                        if not watched.looked:
                            known[name, records] = seen
                    if name in looks.notes:
                        self._note(name, seen)
                    elif not seen:
                        bad[name].add((number, place))
        for name, wanted in bad.items():
            if wanted:
                way = shortest(parts, wanted, apart=apart)
                self.found[name] = Found(name, self._any_way(wanted) if way is None else way)

    def look_for_rounds(self, *, apart: bool) -> None:
        """Check that everything can come to an end; with `apart` it is enough if each task can."""
        name, parts = self._looks.finish, self._parts
        if apart and end_apart(parts):
            way = stuck(parts, [[place] for place in self._follow.members])
        elif (way := self._kept.stuck()) is not None:
            # Local steps that were taken at once may have nothing to do with it.
            shorter = stuck(parts, [range(len(parts.owners))], limited=True)
            way = way if shorter is None else shorter
        if name and way is not None:
            self.found[name] = Found(name, way)

    def _any_way(self, wanted: set[tuple[int, int]]) -> tuple[Way, ...]:
        """The shortest of the ways on which what is wanted was met."""
        first = {place: one for one, places in self._follow.members.items() for place in places}
        ways = (self._kept.path_to(number, first[place], place) for number, place in sorted(wanted))
        return min(ways, key=len)

    def _note(self, name: str, seen: Hashable | None) -> None:
        if seen is not None:
            self.observed[name].add(seen)
