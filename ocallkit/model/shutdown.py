"""The OP-TEE driver (core.c): it is shut down or unloaded, and gives back what it has kept.

Each function here is a program that a scenario can run beside its CAs.  Nothing of it is user mode:
no kill ends it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocallkit.engine import Blocked
from ocallkit.model import tee
from ocallkit.model.argument_pages import free_page
from ocallkit.model.driver_memory import DRIVER, RPC_ARG, drop_drivers_context, is_rpc_arg, release
from ocallkit.model.events import OPTEE, OPTEE_DRIVER
from ocallkit.model.rpc_cache import (
    is_modelled,
    thread_disable_prealloc_rpc_cache,
    thread_enable_prealloc_rpc_cache,
)

if TYPE_CHECKING:
    from ocallkit.engine import Steps
    from ocallkit.model.config import Client
    from ocallkit.model.world import World


def optee_shutdown(client: Client) -> Steps:
    """The machine goes down: the cache of RPC arguments is disabled, and that is all.

    Source: drivers/tee/optee/core.c, optee_shutdown().
    """
    yield from optee_disable_shm_cache(client)


def optee_remove(client: Client) -> Steps:
    """The driver is unloaded, once nobody else is there: all that it has kept is given back.

    Source: drivers/tee/optee/core.c, optee_remove(), optee_remove_common().
    """
    yield wait_for_no_users, client
    yield from optee_disable_shm_cache(client)
    while (freed := (yield free_page, client)) is not None:
        context, last = freed
        if last:
            yield from tee.teedev_ctx_release(client.on(context))
    if (yield drop_drivers_context, client):
        yield from tee.teedev_ctx_release(client.on(DRIVER))


def wait_for_no_users(world: World, client: Client) -> None:
    """The driver's module can go when every other process has ended.

    Source: kernel/module/main.c, try_stop_module(), which refuses while a file is open.
    """
    users = [one.id for one in world.processes.all() if one.state != "ended"]
    others = [name for name in users if name != client.name]
    if others:
        raise Blocked("the driver is in use and cannot be unloaded", f"the end of CA {others[0]}")


def optee_enable_shm_cache(client: Client) -> Steps:
    """Have secure threads keep the memory of their RPC arguments, as the probe does.

    Source: drivers/tee/optee/call.c, optee_enable_shm_cache().
    """
    yield smc_enable_shm_cache, client


def optee_disable_shm_cache(client: Client) -> Steps:
    """Have secure world give back that memory, one thread's after the other, and keep none.

    Source: drivers/tee/optee/call.c, optee_disable_shm_cache().
    """
    while (freed := (yield smc_disable_shm_cache, client)) is not None:
        context, last = freed
        if last:
            yield from tee.teedev_ctx_release(client.on(context))


def smc_enable_shm_cache(world: World, client: Client) -> None:
    """OPTEE_SMC_ENABLE_SHM_CACHE, which every secure thread has to be free for."""
    wait_for_free_threads(world)
    world.message(client.task, OPTEE_DRIVER, OPTEE, "SMC/Enable SHM Cache")
    if is_modelled(world):
        thread_enable_prealloc_rpc_cache(world)
    world.message(client.task, OPTEE, OPTEE_DRIVER, "ret", (("ret", "OK"),))


def smc_disable_shm_cache(world: World, client: Client) -> tuple[str, bool] | None:
    """OPTEE_SMC_DISABLE_SHM_CACHE: one thread's memory comes back, and the driver frees it.

    Gives its context, and whether that was its last reference; nothing where no thread has any
    left, and OP-TEE answers ENOTAVAIL.
    """
    wait_for_free_threads(world)
    world.message(client.task, OPTEE_DRIVER, OPTEE, "SMC/Disable SHM Cache")
    number = thread_disable_prealloc_rpc_cache(world) if is_modelled(world) else None
    ret = "ENOTAVAIL" if number is None else "OK"
    world.message(client.task, OPTEE, OPTEE_DRIVER, "ret", (("ret", ret),))
    return None if number is None else free_cached_rpc_arg(world, client, number)


def wait_for_free_threads(world: World) -> None:
    """While a secure thread is not free OP-TEE answers EBUSY, and the driver asks again.

    Source: drivers/tee/optee/call.c, optee_disable_shm_cache(), its loop; optee_os thread.c,
    thread_disable_prealloc_rpc_cache().
    """
    if world.free_threads < world.config.threads:
        raise Blocked("the cache of RPC arguments is in use: EBUSY", "every secure thread")


def free_cached_rpc_arg(world: World, client: Client, number: int) -> tuple[str, bool]:
    """Free the memory of a thread that secure world has given back."""
    found = world.driver_memories.all()
    memory = next(one for one in found if is_rpc_arg(one, number))
    return memory.context, release(world, memory, client, RPC_ARG, "the cache is disabled")
