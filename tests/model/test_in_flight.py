"""What another thread closes while an ioctl runs, and which waits in the kernel a kill ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ocallkit import judge, run
from ocallkit.abi.results import Origin, Result
from ocallkit.designs import DESIGNS
from ocallkit.judging.assembly import build
from ocallkit.model.client import (
    TEEC_CloseSession,
    TEEC_InitializeContext,
    TEEC_InvokeCommand,
    TEEC_OpenSession,
    TEEC_RegisterSharedMemory,
    TEEC_ReleaseSharedMemory,
)
from ocallkit.model.events import Message
from ocallkit.model.params import INOUT, memref
from ocallkit.model.posix import exit_group, hear, mmap, munmap, pthread_join, tell
from ocallkit.model.ta import TEE_Wait
from ocallkit.scenarios import Scenario, Threads, asking_ta, plain_ta, serve
from ocallkit.scenarios.threads import closes_context, closes_session, one_session
from tests.model.programs import invoking

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit.engine import Steps
    from ocallkit.judging.path import Run
    from ocallkit.model.config import Client
    from ocallkit.model.params import Params

CONTEXT = "closes-context-from-another-thread"


def two(main: Callable[..., Steps], second: Callable[..., Steps]) -> Scenario:
    """A process of two threads, whose TA asks nothing."""
    return Scenario("in-flight", "a test's own", Threads((main, second)), plain_ta)


def up_to(scenario: str | Scenario, step: str, which: int = -1) -> tuple[str, ...]:
    """The schedule of a plain run up to a step of that name, the last if nothing is said."""
    schedule = run(scenario).schedule
    places = [n for n, name in enumerate(schedule) if name == step]
    return schedule[: places[which] + 1]


def behind(made: Run, client: str, step: str) -> list[str]:
    """What a client does behind the last of its steps of that name."""
    own = [s.function for s in made.steps if s.client == client]
    return own[len(own) - own[::-1].index(step) :]


# --- closing while an ioctl runs ---------------------------------------------------------------


def test_an_ioctl_in_flight_holds_the_contexts_file() -> None:
    """Another thread's close returns at once; all the rest happens on the ioctl's way out."""
    scenario = two(one_session, closes_context)
    inside = up_to(scenario, "A:get_msg_arg")
    closing = ("A.2:heard", "A.2:take_file", "A.2:run_on", "A.2:leave")
    made = run(scenario, "held-refs-pre-release", schedule=(*inside, *closing))
    assert [
        *("smc_call_with_arg", "complete_call", "fdput"),
        *("take_pending", "drop_context", "take_pending", "unlist_sessions"),
        *("take_pending", "smc_call_with_arg", "free_context"),
        *("next_work", "return_to_user"),
    ] == behind(made, "A", "get_msg_arg")[:12]
    assert ("", True, False) == (
        made.ending,
        made.world.contexts["A"].freed,
        made.world.sessions["A"].open,
    )


def test_a_request_that_leaves_with_a_closed_context_is_cancelled_behind_it() -> None:
    """The CA is asked all the same, and its answer meets a file that is not open (EBADF)."""
    inside = up_to(CONTEXT, "A:get_msg_arg")
    closing = ("A.2:heard", "A.2:take_file", "A.2:run_on", "A.2:leave")
    made = run(CONTEXT, "held-refs-pre-release", schedule=(*inside, *closing))
    asked = behind(made, "A", "get_msg_arg")
    assert ["smc_call_with_arg", "process_ocall_request", "fdput", "take_pending"] == asked[:4]
    assert "smc_return_from_rpc" == asked[4]
    assert "CA A services OCALL" in made.text(whole=True)
    assert ["params_from_user", "return_to_user"] == behind(made, "A", "store_outputs")[:2]
    assert 0 == made.world.contexts["A"].refs


def memory_of_both(client: Client) -> Steps:
    """Register memory, and invoke with it while the other thread closes it, and afterwards."""
    context = yield from TEEC_InitializeContext(client)
    session = yield from TEEC_OpenSession(context)
    memory = yield from TEEC_RegisterSharedMemory(context, "memref", b"data")
    yield from tell(client, "memory", (session, memory))
    params = (memref(INOUT, memory, 4),)
    first = yield from TEEC_InvokeCommand(session, 0, params)
    yield from pthread_join(client, 2)
    last = yield from TEEC_InvokeCommand(session, 0, params)
    return first.ret, last.ret, last.origin


def closes_and_uses(client: Client) -> Steps:
    """Close the memory, and invoke with it all the same."""
    session, memory = yield from hear(client, "memory")
    yield from TEEC_ReleaseSharedMemory(session.context, memory)
    result = yield from TEEC_InvokeCommand(session, 0, (memref(INOUT, memory, 4),))
    return result.ret


def test_a_memory_whose_file_is_closed_lives_as_long_as_an_invocation_uses_it() -> None:
    """Its id is known meanwhile; the last to return unregisters it, and then nobody knows it."""
    scenario = two(memory_of_both, closes_and_uses)
    inside = up_to(scenario, "A:get_msg_arg", 1)
    second = ("heard", "take_file", "drop_shm", "next_work", "run_on", "params_from_user")
    made = run(scenario, schedule=(*inside, *(f"A.2:{step}" for step in second)))
    assert Result.SUCCESS == made.results["A.2"]
    assert (Result.SUCCESS, Result.GENERIC, Origin.COMMS) == made.results["A"]
    told = {"complete_call", "smc_call_with_arg", "free_shm", "return_to_user"}
    steps = [(s.client, s.function) for s in made.steps if s.function in told]
    freed = steps.index(("A.2", "free_shm"))
    assert [
        *(("A", "complete_call"), ("A", "return_to_user")),
        *(("A.2", "smc_call_with_arg"), ("A.2", "complete_call")),
        *(("A.2", "smc_call_with_arg"), ("A.2", "free_shm"), ("A.2", "return_to_user")),
    ] == steps[freed - 5 : freed + 2]


def uses_twice(client: Client) -> Steps:
    """Share a session, invoke in it, and invoke and close once the other thread has closed it."""
    context = yield from TEEC_InitializeContext(client, serve)
    session = yield from TEEC_OpenSession(context)
    yield from tell(client, "session", session)
    first = yield from TEEC_InvokeCommand(session, 0)
    yield from pthread_join(client, 2)
    last = yield from TEEC_InvokeCommand(session, 0)
    yield from TEEC_CloseSession(session)
    return first.ret, last.ret, last.origin


def test_a_session_that_is_closed_while_it_runs_is_off_the_list_at_once() -> None:
    """What runs goes on; a new invocation gets EINVAL, and so does a second close."""
    scenario = two(uses_twice, closes_session)
    inside = up_to(scenario, "A:get_msg_arg", 1)
    made = run(scenario, schedule=(*inside, "A.2:heard", "A.2:enter_ioctl", "A.2:unlist_session"))
    assert (Result.SUCCESS, Result.GENERIC, Origin.COMMS) == made.results["A"]
    words = [dict(e.words) for e in made.events if isinstance(e, Message) and e.label == "ret"]
    assert 2 == sum(one.get("errno") == "EINVAL" for one in words)


@pytest.mark.parametrize("design", DESIGNS)
def test_an_own_request_file_belongs_to_the_context_of_its_session(design: str) -> None:
    """The OCALL comes on the second context of a process: no kill leaves anything of either."""

    def ca(client: Client) -> Steps:
        yield from TEEC_InitializeContext(client, serve)
        return (yield from invoking()(client))

    assert () == judge(Scenario("second", "x", ca, asking_ta), design).broken


# --- ends --------------------------------------------------------------------------------------


def test_no_file_is_closed_while_a_killed_thread_is_inside() -> None:
    """The last thread to leave the kernel closes them; the other has died where it was."""

    def second(client: Client) -> Steps:
        yield from hear(client, "never told")

    scenario = two(uses_twice, second)
    inside = up_to(scenario, "A:get_msg_arg", 1)
    made = run(scenario, faults=["kill"], schedule=(*inside, "A.2:kill", "A.2:leave"))
    assert [
        *("A:smc_call_with_arg", "A:complete_call", "A:fdput", "A:next_work"),
        *("A:dies", "A:leave", "A:close(context)"),
    ] == list(made.schedule[len(inside) + 2 :][:7])
    assert ("", True) == (made.ending, made.world.contexts["A"].freed)


def test_nor_while_one_unmaps() -> None:
    """The last reference on a memory is its mapping's: munmap(2) has to come back from OP-TEE."""

    def main(client: Client) -> Steps:
        context = yield from TEEC_InitializeContext(client)
        memory = yield from TEEC_RegisterSharedMemory(context, "memref", b"data")
        yield from mmap(client, memory)
        yield from TEEC_ReleaseSharedMemory(context, memory)
        yield from tell(client, "memory", memory)
        yield from pthread_join(client, 2)

    def second(client: Client) -> Steps:
        yield from munmap(client, (yield from hear(client, "memory")))

    scenario = two(main, second)
    inside = up_to(scenario, "A.2:unmaps")
    made = run(scenario, faults=["kill"], schedule=(*inside, "A:kill", "A:leave"))
    ends = ("A.2:unmaps", "A.2:smc_call_with_arg", "A.2:dies", "A.2:leave", "A.2:close(context)")
    assert list(ends) == [name for name in made.schedule[len(inside) - 1 :] if name in ends][:5]


