"""The OP-TEE driver (call.c, rpc.c): it talks to secure world, and carries OCALLs to the CA.

A generator is a function of the driver.  A plain function that takes the world is one step of it,
in the order of `tee`: what must be true, what changes, which references move, what message is sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from ocallkit.abi.ioctl import TEE_GEN_CAP_OCALL
from ocallkit.abi.results import Origin, Result
from ocallkit.engine.world import part_of
from ocallkit.model import breaches, calls, killable, rpc_cache, supplicant, tee
from ocallkit.model.argument_pages import give_page, take_page
from ocallkit.model.call_queue import (
    optee_cq_wait_final,
    optee_cq_wait_for_completion,
    optee_cq_wait_init,
    waiter_of,
)
from ocallkit.model.calls import (
    EINVAL,
    ENOMEM,
    EOPNOTSUPP,
    Answer,
    Arg,
    Done,
    Held,
    Msg,
    Reply,
    Rpc,
)
from ocallkit.model.driver_memory import handle_rpc_func_alloc, handle_rpc_func_free
from ocallkit.model.events import OPTEE_DRIVER, TEE_DRIVER
from ocallkit.model.params import MAX_PARAMS, META
from ocallkit.model.secure import (
    smc_call_with_arg,
    smc_return_from_rpc,
    thread_alloc_and_run,
    thread_run,
)
from ocallkit.model.user_mode import is_dying, msleep_interruptible
from ocallkit.model.wait_queue import wq_sleep, wq_sleeps, wq_wakeup
from ocallkit.model.wire import numbered
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


def func_name(answers: str) -> str:
    """What an ioctl says that it is; what is unknown is called as it is."""
    return FUNC_NAMES.get(answers, answers)


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

CALLBACK: Final = "callback object"
"""What an opening hands to secure world where a thread of the process serves."""

INTRUDES: Final = "intrudes"
"""What preparing a call says of a session that has a request pending already."""

MOST_PARAMS: Final = 6
"""How many parameters a message has room for (MAX_ARG_PARAM_COUNT)."""
OWN_PARAMS: Final = 2
"""How many of them an opening takes: which TA, and who opens."""

# --- calling secure world --------------------------------------------------------------------


def optee_do_call_with_arg(client: Client, msg: Msg) -> Steps:
    """Issue a call that is no invocation, and follow it; gives where it is then.

    Source: drivers/tee/optee/call.c, optee_do_call_with_arg().
    """
    waiter = waiter_of(client, msg)
    if client.queued:
        yield optee_cq_wait_init, client, waiter
    outcome = yield from optee_do_call_with_ctx(client, msg, waiter)
    if client.queued:
        yield optee_cq_wait_final, client, waiter
    return outcome


def optee_do_call_with_ctx(client: Client, msg: Msg, waiter: str) -> Steps:
    """Issue a call and follow it until it completes, or until it needs the CA; gives where it is.

    Where no secure thread is free it sleeps in the call queue, and tries again when it is woken.
    Source: drivers/tee/optee/call.c as posted, optee_do_call_with_ctx().
    """
    if client.queued:
        while not (thread := (yield thread_alloc_and_run, client, msg)):
            yield from optee_cq_wait_for_completion(client, waiter, msg.cmd)
        outcome = yield thread_run, client, msg, thread
    else:
        outcome = yield from killable.waiting(client, smc_call_with_arg, msg)
    return (yield from optee_handle_rpcs(client, outcome))


def call_with_own_arg(client: Client, msg: Msg) -> Steps:
    """Issue a call that asks its CA nothing: its argument is there as long as it runs.

    Source: drivers/tee/optee/call.c, optee_get_msg_arg(), optee_free_msg_arg() around such a call.
    """
    if client.pages:
        yield take_page, client
    outcome = yield from optee_do_call_with_arg(client, msg)
    if client.pages:
        yield give_page, client
    return outcome


def optee_handle_rpcs(client: Client, outcome: Rpc | Done) -> Steps:
    """Serve the RPCs that the kernel answers itself, until the call is done or needs its CA.

    Source: drivers/tee/optee/rpc.c, optee_handle_rpc().
    """
    while type(outcome) is Rpc and not optee_rpc_is_ocall(outcome):
        if outcome.cmd == "WAIT_QUEUE_SLEEP" and (yield wq_sleeps, client, outcome.thread):
            yield from killable.waiting(client, wq_sleep, outcome.thread)
        elif outcome.cmd == "WAIT_QUEUE_WAKEUP":
            yield wq_wakeup, client, outcome.waits
        elif outcome.cmd == "SUSPEND":
            yield msleep_interruptible, client
        elif outcome.cmd == rpc_cache.ALLOC:
            yield handle_rpc_func_alloc, client, outcome.thread
        elif outcome.cmd == rpc_cache.FREE:
            yield from handle_rpc_func_free(client, outcome.thread)
        answer = Answer()
        if outcome.cmd in supplicant.RPCS:
            answer = yield from supplicant.optee_supp_thrd_req(client, outcome)
        outcome = yield smc_return_from_rpc, client, outcome.thread, answer
    return outcome


def optee_rpc_is_ocall(rpc: Rpc) -> bool:
    """Whether an RPC is one that only the CA can answer.

    Source: drivers/tee/optee as posted, optee_rpc_is_ocall().
    """
    return rpc.cmd in calls.REQUESTS


# --- invoking and opening --------------------------------------------------------------------


def optee_invoke_func(client: Client, arg: Arg) -> Steps:
    """Carry out an ioctl that invokes in a session, or that opens one; gives a `Reply`.

    Source: drivers/tee/optee/call.c as posted, optee_invoke_func() and optee_open_session().
    """
    if arg.duplex and not client.caps & TEE_GEN_CAP_OCALL:
        return Reply(errno=EOPNOTSUPP)
    if arg.opens:
        return (yield from invoke_or_answer(client, arg))
    at = client.on(client.context, arg.session)
    yield from client.design.enters(at)
    reply = yield from invoke_or_answer(client, arg)
    yield from client.design.leaves(at)
    return reply


def invoke_or_answer(client: Client, arg: Arg) -> Steps:
    """Begin an invocation, or go on with one whose request the CA has answered; gives a `Reply`.

    Opening a session takes the same way: its TA may ask the CA as well.
    """
    if arg.answers:
        return (yield from answer_ocall(client, arg))
    call = yield get_msg_arg, client, arg
    if call == INTRUDES:
        return (yield from client.design.intrudes(client.on(client.context, arg.session), arg))
    return (yield from carry_out(client, arg, call))


def carry_out(client: Client, arg: Arg, call: str) -> Steps:
    """Issue a call that is prepared, if it is one, and follow it; gives a `Reply`."""
    if not call:
        return Reply(errno=EINVAL)
    cmd = "OPEN_SESSION" if arg.opens else "INVOKE"
    session = client.context if arg.opens else arg.session
    msg = Msg(
        cmd,
        client.task,
        arg.command,
        arg.params,
        session=session,
        ta=arg.opens,
        room=arg.room,
    )
    if client.queued:
        yield optee_cq_wait_init, client, call
    outcome = yield from optee_do_call_with_ctx(client, msg, call)
    return (yield from optee_return_from_call(client, arg, call, outcome))


def answer_ocall(client: Client, arg: Arg) -> Steps:
    """The CA's answer to the pending request goes to the secure thread that waits for it.

    An answer that does not fit cancels its request, and so does a refusal where the design has it
    so; one to which there is no request does nothing.
    Source: drivers/tee/optee/call.c as posted, optee_invoke_func(), for a reply.
    """
    if client.design.server:
        raise ValueError(
            f"{client.title} answers by {client.design.transport.name}: under"
            f" {client.design.name} an answer goes by TEE_IOC_SUPPL_SEND, from the thread that took"
            " the request"
        )
    found = yield process_ocall_reply, client, arg
    if found is None:
        return Reply(errno=EINVAL)
    call, thread, answer, requested, cancels = found
    if cancels:
        at = client.on(client.context, arg.session)
        yield from client.design.reply_arrives(at)
        yield from cancel_session(at, answer)
        return Reply(errno=EINVAL)
    for held in requested:
        yield from tee.tee_shm_put(client, held)
    yield from client.design.reply_arrives(client.on(client.context, arg.session))
    outcome = yield smc_return_from_rpc, client, thread, answer
    outcome = yield from optee_handle_rpcs(client, outcome)
    return (yield from optee_return_from_call(client, arg, call, outcome))


def optee_return_from_call(client: Client, arg: Arg, call: str, outcome: Rpc | Done) -> Steps:
    """Return to the TEE subsystem: with a request if the call needs the CA, else complete.

    While a request is pending the call's waiter stays in the call queue.
    Source: drivers/tee/optee/call.c as posted, optee_invoke_func(), behind its call.
    """
    if type(outcome) is Rpc and not arg.duplex:
        cmd = "OPEN_SESSION" if arg.opens else "INVOKE"
        outcome = yield from client.design.refuses(client, outcome.thread, cmd)
    if type(outcome) is Rpc:
        return (yield from client.design.asks(client, arg, call, outcome))
    if client.queued:
        yield optee_cq_wait_final, client, call
    yield from client.design.completes(client.on(client.context, arg.session))
    return (yield complete_call, client, call, outcome, arg)


def get_msg_arg(world: World, client: Client, arg: Arg) -> str:
    """Prepare a new call; gives its id, or nothing where the session cannot be invoked.

    It must be on the caller's list.  If it has a call that is pending this is said.  A message has
    room for six parameters, two of which are the driver's own where a session is opened; none may
    have the META bit.
    Source: drivers/tee/optee/call.c, get_msg_arg(), find_session(); optee_to_msg_param(); how many
    there may be was seen in Linux 6.1, and was not limited before.
    """
    most = MOST_PARAMS - (OWN_PARAMS if arg.opens else 0)
    if max(arg.room, len(arg.params)) > most or _is_marked(arg):
        return ""
    if not arg.opens and not is_listed(world, client, arg.session):
        return ""
    if not arg.opens and pending_call(world, arg.session):
        return INTRUDES
    return new_call(world, client, arg)


def new_call(world: World, client: Client, arg: Arg) -> str:
    """A call with its argument and what is kept for it; gives its id.

    Where a thread of the process serves, an opening hands over the callback object of its context,
    which holds that until secure world releases it.
    """
    call = world.new_id("calls", part_of(client.context))
    session = f"{call}.opening" if arg.opens else arg.session
    if not arg.opens:
        breaches.belongs(world, client, world.sessions[session].context, "invokes in a session")
    kept = client.design.kept(arg.params)
    callback = client.context if arg.opens and arg.duplex and client.design.server else ""
    world.put(Call(call, session, client.context, params=arg.params, kept=kept, callback=callback))
    charge(world, client)
    if callback:
        tee.teedev_ctx_get(world, client, CALLBACK, "it was handed to secure world")
    return call


def invoke_beside(client: Client, arg: Arg) -> Steps:
    """Invoke in a session that has a pending request: secure world lets one in after the other."""
    call = yield new_call, client, arg
    return (yield from carry_out(client, arg, call))


def _is_marked(arg: Arg) -> bool:
    """Whether a parameter has the META bit, which is for the driver's own."""
    return any(p.attr.startswith(META) for p in arg.params)


