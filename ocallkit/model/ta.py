"""Trusted applications, the call with which they ask their CA, and the PTA that carries it.

A TA is a generator function of a command and its parameters:

    def ta(command, params):
        ret, origin, params = yield from TEE_InvokeCACommand(100, (value(INPUT, 1, 2),))
        return ret
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from ocallkit.abi.results import Origin, Result
from ocallkit.model import breaches, calls
from ocallkit.model.events import OCALL_PTA, OPTEE, TA, Param
from ocallkit.model.mobj import mobj_new, mobj_put, write_memory
from ocallkit.model.params import (
    MAX_PARAMS,
    NONE,
    U32_MAX,
    Params,
    answered,
    comes_out,
    goes_in,
    is_memref,
    is_sound,
)
from ocallkit.model.secure import pick, say, thread_rpc_cmd
from ocallkit.model.ta_manager import (
    TaPanic,
    close_session,
    has_opened,
    invoke_command,
    knows,
    lets_go,
    open_session,
)

if TYPE_CHECKING:
    from ocallkit.engine import Steps
    from ocallkit.model.calls import Answer
    from ocallkit.model.world import Instance, World

CAS_ORIGINS: Final = (Origin.API, Origin.CLIENT_APP)
"""The layers for which a CA can speak: its library, and itself."""

SIZE_MAX: Final = 0xFFFFFFFF
"""The largest sum of sizes that a 32-bit TA can ask for."""

Outcome = tuple[Result, Origin, Params]
"""What TEE_InvokeCACommand gives back: result, its origin, and the parameters as answered."""


def TEE_Wait(milliseconds: int) -> Steps:
    """Let time pass: secure world cannot sleep, so the normal world does it for the thread.

    Source: GP TEE Internal Core API, TEE_Wait().
    """
    yield say, TA, OPTEE, "TEE_Wait", (("timeout", milliseconds),)
    yield from thread_rpc_cmd("SUSPEND", size=milliseconds)
    yield say, OPTEE, TA, "ret"


def TEE_InvokeCACommand(command: int, params: Params = ()) -> Steps:
    """Ask the CA whose invocation this is to carry out `command`; gives `Outcome`.

    `params` are four at most, values or buffers.  A memory reference whose buffer and size do not
    agree never leaves the TA: BAD_PARAMETERS, origin API.  A result of which it is said that it
    is OP-TEE's own makes the TA panic: the PTA lets no CA say so.
    Source: libutee as posted, TEE_InvokeCACommand().
    """
    full = (*params, *[NONE] * (MAX_PARAMS - len(params)))
    if len(full) > MAX_PARAMS or not all(map(is_sound, full)):
        return Result.BAD_PARAMETERS, Origin.API, params
    yield say, TA, OPTEE, "TEE_InvokeCACommand", (("cmd_id", command),), full
    yield say, OPTEE, OCALL_PTA, "dispatch"
    ret, origin, returned = yield from system_ocall(command, full)
    yield say, OCALL_PTA, TA, "ret", (("ret", ret.name), ("origin", origin.name)), returned
    if origin == Origin.TEE:
        yield (breaches.panics,)
        yield from TEE_Panic()
    return ret, origin, returned[: len(params)]


def either(*ways: str) -> Steps:
    """Go one of several ways, and give which: a TA that leaves it open is explored in all."""
    way: str = yield pick, ways
    return way


def TEE_Panic() -> Steps:
    """The TA dies: whoever has a session with it gets TARGET_DEAD from now on.

    Source: GP TEE Internal Core API, TEE_Panic().
    """
    yield say, TA, OPTEE, "TEE_Panic"
    raise TaPanic


def TEE_GetCancellationFlag() -> Steps:
    """Whether the client has asked to cancel, and the TA wants to know of it.

    Source: GP TEE Internal Core API, TEE_GetCancellationFlag().
    """
    return (yield (is_cancelled,))


def TEE_UnmaskCancellation() -> Steps:
    """From now on the TA wants to know whether it is to give up.

    Source: GP TEE Internal Core API, TEE_UnmaskCancellation().
    """
    yield (unmask_cancellation,)


def TEE_OpenTASession(ta: str, params: Params = ()) -> Steps:
    """Open a session with another TA; gives result and the session, which is empty on failure.

    It ends with the TA's instance, if nobody closes it before.  Where two TAs of a single instance
    have called each other round in a circle the result is BUSY.
    Source: GP TEE Internal Core API, TEE_OpenTASession(); optee_os tee_svc.c,
    syscall_open_ta_session().
    """
    yield say, TA, OPTEE, "TEE_OpenTASession"
    ret, _, _, session = yield from open_session(ta, params)
    if session:
        yield has_opened, session
    return ret, session


def TEE_InvokeTACommand(session: str, command: int, params: Params = ()) -> Steps:
    """Invoke a function of another TA; gives result, origin and the parameters, as for a CA.

    What that TA asks its CA goes to the CA whose call this is.  A session that this TA has not
    opened: BAD_PARAMETERS.
    Source: GP TEE Internal Core API, TEE_InvokeTACommand(); optee_os tee_svc.c,
    syscall_invoke_ta_command().
    """
    yield say, TA, OPTEE, "TEE_InvokeTACommand", (("cmd_id", command),), params
    if not (yield knows, session):
        return Result.BAD_PARAMETERS, Origin.TEE, params
    return (yield from invoke_command(session, command, params))


def TEE_CloseTASession(session: str) -> Steps:
    """Close a session with another TA; one that this TA has not opened makes it panic.

    Source: GP TEE Internal Core API, TEE_CloseTASession(); optee_os libutee, tee_api.c.
    """
    yield say, TA, OPTEE, "TEE_CloseTASession"
    if not (yield lets_go, session):
        yield from TEE_Panic()
    yield from close_session(session)


def remembered() -> Steps:
    """What the TA's instance has remembered, None at first: its global variables."""
    return (yield (recall,))


