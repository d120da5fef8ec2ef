"""One ioctl at a time in a session is what a CA with several threads needs besides."""

from __future__ import annotations

import pytest

from ocallkit import judge
from ocallkit.designs import HeldRefsPreRelease
from ocallkit.lesson.ex_13 import Semaphore

SEVERAL = (
    "two-threads-one-session",
    "closes-session-from-another-thread",
    "inherited-session",
)


@pytest.mark.long
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
