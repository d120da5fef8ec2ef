"""Buffers as annotated tables: each ioctl's, and the messages to OP-TEE."""

from __future__ import annotations

import re
from html import unescape
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from ocallkit import run
from ocallkit.abi.arguments import TeeIoctlEcallArg, TeeIoctlParam
from ocallkit.abi.byte_layout import Layout, fields
from ocallkit.abi.ioctl_params import TEE_MEMREF_NULL, EcallFunc, ParamType
from ocallkit.abi.meanings import MEMBERS, meaning, roles
from ocallkit.model.events import Octets
from ocallkit.model.params import INPUT, tempref
from ocallkit.scenarios.riddle import CALL_CA, REPLY_TA, RIDDLE_TA, SENT, riddle
from ocallkit.view.buffers import buffers

if TYPE_CHECKING:
    from ocallkit.view.buffers import Buffer

PLAYED = run(riddle())
FOUND = buffers(PLAYED)
BEGINS = FOUND.find("TEE_IOC_ECALL")
ASKS = FOUND.find("TEE_IOC_ECALL", "out", 2)


def value_of(buffer: Buffer, field: str) -> str:
    """What a table says of a member."""
    return next(row.value for row in buffer.rows if row.field == field)


def test_a_new_invocation_has_the_tas_command_and_its_parameters() -> None:
    """Memory is offset, size and id; the ids are those of two registrations."""
    expected = TeeIoctlEcallArg(func=0, cmd_id=CALL_CA, session=1).with_params(
        TeeIoctlParam(ParamType.VALUE_INPUT, 3, 4),
        TeeIoctlParam(ParamType.VALUE_INOUT, 5, 6),
        TeeIoctlParam(ParamType.MEMREF_INPUT, 0, 31, 1),
        TeeIoctlParam(ParamType.MEMREF_INOUT, 0, 128, 2),
    )
    assert (expected, expected.pack()) == (BEGINS.record, BEGINS.octets)


def test_a_return_with_an_ocall_has_the_cas_command_and_who_asks() -> None:
    """Both memory references have one id, and the second begins where the first ends."""
    head = TeeIoctlEcallArg(EcallFunc.INVOKE, REPLY_TA, 1, ocall_id=1, ret_origin=1, uuid=RIDDLE_TA)
    expected = head.with_params(
        TeeIoctlParam(ParamType.VALUE_INPUT, 1, 2),
        TeeIoctlParam(ParamType.VALUE_INOUT, 0xA, 0xB),
        TeeIoctlParam(ParamType.MEMREF_INPUT, 0, 128, 3),
        TeeIoctlParam(ParamType.MEMREF_INOUT, 128, 128, 3),
    )
    assert expected == ASKS.record


def test_a_missing_buffer_is_the_null_reference() -> None:
    """Its id is all ones, and neither offset nor size is set."""
    begins = buffers(run(riddle(sent=(*SENT[:2], tempref(INPUT), SENT[3])))).find("TEE_IOC_ECALL")
    row = TeeIoctlParam(ParamType.MEMREF_INPUT, c=TEE_MEMREF_NULL)
    assert isinstance(begins.record, TeeIoctlEcallArg)
    assert row == begins.record.params[2]
    assert "0xffffffffffffffff NULL" == value_of(begins, "params[2].c")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("func", "0x2 INVOKE"),
        ("cmd_id", "100"),
        ("session", "1 A"),
        ("uuid", "9b2c0652-3b9b-4d83-971e-e56c40512793 ta"),
        ("params[3].attr", "0x7 MEMREF_INOUT"),
        ("params[3].a", "128"),
        ("params[3].c", "3 A.ocall"),
    ],
)
def test_a_number_has_its_name_behind_it(field: str, value: str) -> None:
    """Codes, sessions, TAs and memories: whatever has one."""
    assert value == value_of(ASKS, field)


