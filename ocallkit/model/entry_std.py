"""OP-TEE (entry_std.c): what a secure thread does with a call that comes in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ocallkit.abi.results import Origin, Result
from ocallkit.engine import Choose, Option, Steps
from ocallkit.engine.system import GO
from ocallkit.engine.world import part_of
from ocallkit.model import params, ta_manager
from ocallkit.model.calls import Done, Msg
from ocallkit.model.config import FAILED_REGISTRATION
from ocallkit.model.mobj import (
    mobj_forget,
    mobj_get,
    mobj_new,
    mobj_put,
    mobj_release,
    mobjs_of,
)
from ocallkit.model.secure import thread_rpc_free_arg, wait_for, wake

if TYPE_CHECKING:
    from ocallkit.model.world import World


def thread_std_smc_entry(msg: Msg) -> Steps:
    """A secure thread from the beginning to the end of a call; gives `Done`.

    Source: optee_os thread_optee_smc.c, thread_std_smc_entry().
    """
    return tee_entry_std(msg)


def with_rpc_arg(msg: Msg) -> Steps:
    """The same, where threads have memory for the arguments of their RPCs."""
    done = yield from tee_entry_std(msg)
    yield from thread_rpc_free_arg()
    return done


with_rpc_arg.party = lambda msg: f"TA of {msg.client}"  # type: ignore[attr-defined]
thread_std_smc_entry.party = with_rpc_arg.party  # type: ignore[attr-defined]
"""Whose program it is, where something in it goes wrong."""


def tee_entry_std(msg: Msg) -> Steps:
    """What a secure thread does with a new call; gives `Done`.

    Source: optee_os entry_std.c, tee_entry_std().
    """
    return ENTRIES.get(msg.cmd, unknown_command)(msg)


def unknown_command(msg: Msg) -> Steps:
    """A command that secure world does not know is refused, and nothing happens.

    Source: optee_os entry_std.c, tee_entry_std(), OPTEE_SMC_RETURN_EBADCMD, of which the driver
    makes a failed communication.
    """
    yield from ()
    return Done(Result.COMMUNICATION, Origin.COMMS)


# --- sessions ----------------------------------------------------------------------------------


def entry_open_session(msg: Msg) -> Steps:
    """The TA is loaded and its session opens; the TA may refuse.

    Source: optee_os entry_std.c, entry_open_session().
    """
    if len(msg.params) > params.MAX_PARAMS:
        return Done(Result.BAD_PARAMETERS, Origin.TEE, msg.params)
    mobjs = yield mobjs_of, msg.params
    if mobjs is None:
        return Done(Result.BAD_PARAMETERS, Origin.TEE, msg.params)
    for mobj in mobjs:
        yield mobj_get, mobj, "opening", "a parameter of the call names it"
    ret, origin, out, session = yield from ta_manager.open_session(
        msg.ta, msg.params, part_of(msg.session)
    )
    for mobj in mobjs:
        yield from wake((yield mobj_put, mobj, "opening", "the call returns"))
    return Done(ret, origin, out, session)


def entry_close_session(msg: Msg) -> Steps:
    """The session is closed, and with its last session the TA is unloaded.

    An invocation has its session to itself: one that waits for an OCALL keeps the close waiting,
    and the close keeps its thread.
    Source: optee_os entry_std.c, entry_close_session(); tee_ta_manager.c, tee_ta_get_session().
    """
    ret = yield from ta_manager.close_session(msg.session)
    return Done(ret)


def entry_invoke_command(msg: Msg) -> Steps:
    """The TA's function runs; the call holds each memory object that it names until it returns.

    Source: optee_os entry_std.c, entry_invoke_command().
    """
    if len(msg.params) > params.MAX_PARAMS:
        return Done(Result.BAD_PARAMETERS, Origin.TEE, msg.params)
    mobjs = yield mobjs_of, msg.params
    if mobjs is None:
        return Done(Result.BAD_PARAMETERS, Origin.TEE, msg.params)
    for mobj in mobjs:
        yield mobj_get, mobj, "invocation", "a parameter of the call names it"
    ret, origin, out = yield from ta_manager.invoke_command(msg.session, msg.command, msg.params)
    for mobj in mobjs:
        yield from wake((yield mobj_put, mobj, "invocation", "the call returns"))
    return Done(ret, origin, out)


def entry_cancel(msg: Msg) -> Steps:
    """What runs in the session is asked to give up: a flag is set, and no OCALL is completed.

    Source: optee_os entry_std.c, entry_cancel(); tee_ta_manager.c, tee_ta_cancel_command().
    """
    known = yield ta_manager.set_cancelled, msg.session
    return Done(Result.SUCCESS if known else Result.BAD_PARAMETERS)


# --- memory ------------------------------------------------------------------------------------


def register_shm(msg: Msg) -> Steps:
    """OPTEE_MSG_CMD_REGISTER_SHM: secure world keeps a memory object of the memory.

    Source: optee_os entry_std.c, register_shm().
    """
    if (yield (runs_out_of_memory,)):
        return Done(Result.OUT_OF_MEMORY)
    yield mobj_new, msg.memory, "registration", "REGISTER_SHM"
    return Done()


def runs_out_of_memory(world: World, client: str) -> bool | Choose:
    """Secure world may have no room for one more memory object, where that fault is allowed."""
    if FAILED_REGISTRATION not in world.config.faults:
        return False
    return Choose(Option(GO, value=False), Option(FAILED_REGISTRATION, value=True, fault=True))


def unregister_shm(msg: Msg) -> Steps:
    """OPTEE_MSG_CMD_UNREGISTER_SHM: secure world gives its memory object back.

    Source: optee_os entry_std.c, unregister_shm().
    """
    return Done((yield from mobj_reg_shm_release_by_cookie(msg.memory)))


def mobj_reg_shm_release_by_cookie(cookie: str) -> Steps:
    """Give a memory object back; while somebody uses it, wait and keep the thread.

    The normal world must not believe that memory is free while secure world uses it
    (jenswi-linaro in the discussion); it should not ask that early.
    Source: optee_os mobj_dyn_shm.c, mobj_reg_shm_release_by_cookie().
    """
    free = yield mobj_release, cookie
    if free is None:
        return Result.BAD_PARAMETERS
    while not free:
        yield from wait_for(f"MOBJ {cookie}")
        free = yield mobj_is_unused, cookie
    yield mobj_forget, cookie
    return Result.SUCCESS


def mobj_is_unused(world: World, client: str, cookie: str) -> bool:
    """Whether the last user of a memory object has put it."""
    return world.mobjs[cookie].refs == 0


ENTRIES: Final = {
    "OPEN_SESSION": entry_open_session,
    "INVOKE": entry_invoke_command,
    "CLOSE_SESSION": entry_close_session,
    "CANCEL": entry_cancel,
    "REGISTER_SHM": register_shm,
    "UNREGISTER_SHM": unregister_shm,
}
"""What each command of a call does (OPTEE_MSG_CMD)."""
