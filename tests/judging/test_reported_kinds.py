"""Faults that were reported elsewhere, each kind of them written as a design or as a program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from ocallkit import judge, run
from ocallkit.abi.results import Result
from ocallkit.designs import DESIGNS, EcallBare, HeldRefsPreRelease
from ocallkit.model import optee, tee
from ocallkit.model.calls import Held
from ocallkit.model.client import (
    TEEC_CloseSession,
    TEEC_FinalizeContext,
    TEEC_InitializeContext,
    TEEC_InvokeCommand,
    TEEC_OpenSession,
    TEEC_RegisterSharedMemory,
    TEEC_ReleaseSharedMemory,
)
from ocallkit.model.config import TrustedApp
from ocallkit.model.params import INOUT, memref
from ocallkit.model.secure import smc_return_from_rpc
from ocallkit.scenarios import Scenario, asking_ta, plain_ta, sending_ta, serve

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from ocallkit.engine import State, Step, Steps
    from ocallkit.model.config import Client
    from ocallkit.model.params import Params
    from ocallkit.model.world import World


def made(design: type[EcallBare], **decisions: Callable[..., Any]) -> type[EcallBare]:
    """A design that decides some things otherwise."""
    return type("Made", (design,), {"name": "made", **decisions})


# --- several sessions of one context -------------------------------------------------------------

TAS = {
    "an instance for each session": TrustedApp("ta", asking_ta),
    "one instance": TrustedApp("ta", asking_ta, single_instance=True, multi_session=True),
    "one that is kept": TrustedApp(
        "ta", asking_ta, single_instance=True, multi_session=True, keep_alive=True
    ),
}


def closing(closed: int, *, rest: bool) -> Callable[..., Steps]:
    """A CA that opens two sessions, closes one, and invokes in the other."""

    def ca(client: Client) -> Steps:
        context = yield from TEEC_InitializeContext(client, serve)
        sessions = []
        for _ in range(2):
            session = yield from TEEC_OpenSession(context)
            sessions.append(session)
        yield from TEEC_CloseSession(sessions.pop(closed))
        result = yield from TEEC_InvokeCommand(sessions[0], 0)
        if rest:
            yield from TEEC_CloseSession(sessions[0])
        yield from TEEC_FinalizeContext(context)
        return result.ret, sessions[0].id

    return ca


@pytest.mark.parametrize("rest", [True, False], ids=["closes both", "closes one"])
@pytest.mark.parametrize(("closed", "left"), [(0, "A.2"), (1, "A")])
@pytest.mark.parametrize("kind", TAS)
def test_closing_one_of_two_sessions_leaves_the_other(
    kind: str,
    closed: int,
    left: str,
    rest: bool,  # noqa: FBT001 - a parameter
) -> None:
    """It works as before, whoever dies when, and goes with the context if nobody closes it."""
    scenario = Scenario("two-sessions", "x", closing(closed, rest=rest), TAS[kind])
    assert (Result.SUCCESS, left) == run(scenario).results["A"]
    assert () == judge(scenario, HeldRefsPreRelease).broken


# --- a CA that lets go of memory too early -------------------------------------------------------


def released_by_handler(passed: bool) -> Callable[..., Steps]:  # noqa: FBT001 - which of two
    """A CA whose handler closes the memory of its OCALL, or what its invocation was passed."""

    def ca(client: Client) -> Steps:
        def handler(_command: int, params: Params) -> Steps:
            yield from TEEC_ReleaseSharedMemory(context, memory or params[0].memory)
            return Result.SUCCESS

        context = yield from TEEC_InitializeContext(client, handler)
        session = yield from TEEC_OpenSession(context)
        memory = ""
        if passed:
            memory = yield from TEEC_RegisterSharedMemory(context, "memref", b"data")
        params = (memref(INOUT, memory, 4),) if passed else ()
        yield from TEEC_InvokeCommand(session, 0, params)
        yield from TEEC_CloseSession(session)
        yield from TEEC_FinalizeContext(context)

    return ca


OWN = Scenario("frees-its-own", "x", released_by_handler(passed=False), sending_ta)
PASSED = Scenario("frees-what-it-passed", "x", released_by_handler(passed=True), asking_ta)


@pytest.mark.parametrize("design", DESIGNS)
def test_a_handler_that_closes_its_ocalls_memory(design: str) -> None:
    """Who counts nothing for a pending request frees what secure world has an object of."""
    freed = ("no-use-after-free",) if design == "two-lists" else ()
    assert freed == judge(OWN, design, faults=()).broken


@pytest.mark.parametrize("design", ["ecall", "held-refs-pre-release", "held-refs-ocall-fd"])
def test_a_reply_that_is_put_at_once_lets_another_thread_free_it(design: str) -> None:
    """The posted rule: nothing but its file holds the memory until secure world has it back.

    The thread that answers frees nothing by itself: a last put inside its ioctl is carried out when
    the ioctl is over, and secure world has let go by then.
    """
    posted = made(type(_design(design)), replied=lambda _self, _memories: ())
    another = "closes-ocall-memory-from-another-thread"
    freed = ("no-use-after-free", "bytes-arrive")
    assert freed == judge(another, posted, faults=()).broken
    assert () == judge(another, design, faults=()).broken
    assert () == judge(OWN, posted, faults=()).broken
    assert () == judge("flow-2", posted).broken


def _design(name: str) -> EcallBare:
    return DESIGNS[name]()


@pytest.mark.parametrize("design", DESIGNS)
def test_a_handler_that_closes_what_its_invocation_was_passed(design: str) -> None:
    """Where nothing is kept, it waits in secure world for its own invocation, for ever."""
    kept = _design(design).kept((memref(INOUT, "A.memref", 4),))
    broken = judge(PASSED, design, faults=()).broken
    assert ("no-deadlock" in broken) == (not kept)
    assert kept or "no-blocking-release" in broken


# --- cancelling once -----------------------------------------------------------------------------


def resumes_once(client: Client) -> Steps:
    """Complete the pending request with an error, and leave whatever comes then."""
    taken = yield optee.take_pending, client
    if taken is not None:
        call, thread = taken
        yield smc_return_from_rpc, client, thread, optee.DEAD
        for held in (yield optee.forget_call, client, call):
            yield from tee.tee_shm_put(client, held)


ONCE = made(HeldRefsPreRelease, pre_release=lambda _self, client: resumes_once(client))


@pytest.mark.parametrize(
    ("scenario", "left"),
    [
        ("flow-1", ()),
        ("flow-2", ()),
        ("two-ocalls", ("no-suspended-thread", "completed-once")),
    ],
)
def test_who_resumes_once_leaves_a_ta_that_asks_again(scenario: str, left: tuple[str, ...]) -> None:
    """Nobody answers that, and its thread stays suspended; until it ends is enough."""
    broken = judge(scenario, ONCE).broken
    assert bool(left) == bool(broken)
    assert set(left) <= set(broken)
    assert () == judge(scenario, HeldRefsPreRelease).broken


# --- a device that frees its client's memory -----------------------------------------------------


def own_memories(world: World, client: Client) -> tuple[str, ...]:
    """The memories of a context that are there."""
    return tuple(m.id for m in world.memories.of(client.name) if not m.freed)


def take_their_files(world: World, client: Client) -> tuple[str, ...]:
    """Those of which the process has the file open, which it has not any longer."""
    process = world.processes[client.name]
    taken = tuple(file for file in process.files if file in world.memories)
    world.put(replace(process, files=tuple("" if f in taken else f for f in process.files)))
    return taken


def frees_all(of: Callable[..., Any]) -> Callable[..., Steps]:
    """A close of the device that puts every memory which `of` finds."""

    def pre_release(_self: object, client: Client) -> Steps:
        yield from optee.cancel_ocall(client)
        for memory in (yield of, client):
            yield from tee.tee_shm_put(client, Held(memory, "device", "the device is closed"))

    return pre_release


@pytest.mark.parametrize("scenario", ["flow-1-memref", "flow-2", "spare-memory"])
def test_a_device_that_frees_its_clients_memory_has_to_take_the_files_as_well(
    scenario: str,
) -> None:
    """Else each memory's own file puts what nobody holds any more."""
    twice = judge(scenario, made(HeldRefsPreRelease, pre_release=frees_all(own_memories)))
    assert {"counts-never-negative", "no-use-after-free"} & set(twice.broken)
    taken = made(HeldRefsPreRelease, pre_release=frees_all(take_their_files))
    assert () == judge(scenario, taken, threads=3).broken


