"""Parameters of a message between the OP-TEE driver and OP-TEE: written by one, read by the other.

All memory of the model is registered: it goes as RMEM, by the cookie.  A reference to nothing goes
as TMEM, and has no cookie.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ocallkit.abi.ioctl_params import TEE_IOCTL_PARAM_ATTR_TYPE_MASK
from ocallkit.abi.optee_msg import MsgParamType, OpteeMsgParam
from ocallkit.model.addresses import cookie_of, memory_at, page_list
from ocallkit.model.events import Param
from ocallkit.model.params import INOUT, INPUT, NONE, OUTPUT, Params, is_memref

if TYPE_CHECKING:
    from ocallkit.model.world import World

Rows = tuple[OpteeMsgParam, ...]

NOTHING: Final = OpteeMsgParam()
"""A parameter that carries nothing."""

_VALUES: Final = {MsgParamType[f"VALUE_{way}"]: f"VALUE_{way}" for way in (INPUT, OUTPUT, INOUT)}
_MEMREFS: Final = {
    MsgParamType[f"{kind}_{way}"]: f"MEMREF_{way}"
    for kind in ("RMEM", "TMEM")
    for way in (INPUT, OUTPUT, INOUT)
}


def write_param(world: World, param: Param) -> OpteeMsgParam:
    """A parameter as it is written; ValueError if there is no such kind.

    Source: drivers/tee/optee/call.c, optee_to_msg_param(); optee_os thread_optee_smc.c,
    get_rpc_arg().
    """
    if not is_memref(param):
        kind = MsgParamType.__members__.get(param.attr)
        if kind is None:
            raise ValueError(f"no parameter of a message is a {param.attr}")
        return OpteeMsgParam(kind, param.a, param.b, param.c)
    way = param.attr.removeprefix("MEMREF_")
    if not param.memory:
        return OpteeMsgParam(MsgParamType[f"TMEM_{way}"], b=param.size)
    cookie = cookie_of(world, param.memory)
    return OpteeMsgParam(MsgParamType[f"RMEM_{way}"], param.offset, param.size, cookie)


def write_params(world: World, params: Params, room: int) -> Rows:
    """Parameters as they are written, and nothing in the places that are left."""
    return tuple(write_param(world, p) for p in (*params, *[NONE] * (room - len(params))))


def read_param(world: World, row: OpteeMsgParam) -> Param:
    """A parameter as it is read.

    Source: drivers/tee/optee/call.c, optee_from_msg_param(); optee_os entry_std.c,
    copy_in_params().
    """
    kind = row.attr & TEE_IOCTL_PARAM_ATTR_TYPE_MASK
    if kind in _VALUES:
        return Param(_VALUES[MsgParamType(kind)], row.a, row.b, row.c)
    if kind not in _MEMREFS:
        return NONE
    attr = _MEMREFS[MsgParamType(kind)]
    if not row.c:
        return Param(attr, size=row.b)
    return Param(attr, memory=memory_at(world, row.c), offset=row.a, size=row.b)


def read_params(world: World, rows: Rows) -> Params:
    """Parameters as they are read, all of them."""
    return tuple(read_param(world, row) for row in rows)


def listed(world: World, attr: int, memory: str) -> OpteeMsgParam:
    """A memory that the other side does not know yet: the list of its pages, size and cookie.

    Source: drivers/tee/optee/call.c, optee_shm_register(); rpc.c,
    handle_rpc_func_cmd_shm_alloc().
    """
    found = world.memories.get(memory)
    size = found.size if found is not None else 0
    return OpteeMsgParam(attr, page_list(world, memory), size, cookie_of(world, memory))
