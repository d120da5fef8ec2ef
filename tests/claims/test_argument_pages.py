"""How many contexts the driver's pages keep: found by trying everything."""

from __future__ import annotations

import pytest

from ocallkit import replay
from ocallkit.claims.argument_pages import most_leaked


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(("clients", "contexts"), [(1, 0), (2, 1), (3, 2), (4, 3)])
def test_as_many_contexts_leak_as_calls_at_a_time_but_one(
    clients: int, contexts: int, threads: int
) -> None:
    """A page is there; a call that waits for a secure thread has its own: threads do not count."""
    assert contexts == most_leaked(clients, threads=threads).contexts


@pytest.mark.parametrize("clients", [1, 2, 3, 4])
def test_a_context_of_the_drivers_own_cures_it(clients: int) -> None:
    """Then the pages are charged to nobody who ends."""
    assert (0, "") == most_leaked(clients, pages="driver")


def test_the_run_of_four_leaves_three_with_a_count_of_one() -> None:
    """As it was seen under Linux 6.1; their sessions stay open, and the fourth's is closed."""
    world = replay(most_leaked(4).token).world
    counts = sorted((context.refs, context.freed) for context in world.contexts.values())
    assert [(0, True), (1, False), (1, False), (1, False)] == counts
    assert [False, True, True, True] == sorted(one.open for one in world.sessions.values())
