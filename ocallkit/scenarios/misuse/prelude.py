"""What a caller does that keeps to the rules, one ioctl at a time: it brings requests about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ocallkit.model import calls
from ocallkit.model.client import TEEC_InitializeContext, TEEC_OpenSession
from ocallkit.model.client import TEEC_RegisterSharedMemory as registers
from ocallkit.model.params import INOUT, NONE, memref
from ocallkit.scenarios.misuse.act import (
    MINE,
    MINE_SIZE,
    PLAIN,
    VALUES,
    Act,
    allocates,
    answer,
    answers,
    closes,
    invokes,
    lent,
    mine,
)

if TYPE_CHECKING:
    from ocallkit.engine import Steps
    from ocallkit.model.config import Client


def begins(client: Client) -> Steps:
    """Open a context and a session and register memory; gives the client as it stands then."""
    context = yield from TEEC_InitializeContext(client)
    session = yield from TEEC_OpenSession(context)
    yield from registers(context, MINE, b"mine", MINE_SIZE)
    return session.client


def invokes_with_memory(client: Client) -> Steps:
    """Invoke the function that asks, and pass it memory."""
    return (yield from invokes(client, params=(memref(INOUT, mine(client), 4),)))


def invokes_plain(client: Client) -> Steps:
    """Invoke the function that asks nothing."""
    return (yield from invokes(client, PLAIN))


def invokes_values(client: Client) -> Steps:
    """Invoke the function that asks twice with values."""
    return (yield from invokes(client, VALUES))


def lends(client: Client) -> Steps:
    """Allocate what is asked for and say so; what nobody has asked for is freed again."""
    memory = yield from allocates(client)
    reply = yield from answers(client, calls.ALLOC, memory=memory)
    if reply.errno and memory:
        yield from closes(client, memory)
    return reply


def serves_ocall(client: Client) -> Steps:
    """Answer the OCALL with memory."""
    return (yield from answers(client, calls.OCALL, answer(client)))


def serves_values(client: Client) -> Steps:
    """Answer the OCALL with values."""
    first, *_ = answer(client)
    return (yield from answers(client, calls.OCALL, (first, NONE, NONE, NONE)))


def frees(client: Client) -> Steps:
    """Free the memory of the OCALL, and say so."""
    yield from closes(client, lent(client))
    return (yield from answers(client, calls.FREE, memory=lent(client)))


RULES: Final = (
    Act("invokes", "invokes the function that asks its CA", invokes),
    Act("invokes-with-memory", "invokes it and passes memory", invokes_with_memory),
    Act("invokes-values", "invokes the function that asks twice with values", invokes_values),
    Act("invokes-plain", "invokes the function that asks nothing", invokes_plain),
    Act("lends", "allocates memory for the OCALL", lends, calls.ALLOC),
    Act("serves", "answers the OCALL that passes memory", serves_ocall, calls.OCALL),
    Act("serves-values", "answers the OCALL that passes values", serves_values),
    Act("frees", "frees the memory of the OCALL", frees, calls.FREE),
)
"""What a CA does that libteec speaks for, but for the order."""

TO: Final = {
    "": (),
    calls.ALLOC: (invokes,),
    calls.OCALL: (invokes, lends),
    calls.FREE: (invokes, lends, serves_ocall),
}
"""What brings a request about."""
