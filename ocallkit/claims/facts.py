"""What the claims are about, as questions to a state.

Like the properties, each fact is a function of a state that says whether it is so there.  Unlike
them a fact need not hold: a claim may be that it breaks.  `ALWAYS_FACTS` are asked of every
state, `END_FACTS` of those in which nothing can happen any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ocallkit.abi.results import Result
from ocallkit.engine.world import part_of
from ocallkit.model import calls
from ocallkit.model.call_queue import wait_for_completion
from ocallkit.model.driver_memory import DRIVER
from ocallkit.model.files import short
from ocallkit.model.optee import REFUSED
from ocallkit.model.params import memories
from ocallkit.model.secure import smc_call_with_arg, smc_return_from_rpc
from ocallkit.model.user_mode import return_to_user, sleep_for_ever
from ocallkit.model.wait_queue import wq_sleep
from ocallkit.model.world import THREADS, SecureThread
from ocallkit.properties import is_freed, no_deadlock
from ocallkit.properties.reached import is_killed

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from ocallkit.engine import State
    from ocallkit.engine.looks import Observe
    from ocallkit.model.calls import Answer
    from ocallkit.model.world import Call, Memory, World
    from ocallkit.properties import Property

# --- secure threads --------------------------------------------------------------------------


def asker_stays_suspended(state: State[World]) -> bool:
    """The thread of a pending request is suspended in that request, for that client."""
    return all(
        (thread.client, thread.rpc) == (call.id, call.pending)
        for call in state.world.calls.values()
        if call.pending
        for thread in [state.world.threads.get(call.thread, SecureThread(call.thread))]
    )


def uncompleted_is_suspended(state: State[World]) -> bool:
    """The calls that the driver has not completed are those whose thread is left suspended."""
    return set(state.world.calls) == {thread.client for thread in asking(state)}


def a_thread_is_left(state: State[World]) -> bool:
    """Somebody could still enter secure world."""
    return state.world.count(THREADS) > 0


def a_thread_is_left_by_deadlock(state: State[World]) -> bool:
    """A deadlock does not take every thread."""
    return no_deadlock(state) or a_thread_is_left(state)


def uncompleted_keeps_its_ta(state: State[World]) -> bool:
    """The session of a call that was never completed is open, and its TA loaded."""
    world = state.world
    return all(world.sessions[call.session].open for call in world.calls.values() if not call.opens)


def asking(state: State[World]) -> Iterator[SecureThread]:
    """The threads that are suspended in a request to their CA."""
    return (thread for thread in state.world.threads.values() if thread.rpc in calls.REQUESTS)


# --- the death of a CA -----------------------------------------------------------------------


def no_context_is_held_by_a_request(state: State[World]) -> bool:
    """No context outlives its CA because a pending request holds memory that belongs to it."""
    return not any(
        call.pending and call.requested and not state.world.contexts[call.context].freed
        for call in state.world.calls.values()
    )


def no_request_with_memory_is_cancelled(state: State[World]) -> bool:
    """No request is cancelled that holds a reference on memory."""
    return not any(call.cancelled and call.requested for call in state.world.calls.values())


def cancelled_with_an_error(state: State[World]) -> bool:
    """A thread whose request is cancelled is resumed with an error, and never with success."""
    return all(
        answer.rpc != Result.SUCCESS
        for client, thread, answer in _resumes(state)
        if _is_cancelled(state.world, client)
        and thread in state.world.threads
        and state.world.threads[thread].rpc in calls.REQUESTS
    )


def context_file_cancels_nothing(state: State[World]) -> bool:
    """No request of a dead CA is cancelled while its context still has references."""
    world = state.world
    return not any(
        call.cancelled
        and is_killed(world, call.process)
        and not world.contexts[call.context].releasing
        for call in world.calls.values()
    )


def error_frees_the_mobj(state: State[World]) -> bool:
    """Where a cancelled invocation has completed, no memory object has it as a user."""
    world = state.world
    return all(
        world.mobjs[memory].refs == (0 if world.mobjs[memory].releasing else 1)
        for call in world.calls.values()
        if call.cancelled and _is_free(world, call.thread)
        for memory in memories(call.params)
    )


def _is_free(world: World, thread: str) -> bool:
    return thread not in world.threads or world.threads[thread].state == "free"


def _is_cancelled(world: World, client: str) -> bool:
    return client in world.calls and world.calls[client].cancelled


# --- sessions that open ------------------------------------------------------------------------


def no_opening_is_asked(state: State[World]) -> bool:
    """No CA is asked for anything while its session opens."""
    return not any(call.opens and call.pending for call in state.world.calls.values())


# --- counts ----------------------------------------------------------------------------------


def passed_memory_is_counted(state: State[World]) -> bool:
    """A memory that an invocation was passed has a reference until the invocation is complete."""
    return all(
        _held(state.world, memory) and not memory.freed
        for call in state.world.calls.values()
        for memory in _passed(state.world, call)
    )


def used_memory_is_there(state: State[World]) -> bool:
    """A memory that an invocation was passed is not freed before the invocation is complete."""
    return not any(
        memory.freed for call in state.world.calls.values() for memory in _passed(state.world, call)
    )


def used_memory_is_counted(state: State[World]) -> bool:
    """Memory that a suspended thread uses has a reference."""
    world = state.world
    return all(
        memory.refs > 0 and not memory.freed
        for thread in asking(state)
        for memory in world.memories.values()
        if memory.context == thread.client and _is_used(world, memory)
    )


def _is_used(world: World, memory: Memory) -> bool:
    """Whether secure world has an object of it that an invocation or an OCALL refers to.

    The registration refers to it too, and uses nothing.
    """
    mobj = world.mobjs.get(memory.id)
    if mobj is None or mobj.freed:
        return False
    return mobj.refs > (0 if memory.ocall or mobj.releasing else 1)


def return_counts_down(state: State[World]) -> bool:
    """When an invocation is complete and its ioctl returns, memories have their files alone."""
    return all(
        _held(state.world, memory) == 0
        for client in _returning(state)
        if client not in state.world.calls
        for memory in _of(state.world, client)
    )


def request_keeps_the_normal_list(state: State[World]) -> bool:
    """When an ioctl returns with a request, the invocation's memories have one reference more."""
    return all(
        _held(state.world, memory) == 1
        for client in _returning(state)
        if client in state.world.calls
        for memory in _passed(state.world, state.world.calls[client])
    )