CHANGES = {
    "ecall": [
        (),
        ("func", "ocall_id", "params[0].attr", "params[0].b"),
        ("ret_origin", "params[0].a"),
        ("func", "cmd_id", "uuid", "params[0].attr", "params[0].a", "params[0].c"),
        ("ret_origin",),
        ("func", "cmd_id", "uuid", "params[0].attr", "params[0].a", "params[0].b", "params[0].c"),
        ("ret_origin",),
        ("func", "ocall_id", "ret_origin"),
    ],
    "meta": [
        (),
        ("params[0].a", "params[1].attr", "params[1].b"),
        ("ret_origin", "params[1].c"),
        ("params[0].a", "params[0].b", "params[0].c", "params[1].attr"),
        ("ret_origin",),
        ("params[0].a", "params[0].b", "params[0].c", "params[1].attr", "params[1].b"),
        ("ret_origin",),
        ("ret_origin", "params[0].a"),
    ],
}
"""Flow 2: allocation, OCALL and release, each out and in, and the final return with func 0."""


@pytest.mark.parametrize("design", CHANGES)
def test_what_has_changed_is_marked(design: str) -> None:
    """Against the same buffer when it was last seen: nothing in the first, little in the others."""
    rows = [one for one in buffers(run("flow-2", design)).rows if "SHM" not in one.event.call]
    assert CHANGES[design] == [one.changed for one in rows]


def test_a_mark_means_that_the_octets_differ() -> None:
    """Each row's octets lie where it says, and a marked one had others before."""
    ecalls = [one for one in FOUND.rows if one.event.call == "TEE_IOC_ECALL"]
    for before, after in pairwise(ecalls):
        for row in after.rows:
            end = row.offset + len(row.octets)
            assert row.octets == after.octets[row.offset : end]
            assert row.changed == (before.octets[row.offset : end] != row.octets)


def test_the_rows_are_the_whole_buffer() -> None:
    """No octet is left out, none is shown twice."""
    for one in (*FOUND.rows, *FOUND.messages.rows):
        assert one.octets == b"".join(row.octets for row in one.rows)


@pytest.mark.parametrize("design", ["ecall", "meta"])
def test_an_invocation_inside_a_handler_has_a_buffer_of_its_own(design: str) -> None:
    """The first goes on where it was: its answer changes only who says how it went."""
    rows = buffers(run("nested-invoke", design)).rows
    assert ["2 A.2", "1 A", "2 A.2"] == [value_of(rows[at], "session") for at in (1, 2, -2)]
    assert [(), ("ret_origin",)] == [rows[at].changed for at in (2, -2)]


def test_the_final_return_says_func_0() -> None:
    """In either transport."""
    ecall, meta = (buffers(run("flow-1", design)).rows[-1] for design in ("ecall", "meta"))
    assert ("0x0 NONE", "0") == (value_of(ecall, "func"), value_of(meta, "params[0].a"))


def test_whole_has_the_ioctls_before_and_behind_the_invocation() -> None:
    """The opening of the session, and its end."""
    lines = [one.line for one in buffers(run("flow-1"), whole=True).rows]
    assert ["TEE_IOC_OPEN_SESSION, in", "TEE_IOC_OPEN_SESSION, out"] == lines[:2]
    assert "TEE_IOC_CLOSE_SESSION, in" == lines[-1]


def test_an_opening_has_a_temporary_id_while_its_ca_is_asked() -> None:
    """Then the session's own."""
    found = buffers(run("open-session-ocall", "meta"), whole=True)
    outs = [one for one in found.rows if one.line == "TEE_IOC_OPEN_SESSION, out"]
    assert ["1 A.opening", "1 A"] == [value_of(outs[at], "session") for at in (0, -1)]


def test_the_messages_are_those_of_calls_and_rpcs() -> None:
    """In their order, each in and out."""
    lines = [one.line for one in buffers(run("flow-2")).messages.rows]
    rpcs = [f"RPC {cmd}, {way}" for cmd in ("ALLOC", "OCALL", "FREE") for way in ("in", "out")]
    assert ["SMC INVOKE, in", *rpcs, "SMC INVOKE, out"] == lines


@pytest.mark.parametrize(
    ("call", "way", "field", "value"),
    [
        ("INVOKE", "in", "cmd", "0x1 INVOKE_COMMAND"),
        ("INVOKE", "in", "params[0].c", "0xffff000004000100 A.memref"),
        ("ALLOC", "in", "params[0].a", "0x3 CLIENT_APP"),
        ("ALLOC", "out", "params[0].attr", "0x20a NONCONTIG|TMEM_OUTPUT"),
        ("OCALL", "in", "cmd", "0x16 OCALL"),
        ("OCALL", "out", "params[0].c", "0xf0000001 CLIENT_APP"),
        ("FREE", "in", "params[0].b", "0xffff000004000200 A.ocall"),
    ],
)
def test_a_messages_numbers_have_names(call: str, way: str, field: str, value: str) -> None:
    """A command is one of calls or one of RPCs; a cookie is a memory's."""
    assert value == value_of(buffers(run("flow-2-memref")).messages.find(call, way), field)


