"""What no caller may bring about, watched where it would happen.

Nothing here decides anything: each function looks at what a step does, from outside of what keeps
it right, and leaves a record if it is wrong.  So a check that is missing elsewhere is noticed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from ocallkit.abi.results import Result
from ocallkit.engine.world import part_of
from ocallkit.model.calls import OCALL
from ocallkit.model.params import U32_MAX, Params, comes_out, goes_in, is_memref

if TYPE_CHECKING:
    from ocallkit.model.calls import Arg, Reply, Rpc
    from ocallkit.model.config import Client
    from ocallkit.model.events import Param
    from ocallkit.model.world import Memory, SecureThread, World

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
    memory = world.memories[rpc.memory] if rpc.memory else None
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


def asks(world: World, client: Client, rpc: Rpc) -> None:
    """An OCALL goes out with an ioctl of this task's.

    A request that was pending on the session before is another one, though nothing that crosses
    says so.
    """
    if rpc.cmd == OCALL:
        world.put(replace(world.threads[rpc.thread], asked=client.task))


def handed(world: World, client: Client, session: str) -> None:
    """The OCALL with which a task's ioctl has returned is known in user mode, if it still waits."""
    found = world.threads.get(_asking(world, client, session))
    if found is not None and found.asked == client.task:
        world.put(replace(found, handed=True))


def served(world: World, client: Client, session: str, out: Params) -> None:
    """A handler has served the OCALL that is pending on a session, with these outputs.

    If that is not the one that its thread was asked, it has served none that is still there.
    """
    found = world.threads.get(_asking(world, client, session))
    if found is not None and found.asked == client.task:
        _serve(world, found, out)


def answers_itself(world: World, client: Client, arg: Arg) -> None:
    """A CA without libteec answers an OCALL: it has served it if its process was asked this one.

    Who wrote it, and whether a handler ran, nobody can tell: a process is one program.  What it
    answers is in the memory that the TA has passed, as far as it says.
    """
    found = world.threads.get(_asking(world, client, arg.session)) if arg.answers == OCALL else None
    if found is None or arg.ret != Result.SUCCESS:
        return
    if not found.handed or part_of(found.asked) != client.name:
        return
    pairs = zip(found.passed, arg.params, strict=False)
    _serve(world, found, tuple(_lies(world, passed, given) for passed, given in pairs))


def _serve(world: World, thread: SecureThread, out: Params) -> None:
    if out not in thread.served:
        world.put(replace(thread, served=(*thread.served, out)))


def _lies(world: World, passed: Param, given: Param) -> Param:
    """What is answered in a parameter of an OCALL, with what lies in its memory now."""
    memory = world.memories.get(passed.memory)
    if memory is None:
        return given
    return replace(given, data=memory.data[passed.offset : passed.offset + given.size])


def stored(world: World, memory: str) -> None:
    """A CA has written to its memory once more: what it has answered there may be what lies now.

    Only until secure world goes on, which copies it.
    """
    for thread in world.threads.of(part_of(memory)):
        if thread.rpc == OCALL and any(p.memory == memory for p in thread.passed):
            for out in thread.served:
                now = tuple(
                    _lies(world, p, given) for p, given in zip(thread.passed, out, strict=False)
                )
                _serve(world, world.threads[thread.id], now)


def answer_arrives(world: World, client: str, own: Params, returned: Params) -> None:
    """A TA is told that its OCALL succeeded: somebody has served it, and this is what he gave."""
    thread, owner = world.threads[world.running], part_of(client)
    if not thread.served:
        world.breach(owner, TRUTH, f"{client}'s TA is told SUCCESS, and nobody served its OCALL")
    elif not any(_are_given(own, given, returned) for given in thread.served):
        world.breach(owner, ARRIVE, f"{client}'s TA is not told what its OCALL was answered")


def panics(world: World, client: str) -> None:
    """A TA panics for what it was answered."""
    world.breach(part_of(client), PANIC, f"{client}'s TA panics for the answer to its OCALL")


def oopses(world: World, client: Client) -> None:
    """The kernel itself fails at what a caller has done."""
    world.breach(client.name, PANIC, f"{client.task}'s ioctl makes the kernel write through NULL")


def _are_given(own: Params, given: Params, returned: Params) -> bool:
    """Whether a TA reads what was answered."""
    return len(given) >= len(own) and all(map(_is_given, own, given, returned))


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
    world.put(replace(thread, passed=(), asked="", handed=False, served=()))


# --- memory -------------------------------------------------------------------------------------


def written(world: World, memory: Memory, offset: int, data: bytes) -> None:
    """Somebody writes to shared memory: not before its beginning, and not past its end."""
    if not 0 <= offset <= offset + len(data) <= memory.size:
        what = f"{len(data)} octets are written at {offset} of {memory.id}, which has {memory.size}"
        world.breach(part_of(memory.id), ARRIVE, what)
