"""What must always hold, and what must hold in the end.

Each property is a function of a state that says whether it is as it must be.  `ALWAYS` are
asked of every state, `AT_END` of the states in which nothing can happen any more: every process
has ended, or waits, for ever or until somebody is killed.  What is asked of every state holds if it
holds for each client's part of it: so it is asked of each part by itself.  `CAN_FINISH` is asked of
all states together: from each some way leads to one in which nothing can happen any more.
`OF_THE_QUEUE` are about the call queue, and asked only where that is a list.

>>> from ocallkit.judging.path import run
>>> end = run("flow-2", "ecall").state
>>> all(holds(end) for holds in (*ALWAYS.values(), *AT_END.values()))
True
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import wraps
from typing import Any, TypeVar

from ocallkit.brief import Named
from ocallkit.engine import Node, State
from ocallkit.engine.system import idles, moves_of
from ocallkit.engine.world import part_of
from ocallkit.model import breaches
from ocallkit.model.call_queue import QUEUE, wait_for_completion
from ocallkit.model.callbacks import qcomtee_user_object_select, wait_for_completion_state
from ocallkit.model.calls import REQUESTS
from ocallkit.model.config import SUPPLICANT
from ocallkit.model.posix import USER_WAITS, is_born
from ocallkit.model.supplicant import wait_for_supplicant
from ocallkit.model.teec_thread import is_begun
from ocallkit.model.user_mode import sleep_for_ever
from ocallkit.model.wait_queue import ASLEEP
from ocallkit.model.world import World

Property = Callable[[State[World]], bool]
"""Whether a state is as it must be."""

C = TypeVar("C", bound=Callable[..., object])


def _nameless(check: C) -> C:
    """It says the same whichever client is called A: the explorer asks it once for all names."""
    check.nameless = True  # type: ignore[attr-defined]
    return check


def no_deadlock(state: State[World]) -> bool:
    """Nobody waits in the kernel for ever: a process whose close does not return cannot end.

    Who waits for the answer of clients that live is tried: they are killed, in any order.  If that
    lets the one that waits go on, it is no deadlock.  A service that has nothing to do waits for
    nobody.
    """
    waiting = [
        task
        for task, node in enumerate(state.nodes)
        if is_alive(node) and not (rests(node) or idles(node))
    ]
    return all(is_freed(state, task) for task in waiting)


def is_freed(state: State[World], task: int) -> bool:
    """Whether some way on, kills of those whose handlers sleep among them, lets `task` move."""
    met, pending = {state.key()}, [state]
    for at in pending:
        for other in range(len(at.nodes)):
            for move in moves_of(at, other, resorts=True):
                if other == task:
                    return True
                key = move.state.key()
                if key not in met:
                    met.add(key)
                    pending.append(move.state)
    return False


def is_alive(node: Node) -> bool:
    """Whether a thread has begun and not ended; a child that waits to be born has not.

    Nor has a server that has nothing to serve.
    """
    return not node.done and node.step[0] not in {is_born, is_begun}


def sleeps(node: Node) -> bool:
    """Whether a client waits for somebody in user space who need not come; a kill ends that."""
    waits = {sleep_for_ever, wait_for_supplicant, wait_for_completion_state}
    return not node.done and node.step[0] in waits


def rests(node: Node) -> bool:
    """Whether a thread waits in user mode, of which the kernel knows nothing, or to be asked."""
    waits = {*USER_WAITS, qcomtee_user_object_select}
    return sleeps(node) or (not node.done and node.step[0] in waits)


@_nameless
def waits_for_client(state: State[World]) -> str | None:
    """The clients whose answer everybody waits for, where nothing but a kill can go on.

    Where a client waits for the supplicant that is the one; a client whose threads wait for each
    other alone is among them.
    """
    alive = [node for node in state.nodes if is_alive(node) and not idles(node)]
    waits = rests if all(map(rests, alive)) else sleeps
    steps = [node.step for node in alive if waits(node)]
    # Whoever waits to be asked is waited for by nobody, unless nobody else is left.
    steps = [s for s in steps if s[0] is not qcomtee_user_object_select] or steps
    whom = [SUPPLICANT if s[0] is wait_for_supplicant else s[1].title for s in steps]
    return " and ".join(dict.fromkeys(whom)) or None


def settled(state: State[World]) -> bool:
    """Whether every process has ended or waits in vain: what is left now is left for good."""
    return waits_for_client(state) is None


def left(state: State[World], kind: str) -> list[Any]:
    """The records of that kind but those of services: what those have, they are using."""
    found: list[Any] = getattr(state.world, kind).all()
    pairs = zip(state.tasks, state.nodes, strict=False)
    serving = {part_of(task) for task, node in pairs if idles(node)}
    return [one for one in found if part_of(one.id) not in serving] if serving else found


def no_suspended_thread(state: State[World]) -> bool:
    """No secure thread is left suspended: there are only CFG_NUM_THREADS of them."""
    return all(thread.state == "free" for thread in left(state, "threads"))


def no_context_leak(state: State[World]) -> bool:
    """Every context is released: its release is what closes sessions that nobody closed.

    The driver's own is there as long as the driver is.
    """
    return all(context.freed or context.drivers for context in left(state, "contexts"))


def no_session_leak(state: State[World]) -> bool:
    """Every session is closed: an open one keeps its TA in secure memory."""
    used = any(instance.sessions for instance in left(state, "instances"))
    return not (used or any(session.open for session in left(state, "sessions")))


def no_shm_leak(state: State[World]) -> bool:
    """Every shared memory is freed: it is memory of a process that is gone."""
    return all(memory.freed for memory in left(state, "memories"))


def no_mobj_leak(state: State[World]) -> bool:
    """Every memory object is gone: secure world keeps nothing of memory that is freed."""
    return all(mobj.freed for mobj in left(state, "mobjs"))


def no_use_after_free(state: State[World]) -> bool:
    """Nothing freed is touched; no memory is freed while secure world has an object of it."""
    world = state.world
    memories = world.memories.all()
    freed = {memory.id for memory in memories if memory.freed}
    mobjs = world.mobjs.all()
    if any(mobj.memory in freed and not mobj.freed for mobj in mobjs):
        return False
    records: list[Any] = [*memories, *mobjs, *world.contexts.all(), *world.requests.all()]
    return not any(record.misused for record in records)


def counts_never_negative(state: State[World]) -> bool:
    """No count falls below zero: a reference was dropped that nobody held."""
    world = state.world
    counts = [c.refs for c in world.contexts.all()]
    counts += [m.refs for m in world.memories.all()]
    counts += [m.refs for m in world.mobjs.all()]
    return min(counts, default=0) >= 0


def completed_once(state: State[World]) -> bool:
    """Each OCALL is answered or cancelled, and once: not twice, and not never.

    Twice is what every state can show: the secure thread was resumed while it was elsewhere.
    """
    return not any(thread.misused for thread in state.world.threads.all())


def completed_in_the_end(state: State[World]) -> bool:
    """Each OCALL is answered or cancelled, and once: not twice, and not never.

    Never is what the end can show: the secure thread would not run again.
    """
    return completed_once(state) and not any(
        thread.rpc in REQUESTS for thread in left(state, "threads")
    )


def no_blocking_release(state: State[World]) -> bool:
    """Secure world never waits in releasing a memory object: it was not asked too early."""
    threads = state.world.threads.all()
    return not any(thread.sleep == ASLEEP and thread.waits.startswith("MOBJ") for thread in threads)


# --- what no caller may bring about --------------------------------------------------------------


def _is_unbroken(state: State[World], kind: str) -> bool:
    return not any(breach.id.endswith(f".{kind}") for breach in state.world.breaches.all())


def isolation(state: State[World]) -> bool:
    """No process reads, resumes, cancels or frees what belongs to another."""
    return _is_unbroken(state, breaches.ISOLATION)


def ta_memory_private(state: State[World]) -> bool:
    """No octet of a TA's memory is visible to a CA unless the TA has passed it."""
    return _is_unbroken(state, breaches.PRIVATE)


