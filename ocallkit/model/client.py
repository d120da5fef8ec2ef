"""The client application: libteec under it, and its OCALL handler.

A CA is a generator function of its `Client`:

    def ca(client):
        context = yield from TEEC_InitializeContext(client, handler)
        session = yield from TEEC_OpenSession(context)
        result = yield from TEEC_InvokeCommand(session, 0, (value(INOUT, 5, 6),))
        ...

and a handler an ordinary function: `handler(command, params)` gives a result, or a result and the
parameters with their outputs.  `handler(command, params, ta)` is told which TA asks.  Whenever the
CA is in user mode, it may be killed there.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from ocallkit.abi.results import Origin, Result
from ocallkit.engine.world import part_of
from ocallkit.model import calls, optee, tee
from ocallkit.model.calls import ENOMEM, Arg, Reply
from ocallkit.model.config import DEFAULT_TA
from ocallkit.model.devices import FOR_CLIENTS, OPTEE
from ocallkit.model.exit import close_file, close_one
from ocallkit.model.files import CONTEXT, REQUEST, file_of, short
from ocallkit.model.params import (
    MAX_PARAMS,
    NONE,
    Params,
    answered,
    comes_out,
    is_memref,
    is_sound,
    memref,
    trimmed,
)
from ocallkit.model.results import as_result
from ocallkit.model.teec import Handler, TeecContext, TeecError, TeecResult, TeecSession
from ocallkit.model.user_mode import (
    CLOSES_CONTEXT,
    CLOSES_SESSION,
    HANDLER_ERROR,
    MISCHIEF,
    REFUSED,
    TWICE,
    back_in_user_mode,
    still_in_user_mode,
    store_outputs,
)

if TYPE_CHECKING:
    from ocallkit.engine import Steps
    from ocallkit.model.config import Client
    from ocallkit.model.events import Param

__all__ = [
    "Handler",
    "TEEC_CloseSession",
    "TEEC_FinalizeContext",
    "TEEC_InitializeContext",
    "TEEC_InvokeCommand",
    "TEEC_OpenSession",
    "TEEC_RegisterSharedMemory",
    "TEEC_ReleaseSharedMemory",
    "TEEC_RequestCancellation",
    "TeecContext",
    "TeecError",
    "TeecResult",
    "TeecSession",
]

RESERVED = frozenset({"ocall", CONTEXT, REQUEST})
"""Names that files other than those of registered memory have."""


def TEEC_InitializeContext(
    client: Client, handler: Handler | None = None, device: str = OPTEE
) -> Steps:
    """Open the device; `handler` serves the OCALLs of this context.

    Without one its invocations carry no OCALL.  Gives a `TeecContext`.  Raises TeecError where
    `device` is that of another TEE, which has no OCALLs: NOT_SUPPORTED.  Raises ValueError for a
    device that is not there.
    Source: GP TEE Client API, TEEC_InitializeContext(); libteec as posted,
    TEEC_CONTEXT_SETTING_OCALL.
    """
    if device not in FOR_CLIENTS:
        raise ValueError(f"there is no device {device!r} for a CA: {' or '.join(FOR_CLIENTS)}")
    context = yield tee.tee_open, client, device
    yield from back_in_user_mode(client, "open", Reply())
    opened = TeecContext(client.on(context), handler)
    if handler is not None and device != OPTEE:
        yield from TEEC_FinalizeContext(opened)
        raise TeecError("TEEC_InitializeContext", Result.NOT_SUPPORTED, Origin.API)
    return opened


def TEEC_FinalizeContext(context: TeecContext) -> Steps:
    """Close the device.

    Source: GP TEE Client API, TEEC_FinalizeContext().
    """
    client = context.client
    yield from close_one(client, file_of(CONTEXT, client.context))


def TEEC_OpenSession(context: TeecContext, ta: str = "", params: Params = ()) -> Steps:
    """Open a session with a TA, the scenario's first if none is named; gives a `TeecSession`.

    OCALLs that the TA makes meanwhile are served, where the ioctl can carry them; else they are
    refused.  Raises TeecError where it is not opened.
    Source: GP TEE Client API, TEEC_OpenSession(); libteec as posted.
    """
    can = context.handler is not None and context.client.design.transport.while_opening
    arg = Arg(params=trimmed(params), opens=ta or DEFAULT_TA, duplex=can)
    result, session = yield from talk(context, arg)
    if not session:
        raise TeecError("TEEC_OpenSession", result.ret, result.origin)
    return TeecSession(context, context.client.on(context.client.context, session))


def TEEC_CloseSession(session: TeecSession) -> Steps:
    """Close the session; an OCALL that is pending on it is cancelled.

    Source: GP TEE Client API, TEEC_CloseSession().
    """
    reply = yield from tee.tee_ioctl_close_session(session.client)
    yield from back_in_user_mode(session.client, "TEE_IOC_CLOSE_SESSION", reply)


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


def TEEC_RegisterSharedMemory(
    context: TeecContext, name: str, data: bytes = b"", size: int | None = None
) -> Steps:
    """Register memory for invocations; gives its id, for `params.memref`.

    `data` is what it holds, `size` its bytes if they are more.  Raises TeecError where that fails,
    ValueError for a name that the model needs itself, or that the client has given to a memory that
    is still there.
    Source: GP TEE Client API, TEEC_RegisterSharedMemory().
    """
    if short(name) in RESERVED:
        raise ValueError(f"no memory can be called {name!r}: the model has a file of that name")
    return (yield from register(context, name, data, size))


def register(
    context: TeecContext, name: str, data: bytes, size: int | None = None, *, fresh: bool = False
) -> Steps:
    """Register memory under a name, or one like it; gives its id, or raises TeecError."""
    client = context.client
    size = len(data) if size is None else size
    memory = f"{part_of(client.context)}.{name}"
    reply = yield from tee.tee_ioctl_shm_register(
        client, memory, size, data, ocall=False, fresh=fresh
    )
    yield from back_in_user_mode(client, "TEE_IOC_SHM_REGISTER", reply)
    if reply.errno:
        raise TeecError("TEEC_RegisterSharedMemory", *failed(reply.errno))
    return reply.memory


def failed(errno: int) -> tuple[Result, Origin]:
    """What libteec makes of an ioctl's own failure.

    Source: libteec tee_client_api.c, ioctl_errno().
    """
    return Result.OUT_OF_MEMORY if errno == ENOMEM else Result.GENERIC, Origin.COMMS


def TEEC_ReleaseSharedMemory(context: TeecContext, memory: str) -> Steps:
    """Close the memory's file.

    Source: GP TEE Client API, TEEC_ReleaseSharedMemory().
    """
    yield from close_one(context.client, memory)


def TEEC_InvokeCommand(session: TeecSession, command: int, params: Params = ()) -> Steps:
    """Invoke a function of the TA and serve the OCALLs that it makes; gives a `TeecResult`.

    More than four parameters, or a value of more than 32 bits: BAD_PARAMETERS, origin API, and
    nothing leaves the CA.  A temporary memory reference is registered for this invocation; where
    that fails, those that were registered for it before are released.
    Source: GP TEE Client API, TEEC_InvokeCommand().
    """
    context = session.context
    if not all(map(is_sound, params)) or len(params) > MAX_PARAMS:
        return TeecResult(Result.BAD_PARAMETERS, Origin.API, params)
    temporary: list[str] = []
    try:
        passed = yield from registered(context, trimmed(params), temporary)
    except TeecError as error:
        result = TeecResult(error.ret, error.origin, params)
    else:
        result = yield from invoke(session, command, passed)
    for memory in temporary:
        yield from TEEC_ReleaseSharedMemory(context, memory)
    returned = (*result.params, *[NONE] * (len(params) - len(result.params)))
    return replace(result, params=tuple(map(_as_passed, params, returned)))


def registered(context: TeecContext, params: Params, temporary: list[str]) -> Steps:
    """The parameters, each temporary reference registered, and noted in `temporary`."""
    passed: list[Param] = []
    for number, param in enumerate(params):
        if is_memref(param) and not param.memory and param.size:
            memory = yield from register(context, f"tmp{number}", param.data, fresh=True)
            temporary.append(memory)
            passed.append(memref(param.attr.removeprefix("MEMREF_"), memory, param.size))
        else:
            passed.append(param)
    return tuple(passed)


def invoke(session: TeecSession, command: int, params: Params) -> Steps:
    """One invocation: ioctls, until one of them says that it is complete."""
    context = replace(session.context, client=session.client)
    duplex = context.handler is not None
    arg = Arg(command, params, duplex=duplex, session=session.id)
    result, _ = yield from talk(context, arg, session)
    return result


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


def teec_handle_ocall(
    context: TeecContext, session: TeecSession | None, reply: Reply, served: Any
) -> Steps:
    """Do what the secure world asks for; gives the argument of the ioctl that answers.

    `served` is what the CA read when the request reached it, or the name of what goes wrong;
    `session` is missing while it is being opened.
    Source: libteec tee_client_api.c as posted, teec_handle_ocall().
    """
    client = context.client
    if reply.asks == calls.ALLOC:
        arg = yield from ocall_alloc(client, reply, served)
    elif reply.asks == calls.FREE:
        yield from close_file(client, reply.memory)
        yield from still_in_user_mode(client)
        arg = Arg(answers=calls.FREE, memory=reply.memory)
    else:
        arg = yield from ocall_invoke(context, session, reply, served)
    return replace(arg, duplex=True, ocall_id=reply.ocall_id, session=reply.session)


def ocall_alloc(client: Client, reply: Reply, served: Any) -> Steps:
    """Allocate the memory that an OCALL needs, or refuse to."""
    if served == REFUSED:
        return Arg(answers=calls.ALLOC, ret=Result.OUT_OF_MEMORY)
    made = yield from tee.tee_ioctl_shm_register(
        client, f"{part_of(client.context)}.ocall", reply.size, b"", ocall=True, fresh=True
    )
    yield from still_in_user_mode(client)
    if made.errno:
        return Arg(answers=calls.ALLOC, ret=failed(made.errno)[0])
    return Arg(answers=calls.ALLOC, memory=made.memory)


def ocall_invoke(
    context: TeecContext, session: TeecSession | None, reply: Reply, served: Any
) -> Steps:
    """Run the CA's handler and store what it answers."""
    client, handler = context.client, context.handler
    if served == HANDLER_ERROR:
        return _answer(reply, Result.GENERIC, Origin.CLIENT_APP)
    if served == CLOSES_SESSION and session is not None:
        yield from TEEC_CloseSession(session)
    if served == CLOSES_CONTEXT:
        yield from TEEC_FinalizeContext(context)
    if served in MISCHIEF:
        return _answer(reply, Result.SUCCESS, Origin.CLIENT_APP)
    if handler is None:
        return _answer(reply, Result.BAD_STATE, Origin.API)
    called = handler(reply.command, served, *([reply.ta] if _wants_ta(handler) else []))
    if isinstance(called, Generator):
        called = yield from called
    ret, returned = as_result(handler, called, served)
    if ret != Result.SUCCESS:
        return _answer(reply, ret, Origin.CLIENT_APP)
    if not _fits(served, returned):
        return _answer(reply, Result.BAD_PARAMETERS, Origin.API)
    out = answered(reply.params, returned)
    yield store_outputs, client, out, reply.session
    return _answer(reply, Result.SUCCESS, Origin.CLIENT_APP, out)


