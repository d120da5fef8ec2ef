"""The messages of a run, with the octets that their parameters reach at each of them."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from ocallkit import run
from ocallkit.lesson import once
from ocallkit.model.events import Message, Param
from ocallkit.model.params import INOUT, OUTPUT, tempref
from ocallkit.model.ta import TEE_InvokeCACommand
from ocallkit.scenarios import OCALL_COMMAND, Scenario, serve, with_memory
from ocallkit.scenarios.riddle import FROM_CA, FROM_TA, RIDDLE, riddle
from ocallkit.view.hops import Hop, Hops, hops
from ocallkit.view.hops_table import as_text, dump, squeezed
from ocallkit.view.layout import layout

if TYPE_CHECKING:
    from ocallkit.engine import Steps

PLAYED = run(riddle())
HOPS = hops(PLAYED)

ENTRY = "OP-TEE Driver -[SMC/Func Invoke]-> OP-TEE"
REQUEST = "OCALL PTA -[RPC/OCALL Req']-> OP-TEE Driver"
TO_CA = "TEE Driver -[ret]-> CA"


def test_the_rows_are_the_diagrams_messages() -> None:
    """Same messages, same numbers."""
    shown = layout(PLAYED).messages
    assert [(row.number, row.message) for row in shown] == [
        (h.number, h.message) for h in HOPS.rows
    ]


def test_whole_begins_where_the_device_is_opened() -> None:
    """And ends with the last message of the run."""
    whole = hops(PLAYED, whole=True)
    assert "CA -[open]-> TEE Driver" == whole.rows[0].line
    assert 66 == len(whole.rows)


def test_carrying_keeps_the_messages_that_have_parameters() -> None:
    """With their numbers in the diagram."""
    numbers = [hop.number for hop in HOPS.carrying.rows]
    assert [1, 3, 4, 5, 14, 15, 16, 17, 19, 28, 29, 30, 31, 32] == numbers


def test_the_cas_octets_reach_secure_world_as_they_are() -> None:
    """Values have none; an empty buffer has zeros."""
    assert (b"", b"", FROM_CA, bytes(128)) == HOPS.find(ENTRY).octets


def test_what_enters_secure_world_is_what_lay_there_before_the_step() -> None:
    """A TA that answers at once writes within the step that its call enters with."""

    def ta(_command: int, params: tuple[Param, ...]) -> Steps:
        yield from ()
        return 0, (replace(params[0], data=b"out"),)

    called = hops(run(Scenario("echo", "a written buffer", once(0, tempref(INOUT, b"in.")), ta)))
    assert (b"in.",) == called.find("OP-TEE Driver -[SMC/Func Invoke]-> OP-TEE").octets
    assert (b"out",) == called.find("OP-TEE -[ret]-> OP-TEE Driver").octets


def test_an_ocall_carries_one_memory_with_both_buffers() -> None:
    """What leaves secure world is what the step has written."""
    octets = HOPS.find(REQUEST).octets
    assert (b"", b"", FROM_TA.ljust(128, b"\0"), RIDDLE.ljust(128, b"\0")) == octets


def test_the_handlers_answer_is_as_long_as_it_says() -> None:
    """31 octets of the 128 that it was given."""
    answer = HOPS.find("CA -[TEE_IOC_ECALL/OCALL Complete]-> TEE Driver")
    assert FROM_CA == answer.octets[3]


def test_memory_that_only_comes_out_shows_nothing_of_the_tas_buffer() -> None:
    """The TA's buffer has content; what the CA can reach has none."""

    def ta(_command: int, _params: tuple[Param, ...]) -> Steps:
        yield from TEE_InvokeCACommand(OCALL_COMMAND, (tempref(OUTPUT, b"secret"),))

    played = run(Scenario("leak", "an output buffer with content", with_memory((), serve), ta))
    assert b"secret" == hops(played).find("TA -[TEE_InvokeCACommand]-> OP-TEE").octets[0]
    assert bytes(6) == hops(played).find(REQUEST).octets[0]


def test_a_message_is_found_by_the_threads_line_and_its_place() -> None:
    """Spacing does not matter; several equal lines are counted from 1."""
    assert HOPS.find(TO_CA) == HOPS.find("TEE Driver     -[ret]->    CA", 1)
    assert [9, 16, 23, 32] == [HOPS.find(TO_CA, nth).number for nth in (1, 2, 3, 4)]


