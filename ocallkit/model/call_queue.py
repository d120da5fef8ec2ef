"""The driver's call queue: who is in a call to secure world, and who sleeps for a secure thread.

Every call has a waiter on the list from before its SMC until it is complete, whether it sleeps or
not.  The end of a call wakes the first waiter on the list that has not been woken yet.  That is
handed on where the woken one did not need it; but one whose call waits for an OCALL's answer stays
on the list, and hands it on only when its call is over.

Source: drivers/tee/optee/call.c, optee_cq_wait_init() and what follows it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

import msgspec
from msgspec.structs import replace

from ocallkit.engine import Blocked, Choose
from ocallkit.model import killable
from ocallkit.model.world import Record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ocallkit.engine import Steps
    from ocallkit.model.calls import Msg
    from ocallkit.model.config import Client
    from ocallkit.model.world import World

QUEUE: Final = "call-queue"
"""The id of the one queue that the driver has, and the name of the switch."""


class Waiter(msgspec.Struct, frozen=True, gc=False):
    """A call on the list: the id of an invocation's, for others who calls and what.

    Source: drivers/tee/optee/optee_private.h, struct optee_call_waiter.
    """

    id: str
    completed: bool = False
    """It was woken, and has not slept since."""


class CallQueue(Record, frozen=True, gc=False):
    """The list of waiters, from its head; there is none while nobody is in a call.

    Source: drivers/tee/optee/optee_private.h, struct optee_call_queue.
    """

    table: ClassVar[str] = "call_queue"

    waiters: tuple[Waiter, ...] = ()


def waiters_of(world: World) -> tuple[Waiter, ...]:
    """The list as it is."""
    queue: CallQueue | None = world.find(CallQueue.table, QUEUE)
    return queue.waiters if queue else ()


def waiter_of(client: Client, msg: Msg) -> str:
    """The waiter of a call that is no invocation: a thread makes one at a time."""
    return f"{client.task}:{msg.cmd}"


def cmd_of(world: World, waiter: str) -> str:
    """What a waiter's call asks of secure world."""
    _, of_a_thread, cmd = waiter.partition(":")
    if of_a_thread:
        return cmd
    call = world.calls.get(waiter)
    return "OPEN_SESSION" if call is not None and call.opens else "INVOKE"


def optee_cq_wait_init(world: World, client: Client, waiter: str) -> None:
    """A call begins: its waiter is put at the end of the list.

    Source: drivers/tee/optee/call.c, optee_cq_wait_init().
    """
    keep(world, (*waiters_of(world), Waiter(waiter)))


def optee_cq_wait_for_completion(client: Client, waiter: str, cmd: str) -> Steps:
    """Sleep until woken, then go to the end of the list: another may be woken in between.

    Source: drivers/tee/optee/call.c, optee_cq_wait_for_completion().
    """
    yield from killable.waiting(client, wait_for_completion, waiter, cmd)
    yield list_move_tail, client, waiter


def wait_for_completion(
    world: World, client: Client, waiter: str, cmd: str, was: str = ""
) -> str | Choose:
    """A call sleeps in the queue; being woken is used up by it.

    Raises Blocked while nobody has woken it.  A kill does not end that wait, or as the design has
    it.
    Source: kernel/sched/completion.c, wait_for_completion().
    """
    woken = Waiter(waiter, completed=True)
    if woken not in waiters_of(world):
        blocked = Blocked(
            f"{client.task}'s {cmd} sleeps in the call queue: nobody has woken it",
            "the end of another call",
        )
        return killable.wait(world, client, blocked, was)
    now = Waiter(waiter)
    keep(world, (now if one == woken else one for one in waiters_of(world)))
    return ""


def list_move_tail(world: World, client: Client, waiter: str) -> None:
    """The woken one goes to the end of the list, as one that was never woken.

    Source: drivers/tee/optee/call.c, optee_cq_wait_for_completion(), behind its wait.
    """
    others = (one for one in waiters_of(world) if one.id != waiter)
    keep(world, (*others, Waiter(waiter)))


def optee_cq_wait_final(world: World, client: Client, waiter: str) -> None:
    """A call is over: its waiter is off the list, and one is woken for the free secure thread.

    If it was woken itself and had not slept, that was for another free thread: one more is woken.
    Source: drivers/tee/optee/call.c, optee_cq_wait_final().
    """
    queue = waiters_of(world)
    left = optee_cq_complete_one([one for one in queue if one.id != waiter])
    if Waiter(waiter, completed=True) in queue:
        left = optee_cq_complete_one(left)
    keep(world, left)


def leave_list(world: World, waiter: str) -> None:
    """A call is off the list before it is over, and hands on the wake-up that it was given.

    No driver does so; one could, when a request of the call goes to its CA.
    """
    queue = waiters_of(world)
    left = [one for one in queue if one.id != waiter]
    woken = Waiter(waiter, completed=True) in queue
    keep(world, optee_cq_complete_one(left) if woken else left)


def optee_cq_complete_one(waiters: list[Waiter]) -> list[Waiter]:
    """The list with the first waiter woken that was not yet, whether it sleeps or not.

    Source: drivers/tee/optee/call.c, optee_cq_complete_one().
    """
    first = next((one for one in waiters if not one.completed), None)
    return [replace(one, completed=True) if one is first else one for one in waiters]


def keep(world: World, waiters: Iterable[Waiter]) -> None:
    """The list is so from now on."""
    now = CallQueue(QUEUE, tuple(waiters))
    if now.waiters:
        world.put(now)
    elif waiters_of(world):
        world.drop(now)
