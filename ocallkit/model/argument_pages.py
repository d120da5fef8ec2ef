"""The OP-TEE driver (call.c of Linux 6.1): the pages in which calls pass their arguments.

They are not the memory of a secure thread's RPC arguments (`rpc_cache`), which secure world keeps.
A call takes a page that no other uses.  Where there is none it gets a new one, charged to the
context on which it was made; the page is never given back before the driver is unloaded, and
keeps that context.  One is there from the driver's probe on.  A call that waits for a secure
thread has its page already: it takes as many calls at a time as there are pages, and one more.

Which page a call takes makes no difference, so those that are free lie in a pool.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ocallkit.engine.world import part_of
from ocallkit.model.driver_memory import allocate, payer, release
from ocallkit.model.world import PAGES, DriverMemory

if TYPE_CHECKING:
    from ocallkit.model.config import Client
    from ocallkit.model.world import World

PAGE: Final = "argument page"
"""Who holds a context for a page that was allocated on it."""


def take_page(world: World, client: Client) -> None:
    """A call takes a free page, or a new one where there is none.

    Source: drivers/tee/optee/call.c, optee_get_msg_arg().
    """
    if world.take(PAGES):
        return
    at = payer(world, client, "argument-pages")
    own = {one.id for one in world.driver_memories.of(part_of(at.context))}
    ids = (f"{at.context}.page.{number}" for number in range(len(own) + 1))
    new = next(one for one in ids if one not in own)
    allocate(world, DriverMemory(new, at.context), at, PAGE, "no page was free")


def give_page(world: World, client: Client) -> None:
    """A call is over: others can have its page.

    Source: drivers/tee/optee/call.c, optee_free_msg_arg().
    """
    world.give(PAGES)


def free_page(world: World, client: Client) -> tuple[str, bool] | None:
    """The driver gives back a page; gives its context and if it was the last, or nothing.

    Source: drivers/tee/optee/call.c, optee_shm_arg_cache_uninit().
    """
    pages = [one for one in world.driver_memories.all() if ".page." in one.id]
    if not pages:
        return None
    world.take(PAGES)
    return pages[0].context, release(world, pages[0], client, PAGE, "the driver is unloaded")