def is_listed(world: World, client: Client, session: str) -> bool:
    """Whether a session is on the list of the client's context.

    Source: drivers/tee/optee/call.c, find_session().
    """
    found = world.sessions.get(session) if _is_near(client, session) else None
    return found is not None and found.known and found.context == client.context


def _is_near(client: Client, record: str) -> bool:
    """Whether a record is one of those of the context's owner: of no others is asked."""
    return part_of(record) == part_of(client.context)


def pending_call(world: World, session: str) -> Call | None:
    """The call on a session whose request waits for the CA."""
    found = (call for call in world.calls.of(part_of(session)) if call.session == session)
    return next((call for call in found if call.pending), None)


def refuse_invocation(client: Client, arg: Arg) -> Steps:
    """A session that has a pending request cannot be invoked; gives the `Reply`."""
    yield from ()
    return Reply(errno=EINVAL)


def complete_call(world: World, client: Client, call: str, done: Done, arg: Arg) -> Reply:
    """The invocation is complete: its result goes up, and so do the references kept for it.

    Where its first ioctl has returned it has kept some.  A session that was opened is put on the
    list.
    Source: drivers/tee/optee/call.c as posted, optee_invoke_func(), for a normal return.
    """
    record = world.calls[call]
    drops = kept_references(client, record, arg.room) if arg.answers else ()
    drops += requested_references(record)
    world.drop(record)
    discharge(world, client)
    if record.callback:
        hand_over(world, client, record, done.session)
    words = () if record.opens else (("ret", done.ret.name), ("origin", done.origin.name))
    if record.opens and done.session:
        world.put(replace(world.sessions[done.session], known=True, context=client.context))
    world.message(client.task, OPTEE_DRIVER, TEE_DRIVER, "ret", words, done.params)
    return Reply(
        params=done.params, ret=done.ret, origin=done.origin, drops=drops, session=done.session
    )


