"""A world sees what is asked of it and what is changed there; a copy of it is another world."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ocallkit.engine.world import EVERYTHING, Footprint, World, part_of

if TYPE_CHECKING:
    from collections.abc import Callable

Kind = tuple[str, str, str]


def small() -> World:
    """Two owners with records, and a pool of two."""
    world = World({"slot": 2, "token": 0})
    for record in ("A.y", "A.x", "B", "B.x"):
        world.keep("number", record, record.lower())
    world.keep("colour", "A.x", "red")
    return world


def give(world: World, pool: str) -> str:
    """Give, and say so."""
    world.give(pool)
    return "given"


SEEN: dict[str, tuple[Callable[[World], Any], Any, list[Any], list[Kind]]] = {
    "find": (
        lambda w: w.find("number", "A.x"),
        "a.x",
        [("part", "A")],
        [("reads", "A", "number")],
    ),
    "find what is not there": (
        lambda w: w.find("number", "C.x"),
        None,
        [("part", "C")],
        [("reads", "C", "number")],
    ),
    "another kind": (
        lambda w: w.find("colour", "B"),
        None,
        [("part", "B")],
        [("reads", "B", "colour")],
    ),
    "all": (
        lambda w: w.all_of("number"),
        [("A.x", "a.x"), ("A.y", "a.y"), ("B", "b"), ("B.x", "b.x")],
        [EVERYTHING],
        [("reads", "*", "number")],
    ),
    "one's own": (
        lambda w: w.own("number", "A"),
        [("A.x", "a.x"), ("A.y", "a.y")],
        [("part", "A")],
        [("reads", "A", "number")],
    ),
    "nobody's": (
        lambda w: w.own("number", "C"),
        [],
        [("part", "C")],
        [("reads", "C", "number")],
    ),
    "keep": (
        lambda w: w.keep("number", "A.x", 1),
        None,
        [("part", "A")],
        [("writes", "A", "number")],
    ),
    "forget": (
        lambda w: w.forget("colour", "A.x"),
        None,
        [("part", "A")],
        [("writes", "A", "colour")],
    ),
    "take": (
        lambda w: w.take("slot"),
        True,
        [("enough", "slot", 1)],
        [("takes", "*", "slot")],
    ),
    "take two": (
        lambda w: (w.take("slot"), w.take("slot"), w.take("slot")),
        (True, True, False),
        [("enough", "slot", 1), ("enough", "slot", 2), ("enough", "slot", 3)],
        [("takes", "*", "slot")],
    ),
    "take where there is none": (
        lambda w: w.take("token"),
        False,
        [("enough", "token", 1)],
        [("takes", "*", "token")],
    ),
    "take and leave one": (
        lambda w: (w.take("slot", 1), w.take("slot", 1), w.take("slot")),
        (True, False, True),
        [("enough", "slot", 2), ("enough", "slot", 3)],
        [("takes", "*", "slot")],
    ),
    "take where one too few is left": (
        lambda w: w.take("slot", 2),
        False,
        [("enough", "slot", 3)],
        [("takes", "*", "slot")],
    ),
    "give and take, and leave what was given": (
        lambda w: (give(w, "token"), w.take("token", 1)),
        ("given", False),
        [("enough", "token", 1)],
        [("gives", "*", "token"), ("takes", "*", "token")],
    ),
    "give": (lambda w: w.give("slot"), None, [], [("gives", "*", "slot")]),
    "give and take it": (
        lambda w: (give(w, "token"), w.take("token")),
        ("given", True),
        [],
        [("gives", "*", "token"), ("takes", "*", "token")],
    ),
    "take and give it": (
        lambda w: (w.take("slot"), give(w, "slot"), w.take("slot")),
        (True, "given", True),
        [("enough", "slot", 1)],
        [("takes", "*", "slot"), ("gives", "*", "slot")],
    ),
    "count": (
        lambda w: w.count("slot"),
        2,
        [("count", "slot")],
        [("counts", "*", "slot")],
    ),
}
"""What is done, what it gives, and what is seen of it: the questions and the kinds of records."""


@pytest.mark.parametrize("which", SEEN)
def test_what_is_done_is_seen(which: str) -> None:
    """In its order; and where nobody looks it gives the same."""
    does, gives, asked, kinds = SEEN[which]
    assert gives == does(small())
    world = small()
    world.seen = seen = Footprint(world.pools)
    assert gives == does(world)
    assert (asked, kinds) == ([*seen.asked], [*seen.kinds])


@pytest.mark.parametrize("which", SEEN)
def test_a_copy_is_another_world(which: str) -> None:
    """What is done to it is seen by who looks at either, and done to it alone."""
    world, before = small(), small()
    copy = world.copy()
    assert copy.key() == world.key() == before.key()
    SEEN[which][0](copy)
    assert before.key() == world.key()
    changes = any(how in {"writes", "gives", "takes"} for how, _, _ in SEEN[which][3])
    same = which in {
        "take where there is none",
        "take where one too few is left",
        "give and take it",
    }
    assert changes == (copy.key() != world.key()) or same


def test_what_pools_hold_is_counted() -> None:
    """One less for each that was taken, one more for each that was given."""
    world = small()
    world.take("slot")
    world.give("token")
    world.give("token")
    assert {"slot": 1, "token": 2} == world.pools
    world.take("slot")
    assert not world.take("slot")
    assert 0 == world.count("slot")


def test_a_part_goes_with_its_last_record() -> None:
    """A world in which somebody had something is as one in which nobody ever had."""
    world = World()
    world.keep("number", "A.x", 1)
    world.keep("number", "A.y", 2)
    world.forget("number", "A.x")
    assert [("A.y", 2)] == world.all_of("number")
    world.forget("number", "A.y")
    assert (World().key(), {}) == (world.key(), world.parts)
    with pytest.raises(KeyError):
        world.forget("number", "A.y")


def test_what_is_kept_takes_the_place_of_what_was_there() -> None:
    """Under the same kind and id."""
    world = small()
    world.keep("number", "A.x", 5)
    assert (5, "red") == (world.find("number", "A.x"), world.find("colour", "A.x"))


def test_a_world_can_become_another() -> None:
    """With its records and what its pools hold."""
    world, other = World({"slot": 9}), small()
    world.become(other)
    assert other.key() == world.key()


def test_equal_worlds_have_equal_keys() -> None:
    """Whatever came first; another value, owner or pool makes another key."""
    one, other = World({"slot": 1}), World({"slot": 1})
    for world, records in ((one, "AB"), (other, "BA")):
        for record in records:
            world.keep("number", record, 1)
    assert one.key() == other.key()
    other.keep("number", "B", 2)
    assert one.key() != other.key()
    taken = one.copy()
    taken.take("slot")
    assert one.key() != taken.key()


@pytest.mark.parametrize(("record", "part"), [("A", "A"), ("A.m", "A"), ("A.0.1", "A"), ("", "")])
def test_a_record_belongs_to_the_name_before_its_first_dot(record: str, part: str) -> None:
    """Its own, if there is none."""
    assert part == part_of(record)
