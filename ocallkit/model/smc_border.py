"""The border between the OP-TEE driver and OP-TEE: what lies in memory when an SMC crosses it.

It is noted for whoever reads the log, and no part of a state.  Where octets cross for real, the
functions here give what the other side has read; elsewhere what they were given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ocallkit.abi import smc
from ocallkit.abi.byte_layout import sizeof
from ocallkit.abi.optee_msg import THREAD_RPC_MAX_NUM_PARAMS, OpteeMsgArg, OpteeMsgParam
from ocallkit.model import rpc_cache
from ocallkit.model.addresses import (
    argument,
    rpc_argument,
    rpc_cookie,
    thread_number,
    thread_numbered,
)
from ocallkit.model.calls import Answer, Done, Msg, Rpc
from ocallkit.model.messages import read_done, read_msg, write_done, write_msg
from ocallkit.model.octets import again, without
from ocallkit.model.rpc_messages import CMDS, read_answer, read_rpc, write_answer, write_rpc

if TYPE_CHECKING:
    from ocallkit.abi.smc import Registers
    from ocallkit.model.config import Client
    from ocallkit.model.world import SecureThread, World

RPC_ARGUMENT_SIZE: Final = sizeof(OpteeMsgArg) + THREAD_RPC_MAX_NUM_PARAMS * sizeof(OpteeMsgParam)
"""How much memory a secure thread asks for, for the messages of its RPCs."""


# --- a call -----------------------------------------------------------------------------------


def call_enters(world: World, client: Client, msg: Msg, thread: str) -> None:
    """A call goes in; `thread` is the secure thread that takes it, empty where none is free."""
    if world.log is None:
        return
    page = free_page(world)
    try:
        head = write_msg(world, client, msg)
    except ValueError:
        return
    world.smc(client.task, "SMC", msg.cmd, "in", smc.call_with_arg(argument(page)), head)
    if thread:
        keep(world, f"message {thread}", (page, msg.cmd, head))
    else:
        refused = smc.Registers(smc.SmcReturn.ETHREAD_LIMIT)
        world.smc(client.task, "SMC", msg.cmd, "out", refused)


def free_page(world: World) -> int:
    """The first page that has no message of a call in it."""
    used = {lies[0] for key, lies in world.buffers.items() if key.startswith("message ")}
    return next(page for page in range(len(used) + 1) if page not in used)


def call_read(world: World, client: Client, msg: Msg) -> Msg:
    """What OP-TEE reads of a call."""
    if not world.config.octets:
        return msg
    return read_msg(world, client, again(write_msg(world, client, msg)))


def call_ends(world: World, owner: str, thread: str, done: Done) -> Done:
    """A call comes out; gives what the driver reads of it."""
    lies = world.buffers.get(f"message {thread}")
    head = write_done(world, done, lies[2] if lies is not None else None)
    if lies is not None:
        world.smc(owner, "SMC", lies[1], "out", smc.Registers(smc.SmcReturn.OK), head)
        world.buffers = without(without(world.buffers, f"message {thread}"), f"RPC {thread}")
    return read_done(world, again(head)) if world.config.octets else done


# --- an RPC -----------------------------------------------------------------------------------


def rpc_leaves(world: World, owner: str, rpc: Rpc) -> Rpc:
    """A secure thread asks the normal world; gives what the driver reads.

    Memory for the arguments of RPCs is asked for before there is any: in registers.
    """
    number = thread_number(world, rpc.thread)
    if rpc.cmd not in CMDS:
        world.smc(owner, "RPC", rpc.cmd, "in", registers_of(rpc, number))
        return rpc
    head, asks = write_rpc(world, rpc), smc.rpc_cmd(rpc_cookie(number), number)
    keep(world, f"RPC {rpc.thread}", head)
    world.smc(owner, "RPC", rpc.cmd, "in", asks, head)
    if not world.config.octets:
        return rpc
    return read_rpc(world, thread_numbered(world, asks.a3), again(head))


def registers_of(rpc: Rpc, number: int) -> Registers:
    """What an RPC says that has no message."""
    if rpc.cmd == rpc_cache.ALLOC:
        return smc.rpc_alloc(RPC_ARGUMENT_SIZE, number)
    return smc.rpc_free(rpc_cookie(number), number)


def rpc_resumes(world: World, owner: str, thread: SecureThread, answer: Answer) -> Answer:
    """A secure thread is resumed; gives what it reads."""
    number, lies = thread_number(world, thread.id), world.buffers.get(f"RPC {thread.id}")
    if thread.rpc not in CMDS:
        asked = registers_of(Rpc(thread.rpc, thread.id, owner), number)
        back = smc.return_from_rpc(asked)
        if thread.rpc == rpc_cache.ALLOC:
            back = smc.return_from_alloc(asked, rpc_argument(number), rpc_cookie(number))
        world.smc(owner, "RPC", thread.rpc, "out", back)
        return answer
    head = write_answer(world, thread.rpc, answer, lies)
    back = smc.return_from_rpc(smc.rpc_cmd(rpc_cookie(number), number))
    keep(world, f"RPC {thread.id}", head)
    world.smc(owner, "RPC", thread.rpc, "out", back, head)
    if not world.config.octets:
        return answer
    return read_answer(world, thread.rpc, again(head))


# --- what both have in common -------------------------------------------------------------------


def keep(world: World, name: str, lies: Any) -> None:
    """What lies in memory while somebody reads the log."""
    if world.log is not None:
        world.buffers = {**world.buffers, name: lies}


def is_crossed(world: World) -> bool:
    """Whether octets are written at all."""
    return world.config.octets or world.log is not None
