"""What a task can do while the others stay where they are, and the argument about their number.

Tasks meet in pools only, and never for the lack of something, if no step asks for more of what is
not its own than whether a pool holds enough, and none that finds too little goes on.  Both are read
off the footprints of an exploration, the second by trying each such step with too little.

Then leaving a task out of a run disturbs nobody: whatever the others did they can still do, since
the pools hold as much as before or more.  From that follows, for pools that hold T things in all:

- What breaks in one task's own part breaks with that task alone.
- Where nothing can happen any more, each task has ended, or waits for what only itself could
  change, or waits at an empty pool.  Take a task that something is wrong with, and, if it waits at
  a pool, those that hold what is missing there: T tasks at most.  All the others can be left out,
  and still none of these can move.  So with T + 1 tasks everything goes wrong that ever can.
- If each task alone can always come to an end, so can all together: let any of them go on along its
  shortest way while one can.  Each step brings one nearer to its end and none farther away, so
  there is a last one; then each has ended, or waits at a pool, and nothing can happen any more.

It concerns checks of one task's part, and checks of ends that hold for all tasks if they hold for
each together with those that it waits for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from ocallkit.engine.back import leading_to
from ocallkit.engine.numbers import Key
from ocallkit.engine.world import World

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from ocallkit.engine.parts import Parts
    from ocallkit.engine.results import Way

W = TypeVar("W", bound=World)

MOST = 300_000
"""States among which a shortest way is sought; where there are more, any way has to do."""

Known = dict[Key, tuple[Key, "Way"] | None]
"""The states that were reached: of each the one before it, and the move from there."""


def meets_in_pools(parts: Parts[W], numbers: Collection[int]) -> bool:
    """Whether tasks meet in pools only, and never for the lack of something."""
    if parts.met or parts.counted:
        return False
    for number in sorted(numbers):
        for leaf in parts.leaves(number):
            if any(question[0] != "enough" for question in leaf.asked):
                return False
            if any(one.parts or one.others for one in leaf.outcomes):
                return False
    return True


def shortest(
    parts: Parts[W], wanted: Collection[tuple[int, int]], *, apart: bool
) -> tuple[Way, ...] | None:
    """The fewest moves after which the task at a place has a number; `wanted` are number and place.

    Every move is tried by itself; with `apart` each task moves alone.  Nothing where that is too
    much to try.
    """
    every = range(len(parts.tasks))
    ways = []
    for places in [[place] for place in every] if apart else [[*every]]:
        known: Known = {}
        for key, _ in walk(parts, places, known):
            if any((key[place + 1], place) in wanted for place in places):
                ways.append(path(known, key))
                break
            if len(known) > MOST:
                break
    return min(ways, key=len, default=None)


def stuck(
    parts: Parts[W], groups: Sequence[Sequence[int]], *, limited: bool = False
) -> tuple[Way, ...] | None:
    """The fewest moves after which nothing leads to an end any more, if there are any.

    Every move is tried by itself, and in each of `groups` the tasks at its places alone move.
    If it is `limited`, nothing where that is too much to try.
    """
    ways = []
    for places in groups:
        known: Known = {}
        before: dict[Key, list[Key]] = {}
        good = []
        for key, afters in walk(parts, places, known):
            leaves = (parts.leaf(key, place) for place in places)
            if all(leaf.rests or not leaf.outcomes for leaf in leaves):
                good.append(key)
            for after in afters:
                before.setdefault(after, []).append(key)
            if limited and len(known) > MOST:
                return None
        bad = known.keys() - leading_to(good, before)
        ways += [path(known, next(key for key in known if key in bad))] if bad else []
    return min(ways, key=len, default=None)


def walk(parts: Parts[W], places: Sequence[int], known: Known) -> Iterator[tuple[Key, list[Key]]]:
    """Every state that the tasks at `places` can reach, nearest first, and what follows it."""
    known[parts.start] = None
    for key in (pending := [parts.start]):
        afters = []
        for place in places:
            for one in parts.leaf(key, place).outcomes:
                after = parts.after(key, place, one)
                afters.append(after)
                if after not in known:
                    known[after] = key, (place, one.step, one.option)
                    pending.append(after)
        yield key, afters


def path(known: Known, key: Key) -> tuple[Way, ...]:
    """The moves that lead to a state."""
    moves: list[Way] = []
    while (before := known[key]) is not None:
        key, move = before
        moves.append(move)
    return tuple(reversed(moves))
