"""What a process has of each kind: contexts, sessions, memories, numbers; and how calls fail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from ocallkit import judge, run
from ocallkit.abi.results import Origin, Result
from ocallkit.engine import State
from ocallkit.judging.assembly import build
from ocallkit.model import calls, tee
from ocallkit.model.calls import Arg, Done, Msg
from ocallkit.model.client import (
    TEEC_CloseSession,
    TEEC_FinalizeContext,
    TEEC_InitializeContext,
    TEEC_InvokeCommand,
    TEEC_OpenSession,
    TEEC_RegisterSharedMemory,
    TEEC_ReleaseSharedMemory,
    TeecError,
)
from ocallkit.model.config import FAULTS, Client
from ocallkit.model.params import INOUT, memref, tempref
from ocallkit.model.secure import smc_call_with_arg
from ocallkit.model.user_mode import back_in_user_mode
from ocallkit.properties.reached import INVOCATION
from ocallkit.scenarios import Scenario, asking_ta, plain_ta, sending_ta, serve
from tests.model.programs import outcome, run_of

if TYPE_CHECKING:
    from ocallkit.engine import Steps
    from ocallkit.judging.path import Run

GOOD = ("held-refs-ocall-fd", "held-refs-pre-release")


# --- contexts and sessions -----------------------------------------------------------------------


def two_contexts(client: Client) -> Steps:
    """Open the device twice, invoke through the second, close the first only."""
    first = yield from TEEC_InitializeContext(client, serve)
    second = yield from TEEC_InitializeContext(client, serve)
    session = yield from TEEC_OpenSession(second)
    yield from TEEC_FinalizeContext(first)
    return (yield from TEEC_InvokeCommand(session, 0))


def test_a_process_has_as_many_contexts_as_it_opens() -> None:
    """Closing one leaves the other, which the end of the process closes with its session."""
    made = run_of(two_contexts, asking_ta)
    assert (Result.SUCCESS, Origin.TRUSTED_APP) == outcome(made)
    assert {"A": True, "A.2": True} == {c.id: c.freed for c in made.world.contexts.values()}
    finalized = made.schedule.index("A:free_context")
    assert made.steps[finalized].world.contexts["A.2"].refs == 1
    assert {"A"} == {session.id for session in made.world.sessions.values()}
    assert not made.world.sessions["A"].open


@pytest.mark.parametrize("design", GOOD)
def test_two_contexts_of_a_process_that_dies_are_both_released(design: str) -> None:
    """Wherever it dies."""
    assert judge(Scenario("x", "x", two_contexts, asking_ta), design).holds


def two_sessions(client: Client) -> Steps:
    """Open two sessions of one context, close the first, invoke in both, and close nothing more."""
    context = yield from TEEC_InitializeContext(client)
    one = yield from TEEC_OpenSession(context)
    two = yield from TEEC_OpenSession(context)
    yield from TEEC_CloseSession(one)
    closed = yield from TEEC_InvokeCommand(one, 0)
    result = yield from TEEC_InvokeCommand(two, 0)
    return (one.id, two.id), (closed.ret, closed.origin), (result.ret, result.origin)


def test_closing_a_session_leaves_the_other() -> None:
    """They have ids of their own; the one that is closed is not known any more."""
    made = run_of(two_sessions, plain_ta)
    assert (
        ("A", "A.2"),
        (Result.GENERIC, Origin.COMMS),
        (Result.SUCCESS, Origin.TRUSTED_APP),
    ) == made.results["A"]


def test_a_session_that_nobody_closes_is_closed_with_its_context() -> None:
    """The end of the context closes what is on its list."""
    made = run_of(two_sessions, plain_ta)
    assert [False, False] == [session.open for session in made.world.sessions.values()]
    assert not made.world.instances
    assert judge(Scenario("x", "x", two_sessions, plain_ta, INVOCATION), "ecall-bare").holds


def test_the_id_of_a_session_that_is_gone_is_given_again() -> None:
    """As OP-TEE gives its numbers."""

    def ca(client: Client) -> Steps:
        context = yield from TEEC_InitializeContext(client)
        ids = []
        for _ in range(2):
            session = yield from TEEC_OpenSession(context)
            ids.append(session.id)
            yield from TEEC_CloseSession(session)
        return tuple(ids)

    assert {"A": ("A", "A")} == run_of(ca, plain_ta).results


# --- numbers of files ----------------------------------------------------------------------------


def test_the_lowest_free_number_is_used_again() -> None:
    """Closing one leaves a hole, which the next file fills."""

    def ca(client: Client) -> Steps:
        context = yield from TEEC_InitializeContext(client)
        for name in ("one", "two"):
            yield from TEEC_RegisterSharedMemory(context, name, b"data")
        yield from TEEC_ReleaseSharedMemory(context, "A.one")
        yield from TEEC_RegisterSharedMemory(context, "three", b"data")

    files = list(
        dict.fromkeys(step.world.processes["A"].files for step in run_of(ca, plain_ta).steps)
    )
    opened = [
        ("A.context",),
        ("A.context", "A.one"),
        ("A.context", "A.one", "A.two"),
        ("A.context", "", "A.two"),
        ("A.context", "A.three", "A.two"),
    ]
    assert opened == files[:5]


def leaves_all(client: Client) -> Steps:
    """Open a context and two memories, and close none."""
    context = yield from TEEC_InitializeContext(client)
    for name in ("one", "two"):
        yield from TEEC_RegisterSharedMemory(context, name, b"data")


@pytest.mark.parametrize(("order", "ways"), [("any", 3), ("linux", 1)])
def test_linux_closes_from_the_highest_number_down(order: str, ways: int) -> None:
    """There is one way on at each file, and without the switch as many as there are files."""
    made = run(Scenario("x", "x", leaves_all, plain_ta), switches={"exit-order": order})
    names = {name for name in made.schedule if "close(" in name}
    assert {f"A:close({file})" for file in ("context", "one", "two")} == names
    first = min(made.schedule.index(name) for name in names)
    state = State(made.steps[first - 1].world, made.steps[first - 1].nodes)
    found = [move.option for move in made.system.moves(state)]
    assert (ways, "close(two)") == (len(found), max(found))


def test_what_becomes_work_at_the_exit_comes_behind_all_files() -> None:
    """The cancel in the context's close drops the last reference on a memory that is closed."""
    made = killed_in("flow-1-memref", "held-refs-pre-release", switches={"exit-order": "linux"})
    ways = [name for name in made.schedule if "(" in name]
    assert ["A:close(memref)", "A:close(context)", "A:release(memref)"] == ways
    assert "" == made.ending