@pytest.mark.parametrize("nth", [0, 5])
def test_a_message_that_is_not_there_is_refused_with_those_that_are(nth: int) -> None:
    """The error lists each message once."""
    with pytest.raises(ValueError, match=f"no message {nth} of 4 is 'TEE Driver") as refused:
        HOPS.find(TO_CA, nth)
    assert 1 == str(refused.value).split("there are:")[1].count(TO_CA)


def test_the_table_has_a_group_for_each_message() -> None:
    """A message with four parameters stands beside four rows, one without beside one."""
    html = HOPS._repr_mimebundle_()["text/html"]
    carrying = len(HOPS.carrying.rows)
    assert len(HOPS.rows) == html.count('<th scope="rowgroup"')
    assert 2 * carrying == html.count('rowspan="4"')
    assert 1 + 4 * carrying + len(HOPS.rows) - carrying == html.count("<tr>")


def test_the_table_says_the_same_in_html_and_in_plain_text() -> None:
    """What a parameter is, and what its bytes are."""
    bundle = HOPS._repr_mimebundle_()
    what, data = "params[3] MEMREF_INOUT A.ocall+128, 31 bytes", '"This string was sent by the CA"'
    assert f"      {what}: {data} and 1 zero" in bundle["text/plain"].splitlines()
    assert f">{what}</td>" in bundle["text/html"]
    assert f">{escape(data)} and 1 zero</td>" in bundle["text/html"]


def test_a_message_without_words_has_no_brackets() -> None:
    """Nothing stands where nothing travels."""
    plain = HOPS._repr_mimebundle_()["text/plain"]
    assert "  2 TEE Driver -[dispatch]-> OP-TEE Driver" in plain.splitlines()


def test_names_in_the_table_are_no_markup() -> None:
    """Neither a message's, nor a word's, nor a memory's."""
    params = (Param("MEMREF_INPUT", memory="<m>", size=3),)
    message = Message(
        client="A", source="CA", target="TA", label="<b>", words=(("<i>", 1),), params=params
    )
    html = Hops("<t>", (Hop(1, 0, message, (b"<x>",)),))._repr_mimebundle_()["text/html"]
    found = ("&lt;b&gt;", "&lt;i&gt;", "&lt;m&gt;", "&lt;t&gt;", "&lt;x&gt;")
    assert found == tuple(name for name in found if name in html)


def test_one_message_shows_its_octets_in_hexadecimal() -> None:
    """Its line and words first, then each parameter; a value has no octets of its own."""
    bundle = HOPS.find(REQUEST)._repr_mimebundle_()
    lines = bundle["text/plain"].splitlines()
    assert f"14 {REQUEST} (thread=0)" == lines[0]
    assert "params[1] VALUE_INOUT a=0xa b=0xb" == lines[2]
    assert "params[2] MEMREF_INPUT A.ocall+0, 128 bytes" == lines[3]
    assert squeezed(FROM_TA.ljust(128, b"\0")).splitlines() == lines[4:9]
    assert 2 == bundle["text/html"].count("<pre")


def test_names_in_a_message_are_no_markup() -> None:
    """A reader's program may use any name."""
    message = Message(client="A", source="CA", target="TA", label="<b>", words=(("<i>", 1),))
    bundle = Hop(1, 0, message, ())._repr_mimebundle_()
    assert "1 CA -[&lt;b&gt;]-&gt; TA (&lt;i&gt;=1)" in bundle["text/html"]
    assert "1 CA -[<b>]-> TA (<i>=1)" == bundle["text/plain"]


def test_three_lines_of_zeros_are_cut_and_two_are_not() -> None:
    """The last line says how many octets there are."""
    two = squeezed(bytes(32)).splitlines()
    assert ["0000", "0010", "0020"] == [line.partition(" ")[0] for line in two]
    three = squeezed(bytes(48)).splitlines()
    assert ["0000", "*", "0030"] == [line.partition(" ")[0] for line in three]


def test_lines_that_are_not_zero_are_kept() -> None:
    """Equal lines of other octets are written out, and so is what follows zeros."""
    lines = squeezed(b"a" * 64 + bytes(64) + b"\1").splitlines()
    places = ["0000", "0010", "0020", "0030", "0040", "*", "0080", "0081"]
    assert places == [line.partition(" ")[0] for line in lines]


def test_octets_as_text_show_what_cannot_be_printed_as_dots() -> None:
    """Zeros in the middle are dots, those at the end are counted."""
    assert '"a.b" and 2 zeros' == as_text(b"a\0b\0\0")


def test_a_dump_is_text_with_a_frame() -> None:
    """Both forms have the same lines."""
    shown = dump(b"<&>")
    assert squeezed(b"<&>") == shown.plain
    assert "&lt;&amp;&gt;" in shown.html
