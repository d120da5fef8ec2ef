"""Who waits for whom, down to the party that will never answer.

>>> from ocallkit.judging.tokens import replay
>>> dead = replay("flow-1-memref/ecall/t2/c1/A:kill@OCALL,A:close:memref")
>>> waits = who_waits(dead.system, dead.state)
>>> [(wait.who, wait.whom) for wait in waits][0], never_answers(waits)
(('exit of CA A', 'secure thread 1 (A)'), ('CA A (killed)',))
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from ocallkit.engine.world import part_of
from ocallkit.model import calls
from ocallkit.model.call_queue import waiters_of
from ocallkit.model.calls import Msg
from ocallkit.model.config import SERVICES, SUPPLICANT
from ocallkit.model.params import memories
from ocallkit.model.posix import USER_WAITS
from ocallkit.model.supplicant import RPCS
from ocallkit.model.ta_manager import SHARED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ocallkit.engine import State, System
    from ocallkit.model.world import SecureThread, World


NOBODY: Final = "nobody"
"""Whom a secure thread waits for whose wake-up was lost."""


class Wait(msgspec.Struct, frozen=True, order=True):
    """One arrow of the picture: `who` waits for `whom`, and what for."""

    who: str
    whom: str
    why: str


def who_waits(system: System[World], state: State[World]) -> tuple[Wait, ...]:
    """Everybody who waits in the kernel or in secure world, in the order of clients and threads."""
    world = state.world
    found: list[Wait] = []
    for waiting in system.waiting(state):
        client = system.tasks[waiting.task]
        if waiting.step in {step.__name__ for step in USER_WAITS}:
            found.append(Wait(title_of(world, client), waiting.waits_for, waiting.reason))
        found += _kernel_waits(world, client, waiting.step)
    for thread in taken_threads(world):
        found += _thread_waits(world, thread)
    return tuple(found)


def in_words(waits: Iterable[Wait]) -> str:
    """One sentence for each arrow."""
    return "\n".join(f"{wait.who} waits for {wait.whom}: {wait.why}" for wait in waits)


def never_answers(waits: Iterable[Wait]) -> tuple[str, ...]:
    """Who is waited for and waits for nobody: where every chain ends."""
    waits = tuple(waits)
    waiting = {wait.who for wait in waits}
    return tuple(dict.fromkeys(wait.whom for wait in waits if wait.whom not in waiting))


def _kernel_waits(world: World, task: str, step: str) -> Iterator[Wait]:
    who = _in_kernel(world, task)
    if step == "smc_call_with_arg":
        for thread in taken_threads(world):
            yield Wait(who, _thread(world, thread), "every secure thread is taken (ETHREAD_LIMIT)")
    elif step == "wait_for_supplicant":
        yield Wait(who, title_of(world, SUPPLICANT), "its request is not answered")
    elif step == "wait_for_completion":
        yield from _queue_waits(world, who)
    elif step in {"smc_disable_shm_cache", "smc_enable_shm_cache"}:
        for thread in taken_threads(world):
            yield Wait(who, _thread(world, thread), "every secure thread has to be free (EBUSY)")
    elif step == "wq_sleep":
        for thread in world.threads.values():
            if thread.waits and thread.client == task:
                yield Wait(who, _thread(world, thread), f"its {_call(thread)} has not returned")


def _queue_waits(world: World, who: str) -> Iterator[Wait]:
    """Whom a call waits for that sleeps in the call queue: whoever's end can wake it.

    Where a secure thread is free that are the calls which stand on the list and wait for their CA.
    """
    if not world.free_threads:
        for thread in taken_threads(world):
            yield Wait(who, _thread(world, thread), "every secure thread is taken (ETHREAD_LIMIT)")
        return
    for waiter in waiters_of(world):
        call = world.calls.get(waiter.id)
        if call is not None and call.pending:
            has = "has the wake-up" if waiter.completed else "is before it in the call queue"
            why = f"its call {has}, and hands it on when it is over"
            yield Wait(who, _thread(world, world.threads[call.thread]), why)


def _thread_waits(world: World, thread: SecureThread) -> Iterator[Wait]:
    who = _thread(world, thread)
    if thread.rpc in calls.REQUESTS:
        yield Wait(who, title_of(world, thread.client), f"its {_REQUESTS[thread.rpc]} is pending")
    elif thread.rpc in RPCS:
        yield Wait(who, title_of(world, SUPPLICANT), f"its {thread.rpc} is not answered")
    elif thread.waits:
        kind, _, name = thread.waits.partition(" ")
        others = [other for other in world.threads.values() if other.id != thread.id]
        for other in (others := [other for other in others if _has(world, other, kind, name)]):
            yield Wait(who, _thread(world, other), _uses(thread, kind))
        if not others:
            yield Wait(who, NOBODY, f"its wake-up was lost: the {kind} is free")


def _has(world: World, thread: SecureThread, kind: str, name: str) -> bool:
    """Whether a secure thread has what another waits for."""
    if kind == "MOBJ":
        call = next((c for c in world.calls.values() if c.thread == thread.id), None)
        return call is not None and name in memories(call.params)
    if kind == "session":
        return world.sessions[name].lock == thread.id
    if kind == "loading":
        return any(one.loader == thread.id and one.ta == name for one in world.instances.values())
    return any(lock.holder == thread.id for lock in world.locks.values() if _is_of(lock.id, name))


def _is_of(lock: str, ta: str) -> bool:
    """Whether a lock is the one of that TA, or of all."""
    return lock == SHARED or lock.removeprefix(f"{SHARED}.").partition(".")[0] == ta


def _call(thread: SecureThread) -> str:
    """The call that a secure thread was entered with."""
    msg = thread.node.args[0] if thread.node is not None else None
    return msg.cmd if isinstance(msg, Msg) else "call"


def _uses(waiting: SecureThread, kind: str) -> str:
    """What another has that a thread waits for."""
    if kind == "session" and _call(waiting) != "CLOSE_SESSION":
        return "its invocation has the session that is to be entered"
    return _USES[kind]


_REQUESTS = {
    calls.ALLOC: "allocation request",
    calls.OCALL: "OCALL",
    calls.FREE: "request to free memory",
}

_USES = {
    "MOBJ": "its invocation uses the MOBJ that is released",
    "session": "its invocation has the session that is closed",
    "loading": "it has the TA loaded",
    "TA": "it runs in a TA of a single instance, and one runs at a time",
}


def taken_threads(world: World) -> list[SecureThread]:
    """The secure threads that are not free, in the order of the numbers that they are shown by."""
    found = world.by_number().values()
    return [thread for thread in found if thread.state != "free"]


def _thread(world: World, thread: SecureThread) -> str:
    return f"secure thread {world.number_of(thread.id)} ({thread.client})"


def title_of(world: World, task: str) -> str:
    """What a task is called, and what has become of its process.

    One that has no process is in the kernel.
    """
    name = part_of(task)
    process = world.processes.get(name)
    if process is None:
        return name if name in SERVICES else f"kernel client {task}"
    whose = name if name in SERVICES else f"CA {task}"
    state = "killed" if process.state == "exiting" else process.state
    return whose if state == "running" else f"{whose} ({state if name in SERVICES else 'killed'})"


def _in_kernel(world: World, task: str) -> str:
    """The same, for one that waits there: in its exit, or on its way to it."""
    whose, gone, _ = title_of(world, task).partition(" (")
    process = world.processes.get(part_of(task))
    leaving = process is not None and task in process.inside
    return title_of(world, task) if leaving else f"exit of {whose}" if gone else whose
