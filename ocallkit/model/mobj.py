"""Secure world's objects of shared memory: who uses them, and what is read and written there.

Every function is a step of secure world: it takes the world and the thread of the client on whose
behalf it happens.  A `cookie` is the memory's id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from ocallkit.model import breaches, params
from ocallkit.model.world import Mobj

if TYPE_CHECKING:
    from ocallkit.model.events import Param
    from ocallkit.model.world import World


def mobjs_of(world: World, client: str, named: tuple[Param, ...]) -> tuple[str, ...] | None:
    """The memory objects that parameters name by their cookies; nothing if one is not known.

    Source: optee_os mobj_dyn_shm.c, mobj_reg_shm_get_by_cookie().
    """
    cookies = params.memories(named)
    found = [world.mobjs.get(cookie) for cookie in cookies]
    return cookies if all(mobj is not None and not mobj.freed for mobj in found) else None


def mobj_new(  # noqa: PLR0917 - steps have no keywords
    world: World,
    client: str,
    memory: str,
    owner: str,
    why: str,
    guarded: bool = False,  # noqa: FBT001, FBT002
) -> str:
    """A memory object comes into being with one reference, which is `owner`'s; gives its id.

    Where there is one of that memory already it is another.  One that is `guarded` is nobody's
    registration.
    Source: optee_os mobj_dyn_shm.c, mobj_reg_shm_alloc().
    """
    mobj, number = memory, 1
    while mobj in world.mobjs and not world.mobjs[mobj].freed:
        number += 1
        mobj = f"{memory}.{number}"
    lent = world.memories[memory].data if guarded else b""
    world.put(Mobj(mobj, memory, refs=1, guarded=guarded, lent=lent))
    world.got(client, f"MOBJ {mobj}", owner, why, 1)
    return mobj


def mobj_get(world: World, client: str, mobj: str, owner: str, why: str) -> None:
    """One user more.

    Source: optee_os mobj.h, mobj_get().
    """
    world.touch(world.mobjs[mobj])
    now = world.mobjs[mobj]
    world.put(replace(now, refs=now.refs + 1))
    world.got(client, f"MOBJ {mobj}", owner, why, now.refs + 1)


def mobj_put(world: World, client: str, mobj: str, owner: str, why: str) -> tuple[str, ...]:
    """One user less; gives the secure threads that wait for the last one, where this was it.

    The last one frees an object that is nobody's registration.
    Source: optee_os mobj.h, mobj_put().
    """
    world.touch(world.mobjs[mobj])
    now = world.mobjs[mobj]
    last = now.refs == 1
    woken = now.waiters if last else ()
    left = () if last else now.waiters
    freed = now.freed or (last and not now.releasing)
    world.put(replace(now, refs=now.refs - 1, freed=freed, waiters=left))
    world.dropped(client, f"MOBJ {mobj}", owner, why, now.refs - 1)
    return woken


def mobj_release(world: World, client: str, cookie: str) -> bool | None:
    """Drop the registration's own reference; true if it was the last, else its caller waits.

    Nothing where no such registration is known.
    Source: optee_os mobj_dyn_shm.c, mobj_reg_shm_release_by_cookie(), up to its wait.
    """
    mobj = world.mobjs.get(cookie)
    if mobj is None or mobj.freed or mobj.releasing or mobj.guarded:
        return None
    last = mobj.refs == 1
    waiters = mobj.waiters if last else (*mobj.waiters, world.running)
    world.put(replace(mobj, refs=mobj.refs - 1, releasing=True, waiters=waiters))
    world.dropped(client, f"MOBJ {cookie}", "registration", "UNREGISTER_SHM", mobj.refs - 1)
    return last


def mobj_forget(world: World, client: str, cookie: str) -> None:
    """Nobody uses the memory object any more: it is gone."""
    world.put(Mobj(cookie, world.mobjs[cookie].memory, freed=True))


def map_params(world: World, client: str, named: tuple[Param, ...]) -> tuple[Param, ...]:
    """The parameters as the TA sees them: memory is read through its MOBJ.

    Of a value it has 32 bits.
    Source: optee_os entry_std.c, copy_in_params(); tee_api_types.h, TEE_Param.
    """
    for name in params.memories(named):
        world.touch(world.memories[name])
    return tuple(map_param(world, p) for p in named)


def map_param(world: World, p: Param) -> Param:
    """One of them."""
    if p.memory:
        return replace(p, data=world.memories[p.memory].data[p.offset : p.offset + p.size])
    return params.of_32_bits(p)


def unmap_params(world: World, client: str, out: tuple[Param, ...]) -> None:
    """What the TA wrote reaches the shared memory.

    Source: optee_os entry_std.c, copy_out_param().
    """
    for p in out:
        if p.memory and params.comes_out(p):
            write_memory(world, p.memory, p.offset, p.data)


def write_memory(world: World, name: str, offset: int, data: bytes) -> None:
    """Put `data` where a party writes it in shared memory, `offset` bytes from its start."""
    world.touch(world.memories[name])
    memory = world.memories[name]
    breaches.written(world, memory, offset, data)
    content = memory.data[:offset] + data + memory.data[offset + len(data) :]
    if content != memory.data:
        world.put(replace(memory, data=content))