# --- what is put first ---------------------------------------------------------------------------


def put_device(world: World, client: Client) -> None:
    """The driver was unbound, and the open file had the device's last reference."""
    world.keeps(f"{client.name}.device", "gone")


def use_device(world: World, client: Client) -> None:
    """The release of the context needs the device."""
    name = f"{client.name}.device"
    if world.value_of(name) == "gone":
        world.keeps(name, "used when gone")


def devices(state: State[World]) -> Hashable | None:
    """What became of a client's device."""
    return next((one.value for one in state.world.kept.values()), None)


class DeviceFirst(HeldRefsPreRelease):
    """Closing the file puts the device, and then the context."""

    name = "device-first"

    def pre_release(self, client: Client) -> Iterable[Step]:
        """Cancel, and put the device."""
        yield from optee.cancel_ocall(client)
        yield put_device, client

    def release(self, client: Client) -> Iterable[Step]:
        """Use the device."""
        yield use_device, client
        yield from optee.cancel_ocall(client)


class ContextFirst(HeldRefsPreRelease):
    """The device is put behind the context's release."""

    name = "context-first"

    def release(self, client: Client) -> Iterable[Step]:
        """Use the device, and put it."""
        yield use_device, client
        yield from optee.cancel_ocall(client)
        yield put_device, client


