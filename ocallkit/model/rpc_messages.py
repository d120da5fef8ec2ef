"""The message of an RPC: what OP-TEE asks of the normal world, and what that answers in it.

Source: drivers/tee/optee/optee_rpc_cmd.h; optee_os thread_optee_smc.c, get_rpc_arg().
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from ocallkit.abi.ioctl_params import uuid_to_words, words_to_uuid
from ocallkit.abi.optee_msg import (
    OCALL_SHM_ALIGN,
    OPTEE_MSG_ATTR_NONCONTIG,
    THREAD_RPC_MAX_NUM_PARAMS,
    MsgParamType,
    OpteeMsgArg,
    OpteeMsgParam,
    RpcCmd,
    ShmType,
    WaitQueue,
)
from ocallkit.abi.results import Origin, Result, code
from ocallkit.model.addresses import cookie_of, memory_at, thread_number, thread_numbered
from ocallkit.model.calls import ALLOC, FREE, OCALL, REQUESTS, Answer, Rpc
from ocallkit.model.events import OCALL_PTA, OPTEE
from ocallkit.model.msg_params import NOTHING, listed, read_params, write_params
from ocallkit.model.wire import ta_of, uuid_of

if TYPE_CHECKING:
    from ocallkit.model.config import Config
    from ocallkit.model.msg_params import Rows
    from ocallkit.model.world import World

CMDS: Final = {
    ALLOC: RpcCmd.SHM_ALLOC,
    FREE: RpcCmd.SHM_FREE,
    OCALL: RpcCmd.OCALL,
    "SUSPEND": RpcCmd.SUSPEND,
    "LOAD_TA": RpcCmd.LOAD_TA,
    "WAIT_QUEUE_SLEEP": RpcCmd.WAIT_QUEUE,
    "WAIT_QUEUE_WAKEUP": RpcCmd.WAIT_QUEUE,
}
"""The number of each command; those that are not here are asked for in registers alone."""

NAMES: Final = {int(number): name for name, number in CMDS.items()}

OWN: Final = 2
"""How many parameters of an OCALL come before those of its TA."""

IN: Final = MsgParamType.VALUE_INPUT
PAGES: Final = OPTEE_MSG_ATTR_NONCONTIG | MsgParamType.TMEM_OUTPUT


# --- OP-TEE writes, the driver reads ------------------------------------------------------------


def write_rpc(world: World, rpc: Rpc) -> OpteeMsgArg:
    """The message of an RPC; its result is an error until somebody writes another.

    Source: optee_os thread_optee_smc.c, get_rpc_arg(), thread_rpc_alloc(), thread_rpc_free();
    pta/system.c as posted; wait_queue.c, __wq_rpc(); ree_fs_ta.c, rpc_load().
    """
    head = OpteeMsgArg(CMDS[rpc.cmd], ret=Result.GENERIC)
    return head.with_params(*rows_of(world, rpc))


def rows_of(world: World, rpc: Rpc) -> Rows:
    """The parameters of an RPC."""
    if rpc.cmd == OCALL:
        asked = OpteeMsgParam(MsgParamType.VALUE_INOUT, rpc.command)
        asks = OpteeMsgParam(IN, *uuid_to_words(uuid_of(world.config, rpc.ta)))
        own = write_params(world, rpc.params, THREAD_RPC_MAX_NUM_PARAMS - OWN)
        return (asked, asks, *own)
    if rpc.cmd == "LOAD_TA":
        uuid = uuid_to_words(world.config.tas[rpc.waits].octets)
        return (OpteeMsgParam(IN, *uuid), OpteeMsgParam(MsgParamType.TMEM_OUTPUT))
    return (OpteeMsgParam(IN, *values_of(world, rpc)),)


def values_of(world: World, rpc: Rpc) -> tuple[int, ...]:
    """The values of an RPC that has nothing else."""
    if rpc.cmd == ALLOC:
        return ShmType.CLIENT_APP, rpc.size, OCALL_SHM_ALIGN
    if rpc.cmd == FREE:
        return ShmType.CLIENT_APP, cookie_of(world, rpc.memory)
    if rpc.cmd == "SUSPEND":
        return (rpc.size,)
    if rpc.cmd == "WAIT_QUEUE_WAKEUP":
        return WaitQueue.WAKEUP, thread_number(world, rpc.waits)
    return WaitQueue.SLEEP, thread_number(world, rpc.thread)


def read_rpc(world: World, thread: str, head: OpteeMsgArg) -> Rpc:
    """What the driver reads: a request for the CA, or for itself and the supplicant.

    What a sleep is for is OP-TEE's own affair: it says only who sleeps.
    Source: drivers/tee/optee/rpc.c, handle_rpc_func_cmd().
    """
    cmd, first = NAMES[head.cmd], head.params[0]
    if head.cmd == RpcCmd.WAIT_QUEUE:
        wakes = first.a == WaitQueue.WAKEUP
        cmd = "WAIT_QUEUE_WAKEUP" if wakes else "WAIT_QUEUE_SLEEP"
        return Rpc(cmd, thread, OPTEE, waits=thread_numbered(world, first.b) if wakes else "")
    if cmd == "SUSPEND":
        return Rpc(cmd, thread, OPTEE, size=first.a)
    if cmd == "LOAD_TA":
        return Rpc(cmd, thread, OPTEE, waits=loaded(world.config, first))
    if cmd == ALLOC:
        return Rpc(cmd, thread, OCALL_PTA, size=first.b)
    if cmd == FREE:
        return Rpc(cmd, thread, OCALL_PTA, memory=memory_at(world, first.b))
    return read_ocall(world, thread, head)


def read_ocall(world: World, thread: str, head: OpteeMsgArg) -> Rpc:
    """An OCALL: command, the TA that asks, and its four parameters."""
    asked, asks, *own = head.params
    params = read_params(world, tuple(own))
    memory = next((param.memory for param in params if param.memory), "")
    ta = ta_of(world.config, words_to_uuid(asks.a, asks.b))
    return Rpc(OCALL, thread, OCALL_PTA, asked.a, params, memory=memory, ta=ta)


def loaded(config: Config, row: OpteeMsgParam) -> str:
    """The TA that is to be loaded, by its own name."""
    octets = words_to_uuid(row.a, row.b)
    return next(name for name, ta in config.tas.items() if ta.octets == octets)


# --- the driver writes, OP-TEE reads ------------------------------------------------------------


def write_answer(world: World, cmd: str, answer: Answer, before: OpteeMsgArg | None) -> OpteeMsgArg:
    """What the normal world leaves in the message of an RPC.

    Without what came there is the answer alone.
    Source: drivers/tee/optee/call.c as posted, process_ocall_reply(), optee_cancel_ocall();
    rpc.c, handle_rpc_func_cmd().
    """
    if before is None:
        count = THREAD_RPC_MAX_NUM_PARAMS if cmd == OCALL else 1
        before = OpteeMsgArg(CMDS[cmd]).with_params(*[NOTHING] * count)
    succeeds = answer.rpc == Result.SUCCESS
    origin = Origin.COMMS if succeeds else answer.origin
    head = replace(before, ret=answer.rpc, ret_origin=origin)
    if not succeeds or cmd not in {ALLOC, OCALL}:
        return head
    if cmd == ALLOC:
        return replace(head, params=(listed(world, PAGES, answer.memory),))
    asked, asks, *own = head.params
    asked = replace(asked, attr=MsgParamType.VALUE_INOUT, b=answer.ret, c=answer.origin)
    given = write_params(world, answer.params, len(answer.params))
    return replace(head, params=(asked, asks, *given, *own[len(given) :]))


def read_answer(world: World, cmd: str, head: OpteeMsgArg) -> Answer:
    """What OP-TEE reads when the thread goes on.

    Source: optee_os thread_optee_smc.c, get_rpc_arg_res(), get_rpc_alloc_res().
    """
    rpc, origin = code(Result, head.ret), code(Origin, head.ret_origin)
    if rpc != Result.SUCCESS:
        return Answer(rpc, rpc if cmd in REQUESTS else Result.SUCCESS, origin)
    if cmd == ALLOC:
        return Answer(rpc, origin=origin, memory=memory_at(world, head.params[0].c))
    if cmd != OCALL:
        return Answer(rpc, origin=origin)
    asked, _, *own = head.params
    params = read_params(world, tuple(own))
    return Answer(rpc, code(Result, asked.b), code(Origin, asked.c), params)