def request_drops_the_reply_list(state: State[World]) -> bool:
    """When an ioctl returns with a request, the memory of an OCALL has its file alone."""
    return all(
        _held(state.world, memory) == 0
        for client in _returning(state)
        if client in state.world.calls
        for memory in _of(state.world, client)
        if memory.ocall
    )


def reply_counts_up(state: State[World]) -> bool:
    """While an answer is on its way to secure world, the memories that it names are counted."""
    world = state.world
    return all(
        _held(world, world.memories[name]) > 0
        for client, _, answer in _resumes(state)
        if not _is_cancelled(world, client)
        for name in {*memories(answer.params), answer.memory} - {""}
    )


def _held(world: World, memory: Memory) -> int:
    """The references on a memory besides that of its file."""
    process = world.processes.get(part_of(memory.id))
    # A client in the kernel holds itself what a process has a file for.
    return memory.refs - (process is None or memory.id in process.files)


def _passed(world: World, call: Call) -> Iterator[Memory]:
    """What the first ioctl of an invocation named."""
    return (world.memories[name] for name in memories(call.params))


def _of(world: World, client: str) -> Iterator[Memory]:
    """A client's memories that are not freed."""
    return (m for m in world.memories.values() if m.context == client and not m.freed)


# --- clients in the kernel -------------------------------------------------------------------


def never_asked_in_the_kernel(state: State[World]) -> bool:
    """No request is handed to a client in the kernel."""
    world = state.world
    return not any(call.pending and _in_kernel(world, call) for call in world.calls.values())