def test_the_registers_stand_above_a_message() -> None:
    """What is asked for, where the message lies, and which thread asks."""
    asked = buffers(run("flow-1")).messages.find("OCALL")
    thread = "a3 = 0, the secure thread"
    assert f"a0 = 0xffff0005 RPC CMD; a1:a2 = 0xffff000004800000; {thread}" == asked.registers


def test_where_only_registers_cross_there_is_no_table() -> None:
    """A refused call: its message has not changed, and nobody has read it."""
    queue = {"call-queue": "list"}
    alone = run("flow-1", threads=1, switches=queue).schedule
    asked = alone.index("A:process_ocall_request") + 1
    opens = [f"B:{name[2:]}" for name in alone[: alone.index("A:thread_alloc_and_run") + 1]]
    order = (*alone[:asked], *opens)
    both = run("flow-1", threads=1, clients=2, switches=queue, schedule=order)
    rows = buffers(both, whole=True).messages.rows
    refused = next(one for one in rows if "ETHREAD_LIMIT" in one.registers)
    assert "SMC OPEN_SESSION, out" == refused.line
    assert ((), b"") == (refused.rows, refused.octets)


def test_what_is_not_there_is_said_with_what_is() -> None:
    """A reader mistypes a name."""
    with pytest.raises(ValueError, match=r"no 1 of 0 is TEE_IOC, in; there are:\nTEE_IOC_ECALL"):
        FOUND.find("TEE_IOC")


def test_every_member_of_every_structure_has_a_meaning() -> None:
    """Those of parameters depend on what they carry."""
    for event in (e for name in ("flow-2", "cold-boot-ocall") for e in run(name).events):
        if isinstance(event, Octets) and event.structure:
            layout = next(one for one in MEMBERS if one.__name__.lower() == compact(event))
            record = layout.unpack(event.octets)
            carried = roles(record, rpc=event.border == "RPC")
            said = [meaning(record, field.name, carried) for field in fields(record)]
            assert all(one.endswith(".") for one in said)


def compact(event: Octets) -> str:
    """A structure's name in C as that of its class, in small letters."""
    return event.structure.replace("_", "")


def test_a_role_is_by_what_is_asked() -> None:
    """The same parameter is a memory's id in a release, and a value in a call."""
    row = TeeIoctlParam(ParamType.VALUE_INPUT, 1)
    heads: list[Layout] = [
        TeeIoctlEcallArg(func, 0, 1).with_params(row) for func in (0, EcallFunc.SHM_FREE)
    ]
    assert [("value",), ("SHM_FREE of an ECALL",)] == [roles(head) for head in heads]


def test_html_says_what_the_text_says() -> None:
    """Cell for cell; what has changed has the mark beside its tint."""
    bundle = ASKS._repr_mimebundle_()
    cells = [unescape(one) for one in re.findall(r"<td[^>]*>([^<]*)</td>", bundle["text/html"])]
    text = [line for line in bundle["text/plain"].splitlines() if "0x00" in line]
    rows = [cells[at : at + 6] for at in range(0, len(cells), 6)]
    assert [line.split() for line in text] == [" ".join(row).split() for row in rows]
    tinted = re.findall(r"background:[^>]*>([^<]*)", bundle["text/html"])
    assert len(ASKS.changed) == tinted.count("*") == len(tinted) / 6


def test_colours_are_the_pages_own() -> None:
    """A table can be read on a light page and on a dark one: its letters have the page's colour."""
    html = FOUND._repr_mimebundle_()["text/html"]
    assert {"color:inherit"} == set(re.findall(r"(?<![-\w])color:\w+", html))


def test_the_tables_are_the_same_each_time() -> None:
    """Another run of the same gives the same words."""
    other = buffers(run(riddle()))
    assert FOUND._repr_mimebundle_() == other._repr_mimebundle_()
