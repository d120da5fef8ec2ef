"""A client in the kernel: the functions by which a driver calls a TA, and its own counting.

It is a task without a process: it has no files and no user mode, nothing kills it, and if its
program ends nothing closes what it has left open.  A program of one looks like a CA's:

    def driver(client):
        context = yield from tee_client_open_context(client)
        opened = yield from tee_client_open_session(context)
        reply = yield from tee_client_invoke_func(context, Arg(0, session=opened.session))
        yield from tee_client_close_session(context, opened.session)
        yield from tee_client_close_context(context)

One that passes the OCALL parameter (`duplex`) is prepared for OCALLs, and answers them by invoking
again with `answer_to`.  To any other the driver refuses each OCALL.  The TEE subsystem references
no memory on its behalf: that it has to do itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from ocallkit.abi.results import Origin, Result
from ocallkit.engine import Become, Blocked, Steps, begin
from ocallkit.model import breaches, optee, tee
from ocallkit.model.calls import OCALL, Arg, Held, Reply
from ocallkit.model.config import DEFAULT_TA, Client
from ocallkit.model.events import KERNEL_CLIENT, OPTEE_DRIVER, TEE_DRIVER
from ocallkit.model.params import trimmed
from ocallkit.model.user_mode import read_outputs, reply_words, store_outputs
from ocallkit.model.wire import bare
from ocallkit.model.world import Context

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit.model.params import Params
    from ocallkit.model.world import World


CLOSE_SESSION: Final = "tee_client_close_session"


def kernel_client(client: Client, program: Callable[..., Any], *args: Any) -> Steps:
    """A client's task in the kernel: its program, and nothing behind it."""
    then = yield from begin(program, client, *args)
    if isinstance(then, Become):
        return Become(kernel_client, client, then.program, *then.args)
    return then


kernel_client.party = lambda client, *_: client.title  # type: ignore[attr-defined]
"""Whose program it is, where something in it goes wrong."""


# --- contexts and sessions ---------------------------------------------------------------------


def tee_client_open_context(client: Client) -> Steps:
    """Open the device; gives the client as it stands on its new context.

    Source: drivers/tee/tee_core.c, tee_client_open_context().
    """
    context = yield teedev_open, client
    return client.on(context)


def tee_client_close_context(context: Client) -> Steps:
    """Let go of the context: what closing a CA's file does, done by the client itself.

    Source: drivers/tee/tee_core.c, tee_client_close_context().
    """
    yield asks_tee_driver, context, "tee_client_close_context"
    yield from tee.teedev_close_context(context)


def tee_client_open_session(
    context: Client, ta: str = "", params: Params = (), *, duplex: bool = False
) -> Steps:
    """Open a session with a TA, the scenario's first if none is named; gives the `Reply`.

    Source: drivers/tee/tee_core.c, tee_client_open_session().
    """
    arg = Arg(params=trimmed(params), opens=ta or DEFAULT_TA, duplex=duplex)
    return (yield from tee_client_invoke_func(context, arg))


def tee_client_invoke_func(context: Client, arg: Arg) -> Steps:
    """Invoke a function of the TA, or answer what it asks; gives the `Reply`.

    A reply that asks is an OCALL of the TA's, which only a client gets that is prepared.
    Source: drivers/tee/tee_core.c, tee_client_invoke_func(), with an OCALL parameter as posted.
    """
    call = f"tee_client_{'open_session' if arg.opens else 'invoke_func'}"
    yield calls_tee_driver, context, call, arg
    if not arg.answers:
        arg = replace(arg, params=trimmed(arg.params))
    else:
        arg = replace(arg, params=bare(arg.params))
    reply = yield from optee.optee_invoke_func(context, arg)
    return (yield return_to_kernel_client, context, call, reply)


def tee_client_close_session(context: Client, session: str) -> Steps:
    """Close a session; an OCALL that is pending on it is cancelled.  Gives the `Reply`.

    Source: drivers/tee/tee_core.c, tee_client_close_session().
    """
    yield asks_tee_driver, context, CLOSE_SESSION
    reply = yield from optee.optee_close_session(context.on(context.context, session))
    return (yield return_to_kernel_client, context, CLOSE_SESSION, reply)


def tee_client_system_session(context: Client, session: str) -> Steps:
    """Make a session a system session, as later kernels can; gives 0 or the error number.

    Source: drivers/tee/tee_core.c of later kernels, tee_client_system_session().
    """
    return (yield optee.optee_system_session, context.on(context.context, session))