def hand_over(world: World, client: Client, call: Call, session: str) -> None:
    """The session that was opened has the callback object; without one it is released again.

    The ioctl holds the context's file meanwhile: that is never its last reference.
    """
    if session:
        world.keeps(held_by(session), call.callback)
    else:
        tee.drop_context(world, client.on(call.callback), CALLBACK, "no session was opened")


def held_by(session: str) -> str:
    """Under which name the context is kept whose callback object a session holds."""
    return f"{session}.callback"


def kept_references(client: Client, call: Call, room: int = MAX_PARAMS) -> tuple[Held, ...]:
    """The references of an invocation's first ioctl that are still held, and are found again.

    `room` is how many parameters the ioctl has room for that looks for them.
    """
    owner = f"ioctl {FUNC_NAMES['']}"
    found = client.design.found_again(call.params, room) if call.kept else ()
    return tuple(Held(memory, owner, "the invocation is over") for memory in found)


def requested_references(call: Call) -> tuple[Held, ...]:
    """The references that a pending request holds."""
    return references_of_request(call.requested, "it was answered")


def references_of_request(memories: tuple[str, ...], why: str) -> tuple[Held, ...]:
    """References on memories that a request holds, or is taken to hold."""
    return tuple(Held(memory, "OCALL request", why) for memory in memories)