@pytest.mark.parametrize("scenario", ["flow-1", "flow-2-memref"])
def test_what_a_release_needs_is_put_behind_it(scenario: str) -> None:
    """A design keeps the device in the world, and what became of it is seen."""
    seen = {
        design.name: judge(scenario, design, observe={"device": devices}).exploration.observed
        for design in (DeviceFirst, ContextFirst)
    }
    assert "used when gone" in seen["device-first"]["device"]
    assert {"gone"} == seen["context-first"]["device"]


# --- an object that holds its client's context ---------------------------------------------------


def give_object(world: World, client: Client) -> None:
    """The TEE gets an object to call back, which holds its client's context."""
    tee.teedev_ctx_get(world, client, "callback object", "the TEE may call it")
    world.keeps(f"{client.name}.object", client.context)


def take_object(world: World, client: Client) -> bool:
    """The object is given up, if there is one."""
    name = f"{client.name}.object"
    there = world.value_of(name) is not None
    world.keeps(name, None)
    return there


def gives_up(client: Client) -> Steps:
    """The TEE lets the object go, and with it the context."""
    if (yield take_object, client):
        yield from tee.teedev_ctx_put(client, "callback object", "the TEE has let it go")


def gives_an_object(client: Client) -> Steps:
    """Open a session, hand over an object, and get it back with the session's end."""
    context = yield from TEEC_InitializeContext(client, serve)
    session = yield from TEEC_OpenSession(context)
    yield give_object, context.client
    yield from TEEC_InvokeCommand(session, 0)
    yield from TEEC_CloseSession(session)
    yield from gives_up(context.client)
    yield from TEEC_FinalizeContext(context)


class CloseContext(HeldRefsPreRelease):
    """The hook at the context's close gives up the object as well."""

    name = "close-context"

    def pre_release(self, client: Client) -> Iterable[Step]:
        """Cancel, and give up the object."""
        yield from optee.cancel_ocall(client)
        yield from gives_up(client)


@pytest.mark.parametrize("ta", [plain_ta, asking_ta], ids=["no OCALL", "an OCALL"])
def test_an_object_that_holds_the_context_needs_a_hook_at_its_close(
    ta: Callable[..., Steps],
) -> None:
    """Else a dead CA's context waits for the session's end, and the session for the context's."""
    scenario = Scenario("object", "x", gives_an_object, ta)
    for design in (EcallBare, HeldRefsPreRelease):
        broken = judge(scenario, design).broken
        assert {"no-context-leak", "no-session-leak"} <= set(broken)
    assert () == judge(scenario, CloseContext).broken
