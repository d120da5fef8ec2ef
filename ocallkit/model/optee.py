"""The OP-TEE driver (call.c, rpc.c): it talks to secure world, and carries OCALLs to the CA.

A generator is a function of the driver.  A plain function that takes the world is one step of it,
in the order of `tee`: what must be true, what changes, which references move, what message is sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from ocallkit.abi.results import Origin, Result
from ocallkit.model import calls, tee
from ocallkit.model.calls import EINVAL, Answer, Arg, Done, Held, Msg, Reply, Rpc
from ocallkit.model.events import OPTEE_DRIVER, TEE_DRIVER
from ocallkit.model.mobj import wait_queue_sleep
from ocallkit.model.secure import (
    SESSION_SLEEP,
    session_sleep,
    smc_call_with_arg,
    smc_return_from_rpc,
)
from ocallkit.model.world import Call, Session

if TYPE_CHECKING:
    from ocallkit.engine import Steps
    from ocallkit.model.config import Client
    from ocallkit.model.world import World

FUNC_NAMES = {
    "": "Func Invoke",
    calls.ALLOC: "SHM Alloc Compl'",
    calls.OCALL: "OCALL Complete",
    calls.FREE: "SHM Free Compl'",
}
"""What an invoke's ioctl says that it is: a new invocation, or what the CA has done."""

REFUSED = Answer(rpc=Result.NOT_SUPPORTED, origin=Origin.COMMS)
"""What a secure thread gets that asks a CA which is not prepared for OCALLs.

Source: drivers/tee/optee/call.c as posted, optee_do_call_with_arg().
"""

DEAD = Answer(rpc=Result.TARGET_DEAD, origin=Origin.COMMS)
"""What a secure thread gets when there is nobody left to answer.

Source: opening text, "Abnormal Termination": an error code is returned to the secure world.
"""

MALFORMED = Answer(rpc=Result.BAD_PARAMETERS, origin=Origin.COMMS)
"""What a secure thread gets when the answer does not fit its request.

Source: drivers/tee/optee/call.c as posted, verify_ocall_reply().
"""

# --- calling secure world --------------------------------------------------------------------


def optee_do_call_with_arg(client: Client, msg: Msg) -> Steps:
    """Issue a call and follow it until it completes, or until it needs the CA; gives where it is.

    Source: drivers/tee/optee/call.c, optee_do_call_with_arg().
    """
    outcome = yield smc_call_with_arg, client.name, msg
    return (yield from optee_handle_rpcs(client, outcome))


def optee_handle_rpcs(client: Client, outcome: Rpc | Done) -> Steps:
    """Serve the RPCs that the kernel answers itself, until the call is done or needs its CA.

    Source: drivers/tee/optee/rpc.c, optee_handle_rpc().
    """
    while type(outcome) is Rpc and not optee_rpc_is_ocall(outcome):
        if outcome.cmd == "WAIT_QUEUE_SLEEP":
            yield wait_queue_sleep, client.name, outcome.memory
        elif outcome.cmd == SESSION_SLEEP:
            yield session_sleep, client.name
        outcome = yield smc_return_from_rpc, client.name, outcome.thread, Answer()
    return outcome


def optee_rpc_is_ocall(rpc: Rpc) -> bool:
    """Whether an RPC is one that only the CA can answer.

    Source: drivers/tee/optee as posted, optee_rpc_is_ocall().
    """
    return rpc.cmd in calls.REQUESTS


# --- invoking --------------------------------------------------------------------------------


def optee_invoke_func(client: Client, arg: Arg) -> Steps:
    """Begin an invocation, or go on with one whose request the CA has answered; gives a `Reply`.

    Source: drivers/tee/optee/call.c as posted, optee_invoke_func().
    """
    if arg.answers:
        return (yield from answer_ocall(client, arg))
    if (yield get_msg_arg, client, arg):
        return Reply(errno=EINVAL)
    msg = Msg("INVOKE", client.name, arg.command, arg.params)
    outcome = yield from optee_do_call_with_arg(client, msg)
    return (yield from optee_return_from_call(client, arg, outcome))


def answer_ocall(client: Client, arg: Arg) -> Steps:
    """The CA's answer to the pending request goes to the secure thread that waits for it.

    An answer that does not fit cancels its request; one to which there is no request does nothing.
    Source: drivers/tee/optee/call.c as posted, optee_invoke_func(), for a reply.
    """
    found = yield process_ocall_reply, client, arg
    if found is None:
        return Reply(errno=EINVAL)
    thread, answer, requested = found
    if answer is MALFORMED:
        yield from cancel_ocall(client, MALFORMED)
        return Reply(errno=EINVAL)
    for held in requested:
        yield from tee.tee_shm_put(client, held)
    yield from client.design.reply_arrives(client)
    outcome = yield smc_return_from_rpc, client.name, thread, answer
    outcome = yield from optee_handle_rpcs(client, outcome)
    return (yield from optee_return_from_call(client, arg, outcome))


