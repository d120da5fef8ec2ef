"""A task of the kernel that carries out what others put off: the end of memories, and of sessions.

A design that gives memories or sessions to it has a `worker`, and closing a file waits no longer
for secure world.  There is one, as in an ordered work queue: what it cannot finish keeps back
everything behind it.

Source: kernel/workqueue.c, process_one_work(); no posted code does it, drivers/tee/qcomtee does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from ocallkit.engine import Become, Blocked, Steps
from ocallkit.model import optee, tee
from ocallkit.model.config import WORKER
from ocallkit.model.driver_memory import DRIVER
from ocallkit.model.events import TEE_DRIVER

if TYPE_CHECKING:
    from ocallkit.model.config import Client
    from ocallkit.model.world import World

QUEUE: Final = f"{WORKER}.queue"
"""What is put off, the first first: memories by their ids, and sessions."""


class Session(NamedTuple):
    """A session that secure world is to be told to close."""

    id: str


def unregister_later(client: Client, memory: str) -> Steps:
    """Give a memory to the worker: the caller goes on, and memory and context stay."""
    yield queue_work, client, memory
    return tee.LATER


def queue_session(world: World, client: Client, session: str) -> None:
    """Leave a session to the worker, which has secure world close it."""
    queue_work(world, client, Session(session))


def queue_work(world: World, client: Client, work: str | Session) -> None:
    """A memory or a session is the last in the worker's queue.

    Raises ValueError for a design that has no worker.
    Source: kernel/workqueue.c, queue_work().
    """
    if not client.design.worker:
        raise ValueError(f"{client.design.name} leaves work to a worker: say worker = True there")
    what = f"session {work.id}" if isinstance(work, Session) else work
    world.keeps(QUEUE, (*(world.value_of(QUEUE) or ()), work))
    world.note(client.task, TEE_DRIVER, f"the end of {what} is left to the worker")


def worker(client: Client) -> Steps:
    """Bring about what was put off: secure world closes a session, or gives up a memory.

    The memory is freed then.  A session's context may be gone by now: the call is the driver's own.
    """
    work = yield next_work, client
    if isinstance(work, Session):
        yield from optee.optee_close_session_helper(client.on(DRIVER, work.id), work.id)
        return Become(worker, client)
    yield from optee.optee_shm_unregister(client, work)
    context, last = yield tee.free_shm, client, work
    if last:
        yield from tee.teedev_ctx_release(client.on(context))
    return Become(worker, client)


worker.party = lambda client, *_: client.title  # type: ignore[attr-defined]
"""Whose program it is, where something in it goes wrong."""


def next_work(world: World, client: Client) -> str | Session:
    """Take the first of the queue; with none in it the worker idles."""
    queue: tuple[str | Session, ...] = world.value_of(QUEUE) or ()
    if not queue:
        raise Blocked("the worker has nothing to do", "work")
    world.keeps(QUEUE, queue[1:] or None)
    return queue[0]


next_work.idles = True  # type: ignore[attr-defined]
