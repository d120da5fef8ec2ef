"""The OP-TEE driver (rpc.c): it sleeps for secure threads and wakes them, each for an RPC.

The two leave secure world by themselves and can overtake each other: a wake-up that comes before
its sleep is kept (a completion), unless the design loses it.

Source: drivers/tee/optee/rpc.c, wq_sleep(), wq_wakeup(); optee_os wait_queue.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from ocallkit.engine import Blocked, Choose
from ocallkit.model import killable

if TYPE_CHECKING:
    from ocallkit.model.config import Client
    from ocallkit.model.world import SecureThread, World

ASLEEP: Final = "asleep"
WOKEN: Final = "woken"


def wq_sleeps(world: World, client: Client, thread: str) -> bool:
    """The sleep begins; false if its wake-up has come already."""
    sleeper = world.threads[thread]
    woken = sleeper.sleep == WOKEN
    world.put(replace(sleeper, sleep="" if woken else ASLEEP))
    return not woken


def wq_sleep(world: World, client: Client, thread: str, was: str = "") -> str | Choose:
    """The driver sleeps for a secure thread until somebody wakes it.

    Raises Blocked while nobody has.  A kill does not end it, or as the design has it.
    Source: drivers/tee/optee/rpc.c, wq_sleep(), wait_for_completion().
    """
    sleeper = world.threads[thread]
    if sleeper.sleep != WOKEN:
        blocked = Blocked(in_words(world, sleeper), sleeper.waits)
        return killable.wait(world, client, blocked, was)
    world.put(replace(sleeper, sleep=""))
    return ""


def wq_wakeup(world: World, client: Client, thread: str) -> None:
    """The wake-up for a secure thread has come; what it does is the design's.

    Source: drivers/tee/optee/rpc.c, wq_wakeup().
    """
    sleeper = world.threads.get(thread)
    if sleeper is not None:
        client.design.wq_wakeup(world, sleeper)


def complete(world: World, sleeper: SecureThread) -> None:
    """A completion: it ends a sleep that goes on, and one that is still to come."""
    world.put(replace(sleeper, sleep=WOKEN))


def in_words(world: World, sleeper: SecureThread) -> str:
    """What secure world waits for."""
    kind, _, name = sleeper.waits.partition(" ")
    if kind == "MOBJ":
        left = f"{world.mobjs[name].refs} user left"
        return f"secure world waits in releasing MOBJ {name}: {left}"
    if kind == "session":
        return f"secure world waits for session {name}: another call of it is not over"
    if kind == "loading":
        return f"secure world waits for TA {name}: another call has it loaded"
    return f"secure world waits to enter TA {name}: a TA of a single instance runs"
