"""The driver is shut down or unloaded: what it waits for, and what it gives back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ocallkit import judge, run
from ocallkit.designs import DESIGNS
from ocallkit.judging.tokens import replay
from ocallkit.model.events import Message
from ocallkit.model.shutdown import optee_enable_shm_cache, optee_remove, optee_shutdown
from ocallkit.model.waiting import who_waits
from ocallkit.scenarios import Scenario, plain_ta
from ocallkit.scenarios.boot import exits_with_open_session

if TYPE_CHECKING:
    from ocallkit.engine import Steps
    from ocallkit.model.config import Client

WAITING = ("ecall-bare", "held-refs")
"""Designs that cancel when the context's count is zero, and not before."""


@pytest.mark.parametrize("design", DESIGNS)
def test_a_shutdown_waits_for_the_client_of_a_pending_ocall(design: str) -> None:
    """All threads have to be free (EBUSY); an OCALL that is never answered is no deadlock."""
    verdict = judge("shutdown", design, faults=("never-answers",))
    assert (True, ("CA A",)) == (verdict.holds, verdict.waits)


@pytest.mark.long
@pytest.mark.parametrize("design", DESIGNS)
def test_a_shutdown_ends_when_the_client_dies_unless_its_context_is_kept(design: str) -> None:
    """A count that the cache keeps from zero leaves the OCALL pending, and the machine up."""
    assert judge("shutdown", design).holds
    broken = judge("shutdown", design, switches={"rpc-cache": "caller"}).broken
    assert ("no-deadlock" in broken) is (design in WAITING)


def test_who_waits_is_told_with_the_threads_that_it_waits_for() -> None:
    """In the words of the driver's loop."""
    dead = replay("shutdown/ecall-bare/t2/c2/rpc-cache=caller/A:kill@OCALL")
    waits = [wait for wait in who_waits(dead.system, dead.state) if wait.who == "CA B"]
    expected = ("secure thread 0 (A)", "every secure thread has to be free (EBUSY)")
    assert [expected] == [(wait.whom, wait.why) for wait in waits]


def test_the_cache_is_given_back_one_thread_after_the_other() -> None:
    """Until OP-TEE answers ENOTAVAIL; then what the first CA lost is released."""
    both = Scenario(
        "both", "two CAs, then the end", (exits_with_open_session, optee_remove), plain_ta
    )
    found = run(both, switches={"rpc-cache": "caller"})
    told = [e for e in found.events if isinstance(e, Message) and "SHM Cache" in e.label]
    assert ["SMC/Disable SHM Cache"] * 2 == [event.label for event in told]
    assert found.world.contexts["A"].freed
    assert not found.world.sessions["A"].open


def test_a_disabled_cache_keeps_nothing_and_an_enabled_one_does_again() -> None:
    """What the driver's remove and its next probe do."""

    def restart(client: Client) -> Steps:
        yield from optee_shutdown(client)
        yield from optee_enable_shm_cache(client)

    found = run(
        Scenario("restart", "off and on", restart, plain_ta), switches={"rpc-cache": "driver"}
    )
    assert not found.world.rpc_cache["optee"].disabled
    off = run(Scenario("off", "off", optee_shutdown, plain_ta), switches={"rpc-cache": "driver"})
    assert off.world.rpc_cache["optee"].disabled


def test_unloading_releases_the_contexts_that_pages_have_kept() -> None:
    """And closes their sessions: nothing is left."""
    verdict = judge("unload", faults=())
    assert not {"no-context-leak", "no-session-leak"} & {*verdict.broken}


@pytest.mark.long
def test_a_page_that_a_releasing_context_needs_outlives_it() -> None:
    """The release's own CLOSE_SESSION finds no page: what it gets refers to a context that goes."""
    assert ("no-use-after-free",) == judge("unload").broken
    assert judge("unload", switches={"argument-pages": "driver"}).holds
    verdict = judge("unload", switches={"argument-pages": "driver", "rpc-cache": "driver"})
    assert verdict.holds
