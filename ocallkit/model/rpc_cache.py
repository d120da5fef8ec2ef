"""OP-TEE (thread.c): the memory in which each secure thread passes the arguments of its RPCs.

It is neither a call's own argument memory nor the pages that the driver keeps for that
(`argument_pages`): it is asked for by a secure thread before its first RPC, from the driver, by an
RPC that needs no memory.  A thread keeps it when its call is over, unless the cache is disabled.
Whoever's call had that first RPC has it on its context (HernanGatta in the discussion).

Where this is modelled secure threads have numbers, and a call takes the lowest that is free: it
matters now which thread that is.  The thread that asks the driver is still one of the pool.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from ocallkit.model.world import RpcCache

if TYPE_CHECKING:
    from ocallkit.model.world import World

ALLOC: Final = "FUNC_ALLOC"
"""OPTEE_SMC_RPC_FUNC_ALLOC: the driver is to allocate; an OCALL's allocation is another RPC."""
FREE: Final = "FUNC_FREE"
"""OPTEE_SMC_RPC_FUNC_FREE: the driver is to free what it has allocated so."""

SHARED: Final = "optee"
"""The part of the world that has what belongs to all threads."""


def is_modelled(world: World, client: str = "") -> bool:
    """Whether secure threads have such memory, and numbers."""
    return world.config.switches["rpc-cache"] != "none"


def number_of(thread: str) -> int:
    """The number of a thread that has one: ``A.0`` is number 0, taken by A."""
    return int(thread.rpartition(".")[2])


def cache_of(world: World) -> RpcCache:
    """The cache as it is; it begins empty, and enabled by the driver's probe."""
    found = world.rpc_cache.get(SHARED)
    return found or RpcCache(SHARED, disabled=world.config.switches["rpc-cache"] == "off")


def take_number(world: World) -> int:
    """A call takes the free thread with the lowest number; gives that.

    Source: optee_os thread.c, thread_alloc_and_run().
    """
    cache = cache_of(world)
    number = next(n for n in range(world.config.threads) if n not in cache.taken)
    world.put(replace(cache, taken=cache.taken | {number}))
    return number


def give_number(world: World, thread: str) -> None:
    """A thread is free again; it keeps its memory.

    Source: optee_os thread.c, thread_state_free().
    """
    cache = cache_of(world)
    world.put(replace(cache, taken=cache.taken - {number_of(thread)}))


# --- steps of secure world: (world, client, ...) -----------------------------------------------


def lacks_rpc_arg(world: World, client: str) -> bool:
    """Whether the running thread has no memory for the arguments of an RPC.

    Source: optee_os thread_optee_smc.c, get_rpc_arg().
    """
    return is_modelled(world) and number_of(world.running) not in cache_of(world).filled


def set_rpc_arg(world: World, client: str) -> None:
    """The running thread has its memory.

    Source: optee_os thread_optee_smc.c, set_rpc_arg().
    """
    cache = cache_of(world)
    world.put(replace(cache, filled=cache.filled | {number_of(world.running)}))


def clear_rpc_arg(world: World, client: str) -> bool:
    """The running thread is at its end; true if it has memory that is not kept.

    Source: optee_os thread_optee_smc.c, thread_std_smc_entry().
    """
    if not is_modelled(world):
        return False
    cache, number = cache_of(world), number_of(world.running)
    if not cache.disabled or number not in cache.filled:
        return False
    world.put(replace(cache, filled=cache.filled - {number}))
    return True


# --- fast calls of the driver ------------------------------------------------------------------


def thread_enable_prealloc_rpc_cache(world: World) -> None:
    """From now on threads keep their memory.

    Source: optee_os thread.c, thread_enable_prealloc_rpc_cache().
    """
    world.put(replace(cache_of(world), disabled=False))


def thread_disable_prealloc_rpc_cache(world: World) -> int | None:
    """One thread's memory is given back; gives its number, or nothing when all is back.

    Then threads keep theirs no longer.
    Source: optee_os thread.c, thread_disable_prealloc_rpc_cache().
    """
    cache = cache_of(world)
    if not cache.filled:
        world.put(replace(cache, disabled=True))
        return None
    number = min(cache.filled)
    world.put(replace(cache, filled=cache.filled - {number}))
    return number
