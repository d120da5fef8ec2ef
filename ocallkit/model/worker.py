"""A task of the kernel that carries out what others put off: the end of memories.

A design whose `unregister` gives memories to it has a `worker`, and closing a file waits no longer
for secure world.  There is one, as in an ordered work queue: what it cannot finish keeps back
everything behind it.

Source: kernel/workqueue.c, process_one_work(); no posted code does it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ocallkit.engine import Become, Blocked, Steps
from ocallkit.model import optee, tee
from ocallkit.model.config import WORKER
from ocallkit.model.events import TEE_DRIVER

if TYPE_CHECKING:
    from ocallkit.model.config import Client
    from ocallkit.model.world import World

QUEUE: Final = f"{WORKER}.queue"
"""The memories whose end is put off, the first first."""


def unregister_later(client: Client, memory: str) -> Steps:
    """Give a memory to the worker: the caller goes on, and memory and context stay."""
    yield queue_work, client, memory
    return tee.LATER


def queue_work(world: World, client: Client, memory: str) -> None:
    """The memory is the last in the worker's queue.

    Raises ValueError for a design that has no worker.
    Source: kernel/workqueue.c, queue_work().
    """
    if not client.design.worker:
        raise ValueError(f"{client.design.name} leaves work to a worker: say worker = True there")
    world.keeps(QUEUE, (*(world.value_of(QUEUE) or ()), memory))
    world.note(client.task, TEE_DRIVER, f"the end of {memory} is left to the worker")


def worker(client: Client) -> Steps:
    """Bring about what was put off: secure world gives the memory up, then it is freed."""
    memory = yield next_work, client
    yield from optee.optee_shm_unregister(client, memory)
    context, last = yield tee.free_shm, client, memory
    if last:
        yield from tee.teedev_ctx_release(client.on(context))
    return Become(worker, client)


worker.party = lambda client, *_: client.title  # type: ignore[attr-defined]
"""Whose program it is, where something in it goes wrong."""


def next_work(world: World, client: Client) -> str:
    """Take the first of the queue; with none in it the worker idles."""
    queue: tuple[str, ...] = world.value_of(QUEUE) or ()
    if not queue:
        raise Blocked("the worker has nothing to do", "work")
    world.keeps(QUEUE, queue[1:] or None)
    return queue[0]


next_work.idles = True  # type: ignore[attr-defined]
