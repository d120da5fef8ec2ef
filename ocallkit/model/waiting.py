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

from ocallkit.model import calls
from ocallkit.model.params import memories
from ocallkit.model.world import part_of

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
    elif step in {"smc_disable_shm_cache", "smc_enable_shm_cache"}:
        for thread in taken_threads(world):
            yield Wait(who, _thread(world, thread), "every secure thread has to be free (EBUSY)")
    elif step == "wq_sleep":
        for thread in world.threads.values():
            if thread.waits and thread.client == task:
                call = "UNREGISTER_SHM" if thread.waits.startswith("MOBJ") else "CLOSE_SESSION"
                yield Wait(who, _thread(world, thread), f"its {call} has not returned")


def _thread_waits(world: World, thread: SecureThread) -> Iterator[Wait]:
    who = _thread(world, thread)
    if thread.rpc in calls.REQUESTS:
        whom = _as_answerer(world.processes[part_of(thread.client)])
        yield Wait(who, whom, f"its {_REQUESTS[thread.rpc]} is pending")
    elif thread.waits:
        kind, _, name = thread.waits.partition(" ")
        for other in world.threads.values():
            if other.id != thread.id and _has(world, other, kind, name):
                yield Wait(who, _thread(world, other), f"its invocation {_USES[kind]}")


def _has(world: World, thread: SecureThread, kind: str, name: str) -> bool:
    """Whether a secure thread has what another waits for."""
    if kind == "MOBJ":
        call = next((c for c in world.calls.values() if c.thread == thread.id), None)
        return call is not None and name in memories(call.params)
    if kind == "session":
        return world.sessions[name].lock == thread.id
    return world.instances[f"ta.{name}"].lock == thread.id


_REQUESTS = {
    calls.ALLOC: "allocation request",
    calls.OCALL: "OCALL",
    calls.FREE: "request to free memory",
}

_USES = {
    "MOBJ": "uses the MOBJ that is released",
    "session": "has the session that is closed",
    "TA": "has the TA's only instance",
}


def taken_threads(world: World) -> list[SecureThread]:
    """The secure threads that are not free, in the order of the numbers that they are shown by."""
    found = world.by_number().values()
    return [thread for thread in found if thread.state != "free"]


def _thread(world: World, thread: SecureThread) -> str:
    return f"secure thread {world.number_of(thread.id)} ({thread.client})"


def _in_kernel(world: World, task: str) -> str:
    running = world.processes[part_of(task)].state == "running"
    return f"CA {task}" if running else f"exit of CA {task}"


def _as_answerer(process: Process) -> str:
    dead = " (killed)" if process.state != "running" else ""
    return f"CA {process.id}{dead}"
