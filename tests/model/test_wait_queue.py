"""The sleep and the wake-up of a secure thread are two RPCs, and the wake-up may come first."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import pytest

from ocallkit import judge
from ocallkit.designs import Ecall
from ocallkit.engine.explore import explore
from ocallkit.engine.looks import Looks
from ocallkit.judging.assembly import build
from ocallkit.model.exit import close_one
from ocallkit.model.wait_queue import ASLEEP, complete
from ocallkit.model.waiting import NOBODY, who_waits
from ocallkit.scenarios import Scenario, Threads, asking_ta, serve, with_memory

if TYPE_CHECKING:
    from ocallkit.engine import State, Steps
    from ocallkit.model.config import Client
    from ocallkit.model.world import SecureThread, World


class Lossy(Ecall):
    """A driver that keeps no wake-up for who is not asleep yet."""

    name: ClassVar[str] = "lossy"

    def wq_wakeup(self, world: World, thread: SecureThread) -> None:
        """Nobody there: lost."""
        if thread.sleep == ASLEEP:
            complete(world, thread)


def test_a_wake_up_that_overtakes_its_sleep_is_kept() -> None:
    """A's invocation ends while B's call, which found the TA busy, has not gone to sleep yet."""
    assert "holds" == judge("shared-instance", "ecall", faults=()).outcome


def test_where_it_is_lost_the_call_of_another_ca_sleeps_for_ever() -> None:
    """The TA is free, and nobody will wake it again."""
    verdict = judge("shared-instance", Lossy, faults=())
    assert "no-deadlock" in verdict.broken
    slept = verdict.violation("no-deadlock").run
    waits = {(wait.whom, wait.why) for wait in who_waits(slept.system, slept.state)}
    assert (NOBODY, "its wake-up was lost: the TA is free") in waits
    functions = [step.function for step in slept.steps]
    assert functions.index("wq_wakeup") < functions.index("wq_sleeps")


def closes_the_memory(client: Client) -> Steps:
    """A thread that closes the memory of the other's invocation."""
    yield from close_one(client, "A.memref")


CLOSED_BESIDE = Scenario(
    "closed-beside",
    "an OCALL in whose invocation another thread closes the memory that was passed",
    Threads((with_memory(("memref",), serve), closes_the_memory)),
    asking_ta,
)


def no_release_sleeps_in_vain(state: State[World]) -> bool:
    """Nobody sleeps for a memory object that nobody uses."""
    world = state.world
    waited_for = [one.waits for one in world.threads.values() if one.waits.startswith("MOBJ")]
    return all(world.mobjs[name.removeprefix("MOBJ ")].refs > 0 for name in waited_for)


@pytest.mark.long
def test_so_does_the_release_of_a_memory_that_its_last_user_gave_up() -> None:
    """The invocation ends while the release of its memory has not gone to sleep yet."""
    found = {}
    for design in (Lossy, Ecall):
        system = build(CLOSED_BESIDE, design, faults=())
        found[design.name] = explore(system, Looks(at_end={"sleeps": no_release_sleeps_in_vain}))
    assert {"lossy": 1, "ecall": 0} == {name: len(one.found) for name, one in found.items()}
    assert all(one.finished for one in found.values())
