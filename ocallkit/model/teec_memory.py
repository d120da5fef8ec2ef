"""libteec: memory that a CA shares, for as long as it likes or for one invocation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from ocallkit.abi.ioctl import TEE_GEN_CAP_MEMREF_NULL
from ocallkit.abi.results import Origin, Result
from ocallkit.engine.world import part_of
from ocallkit.model import tee
from ocallkit.model.calls import ENOMEM
from ocallkit.model.exit import close_one
from ocallkit.model.files import CONTEXT, REQUEST, short
from ocallkit.model.params import comes_out, is_memref, memref
from ocallkit.model.teec import TeecContext, TeecError
from ocallkit.model.user_mode import back_in_user_mode

if TYPE_CHECKING:
    from ocallkit.engine import Steps
    from ocallkit.model.events import Param
    from ocallkit.model.params import Params

RESERVED = frozenset({"ocall", CONTEXT, REQUEST})
"""Names that files other than those of registered memory have."""

LEAST_SIZE: Final = 8
"""The size of memory of which no octet is asked for: the kernel makes none that is empty."""


def TEEC_RegisterSharedMemory(
    context: TeecContext, name: str, data: bytes = b"", size: int | None = None
) -> Steps:
    """Register memory for invocations; gives its id, for `params.memref`.

    `data` is what it holds, `size` its bytes if they are more.  Raises TeecError where that fails,
    ValueError for a size that is less than the data, and for a name that the model needs itself, or
    that the client has given to a memory that is still there.
    Source: GP TEE Client API, TEEC_RegisterSharedMemory().
    """
    if short(name) in RESERVED:
        raise ValueError(f"no memory can be called {name!r}: the model has a file of that name")
    if size is not None and size < len(data):
        raise ValueError(f"memory {name!r} holds {len(data)} bytes and has {size}")
    return (yield from register(context, name, data, size))


def TEEC_AllocateSharedMemory(context: TeecContext, name: str, size: int) -> Steps:
    """Allocate memory for invocations, which holds zeros; gives its id, for `params.memref`.

    libteec takes it from the process and registers it.  Raises what the registration raises.
    Source: GP TEE Client API, TEEC_AllocateSharedMemory().
    """
    return (yield from TEEC_RegisterSharedMemory(context, name, b"", size))


def TEEC_ReleaseSharedMemory(context: TeecContext, memory: str) -> Steps:
    """Close the memory's file.

    Source: GP TEE Client API, TEEC_ReleaseSharedMemory().
    """
    yield from close_one(context.client, memory)


def register(
    context: TeecContext, name: str, data: bytes, size: int | None = None, *, fresh: bool = False
) -> Steps:
    """Register memory under a name, or one like it; gives its id, or raises TeecError."""
    client = context.client
    size = (len(data) if size is None else size) or LEAST_SIZE
    memory = f"{part_of(client.context)}.{name}"
    reply = yield from tee.tee_ioctl_shm_register(
        client, memory, size, data, ocall=False, fresh=fresh
    )
    yield from back_in_user_mode(client, "TEE_IOC_SHM_REGISTER", reply)
    if reply.errno:
        raise TeecError("TEEC_RegisterSharedMemory", *failed(reply.errno))
    return reply.memory


def failed(errno: int) -> tuple[Result, Origin]:
    """What libteec makes of an ioctl's own failure.

    Source: libteec tee_client_api.c, ioctl_errno().
    """
    return Result.OUT_OF_MEMORY if errno == ENOMEM else Result.GENERIC, Origin.COMMS


def registered(context: TeecContext, params: Params, temporary: list[str]) -> Steps:
    """The parameters, each temporary reference registered, and noted in `temporary`.

    One to nothing is passed as it is to a driver that can do with it; else it gets a little memory.
    Source: libteec tee_client_api.c, teec_pre_process_tmpref().
    """
    needs_memory = not context.client.caps & TEE_GEN_CAP_MEMREF_NULL
    passed: list[Param] = []
    for number, param in enumerate(params):
        if is_memref(param) and not param.memory and (param.size or needs_memory):
            memory = yield from register(context, f"tmp{number}", param.data, fresh=True)
            temporary.append(memory)
            passed.append(memref(param.attr.removeprefix("MEMREF_"), memory, param.size))
        else:
            passed.append(param)
    return tuple(passed)


def as_passed(own: Param, returned: Param) -> Param:
    """A parameter as its caller passed it, with what came out of it.

    Source: libteec tee_client_api.c, teec_post_process_tmpref().
    """
    return replace(returned, memory=own.memory, offset=own.offset) if comes_out(own) else own
