"""Who waits for whom, down to the party that will never answer.

>>> from ocallkit.replay import replay
>>> dead = replay("flow-1-memref/ecall/t2/c1/A:kill@OCALL,A:close:memref")
>>> waits = who_waits(dead.system, dead.state)
>>> [(wait.who, wait.whom) for wait in waits][0], never_answers(waits)
(('exit of CA A', 'secure thread 1 (A)'), ('CA A (killed)',))
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ocallkit.engine.world import part_of
from ocallkit.model import calls
from ocallkit.model.calls import Msg
from ocallkit.model.params import memories
from ocallkit.model.posix import USER_WAITS
from ocallkit.model.ta_manager import SHARED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ocallkit.engine import State, System
    from ocallkit.model.world import Process, SecureThread, World


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
            found.append(Wait(f"CA {client}", waiting.waits_for, waiting.reason))
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
    elif step == "wq_sleep":
        for thread in world.threads.values():
            if thread.waits and thread.client == task:
                yield Wait(who, _thread(world, thread), f"its {_call(thread)} has not returned")


def _thread_waits(world: World, thread: SecureThread) -> Iterator[Wait]:
    who = _thread(world, thread)
    if thread.rpc in calls.REQUESTS:
        whom = _as_answerer(world.processes[part_of(thread.client)], thread.client)
        yield Wait(who, whom, f"its {_REQUESTS[thread.rpc]} is pending")
    elif thread.waits:
        kind, _, name = thread.waits.partition(" ")
        for other in world.threads.values():
            if other.id != thread.id and _has(world, other, kind, name):
                yield Wait(who, _thread(world, other), _uses(thread, kind))


def _has(world: World, thread: SecureThread, kind: str, name: str) -> bool:
    """Whether a secure thread has what another waits for."""
    if kind == "MOBJ":
        call = next((c for c in world.calls.values() if c.thread == thread.id), None)
        return call is not None and name in memories(call.params)
    if kind == "session":
        return world.sessions[name].lock == thread.id
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
    "TA": "it runs in a TA of a single instance, and one runs at a time",
}


def taken_threads(world: World) -> list[SecureThread]:
    """The secure threads that are not free, in the order of the numbers that they are shown by."""
    found = world.by_number().values()
    return [thread for thread in found if thread.state != "free"]


def _thread(world: World, thread: SecureThread) -> str:
    return f"secure thread {world.number_of(thread.id)} ({thread.client})"


def _in_kernel(world: World, task: str) -> str:
    process = world.processes[part_of(task)]
    if process.state == "running":
        return f"CA {task}"
    return f"CA {task} (killed)" if task in process.inside else f"exit of CA {task}"


def _as_answerer(process: Process, task: str) -> str:
    dead = " (killed)" if process.state != "running" else ""
    return f"CA {task}{dead}"
