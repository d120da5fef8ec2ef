"""OP-TEE: its threads, and the calls that they carry out.

A secure thread runs from its entry or its resume to an RPC or to its return without a pause:
for the rest of the model that is one step.  Inside, its program is written like any other, with
steps that take the world and the client on whose behalf the thread runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from ocallkit.abi.results import Origin, Result
from ocallkit.engine import Blocked, Choose, Node, Option, Steps, begin, take, wrong
from ocallkit.model import calls, params
from ocallkit.model.calls import Answer, Done, Msg, Rpc
from ocallkit.model.events import OCALL_PTA, OPTEE, OPTEE_DRIVER, TA, Param
from ocallkit.model.mobj import (
    map_params,
    mobj_forget,
    mobj_get,
    mobj_new,
    mobj_put,
    mobj_release,
    unmap_params,
)
from ocallkit.model.world import THREADS, SecureThread, Session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ocallkit.model.world import World

SMC_NAMES = {
    "OPEN_SESSION": "Open Session",
    "INVOKE": "Func Invoke",
    "CLOSE_SESSION": "Close Session",
    "REGISTER_SHM": "Register SHM",
    "UNREGISTER_SHM": "Unregister SHM",
}

SESSION_SLEEP = "SESSION_SLEEP"
"""The same RPC, where it is a session that is waited for and no memory object."""

RPC_NAMES = {
    calls.ALLOC: "SHM Alloc Req'",
    calls.OCALL: "OCALL Req'",
    calls.FREE: "SHM Free Req'",
    "SUSPEND": "Suspend",
    "WAIT_QUEUE_SLEEP": "Wait Queue Sleep",
    SESSION_SLEEP: "Wait Queue Sleep",
}


# --- entering secure world -------------------------------------------------------------------


def smc_call_with_arg(world: World, client: str, msg: Msg) -> Rpc | Done | Choose:
    """OPTEE_SMC_CALL_WITH_ARG: a free secure thread takes the call.

    Gives the thread's RPC or the end of the call, or a choice of both where the TA leaves it open.
    Where none is free OP-TEE answers ETHREAD_LIMIT and the driver queues the call; the two are
    one wait here, and any queued call may be the next: Blocked.
    Source: drivers/tee/optee/call.c, optee_cq_wait_for_completion(); optee_os thread.c,
    thread_alloc_and_run().
    """
    if not world.take(THREADS):
        raise Blocked(
            f"{client}'s {SMC_NAMES[msg.cmd]} waits in the call queue: ETHREAD_LIMIT",
            "a free secure thread",
        )
    world.message(
        client, OPTEE_DRIVER, OPTEE, f"SMC/{SMC_NAMES[msg.cmd]}", (("cmd", msg.cmd),), msg.params
    )
    thread = thread_alloc(world, client)
    world.thread_is(client, thread, "running")
    node = world.config.programs.start(thread_std_smc_entry, msg)
    return _run(world, client, thread, node)


def thread_alloc(world: World, client: str) -> str:
    """The id under which a client's new thread is known: the first that it has not in use.

    Source: optee_os thread.c, thread_alloc_and_run().
    """
    used = {thread.id for thread in world.threads.of(client) if thread.state != "free"}
    return next(one for n in range(len(used) + 1) if (one := f"{client}.{n}") not in used)


def smc_return_from_rpc(
    world: World, client: str, thread: str, answer: Answer
) -> Rpc | Done | Choose:
    """OPTEE_SMC_CALL_RETURN_FROM_RPC: a suspended thread goes on with the answer.

    It needs no free thread: the one that asked is still taken.  Gives what a call gives.
    Source: optee_os thread.c, thread_resume_from_rpc().
    """
    suspended = _own(world, thread)
    if suspended.node is None or suspended.client != client:
        world.put(replace(suspended, misused=True))
        return Done(Result.COMMUNICATION, Origin.COMMS)
    world.message(
        client,
        OPTEE_DRIVER,
        OPTEE,
        "SMC/RPC Resume",
        (("thread", world.number_of(thread)), ("ret", answer.rpc.name)),
        answer.params,
    )
    world.thread_is(suspended.client, thread, "running")
    if suspended.rpc in calls.REQUESTS:
        world.message(suspended.client, OPTEE, OCALL_PTA, "dispatch")
    return _run(world, suspended.client, thread, suspended.node.after(answer))


def _run(world: World, owner: str, thread: str, node: Node) -> Rpc | Done | Choose:
    """Run a secure thread until it asks the normal world for something, or ends."""
    while not node.done:
        function = node.step[0]
        if function is leave_for_rpc:
            rpc: Rpc = replace(node.step[1], thread=thread)
            world.put(
                replace(
                    _own(world, thread), state="suspended", client=owner, rpc=rpc.cmd, node=node
                )
            )
            world.message(
                owner,
                rpc.party,
                OPTEE_DRIVER,
                f"RPC/{RPC_NAMES[rpc.cmd]}",
                _rpc_words(world, rpc),
                rpc.params,
            )
            world.thread_is(owner, thread, "suspended")
            return rpc
        result = take(node, world, owner)
        if type(result) is Choose:
            return Choose(*_branches(world, owner, thread, node, result))
        node = node.after(result)
    done: Done = node.result
    thread_free(world, thread)
    world.message(owner, OPTEE, OPTEE_DRIVER, "ret", (("ret", done.ret.name),), done.params)
    world.thread_is(owner, thread, "free")
    return done


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
    world.give(THREADS)


def _rpc_words(world: World, rpc: Rpc) -> tuple[tuple[str, int | str], ...]:
    """What an RPC carries beside its parameters."""
    words: list[tuple[str, int | str]] = [("thread", world.number_of(rpc.thread))]
    if rpc.size:
        words.append(("size", rpc.size))
    if rpc.memory and not rpc.params:
        words.append(("memory", rpc.memory))
    return tuple(words)


def _branches(
    world: World, client: str, thread: str, node: Node, choice: Choose
) -> Iterator[Option]:
    """A TA may go several ways: each is run to its own RPC or return, in a world of its own."""
    for option in choice.options:
        branch = world.copy()
        outcome = _run(branch, client, thread, node.after(option.value))
        if type(outcome) is not Choose:
            yield Option(option.name, outcome, _becomes(branch))
            continue
        for end in outcome.options:
            yield end._replace(name=f"{option.name}, {end.name}")


def _becomes(branch: World) -> Callable[[World], None]:
    return lambda world: world.become(branch)


def leave_for_rpc(world: World, client: str, rpc: Rpc) -> Answer:
    """The step at which a secure thread stops; `_run` never calls it."""
    raise NotImplementedError


def thread_rpc_cmd(cmd: str, party: str = OPTEE, **asked: Any) -> Steps:
    """Ask the normal world for something and wait for its answer; gives the `Answer`.

    `asked` are fields of an `Rpc`.
    Source: optee_os thread_optee_smc.c, thread_rpc_cmd().
    """
    answer: Answer = yield leave_for_rpc, Rpc(cmd, thread="", party=party, **asked)
    return answer


# --- calls -----------------------------------------------------------------------------------


def thread_std_smc_entry(msg: Msg) -> Steps:
    """What a secure thread does with a new call; gives `Done`.

    Source: optee_os entry_std.c, tee_entry_std().
    """
    match msg.cmd:
        case "OPEN_SESSION":
            return (yield from entry_open_session(msg))
        case "INVOKE":
            return (yield from entry_invoke_command(msg))
        case "CLOSE_SESSION":
            return (yield from entry_close_session(msg))
        case "REGISTER_SHM":
            return (yield from register_shm(msg))
        case _:
            return (yield from unregister_shm(msg))


thread_std_smc_entry.party = lambda msg: f"TA of {msg.client}"  # type: ignore[attr-defined]
"""Whose program it is, where something in it goes wrong."""


def entry_open_session(msg: Msg) -> Steps:
    """The TA is loaded and its session opens.

    Source: optee_os entry_std.c, entry_open_session().
    """
    yield say, OPTEE, TA, "dispatch"
    yield (open_ta_session,)
    yield say, TA, OPTEE, "ret"
    return Done()


def entry_close_session(msg: Msg) -> Steps:
    """The session is closed, and with its last session the TA is unloaded.

    An invocation has its session to itself: one that waits for an OCALL keeps the close waiting,
    and the close keeps its thread.
    Source: optee_os entry_std.c, entry_close_session(); tee_ta_manager.c, tee_ta_get_session().
    """
    if (yield (session_is_busy,)):
        yield from thread_rpc_cmd(SESSION_SLEEP)
    yield say, OPTEE, TA, "dispatch"
    yield (close_ta_session,)
    yield say, TA, OPTEE, "ret"
    return Done()


def entry_invoke_command(msg: Msg) -> Steps:
    """The TA's function runs; the call holds each memory object that it names until it returns.

    Source: optee_os entry_std.c, entry_invoke_command().
    """
    if len(msg.params) > params.MAX_PARAMS:
        return Done(Result.BAD_PARAMETERS, Origin.TEE, msg.params)
    for memory in params.memories(msg.params):
        yield mobj_get, memory, "invocation", "a parameter of the call names it"
    passed = yield map_params, msg.params
    yield say, OPTEE, TA, "dispatch", (("cmd_id", msg.command),), passed
    ta = yield (find_ta,)
    result = yield from begin(ta, msg.command, passed)
    ret, returned = result_of(ta, result, passed)
    out = params.answered(passed, returned)
    yield say, TA, OPTEE, "ret", (("ret", ret.name),), out
    yield unmap_params, out
    for memory in params.memories(msg.params):
        yield mobj_put, memory, "invocation", "the call returns"
    return Done(ret, Origin.TRUSTED_APP, out)


def register_shm(msg: Msg) -> Steps:
    """OPTEE_MSG_CMD_REGISTER_SHM: secure world keeps a memory object of the memory.

    Source: optee_os entry_std.c, register_shm().
    """
    yield mobj_new, msg.memory, "registration", "REGISTER_SHM"
    return Done()


def unregister_shm(msg: Msg) -> Steps:
    """OPTEE_MSG_CMD_UNREGISTER_SHM: secure world gives its memory object back.

    Source: optee_os entry_std.c, unregister_shm().
    """
    yield from mobj_reg_shm_release_by_cookie(msg.memory)
    return Done()


def mobj_reg_shm_release_by_cookie(cookie: str) -> Steps:
    """Give a memory object back; while somebody uses it, wait and keep the thread.

    The normal world must not believe that memory is free while secure world uses it
    (jenswi-linaro in the thread); it should not ask that early.
    Source: optee_os mobj_dyn_shm.c, mobj_reg_shm_release_by_cookie().
    """
    if not (yield mobj_release, cookie):
        yield from thread_rpc_cmd("WAIT_QUEUE_SLEEP", memory=cookie)
    yield mobj_forget, cookie


# --- what those do to the world: (world, client, ...) ----------------------------------------


def say(world: World, client: str, source: str, target: str, label: str, *more: Any) -> None:
    """A message inside secure world; `more` are its words and its parameters."""
    world.message(client, source, target, label, *more)


def pick(world: World, client: str, ways: tuple[str, ...]) -> Choose:
    """A TA may go any of these ways."""
    return Choose(*[Option(way, way) for way in ways])


def find_ta(world: World, client: str) -> Any:
    """The TA whose session the client opened."""
    return world.config.tas[client]


def session_is_busy(world: World, client: str) -> bool:
    """Whether an invocation of the session waits for its OCALL."""
    return any(thread.rpc in calls.REQUESTS for thread in world.threads.of(client))


def session_sleep(world: World, client: str) -> None:
    """The driver sleeps for a secure thread until the session's invocation is over.

    Raises Blocked while it is not.
    Source: drivers/tee/optee/rpc.c, wq_sleep().
    """
    if session_is_busy(world, client):
        raise Blocked(
            f"secure world waits in closing {client}'s session: its invocation is not over",
            f"the invocation of {client}",
        )


def open_ta_session(world: World, client: str) -> None:
    """Secure world has the session open, and the TA's instance with it.

    Source: optee_os tee_ta_manager.c, tee_ta_open_session().
    """
    session = world.sessions.get(client) or Session(client)
    world.put(replace(session, open=True))


def close_ta_session(world: World, client: str) -> None:
    """Secure world has the session open no longer.

    Source: optee_os tee_ta_manager.c, tee_ta_close_session().
    """
    world.put(replace(world.sessions[client], open=False))


def result_of(
    ta: Callable[..., Steps], result: Any, passed: tuple[Param, ...]
) -> tuple[Result, tuple[Param, ...]]:
    """What a TA returned, if it is something that a TA can return; else raises ProgramError.

    It may say that a buffer should be larger (the size grows, the bytes do not).
    """
    ret, returned = as_result(ta, result, passed)
    if len(returned) != len(passed):
        raise wrong(ta, f"returned {len(returned)} parameters of {len(passed)}")
    for number, (old, new) in enumerate(zip(passed, returned, strict=True)):
        fits = len(new.data) <= old.size if params.is_memref(new) else params.is_sound(new)
        if not fits or new.size < 0:
            raise wrong(ta, f"returned as parameter {number} what does not fit there: {new}")
    return ret, returned


def as_result(
    program: Callable[..., Any], result: Any, passed: tuple[Param, ...]
) -> tuple[Result, tuple[Param, ...]]:
    """What a TA or a handler returned: a result, alone or with its parameters.

    Nothing stands for SUCCESS and the parameters as they were passed; for anything else raises
    ProgramError.
    """
    try:
        if result is None:
            return Result.SUCCESS, passed
        if isinstance(result, tuple):
            ret, returned = result
            return Result(ret), returned
        return Result(result), passed
    except (TypeError, ValueError):
        raise wrong(program, f"returned {result!r}: neither a result nor a pair with one") from None