def charge(world: World, client: Client) -> None:
    """A call has its argument: memory on the client's context, or a page that the driver keeps.

    Argument memory that belongs to the context holds it while the call lasts.
    Source: drivers/tee/optee/call.c, get_msg_arg(), which allocates it from the context; in Linux
    6.1 optee_get_msg_arg(), which looks for a page first.
    """
    if client.pages:
        take_page(world, client)
    if charges_caller(world, client):
        tee.teedev_ctx_get(world, client, "argument memory", "allocated for the call")


def discharge(world: World, client: Client) -> None:
    """The call's argument memory is freed; the context's file still holds the context."""
    if client.pages:
        give_page(world, client)
    if charges_caller(world, client):
        tee.drop_context(world, client, "argument memory", "the call is over")


def charges_caller(world: World, client: Client) -> bool:
    """Whether a call's argument memory belongs to its caller's context."""
    asked = world.config.driver_memory_charges_context
    return asked and client.design.charged("caller") == "caller"


# --- OCALLs ----------------------------------------------------------------------------------


def verify_ocall_request(arg: Arg, rpc: Rpc) -> bool:
    """Whether the CA has room for what secure world asks of it.

    An allocation and a release take one parameter, an OCALL as many as its own: four, so that with
    the one that carries it a CA has to pass five.
    Source: drivers/tee/optee/call.c as posted, verify_ocall_request(), process_ocall_request().
    """
    return arg.room >= (len(rpc.params) if rpc.cmd == calls.OCALL else 1)