def killed_in(scenario: str, design: str, **options: Any) -> Run:  # noqa: ANN401
    """A run whose CA is killed when it is asked to serve its first OCALL."""
    return asked_to_serve(scenario, design, "kill", **options)


def asked_to_serve(scenario: str, design: str, does: str, **options: Any) -> Run:  # noqa: ANN401
    """A run whose CA does that where it is asked to serve its first OCALL."""
    made = run(scenario, design, **options)
    served = next(
        step.index
        for step in made.steps
        if step.function == "return_to_user"
        and any(call.pending == calls.OCALL for call in step.world.calls.values())
    )
    return run(
        scenario, design, faults=(does,), schedule=(*made.schedule[:served], f"A:{does}"), **options
    )


# --- memories of OCALLs --------------------------------------------------------------------------


def test_a_memory_that_an_ocall_left_behind_is_no_obstacle_to_the_next() -> None:
    """After an answer that was no answer no FREE comes; the next allocation has its own memory."""
    made = asked_to_serve("flow-2", "ecall", "answers-twice", rounds=2)
    kept = {m.id for step in made.steps for m in step.world.memories.values() if not m.freed}
    assert {"A.ocall", "A.ocall2"} == kept
    assert "" == made.ending
    assert all(memory.freed for memory in made.world.memories.values())


