"""A world in parts, which sees what each step reads of it and what it changes.

A record's id begins with the name of the part that it belongs to: ``A.memref`` is in part ``A``.
Things that are all alike and of which only the number counts lie in pools.  What a step asks of
the world is noted as questions, in the order in which it asks them: what it does depends on their
answers, on its own part, and on nothing else.  Everything that the explorer leaves out rests on
these notes; nothing about a step is ever declared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from ocallkit.brief import brief

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

Key = tuple[str, str]
"""A record's kind and its id."""


class Part(dict[Key, Any]):
    """The records that belong to one owner; replaced, never changed."""

    __slots__ = ("_kinds",)

    _kinds: dict[str, list[tuple[str, Any]]]

    def of_kind(self, kind: str) -> list[tuple[str, Any]]:
        """Those of one kind with their ids, in whose order equal parts show the same."""
        try:
            return self._kinds.get(kind, [])
        except AttributeError:
            self._kinds = {}
            for of_kind, record in sorted(self):
                self._kinds.setdefault(of_kind, []).append((record, self[of_kind, record]))
            return self._kinds.get(kind, [])


NOTHING = Part()

Question = tuple[Any, ...]
"""``("part", name)``: what is in it; ``("all",)``: what is in any; ``("count", pool)``: how many
lie there; ``("enough", pool, n)``: whether at least n do."""

EVERYTHING: Question = ("all",)


def part_of(record: str) -> str:
    """The part to which the record of that id belongs.

    >>> part_of("A.memref"), part_of("A")
    ('A', 'A')
    """
    return record.partition(".")[0]


class Footprint:
    """What one step asks of a world and what it changes there, in its order.

    `asked` are the questions, `kinds` the kinds of records behind them as (how, part, kind), where
    how is ``reads`` or ``writes``, or of a pool ``takes``, ``gives`` or ``counts``; `pools` is how
    full the pools were.
    """

    __slots__ = ("asked", "kinds", "pools")

    def __init__(self, pools: Mapping[str, int]) -> None:
        self.asked: dict[Question, None] = {}
        self.kinds: dict[tuple[str, str, str], None] = {}
        self.pools = dict(pools)

    def notes(self, question: Question, how: str, part: str, kind: str) -> None:
        """The step asks `question`, which concerns records of `kind` in `part`."""
        self.asked[question] = None
        self.kinds[how, part, kind] = None


class World:
    """Records in parts, and pools; a copy shares what neither of the two has changed.

    >>> world = World({"thread": 2})
    >>> world.keep("memory", "A.memref", 1)
    >>> world.seen = Footprint(world.pools)
    >>> world.find("memory", "A.memref"), world.find("memory", "B.memref"), world.take("thread")
    (1, None, True)
    >>> list(world.seen.asked)
    [('part', 'A'), ('part', 'B'), ('enough', 'thread', 1)]
    """

    __slots__ = ("parts", "pools", "seen")

    def __init__(self, pools: Mapping[str, int] | None = None) -> None:
        self.parts: dict[str, Part] = {}
        self.pools: dict[str, int] = dict(pools or {})
        self.seen: Footprint | None = None

    def copy(self) -> Self:
        """A world that can be changed without changing this one."""
        new = object.__new__(type(self))
        new.parts = dict(self.parts)
        new.pools = dict(self.pools)
        new.seen = self.seen
        return new

    def key(self) -> Hashable:
        """The same value for equal worlds, another for different ones."""
        parts = frozenset((name, frozenset(part.items())) for name, part in self.parts.items())
        return parts, frozenset(self.pools.items())

    def become(self, other: Self) -> None:
        """Be as `other` is."""
        self.parts, self.pools = other.parts, other.pools

    def find(self, kind: str, record: str) -> Any:
        """The record of that kind and id, or nothing."""
        name = part_of(record)
        if self.seen is not None:
            self.seen.notes(("part", name), "reads", name, kind)
        part = self.parts.get(name)
        return part.get((kind, record)) if part is not None else None

    def all_of(self, kind: str) -> list[tuple[str, Any]]:
        """Every record of that kind with its id; who asks depends on every part that there is."""
        if self.seen is not None:
            self.seen.notes(EVERYTHING, "reads", "*", kind)
        if len(self.parts) == 1:
            return next(iter(self.parts.values())).of_kind(kind)
        parts = [self.parts[name] for name in sorted(self.parts)]
        return [one for part in parts for one in part.of_kind(kind)]

    def own(self, kind: str, owner: str) -> list[tuple[str, Any]]:
        """Every record of that kind in the part of `owner`, with its id."""
        if self.seen is not None:
            self.seen.notes(("part", owner), "reads", owner, kind)
        return self.parts.get(owner, NOTHING).of_kind(kind)

    def keep(self, kind: str, record: str, value: Any) -> None:
        """Keep `value` under that id, in place of what was there."""
        part = Part(self._changes(kind, record))
        part[kind, record] = value
        self.parts[part_of(record)] = part

    def forget(self, kind: str, record: str) -> None:
        """Forget the record of that id; raises KeyError if there is none."""
        part = Part(self._changes(kind, record))
        del part[kind, record]
        name = part_of(record)
        self.parts[name] = part
        if not part:
            del self.parts[name]

    def _changes(self, kind: str, record: str) -> Part:
        # What is left of the part stays as it was: a change depends on the part as a reading does.
        name = part_of(record)
        if self.seen is not None:
            self.seen.notes(("part", name), "writes", name, kind)
        return self.parts.get(name, NOTHING)

    def take(self, pool: str, leave: int = 0) -> bool:
        """Take one thing out of a pool; false if no more than `leave` lie there."""
        left = self.pools[pool]
        if self.seen is not None:
            needed = self.seen.pools[pool] - left + leave + 1
            self.seen.kinds["takes", "*", pool] = None
            if needed > 0:
                self.seen.asked["enough", pool, needed] = None
        if left > leave:
            self.pools[pool] = left - 1
        return left > leave

    def give(self, pool: str) -> None:
        """Put one thing back into a pool."""
        if self.seen is not None:
            self.seen.kinds["gives", "*", pool] = None
        self.pools[pool] += 1

    def count(self, pool: str) -> int:
        """How many things lie in a pool; who asks is disturbed by everybody who takes or gives."""
        if self.seen is not None:
            self.seen.notes(("count", pool), "counts", "*", pool)
        return self.pools[pool]

    def __repr__(self) -> str:
        return brief(
            self, f"{sum(map(len, self.parts.values()))} records in {len(self.parts)} parts"
        )