def return_with_request(client: Client, arg: Arg, call: str, rpc: Rpc) -> Steps:
    """The ioctl returns to the CA with what secure world asks, and the call waits for the next.

    A request for which the CA has no room is cancelled, and so is one to a dying CA where the
    design asks none such.
    """
    answer = MALFORMED
    if verify_ocall_request(arg, rpc):
        asked = yield process_ocall_request, client, call, rpc
        if asked:
            return asked
        answer = DEAD
    yield cancel_call, client, call, bool(arg.answers)
    yield from client.design.cancels(client, call, rpc.thread, answer)
    return Reply(errno=EINVAL)


def process_ocall_request(world: World, client: Client, call: str, rpc: Rpc) -> Reply | None:
    """A secure thread asks for its CA: the ioctl returns before the invocation is complete.

    Gives nothing where the design has it cancelled instead.
    Source: drivers/tee/optee/call.c as posted, process_ocall_request().
    """
    if not client.design.hands_out(world, client.on(client.context, world.calls[call].session)):
        return None
    was = world.calls[call]
    requested = client.design.referenced(rpc.params)
    now = replace(was, thread=rpc.thread, pending=rpc.cmd, ocall_id=ocall_id_of(world, was))
    world.put(replace(now, request=rpc.params, requested=requested))
    for memory in requested:
        tee.tee_shm_get(world, client, Held(memory, "OCALL request", "the OCALL names it"))
    breaches.asks(world, client, rpc)
    client.design.request_leaves(world, client.on(client.context, now.session))
    reply = as_request(rpc, now)
    words = client.design.transport.words(reply)
    world.message(client.task, OPTEE_DRIVER, TEE_DRIVER, "ret", words, rpc.params)
    return reply


def can_answer(world: World, client: Client) -> bool:
    """Whether a request would be answered: its process is not to end, nor its session closed.

    A session that is being opened has no record yet.
    """
    if not client.kernel and is_dying(world, client):
        return False
    session = world.sessions.get(client.session)
    return session is None or session.known


def ocall_id_of(world: World, call: Call) -> int:
    """A number, from 1, that no other OCALL of the call's process has.

    It follows from the call's id, where the kernel gives the lowest that is free: so it says
    nothing of what other threads have done.  The parameter has no place for it: there the session
    says which OCALL it is, and it stays 1.
    A transport that numbers requests gives each one a number that none before it had.
    Source: opening text, "OCALL Contexts": the kernel's IDR gives it.
    """
    transport = world.config.design.transport
    if transport.numbers_requests:
        return next_number(world, call.context)
    return numbered(call.id) if transport.numbers_ocalls else 1


def next_number(world: World, context: str) -> int:
    """The number of a context's next request."""
    name = f"{context}.requests"
    number: int = (world.value_of(name) or 0) + 1
    world.keeps(name, number)
    return number


def cancel_call(world: World, client: Client, call: str, later: bool) -> None:  # noqa: FBT001 - steps have no keywords
    """A call cannot go on: nobody will answer what it asks.

    `later` says that its first ioctl has returned, which else drops its own references.
    """
    was = world.calls[call]
    world.put(replace(was, cancelled=True, kept=was.kept if later else ()))


def as_request(rpc: Rpc, call: Call) -> Reply:
    """What the ioctl returns with: what secure world asks of the CA, and the id of the OCALL."""
    return Reply(
        asks=rpc.cmd,
        command=rpc.command,
        params=rpc.params,
        size=rpc.size,
        memory=rpc.memory,
        ocall_id=call.ocall_id,
        session=call.session,
        ta=rpc.ta,
    )


