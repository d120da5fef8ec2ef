"""Addresses and cookies: what the OP-TEE driver and OP-TEE name to each other, as numbers.

A cookie is the kernel's pointer to a tee_shm, so that OP-TEE can name it and not read it.  What
OP-TEE does read, it is given by a physical address.  Where the things lie is this machine's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ocallkit.abi.optee_msg import OPTEE_MSG_NONCONTIG_PAGE_SIZE
from ocallkit.engine.world import part_of
from ocallkit.model.wire import NO_MEMORY, RANGE, first_number, memory_number, owner_of

if TYPE_CHECKING:
    from ocallkit.model.world import Memory, World

SHMS: Final = 0xFFFF_0000_0400_0000
"""Where the kernel keeps its struct tee_shm, and behind those of memories those of threads."""
SHM_SIZE: Final = 256
RPC_SHMS: Final = 0xFFFF_0000_0480_0000

ARGUMENTS: Final = 0x4300_0000
"""Physical addresses: the messages of calls, those of RPCs, and the lists of a memory's pages."""
RPC_ARGUMENTS: Final = 0x4380_0000
PAGE_LISTS: Final = 0x4400_0000


# --- memory -----------------------------------------------------------------------------------


def cookie_of(world: World, memory: str) -> int:
    """The kernel's pointer to a memory's tee_shm."""
    return SHMS + memory_number(world, memory) * SHM_SIZE


def memory_at(world: World, cookie: int) -> str:
    """The memory whose tee_shm lies, or lay, at a pointer; a name that nobody has, if none does.

    A pointer says nothing of whether what it points to is there any more: of those that are gone
    the one counts that secure world still uses.
    """
    number = (cookie - SHMS) // SHM_SIZE
    if 0 <= number < first_number("Z"):
        owner, within = owner_of(number), number % RANGE
        found = [memory for memory in world.memories.of(owner) if memory.number == within]
        if found:
            return min(found, key=lambda memory: (memory.freed, not _is_used(world, memory))).id
    return f"{NO_MEMORY}{number}"


def _is_used(world: World, memory: Memory) -> bool:
    """Whether secure world has an object of a memory."""
    return any(
        one.memory == memory.id and not one.freed for one in world.mobjs.of(part_of(memory.id))
    )


def page_list(world: World, memory: str) -> int:
    """The physical address of the list of a memory's pages; the memory begins with a page.

    Source: drivers/tee/optee/call.c, optee_fill_pages_list().
    """
    return PAGE_LISTS + memory_number(world, memory) * OPTEE_MSG_NONCONTIG_PAGE_SIZE


# --- arguments --------------------------------------------------------------------------------


def argument(page: int) -> int:
    """The physical address of a call's message."""
    return ARGUMENTS + page * OPTEE_MSG_NONCONTIG_PAGE_SIZE


def rpc_argument(number: int) -> int:
    """The physical address of the message of a thread's RPCs."""
    return RPC_ARGUMENTS + number * OPTEE_MSG_NONCONTIG_PAGE_SIZE


def rpc_cookie(number: int) -> int:
    """The cookie of the memory of a thread's RPCs."""
    return RPC_SHMS + number * SHM_SIZE


# --- threads ----------------------------------------------------------------------------------


def thread_number(world: World, thread: str) -> int:
    """The number of a secure thread: that under which it is shown, where threads have one."""
    if thread in world.numbers:
        return world.numbers[thread]
    return first_number(part_of(thread)) + int(thread.rpartition(".")[2])


def thread_numbered(world: World, number: int) -> str:
    """The secure thread that has a number."""
    shown = {n: thread for thread, n in world.numbers.items()}
    return shown.get(number) or f"{owner_of(number)}.{number % RANGE}"
