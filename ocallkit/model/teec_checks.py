"""libteec: what it looks for in a request before it does what is asked.

The checks see what only the process knows, such as which memories are its own: so they belong to
the step in which the ioctl returns to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocallkit.abi.results import Result
from ocallkit.model import calls
from ocallkit.model.files import has_file
from ocallkit.model.params import ATTRS, INT_MAX, U32_MAX, is_memref
from ocallkit.model.wire import memory_number

if TYPE_CHECKING:
    from ocallkit.model.calls import Reply
    from ocallkit.model.config import Client
    from ocallkit.model.events import Param
    from ocallkit.model.world import World


def refusal(world: World, client: Client, reply: Reply) -> Result | None:
    """The result with which libteec answers a request at once, origin API; nothing if it is sound.

    Source: libteec tee_client_api.c as posted, teec_handle_ocall() and what it calls.
    """
    if reply.asks == calls.ALLOC:
        return Result.BAD_PARAMETERS if reply.params else None
    if reply.asks == calls.FREE:
        return refuses_free(world, client, reply)
    if reply.asks != calls.OCALL:
        return Result.BAD_PARAMETERS
    found = (refuses_param(world, client, param) for param in reply.params)
    return next((ret for ret in found if ret is not None), None)


def refuses_free(world: World, client: Client, reply: Reply) -> Result | None:
    """What is to be freed must be a number of memory, and of memory that libteec has made."""
    if reply.params:
        return Result.BAD_PARAMETERS
    if memory_number(world, reply.memory) > INT_MAX:
        return Result.SECURITY
    return None if is_recorded(world, client, reply.memory) else Result.ITEM_NOT_FOUND


def refuses_param(world: World, client: Client, param: Param) -> Result | None:
    """A parameter must be of a known kind, its value of 32 bits, its memory libteec's own."""
    if param.attr not in ATTRS:
        return Result.BAD_PARAMETERS
    if not is_memref(param):
        sound = 0 <= param.a <= U32_MAX and 0 <= param.b <= U32_MAX
        return None if sound else Result.BAD_PARAMETERS
    if not param.memory:
        return Result.BAD_PARAMETERS if param.size or param.offset else None
    if not is_recorded(world, client, param.memory):
        return Result.ITEM_NOT_FOUND
    ends = param.offset + param.size
    fits = 0 <= param.offset <= ends <= world.memories[param.memory].size
    return None if fits else Result.BAD_PARAMETERS


def is_recorded(world: World, client: Client, memory: str) -> bool:
    """Whether libteec has made the memory for an OCALL and has it still.

    Its records are the process's, whatever context a memory belongs to.
    """
    found = world.memories.get(memory)
    ours = found is not None and found.ocall and not found.freed
    return ours and has_file(world.processes[client.name], memory)