def remember(value: Any) -> Steps:
    """Keep `value`, which has to have a hash, until the TA's instance ends."""
    yield memorize, value


def system_ocall(command: int, params: Params) -> Steps:
    """The system PTA's OCALL function: memory, the request itself, and the memory's end.

    All memory references share one piece of memory, packed back to back.  The CA allocates it;
    what crosses is a copy, and TA memory is never seen outside.  The request says which TA asks.
    Source: optee_os pta/system.c as posted, system_ocall().
    """
    size = sum(p.size for p in params)
    if size > SIZE_MAX:
        return Result.SECURITY, Origin.COMMS, params
    memory, mobj, sent = "", "", packed(params, "")
    if size:
        memory, mobj = yield from thread_rpc_alloc(size)
        if not memory:
            return Result.OUT_OF_MEMORY, Origin.COMMS, params
        sent = packed(params, memory)
        yield copy_in, sent

    ta = yield (asking_ta,)
    asked = {"command": command, "params": sent, "memory": memory, "ta": ta}
    answer: Answer = yield from thread_rpc_cmd(
        calls.OCALL, OCALL_PTA, own=params, mobj=mobj, **asked
    )
    if answer.rpc != Result.SUCCESS:
        if memory:
            yield put_ocall_memory, mobj
        yield (breaches.ocall_is_over,)
        return answer.rpc, Origin.COMMS, params
    # Whoever has nothing to say of a parameter leaves it as it was.
    given = (*answer.params[: len(sent)], *sent[len(answer.params) :])
    returned, grown = answered(sent, given), has_grown(sent, given)
    if memory and not grown:
        returned = yield copy_out, returned
    if memory:
        yield put_ocall_memory, mobj
        yield from thread_rpc_cmd(calls.FREE, OCALL_PTA, memory=memory)
    if grown:
        return Result.BAD_PARAMETERS, Origin.COMMS, params
    result = tuple(map(unpacked, params, returned))
    if answer.ret == Result.SUCCESS:
        yield breaches.answer_arrives, params, result
    yield (breaches.ocall_is_over,)
    origin = answer.origin if answer.origin in CAS_ORIGINS else Origin.CLIENT_APP
    return answer.ret, origin, result


