"""OCALLs while a session opens: the TA asks its CA before there is a session.

The session has a temporary id meanwhile.  Whether the ioctl that opens one can carry an OCALL is a
matter of the transport; where it cannot, the TA is refused and may open the session all the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

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
)
from ocallkit.model.config import TrustedApp
from ocallkit.model.params import INOUT, INPUT, Params, memref, tempref, value
from ocallkit.model.ta import TEE_InvokeCACommand, either
from ocallkit.model.teec import TeecContext, TeecError
from ocallkit.scenarios.scenario import Scenario
from ocallkit.scenarios.simple import COMMAND, OCALL_COMMAND, plain_ta, serve

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit.model.config import Client

OPENS = "opens in spite of it"
REFUSES = "refuses"
"""What a TA can do whose OCALL has failed while its session opens."""


def asks_to_open(params: Params) -> Steps:
    """A TA that asks its CA with a value before it opens a session."""
    return ask((value(INPUT, 1, 2),))


def sends_to_open(params: Params) -> Steps:
    """A TA that asks its CA with a buffer before it opens a session."""
    return ask((tempref(INOUT, b"ping"),))


def ask(params: Params) -> Steps:
    """Ask the CA; after an error the TA may open the session in spite of it, or refuse."""
    ret, _, _ = yield from TEE_InvokeCACommand(OCALL_COMMAND, params)
    if ret != Result.SUCCESS and (yield from either(OPENS, REFUSES)) == OPENS:
        return Result.SUCCESS
    return ret


def opening_with(
    names: tuple[str, ...], handler: Handler | None = serve
) -> Callable[[Client], Steps]:
    """A CA that passes `names` to the opening of its session, invokes once and closes all."""

    def ca(client: Client) -> Steps:
        context = yield from TEEC_InitializeContext(client, handler)
        memories = []
        for name in names:
            memory = yield from TEEC_RegisterSharedMemory(context, name, b"data")
            memories.append(memory)
        params = tuple(memref(INOUT, memory, 4) for memory in memories)
        try:
            session = yield from TEEC_OpenSession(context, params=params)
        except TeecError:
            return Become(ends, context, tuple(memories))
        yield from TEEC_InvokeCommand(session, COMMAND)
        yield from TEEC_CloseSession(session)
        return Become(ends, context, tuple(memories))

    return ca


def ends(client: Client, context: TeecContext, memories: tuple[str, ...]) -> Steps:
    """Release the memories and close the context, whatever came before."""
    for memory in memories:
        yield from TEEC_ReleaseSharedMemory(context, memory)
    yield from TEEC_FinalizeContext(context)


ASKS_TO_OPEN = TrustedApp("ta", plain_ta, open=asks_to_open)
SENDS_TO_OPEN = TrustedApp("ta", plain_ta, open=sends_to_open)

OPENING = (
    Scenario(
        "open-session-ocall",
        "one OCALL that passes memory, while the session opens",
        opening_with(()),
        SENDS_TO_OPEN,
    ),
    Scenario(
        "open-session-ocall-memref",
        "a session that opens with registered memory, and meanwhile an OCALL that passes none",
        opening_with(("memref",)),
        ASKS_TO_OPEN,
    ),
)
"""The two kinds of memory that can be outstanding when a CA dies while its session opens."""
