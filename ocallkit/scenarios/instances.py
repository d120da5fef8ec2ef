"""Who serves whom: TAs that several sessions share, TAs that call TAs, handlers that call OP-TEE.

A call that has to wait in secure world for another keeps its secure thread meanwhile.  Where what
it waits for is the answer of a CA that itself needs a secure thread, the two wait for each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocallkit.abi.results import Result
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
from ocallkit.model.params import INOUT, Params, tempref
from ocallkit.model.ta import (
    TEE_CloseTASession,
    TEE_InvokeCACommand,
    TEE_InvokeTACommand,
    TEE_OpenTASession,
)
from ocallkit.scenarios.scenario import Scenario
from ocallkit.scenarios.simple import (
    COMMAND,
    OCALL_COMMAND,
    asking_ta,
    plain_ta,
    serve,
    with_memory,
)
from ocallkit.scenarios.threads import PLAIN, asking_or_plain_ta

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit.engine import Steps
    from ocallkit.model.config import Client


def sending_or_plain_ta(command: int, params: Params) -> Steps:
    """A TA that asks its CA with a buffer, unless it is invoked for something else."""
    if command == PLAIN:
        return plain_ta(command, params)
    return sending(params)


def sending(params: Params) -> Steps:
    """Ask the CA once with a buffer, and report how that went."""
    ret, _, _ = yield from TEE_InvokeCACommand(OCALL_COMMAND, (tempref(INOUT, b"ping"),))
    return ret


def shared(name: str, invoke: Callable[..., Steps]) -> TrustedApp:
    """A TA of a single instance with several sessions, as a store of keys would be."""
    return TrustedApp(name, invoke, single_instance=True, multi_session=True)


def plain_ca(ta: str) -> Callable[[Client], Steps]:
    """A CA without OCALLs, which opens a session with `ta`, invokes once and closes all."""

    def ca(client: Client) -> Steps:
        context = yield from TEEC_InitializeContext(client)
        session = yield from TEEC_OpenSession(context, ta)
        yield from TEEC_InvokeCommand(session, PLAIN)
        yield from TEEC_CloseSession(session)
        yield from TEEC_FinalizeContext(context)

    return ca


def nested_ca(ta: str = "") -> Callable[[Client], Steps]:
    """A CA whose handler invokes `ta`, or its own TA, in a session that it has opened before."""

    def ca(client: Client) -> Steps:
        inner = yield from TEEC_InitializeContext(client)
        other = yield from TEEC_OpenSession(inner, ta)

        def handler(command: int, params: Params) -> Steps:
            result = yield from TEEC_InvokeCommand(other, PLAIN)
            return result.ret

        outer = yield from TEEC_InitializeContext(client, handler)
        session = yield from TEEC_OpenSession(outer)
        yield from TEEC_InvokeCommand(session, COMMAND)
        yield from TEEC_CloseSession(session)
        yield from TEEC_FinalizeContext(outer)
        yield from TEEC_FinalizeContext(inner)

    return ca


def registering_ca(client: Client) -> Steps:
    """A CA whose handler registers memory of its own, which is a call of OP-TEE like any other."""

    def handler(command: int, params: Params) -> Steps:
        memory = yield from TEEC_RegisterSharedMemory(context, "mine", b"data")
        yield from TEEC_ReleaseSharedMemory(context, memory)
        return Result.SUCCESS

    context = yield from TEEC_InitializeContext(client, handler)
    session = yield from TEEC_OpenSession(context)
    yield from TEEC_InvokeCommand(session, COMMAND)
    yield from TEEC_CloseSession(session)
    yield from TEEC_FinalizeContext(context)


def front_ta(command: int, params: Params) -> Steps:
    """A TA that has another one do the work."""
    ret, session = yield from TEE_OpenTASession("back")
    if ret != Result.SUCCESS:
        return ret
    ret, _, _ = yield from TEE_InvokeTACommand(session, COMMAND)
    yield from TEE_CloseTASession(session)
    return ret


BEHIND = (TrustedApp("front", front_ta), TrustedApp("back", asking_ta))
"""A TA that is invoked by the CA, and one behind it that asks."""

INSTANCES = (
    Scenario(
        "shared-instance",
        "an OCALL of one CA's invocation, and another CA that uses the same TA meanwhile",
        (with_memory((), serve), plain_ca("store")),
        shared("store", asking_or_plain_ta),
    ),
    Scenario(
        "shared-instance-memory",
        "an OCALL that passes memory for a CA that has more, and another CA on the same TA",
        (with_memory((), serve, spare=("spare",)), plain_ca("store")),
        shared("store", sending_or_plain_ta),
    ),
    Scenario(
        "shared-instance-handler",
        "an OCALL whose handler registers memory, and another CA that uses the same TA meanwhile",
        (registering_ca, plain_ca("store")),
        shared("store", asking_or_plain_ta),
    ),
    Scenario(
        "two-single-instances",
        "an OCALL of one CA's invocation, and another CA that uses another TA of one instance",
        (with_memory((), serve), plain_ca("other")),
        (shared("store", asking_ta), shared("other", plain_ta)),
    ),
    Scenario(
        "nested-invoke",
        "an OCALL whose handler invokes its own TA in another session",
        nested_ca(),
        asking_or_plain_ta,
    ),
    Scenario(
        "nested-invoke-shared",
        "an OCALL whose handler invokes its own TA in another session, where there is one instance",
        nested_ca(),
        shared("store", asking_or_plain_ta),
    ),
    Scenario(
        "handler-registers-memory",
        "an OCALL whose handler registers memory",
        registering_ca,
        asking_ta,
    ),
    Scenario(
        "ta-calls-ta",
        "an OCALL of a TA that was called by a TA",
        with_memory((), serve),
        BEHIND,
    ),
)
"""From one instance for two CAs to two TAs for one."""