def bytes_arrive(state: State[World]) -> bool:
    """What one side passes is what the other reads, sizes included; nothing is written past it."""
    return _is_unbroken(state, breaches.ARRIVE)


def told_the_truth(state: State[World]) -> bool:
    """No TA is told SUCCESS for an OCALL that nobody served, nor given the answer to another."""
    return _is_unbroken(state, breaches.TRUTH)


def no_panic(state: State[World]) -> bool:
    """No caller makes a TA, OP-TEE or the kernel panic."""
    return _is_unbroken(state, breaches.PANIC)


def nothing_left(state: State[World]) -> bool:
    """No call, and nothing that was kept for one, outlives its invocation."""
    return not (left(state, "calls") or left(state, "requests"))


ALWAYS: dict[str, Property] = {
    "no-use-after-free": no_use_after_free,
    "counts-never-negative": counts_never_negative,
    "completed-once": completed_once,
    "no-blocking-release": no_blocking_release,
    breaches.ISOLATION: isolation,
    breaches.PRIVATE: ta_memory_private,
    breaches.ARRIVE: bytes_arrive,
    breaches.TRUTH: told_the_truth,
    breaches.PANIC: no_panic,
}
"""What is asked of every state."""


def _once_settled(check: Property) -> Property:
    """What is left behind is judged when nobody is left who could still clear it away."""

    @wraps(check)
    def judged(state: State[World]) -> bool:
        return not settled(state) or check(state)

    return _nameless(judged)