def test_nor_while_one_is_inside_whose_sibling_calls_exit() -> None:
    """exit(3) in another thread waits for it as well."""

    def second(client: Client) -> Steps:
        yield from hear(client, "session")
        yield from exit_group(client)

    scenario = two(uses_twice, second)
    inside = up_to(scenario, "A:get_msg_arg", 1)
    made = run(scenario, schedule=(*inside, "A.2:heard", "A.2:exit", "A.2:leave"))
    assert [
        *("A:smc_call_with_arg", "A:complete_call", "A:fdput", "A:next_work"),
        *("A:dies", "A:leave", "A:close(context)"),
    ] == list(made.schedule[len(inside) + 3 :][:7])


# --- waits -------------------------------------------------------------------------------------


def waits_twice(_command: int, _params: Params) -> Steps:
    """A TA that lets time pass, and then some more."""
    yield from TEE_Wait(2000)
    yield from TEE_Wait(2000)
    return Result.SUCCESS


WAITING = Scenario("waits", "an invocation that waits twice", invoking(), waits_twice)


def offered(scenario: str | Scenario, option: str, *, threads: int) -> set[str]:
    """The steps that can go that way in any state that can be reached."""
    system = build(scenario, threads=threads, faults=("kill",))
    met, pending, found = {system.start.key()}, [system.start], set()
    for state in pending:
        for move in system.moves(state):
            if move.option == option:
                found.add(move.step)
            key = move.state.key()
            if key not in met:
                met.add(key)
                pending.append(move.state)
    return found


