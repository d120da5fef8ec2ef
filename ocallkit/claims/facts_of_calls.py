"""What the claims about the interface are about, as questions to a state.

They are of the kind of those in `facts`: what a pending call keeps, what an ioctl of it returns
with, and what secure world is told of the memory of an OCALL.
"""

from __future__ import annotations

from errno import errorcode
from typing import TYPE_CHECKING

from ocallkit.claims.facts import asking
from ocallkit.engine.world import part_of
from ocallkit.model.call_queue import QUEUE, waiters_of
from ocallkit.model.calls import OCALL, Msg
from ocallkit.model.optee import FUNC_NAMES
from ocallkit.model.params import memories
from ocallkit.model.rpc_cache import cache_of, is_modelled, number_of
from ocallkit.model.user_mode import return_to_user
from ocallkit.model.world import PAGES

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator
    from typing import Any

    from ocallkit.engine import State
    from ocallkit.engine.looks import Observe
    from ocallkit.model.calls import Reply
    from ocallkit.model.config import Client
    from ocallkit.model.world import Call, Memory, World
    from ocallkit.properties import Property

ANSWERS = frozenset(FUNC_NAMES.values()) - {FUNC_NAMES[""]}
"""What an ioctl says that it is which answers a request."""


# --- what an ioctl returns with ------------------------------------------------------------------


def every_answer_resumes(state: State[World]) -> bool:
    """No ioctl fails that answers a request: there was something to go on with."""
    return not any(
        reply.errno for _, ioctl, reply in _returns(state) if ioctl.partition("/")[2] in ANSWERS
    )


def failed_return_ends_it(state: State[World]) -> bool:
    """Where an ioctl of an invocation fails the invocation is over: no request of it is pending.

    Asked of processes of one thread: they have one invocation at a time.
    """
    return not any(
        call.pending
        for client, ioctl, reply in _returns(state)
        if reply.errno and not client.several and ("INVOKE" in ioctl or "ECALL" in ioctl)
        for call in state.world.calls.of(client.name)
    )


def _returns(state: State[World]) -> Iterator[tuple[Client, str, Reply]]:
    """The ioctls that are about to return to user mode."""
    for node in state.nodes:
        if not node.done and node.step[0] is return_to_user:
            _, client, ioctl, reply, *_ = node.step
            yield client, ioctl, reply


# --- the context of an OCALL ---------------------------------------------------------------------


def context_begins_with_a_request(state: State[World]) -> bool:
    """A call has the number of an OCALL from its first request on, and not before."""
    return all(bool(call.ocall_id) == bool(call.thread) for call in state.world.calls.values())


def ocalls_of_a_context_differ(state: State[World]) -> bool:
    """No two calls of a context have the same number."""
    found = [(call.context, call.ocall_id) for call in state.world.calls.values() if call.ocall_id]
    return len(found) == len(set(found))


def asker_has_its_context(state: State[World]) -> bool:
    """While a thread is suspended in a request there is the call that has to be resumed."""
    calls = state.world.calls
    return all(
        any(call.thread in {"", thread.id} for call in calls.of(part_of(thread.client)))
        for thread in asking(state)
    )


def pending_keeps_its_waiter(state: State[World]) -> bool:
    """The waiter of a call stays in the call queue while the call waits for its CA."""
    world = state.world
    if world.config.switches[QUEUE] != "list":
        return True
    waiting = {waiter.id for waiter in waiters_of(world)}
    return all(call.id in waiting for call in _pending(world))


def pending_keeps_its_rpc_memory(state: State[World]) -> bool:
    """The thread of such a call keeps the memory in which it has asked."""
    world = state.world
    if not is_modelled(world):
        return True
    filled = cache_of(world).filled
    return all(number_of(call.thread) in filled for call in _pending(world))


def pending_keeps_its_argument(state: State[World]) -> bool:
    """Such a call keeps the page that has its argument: nobody else is given it."""
    world = state.world
    if world.config.switches["argument-pages"] == "none":
        return True
    pages = 1 + sum(".page." in one.id for one in world.driver_memories.values())
    return pages - world.count(PAGES) >= sum(1 for _ in _pending(world))


def _pending(world: World) -> Iterator[Call]:
    return (call for call in world.calls.values() if call.pending)


# --- the memory of an OCALL ----------------------------------------------------------------------


def flagged_memory_is_not_told(state: State[World]) -> bool:
    """Secure world is not told of memory with the OCALL flag, when it is made or when it goes.

    The object that it has while an OCALL uses the memory is no registration.
    """
    world = state.world
    if any(_registers(world, node.step) for node in state.nodes if not node.done):
        return False
    flagged = {memory.id for memory in _flagged(world)}
    return all(one.guarded or one.freed for one in world.mobjs.values() if one.memory in flagged)


def _registers(world: World, step: tuple[Any, ...]) -> bool:
    """Whether a step is a call to secure world that tells of such memory."""
    msg = step[2] if len(step) > 2 else None  # noqa: PLR2004 - step, client, message
    if not isinstance(msg, Msg) or not msg.cmd.endswith("REGISTER_SHM"):
        return False
    return world.memories[msg.memory].ocall


def _flagged(world: World) -> Iterator[Memory]:
    return (memory for memory in world.memories.values() if memory.ocall)


def ocall_names_the_cas_memory(state: State[World]) -> bool:
    """What an OCALL names is memory that its own CA has made for it."""
    world = state.world
    named = (
        (call, world.memories[name])
        for call in _pending(world)
        if call.pending == OCALL
        for name in memories(call.request)
    )
    return all(memory.ocall and memory.context == call.context for call, memory in named)


# --- what is seen on the way ---------------------------------------------------------------------


def flagged_memory(state: State[World]) -> Hashable | None:
    """The kernel has memory with the OCALL flag, and it holds its context."""
    world = state.world
    return (
        any(
            not memory.freed and not world.contexts[memory.context].freed
            for memory in _flagged(world)
        )
        or None
    )


def copies(state: State[World]) -> Hashable | None:
    """An OCALL that names memory is pending."""
    world = state.world
    return any(call.pending == OCALL and memories(call.request) for call in _pending(world)) or None


FACTS_OF_CALLS: dict[str, Property] = {
    "every-answer-resumes": every_answer_resumes,
    "failed-return-ends-it": failed_return_ends_it,
    "context-begins-with-a-request": context_begins_with_a_request,
    "ocalls-of-a-context-differ": ocalls_of_a_context_differ,
    "asker-has-its-context": asker_has_its_context,
    "flagged-memory-is-not-told": flagged_memory_is_not_told,
    "ocall-names-the-cas-memory": ocall_names_the_cas_memory,
}

END_FACTS_OF_CALLS: dict[str, Property] = {
    "pending-keeps-its-waiter": pending_keeps_its_waiter,
    "pending-keeps-its-rpc-memory": pending_keeps_its_rpc_memory,
    "pending-keeps-its-argument": pending_keeps_its_argument,
}
"""What lies in the driver's own part is asked only where nothing can happen any more."""


def failed_returns(state: State[World]) -> Hashable | None:
    """The error with which an ioctl of an invocation fails, and whether the invocation is over."""
    for client, ioctl, reply in _returns(state):
        if reply.errno and ("INVOKE" in ioctl or "ECALL" in ioctl):
            pending = any(call.pending for call in state.world.calls.of(client.name))
            return errorcode.get(reply.errno, str(reply.errno)), not pending
    return None


SIGHTS_OF_CALLS: dict[str, Observe] = {
    "failed-returns": failed_returns,
    "flagged-memory": flagged_memory,
    "copies": copies,
}
