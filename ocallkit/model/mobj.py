"""Secure world's objects of shared memory: who uses them, and what is read and written there.

Every function is a step of secure world, and `wait_queue_sleep` one of the driver that sleeps for
it: it takes the world and the client on whose behalf it happens.  A `cookie` is the memory's id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from ocallkit.engine import Blocked
from ocallkit.model import params
from ocallkit.model.world import Mobj

if TYPE_CHECKING:
    from ocallkit.model.events import Param
    from ocallkit.model.world import World


def mobj_new(world: World, client: str, cookie: str, owner: str, why: str) -> None:
    """A memory object comes into being with one reference, which is `owner`'s.

    Source: optee_os mobj_dyn_shm.c, mobj_reg_shm_alloc().
    """
    world.put(Mobj(cookie, refs=1))
    world.got(client, f"MOBJ {cookie}", owner, why, 1)


def mobj_get(world: World, client: str, cookie: str, owner: str, why: str) -> None:
    """One user more.

    Source: optee_os mobj.h, mobj_get().
    """
    world.touch(world.mobjs[cookie])
    mobj = world.mobjs[cookie]
    world.put(replace(mobj, refs=mobj.refs + 1))
    world.got(client, f"MOBJ {cookie}", owner, why, mobj.refs + 1)


def mobj_put(world: World, client: str, cookie: str, owner: str, why: str) -> None:
    """One user less; the last one frees an object that is nobody's registration.

    Source: optee_os mobj.h, mobj_put().
    """
    world.touch(world.mobjs[cookie])
    mobj = world.mobjs[cookie]
    world.put(replace(mobj, refs=mobj.refs - 1, freed=mobj.freed or mobj.refs == 1))
    world.dropped(client, f"MOBJ {cookie}", owner, why, mobj.refs - 1)


def mobj_release(world: World, client: str, cookie: str) -> bool:
    """Drop the registration's own reference; true if it was the last.

    Source: optee_os mobj_dyn_shm.c, mobj_reg_shm_release_by_cookie(), up to its wait.
    """
    mobj = world.mobjs[cookie]
    world.put(replace(mobj, refs=mobj.refs - 1, releasing=True))
    world.dropped(client, f"MOBJ {cookie}", "registration", "UNREGISTER_SHM", mobj.refs - 1)
    return mobj.refs == 1


def mobj_forget(world: World, client: str, cookie: str) -> None:
    """Nobody uses the memory object any more: it is gone."""
    world.put(Mobj(cookie, freed=True))


def wait_queue_sleep(world: World, client: str, cookie: str) -> None:
    """The driver sleeps for a secure thread until the last user of `cookie` has put it.

    The wake-up comes as an RPC of its own that takes no thread and no reference; it is left out.
    Raises Blocked while the object has a user.
    Source: drivers/tee/optee/rpc.c, wq_sleep().
    """
    mobj = world.mobjs[cookie]
    if mobj.refs:
        raise Blocked(
            f"secure world waits in releasing MOBJ {cookie}: {mobj.refs} user left",
            f"MOBJ {cookie}",
        )


def map_params(world: World, client: str, named: tuple[Param, ...]) -> tuple[Param, ...]:
    """The parameters as the TA sees them: memory is read through its MOBJ.

    Source: optee_os entry_std.c, copy_in_params().
    """
    for name in params.memories(named):
        world.touch(world.memories[name])
    return tuple(
        replace(p, data=world.memories[p.memory].data[p.offset : p.offset + p.size])
        if p.memory
        else p
        for p in named
    )


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
    content = memory.data[:offset] + data + memory.data[offset + len(data) :]
    if content != memory.data:
        world.put(replace(memory, data=content))