def test_a_kill_ends_the_wait_that_a_ta_asks_for() -> None:
    """A wait for time is one in the kernel that a kill ends, and the only one."""
    user = {"return_to_user", "run_on"}
    assert {*user, "msleep_interruptible"} == offered(WAITING, "kill", threads=1)


@pytest.mark.parametrize("threads", [1, 2])
def test_no_kill_ends_a_wait_for_a_secure_thread_or_for_another_call(threads: int) -> None:
    """The call queue, and the sleep for a session that is locked; waits in user mode it does."""
    user = {"return_to_user", "run_on", "heard", "joined"}
    assert user == offered("two-threads-one-session", "kill", threads=threads)


def test_a_killed_wait_ends_early_with_success_and_the_next_at_once() -> None:
    """The invocation goes on to its end in secure world, and the CA dies when it returns."""
    before = up_to(WAITING, "A:smc_call_with_arg", 1)
    made = run(WAITING, faults=["kill"], schedule=(*before, "A:kill"))
    assert [
        *("A:smc_return_from_rpc", "A:msleep_interruptible", "A:smc_return_from_rpc"),
        *("A:complete_call", "A:dies", "A:close(context)"),
    ] == list(made.schedule[len(before) + 1 :][:6])
    resumed = [e for e in made.events if isinstance(e, Message) and e.label == "SMC/RPC Resume"]
    assert ["SUCCESS", "SUCCESS"] == [dict(e.words)["ret"] for e in resumed]


@pytest.mark.parametrize("design", DESIGNS)
def test_a_kill_in_the_kernel_leaves_nothing(design: str) -> None:
    """Every design, with the kill in each of the waits."""
    verdict = judge(WAITING, design, threads=1)
    assert ((), True) == (verdict.broken, verdict.reached["kill"])
