"""What is not known is no verdict: it neither holds nor heals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from ocallkit.claims.explored import Explored, within
from ocallkit.engine.exploration import Limits
from ocallkit.judging.matrix import Cell
from ocallkit.judging.verdict import Question
from ocallkit.reviewing.kinds import kinds
from ocallkit.reviewing.repairs import Repairs, repairs
from ocallkit.reviewing.trials import NOT_TRIED, Place, Trial, effect_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ocallkit.reviewing.subjects import Subject

HERE, THERE = Place("flow-1", "flow-1", 1, 1), Place("flow-2", "flow-2", 1, 1)
LEAK, LOCK = "no-shm-leak", "no-deadlock"


def trial(
    place: Place = HERE, *broken: str, finished: bool = True, empty: str = "", failed: str = ""
) -> Trial:
    """A trial in which some properties are violated."""
    holds = False if broken else None if empty or not finished else True
    ways = tuple((name, 3, f"line of {name}") for name in broken)
    threads, clients = place.size
    cell = Cell(place.scenario, "mine", threads, clients, holds, finished, 7, 9, 3, 0.0, ways)
    return Trial(place, None if failed else cell, empty, failed)


UNKNOWN = {
    "unfinished": trial(finished=False),
    "empty": trial(empty="no OCALL was pending"),
    "failed": trial(failed="it cannot be asked"),
    "not tried": Trial(HERE),
}


def tried(outcomes: dict[Place, Trial]) -> Repairs:
    """What comes of it where each change of `held-refs` has the same outcomes."""
    own = [trial(HERE, LEAK), trial(THERE)]

    def judge(asked: Sequence[tuple[Subject, Place]]) -> list[Trial]:
        return [outcomes[place] for _, place in asked]

    return repairs("held-refs", own, judge)


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_was_not_tried_to_its_end_says_nothing(name: str) -> None:
    """Of no property, and why is said."""
    one = UNKNOWN[name]
    assert (None, True) == (one.says(LEAK), bool(one.why))


def test_what_breaks_before_a_limit_is_broken() -> None:
    """The rest is not known."""
    one = trial(HERE, LEAK, finished=False)
    assert (False, None) == (one.says(LEAK), one.says(LOCK))


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_change_that_is_not_known_to_heal_heals_nothing(name: str) -> None:
    """More time may show it, where time was what was missing."""
    found = tried({HERE: UNKNOWN[name], THERE: trial(THERE)})
    assert () == found.found
    assert found.unknown == (found.tried if name in {"unfinished", "not tried"} else 0)


def test_a_change_that_heals_is_a_repair() -> None:
    """Where it breaks nothing else and leaves nothing unknown."""
    found = tried({HERE: trial(), THERE: trial(THERE)})
    assert (found.tried, 0) == (len(found.found), found.unknown)
    assert found.found[0] is found.nearest(("flow-1", LEAK))
    lines = [one.lines for one in found.found]
    assert sorted(lines) == lines


@pytest.mark.parametrize(
    ("there", "breaks", "unknown"),
    [
        (trial(THERE, LOCK), ((THERE, (LOCK,)),), ()),
        (trial(THERE, finished=False), (), (trial(THERE, finished=False),)),
    ],
)
def test_a_change_with_an_outcome_elsewhere_that_is_not_good_is_no_repair(
    there: Trial, breaks: tuple[object, ...], unknown: tuple[object, ...]
) -> None:
    """It is told with what it breaks, and what is not known."""
    found = tried({HERE: trial(), THERE: there})
    assert [(breaks, unknown)] * found.tried == [(one.breaks, one.unknown) for one in found.found]
    assert found.nearest(("flow-1", LEAK)) is None


def test_a_change_that_breaks_the_same_is_asked_no_further() -> None:
    """It heals nothing where the design breaks soonest."""
    assert () == tried({HERE: trial(HERE, LEAK)}).found


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_is_not_known_before_or_after_neither_broke_nor_healed(name: str) -> None:
    """The words say so."""
    for before, after in ((UNKNOWN[name], trial(HERE, LEAK)), (trial(HERE, LEAK), UNKNOWN[name])):
        effect = effect_of(before, after)
        assert ((), ()) == (effect.broke, effect.healed)
        assert (before.word, after.word) == (effect.before, effect.after)


def test_a_kind_is_new_only_where_the_parent_is_known_to_hold() -> None:
    """Not where nothing is known of it."""
    own = [trial(HERE, LEAK), trial(THERE, LEAK)]
    (kind,) = kinds(own, [UNKNOWN["unfinished"], trial(THERE)])
    assert ((HERE, THERE), (THERE,)) == (kind.where, kind.new)


def test_a_kind_is_new_where_the_parent_holds_one_of_its_properties() -> None:
    """A leak becomes a deadlock with a leak."""
    cell = trial(HERE, LOCK, LEAK).cell
    assert cell is not None
    one_way = msgspec.structs.replace(cell, broken=((LOCK, 3, "line"), (LEAK, 3, "line")))
    (kind,) = kinds([Trial(HERE, one_way)], [trial(HERE, LEAK)])
    assert ((LOCK, LEAK), (HERE,)) == (kind.properties, kind.new)


def test_a_cell_of_a_claim_is_not_tried_beyond_the_limits() -> None:
    """Half a cell says nothing; it can be asked again."""
    cell = Explored(Question("flow-1"))
    with within(Limits(states=1)), pytest.raises(RuntimeError, match="too large to be tried out"):
        cell.breaks(LEAK)
    assert not cell.breaks(LEAK)


def test_nothing_was_tried_without_time() -> None:
    """And that is said."""
    assert NOT_TRIED == Trial(HERE).why