def optee_return_from_call(client: Client, arg: Arg, outcome: Rpc | Done) -> Steps:
    """Return to the TEE subsystem: with a request if the call needs the CA, else complete.

    Source: drivers/tee/optee/call.c as posted, optee_invoke_func(), behind its call.
    """
    if type(outcome) is Rpc and not arg.duplex:
        outcome = yield from refuse(client, outcome.thread, REFUSED)
    if type(outcome) is Rpc:
        return (yield process_ocall_request, client, outcome)
    return (yield complete_call, client, arg, outcome)


def get_msg_arg(world: World, client: Client, arg: Arg) -> bool:
    """Prepare a new call; true if the session is not known, or has a call that is pending.

    Source: drivers/tee/optee/call.c, get_msg_arg().
    """
    if client.name in world.calls or not world.sessions.get(client.name, Session("")).known:
        return True
    kept = client.design.kept(arg.params)
    world.put(Call(client.name, params=arg.params, kept=kept))
    charge(world, client.name)
    return False


def complete_call(world: World, client: Client, arg: Arg, done: Done) -> Reply:
    """The invocation is complete: its result goes up, and so do the references kept for it.

    Source: drivers/tee/optee/call.c as posted, optee_invoke_func(), for a normal return.
    """
    drops = kept_references(world.calls[client.name]) if arg.answers else ()
    world.drop(world.calls[client.name])
    discharge(world, client.name)
    words = (("ret", done.ret.name), ("origin", done.origin.name))
    world.message(client.name, OPTEE_DRIVER, TEE_DRIVER, "ret", words, done.params)
    return Reply(params=done.params, ret=done.ret, origin=done.origin, drops=drops)


def kept_references(call: Call) -> tuple[Held, ...]:
    """The references of an invocation's first ioctl that are still held."""
    owner = f"ioctl {FUNC_NAMES['']}"
    return tuple(Held(memory, owner, "the invocation is over") for memory in call.kept)


def requested_references(call: Call) -> tuple[Held, ...]:
    """The references that a pending request holds."""
    return tuple(Held(memory, "OCALL request", "it was answered") for memory in call.requested)


def charge(world: World, name: str) -> None:
    """Where argument memory belongs to the context, it holds it while the call lasts.

    Source: drivers/tee/optee/call.c, get_msg_arg(), which allocates it from the context.
    """
    if world.config.driver_memory_charges_context:
        tee.teedev_ctx_get(world, name, "argument memory", "allocated for the call")


def discharge(world: World, name: str) -> None:
    """The call's argument memory is freed; the context's file still holds the context."""
    if world.config.driver_memory_charges_context:
        tee.drop_context(world, name, "argument memory", "the call is over")


# --- OCALLs ----------------------------------------------------------------------------------


def process_ocall_request(world: World, client: Client, rpc: Rpc) -> Reply:
    """A secure thread asks for its CA: the ioctl returns before the invocation is complete.

    Source: drivers/tee/optee/call.c as posted, process_ocall_request().
    """
    call = world.calls[client.name]
    requested = client.design.referenced(rpc.params)
    call = replace(call, thread=rpc.thread, pending=rpc.cmd, ocall_id=call.ocall_id or 1)
    world.put(replace(call, request=rpc.params, requested=requested))
    for memory in requested:
        tee.tee_shm_get(world, client.name, Held(memory, "OCALL request", "the OCALL names it"))
    client.design.request_leaves(world, client)
    reply = as_request(rpc, call.ocall_id)
    words = client.design.transport.words(reply)
    world.message(client.name, OPTEE_DRIVER, TEE_DRIVER, "ret", words, rpc.params)
    return reply


def as_request(rpc: Rpc, ocall_id: int) -> Reply:
    """What the ioctl returns with: what secure world asks of the CA, and the id of the OCALL."""
    return Reply(
        asks=rpc.cmd,
        command=rpc.command,
        params=rpc.params,
        size=rpc.size,
        memory=rpc.memory,
        ocall_id=ocall_id,
    )


def process_ocall_reply(
    world: World, client: Client, arg: Arg
) -> tuple[str, Answer, tuple[Held, ...]] | None:
    """The CA's answer becomes the RPC's; gives nothing if no request is pending.

    Else it gives the thread to resume, the answer for it, and the references that go before.  A
    handler's error is no error of the RPC: it travels inside.  A refused allocation is one.
    Source: drivers/tee/optee/call.c as posted, process_ocall_reply().
    """
    call = world.calls.get(client.name)
    if call is None or not call.pending or call.ocall_id != arg.ocall_id:
        return None
    if call.pending != arg.answers or not verify_ocall_reply(call, arg):
        return call.thread, MALFORMED, ()
    requested = requested_references(call)
    world.put(replace(call, pending="", request=(), requested=()))
    rpc = Result.SUCCESS if arg.answers == calls.OCALL else arg.ret
    answer = Answer(rpc, arg.ret, arg.origin, arg.params, arg.memory)
    return call.thread, answer, requested