AT_END: dict[str, Property] = {
    "no-deadlock": _nameless(no_deadlock),
    "no-suspended-thread": _once_settled(no_suspended_thread),
    "no-context-leak": _once_settled(no_context_leak),
    "no-session-leak": _once_settled(no_session_leak),
    "no-shm-leak": _once_settled(no_shm_leak),
    "no-mobj-leak": _once_settled(no_mobj_leak),
    "completed-once": _once_settled(completed_in_the_end),
    "nothing-left": _once_settled(nothing_left),
}
"""What is asked where nothing can happen any more."""


# --- the call queue ----------------------------------------------------------------------------


def sleeps_in_vain(state: State[World], task: int) -> bool:
    """Whether a call sleeps in the call queue although a secure thread that it may take is free."""
    node = state.nodes[task]
    if node.done or node.step[0] is not wait_for_completion:
        return False
    _, client, _, cmd, *_ = node.step
    spared: int = client.design.spared(client, cmd)
    return state.world.free_threads > spared


def no_lost_wake_up(state: State[World]) -> bool:
    """Nobody sleeps in the call queue for ever while a secure thread is free: it was woken for it.

    As for `no_deadlock`, who sleeps until clients are killed does not sleep for ever.
    """
    vain = [task for task in range(len(state.nodes)) if sleeps_in_vain(state, task)]
    return all(is_freed(state, task) for task in vain)


def no_needless_wait(state: State[World]) -> bool:
    """Nobody sleeps in the call queue until a client answers while a secure thread is free.

    A client whose handler never answers is one that takes as long as it likes: so it is asked where
    nobody else goes on meanwhile, and where a wake-up is lost for good it is not asked.
    """
    vain = [task for task in range(len(state.nodes)) if sleeps_in_vain(state, task)]
    return not any(is_freed(state, task) for task in vain)


LOST = "no-lost-wake-up"
NEEDLESS = "no-needless-wait"

OF_THE_QUEUE: dict[str, Property] = {
    LOST: _nameless(no_lost_wake_up),
    NEEDLESS: _nameless(no_needless_wait),
}
"""What is asked besides, where nothing can happen any more and the call queue is a list."""


def of_the_queue(switches: Mapping[str, str], faults: Collection[str]) -> dict[str, Property]:
    """Those of `OF_THE_QUEUE` that a system with these switches and faults can break.

    A needless wait is seen where a client never answers.

    >>> [*of_the_queue({"call-queue": "list"}, ["kill"])], [*of_the_queue({}, ["never-answers"])]
    (['no-lost-wake-up'], [])
    """
    if switches.get(QUEUE) != "list":
        return {}
    return {n: c for n, c in OF_THE_QUEUE.items() if n != NEEDLESS or "never-answers" in faults}


# --- what is asked on request --------------------------------------------------------------------


def nothing_left_in_a_living_ca(state: State[World]) -> bool:
    """No memory of an OCALL is open in a living CA with no call under way: nobody will free it."""
    world = state.world
    running = {call.context for call in world.calls.all()}
    left = {
        memory.id
        for memory in world.memories.all()
        if memory.ocall and not memory.freed and memory.context not in running
    }
    alive = (process for process in world.processes.all() if process.state == "running")
    return not any(left.intersection(process.files) for process in alive)


ON_REQUEST: dict[str, Property] = {
    "nothing-left-in-a-living-ca": nothing_left_in_a_living_ca,
}
"""What is asked of every state only where somebody wants to know.

A CA that misbehaves while it is asked is left with the memory of its OCALL under every design of
PR 72: what an OCALL that failed has allocated is freed by nobody.  That is the fault's doing,
and would say nothing of a design.
"""

CAN_FINISH = "can-finish"
"""The name of what is asked of all states together."""

NAMES = (
    "no-deadlock",
    CAN_FINISH,
    "no-suspended-thread",
    "no-context-leak",
    "no-session-leak",
    "no-shm-leak",
    "no-mobj-leak",
    "no-use-after-free",
    "counts-never-negative",
    "completed-once",
    "no-blocking-release",
    *breaches.KINDS,
    "nothing-left",
)
"""Every property of every system, in the order in which they are reported."""

PROPERTIES: dict[str, Property] = Named({**ALWAYS, **AT_END, **OF_THE_QUEUE, **ON_REQUEST})
"""Every named property that is asked of a state."""

EVERY = (*NAMES, *OF_THE_QUEUE, *ON_REQUEST)
"""Those that are asked only of some systems besides, or on request."""

ABOUT: dict[str, str] = {
    CAN_FINISH: "Nothing can stop it from ending: from every state some way leads to an end.",
    **{
        name: (check.__doc__ or "").partition("\n")[0]
        for checks in (AT_END, ALWAYS, OF_THE_QUEUE, ON_REQUEST)
        for name, check in checks.items()
    },
}
"""What each property asks, in a sentence."""
