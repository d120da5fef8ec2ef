"""The client application: libteec under it, and its OCALL handler.

A CA is a generator function of its `Client`:

    def ca(client):
        context = yield from TEEC_InitializeContext(client, handler)
        session = yield from TEEC_OpenSession(context)
        result = yield from TEEC_InvokeCommand(session, 0, (value(INOUT, 5, 6),))
        ...

and a handler an ordinary function: `handler(command, params)` gives a result, or a result and the
parameters with their outputs.  Whenever the CA is in user mode, it may be killed there.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec.structs import replace

from ocallkit.abi.results import Origin, Result
from ocallkit.model import calls, tee
from ocallkit.model.calls import Arg, Reply
from ocallkit.model.config import Client
from ocallkit.model.exit import close_file, close_one
from ocallkit.model.params import (
    MAX_PARAMS,
    Params,
    answered,
    comes_out,
    is_memref,
    is_sound,
    memref,
)
from ocallkit.model.secure import as_result
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
    from ocallkit.model.events import Param

Handler = Callable[[int, Params], Any]
"""What serves an OCALL: a function of its command and parameters, or a program of them."""

RESERVED: Final = frozenset({"ocall", tee.CONTEXT_FILE, tee.REQUEST_FILE})
"""Names that files other than those of registered memory have."""


class TeecContext(msgspec.Struct, frozen=True):
    """The open device, and the handler for OCALLs where the CA has one.

    Source: GP TEE Client API, TEEC_Context.
    """

    client: Client
    handler: Handler | None = None


class TeecSession(msgspec.Struct, frozen=True):
    """The open session with the client's TA.

    Source: GP TEE Client API, TEEC_Session.
    """

    context: TeecContext


class TeecResult(msgspec.Struct, frozen=True):
    """What an invocation came to: the result, the layer that it comes from, the parameters."""

    ret: Result
    origin: Origin
    params: Params = ()


def TEEC_InitializeContext(client: Client, handler: Handler | None = None) -> Steps:
    """Open the device; `handler` serves the OCALLs of this context.

    Without one its invocations carry no OCALL.  Gives a `TeecContext`.
    Source: GP TEE Client API, TEEC_InitializeContext(); libteec as posted,
    TEEC_CONTEXT_SETTING_OCALL.
    """
    yield tee.tee_open, client
    yield from back_in_user_mode(client, "open", Reply())
    return TeecContext(client, handler)


def TEEC_FinalizeContext(context: TeecContext) -> Steps:
    """Close the device.

    Source: GP TEE Client API, TEEC_FinalizeContext().
    """
    yield from close_one(context.client, tee.CONTEXT_FILE)


def TEEC_OpenSession(context: TeecContext) -> Steps:
    """Open a session with the client's TA; gives a `TeecSession`.

    Source: GP TEE Client API, TEEC_OpenSession().
    """
    reply = yield from tee.tee_ioctl_open_session(context.client)
    yield from back_in_user_mode(context.client, "TEE_IOC_OPEN_SESSION", reply)
    return TeecSession(context)


def TEEC_CloseSession(session: TeecSession) -> Steps:
    """Close the session; an OCALL that is pending on it is cancelled.

    Source: GP TEE Client API, TEEC_CloseSession().
    """
    client = session.context.client
    reply = yield from tee.tee_ioctl_close_session(client)
    yield from back_in_user_mode(client, "TEE_IOC_CLOSE_SESSION", reply)


def TEEC_RegisterSharedMemory(
    context: TeecContext, name: str, data: bytes = b"", size: int | None = None
) -> Steps:
    """Register memory for invocations; gives its name for `params.memref`.

    `data` is what it holds, `size` its bytes if they are more.  Raises ValueError for a name that
    the model needs itself, or that the client has given to a memory that is still there.
    Source: GP TEE Client API, TEEC_RegisterSharedMemory().
    """
    client = context.client
    if name in RESERVED:
        raise ValueError(f"no memory can be called {name!r}: the model has a file of that name")
    memory = f"{client.name}.{name}"
    size = len(data) if size is None else size
    reply = yield from tee.tee_ioctl_shm_register(client, memory, size, data, ocall=False)
    yield from back_in_user_mode(client, "TEE_IOC_SHM_REGISTER", reply)
    return memory


def TEEC_ReleaseSharedMemory(context: TeecContext, memory: str) -> Steps:
    """Close the memory's file.

    Source: GP TEE Client API, TEEC_ReleaseSharedMemory().
    """
    yield from close_one(context.client, memory)


def TEEC_InvokeCommand(session: TeecSession, command: int, params: Params = ()) -> Steps:
    """Invoke a function of the TA and serve the OCALLs that it makes; gives a `TeecResult`.

    More than four parameters, or a value of more than 32 bits: BAD_PARAMETERS, origin API, and
    nothing leaves the CA.  A temporary memory reference is registered for this invocation.
    Source: GP TEE Client API, TEEC_InvokeCommand().
    """
    context = session.context
    if not all(map(is_sound, params)) or len(params) > MAX_PARAMS:
        return TeecResult(Result.BAD_PARAMETERS, Origin.API, params)
    passed, temporary = [], []
    for number, param in enumerate(params):
        if is_memref(param) and not param.memory and param.size:
            memory = yield from TEEC_RegisterSharedMemory(context, f"tmp{number}", param.data)
            temporary.append(memory)
            passed.append(memref(param.attr.removeprefix("MEMREF_"), memory, param.size))
        else:
            passed.append(param)
    result = yield from invoke(session, command, tuple(passed))
    for memory in temporary:
        yield from TEEC_ReleaseSharedMemory(context, memory)
    return replace(result, params=tuple(map(_as_passed, params, result.params)))


def invoke(session: TeecSession, command: int, params: Params) -> Steps:
    """One invocation: ioctls, until one of them says that it is complete.

    Source: libteec tee_client_api.c as posted, TEEC_InvokeCommand().
    """
    context = session.context
    client = context.client
    arg = Arg(command, params, duplex=context.handler is not None)
    while True:
        ioctl = tee.ioctl_name(client, arg)
        reply = yield from tee.tee_ioctl_invoke(client, arg)
        served = yield from back_in_user_mode(client, ioctl, reply)
        if reply.errno:
            return TeecResult(Result.GENERIC, Origin.COMMS, params)
        if not reply.asks:
            return TeecResult(reply.ret, reply.origin, answered(params, served) or params)
        arg = yield from teec_handle_ocall(session, reply, served)
        if served == TWICE:
            first = yield from tee.tee_ioctl_invoke(client, arg)
            yield from back_in_user_mode(client, tee.ioctl_name(client, arg), first)


def teec_handle_ocall(session: TeecSession, reply: Reply, served: Any) -> Steps:
    """Do what the secure world asks for; gives the argument of the ioctl that answers.

    `served` is what the CA read when the request reached it, or the name of what goes wrong.
    Source: libteec tee_client_api.c as posted, teec_handle_ocall().
    """
    client = session.context.client
    if reply.asks == calls.ALLOC:
        arg = yield from ocall_alloc(client, reply, served)
    elif reply.asks == calls.FREE:
        yield from close_file(client, reply.memory)
        yield from still_in_user_mode(client)
        arg = Arg(answers=calls.FREE)
    else:
        arg = yield from ocall_invoke(session, reply, served)
    return replace(arg, duplex=True, ocall_id=reply.ocall_id)


def ocall_alloc(client: Client, reply: Reply, served: Any) -> Steps:
    """Allocate the memory that an OCALL needs, or refuse to."""
    if served == REFUSED:
        return Arg(answers=calls.ALLOC, ret=Result.OUT_OF_MEMORY)
    memory = f"{client.name}.ocall"
    yield from tee.tee_ioctl_shm_register(client, memory, reply.size, b"", ocall=True)
    yield from still_in_user_mode(client)
    return Arg(answers=calls.ALLOC, memory=memory)


def ocall_invoke(session: TeecSession, reply: Reply, served: Any) -> Steps:
    """Run the CA's handler and store what it answers."""
    client = session.context.client
    if served == HANDLER_ERROR:
        return _answer(reply, Result.GENERIC, Origin.CLIENT_APP)
    if served == CLOSES_SESSION:
        yield from TEEC_CloseSession(session)
    if served == CLOSES_CONTEXT:
        yield from TEEC_FinalizeContext(session.context)
    if served in MISCHIEF:
        return _answer(reply, Result.SUCCESS, Origin.CLIENT_APP)
    handler = session.context.handler
    if handler is None:
        return _answer(reply, Result.BAD_STATE, Origin.API)
    called = handler(reply.command, served)
    if isinstance(called, Generator):
        called = yield from called
    ret, returned = as_result(handler, called, served)
    if ret != Result.SUCCESS:
        return _answer(reply, ret, Origin.CLIENT_APP)
    if not _fits(served, returned):
        return _answer(reply, Result.BAD_PARAMETERS, Origin.API)
    out = answered(reply.params, returned)
    yield store_outputs, client.name, out
    return _answer(reply, Result.SUCCESS, Origin.CLIENT_APP, out)


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
