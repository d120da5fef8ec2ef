"""The OP-TEE driver (core.c, rpc.c): memory that it allocates for itself, and on whose context.

A tee_shm is charged to a context when it is allocated.  What the driver keeps for ever keeps that
context for ever, and the sessions that its release would have closed.  The cure of upstream is a
context of the driver's own, which is there as long as the driver is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ocallkit.engine.world import part_of
from ocallkit.model import tee
from ocallkit.model.rpc_cache import number_of
from ocallkit.model.world import Context, DriverMemory

if TYPE_CHECKING:
    from ocallkit.engine import Steps
    from ocallkit.model.config import Client
    from ocallkit.model.world import World

DRIVER: Final = "driver"
"""The driver's own context, and the part of the world that has it."""

RPC_ARG: Final = "RPC argument cache"
"""Who holds a context for the memory of a secure thread's RPC arguments."""


def payer(world: World, client: Client, switch: str) -> Client:
    """On whose context the driver allocates: the caller's, or as switch and design say its own.

    Where nobody calls but the driver itself, it is its own too.  That was opened by its probe, and
    is written down when it is first used.
    Source: drivers/tee/optee/core.c, optee_probe(), teedev_open().
    """
    drivers = client.design.charged(world.config.switches[switch]) == "driver"
    if not drivers and client.context != DRIVER:
        return client
    if DRIVER not in world.contexts:
        world.put(Context(DRIVER, refs=1, drivers=True))
        world.got(client.task, f"tee_context {DRIVER}", DRIVER, "the driver was loaded", 1)
    return client.on(DRIVER)


def allocate(world: World, memory: DriverMemory, client: Client, owner: str, why: str) -> None:
    """Memory of the driver's is charged to the client's context.

    Source: drivers/tee/tee_shm.c, tee_shm_alloc_priv_buf().
    """
    world.put(memory)
    tee.teedev_ctx_get(world, client, owner, why)


def release(world: World, memory: DriverMemory, client: Client, owner: str, why: str) -> bool:
    """The driver gives memory of its own back; true if that was its context's last reference.

    Source: drivers/tee/tee_shm.c, tee_shm_free().
    """
    world.drop(memory)
    return tee.drop_context(world, client.on(memory.context), owner, why)


# --- RPCs of secure threads ----------------------------------------------------------------------


def handle_rpc_func_alloc(world: World, client: Client, thread: str) -> None:
    """OPTEE_SMC_RPC_FUNC_ALLOC: memory for the arguments of a secure thread's RPCs.

    Source: drivers/tee/optee/rpc.c, optee_handle_rpc(), which takes the context of the call; later
    versions take the driver's own.
    """
    at = payer(world, client, "rpc-cache")
    number = number_of(thread)
    memory = DriverMemory(f"{at.context}.rpc.{number}", at.context)
    kept = world.config.switches["rpc-cache"] != "off"
    whose = f"secure thread {number}" if kept else "this call"
    allocate(world, memory, at, RPC_ARG, f"the first RPC of {whose}")


def handle_rpc_func_free(client: Client, thread: str) -> Steps:
    """OPTEE_SMC_RPC_FUNC_FREE: a secure thread gives that memory back at the end of a call.

    Source: drivers/tee/optee/rpc.c, optee_handle_rpc().
    """
    context, last = yield free_own_rpc_arg, client, number_of(thread)
    if last:
        yield from tee.teedev_ctx_release(client.on(context))


def free_own_rpc_arg(world: World, client: Client, number: int) -> tuple[str, bool]:
    """Free the memory of a thread of the client; gives its context, and whether it was the last."""
    own = world.driver_memories.of(part_of(client.context))
    drivers = world.driver_memories.of(DRIVER)
    memory = next(one for one in (*own, *drivers) if is_rpc_arg(one, number))
    return memory.context, release(world, memory, client, RPC_ARG, "the call is over")


def is_rpc_arg(memory: DriverMemory, number: int) -> bool:
    """Whether a memory is that for the RPC arguments of the thread of that number."""
    return memory.id == f"{memory.context}.rpc.{number}"


# --- the end of the driver -----------------------------------------------------------------------


def drop_drivers_context(world: World, client: Client) -> bool:
    """The driver lets go of its own context; true if that was the last reference.

    Source: drivers/tee/optee/core.c, optee_remove_common(), teedev_close_context().
    """
    own = world.contexts.get(DRIVER)
    if own is None:
        return False
    world.put(Context(DRIVER, refs=own.refs))
    return tee.drop_context(world, client.on(DRIVER), DRIVER, "the driver is unloaded")
