"""The memory of secure threads' RPC arguments: who pays for it, and how long."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ocallkit import judge, run
from ocallkit.abi.results import Origin, Result
from ocallkit.designs import DESIGNS
from ocallkit.model.events import Get, Message, Put
from ocallkit.model.teec import TeecResult
from ocallkit.scenarios import Scenario, plain_ta
from ocallkit.scenarios.boot import open_invoke_close, waits_for_end

if TYPE_CHECKING:
    from ocallkit.engine import Steps
    from ocallkit.judging.path import Run
    from ocallkit.model.config import Client

NOTHING_GOES_WRONG = ()


def counts(of: Run) -> dict[str, tuple[int, bool]]:
    """The count of each context in the end, and whether it is released."""
    return {name: (one.refs, one.freed) for name, one in of.world.contexts.items()}


def labels(of: Run) -> list[str]:
    """The RPCs of a run, in their order."""
    messages = [event for event in of.events if isinstance(event, Message)]
    return [one.label for one in messages if one.label.startswith("RPC/")]


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("scenario", ["cold-boot", "cold-boot-ocall"])
@pytest.mark.parametrize("design", DESIGNS)
def test_the_first_run_after_boot_ends_with_one_and_the_second_with_zero(
    design: str, scenario: str, threads: int
) -> None:
    """C51 and C52, side by side, whether or not there is an OCALL."""
    found = counts(run(scenario, design, threads=threads))
    assert {"A": (1, False), "A.2": (0, True)} == found


@pytest.mark.parametrize("cache", ["driver", "off"])
def test_both_runs_end_with_zero_where_their_contexts_are_not_kept(cache: str) -> None:
    """The second has the id of the first; the driver's own is held by it, and by the cache."""
    found = counts(run("cold-boot", switches={"rpc-cache": cache}))
    drivers = {"driver": (2, False)} if cache == "driver" else {}
    assert {"A": (0, True)} | drivers == found


@pytest.mark.parametrize("cache", ["driver", "off"])
@pytest.mark.parametrize("scenario", ["cold-boot", "cold-boot-exit"])
def test_the_cures_hold_whatever_goes_wrong(scenario: str, cache: str) -> None:
    """The driver's context stays, and is no leak."""
    assert judge(scenario, switches={"rpc-cache": cache}).holds


def test_the_memory_is_asked_for_before_the_first_rpc_only() -> None:
    """That of a plain invocation loads its TA; the second run's thread has its memory."""
    assert ["RPC/Argument Alloc", "RPC/Load TA", "RPC/Load TA"] == labels(run("cold-boot"))


def test_a_cache_that_is_off_allocates_and_frees_in_each_call_that_makes_rpcs() -> None:
    """The invocation itself makes none, nor does the close of the session."""
    once = ["RPC/Argument Alloc", "RPC/Load TA", "RPC/Argument Free"]
    assert [*once, *once] == labels(run("cold-boot", switches={"rpc-cache": "off"}))


def test_without_the_switch_there_is_no_such_memory() -> None:
    """And no RPC for it: a plain invocation makes none that is shown."""
    assert [] == labels(run("plain-invoke"))


def test_the_ledger_says_who_holds_the_context_and_why() -> None:
    """Got once, at the first RPC, and never put."""
    events = [e for e in run("cold-boot").events if isinstance(e, Get | Put)]
    found = [(e.target, e.owner, e.why) for e in events if e.owner == "RPC argument cache"]
    why = "the first RPC of secure thread 0"
    assert [("tee_context A", "RPC argument cache", why)] == found
    assert "RPC argument cache" in run("cold-boot").ledger().plain


def test_without_the_cache_each_call_has_a_first_rpc() -> None:
    """What is given back at the end of a call was never a secure thread's for good."""
    events = run("cold-boot", switches={"rpc-cache": "off"}).events
    whys = [e.why for e in events if isinstance(e, Get) and e.owner == "RPC argument cache"]
    assert ["the first RPC of this call"] * 2 == whys


@pytest.mark.parametrize(
    ("cache", "second"),
    [("caller", TeecResult(Result.BUSY, Origin.TEE)), ("driver", None), ("off", None)],
)
def test_a_ca_that_exits_with_its_session_open_can_be_started_again_or_not(
    cache: str, second: TeecResult | None
) -> None:
    """0xFFFF000D of origin 3 where the first context is kept, and with it the only session."""
    found = run("cold-boot-exit", switches={"rpc-cache": cache})
    assert second == found.results["B"]
    assert found.world.sessions["A"].open is (second is not None)


@pytest.mark.parametrize(("threads", "leaked"), [(1, 1), (2, 2)])
def test_two_cas_at_a_time_leak_as_many_contexts_as_there_are_threads(
    threads: int, leaked: int
) -> None:
    """Each thread has a first RPC; one after the other they would have used the same."""

    def most(count: int) -> bool:
        def seen(state: object) -> bool | None:
            world = state.world  # type: ignore[attr-defined]
            return len({m.context for m in world.driver_memories.values()}) >= count or None

        verdict = judge(
            "plain-invoke",
            threads=threads,
            clients=2,
            faults=NOTHING_GOES_WRONG,
            switches={"rpc-cache": "caller"},
            observe={"as many": seen},
        )
        return bool(verdict.exploration.observed["as many"])

    assert [count for count in (1, 2) if most(count)][-1] == leaked


def test_a_call_takes_the_free_thread_with_the_lowest_number() -> None:
    """So a process that starts when the first has ended finds its memory, of two threads."""

    def second(client: Client) -> Steps:
        yield waits_for_end, "A"
        yield from open_invoke_close(client, None)

    def first(client: Client) -> Steps:
        yield from open_invoke_close(client, None)

    after = Scenario("after", "one after the other", (first, second), plain_ta, "")
    found = run(after, switches={"rpc-cache": "caller"})
    assert {"A": (1, False), "B": (0, True)} == counts(found)
    assert ({0}, False) == (
        set(found.world.rpc_cache["optee"].filled),
        bool(found.world.rpc_cache["optee"].taken),
    )


@pytest.mark.parametrize("cache", ["caller", "off"])
def test_who_waits_for_the_count_loses_a_ca_that_dies_in_its_ocall(cache: str) -> None:
    """The memory of the call is charged to the context: its count never comes to zero."""
    dying = judge("flow-1", "ecall-bare", switches={"rpc-cache": cache})
    assert "no-suspended-thread" in dying.broken
    assert judge("flow-1", "ecall-bare", switches={"rpc-cache": "driver"}).holds