def process_ocall_reply(
    world: World, client: Client, arg: Arg
) -> tuple[str, str, Answer, tuple[Held, ...], bool] | None:
    """The CA's answer becomes the RPC's; gives nothing if no request is pending.

    A temporary id is known to the opening of a session only, and a session's own to invocations.
    Else it gives the call, the thread to resume, the answer for it, the references that go before,
    and whether the request is to be cancelled, which is pending then as before.  A handler's error
    is no error of the RPC: it travels inside.  A refused allocation is.
    Source: drivers/tee/optee/call.c as posted, process_ocall_reply().
    """
    call = pending_call(world, arg.session) if _is_near(client, arg.session) else None
    if call is None or call.context != client.context or call.opens != bool(arg.opens):
        return None
    if call.ocall_id != arg.ocall_id:
        return None
    if call.pending != arg.answers or not verify_ocall_reply(call, arg):
        return call.id, call.thread, MALFORMED, (), True
    breaches.belongs(world, client, call.context, "answers a request")
    failed = arg.answers != calls.OCALL and arg.ret != Result.SUCCESS
    if failed and client.design.gives_up(arg.answers):
        return call.id, call.thread, Answer(arg.ret, origin=arg.origin), (), True
    requested = requested_references(call)
    if arg.answers == calls.OCALL:
        names = client.design.answer_drops(call.requested, arg.params[: len(call.request)])
        requested = references_of_request(names, "it was answered")
    world.put(replace(call, pending="", request=(), requested=()))
    return call.id, call.thread, as_answer(call, arg), requested, False


def as_answer(call: Call, arg: Arg) -> Answer:
    """What a CA answers, as the answer to the RPC that is pending."""
    rpc = Result.SUCCESS if arg.answers == calls.OCALL else arg.ret
    memory = "" if arg.answers == calls.FREE else arg.memory
    return Answer(rpc, arg.ret, arg.origin, arg.params[: len(call.request)], memory)


def verify_ocall_reply(call: Call, arg: Arg) -> bool:
    """Whether an answer has what its request needs: memory, or as many parameters.

    A memory that is not the caller's has been left out by then.
    Source: drivers/tee/optee/call.c as posted, verify_ocall_reply(), process_ocall_reply().
    """
    if arg.answers == calls.OCALL:
        return len(arg.params) >= len(call.request) and not _is_marked(arg)
    if arg.params:
        return False
    return arg.answers == calls.FREE or arg.ret != Result.SUCCESS or bool(arg.memory)


def cancel_ocall(client: Client, answer: Answer = DEAD) -> Steps:
    """Complete every request that is pending on the client's context with an error."""
    while (taken := (yield take_pending, client)) is not None:
        call, thread = taken
        yield from client.design.cancels(client, call, thread, answer)


def cancel_of_process(client: Client, task: str = "") -> Steps:
    """Complete every request with an error that was handed to the client's process.

    With `task` only those that this thread was handed.  A process may have several contexts; in one
    that it shares the requests of others go on.
    """
    while (taken := (yield take_pending_of_process, client, task)) is not None:
        context, call, thread = taken
        yield from client.design.cancels(client.on(context), call, thread, DEAD)


def cancel_session(client: Client, answer: Answer = DEAD) -> Steps:
    """Complete the request that is pending on the client's session with an error."""
    taken = yield take_pending, client, client.session
    if taken is not None:
        call, thread = taken
        yield from client.design.cancels(client, call, thread, answer)


def complete_with_errors(client: Client, call: str, thread: str, answer: Answer) -> Steps:
    """Resume the secure thread of a call with an error, and whatever it asks after it.

    Only when the call has completed do its references go: secure world does not use the memories
    any more.  A session that its TA has opened in spite of the error is closed again.
    Source: opening text, "Abnormal Termination"; drivers/tee/optee/call.c as posted,
    cancel_ocall(), which resumes once only.
    """
    done = yield from refuse(client, thread, answer)
    yield from end_cancelled(client, call, done)


