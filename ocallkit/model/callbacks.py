"""Callbacks as Linux has them since: the invocation waits in the kernel, another thread serves.

A process hands a callback object to secure world with the session that it opens.  What secure world
asks of that object is queued on the object's context.  The thread whose call it is waits there, and
a kill ends that.  A thread of the process takes the request by TEE_IOC_SUPPL_RECV and answers by
TEE_IOC_SUPPL_SEND.  Either can die first.

Source: drivers/tee/qcomtee/user_obj.c and call.c of later kernels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from ocallkit.abi.results import Result
from ocallkit.engine import Blocked, Choose, Option
from ocallkit.engine.system import GO
from ocallkit.engine.world import part_of
from ocallkit.model import breaches, calls, optee, tee, worker
from ocallkit.model.calls import EBADF, EINTR, EINVAL, Answer, Arg, Reply, Rpc
from ocallkit.model.events import CA, OPTEE_DRIVER, TEE_DRIVER
from ocallkit.model.files import fdget
from ocallkit.model.requests import (
    DONE,
    LEFT,
    PROCESSING,
    QUEUED,
    first_queued,
    give_up,
    next_number,
)
from ocallkit.model.secure import smc_return_from_rpc
from ocallkit.model.teec_thread import is_stopped
from ocallkit.model.user_mode import is_dying, kill_of
from ocallkit.model.world import Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit.engine import Steps
    from ocallkit.model.calls import Held
    from ocallkit.model.config import Client
    from ocallkit.model.world import Call, World

RECV: Final = "TEE_IOC_SUPPL_RECV"
SEND: Final = "TEE_IOC_SUPPL_SEND"

ENODEV: Final = optee.DEAD
"""What secure world gets where nobody answers: there is an error of OP-TEE's that says so."""


# --- the invocation's side -------------------------------------------------------------------


def ask_and_go_on(
    client: Client, arg: Arg, call: str, rpc: Rpc, wait: Callable[..., Any] | None = None
) -> Steps:
    """Have what a secure thread asks answered, and follow it on; gives the ioctl's `Reply`.

    `wait` is the step in which it waits, if not `wait_for_completion_state`.
    Source: drivers/tee/qcomtee/core.c, qcomtee_object_do_invoke(), its loop.
    """
    answer = yield from qcomtee_user_object_dispatch(client, call, rpc, wait)
    outcome = yield smc_return_from_rpc, client, rpc.thread, answer
    outcome = yield from optee.optee_handle_rpcs(client, outcome)
    return (yield from optee.optee_return_from_call(client, arg, call, outcome))


def qcomtee_user_object_dispatch(
    client: Client, call: str, rpc: Rpc, wait: Callable[..., Any] | None = None
) -> Steps:
    """Queue a request for the callback object's process and wait; gives the `Answer`.

    Memory that is to be freed is given back first: it was secure world's, by an earlier answer.
    Raises ValueError for a client in the kernel, whose callback object is a function of its own.
    Source: drivers/tee/qcomtee/user_obj.c, qcomtee_user_object_dispatch().
    """
    if client.kernel:
        raise ValueError(
            f"{client.title} serves OCALLs by invoking again: under {client.design.name} no call"
            " returns with a request, and the kernel's own callback objects are not modelled"
        )
    for held in (yield give_back, call, rpc.memory if rpc.cmd == calls.FREE else ""):
        yield from tee.tee_shm_put(client, held)
    request = yield queue_callback, client, call, rpc
    if not request:
        return ENODEV
    return (yield wait or wait_for_completion_state, client, request)


def give_back(world: World, call: str, memory: str) -> tuple[Held, ...]:
    """Secure world releases memory that an answer has left to it; gives the reference to drop."""
    record = world.calls[call]
    if memory not in record.requested:
        return ()
    left = tuple(one for one in record.requested if one != memory)
    world.put(replace(record, requested=left))
    return optee.references_of_request((memory,), "secure world releases it")


def queue_callback(world: World, client: Client, call: str, rpc: Rpc) -> str:
    """The request is the last in the context's queue; gives its id.

    Nothing is queued on a context whose file was closed.  The number is what a server names it by;
    one that somebody still has is given to no other.
    """
    was = world.calls[call]
    context = world.contexts[was.context]
    world.touch(context)
    if context.released:
        return ""
    known = requests_of(world, context.id)
    number = next_number(known)
    record = replace(was, thread=rpc.thread, pending=rpc.cmd, request=rpc.params, ocall_id=number)
    world.put(record)
    name = free_name(world, f"{call}.callback")
    asks = optee.as_request(rpc, record)
    world.put(Request(name, QUEUED, number, rpc.cmd, context=context.id, call=call, asks=asks))
    world.note(client.task, OPTEE_DRIVER, f"{rpc.cmd} is queued for CA {part_of(context.id)}")
    return name


