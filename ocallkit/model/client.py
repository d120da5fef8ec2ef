"""The client application: libteec under it, and its OCALL handler.

A CA is a generator function of its `Client`:

    def ca(client):
        context = yield from TEEC_InitializeContext(client, handler)
        session = yield from TEEC_OpenSession(context)
        result = yield from TEEC_InvokeCommand(session, 0, (value(INOUT, 5, 6),))
        ...

and a handler an ordinary function: `handler(command, params)` gives a result, or a result and the
parameters with their outputs.  `handler(command, params, ta)` is told which TA asks: `ta` is its
name, `ta.uuid` and `ta.octets` its UUID.  `handler(command, params, ta, context_data,
session_data)` gets the `data` with which the context and the session were opened; while a session
opens its data is None.  A handler that makes calls of its own is a generator function.

Whenever the CA is in user mode, it may be killed there.  Contexts are in `teec_context`, memory is
in `teec_memory`, the OCALLs are in `teec_ocall`; here are sessions and what is invoked in them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from ocallkit.abi.results import Origin, Result
from ocallkit.model import optee, tee
from ocallkit.model.calls import Arg
from ocallkit.model.config import DEFAULT_TA
from ocallkit.model.params import MAX_PARAMS, NONE, U32_MAX, Params, answered, is_sound, trimmed
from ocallkit.model.teec import (
    TEEC_CONTEXT_SETTING_OCALL,
    TEEC_SESSION_SETTING_DATA,
    Handler,
    TeecContext,
    TeecContextSetting,
    TeecError,
    TeecResult,
    TeecSession,
    TeecSessionSetting,
)
from ocallkit.model.teec_context import (
    TEEC_CloseSession,
    TEEC_FinalizeContext,
    TEEC_InitializeContext,
    TEEC_InitializeContext2,
    data_of_session,
)
from ocallkit.model.teec_memory import (
    TEEC_AllocateSharedMemory,
    TEEC_RegisterSharedMemory,
    TEEC_ReleaseSharedMemory,
    as_passed,
    failed,
    registered,
)
from ocallkit.model.teec_ocall import teec_handle_ocall
from ocallkit.model.user_mode import TWICE, back_in_user_mode

if TYPE_CHECKING:
    from ocallkit.engine import Steps
    from ocallkit.model.config import Client

__all__ = [
    "TEEC_CONTEXT_SETTING_OCALL",
    "TEEC_SESSION_SETTING_DATA",
    "Handler",
    "TEEC_AllocateSharedMemory",
    "TEEC_CloseSession",
    "TEEC_FinalizeContext",
    "TEEC_InitializeContext",
    "TEEC_InitializeContext2",
    "TEEC_InvokeCommand",
    "TEEC_OpenSession",
    "TEEC_OpenSession2",
    "TEEC_RegisterSharedMemory",
    "TEEC_ReleaseSharedMemory",
    "TEEC_RequestCancellation",
    "TeecContext",
    "TeecContextSetting",
    "TeecError",
    "TeecResult",
    "TeecSession",
    "TeecSessionSetting",
]


def TEEC_OpenSession(
    context: TeecContext, ta: str = "", params: Params = (), *, data: Any = None
) -> Steps:
    """Open a session with a TA, the scenario's first if none is named; gives a `TeecSession`.

    A TA goes by its name or by its UUID.  OCALLs that it makes meanwhile are served, where the
    ioctl can carry them; else they are refused.  `data` is the handler's from then on.  Raises
    TeecError where the session is not opened; the parameters that it cannot pass are those of which
    TEEC_InvokeCommand() cannot.
    Source: GP TEE Client API, TEEC_OpenSession(); libteec as posted.
    """
    if data is not None and context.client.design.server:
        raise ValueError(
            f"{context.client.title} opens a session with data for its handler: under"
            f" {context.client.design.name} another thread serves, which is not told of it"
        )
    can = context.handler is not None and context.client.design.transport.while_opening
    first = Arg(opens=ta or DEFAULT_TA, duplex=can)
    result, session = yield from operation(context, first, params)
    if not session:
        raise TeecError("TEEC_OpenSession", result.ret, result.origin, result.params)
    on = context.client.on(context.client.context, session)
    return TeecSession(context, on, data, result.params)


def TEEC_OpenSession2(
    context: TeecContext,
    ta: str = "",
    params: Params = (),
    settings: tuple[TeecSessionSetting, ...] | None = None,
    count: int | None = None,
) -> Steps:
    """Open a session with settings: a `TeecSessionSetting` brings data for the handler.

    `count` is how many settings there are said to be: as many as there are, if nothing is said.
    Raises TeecError with BAD_PARAMETERS, before a session is opened, for settings that are not
    there and for one of an unknown type.
    Source: libteec as posted, TEEC_OpenSession2().
    """
    data = data_of_session(settings, count)
    return (yield from TEEC_OpenSession(context, ta, params, data=data))


def system_session(session: TeecSession) -> Steps:
    """Make a session a system session, which no library offers: only the kernel's clients can.

    It is here to ask what it would change.
    """
    yield optee.optee_system_session, session.client


def TEEC_RequestCancellation(session: TeecSession) -> Steps:
    """Ask what runs in the session, called by another thread, to give up.

    Source: GP TEE Client API, TEEC_RequestCancellation().
    """
    reply = yield from tee.tee_ioctl_cancel(session.client)
    yield from back_in_user_mode(session.client, "TEE_IOC_CANCEL", reply)


def TEEC_InvokeCommand(session: TeecSession, command: int, params: Params = ()) -> Steps:
    """Invoke a function of the TA and serve the OCALLs that it makes; gives a `TeecResult`.

    More than four parameters, a command or a value of more than 32 bits: BAD_PARAMETERS, origin
    API, and nothing leaves the CA.  A temporary memory reference is registered for this invocation;
    where that fails, those that were registered for it before are released.
    Source: GP TEE Client API, TEEC_InvokeCommand().
    """
    context = replace(session.context, client=session.client)
    first = Arg(command, duplex=context.handler is not None, session=session.id)
    result, _ = yield from operation(context, first, params, session)
    return result


def operation(
    context: TeecContext, first: Arg, params: Params, session: TeecSession | None = None
) -> Steps:
    """Carry out an operation with its parameters; gives its result and the session, if one opens.

    Source: libteec tee_client_api.c, teec_pre_process_operation(), teec_post_process_operation().
    """
    sound = all(map(is_sound, params)) and len(params) <= MAX_PARAMS
    if not sound or not 0 <= first.command <= U32_MAX:
        return TeecResult(Result.BAD_PARAMETERS, Origin.API, params), ""
    temporary: list[str] = []
    opened = ""
    try:
        passed = yield from registered(context, trimmed(params), temporary)
    except TeecError as error:
        result = TeecResult(error.ret, error.origin, params)
    else:
        result, opened = yield from talk(context, replace(first, params=passed), session)
    for memory in temporary:
        yield from TEEC_ReleaseSharedMemory(context, memory)
    returned = (*result.params, *[NONE] * (len(params) - len(result.params)))
    return replace(result, params=tuple(map(as_passed, params, returned))), opened


def talk(context: TeecContext, arg: Arg, session: TeecSession | None = None) -> Steps:
    """Issue the ioctl, and serve what is asked, until it is complete; gives result and session.

    Source: libteec tee_client_api.c as posted, TEEC_InvokeCommand(), TEEC_OpenSession2().
    """
    client, first, buffer = context.client, arg, None
    while True:
        ioctl = tee.ioctl_name(client, arg)
        if client.octets:
            served, reply, buffer = yield from issue(client, first, arg, buffer)
        else:
            reply = yield from tee.tee_ioctl_invoke(client, arg)
            served = yield from back_in_user_mode(client, ioctl, reply)
        if reply.errno:
            return TeecResult(*failed(reply.errno), first.params), ""
        if not reply.asks:
            params = answered(first.params, served) or first.params
            return TeecResult(reply.ret, reply.origin, params), reply.session
        arg = yield from teec_handle_ocall(context, session, reply, served)
        arg = replace(arg, opens=first.opens)
        if served == TWICE and client.octets:
            _, _, buffer = yield from issue(client, first, arg, buffer)
        elif served == TWICE:
            again = yield from tee.tee_ioctl_invoke(client, arg)
            yield from back_in_user_mode(client, tee.ioctl_name(client, arg), again)


def issue(client: Client, first: Arg, arg: Arg, buffer: Any) -> Steps:
    """Issue an ioctl where octets cross; gives what the CA reads, the `Reply`, and its buffer.

    `first` is what the CA wrote to begin with, `buffer` what lies there now.
    """
    ioctl = tee.ioctl_name(client, arg)
    read, arg, buffer = yield tee.params_from_buffer, client, arg, buffer
    reply = yield from tee.tee_ioctl_invoke(client, arg, read)
    return (yield from back_in_user_mode(client, ioctl, reply, (first, arg, buffer)))