def verify_ocall_reply(call: Call, arg: Arg) -> bool:
    """Whether an answer has what its request needs: memory, or as many parameters.

    Source: drivers/tee/optee/call.c as posted, verify_ocall_reply().
    """
    if arg.answers == calls.ALLOC:
        return arg.ret != Result.SUCCESS or bool(arg.memory)
    return len(arg.params) == len(call.request)


def cancel_ocall(client: Client, answer: Answer = DEAD) -> Steps:
    """Complete the pending request with an error, and whatever the invocation asks after it.

    Only when the invocation has completed do its references go: secure world does not use the
    memories any more.
    Source: opening text, "Abnormal Termination"; drivers/tee/optee/call.c as posted,
    cancel_ocall(), which resumes once only.
    """
    thread = yield take_pending, client.name
    if thread is None:
        return
    yield from refuse(client, thread, answer)
    for held in (yield forget_call, client.name):
        yield from tee.tee_shm_put(client, held)


def refuse(client: Client, thread: str, answer: Answer) -> Steps:
    """Give a secure thread `answer` to everything that it asks of its CA, until it is done."""
    while True:
        outcome = yield smc_return_from_rpc, client.name, thread, answer
        outcome = yield from optee_handle_rpcs(client, outcome)
        if type(outcome) is Done:
            return outcome


def take_pending(world: World, name: str) -> str | None:
    """The call is not pending any more; gives the thread to resume, if there is one."""
    call = world.calls.get(name)
    if call is None or not call.pending:
        return None
    world.divider(name, f"{name}'s pending request is cancelled")
    world.put(replace(call, pending="", cancelled=True))
    return call.thread


def forget_call(world: World, name: str) -> tuple[Held, ...]:
    """A cancelled invocation has completed; gives the references that were held for it."""
    call = world.calls[name]
    world.drop(call)
    discharge(world, name)
    return (*requested_references(call), *kept_references(call))


# --- sessions --------------------------------------------------------------------------------


def optee_open_session(client: Client) -> Steps:
    """The session opens in secure world and is put on the driver's list.

    Source: drivers/tee/optee/call.c, optee_open_session().
    """
    yield from optee_do_call_with_arg(client, Msg("OPEN_SESSION", client.name))
    yield list_session, client.name


def optee_close_session(client: Client) -> Steps:
    """The OCALL pending on the session is cancelled, then secure world closes the session.

    Source: drivers/tee/optee/call.c as posted, optee_close_session().
    """
    if not (yield unlist_session, client.name):
        return Reply(errno=EINVAL)
    yield from cancel_ocall(client)
    yield from optee_do_call_with_arg(client, Msg("CLOSE_SESSION", client.name))
    yield return_up, client.name
    return Reply()


def optee_release(client: Client) -> Steps:
    """The context's last reference is gone: what is pending is cancelled, sessions are closed.

    Source: drivers/tee/optee/core.c, optee_release(); what is cancelled there is the design's.
    """
    yield from client.design.release(client)
    if (yield unlist_session, client.name):
        yield from optee_do_call_with_arg(client, Msg("CLOSE_SESSION", client.name))


def list_session(world: World, name: str) -> None:
    """The session is known to the driver."""
    world.put(replace(world.sessions[name], known=True))
    world.message(name, OPTEE_DRIVER, TEE_DRIVER, "ret")


def unlist_session(world: World, name: str) -> bool:
    """The session is taken off the driver's list; false if it is not on it."""
    session = world.sessions.get(name, Session(name))
    world.put(replace(session, known=False))
    return session.known


# --- shared memory ---------------------------------------------------------------------------


def optee_shm_register(client: Client, memory: str) -> Steps:
    """Secure world gets to know the memory.

    Source: drivers/tee/optee/call.c, optee_shm_register().
    """
    yield from optee_do_call_with_arg(client, Msg("REGISTER_SHM", client.name, memory=memory))
    yield return_up, client.name


def optee_shm_unregister(client: Client, memory: str) -> Steps:
    """Secure world gives the memory up; the memory of an OCALL it was never told about.

    Source: drivers/tee/optee/call.c as posted, optee_shm_unregister().
    """
    if not (yield is_ocall_memory, memory):
        msg = Msg("UNREGISTER_SHM", client.name, memory=memory)
        yield from optee_do_call_with_arg(client, msg)


def is_ocall_memory(world: World, memory: str) -> bool:
    """Whether the memory has the flag TEE_SHM_OCALL: secure world is not told of it."""
    return world.memories[memory].ocall


def return_up(world: World, name: str) -> None:
    """The driver returns to the TEE subsystem."""
    world.message(name, OPTEE_DRIVER, TEE_DRIVER, "ret")