def free_name(world: World, first: str) -> str:
    """That id, or the next that no request has."""
    taken = {one.id for one in world.requests.of(part_of(first))}
    return next(n for i in range(len(taken) + 1) if (n := first + f".{i}" * bool(i)) not in taken)


def requests_of(world: World, context: str) -> list[Request]:
    """Those on the queue of a context, whatever has become of them."""
    return [one for one in world.requests.of(part_of(context)) if one.context == context]


def wait_for_completion_state(world: World, client: Client, request: str) -> Answer | Choose:
    """The invocation waits for its answer; a kill ends that, and it goes on with ENODEV.

    An answer that has come meanwhile counts.  A request that was taken leaves its number behind,
    and the server that comes back with it finds nobody.
    Source: drivers/tee/qcomtee/user_obj.c, qcomtee_user_object_dispatch(), TASK_KILLABLE.
    """
    found = world.requests[request]
    if found.state == DONE:
        return take_answer(world, found)
    if is_dying(world, client):
        forsake(world, found)
        return ENODEV
    waits = waits_for_server(client, found)
    killing = kill_of(world, client, ENODEV, lambda world: forsake(world, found))
    return Choose(killing, unless=waits)


def take_answer(world: World, request: Request) -> Answer:
    """An invocation takes its answer, and nothing is left of the request."""
    world.drop(request)
    answer: Answer = request.answer
    return answer


def waits_for_server(client: Client, request: Request) -> Blocked:
    """Why an invocation cannot go on."""
    what = f"{client.title} waits in the kernel: its {request.cmd} {STATES[request.state]}"
    return Blocked(what, server_of(request))


STATES: Final = {QUEUED: "is queued", PROCESSING: "is being served"}


def server_of(request: Request) -> str:
    """Whom the invocation waits for whose request that is."""
    return f"the server of CA {part_of(request.context)}"


def forsake(world: World, request: Request) -> None:
    """Nobody waits for a request any more, and its call asks nothing."""
    asks_nothing(world, world.calls[request.call])
    give_up(world, request)


def asks_nothing(world: World, call: Call) -> None:
    """What a call has asked is answered, or never will be."""
    world.put(replace(call, pending="", request=()))


# --- the server's side -------------------------------------------------------------------------


def tee_ioctl_supp_recv(client: Client) -> Steps:
    """TEE_IOC_SUPPL_RECV: wait for a request and take it; gives a `Reply` that asks.

    Source: drivers/tee/tee_core.c, tee_ioctl_supp_recv().
    """
    errno = yield enter_supp_recv, client
    if errno:
        return Reply(errno=errno)
    reply = yield qcomtee_user_object_select, client
    yield from tee.end_ioctl(client)
    return reply


def enter_supp_recv(world: World, client: Client) -> int:
    """A server asks for a request; the ioctl holds the context's file while it waits."""
    world.span(client.task, "ioctl", RECV, begins=True)
    world.message(client.task, CA, TEE_DRIVER, RECV)
    if not fdget(world, client):
        return EBADF
    world.message(client.task, TEE_DRIVER, OPTEE_DRIVER, "dispatch")
    return 0


def qcomtee_user_object_select(world: World, client: Client) -> Reply | Choose:
    """The first request of the queue is the server's; with none in it the server sleeps.

    A signal ends that, one that kills or the one with which libteec stops its server.  libteec has
    room for whatever may be asked: that a request does not fit is left out.
    Source: drivers/tee/qcomtee/user_obj.c, qcomtee_user_object_select(); call.c,
    qcomtee_supp_recv(), wait_for_completion_interruptible().
    """
    if is_dying(world, client):
        return Reply(errno=EINTR)
    first = first_queued(requests_of(world, client.context))
    if first is None and is_stopped(world, client):
        return Reply(errno=EINTR)
    if first is None:
        sleeps = Blocked(f"{client.title} waits to be asked", "a request")
        return Choose(kill_of(world, client, Reply(errno=EINTR)), unless=sleeps)
    world.put(replace(first, state=PROCESSING))
    call, asks = world.calls[first.call], first.asks
    breaches.asks(world, client, Rpc(asks.asks, call.thread, ""))
    words = client.design.transport.words(asks)
    world.message(client.task, OPTEE_DRIVER, TEE_DRIVER, "ret", words, asks.params)
    return Choose(Option(GO, asks))


