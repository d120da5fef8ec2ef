"""Values and memory: every direction, one to four references, none at all, and sizes at limits."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Final

import pytest
from msgspec.structs import replace

from ocallkit.abi.results import Origin, Result
from ocallkit.model.events import OPTEE_DRIVER, Message, Param
from ocallkit.model.params import INOUT, INPUT, NONE, OUTPUT, Params, tempref, value
from ocallkit.model.ta import TEE_InvokeCACommand
from tests.xtest.parties import BAD_API, CALLED, SERVED, Parties, Way, invoking, outcome

if TYPE_CHECKING:
    from ocallkit.engine import Steps
    from ocallkit.judging.path import Run

U32_MAX: Final = 0xFFFFFFFF


def inverted(data: bytes) -> bytes:
    """Every octet the other way round."""
    return bytes(octet ^ 0xFF for octet in data)


def inverts(_command: int, params: Params) -> tuple[Result, Params]:
    """A handler that turns round all that it is given, whatever its direction."""
    return Result.SUCCESS, tuple(
        replace(p, a=p.a ^ U32_MAX, b=p.b ^ U32_MAX, data=inverted(p.data)) for p in params
    )


def requests(made: Run) -> list[str]:
    """What secure world asked of the CA, in its order."""
    asked = [e for e in made.events if isinstance(e, Message) and e.target == OPTEE_DRIVER]
    return [e.label.removeprefix("RPC/") for e in asked if "Req'" in e.label]


# --- values ----------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [0, 1, 0x7FFFFFFF, 0x80000000, U32_MAX])
def test_values_travel_both_ways_up_to_32_bits(way: Way, number: int) -> None:
    """An input arrives, an output comes back, and what goes both ways does both."""
    sent = (value(INPUT, number, 1), value(OUTPUT), value(INOUT, 2, number))
    parties = Parties(sent, inverts)
    made = parties.meet(way)
    assert parties.read is not None
    assert [(number, 1), (0, 0), (2, number)] == [(p.a, p.b) for p in parties.read[:3]]
    other = number ^ U32_MAX
    back = [(number, 1), (U32_MAX, U32_MAX), (2 ^ U32_MAX, other)]
    assert (SERVED, back) == (parties.got, [(p.a, p.b) for p in parties.back])
    assert CALLED == outcome(made)
    assert ["OCALL Req'"] == requests(made)


def test_what_an_output_held_before_stays_with_the_ta(way: Way) -> None:
    """The handler reads nothing of it, neither of a value nor of a buffer."""
    parties = Parties((value(OUTPUT, 7, 8), tempref(OUTPUT, b"secret")), inverts)
    parties.meet(way)
    assert parties.read is not None
    assert (0, 0, bytes(6)) == (parties.read[0].a, parties.read[0].b, parties.read[1].data)


# --- memory ----------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2, 3, 4])
@pytest.mark.parametrize("direction", [INPUT, OUTPUT, INOUT])
def test_references_lie_back_to_back_in_one_memory(way: Way, direction: str, count: int) -> None:
    """One allocation and one release, whatever their number; sizes are no multiples of anything."""
    sent = tuple(tempref(direction, bytes([65 + n]) * (2 * n + 1)) for n in range(count))
    parties = Parties(sent, inverts)
    made = parties.meet(way)
    sizes = [2 * n + 1 for n in range(count)]
    assert parties.read is not None
    placed = [(p.memory, p.offset, p.size) for p in parties.read[:count]]
    offsets = [0, *accumulate(sizes)][:count]
    assert [("A.ocall", *one) for one in zip(offsets, sizes, strict=True)] == placed
    assert ["SHM Alloc Req'", "OCALL Req'", "SHM Free Req'"] == requests(made)
    went = [bytes(p.size) if direction == OUTPUT else p.data for p in sent]
    came = [p.data for p in sent] if direction == INPUT else [inverted(data) for data in went]
    assert (went, came) == ([p.data for p in parties.read[:count]], [p.data for p in parties.back])
    assert (SERVED, CALLED) == (parties.got, outcome(made))


def test_values_lie_between_references_and_take_no_memory(way: Way) -> None:
    """The memory has room for the buffers alone."""
    sent = (value(INOUT, 1), tempref(INPUT, b"ab"), value(INPUT, 2), tempref(INOUT, b"cde"))
    parties = Parties(sent, inverts)
    made = parties.meet(way)
    assert parties.read is not None
    assert [("", 0), ("A.ocall", 0), ("", 0), ("A.ocall", 2)] == [
        (p.memory, p.offset) for p in parties.read
    ]
    assert {5} == {s.world.memories["A.ocall"].size for s in made.steps if s.world.memories}


@pytest.mark.parametrize("size", [1, 8, 4095, 4096, 4097])
def test_a_buffer_of_any_size_travels_whole(way: Way, size: int) -> None:
    """Around a word and around a page; its last octet too."""
    content = bytes(n % 251 for n in range(size))
    parties = Parties((tempref(INOUT, content),), inverts)
    parties.meet(way)
    assert parties.read is not None
    assert (size, content) == (parties.read[0].size, parties.read[0].data)
    assert (SERVED, inverted(content)) == (parties.got, parties.back[0].data)


@pytest.mark.parametrize("size", [1, 8, 4095, 4096, 4097])
def test_four_buffers_of_any_size_do_not_run_into_each_other(way: Way, size: int) -> None:
    """What is written to one is not read in the next."""
    sent = tuple(tempref(INOUT, bytes([n]) * size) for n in range(4))
    parties = Parties(sent, inverts)
    parties.meet(way)
    assert [bytes([n ^ 0xFF]) * size for n in range(4)] == [p.data for p in parties.back]


# --- references to nothing -----------------------------------------------------------------------


@pytest.mark.parametrize("direction", [INPUT, OUTPUT, INOUT])
@pytest.mark.parametrize("count", [1, 4])
@pytest.mark.parametrize("caps", ["all", "no-memref-null"])
def test_references_to_nothing_alone_need_no_memory(
    way: Way, direction: str, count: int, caps: str
) -> None:
    """The CA sees the NULL id; nothing is allocated, also where invocations could not pass it."""
    parties = Parties((tempref(direction),) * count, inverts)
    made = parties.meet(way, switches={"capabilities": caps})
    assert ["OCALL Req'"] == requests(made)
    empty = [(f"MEMREF_{direction}", "", 0, 0, b"")] * count
    assert parties.read is not None
    assert empty == [(p.attr, p.memory, p.offset, p.size, p.data) for p in parties.read[:count]]
    assert (SERVED, parties.sent) == (parties.got, parties.back)


def test_references_to_nothing_beside_others_name_their_memory(way: Way) -> None:
    """The running offset and size 0, at the beginning, in between and at the end."""
    sent = (tempref(INPUT), tempref(INOUT, b"abc"), tempref(OUTPUT), tempref(INPUT, b"de"))
    parties = Parties(sent, inverts)
    parties.meet(way)
    assert parties.read is not None
    assert [(0, 0), (0, 3), (3, 0), (3, 2)] == [(p.offset, p.size) for p in parties.read]
    assert {"A.ocall"} == {p.memory for p in parties.read}
    assert (SERVED, b"") == (parties.got, parties.back[2].data)

    last = Parties((tempref(INOUT, b"abc"), tempref(INOUT)), inverts)
    last.meet(way)
    assert last.read is not None
    assert (3, 0, SERVED) == (last.read[1].offset, last.read[1].size, last.got)


# --- what never leaves the TA --------------------------------------------------------------------

UNPASSABLE: dict[str, tuple[Params, tuple[Result, Origin]]] = {
    "a size without a buffer": ((Param("MEMREF_INPUT", size=4),), BAD_API),
    "a buffer without a size": ((tempref(INPUT, b"abcd", size=0),), BAD_API),
    "a buffer shorter than its size": ((Param("MEMREF_INOUT", size=4, data=b"abc"),), BAD_API),
    "a value over 32 bits": ((value(INPUT, U32_MAX + 1),), BAD_API),
    "a second value below zero": ((value(INOUT, 0, -1),), BAD_API),
    "an unknown kind": ((Param("VALUE_SIDEWAYS"),), BAD_API),
    "a fifth parameter": ((NONE,) * 5, BAD_API),
    "one of four": (
        (NONE, value(INPUT), tempref(INPUT, b"a"), Param("MEMREF_INPUT", size=1)),
        BAD_API,
    ),
    "a sum over 32 bits": (
        (Param("MEMREF_INPUT", memory="A.large", size=U32_MAX), tempref(OUTPUT, size=1)),
        (Result.SECURITY, Origin.COMMS),
    ),
    "two halves": (
        (Param("MEMREF_OUTPUT", memory="A.large", size=2**31),) * 2,
        (Result.SECURITY, Origin.COMMS),
    ),
    "memory that the TA has only heard of": (
        (Param("MEMREF_INPUT", memory="A.large", size=4),),
        (Result.ACCESS_DENIED, Origin.COMMS),
    ),
}


@pytest.mark.parametrize("what", UNPASSABLE)
def test_what_a_ta_cannot_pass_never_reaches_the_ca(way: Way, what: str) -> None:
    """libutee or the PTA says why; the invocation itself is none the worse for it."""
    sent, told = UNPASSABLE[what]
    parties = Parties(sent, inverts)
    made = parties.meet(way)
    assert (told, sent, None) == (parties.got, parties.back, parties.read)
    assert ([], CALLED) == (requests(made), outcome(made))


@pytest.mark.parametrize("command", [-1, U32_MAX + 1])
def test_a_command_has_32_bits(way: Way, command: int) -> None:
    """BAD_PARAMETERS, origin API; the largest that has them arrives."""
    told = {}

    def ta(_command: int, _params: Params) -> Steps:
        for one in (command, U32_MAX):
            ret, origin, _ = yield from TEE_InvokeCACommand(one)
            told[one] = ret, origin
        return Result.SUCCESS

    read = set()

    def handler(number: int, _params: Params) -> None:
        read.add(number)

    way.run(invoking(handler), ta)
    assert {command: BAD_API, U32_MAX: SERVED} == told
    assert {U32_MAX} == read
