"""One ioctl at a time in a session is what a CA with several threads needs besides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ocallkit import judge
from ocallkit.designs import HeldRefsPreRelease
from ocallkit.engine import Blocked
from ocallkit.model import optee

if TYPE_CHECKING:
    from ocallkit.engine import Steps
    from ocallkit.model.config import Client
    from ocallkit.model.world import World


def down(world: World, client: Client) -> None:
    """Take the session's semaphore, or wait for it."""
    name = f"{client.session}.sem"
    if world.value_of(name):
        raise Blocked(f"{client.task} waits for the semaphore of {client.session}", "its holder")
    world.keeps(name, client.task)


def up(world: World, client: Client) -> None:
    """Give it back."""
    world.keeps(f"{client.session}.sem", None)


class Semaphore(HeldRefsPreRelease):
    """The posted driver's semaphore, which an ioctl of a session and its close have in turn."""

    name = "semaphore"

    def enters(self, client: Client) -> Steps:
        """Wait for whoever is in the session."""
        yield down, client

    def leaves(self, client: Client) -> Steps:
        """Let the next one in."""
        yield up, client

    def close_session(self, client: Client) -> Steps:
        """Wait for whoever is in the session, and cancel what it has left pending."""
        yield down, client
        yield from optee.cancel_session(client)
        yield up, client


SEVERAL = (
    "two-threads-one-session",
    "closes-session-from-another-thread",
    "inherited-session",
)


@pytest.mark.parametrize("scenario", SEVERAL)
def test_without_it_a_kill_leaves_a_thread_in_secure_world_for_ever(scenario: str) -> None:
    """Who waits there for the other's invocation keeps its process from ending."""
    assert "no-deadlock" in judge(scenario, HeldRefsPreRelease, threads=2).broken


@pytest.mark.parametrize("scenario", [*SEVERAL, "closes-context-from-another-thread"])
def test_with_it_the_design_holds_for_several_threads(scenario: str) -> None:
    """Nobody waits in secure world for a thread of its own process."""
    verdict = judge(scenario, Semaphore, threads=2)
    assert ((), True) == (verdict.broken, verdict.holds)


def test_with_it_the_design_still_holds_for_one_thread() -> None:
    """Which never waits for itself."""
    verdict = judge("flow-2-memref", Semaphore, threads=2)
    assert ((), 39) == (verdict.broken, verdict.exploration.states)
