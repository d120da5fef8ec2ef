"""The situations of PR 72: one client after the other, each with one session and one TA."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ocallkit.abi.results import Result
from ocallkit.engine import Become, Steps
from ocallkit.model.client import (
    Handler,
    TEEC_CloseSession,
    TEEC_FinalizeContext,
    TEEC_InitializeContext,
    TEEC_InvokeCommand,
    TEEC_OpenSession,
    TEEC_RegisterSharedMemory,
    TEEC_ReleaseSharedMemory,
    TeecSession,
)
from ocallkit.model.params import INOUT, INPUT, Params, memref, tempref, value
from ocallkit.model.ta import TEE_InvokeCACommand, either
from ocallkit.properties.reached import INVOCATION
from ocallkit.scenarios.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit.model.config import Client

COMMAND = 0
"""The TA's function that the scenarios invoke."""
OCALL_COMMAND = 100
"""The CA's function that their TA calls back."""


def serve(command: int, params: Params) -> Result:
    """A handler that has nothing to do and succeeds."""
    return Result.SUCCESS


def plain_ta(command: int, params: Params) -> Steps:
    """A TA that answers at once."""
    yield from ()
    return Result.SUCCESS


def asking_ta(command: int, params: Params) -> Steps:
    """A TA that asks its CA once, with a value (Flow 1), and reports how that went."""
    ret, _, _ = yield from TEE_InvokeCACommand(OCALL_COMMAND, (value(INPUT, 1, 2),))
    return ret


def sending_ta(command: int, params: Params) -> Steps:
    """A TA that asks its CA once, with a buffer (Flow 2), and reports how that went."""
    buffer = tempref(INOUT, b"ping")
    ret, _, _ = yield from TEE_InvokeCACommand(OCALL_COMMAND, (buffer,))
    return ret


def asking_twice_ta(command: int, params: Params) -> Steps:
    """A TA that asks twice with a buffer; after an error it may ask again or return."""
    buffer = tempref(INOUT, b"ping")
    ret, _, _ = yield from TEE_InvokeCACommand(OCALL_COMMAND, (buffer,))
    if ret != Result.SUCCESS and (yield from either("asks again", "returns")) == "returns":
        return ret
    ret, _, _ = yield from TEE_InvokeCACommand(OCALL_COMMAND, (buffer,))
    return ret


class Names(NamedTuple):
    """What a CA's memories are called: those that its invocation is passed, and the others."""

    passed: tuple[str, ...]
    spare: tuple[str, ...]


def with_memory(
    names: tuple[str, ...], handler: Handler | None, spare: tuple[str, ...] = ()
) -> Callable[..., Steps]:
    """A CA that opens a context and a session, invokes with `names` registered, and closes all.

    `spare` are registered too, and passed to nobody.  Without a `handler` it is not prepared for
    OCALLs.
    """
    registered = Names(names, spare)

    def ca(client: Client, rounds: int = 1) -> Steps:
        context = yield from TEEC_InitializeContext(client, handler)
        session = yield from TEEC_OpenSession(context)
        return Become(rounds_of, session, registered, rounds)

    return ca


def rounds_of(client: Client, session: TeecSession, names: Names, rounds: int) -> Steps:
    """Register, invoke and release, as often as asked; then close the session and the context."""
    context = session.context
    memories = []
    for name in (*names.passed, *names.spare):
        memory = yield from TEEC_RegisterSharedMemory(context, name, b"data")
        memories.append(memory)
    params = tuple(memref(INOUT, memory, 4) for memory in memories[: len(names.passed)])
    yield from TEEC_InvokeCommand(session, COMMAND, params)
    return Become(after_invoke, session, names, tuple(memories), rounds)


def after_invoke(
    client: Client,
    session: TeecSession,
    names: Names,
    memories: tuple[str, ...],
    rounds: int,
) -> Steps:
    """How the invocation went does not matter any more: release, and go on or close."""
    context = session.context
    for memory in memories:
        yield from TEEC_ReleaseSharedMemory(context, memory)
    if rounds > 1:
        return Become(rounds_of, session, names, rounds - 1)
    yield from TEEC_CloseSession(session)
    yield from TEEC_FinalizeContext(context)
    return None


SIMPLE = (
    Scenario(
        "plain-invoke",
        "one invocation without an OCALL",
        with_memory((), None),
        plain_ta,
        INVOCATION,
    ),
    Scenario(
        "flow-1",
        "one OCALL that passes no memory",
        with_memory((), serve),
        asking_ta,
    ),
    Scenario(
        "flow-2",
        "one OCALL that passes memory",
        with_memory((), serve),
        sending_ta,
    ),
    Scenario(
        "flow-1-memref",
        "an invocation with registered memory, and in it an OCALL that passes none",
        with_memory(("memref",), serve),
        asking_ta,
    ),
    Scenario(
        "flow-2-memref",
        "an invocation with registered memory, and in it an OCALL that passes memory",
        with_memory(("memref",), serve),
        sending_ta,
    ),
    Scenario(
        "flow-1-two-memrefs",
        "an invocation with two registered memories, and in it an OCALL that passes none",
        with_memory(("memref1", "memref2"), serve),
        asking_ta,
    ),
    Scenario(
        "two-ocalls",
        "two OCALLs that pass memory, in one invocation",
        with_memory((), serve),
        asking_twice_ta,
    ),
    Scenario(
        "spare-memory",
        "one OCALL that passes no memory, and registered memory that is passed to nobody",
        with_memory((), serve, spare=("spare",)),
        asking_ta,
    ),
)
"""From one that passes nothing to the one whose memory nobody is passed."""
