"""What an owner can do while the others stay where they are, and the argument about their number.

Owners meet in pools only, and never for the lack of something, if no step asks for more of what is
not its own than whether a pool holds enough, none that finds too little goes on, and none has ever
put more into a pool than it has taken.  All is read off the footprints of an exploration, the
second by trying each such step with too little.  How much is enough may be more than is taken: who
leaves some asks for these as well.

Then leaving an owner out of a run, with all its tasks, disturbs nobody: whatever the others did
they can still do, since the pools hold as much as before or more.  From that follows, for pools
that hold T things in all:

- What breaks in one owner's own part breaks with that owner alone.
- Where nothing can happen any more, each task has ended, or waits for what only its owner could
  change, or waits at a pool that holds too little.  Take an owner that something is wrong with, and
  all that hold anything: T owners at most.  All the others hold nothing and can be left out; the
  pools then hold as much as before, and still none of these can move.  So with T + 1 owners
  everything goes wrong that ever can.
- The same is so where no way leads to such an end.  Go on until every state is met again and again,
  and take an owner that still moves, and all that hold anything in one of these states.  Had these
  a way to an end without the others, they could go it beside them, and none of them would move
  again: the others hold nothing, and put nothing back.
- If each task is an owner and can always come to an end alone, so can all together: let any of them
  go on along its shortest way while one can.  Each step brings one nearer to its end and none
  farther away, so there is a last one; then each has ended, or waits at a pool, and nothing can
  happen any more.  Of two tasks of one owner, one may wait there and the other go round for ever
  until it comes.  An owner of several tasks that never comes back to where it was alone does not in
  company; where one does, all owners are tried together.

It concerns checks of one owner's part, and checks of ends that hold for all owners if they hold for
each together with those that it waits for.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, TypeVar

from ocallkit.engine.back import leading_to
from ocallkit.engine.laps import at_rest, outcomes
from ocallkit.engine.numbers import Key
from ocallkit.engine.world import World

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from ocallkit.engine.exploration import Way
    from ocallkit.engine.parts import Parts

W = TypeVar("W", bound=World)

MOST = 300_000
"""States among which a shortest way is sought; where there are more, any way has to do."""

Known = dict[Key, tuple[Key, "Way"] | None]
"""The states that were reached: of each the one before it, and the move from there."""


def meets_in_pools(parts: Parts[W], numbers: Collection[int]) -> bool:
    """Whether owners meet in pools only, and never for the lack of something."""
    if parts.met or parts.counted:
        return False
    for number in sorted(numbers):
        for leaf in parts.learnt(number):
            if any(question[0] != "enough" for question in leaf.asked):
                return False
            if any(one.parts or one.others for one in leaf.outcomes):
                return False
    return not any(gives_more(parts, pool) for pool in parts.world_of(parts.start[0]).pools)


def gives_more(parts: Parts[W], pool: str) -> bool:
    """Whether some owner can have put more into a pool than it has taken out: others live on it."""
    most = dict.fromkeys(parts.start[1:], 0)
    for number in (pending := [*most]):
        for one in outcomes([*parts.learnt(number)]):
            given = most[number] + dict(one.pools).get(pool, 0)
            if given > 0:
                return True
            if one.home not in most or given > most[one.home]:
                most[one.home] = given
                pending.append(one.home)
    return False


def end_apart(parts: Parts[W]) -> bool:
    """Whether all can come to an end if each owner alone can, where owners meet in pools only."""
    return all(len(own) == 1 or comes_never_back(parts, at) for at, own in enumerate(parts.tasks))


def comes_never_back(parts: Parts[W], place: int) -> bool:
    """Whether the owner at a place, alone, never comes to where it was."""
    after = dict(walk(parts, [place], {}))
    met = Counter(one for some in after.values() for one in some)
    # Who is led to by nothing that is left is no part of a round.
    pending = [key for key in after if not met[key]]
    for key in pending:
        for one in after[key]:
            met[one] -= 1
            if not met[one]:
                pending.append(one)
    return len(pending) == len(after)


def shortest(
    parts: Parts[W], wanted: Collection[tuple[int, int]], *, apart: bool
) -> tuple[Way, ...] | None:
    """The fewest moves after which the owner at a place has a number; `wanted` has both.

    Every move is tried by itself; with `apart` each owner moves alone.  Nothing where that is too
    much to try.
    """
    every = range(len(parts.owners))
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

    Every move is tried by itself, and in each of `groups` the owners at its places alone move.
    If it is `limited`, nothing where that is too much to try.
    """
    ways = []
    for places in groups:
        known: Known = {}
        before: dict[Key, list[Key]] = {}
        good = []
        for key, afters in walk(parts, places, known):
            if all(at_rest(parts.leaves(key, place)) for place in places):
                good.append(key)
            for after in afters:
                before.setdefault(after, []).append(key)
            if limited and len(known) > MOST:
                return None
        bad = known.keys() - leading_to(good, before)
        ways += [path(known, next(key for key in known if key in bad))] if bad else []
    return min(ways, key=len, default=None)


def walk(parts: Parts[W], places: Sequence[int], known: Known) -> Iterator[tuple[Key, list[Key]]]:
    """Every state that the owners at `places` can reach, nearest first, and what follows it."""
    known[parts.start] = None
    for key in (pending := [parts.start]):
        afters = []
        for place in places:
            for one in outcomes(parts.leaves(key, place)):
                after = parts.after(key, place, one)
                afters.append(after)
                if after not in known:
                    known[after] = key, parts.way(place, one.step)
                    pending.append(after)
        yield key, afters


def path(known: Known, key: Key) -> tuple[Way, ...]:
    """The moves that lead to a state."""
    moves: list[Way] = []
    while (before := known[key]) is not None:
        key, move = before
        moves.append(move)
    return tuple(reversed(moves))