WITH_TA = 3
"""How many things a handler takes that wants to know which TA asks."""


def _wants_ta(handler: Handler) -> bool:
    """Whether a handler takes the name of the TA after the command and its parameters.

    What has a default is a handler's own affair.
    """
    code, defaults = getattr(handler, "__code__", None), getattr(handler, "__defaults__", None)
    return code is not None and code.co_argcount == WITH_TA and not defaults


def _fits(served: Params, returned: Params) -> bool:
    """Whether a handler's outputs fit what it was given; no buffer may have grown."""
    return len(served) == len(returned) and all(
        is_sound(replace(r, memory="", data=r.data.ljust(r.size, b"\0"))) and r.size <= s.size
        for s, r in zip(served, returned, strict=True)
    )


def _answer(reply: Reply, ret: Result, origin: Origin, out: Params | None = None) -> Arg:
    """The argument that answers an OCALL; without `out` it changes nothing that was passed.

    What is in memory does not travel with it.
    """
    passed = reply.params if out is None else out
    params = tuple(replace(p, data=b"") if p.memory else p for p in passed)
    return Arg(reply.command, params, calls.OCALL, ret=ret, origin=origin)


def _as_passed(own: Param, returned: Param) -> Param:
    """A temporary reference is given back as it came, with what was written to it."""
    return replace(returned, memory=own.memory, offset=own.offset) if comes_out(own) else own