def refused_in_the_kernel(state: State[World]) -> bool:
    """What secure world asks of a client in the kernel is refused, and it is told so."""
    return all(answer == REFUSED for answer in _answers_from_the_kernel(state))


def refusal_in_the_kernel(state: State[World]) -> Hashable | None:
    """What secure world hears that has asked a client in the kernel."""
    found = (f"{a.rpc.name}, origin {a.origin.name}" for a in _answers_from_the_kernel(state))
    return next(found, None)


def _answers_from_the_kernel(state: State[World]) -> Iterator[Answer]:
    """The answers that are on their way to secure threads which have asked such a client."""
    for node in state.nodes:
        if not node.done and node.step[0] is smc_return_from_rpc and node.step[1].kernel:
            thread = state.world.threads.get(node.step[2])
            if thread is not None and thread.rpc in calls.REQUESTS:
                yield node.step[3]


def _in_kernel(world: World, call: Call) -> bool:
    return call.process not in world.processes


# --- closing sessions ------------------------------------------------------------------------


def no_close_waits_for_good(state: State[World]) -> bool:
    """No CA that lives waits for ever in closing a session, whoever answers or is killed."""
    return all(
        is_freed(_answered(state), task) or is_freed(state, task) for task in _closing(state)
    )


def no_close_waits_for_an_answer(state: State[World]) -> bool:
    """No CA that lives waits in closing a session until another one answers."""
    return not any(is_freed(_answered(state), task) for task in _closing(state))


def _answered(state: State[World]) -> State[World]:
    """The state in which the clients whose handlers never answer have done so after all."""
    nodes = (
        node.after(None) if not node.done and node.step[0] is sleep_for_ever else node
        for node in state.nodes
    )
    return state._replace(nodes=tuple(nodes))


def _closing(state: State[World]) -> Iterator[int]:
    """Who waits in a CLOSE_SESSION, in the call queue or in secure world, and was not killed."""
    for task, node in enumerate(state.nodes):
        if node.done or _calls(state.world, node.step) != "CLOSE_SESSION":
            continue
        process = state.world.processes.get(node.step[1].name)
        if process is None or process.state == "running":
            yield task


def _calls(world: World, step: tuple[Any, ...]) -> str:
    """What a task asks of secure world that waits for it."""
    if step[0] is wait_for_completion:
        return str(step[3])
    if step[0] is smc_call_with_arg:
        return str(step[2].cmd)
    if step[0] is wq_sleep:
        node = world.threads[step[2]].node
        return str(node.args[0].cmd) if node else ""
    return ""


# --- memory that is kept ---------------------------------------------------------------------


def callers_pay(state: State[World]) -> bool:
    """What is kept is charged to contexts of clients, and nothing to one of the driver's own."""
    return DRIVER not in _paying(state)


def kept_memory_keeps_its_context(state: State[World]) -> bool:
    """A context that is charged for what is kept has a count of one in the end, and is there."""
    contexts = state.world.contexts
    return all((contexts[paid].freed, contexts[paid].refs) == (False, 1) for paid in _paying(state))


def one_context_pays(state: State[World]) -> bool:
    """No more than one context is charged for what is kept."""
    return len(_paying(state)) <= 1


def who_does_not_pay_is_released(state: State[World]) -> bool:
    """The contexts that are not charged for what is kept are released, with a count of zero."""
    others = [one for one in state.world.contexts.values() if one.id not in _paying(state)]
    return all(one.freed and not one.refs for one in others)


def _paying(state: State[World]) -> set[str]:
    """The contexts that are charged for what the driver keeps."""
    return {memory.context for memory in state.world.driver_memories.values()}


# --- where programs stand --------------------------------------------------------------------


def _returning(state: State[World]) -> Iterator[str]:
    """The clients whose invoke is about to return to user mode."""
    for node in state.nodes:
        if not node.done and node.step[0] is return_to_user:
            _, client, ioctl, *_ = node.step
            if "INVOKE" in ioctl or "ECALL" in ioctl:
                yield client.name