def answer_to(
    reply: Reply, ret: Result = Result.SUCCESS, params: Params | None = None, memory: str = ""
) -> Arg:
    """What answers a request: the result, the parameters, for an allocation the memory."""
    return Arg(
        reply.command,
        reply.params if params is None else params,
        answers=reply.asks,
        duplex=True,
        ocall_id=reply.ocall_id,
        memory=memory,
        ret=ret,
        origin=Origin.CLIENT_APP,
        session=reply.session,
    )


# --- memory ------------------------------------------------------------------------------------


def tee_shm_alloc_kernel_buf(context: Client, name: str, data: bytes) -> Steps:
    """Memory of the kernel's that secure world knows; gives its id, or nothing where that failed.

    Its first reference is the client's.
    Source: drivers/tee/tee_shm.c, tee_shm_alloc_kernel_buf().
    """
    memory = f"{context.name}.{name}"
    yield new_kernel_buf, context, memory, data
    errno = yield from optee.optee_shm_register(context, memory)
    return "" if errno else memory


def tee_shm_get(context: Client, memory: str) -> Steps:
    """One reference more on a memory, which the client holds while a call may use it.

    Source: drivers/tee/tee_shm.c, tee_shm_get_from_id(), which the TEE subsystem calls for a CA.
    """
    yield tee.tee_shm_get, context, _passes(context, memory)


def tee_shm_put(context: Client, memory: str) -> Steps:
    """One of those references less.

    Source: drivers/tee/tee_shm.c, tee_shm_put().
    """
    yield from tee.tee_shm_put(context, _passes(context, memory))


def tee_shm_free(context: Client, memory: str) -> Steps:
    """The client's first reference on a memory goes.

    Source: drivers/tee/tee_shm.c, tee_shm_free().
    """
    held = Held(memory, context.title, "the client frees it")
    yield from tee.tee_shm_put(context, held)


def _passes(context: Client, memory: str) -> Held:
    return Held(memory, f"call of {context.title}", "a parameter names it")


# --- steps: the world, the client, and what they are about -------------------------------------


def teedev_open(world: World, client: Client) -> str:
    """A context whose first reference is the client's; gives its id.

    Source: drivers/tee/tee_core.c, teedev_open().
    """
    context = world.new_id("contexts", client.name, lambda one: not one.freed)
    world.put(Context(context, refs=1))
    world.message(client.task, KERNEL_CLIENT, TEE_DRIVER, "tee_client_open_context")
    world.got(client.task, f"tee_context {context}", client.title, "the device was opened", 1)
    return context


def asks_tee_driver(world: World, client: Client, call: str) -> None:
    """The client calls a function that has no parameters; a session is the OP-TEE driver's."""
    world.message(client.task, KERNEL_CLIENT, TEE_DRIVER, call)
    if call == CLOSE_SESSION:
        world.message(client.task, TEE_DRIVER, OPTEE_DRIVER, "dispatch")


def calls_tee_driver(world: World, client: Client, call: str, arg: Arg) -> None:
    """The client's call reaches the driver: nothing is checked and nothing is referenced."""
    if not (arg.answers or arg.opens):
        world.span(client.task, "invocation", "invoke", begins=True)
    label = f"{call}/{optee.func_name(arg.answers)}" if arg.duplex else call
    world.message(client.task, KERNEL_CLIENT, TEE_DRIVER, label, (), arg.params)
    world.message(client.task, TEE_DRIVER, OPTEE_DRIVER, "dispatch")
    if arg.answers:
        store_outputs(world, client, arg.params, arg.session)


def return_to_kernel_client(world: World, client: Client, call: str, reply: Reply) -> Reply:
    """The call returns, and the client finds in its memory what is there now."""
    is_invoke = call == "tee_client_invoke_func"
    words = reply_words(world, reply) if is_invoke or reply.errno or reply.ret else ()
    world.message(client.task, TEE_DRIVER, KERNEL_CLIENT, "ret", words, reply.params)
    if is_invoke and not reply.asks:
        world.span(client.task, "invocation", "invoke", begins=False)
    if reply.asks == OCALL:
        breaches.handed(world, client, reply.session)
    return replace(reply, params=read_outputs(world, client, reply))


def new_kernel_buf(world: World, client: Client, memory: str, data: bytes) -> None:
    """The client allocates memory, of which secure world is told next."""
    world.message(client.task, KERNEL_CLIENT, TEE_DRIVER, "tee_shm_alloc_kernel_buf")
    tee.tee_shm_new(world, client, memory, len(data), data, ocall=False)
    world.message(client.task, TEE_DRIVER, OPTEE_DRIVER, "dispatch")


def waits_for_work(world: World, client: Client, work: str) -> None:
    """A client that serves something waits until there is something to serve: it idles."""
    raise Blocked(f"{client.title} waits for {work}", work)


waits_for_work.idles = True  # type: ignore[attr-defined]
