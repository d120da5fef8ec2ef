"""OP-TEE: its threads, and how they are entered, left and resumed.

A secure thread runs from its entry or its resume to an RPC or to its return without a pause:
for the rest of the model that is one step.  Inside, its program is written like any other, with
steps that take the world and the thread of the client on whose behalf the secure thread runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from ocallkit.abi.results import Origin, Result
from ocallkit.engine import Blocked, Choose, Node, Option, Steps, take
from ocallkit.model import breaches, calls, killable, rpc_cache, smc_border
from ocallkit.model.calls import Answer, Done, Msg, Rpc
from ocallkit.model.events import OCALL_PTA, OPTEE, OPTEE_DRIVER
from ocallkit.model.wire import bare
from ocallkit.model.world import THREADS, SecureThread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ocallkit.model.config import Client
    from ocallkit.model.world import World

SMC_NAMES = {
    "OPEN_SESSION": "Open Session",
    "INVOKE": "Func Invoke",
    "CLOSE_SESSION": "Close Session",
    "CANCEL": "Cancel",
    "REGISTER_SHM": "Register SHM",
    "UNREGISTER_SHM": "Unregister SHM",
}

RPC_NAMES = {
    calls.ALLOC: "SHM Alloc Req'",
    calls.OCALL: "OCALL Req'",
    calls.FREE: "SHM Free Req'",
    "SUSPEND": "Suspend",
    "LOAD_TA": "Load TA",
    "WAIT_QUEUE_SLEEP": "Wait Queue Sleep",
    "WAIT_QUEUE_WAKEUP": "Wait Queue Wakeup",
    rpc_cache.ALLOC: "Argument Alloc",
    rpc_cache.FREE: "Argument Free",
}


# --- entering secure world -------------------------------------------------------------------


def smc_call_with_arg(
    world: World, client: Client, msg: Msg, was: str = ""
) -> Rpc | Done | Choose | str:
    """OPTEE_SMC_CALL_WITH_ARG: a free secure thread takes the call.

    Gives the thread's RPC or the end of the call, or a choice of both where the TA leaves it open.
    Where none is free OP-TEE answers ETHREAD_LIMIT and the driver queues the call; the two are
    one wait here, and any queued call may be the next: Blocked.  A design may keep threads free for
    other calls, and have a kill end that wait.
    Source: drivers/tee/optee/call.c, optee_cq_wait_for_completion(); optee_os thread.c,
    thread_alloc_and_run().
    """
    name = SMC_NAMES.get(msg.cmd, msg.cmd)
    asks = replace(client, system=True) if is_system(world, msg) else client
    if not world.take(THREADS, client.design.spared(asks, msg.cmd)):
        blocked = Blocked(
            f"{client.task}'s {name} waits in the call queue: ETHREAD_LIMIT",
            "a free secure thread",
        )
        return killable.wait(world, client, blocked, was)
    words = (("cmd", msg.cmd),)
    world.message(client.task, OPTEE_DRIVER, OPTEE, f"SMC/{name}", words, msg.params)
    thread = thread_alloc(world, client.name)
    smc_border.call_enters(world, client, msg, thread)
    world.thread_is(client.task, thread, "running")
    return thread_run(world, client, msg, thread)


def thread_alloc_and_run(world: World, client: Client, msg: Msg) -> str:
    """A free secure thread begins with a call; gives its id, or nothing: ETHREAD_LIMIT.

    What it does is a step of its own where the call queue is a list: meanwhile others find that it
    is taken.
    Source: optee_os thread.c, thread_alloc_and_run().
    """
    name, words = SMC_NAMES.get(msg.cmd, msg.cmd), (("cmd", msg.cmd),)
    world.message(client.task, OPTEE_DRIVER, OPTEE, f"SMC/{name}", words, msg.params)
    if not world.take(THREADS, client.design.spared(client, msg.cmd)):
        world.message(client.task, OPTEE, OPTEE_DRIVER, "ret", (("ret", "ETHREAD_LIMIT"),))
        smc_border.call_enters(world, client, msg, "")
        return ""
    thread = thread_alloc(world, client.name)
    smc_border.call_enters(world, client, msg, thread)
    world.put(SecureThread(thread, state="running", client=client.task))
    world.thread_is(client.task, thread, "running")
    return thread


def thread_run(world: World, client: Client, msg: Msg, thread: str) -> Rpc | Done | Choose:
    """The call that a secure thread has begun with; gives what a call gives.

    Source: optee_os thread_optee_smc.c, thread_std_smc_entry().
    """
    # Secure world is built on its threads.
    from ocallkit.model.entry_std import thread_std_smc_entry, with_rpc_arg  # noqa: PLC0415

    entry = with_rpc_arg if rpc_cache.is_modelled(world) else thread_std_smc_entry
    node = world.config.programs.start(entry, smc_border.call_read(world, client, msg))
    world.entered = ()
    return _run(world, client.task, thread, node)


def is_system(world: World, msg: Msg) -> bool:
    """Whether a call is one of a system session; those that are about no session are not.

    Source: drivers/tee/optee/call.c of later kernels, struct optee_session, use_sys_thread.
    """
    named = msg.session if msg.cmd != "OPEN_SESSION" else ""
    found = world.sessions.get(named) if named else None
    return found is not None and found.system


def thread_alloc(world: World, client: str) -> str:
    """The id under which a client's new thread is known: the first that it has not in use.

    Where threads have numbers, it is the lowest that is free.
    Source: optee_os thread.c, thread_alloc_and_run().
    """
    if rpc_cache.is_modelled(world):
        return f"{client}.{rpc_cache.take_number(world)}"
    used = {thread.id for thread in world.threads.of(client) if thread.state != "free"}
    return next(one for n in range(len(used) + 1) if (one := f"{client}.{n}") not in used)


def smc_return_from_rpc(
    world: World, client: Client, thread: str, answer: Answer
) -> Rpc | Done | Choose:
    """OPTEE_SMC_CALL_RETURN_FROM_RPC: a suspended thread goes on with the answer.

    It needs no free thread: the one that asked is still taken.  Gives what a call gives.
    Source: optee_os thread.c, thread_resume_from_rpc().
    """
    suspended = _own(world, thread)
    breaches.resumes(world, client, thread)
    if suspended.node is None:
        world.put(replace(suspended, misused=True))
        return Done(Result.COMMUNICATION, Origin.COMMS)
    words = (("thread", world.number_of(thread)), ("ret", answer.rpc.name))
    owner = suspended.client
    world.message(owner, OPTEE_DRIVER, OPTEE, "SMC/RPC Resume", words, answer.params)
    if smc_border.is_crossed(world):
        answer = smc_border.rpc_resumes(world, owner, suspended, answer)
    world.thread_is(owner, thread, "running")
    if suspended.rpc in calls.REQUESTS:
        world.message(owner, OPTEE, OCALL_PTA, "dispatch")
    world.entered = suspended.entered
    return _run(world, owner, thread, suspended.node.after(answer))


def _run(world: World, owner: str, thread: str, node: Node) -> Rpc | Done | Choose:
    """Run a secure thread until it asks the normal world for something, or ends."""
    world.running = thread
    while not node.done:
        function = node.step[0]
        if function is leave_for_rpc:
            return _leave(world, owner, node, replace(node.step[1], thread=thread))
        result = take(node, world, owner)
        if type(result) is Choose:
            return Choose(*_branches(world, owner, thread, node, result))
        node = node.after(result)
    done: Done = node.result
    thread_free(world, thread)
    world.message(owner, OPTEE, OPTEE_DRIVER, "ret", (("ret", done.ret.name),), done.params)
    if smc_border.is_crossed(world):
        done = smc_border.call_ends(world, owner, thread, done)
    world.thread_is(owner, thread, "free")
    return done


def _leave(world: World, owner: str, node: Node, rpc: Rpc) -> Rpc:
    """A secure thread is suspended where it stands, and asks the normal world for something."""
    thread = _own(world, rpc.thread)
    if rpc.cmd == calls.OCALL:
        breaches.ocall_leaves(world, owner, rpc)
        rpc = replace(rpc, params=bare(rpc.params), own=(), mobj="")
        thread = replace(thread, passed=rpc.params, asked="", handed=False, served=())
    world.put(
        replace(
            thread,
            state="suspended",
            client=owner,
            rpc=rpc.cmd,
            waits=rpc.waits,
            entered=world.entered,
            node=node,
        )
    )
    label = f"RPC/{RPC_NAMES[rpc.cmd]}"
    world.message(owner, rpc.party, OPTEE_DRIVER, label, _rpc_words(world, rpc), rpc.params)
    if smc_border.is_crossed(world):
        rpc = smc_border.rpc_leaves(world, owner, rpc)
    world.thread_is(owner, rpc.thread, "suspended")
    return rpc


def _own(world: World, thread: str) -> SecureThread:
    return world.threads.get(thread, SecureThread(thread))


def thread_free(world: World, thread: str) -> None:
    """The thread is free again; that it was misused stays to be seen.

    Source: optee_os thread.c, thread_state_free().
    """
    was = world.threads.get(thread)
    if was is not None:
        world.drop(was)
        if was.misused:
            world.put(SecureThread(thread, misused=True))
    if rpc_cache.is_modelled(world):
        rpc_cache.give_number(world, thread)
    world.give(THREADS)


def _rpc_words(world: World, rpc: Rpc) -> tuple[tuple[str, int | str], ...]:
    """What an RPC carries beside its parameters."""
    words: list[tuple[str, int | str]] = [("thread", world.number_of(rpc.thread))]
    if rpc.size:
        words.append(("size", rpc.size))
    if rpc.memory and not rpc.params:
        words.append(("memory", rpc.memory))
    if rpc.waits:
        words.append(("for", rpc.waits))
    if rpc.ta and len(world.config.tas) > 1:
        words.append(("ta", str(rpc.ta)))
    return tuple(words)


def _branches(
    world: World, client: str, thread: str, node: Node, choice: Choose
) -> Iterator[Option]:
    """A TA may go several ways: each is run to its own RPC or return, in a world of its own."""
    for option in choice.options:
        branch = world.copy()
        if option.effect is not None:
            option.effect(branch)
        outcome = _run(branch, client, thread, node.after(option.value))
        if type(outcome) is not Choose:
            yield Option(option.name, outcome, _becomes(branch), fault=option.fault)
            continue
        for end in outcome.options:
            fault = option.fault or end.fault
            yield end._replace(name=f"{option.name}, {end.name}", fault=fault)


def _becomes(branch: World) -> Callable[[World], None]:
    return lambda world: world.become(branch)


def leave_for_rpc(world: World, client: str, rpc: Rpc) -> Answer:
    """The step at which a secure thread stops; `_run` never calls it."""
    raise NotImplementedError


def thread_rpc_cmd(cmd: str, party: str = OPTEE, **asked: Any) -> Steps:
    """Ask the normal world for something and wait for its answer; gives the `Answer`.

    `asked` are fields of an `Rpc`.
    Source: optee_os thread_optee_smc.c, thread_rpc_cmd(), get_rpc_arg().
    """
    if (yield (rpc_cache.lacks_rpc_arg,)):
        yield from thread_rpc_alloc_arg()
    answer: Answer = yield leave_for_rpc, Rpc(cmd, thread="", party=party, **asked)
    return answer


def thread_rpc_alloc_arg() -> Steps:
    """A thread's first RPC: before it memory for its arguments has to be allocated.

    That is asked for in registers, and needs no such memory itself.
    Source: optee_os thread_optee_smc.c, thread_rpc_alloc_arg().
    """
    yield leave_for_rpc, Rpc(rpc_cache.ALLOC, thread="", party=OPTEE)
    yield (rpc_cache.set_rpc_arg,)


def thread_rpc_free_arg() -> Steps:
    """Where nothing is kept, a thread gives that memory back at the end of its call.

    Source: optee_os thread_optee_smc.c, thread_rpc_free_arg(), from thread_std_smc_entry().
    """
    if (yield (rpc_cache.clear_rpc_arg,)):
        yield leave_for_rpc, Rpc(rpc_cache.FREE, thread="", party=OPTEE)


def wait_for(what: str) -> Steps:
    """Sleep until somebody says that `what` may be free: whoever wakes looks again.

    The secure thread stays taken meanwhile.
    Source: optee_os wait_queue.c, wq_wait_final().
    """
    yield from thread_rpc_cmd("WAIT_QUEUE_SLEEP", waits=what)


def wake(waiters: tuple[str, ...]) -> Steps:
    """Have the driver wake secure threads, one after the other.

    Source: optee_os wait_queue.c, wq_promote_condvar(), do_notify().
    """
    for thread in waiters:
        yield from thread_rpc_cmd("WAIT_QUEUE_WAKEUP", waits=thread)


# --- what any program of secure world may ask for: (world, client, ...) ------------------------


def say(world: World, client: str, source: str, target: str, label: str, *more: Any) -> None:
    """A message inside secure world; `more` are its words and its parameters."""
    world.message(client, source, target, label, *more)


def pick(world: World, client: str, ways: tuple[str, ...]) -> Choose:
    """A TA may go any of these ways."""
    return Choose(*[Option(way, way) for way in ways])
