"""libteec: what it does when an ioctl returns and secure world asks for something.

It makes the memory of an OCALL, runs the CA's handler, and gives the memory up again.  What does
not fit is answered with an error of its own, origin API, and no handler hears of it.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from ocallkit.abi.results import Origin, Result
from ocallkit.engine import wrong
from ocallkit.engine.world import part_of
from ocallkit.model import calls, tee
from ocallkit.model.calls import Arg, Reply
from ocallkit.model.exit import close_file
from ocallkit.model.params import Params, answered, comes_out, has_buffer, is_memref, is_sound
from ocallkit.model.returned import as_result
from ocallkit.model.teec_context import TEEC_CloseSession, TEEC_FinalizeContext
from ocallkit.model.teec_memory import LEAST_SIZE, failed
from ocallkit.model.teec_thread import in_thread
from ocallkit.model.user_mode import (
    CLOSES_CONTEXT,
    CLOSES_SESSION,
    HANDLER_ERROR,
    MISCHIEF,
    REFUSED,
    still_in_user_mode,
    store_outputs,
)
from ocallkit.model.wire import bare

if TYPE_CHECKING:
    from ocallkit.engine import Steps
    from ocallkit.model.config import Client
    from ocallkit.model.events import Param
    from ocallkit.model.teec import Handler, TeecContext, TeecSession


def teec_handle_ocall(
    context: TeecContext, session: TeecSession | None, reply: Reply, served: Any
) -> Steps:
    """Do what the secure world asks for; gives the argument of the ioctl that answers.

    `served` is what the CA read when the request reached it, the result with which libteec refuses
    it, or the name of what goes wrong; `session` is missing while it is being opened.
    Source: libteec tee_client_api.c as posted, teec_handle_ocall().
    """
    client = context.client
    if isinstance(served, Result):
        arg = _answer(reply, served, Origin.API)
    elif reply.asks == calls.ALLOC:
        arg = yield from ocall_alloc(client, reply, served)
    elif reply.asks == calls.FREE:
        yield from close_file(client, reply.memory)
        yield from still_in_user_mode(client)
        arg = _answer(reply, Result.SUCCESS, Origin.API)
    else:
        arg = yield from ocall_invoke(context, session, reply, served)
    return replace(arg, duplex=True, ocall_id=reply.ocall_id, session=reply.session)


def ocall_alloc(client: Client, reply: Reply, served: Any) -> Steps:
    """Allocate the memory that an OCALL needs, or refuse to."""
    if served == REFUSED:
        return _answer(reply, Result.OUT_OF_MEMORY, Origin.API)
    name, size = f"{part_of(client.context)}.ocall", reply.size or LEAST_SIZE
    made = yield from tee.tee_ioctl_shm_register(client, name, size, b"", ocall=True, fresh=True)
    yield from still_in_user_mode(client)
    if made.errno:
        return _answer(reply, failed(made.errno)[0], Origin.API)
    return replace(_answer(reply, Result.SUCCESS, Origin.API), memory=made.memory)


def ocall_invoke(
    context: TeecContext, session: TeecSession | None, reply: Reply, served: Any
) -> Steps:
    """Run the CA's handler and store what it answers.

    With an error of the handler's nothing is stored.
    """
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
    data = session.data if session is not None else None
    called = handler(*_taken(handler, (reply.command, served, reply.ta, context.data, data)))
    if isinstance(called, Generator):
        called = yield from (in_thread(client, called) if client.design.server else called)
    ret, returned = as_result(handler, called, served)
    if ret != Result.SUCCESS:
        return _answer(reply, ret, Origin.CLIENT_APP)
    if not _fits(served, returned):
        return _answer(reply, Result.BAD_PARAMETERS, Origin.API)
    out = tuple(map(_left, served, answered(reply.params, returned)))
    yield store_outputs, client, out, reply.session
    return _answer(reply, Result.SUCCESS, Origin.CLIENT_APP, out)


LEAST: Final = 2
"""How many things every handler takes: the command and its parameters."""


def _taken(handler: Handler, given: tuple[Any, ...]) -> tuple[Any, ...]:
    """Of what a handler may be given as much as it takes, from the first on.

    What has a default is a handler's own affair.  Raises ProgramError for one that takes more.
    """
    count = _required(handler)
    if count > len(given):
        raise wrong(
            handler,
            f"takes {count} things: there are the command, its parameters, the TA, and the data of"
            " the context and of the session",
        )
    return given[: max(count, LEAST)]


def _required(handler: Any) -> int:
    """How many things a handler has to be given."""
    code = getattr(handler, "__code__", None)
    if code is not None:
        bound = getattr(handler, "__self__", None) is not None
        count: int = code.co_argcount - len(handler.__defaults__ or ()) - bound
        return count
    import inspect  # noqa: PLC0415 - it costs a start more than all of the model

    plain = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    found = inspect.signature(handler).parameters.values()
    return sum(one.kind in plain and one.default is one.empty for one in found)


def _fits(served: Params, returned: Params) -> bool:
    """Whether a handler's outputs fit what it was given; no buffer may have moved or grown."""
    return len(served) == len(returned) and all(
        _fits_there(s, r) for s, r in zip(served, returned, strict=True) if comes_out(s)
    )


def _fits_there(served: Param, returned: Param) -> bool:
    """The same for one parameter; a buffer of the handler's own stands for the one it was given."""
    if not is_memref(served):
        return not is_memref(returned) and is_sound(returned)
    moved = returned.memory and (returned.memory, returned.offset) != (served.memory, served.offset)
    filled = replace(returned, data=returned.data.ljust(returned.size, b"\0"))
    return is_memref(returned) and has_buffer(filled) and not moved and returned.size <= served.size


def _left(served: Param, out: Param) -> Param:
    """An output with all of its octets: behind what a handler wrote is what it was given."""
    if not (is_memref(out) and comes_out(out)):
        return out
    return replace(out, data=(out.data + served.data[len(out.data) :])[: out.size])


def _answer(reply: Reply, ret: Result, origin: Origin, out: Params | None = None) -> Arg:
    """The argument that answers a request; without `out` it changes nothing that was passed.

    What is in memory does not travel with it.
    """
    if reply.asks != calls.OCALL:
        memory = reply.memory if reply.asks == calls.FREE else ""
        return Arg(answers=reply.asks, memory=memory, ret=ret, origin=origin)
    params = bare(reply.params if out is None else out)
    return Arg(reply.command, params, calls.OCALL, ret=ret, origin=origin)