def _resumes(state: State[World]) -> Iterator[tuple[str, str, Any]]:
    """The resumes of a secure thread that come next: for whom, which thread, with what answer."""
    for node in state.nodes:
        if not node.done and node.step[0] is smc_return_from_rpc:
            _, client, thread, answer = node.step
            yield client.name, thread, answer


# --- what is seen on the way -----------------------------------------------------------------


def pending_at_death(state: State[World]) -> Hashable | None:
    """What a CA had been asked for when it was killed."""
    world = state.world
    found = (one.pending for one in world.calls.values() if is_killed(world, one.process))
    return next(filter(None, found), None)


def released_after_death(state: State[World]) -> Hashable | None:
    """The context of a CA that was killed is released."""
    world = state.world
    return (
        any(
            process.state == "killed" and name in world.contexts and world.contexts[name].freed
            for name, process in world.processes.items()
        )
        or None
    )


def told(state: State[World]) -> Hashable | None:
    """What secure world hears of a request that is cancelled."""
    found = (a.rpc.name for name, _, a in _resumes(state) if _is_cancelled(state.world, name))
    return next(found, None)


def outstanding_at_cancel(state: State[World]) -> Hashable | None:
    """How many memories a dead CA's context has when its request is cancelled."""
    world = state.world
    for call in world.calls.values():
        if call.cancelled and is_killed(world, call.process):
            return sum(1 for _ in _of(world, call.context))
    return None


def files_at_death(state: State[World]) -> Hashable | None:
    """The files that a dead CA has not closed yet."""
    for process in state.world.processes.values():
        if process.state == "killed" and process.id in state.world.calls:
            return frozenset(short(file) for file in process.files if file)
    return None


def used_after_cancel(state: State[World]) -> Hashable | None:
    """A cancelled invocation that had been passed memory has completed."""
    world = state.world
    return (
        any(
            call.cancelled and memories(call.params) and _is_free(world, call.thread)
            for call in world.calls.values()
        )
        or None
    )


ALWAYS_FACTS: dict[str, Property] = {
    "asker-stays-suspended": asker_stays_suspended,
    "no-opening-is-asked": no_opening_is_asked,
    "no-request-with-memory-is-cancelled": no_request_with_memory_is_cancelled,
    "cancelled-with-an-error": cancelled_with_an_error,
    "context-file-cancels-nothing": context_file_cancels_nothing,
    "error-frees-the-mobj": error_frees_the_mobj,
    "passed-memory-is-counted": passed_memory_is_counted,
    "used-memory-is-there": used_memory_is_there,
    "used-memory-is-counted": used_memory_is_counted,
    "return-counts-down": return_counts_down,
    "request-keeps-the-normal-list": request_keeps_the_normal_list,
    "request-drops-the-reply-list": request_drops_the_reply_list,
    "reply-counts-up": reply_counts_up,
    "never-asked-in-the-kernel": never_asked_in_the_kernel,
    "refused-in-the-kernel": refused_in_the_kernel,
}

END_FACTS: dict[str, Property] = {
    "uncompleted-is-suspended": uncompleted_is_suspended,
    "a-thread-is-left": a_thread_is_left,
    "a-thread-is-left-by-deadlock": a_thread_is_left_by_deadlock,
    "uncompleted-keeps-its-ta": uncompleted_keeps_its_ta,
    "no-context-is-held-by-a-request": no_context_is_held_by_a_request,
    "callers-pay": callers_pay,
    "no-close-waits-for-good": no_close_waits_for_good,
    "no-close-waits-for-an-answer": no_close_waits_for_an_answer,
    "kept-memory-keeps-its-context": kept_memory_keeps_its_context,
    "one-context-pays": one_context_pays,
    "who-does-not-pay-is-released": who_does_not_pay_is_released,
}

SIGHTS: dict[str, Observe] = {
    "pending-at-death": pending_at_death,
    "released-after-death": released_after_death,
    "told": told,
    "outstanding-at-cancel": outstanding_at_cancel,
    "files-at-death": files_at_death,
    "used-after-cancel": used_after_cancel,
    "refusal-in-the-kernel": refusal_in_the_kernel,
}