def tee_ioctl_supp_send(client: Client, arg: Arg) -> Steps:
    """TEE_IOC_SUPPL_SEND: answer a request; gives a `Reply` that may have an error number.

    Source: drivers/tee/tee_core.c, tee_ioctl_supp_send().
    """
    errno, named = yield tee.params_from_user, client, arg
    if errno == EBADF:
        return Reply(errno=errno)
    held: tuple[Held, ...] = ()
    if not errno:
        arg = arg if named == arg.memory else replace(arg, memory=named)
        errno = yield qcomtee_user_object_submit, client, arg
        held = tee.references_to_drop(client, arg, Reply())
    for one in held:
        yield from tee.tee_shm_put(client, one)
    yield from tee.end_ioctl(client)
    return Reply(errno=errno)


def qcomtee_user_object_submit(world: World, client: Client, arg: Arg) -> int:
    """Whoever waits for the request goes on with that answer; gives 0, or EINVAL for nobody.

    Memory that answers an allocation is secure world's from here on: it has a reference until it
    releases it.  An answer that does not fit is an error for both sides.
    Source: drivers/tee/qcomtee/user_obj.c, qcomtee_user_object_submit().
    """
    found = next(
        (one for one in requests_of(world, client.context) if one.number == arg.ocall_id), None
    )
    world.message(client.task, OPTEE_DRIVER, TEE_DRIVER, "ret")
    if found is None or found.state == DONE:
        return EINVAL
    if found.state == LEFT:
        world.drop(found)
        return EINVAL
    call = world.calls[found.call]
    fits = call.pending == arg.answers and optee.verify_ocall_reply(call, arg)
    answer = optee.as_answer(call, arg) if fits else optee.MALFORMED
    if answer.memory and answer.rpc == Result.SUCCESS:
        why = "an answer leaves it to secure world"
        (held,) = optee.references_of_request((answer.memory,), why)
        tee.tee_shm_get(world, client, held)
        call = replace(call, requested=(*call.requested, answer.memory))
    asks_nothing(world, call)
    world.put(replace(found, state=DONE, answer=answer))
    return 0 if fits else EINVAL


# --- the ends ----------------------------------------------------------------------------------


def qcomtee_close_context(client: Client) -> Steps:
    """The context's file is closed: nobody serves it any more, and its sessions are to go.

    Whatever else refers to the context.  Secure world is told by the driver's worker, and when it
    has closed them it releases the callback objects, which hold the context until then.
    Source: drivers/tee/qcomtee/call.c, qcomtee_close_context(); shm and objects are put by a work
    queue, qcomtee_context_add_qtee_object() and its like.
    """
    yield qcomtee_requests_destroy, client
    for session in (yield optee.unlist_sessions, client):
        yield worker.queue_session, client, session


def qcomtee_requests_destroy(world: World, client: Client) -> None:
    """Every request on the context ends with ENODEV, and no other is taken.

    Source: drivers/tee/qcomtee/user_obj.c, qcomtee_requests_destroy().
    """
    context = world.contexts[client.context]
    world.touch(context)
    world.put(replace(context, released=True))
    for one in requests_of(world, client.context):
        if one.state in STATES:
            asks_nothing(world, world.calls[one.call])
            world.put(replace(one, state=DONE, answer=ENODEV))
            world.divider(client.task, f"{part_of(one.call)}'s pending request is cancelled")
        elif one.state == LEFT:
            world.drop(one)


def release_callback_object(client: Client) -> Steps:
    """Secure world has closed a session, and releases what that was passed.

    Source: drivers/tee/qcomtee/user_obj.c, qcomtee_user_object_release().
    """
    context = yield callback_object_of, client
    if context:
        yield from tee.teedev_ctx_put(
            client.on(context), optee.CALLBACK, "secure world releases it"
        )


def callback_object_of(world: World, client: Client) -> str:
    """The context whose callback object the session held, and holds no longer."""
    held = optee.held_by(client.session)
    context: str = world.value_of(held) or ""
    world.keeps(held, None)
    return context