def answers_with_its_own(client: Client) -> Steps:
    """Answer the allocation of an OCALL with memory that is registered and passed."""
    context = yield from TEEC_InitializeContext(client, serve)
    session = yield from TEEC_OpenSession(context)
    memory = yield from TEEC_RegisterSharedMemory(context, "m", b"data")
    arg = Arg(params=(memref(INOUT, memory, 4),), duplex=True, session=session.id)
    asked = yield from asks(client, arg)
    answer = replace(arg, answers=calls.ALLOC, ocall_id=asked.ocall_id, params=(), memory=memory)
    served = yield from asks(client, answer)
    answer = replace(answer, answers=calls.OCALL, params=served.params, memory="")
    yield from asks(client, answer)
    yield from asks(client, replace(answer, answers=calls.FREE, params=()))
    yield from TEEC_ReleaseSharedMemory(context, memory)


def asks(client: Client, arg: Arg) -> Steps:
    """Make the ioctl of an invocation by hand; gives its reply."""
    reply = yield from tee.tee_ioctl_invoke(client, arg)
    yield from back_in_user_mode(client, "TEE_IOC_ECALL", reply)
    assert not reply.errno
    return reply


def test_registered_memory_that_answers_an_allocation_has_two_objects_in_secure_world() -> None:
    """That of its registration, which the invocation uses, and that of the OCALL PTA."""
    made = run_of(answers_with_its_own, sending_ta)
    served = next(step for step in made.steps if "A.m.2" in step.world.mobjs)
    found = {m.id: (m.memory, m.refs, m.guarded) for m in served.world.mobjs.values()}
    assert {"A.m": ("A.m", 2, False), "A.m.2": ("A.m", 1, True)} == found
    assert ["A.m", "A.m.2"] == [m.id for m in made.world.mobjs.values() if m.freed]
    assert "" == made.ending


def passes_ocall_memory(client: Client) -> Steps:
    """Pass memory of which only the kernel has been told to an ordinary invocation."""
    context = yield from TEEC_InitializeContext(client, serve)
    session = yield from TEEC_OpenSession(context)
    made = yield from tee.tee_ioctl_shm_register(client, "A.mine", 4, b"", ocall=True)
    return (yield from TEEC_InvokeCommand(session, 0, (memref(INOUT, made.memory, 4),)))


def test_secure_world_does_not_know_the_memory_of_an_ocall() -> None:
    """BAD_PARAMETERS, origin TEE; no object is used, and none is left."""
    made = run_of(passes_ocall_memory, plain_ta)
    assert (Result.BAD_PARAMETERS, Origin.TEE) == outcome(made)
    assert not made.world.mobjs
    assert judge(Scenario("x", "x", passes_ocall_memory, plain_ta, INVOCATION), "ecall").holds


def opens_with_ocall_memory(client: Client) -> Steps:
    """The same with the opening of a session."""
    context = yield from TEEC_InitializeContext(client, serve)
    made = yield from tee.tee_ioctl_shm_register(client, "A.mine", 4, b"", ocall=True)
    yield from TEEC_OpenSession(context, params=(memref(INOUT, made.memory, 4),))


def test_nor_does_it_when_a_session_opens() -> None:
    """No session comes into being."""
    made = run_of(opens_with_ocall_memory, plain_ta)
    assert (Result.BAD_PARAMETERS, Origin.TEE) == outcome(made)
    assert not any((made.world.sessions, made.world.instances, made.world.mobjs))


def test_an_unknown_command_is_refused_by_secure_world() -> None:
    """It is taken for no other: nothing changes, and the thread is free again."""
    world = build("flow-1").start.world.copy()
    client = Client("A", world.config.design)
    done = smc_call_with_arg(world, client, Msg("DO_WHAT_I_MEAN", "A", memory="A.m"))
    assert Done(Result.COMMUNICATION, Origin.COMMS) == done
    assert (build("flow-1").start.world.key()) == world.key()


# --- calls that fail -----------------------------------------------------------------------------


def test_a_failure_that_a_ca_does_not_catch_ends_it_with_its_result() -> None:
    """As errx(3) does: nothing that comes behind it is done, and the kernel closes what is open."""

    def ca(client: Client) -> Steps:
        context = yield from TEEC_InitializeContext(client)
        yield from TEEC_OpenSession(context, "nobody")
        yield from TEEC_RegisterSharedMemory(context, "m", b"data")

    made = run_of(ca, plain_ta)
    assert (Result.ITEM_NOT_FOUND, Origin.TEE) == outcome(made)
    assert (["A:close(context)"], {}) == (
        [name for name in made.schedule if "(" in name],
        dict(made.world.memories),
    )


