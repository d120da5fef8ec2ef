"""What the lesson on the first CA after boot shows."""

from __future__ import annotations

from ocallkit import run
from ocallkit.lesson.boot import CLOSED, at_once, beside, counts, first_and_second


def test_the_first_run_has_one_more_rpc_and_ends_at_one() -> None:
    """From the allocation on the count is higher by one."""
    lines = [
        line.rsplit(maxsplit=2) for line in str(first_and_second(run("cold-boot"))).splitlines()
    ]
    assert ["RPC/Argument Alloc", "1", "-"] in lines
    assert ["RPC/Load TA", "2", "1"] in lines
    assert [CLOSED, "1", "0"] == lines[-1]


def test_messages_that_one_run_lacks_have_no_count_there() -> None:
    """Those of the same name belong together from the end."""
    first = [("open", 1), ("alloc", 1), ("resume", 2), ("load", 2), ("resume", 2)]
    second = [("open", 1), ("load", 1), ("resume", 1)]
    expected = [
        ("open", "1", "1"),
        ("alloc", "1", "-"),
        ("resume", "2", "-"),
        ("load", "2", "1"),
        ("resume", "2", "1"),
    ]
    assert expected == beside(first, second)


def test_a_run_is_over_when_its_file_is_closed() -> None:
    """What the same process does later belongs to another run."""
    found = run("cold-boot")
    assert [(CLOSED, 1), (CLOSED, 0)] == [counts(found, name)[-1] for name in ("A", "A.2")]


def test_all_but_one_of_those_that_call_at_once_lose_their_context() -> None:
    """The page that was there is charged to nobody."""
    for clients in (1, 2, 4):
        left = [context.id for context in at_once(clients).world.contexts.values() if context.refs]
        assert list("BCD"[: clients - 1]) == left


def test_none_is_lost_where_the_driver_pays() -> None:
    """The switch is handed on."""
    world = at_once(4, argument_pages="driver").world
    assert all(context.freed for context in world.contexts.values() if not context.drivers)