def end_cancelled(client: Client, call: str, outcome: Rpc | Done) -> Steps:
    """A cancelled call is over for the driver, wherever secure world is with it."""
    if client.queued:
        yield optee_cq_wait_final, client, call
    if type(outcome) is Done and outcome.session:
        yield from optee_close_session_helper(client, outcome.session)
    for held in (yield forget_call, client, call):
        yield from tee.tee_shm_put(client, held)


def refuse(client: Client, thread: str, answer: Answer) -> Steps:
    """Give a secure thread `answer` to everything that it asks of its CA, until it is done."""
    while True:
        outcome = yield smc_return_from_rpc, client, thread, answer
        outcome = yield from optee_handle_rpcs(client, outcome)
        if type(outcome) is Done:
            return outcome


def take_pending(world: World, client: Client, session: str = "") -> tuple[str, str] | None:
    """A call on the client's context, or on that session, is not pending any more.

    Gives the call and the secure thread to resume, or nothing if no request waits for the CA:
    another thread of the process may have been faster.
    """
    own = world.calls.of(part_of(client.context))
    found = (call for call in own if call.pending and call.context == client.context)
    call = next((call for call in found if session in {"", call.session}), None)
    if call is None:
        return None
    breaches.belongs(world, client, call.context, "cancels a request")
    world.divider(client.task, f"{part_of(call.id)}'s pending request is cancelled")
    world.put(replace(call, pending="", cancelled=True))
    return call.id, call.thread


def take_pending_of_process(
    world: World, client: Client, task: str = ""
) -> tuple[str, str, str] | None:
    """A call that the client's process has made, or that thread of it, is not pending any more.

    Gives its context, the call and the secure thread to resume, or nothing.
    """

    def is_asked(call: Call) -> bool:
        asked = world.threads[call.thread].client if task else client.name
        return part_of(call.thread) == client.name and task in {"", asked}

    parts = sorted({client.name, part_of(client.context)})
    found = (call for part in parts for call in world.calls.of(part) if call.pending)
    call = next(filter(is_asked, found), None)
    if call is None:
        return None
    world.divider(client.task, f"{part_of(call.id)}'s pending request is cancelled")
    world.put(replace(call, pending="", cancelled=True))
    return call.context, call.id, call.thread


def forget_request(world: World, client: Client, call: str) -> tuple[Held, ...]:
    """A request that is cancelled has no references any more; gives those that it had."""
    record = world.calls[call]
    world.put(replace(record, requested=()))
    return references_of_request(record.requested, "it was cancelled")


def forget_call(world: World, client: Client, call: str) -> tuple[Held, ...]:
    """A cancelled call has completed; gives the references that were held for it."""
    record = world.calls[call]
    world.drop(record)
    discharge(world, client)
    if record.callback:
        hand_over(world, client, record, "")
    return (*requested_references(record), *kept_references(client, record))


# --- sessions --------------------------------------------------------------------------------


def optee_close_session(client: Client) -> Steps:
    """What pends on the session is cancelled as the design has it, then secure world closes it.

    Source: drivers/tee/optee/call.c as posted, optee_close_session().
    """
    if not (yield from client.design.unlists(client)):
        return Reply(errno=EINVAL)
    yield from client.design.close_session(client)
    yield from optee_close_session_helper(client, client.session)
    yield return_up, client
    return Reply()


def optee_close_session_helper(client: Client, session: str) -> Steps:
    """Secure world closes a session.

    Source: drivers/tee/optee/call.c, optee_close_session_helper().
    """
    msg = Msg("CLOSE_SESSION", client.task, session=session)
    outcome = yield from call_with_own_arg(client, msg)
    if type(outcome) is Rpc:
        yield from client.design.refuses(client, outcome.thread, msg.cmd)
    yield from client.design.closed(client.on(client.context, session))


def optee_system_session(world: World, client: Client) -> int:
    """The client's session is a system session from now on; gives 0, or EINVAL if it has none.

    Its calls may take a secure thread that a design keeps for such.
    Source: drivers/tee/optee/call.c of later kernels, optee_system_session().
    """
    if not is_listed(world, client, client.session):
        return EINVAL
    world.put(replace(world.sessions[client.session], system=True))
    return 0


