"""Clients in the kernel: what the driver refuses them, and what nobody does in their place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ocallkit import judge, run
from ocallkit.abi.results import Origin, Result
from ocallkit.designs import DESIGNS
from ocallkit.model.calls import ALLOC, Arg
from ocallkit.model.config import TrustedApp
from ocallkit.model.events import KERNEL_CLIENT, Message
from ocallkit.model.kernel_client import (
    answer_to,
    tee_client_close_context,
    tee_client_close_session,
    tee_client_invoke_func,
    tee_client_open_context,
    tee_client_open_session,
    tee_shm_alloc_kernel_buf,
    tee_shm_free,
    tee_shm_get,
    tee_shm_put,
)
from ocallkit.model.params import INOUT, OUTPUT, Params, memref, value
from ocallkit.model.ta import TEE_InvokeCACommand
from ocallkit.model.waiting import in_words, who_waits
from ocallkit.properties.reached import INVOCATION
from ocallkit.scenarios import KernelClient, Scenario, asking_ta, plain_ta, sending_ta
from ocallkit.scenarios.serving import closes, leaves, with_agent
from tests.model.programs import REPORT, reporting

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit.engine import Steps
    from ocallkit.model.calls import Reply
    from ocallkit.model.config import Client

AGENT = (
    "violates no-suspended-thread, no-context-leak, no-session-leak, completed-once, nothing-left"
)


def of_kernel(program: Callable[..., Steps], ta: Callable[..., Steps] = plain_ta) -> Scenario:
    """A scenario of one client in the kernel."""
    return Scenario("in-the-kernel", "one client in the kernel", KernelClient(program), ta)


def once(params: Params = (), *, duplex: bool = False) -> Callable[[Client], Steps]:
    """A client that invokes once and closes all; of what it is asked it can do nothing."""

    def program(client: Client) -> Steps:
        context = yield from tee_client_open_context(client)
        opened = yield from tee_client_open_session(context)
        arg = Arg(0, params, duplex=duplex, session=opened.session)
        reply = yield from tee_client_invoke_func(context, arg)
        while reply.asks:
            arg = answer_to(reply, Result.NOT_SUPPORTED)
            reply = yield from tee_client_invoke_func(context, arg)
        yield from tee_client_close_session(context, opened.session)
        yield from tee_client_close_context(context)
        return reply

    return program


def test_an_ocall_for_a_client_that_is_not_prepared_is_refused() -> None:
    """Its TA sees NOT_SUPPORTED, origin COMMS; the client sees what the TA makes of it."""
    made = run(of_kernel(once((REPORT,)), reporting(())))
    reply: Reply = made.results["A"]
    assert (Result.NOT_SUPPORTED, Origin.COMMS) == (reply.params[0].a, reply.params[0].b)
    assert (Result.SUCCESS, Origin.TRUSTED_APP) == (reply.ret, reply.origin)
    assert all(context.freed for context in made.world.contexts.values())


def test_a_ta_that_asks_on_is_refused_on() -> None:
    """Three OCALLs, and each ends in secure world; the client hears of none."""

    def ta(_command: int, _params: Params) -> Steps:
        answers = []
        for _ in range(3):
            ret, _, _ = yield from TEE_InvokeCACommand(1)
            answers.append(ret)
        return Result.SUCCESS if answers == [Result.NOT_SUPPORTED] * 3 else Result.GENERIC

    made = run(of_kernel(once(), ta))
    assert Result.SUCCESS == made.results["A"].ret
    heard = [e for e in made.events if isinstance(e, Message) and e.target == KERNEL_CLIENT]
    assert 3 == made.text(whole=True).count("RPC/OCALL Req'")
    assert 3 == len(heard), "the returns of opening, invoking and closing"


def test_a_ta_may_ask_while_its_session_is_closed_and_is_refused() -> None:
    """Nobody can answer there; the secure thread does not stay suspended."""

    def close() -> Steps:
        yield from TEE_InvokeCACommand(1)

    made = run(Scenario("x", "x", KernelClient(once()), TrustedApp("ta", plain_ta, close=close)))
    assert not [t for t in made.world.threads.values() if t.state != "free"]
    assert not made.world.sessions["A"].open


def test_it_has_no_process_no_file_and_no_user_mode() -> None:
    """Nothing kills it: five states, whatever may go wrong."""
    verdict = judge("kernel-client")
    assert "A" not in run("kernel-client").world.processes
    explored = verdict.exploration
    assert (True, 5, 1) == (verdict.holds, explored.states, explored.ends)
    assert {"go"} == explored.taken


def test_one_that_is_prepared_answers_with_values() -> None:
    """What it answers reaches its TA, which gives it back."""

    def program(client: Client) -> Steps:
        context = yield from tee_client_open_context(client)
        opened = yield from tee_client_open_session(context)
        arg = Arg(0, (REPORT,), duplex=True, session=opened.session)
        asks = yield from tee_client_invoke_func(context, arg)
        answer = answer_to(asks, params=(value(OUTPUT, 7, 8), *asks.params[1:]))
        return (yield from tee_client_invoke_func(context, answer))

    def ta(_command: int, _params: Params) -> Steps:
        ret, origin, answered = yield from TEE_InvokeCACommand(1, (value(OUTPUT),))
        return ret if origin != Origin.CLIENT_APP else Result.SUCCESS, answered

    reply = run(of_kernel(program, ta)).results["A"]
    assert (Result.SUCCESS, 7, 8) == (reply.ret, reply.params[0].a, reply.params[0].b)


def test_one_that_has_no_memory_for_an_ocall_says_so() -> None:
    """The TA gets OUT_OF_MEMORY, as from a CA that refuses an allocation."""
    made = run(of_kernel(once(duplex=True), sending_ta))
    assert Result.OUT_OF_MEMORY == made.results["A"].ret
    assert [ALLOC] == [
        step.world.calls["A"].pending
        for step in made.steps
        if step.function == "process_ocall_request"
    ]


def frees_in_between(*, counts: bool) -> Scenario:
    """A client that frees the memory which it has passed before it answers."""

    def program(client: Client) -> Steps:
        context = yield from tee_client_open_context(client)
        opened = yield from tee_client_open_session(context)
        memory = yield from tee_shm_alloc_kernel_buf(context, "buffer", b"data")
        if counts:
            yield from tee_shm_get(context, memory)
        params = (memref(INOUT, memory, 4),)
        arg = Arg(0, params, duplex=True, session=opened.session)
        asks = yield from tee_client_invoke_func(context, arg)
        yield from tee_shm_free(context, memory)
        yield from tee_client_invoke_func(context, answer_to(asks))
        if counts:
            yield from tee_shm_put(context, memory)
        yield from tee_client_close_session(context, opened.session)
        yield from tee_client_close_context(context)

    return of_kernel(program, asking_ta)


@pytest.mark.parametrize("design", DESIGNS)
def test_nobody_references_its_memory_in_its_place(design: str) -> None:
    """Without references of its own it waits for itself in every design, also where CAs do not."""
    alone, counting = (judge(frees_in_between(counts=c), design) for c in (False, True))
    assert "no-deadlock" in alone.broken
    assert (True, 7) == (counting.holds, counting.exploration.states)


def test_its_deadlock_is_told_with_its_name() -> None:
    """It waits for the secure thread that waits for its answer."""
    end = judge(frees_in_between(counts=False)).violation("no-deadlock").run
    assert (
        "kernel client A waits for secure thread 1 (A): its UNREGISTER_SHM has not returned\n"
        "secure thread 0 (A) waits for kernel client A: its OCALL is pending\n"
        "secure thread 1 (A) waits for secure thread 0 (A): its invocation uses the MOBJ that is"
        " released"
    ) == in_words(who_waits(end.system, end.state))


@pytest.mark.parametrize("design", DESIGNS)
def test_an_agent_that_idles_keeps_a_secure_thread_and_nobody_else_enters_with_one(
    design: str,
) -> None:
    """With a second one everything ends; what the agent has it is using."""
    one, two = (judge("scmi-agent", design, threads=threads) for threads in (1, 2))
    assert "no-deadlock" == one.broken[0]
    assert (True, 23) == (two.holds, two.exploration.states)


@pytest.mark.long
@pytest.mark.parametrize("design", DESIGNS)
def test_an_agent_that_is_gone_leaves_its_thread_in_every_design(design: str) -> None:
    """Nothing tidies up behind it: it had no file.  One that closes, or answers, leaves nothing."""
    gone = judge("scmi-agent-dies", design, threads=2)
    assert AGENT == gone.outcome
    for then in (closes, leaves):
        assert judge(with_agent("agent", "x", then), design, threads=2).holds


def test_the_agent_has_one_message_processed_and_waits_for_the_next() -> None:
    """Its run ends there, and says so."""
    made = run("scmi-agent")
    assert "" == made.ending
    assert "Every process ends that has an end; A has nothing to do." in made.summary
    assert ("suspended", "OCALL") == (
        made.world.threads["A.0"].state,
        made.world.threads["A.0"].rpc,
    )


def test_a_run_of_one_alone_has_no_user_space() -> None:
    """Its picture has the kernel and secure world."""
    made = run("kernel-client")
    picture = made.diagram(whole=True).svg
    assert ">kernel<" in picture
    assert ">user space<" not in picture
    assert made.text(whole=True).startswith("kernel client -[tee_client_open_context]->")


def test_the_point_of_its_scenario_is_an_invocation() -> None:
    """It is reached: no OCALL comes to anybody."""
    reached = judge("kernel-client").reached
    assert (True, False) == (reached[INVOCATION], reached["an OCALL was pending"])


def test_memory_that_secure_world_does_not_take_is_gone() -> None:
    """The client gets none, and its context has one reference less again."""

    def program(client: Client) -> Steps:
        context = yield from tee_client_open_context(client)
        memory = yield from tee_shm_alloc_kernel_buf(context, "buffer", b"data")
        if memory:
            yield from tee_shm_free(context, memory)
        yield from tee_client_close_context(context)
        return memory

    scenario = of_kernel(program)
    fault = "failed-registration"
    steps = ("teedev_open", "new_kernel_buf", fault)
    made = run(scenario, faults=[fault], schedule=[f"A:{step}" for step in steps])
    assert "" == made.results["A"]
    assert (True, 0) == (made.world.memories["A.buffer"].freed, made.world.contexts["A"].refs)
    assert () == judge(scenario, faults=[fault]).broken