def thread_rpc_alloc(size: int) -> Steps:
    """Memory of `size` bytes from the CA for one OCALL, and secure world's object of it.

    Gives the ids of both, empty where the CA has given none, whatever it says.
    Source: optee_os as posted, thread_rpc_alloc() of client memory.
    """
    answer: Answer = yield from thread_rpc_cmd(calls.ALLOC, OCALL_PTA, size=size)
    if answer.rpc != Result.SUCCESS or not answer.memory:
        return "", ""
    if not (yield is_large_enough, answer.memory, size):
        yield from thread_rpc_cmd(calls.FREE, OCALL_PTA, memory=answer.memory)
        return "", ""
    mobj = yield mobj_new, answer.memory, "OCALL PTA", "the CA allocated it", True
    return answer.memory, mobj


def is_large_enough(world: World, client: str, memory: str, size: int) -> bool:
    """Whether a memory has the size that was asked for; the posted code does not look."""
    return world.memories[memory].size >= size


def packed(params: Params, memory: str) -> Params:
    """The memory references of `params`, laid back to back in `memory`."""
    offset, result = 0, []
    for p in params:
        if is_memref(p):
            data = p.data if goes_in(p) else b""
            result.append(replace(p, memory=memory, offset=offset, data=data))
            offset += p.size
        else:
            result.append(p if goes_in(p) else Param(p.attr))
    return tuple(result)


def unpacked(own: Param, returned: Param) -> Param:
    """The TA's own parameter with what came back: as many octets as were answered.

    Of a value a TA has 32 bits.
    """
    if not comes_out(own):
        return own
    if not is_memref(own):
        return replace(own, a=returned.a & U32_MAX, b=returned.b & U32_MAX)
    return replace(own, size=returned.size, data=returned.data)


def has_grown(sent: Params, returned: Params) -> bool:
    """Whether an answer claims more bytes than it was given."""
    pairs = zip(sent, returned, strict=True)
    return any(is_memref(s) and comes_out(s) and r.size > s.size for s, r in pairs)


def _instance(world: World) -> Instance:
    """The instance whose TA runs."""
    return world.instances[world.sessions[world.entered[-1]].instance]


def asking_ta(world: World, client: str) -> str:
    """The name of the TA that runs; its UUID goes with an OCALL."""
    return _instance(world).ta


def recall(world: World, client: str) -> Any:
    """What the TA's instance has remembered."""
    return _instance(world).memory


def memorize(world: World, client: str, value: Any) -> None:
    """The TA's instance remembers a value."""
    world.put(replace(_instance(world), memory=value))


def is_cancelled(world: World, client: str) -> bool:
    """Whether what runs was asked to give up: the client's session, if the TA is not masked."""
    session = world.sessions[world.entered[0]]
    return session.cancelled and not world.sessions[world.entered[-1]].masked


def unmask_cancellation(world: World, client: str) -> None:
    """The TA that runs wants to know of cancellations."""
    world.put(replace(world.sessions[world.entered[-1]], masked=False))


def put_ocall_memory(world: World, client: str, mobj: str) -> None:
    """Secure world's use of the memory of an OCALL ends."""
    mobj_put(world, client, mobj, "OCALL PTA", "the OCALL is over")


def copy_in(world: World, client: str, sent: Params) -> None:
    """What the TA sends is copied into the shared memory."""
    for p in sent:
        if p.memory and goes_in(p):
            write_memory(world, p.memory, p.offset, p.data)


def copy_out(world: World, client: str, returned: Params) -> Params:
    """What the CA left in the shared memory is copied out of it, as far as it says."""
    result = []
    for p in returned:
        if p.memory and comes_out(p):
            world.touch(world.memories[p.memory])
            data = world.memories[p.memory].data[p.offset : p.offset + p.size]
            result.append(replace(p, data=data))
        else:
            result.append(p)
    return tuple(result)