def test_a_failure_that_a_ca_catches_says_which_call_and_why() -> None:
    """Its words, its result, and the layer that it comes from."""

    def ca(client: Client) -> Steps:
        context = yield from TEEC_InitializeContext(client)
        try:
            yield from TEEC_OpenSession(context, "nobody")
        except TeecError as error:
            return str(error)

    assert {"A": "TEEC_OpenSession() failed with ITEM_NOT_FOUND, origin TEE"} == run_of(
        ca, plain_ta
    ).results


def test_on_a_closed_device_every_call_fails() -> None:
    """None of them swallows it: registering, opening and invoking say GENERIC, origin COMMS."""

    def ca(client: Client) -> Steps:
        context = yield from TEEC_InitializeContext(client)
        session = yield from TEEC_OpenSession(context)
        yield from TEEC_FinalizeContext(context)
        failed = []
        for call in (
            TEEC_RegisterSharedMemory(context, "m", b"data"),
            TEEC_OpenSession(context),
        ):
            try:
                yield from call
            except TeecError as error:
                failed.append((error.ret, error.origin))
        for params in ((), (tempref(INOUT, b"data"),)):
            result = yield from TEEC_InvokeCommand(session, 0, params)
            failed.append((result.ret, result.origin))
        return tuple(failed)

    made = run_of(ca, plain_ta)
    assert {"A": ((Result.GENERIC, Origin.COMMS),) * 4} == made.results
    assert (True, {}) == (made.world.contexts["A"].freed, dict(made.world.memories))


# --- a registration that fails -------------------------------------------------------------------


def two_temporaries(client: Client) -> Steps:
    """Pass two temporary references, with a memory registered besides."""
    context = yield from TEEC_InitializeContext(client, serve)
    session = yield from TEEC_OpenSession(context)
    yield from TEEC_RegisterSharedMemory(context, "own", b"data")
    params = (tempref(INOUT, b"one"), tempref(INOUT, b"two"))
    return (yield from TEEC_InvokeCommand(session, 0, params))


TEMPORARY = Scenario("x", "x", two_temporaries, asking_ta)
FAILS = {"before the SMC": "register_shm", "in secure world": "smc_call_with_arg"}


@pytest.mark.parametrize("step", FAILS.values(), ids=FAILS)
def test_where_the_second_of_two_cannot_be_registered_the_first_is_released(step: str) -> None:
    """OUT_OF_MEMORY, origin COMMS; nothing else is closed, and nothing of either is left."""
    whole = run(TEMPORARY, faults=("failed-registration",))
    third = [s.index for s in whole.steps if s.function == "register_shm"][2]
    fails = next(s.index for s in whole.steps[third:] if s.function == step)
    schedule = (*whole.schedule[:fails], "A:failed-registration")
    made = run(TEMPORARY, faults=("failed-registration",), schedule=schedule)
    assert (Result.OUT_OF_MEMORY, Origin.COMMS) == outcome(made)
    end = next(s for s in made.steps if s.name == "A:close(context)")
    before = made.steps[end.index - 1].world
    assert ("A.context", "A.own") == before.processes["A"].files
    assert {"A.own"} == {memory.id for memory in before.memories.values() if not memory.freed}
    assert {"A.own"} == {mobj.id for mobj in before.mobjs.values() if not mobj.freed}


@pytest.mark.parametrize("design", GOOD)
@pytest.mark.parametrize(
    ("scenario", "threads"),
    [(TEMPORARY, 2), ("flow-1-two-memrefs", 1), ("flow-1-two-memrefs", 2)],
)
def test_a_registration_that_fails_leaks_nothing(
    scenario: str | Scenario, threads: int, design: str
) -> None:
    """Whichever it is, and wherever the CA dies."""
    faults = (*FAULTS, "failed-registration")
    verdict = judge(scenario, design, threads=threads, faults=faults)
    assert ((), True) == (verdict.broken, verdict.holds)
