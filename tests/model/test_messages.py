"""The messages between the OP-TEE driver and OP-TEE: their octets, and what is read of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from ocallkit import run
from ocallkit.abi.ioctl_params import uuid_to_words
from ocallkit.abi.optee_msg import OpteeMsgArg, OpteeMsgParam
from ocallkit.abi.results import Origin, Result
from ocallkit.model.addresses import cookie_of, memory_at, page_list
from ocallkit.model.calls import ALLOC, FREE, OCALL, Answer, Done, Msg, Rpc
from ocallkit.model.config import DEFAULT_TA, Client
from ocallkit.model.events import OCALL_PTA, OPTEE, Octets
from ocallkit.model.messages import read_done, read_msg, write_done, write_msg
from ocallkit.model.params import INOUT, INPUT, NONE, OUTPUT, memref, tempref, value
from ocallkit.model.rpc_messages import read_answer, read_rpc, write_answer, write_rpc
from ocallkit.scenarios import ALL
from ocallkit.scenarios.riddle import RIDDLE_TA, riddle

if TYPE_CHECKING:
    from ocallkit.model.world import World

WORLD: World = next(
    step.world
    for step in run("flow-2-memref").steps
    if {"A.memref", "A.ocall"} <= {m.id for m in step.world.memories.values() if not m.freed}
)
CLIENT = Client("A", None)
UUID = uuid_to_words(next(iter(WORLD.config.tas.values())).octets)
MEMREF, MEMORY = cookie_of(WORLD, "A.memref"), cookie_of(WORLD, "A.ocall")

PARAMS = (value(INPUT, 1, 2), memref(INOUT, "A.memref", 3, 1), tempref(INPUT), value(OUTPUT))
ROWS = (
    OpteeMsgParam(0x1, 1, 2),
    OpteeMsgParam(0x7, 1, 3, MEMREF),
    OpteeMsgParam(0x9),
    OpteeMsgParam(0x2),
)
"""A value, registered memory by its cookie, a reference to nothing, and a value that comes out."""

CALLS = {
    "OPEN_SESSION": (
        Msg("OPEN_SESSION", "A", params=PARAMS, session="A", ta=DEFAULT_TA, room=4),
        OpteeMsgArg(0).with_params(
            OpteeMsgParam(0x101, *UUID), OpteeMsgParam(0x101, 0, 0, 0), *ROWS
        ),
    ),
    "INVOKE": (
        Msg("INVOKE", "A", 7, PARAMS, session="A", room=4),
        OpteeMsgArg(1, func=7, session=1).with_params(*ROWS),
    ),
    "CLOSE_SESSION": (Msg("CLOSE_SESSION", "A", session="A"), OpteeMsgArg(2, session=1)),
    "CANCEL": (Msg("CANCEL", "A", session="A.2"), OpteeMsgArg(3, session=2)),
    "REGISTER_SHM": (
        Msg("REGISTER_SHM", "A", memory="A.memref"),
        OpteeMsgArg(4).with_params(OpteeMsgParam(0x20A, page_list(WORLD, "A.memref"), 4, MEMREF)),
    ),
    "UNREGISTER_SHM": (
        Msg("UNREGISTER_SHM", "A", memory="A.memref"),
        OpteeMsgArg(5).with_params(OpteeMsgParam(0x5, c=MEMREF)),
    ),
}

ASKED = (value(INPUT, 1, 2), memref(INOUT, "A.ocall", 4), NONE, NONE)
"""Four parameters, of which a TA need not use all."""

RPCS = {
    "allocate": (
        Rpc(ALLOC, "A.0", OCALL_PTA, size=4),
        OpteeMsgArg(6).with_params(OpteeMsgParam(0x1, 3, 4, 8)),
    ),
    "OCALL": (
        Rpc(OCALL, "A.0", OCALL_PTA, 100, ASKED, memory="A.ocall", ta=DEFAULT_TA),
        OpteeMsgArg(22).with_params(
            OpteeMsgParam(0x3, 100),
            OpteeMsgParam(0x1, *UUID),
            OpteeMsgParam(0x1, 1, 2),
            OpteeMsgParam(0x7, 0, 4, MEMORY),
            OpteeMsgParam(),
            OpteeMsgParam(),
        ),
    ),
    "free": (
        Rpc(FREE, "A.0", OCALL_PTA, memory="A.ocall"),
        OpteeMsgArg(7).with_params(OpteeMsgParam(0x1, 3, MEMORY)),
    ),
    "suspend": (
        Rpc("SUSPEND", "A.0", OPTEE, size=50),
        OpteeMsgArg(5).with_params(OpteeMsgParam(0x1, 50)),
    ),
    "wake": (
        Rpc("WAIT_QUEUE_WAKEUP", "A.0", OPTEE, waits="B.1"),
        OpteeMsgArg(4).with_params(OpteeMsgParam(0x1, 1, 257)),
    ),
    "load": (
        Rpc("LOAD_TA", "A.0", OPTEE, waits=DEFAULT_TA),
        OpteeMsgArg(0).with_params(OpteeMsgParam(0x1, *UUID), OpteeMsgParam(0xA)),
    ),
}


def again(head: OpteeMsgArg) -> OpteeMsgArg:
    """A message as it is found in memory."""
    return OpteeMsgArg.unpack(head.pack())


@pytest.mark.parametrize("cmd", CALLS)
def test_a_call_is_written_as_optee_msg_has_it(cmd: str) -> None:
    """Opening has two META parameters; memory that is registered goes as its list of pages."""
    msg, head = CALLS[cmd]
    assert head == write_msg(WORLD, CLIENT, msg)


@pytest.mark.parametrize("cmd", CALLS)
def test_a_call_is_read_as_it_was_written(cmd: str) -> None:
    """OP-TEE needs no more than the octets."""
    msg, head = CALLS[cmd]
    assert msg == read_msg(WORLD, CLIENT, again(head))


def test_a_client_in_the_kernel_has_a_login_of_its_own() -> None:
    """No process may claim it."""
    kernel = Client("A", None, kernel=True)
    assert 0x80000000 == write_msg(WORLD, kernel, CALLS["OPEN_SESSION"][0]).params[1].c


def test_an_unknown_command_cannot_be_written() -> None:
    """What has no number has no octets."""
    with pytest.raises(ValueError, match="no call is a BOTHER"):
        write_msg(WORLD, CLIENT, Msg("BOTHER", "A"))


def test_a_parameter_of_no_kind_cannot_be_written() -> None:
    """Neither can a call that has one."""
    odd = Msg("INVOKE", "A", params=(replace(NONE, attr="ODD"),), session="A")
    with pytest.raises(ValueError, match="no parameter of a message is a ODD"):
        write_msg(WORLD, CLIENT, odd)


@pytest.mark.parametrize("what", RPCS)
def test_an_rpc_is_written_as_optee_rpc_cmd_has_it(what: str) -> None:
    """An OCALL has six parameters, however few its TA uses; the result is an error at first."""
    rpc, head = RPCS[what]
    assert replace(head, ret=Result.GENERIC) == write_rpc(WORLD, rpc)


@pytest.mark.parametrize("what", RPCS)
def test_an_rpc_is_read_as_it_was_written(what: str) -> None:
    """The driver needs no more than the octets, and the register with the thread."""
    rpc, head = RPCS[what]
    assert rpc == read_rpc(WORLD, "A.0", again(head))


def test_what_a_thread_sleeps_for_is_not_told() -> None:
    """Only who sleeps: here the second thread of B."""
    rpc = Rpc("WAIT_QUEUE_SLEEP", "B.1", OPTEE, waits="session A")
    head = write_rpc(WORLD, rpc)
    assert (OpteeMsgParam(0x1, 0, 257),) == head.params
    assert replace(rpc, waits="") == read_rpc(WORLD, "B.1", again(head))


SERVED = (value(INPUT, 1, 2), memref(INOUT, "A.ocall", 2), NONE, NONE)
ANSWERS = {
    "memory": ("allocate", Answer(memory="A.ocall")),
    "no memory": (
        "allocate",
        Answer(Result.OUT_OF_MEMORY, Result.OUT_OF_MEMORY, Origin.API),
    ),
    "served": ("OCALL", Answer(Result.SUCCESS, Result.BAD_STATE, Origin.CLIENT_APP, SERVED)),
    "nobody there": ("OCALL", Answer(Result.TARGET_DEAD, Result.TARGET_DEAD, Origin.COMMS)),
    "freed": ("free", Answer()),
    "loaded": ("load", Answer()),
    "not loaded": ("load", Answer(Result.ITEM_NOT_FOUND)),
}


@pytest.mark.parametrize("what", ANSWERS)
def test_an_answer_is_read_as_it_was_written(what: str) -> None:
    """On top of the RPC, and with nothing there as well; a handler's error is none of the RPC's."""
    asked, answer = ANSWERS[what]
    rpc, head = RPCS[asked]
    for before in (head, None):
        left = again(write_answer(WORLD, rpc.cmd, answer, before))
        assert answer == read_answer(WORLD, rpc.cmd, left)


def test_memory_is_answered_with_its_list_of_pages() -> None:
    """TMEM_OUTPUT|NONCONTIG: address, size, cookie."""
    left = write_answer(WORLD, ALLOC, Answer(memory="A.ocall"), RPCS["allocate"][1])
    assert (OpteeMsgParam(0x20A, page_list(WORLD, "A.ocall"), 4, MEMORY),) == left.params


def test_a_handlers_result_travels_in_the_first_parameter() -> None:
    """The RPC itself has succeeded."""
    rpc, head = RPCS["OCALL"]
    left = write_answer(WORLD, rpc.cmd, ANSWERS["served"][1], head)
    expected = (Result.SUCCESS, Origin.COMMS, OpteeMsgParam(0x3, 100, 0xFFFF0007, 0xF0000001))
    assert expected == (left.ret, left.ret_origin, left.params[0])


@pytest.mark.parametrize("cmd", ["OPEN_SESSION", "INVOKE"])
def test_the_end_of_a_call_is_read_as_it_was_written(cmd: str) -> None:
    """Result, origin, outputs, and the session that was opened; inputs stay as they were."""
    out = (PARAMS[0], replace(PARAMS[1], size=2), PARAMS[2], value(OUTPUT, 8, 9))
    session = "A.2" if cmd == "OPEN_SESSION" else ""
    done = Done(Result.SUCCESS, Origin.TRUSTED_APP, out, session)
    for before in (CALLS[cmd][1], None):
        assert done == read_done(WORLD, again(write_done(WORLD, done, before)))


def test_a_cookie_outlives_what_it_points_to() -> None:
    """OP-TEE gives back the pointer that it was given; it is that of what lies there now."""
    world = WORLD.copy()
    world.put(replace(world.memories["A.ocall"], freed=True))
    assert "A.ocall" == memory_at(world, MEMORY)
    world.put(replace(world.memories["A.ocall"], id="A.other", freed=False))
    assert "A.other" == memory_at(world, MEMORY)
    assert "?.200" == memory_at(world, MEMORY + (200 - world.memories["A.ocall"].number) * 256)


def smcs(name: str, **switches: str) -> list[Octets]:
    """What crosses between the OP-TEE driver and OP-TEE in a run."""
    played = run(ALL[name], switches=switches)
    return [e for e in played.events if isinstance(e, Octets) and e.border != "ioctl"]


def test_the_registers_name_the_message_and_the_thread() -> None:
    """CALL_WITH_ARG; an RPC's command and its return by the same cookie; OK."""
    found = [event.registers[:4] for event in smcs("flow-1") if event.call in {"INVOKE", "OCALL"}]
    assert [
        (0x32000004, 0, 0x43000000, 0),
        (0xFFFF0005, 0xFFFF0000, 0x04800000, 0),
        (0x32000003, 0xFFFF0000, 0x04800000, 0),
        (0, 0, 0, 0),
    ] == found


def test_memory_for_arguments_is_asked_for_in_registers() -> None:
    """There is no message yet in which it could be: size, then where it lies and its cookie."""
    asked, given = (e for e in smcs("cold-boot-ocall") if e.call == "FUNC_ALLOC")
    assert ("", b"") == (asked.structure, asked.octets)
    assert (0xFFFF0000, 224, 0, 0, 0, 0) == asked.registers
    assert (0x32000003, 0, 0x43800000, 0, 0xFFFF0000, 0x04800000) == given.registers


def test_the_uuid_of_an_ocall_is_that_of_its_ta() -> None:
    """Octet for octet, where the ioctl then has it."""
    played = run(riddle())
    (asked,) = (
        e for e in played.events if isinstance(e, Octets) and (e.call, e.way) == (OCALL, "in")
    )
    assert RIDDLE_TA == asked.octets[32 + 32 + 8 : 32 + 32 + 24]