def optee_release(client: Client) -> Steps:
    """The context's last reference is gone: what is pending is cancelled, sessions are closed.

    Source: drivers/tee/optee/core.c, optee_release(); what is cancelled there is the design's.
    """
    yield from client.design.release(client)
    for session in (yield unlist_sessions, client):
        at = client.on(client.context, session)
        yield from client.design.close_session(at)
        yield from optee_close_session_helper(at, session)


def optee_cancel_req(client: Client) -> Steps:
    """Secure world is asked to cancel: a call of its own, on a secure thread of its own.

    It completes no OCALL.
    Source: drivers/tee/optee/call.c, optee_cancel_req().
    """
    if not (yield knows_session, client):
        return Reply(errno=EINVAL)
    yield from call_with_own_arg(client, Msg("CANCEL", client.task, session=client.session))
    yield return_up, client
    return Reply()


def knows_session(world: World, client: Client) -> bool:
    """Whether the session is on the list of the client's context."""
    listed = is_listed(world, client, client.session)
    if listed:
        breaches.belongs(world, client, world.sessions[client.session].context, "cancels a session")
    return listed


def find_and_unlist(client: Client) -> Steps:
    """A session that is to be closed is looked for and taken off its list."""
    return (yield unlist_session, client)


def unlist_session(world: World, client: Client) -> bool:
    """The session is taken off the driver's list; false if it is not on it."""
    listed = is_listed(world, client, client.session)
    if listed:
        session = world.sessions[client.session]
        breaches.belongs(world, client, session.context, "closes a session")
        world.put(replace(session, known=False))
    return listed


def unlist_sessions(world: World, client: Client) -> tuple[str, ...]:
    """Every session is taken off the list of the client's context; gives them."""
    own: tuple[Session, ...] = world.sessions.of(part_of(client.context))
    found = [one for one in own if one.known and one.context == client.context]
    for session in found:
        world.put(replace(session, known=False))
    return tuple(session.id for session in found)


# --- shared memory ---------------------------------------------------------------------------


def optee_shm_register(client: Client, memory: str, ioctl: str = "") -> Steps:
    """Secure world gets to know the memory; gives 0 or the error number.

    `ioctl` is the one that makes the memory, if one does.
    Source: drivers/tee/optee/call.c, optee_shm_register().
    """
    msg = Msg("REGISTER_SHM", client.task, memory=memory)
    done = yield from call_with_own_arg(client, msg)
    return (yield registered, client, memory, done.ret, ioctl)


def registered(world: World, client: Client, memory: str, ret: Result, ioctl: str) -> int:
    """The driver returns to the TEE subsystem, which lets go of what secure world did not take."""
    world.message(client.task, OPTEE_DRIVER, TEE_DRIVER, "ret")
    if ret == Result.SUCCESS:
        tee.note_memory(world, client, ioctl, "out", memory)
        return 0
    tee.tee_shm_abandon(world, client, memory)
    return ENOMEM if ret == Result.OUT_OF_MEMORY else EINVAL


def optee_shm_unregister(client: Client, memory: str) -> Steps:
    """Secure world gives the memory up; the memory of an OCALL it was never told about.

    Source: drivers/tee/optee/call.c as posted, optee_shm_unregister().
    """
    context = yield registered_on, memory
    if context:
        msg = Msg("UNREGISTER_SHM", client.task, memory=memory)
        yield from call_with_own_arg(client.on(context), msg)


def registered_on(world: World, memory: str) -> str:
    """The context of a memory that secure world knows.

    Nothing for one with the flag TEE_SHM_OCALL: it is not told of that.
    """
    record = world.memories[memory]
    return "" if record.ocall else record.context


def return_up(world: World, client: Client) -> None:
    """The driver returns to the TEE subsystem."""
    world.message(client.task, OPTEE_DRIVER, TEE_DRIVER, "ret")
