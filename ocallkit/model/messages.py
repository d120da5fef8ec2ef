"""The message of a call: what the OP-TEE driver writes, and what OP-TEE leaves in it.

Source: drivers/tee/optee/optee_msg.h, struct optee_msg_arg.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from ocallkit.abi.arguments import NO_UUID, Login
from ocallkit.abi.ioctl_params import uuid_to_words, words_to_uuid
from ocallkit.abi.optee_msg import (
    OPTEE_MSG_ATTR_META,
    OPTEE_MSG_ATTR_NONCONTIG,
    MsgCmd,
    MsgParamType,
    OpteeMsgArg,
    OpteeMsgParam,
)
from ocallkit.abi.results import Origin, Result, code
from ocallkit.model.addresses import cookie_of, memory_at
from ocallkit.model.calls import Done, Msg
from ocallkit.model.msg_params import listed, read_params, write_params
from ocallkit.model.params import trimmed
from ocallkit.model.wire import session_named, session_number, ta_of, uuid_of, with_outputs

if TYPE_CHECKING:
    from ocallkit.model.config import Client
    from ocallkit.model.msg_params import Rows
    from ocallkit.model.world import World

CMDS: Final = {
    "OPEN_SESSION": MsgCmd.OPEN_SESSION,
    "INVOKE": MsgCmd.INVOKE_COMMAND,
    "CLOSE_SESSION": MsgCmd.CLOSE_SESSION,
    "CANCEL": MsgCmd.CANCEL,
    "REGISTER_SHM": MsgCmd.REGISTER_SHM,
    "UNREGISTER_SHM": MsgCmd.UNREGISTER_SHM,
}
"""The number of each command."""

NAMES: Final = {int(number): name for name, number in CMDS.items()}

META: Final = OPTEE_MSG_ATTR_META | MsgParamType.VALUE_INPUT
PAGES: Final = OPTEE_MSG_ATTR_NONCONTIG | MsgParamType.TMEM_OUTPUT

WITH_PARAMS: Final = frozenset({MsgCmd.OPEN_SESSION, MsgCmd.INVOKE_COMMAND})
"""The commands whose parameters are a TA's."""


# --- the driver writes, OP-TEE reads ------------------------------------------------------------


def write_msg(world: World, client: Client, msg: Msg) -> OpteeMsgArg:
    """The message of a call; ValueError for what cannot be written.

    Source: drivers/tee/optee/call.c, optee_open_session(), optee_invoke_func(),
    optee_close_session_helper(), optee_cancel_req(), optee_shm_register(), optee_shm_unregister().
    """
    if msg.cmd not in CMDS:
        raise ValueError(f"no call is a {msg.cmd}")
    head, cmd = OpteeMsgArg(CMDS[msg.cmd]), CMDS[msg.cmd]
    if cmd == MsgCmd.REGISTER_SHM:
        return head.with_params(listed(world, PAGES, msg.memory))
    if cmd == MsgCmd.UNREGISTER_SHM:
        cookie = cookie_of(world, msg.memory)
        return head.with_params(OpteeMsgParam(MsgParamType.RMEM_INPUT, c=cookie))
    rows = write_params(world, msg.params, msg.room)
    if cmd == MsgCmd.OPEN_SESSION:
        return head.with_params(*metas(world, client, msg.ta), *rows)
    head = replace(head, func=msg.command, session=session_number(msg.session))
    return head.with_params(*rows)


def metas(world: World, client: Client, ta: str) -> Rows:
    """Before the parameters of an opening: which TA is meant, and who asks for it.

    Source: drivers/tee/optee/call.c, optee_open_session().
    """
    login = Login.REE_KERNEL if client.kernel else Login.PUBLIC
    return (
        OpteeMsgParam(META, *uuid_to_words(uuid_of(world.config, ta))),
        OpteeMsgParam(META, *uuid_to_words(NO_UUID), login),
    )


def read_msg(world: World, client: Client, head: OpteeMsgArg) -> Msg:
    """What OP-TEE reads; for whom a call is made it need not know, and the model does.

    Source: optee_os entry_std.c, entry_open_session(), get_open_session_meta() and its like.
    """
    cmd, task, named = NAMES[head.cmd], client.task, session_named(head.session)
    if head.cmd in {MsgCmd.REGISTER_SHM, MsgCmd.UNREGISTER_SHM}:
        return Msg(cmd, task, memory=memory_at(world, head.params[0].c))
    if head.cmd not in WITH_PARAMS:
        return Msg(cmd, task, session=named)
    own = without_metas(head)
    params, room = trimmed(read_params(world, own)), len(own)
    if head.cmd == MsgCmd.INVOKE_COMMAND:
        return Msg(cmd, task, head.func, params, session=named, room=room)
    ta = ta_of(world.config, words_to_uuid(head.params[0].a, head.params[0].b))
    return Msg(cmd, task, params=params, session=client.context, ta=ta, room=room)


def without_metas(head: OpteeMsgArg) -> Rows:
    """The parameters of a message that are the TA's own."""
    return head.params[meta_count(head) :]


def meta_count(head: OpteeMsgArg) -> int:
    """How many parameters of a message are not the TA's."""
    return sum(bool(row.attr & OPTEE_MSG_ATTR_META) for row in head.params)


# --- OP-TEE writes, the driver reads ------------------------------------------------------------


def write_done(world: World, done: Done, before: OpteeMsgArg | None) -> OpteeMsgArg:
    """What OP-TEE leaves in a message: the result, and the outputs.

    Without the message that came in there are those alone.
    Source: optee_os entry_std.c, copy_out_param().
    """
    if before is None:
        cmd = MsgCmd.OPEN_SESSION if done.session else MsgCmd.INVOKE_COMMAND
        rows = write_params(world, done.params, len(done.params))
        before = OpteeMsgArg(cmd).with_params(*rows)
    head = replace(before, ret=done.ret, ret_origin=done.origin)
    if done.session:
        head = replace(head, session=session_number(done.session))
    metas = meta_count(head)
    return replace(
        head, params=head.params[:metas] + with_outputs(head.params[metas:], done.params)
    )


def read_done(world: World, head: OpteeMsgArg) -> Done:
    """What the driver reads when a call is over.

    Source: drivers/tee/optee/call.c, optee_open_session(), optee_invoke_func(), behind the call.
    """
    ret, origin = code(Result, head.ret), code(Origin, head.ret_origin)
    params = trimmed(read_params(world, without_metas(head))) if head.cmd in WITH_PARAMS else ()
    opened = head.cmd == MsgCmd.OPEN_SESSION and ret == Result.SUCCESS
    return Done(ret, origin, params, session_named(head.session) if opened else "")
