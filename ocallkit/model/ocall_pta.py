"""The system PTA's OCALL function: it carries a TA's request to the CA, and the answer back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from ocallkit.abi.results import Origin, Result
from ocallkit.model import breaches, calls
from ocallkit.model.config import TaName
from ocallkit.model.events import OCALL_PTA, Param
from ocallkit.model.mobj import mobj_new, mobj_put, write_memory
from ocallkit.model.params import (
    U32_MAX,
    Params,
    answered,
    comes_out,
    goes_in,
    has_buffer,
    is_memref,
)
from ocallkit.model.secure import thread_rpc_cmd
from ocallkit.model.ta_manager import instance_of

if TYPE_CHECKING:
    from ocallkit.engine import Steps
    from ocallkit.model.calls import Answer
    from ocallkit.model.world import World

SIZE_MAX: Final = 0xFFFFFFFF
"""The largest sum of sizes that a 32-bit TA can ask for."""


def system_ocall(command: int, params: Params) -> Steps:
    """The system PTA's OCALL function: memory, the request itself, and the memory's end.

    All memory references share one piece of memory, packed back to back.  The CA allocates it;
    what crosses is a copy, and TA memory is never seen outside.  A reference to nothing is one to
    nothing in that memory, and names no memory where no other needs any.  The request says which TA
    asks.  Memory that is not the TA's, such as one that it knows by its name alone, it may not
    access.  What is wrong here has the origin TRUSTED_APP, as any PTA's own results have; an answer
    has that of the CA, who can speak for nobody else.
    Source: optee_os pta/system.c as posted, system_ocall().
    """
    size = sum(p.size for p in params if is_memref(p))
    if (wrong := what_is_wrong(params, size)) is not None:
        return wrong, Origin.TRUSTED_APP, params
    memory, mobj, sent = "", "", packed(params, "")
    if size:
        memory, mobj = yield from thread_rpc_alloc(size)
        if not memory:
            return Result.OUT_OF_MEMORY, Origin.TRUSTED_APP, params
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
        return answer.rpc, Origin.TRUSTED_APP, params
    # Whoever has nothing to say of a parameter leaves it as it was.
    given = (*answer.params[: len(sent)], *sent[len(answer.params) :])
    returned, grown = answered(sent, given), has_grown(sent, given)
    if memory and not grown:
        returned = yield copy_out, returned
    if memory:
        yield put_ocall_memory, mobj
        yield from thread_rpc_cmd(calls.FREE, OCALL_PTA, memory=memory)
    if grown:
        return Result.BAD_PARAMETERS, Origin.TRUSTED_APP, params
    if answer.ret == Result.SUCCESS:
        yield answer_arrives, params, returned
    origin, result = yield ocall_is_over, params, returned, answer.origin
    return answer.ret, origin, result


def what_is_wrong(params: Params, size: int) -> Result | None:
    """Why the PTA does not carry parameters whose memory has that size; nothing if it does."""
    if size > SIZE_MAX:
        return Result.SECURITY
    owned = all(map(has_buffer, filter(is_memref, params)))
    return None if owned else Result.ACCESS_DENIED


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
    """Whether a memory will do for what was asked."""
    return world.config.design.takes_memory(size, world.memories[memory].size)


def answer_arrives(world: World, client: str, own: Params, returned: Params) -> None:
    """A TA is told that its OCALL succeeded."""
    breaches.answer_arrives(world, client, own, results(world, own, returned))


def ocall_is_over(
    world: World, client: str, own: Params, returned: Params, origin: Origin
) -> tuple[Origin, Params]:
    """An OCALL is over; gives the origin of its result and the parameters that its TA sees."""
    breaches.ocall_is_over(world, client)
    return world.config.design.speaks_for(origin), results(world, own, returned)


def results(world: World, own: Params, returned: Params) -> Params:
    """The TA's own parameters with what came back."""
    size_given = world.config.design.size_given
    pairs = zip(own, returned, strict=False)
    return tuple(
        unpacked(mine, its, size_given(mine.size, its.size) if is_memref(mine) else 0)
        for mine, its in pairs
    )


def asking_ta(world: World, client: str) -> TaName:
    """The TA that runs: its UUID goes with an OCALL."""
    name = instance_of(world, world.entered[-1]).ta
    return TaName(name, world.config.tas[name].octets)


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


def unpacked(own: Param, returned: Param, size: int) -> Param:
    """The TA's own parameter with what came back, of which it is told this `size`.

    Behind a shorter answer it finds what it wrote itself.  Of a value it has 32 bits.
    """
    if not comes_out(own):
        return own
    if not is_memref(own):
        return replace(own, a=returned.a & U32_MAX, b=returned.b & U32_MAX)
    data = returned.data + own.data[returned.size :]
    return replace(own, size=size, data=data[:size])


def has_grown(sent: Params, returned: Params) -> bool:
    """Whether an answer claims more bytes than it was given."""
    pairs = zip(sent, returned, strict=True)
    return any(is_memref(s) and comes_out(s) and r.size > s.size for s, r in pairs)


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
