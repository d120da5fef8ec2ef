"""What no caller may bring about, watched where it would happen.

Nothing here decides anything: each function looks at what a step does, from outside of what keeps
it right, and leaves a record if it is wrong.  So a check that is missing elsewhere is noticed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from ocallkit.engine.world import part_of
from ocallkit.model.calls import OCALL
from ocallkit.model.params import U32_MAX, Params, comes_out, goes_in, is_memref

if TYPE_CHECKING:
    from ocallkit.model.calls import Arg, Reply, Rpc
    from ocallkit.model.config import Client
    from ocallkit.model.events import Param
    from ocallkit.model.world import Call, Memory, World

ISOLATION: Final = "isolation"
PRIVATE: Final = "ta-memory-private"
ARRIVE: Final = "bytes-arrive"
TRUTH: Final = "told-the-truth"
PANIC: Final = "no-panic"

KINDS: Final = (ISOLATION, PRIVATE, ARRIVE, TRUTH, PANIC)


# --- whose it is ------------------------------------------------------------------------------


def belongs(world: World, client: Client, context: str, what: str) -> None:
    """Something of a context is used: it has to be the one on which the caller stands."""
    if context != client.context:
        world.breach(client.name, ISOLATION, f"{client.task} {what} of {context or 'nobody'}")


def resumes(world: World, client: Client, thread: str) -> None:
    """A secure thread is resumed: by whom it runs for, or on the context of its call."""
    if part_of(thread) == client.name:
        return
    calls = world.calls.of(part_of(client.context))
    if not any(call.thread == thread and call.context == client.context for call in calls):
        world.breach(client.name, ISOLATION, f"{client.task} resumes secure thread {thread}")


# --- from the TA to the CA ----------------------------------------------------------------------


def ocall_leaves(world: World, client: str, rpc: Rpc) -> None:
    """A TA's OCALL leaves secure world: what it passes is there, and nothing else of it.

    The memory may have something in it that the CA has put there.
    """
    owner, offset = part_of(client), 0
    memory = world.memories.get(rpc.memory)
    expected = bytearray(world.mobjs[rpc.mobj].lent if rpc.mobj else b"")
    for own, sent in zip(rpc.own, rpc.params, strict=True):
        if not is_memref(own):
            values_leave(world, owner, (own.a, own.b), (sent.a, sent.b), passed=goes_in(own))
            continue
        if goes_in(own):
            expected[offset : offset + own.size] = own.data
            found = memory.data[offset : offset + own.size] if memory is not None else b""
            if (found, sent.size) != (own.data, own.size):
                world.breach(owner, ARRIVE, f"{client}'s TA passed {own.data!r}, not {found!r}")
        offset += own.size
    if memory is not None and memory.data != expected:
        world.breach(owner, PRIVATE, f"{memory.id} has octets that {client}'s TA did not pass")


def values_leave(
    world: World, owner: str, own: tuple[int, int], sent: tuple[int, int], *, passed: bool
) -> None:
    """The same for two values."""
    if passed and own != sent:
        world.breach(owner, ARRIVE, f"the TA passed {own}, not {sent}")
    if not passed and any(sent):
        world.breach(owner, PRIVATE, f"the TA did not pass {sent}")


def ocall_arrives(world: World, client: Client, reply: Reply) -> None:
    """An OCALL reaches its CA: with the parameters with which it left secure world."""
    thread = _asking(world, client, reply.session)
    found = world.threads.get(thread) if thread else None
    if found is None or found.rpc != OCALL:
        return
    if reply.params != found.passed:
        world.breach(client.name, ARRIVE, f"{client.task} is asked with other parameters")


def _asking(world: World, client: Client, session: str) -> str:
    """The secure thread that has a request pending on a session."""
    calls = world.calls.of(part_of(client.context))
    found = (call.thread for call in calls if call.session == session and call.pending == OCALL)
    return next(found, "")


# --- from the CA to the TA ----------------------------------------------------------------------


def served(world: World, client: Client, session: str, out: Params) -> None:
    """A CA has served the OCALL that is pending on a session, with these outputs."""
    thread = _asking(world, client, session)
    if thread and (found := world.threads.get(thread)) is not None:
        world.put(replace(found, served=out))


def answered(world: World, client: Client, arg: Arg) -> None:
    """A CA without libteec answers an OCALL: whatever it says, it has served it.

    Only who was asked can: on the context on which it was asked, with the id that it was given.
    Sizes and values are those of the answer; the octets are those that lie where the OCALL's do,
    whatever memory the answer names.
    """
    call = _call_of(world, client, arg)
    thread = world.threads.get(call.thread) if call is not None else None
    if thread is not None:
        out = tuple(map(_with_octets, arg.params, thread.passed))
        world.put(replace(thread, served=_as_they_lie(world, thread.passed, out)))


def refused(world: World, client: Client, arg: Arg) -> None:
    """The ioctl with which a CA without libteec answered has failed: it has served nothing."""
    call = _call_of(world, client, arg)
    thread = world.threads.get(call.thread) if call is not None else None
    if thread is not None:
        world.put(replace(thread, served=None))


def _call_of(world: World, client: Client, arg: Arg) -> Call | None:
    """The call whose pending OCALL an answer is about, if it is one for whoever answers."""
    wanted = (arg.session, client.context, OCALL, arg.ocall_id, bool(arg.opens))
    for call in world.calls.of(client.name):
        if wanted == (call.session, call.context, call.pending, call.ocall_id, call.opens):
            return call
    return None


def _with_octets(answer: Param, passed: Param) -> Param:
    """A parameter of an answer, at the place at which the OCALL has it."""
    if not passed.memory:
        return answer
    return replace(answer, memory=passed.memory, offset=passed.offset)


def _as_they_lie(world: World, passed: Params, out: Params) -> Params:
    """The outputs of an OCALL with the octets that lie in its memory now."""
    return tuple(
        replace(o, data=world.memories[p.memory].data[p.offset : p.offset + o.size])
        if p.memory
        else o
        for p, o in zip(passed, out, strict=False)
    )


def stored(world: World, memory: str) -> None:
    """A CA has written to its memory once more: what it has answered there is what lies there.

    Only until secure world goes on, which copies it.
    """
    for thread in world.threads.of(part_of(memory)):
        if thread.rpc != OCALL or thread.served is None:
            continue
        if any(p.memory == memory for p in thread.passed):
            world.put(replace(thread, served=_as_they_lie(world, thread.passed, thread.served)))


def answer_arrives(world: World, client: str, own: Params, returned: Params) -> None:
    """A TA is told that its OCALL succeeded: somebody has served it, and this is what he gave."""
    thread = world.threads[world.running]
    owner, given = part_of(client), thread.served
    if given is None:
        world.breach(owner, TRUTH, f"{client}'s TA is told SUCCESS, and nobody served its OCALL")
    elif len(given) < len(own) or not all(map(_is_given, own, given, returned)):
        world.breach(owner, ARRIVE, f"{client}'s TA is not told what its OCALL was answered")


def _is_given(own: Param, given: Param, returned: Param) -> bool:
    """Whether a TA reads in one of its parameters what was answered."""
    if not comes_out(own):
        return True
    if not is_memref(own):
        return (given.a & U32_MAX, given.b & U32_MAX) == (returned.a, returned.b)
    return (given.size, given.data[: given.size]) == (returned.size, returned.data)


def ocall_is_over(world: World, client: str) -> None:
    """What was remembered of an OCALL for these checks is forgotten."""
    thread = world.threads[world.running]
    world.put(replace(thread, passed=(), served=None))


# --- memory -------------------------------------------------------------------------------------


def written(world: World, memory: Memory, offset: int, data: bytes) -> None:
    """Somebody writes to shared memory: not before its beginning, and not past its end."""
    if not 0 <= offset <= offset + len(data) <= memory.size:
        what = f"{len(data)} octets are written at {offset} of {memory.id}, which has {memory.size}"
        world.breach(part_of(memory.id), ARRIVE, what)
