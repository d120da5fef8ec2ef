"""Bytes travel: what one party wrote is what the other reads, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from ocallkit.abi.results import Origin, Result
from ocallkit.model.client import (
    TEEC_InitializeContext,
    TEEC_InvokeCommand,
    TEEC_OpenSession,
    TEEC_RegisterSharedMemory,
)
from ocallkit.model.events import TA, Message, Param
from ocallkit.model.params import INOUT, INPUT, NONE, OUTPUT, Params, memref, tempref, value
from ocallkit.model.ta import TEE_InvokeCACommand
from tests.model.programs import invoking, run_of

if TYPE_CHECKING:
    from ocallkit.engine import Steps
    from ocallkit.model.config import Client


def upper(_command: int, params: Params) -> tuple[Result, Params]:
    """A handler that answers each parameter with another content."""
    return Result.SUCCESS, tuple(replace(p, a=p.a + 1, data=p.data.upper()) for p in params)


def echoing(*sent: Param) -> tuple[Params, Params]:
    """What a handler reads of an OCALL with `sent`, and what the TA gets back from `upper`."""
    read: list[Params] = []
    back: list[Params] = []

    def handler(command: int, params: Params) -> tuple[Result, Params]:
        read.append(params)
        return upper(command, params)

    def ta(_command: int, _passed: Params) -> Steps:
        ret, origin, returned = yield from TEE_InvokeCACommand(100, sent)
        assert (Result.SUCCESS, Origin.CLIENT_APP) == (ret, origin)
        back.append(returned)

    run_of(invoking(handler=handler), ta)
    return read[-1], back[-1]


def test_the_handler_reads_what_the_ta_sent() -> None:
    """Values and buffers, with nothing where nothing goes in."""
    sent = (
        value(INPUT, 1, 2),
        tempref(INPUT, b"in"),
        tempref(INOUT, b"both"),
        tempref(OUTPUT, size=3),
    )
    read, _ = echoing(*sent)
    assert [b"", b"in", b"both", bytes(3)] == [p.data for p in read]
    assert (1, 2) == (read[0].a, read[0].b)


def test_the_ta_gets_back_what_comes_out_and_no_more() -> None:
    """An input keeps the TA's own content, whatever the handler says of it."""
    sent = (value(INPUT, 1), value(INOUT, 5), tempref(INPUT, b"in"), tempref(INOUT, b"both"))
    _, back = echoing(*sent)
    assert (1, 6) == (back[0].a, back[1].a)
    assert [b"in", b"BOTH"] == [p.data for p in back[2:]]


def test_the_ta_gets_as_many_parameters_as_it_passed() -> None:
    """On the way there are always four."""
    read, back = echoing(value(INOUT, 1))
    assert (4, [NONE] * 3, 1) == (len(read), [replace(p, a=0) for p in read[1:]], len(back))


def test_all_buffers_of_an_ocall_lie_back_to_back_in_one_memory() -> None:
    """One allocation of the sum of their sizes; no gap, no alignment."""
    sent = (tempref(INPUT, b"abc"), value(INPUT), tempref(OUTPUT, size=5), tempref(INOUT, b"xy"))
    read, _ = echoing(*sent)
    placed = [(p.memory, p.offset, p.size) for p in read if p.memory]
    assert [("A.ocall", 0, 3), ("A.ocall", 3, 5), ("A.ocall", 8, 2)] == placed


def test_the_memory_of_an_ocall_has_the_size_of_all_its_buffers() -> None:
    """The allocation that the CA is asked for."""

    def ta(_command: int, _passed: Params) -> Steps:
        yield from TEE_InvokeCACommand(100, (tempref(INPUT, b"abc"), tempref(OUTPUT, size=5)))

    made = run_of(invoking(), ta)
    sizes = {step.world.memories["A.ocall"].size for step in made.steps if step.world.memories}
    assert {8} == sizes


def test_ta_memory_is_never_in_the_memory_of_an_ocall_before_it_is_sent() -> None:
    """What crosses is a copy, made after the CA has allocated the memory: until then it is zero."""

    def ta(_command: int, _passed: Params) -> Steps:
        yield from TEE_InvokeCACommand(100, (tempref(INPUT, b"secret"),))

    made = run_of(invoking(), ta)
    held = [s.world.memories["A.ocall"].data for s in made.steps if s.world.memories]
    contents = list(dict.fromkeys(held))
    assert [bytes(6), b"secret", b""] == contents


def test_what_only_comes_out_is_not_copied_in() -> None:
    """The old content of a buffer that is to be filled is the TA's own affair."""

    def ta(_command: int, _passed: Params) -> Steps:
        yield from TEE_InvokeCACommand(100, (tempref(OUTPUT, b"secret"), tempref(INPUT, b"sent")))

    made = run_of(invoking(), ta)
    held = [s.world.memories["A.ocall"].data for s in made.steps if s.world.memories]
    assert [bytes(10), bytes(6) + b"sent", b""] == list(dict.fromkeys(held))


def test_a_shorter_answer_reaches_the_ta_as_far_as_it_goes() -> None:
    """The size that comes back says how far: so much of its buffer is the answer."""
    back: list[Params] = []

    def shorter(_command: int, params: Params) -> tuple[Result, Params]:
        return Result.SUCCESS, (replace(params[0], data=b"XY", size=2), *params[1:])

    def ta(_command: int, _passed: Params) -> Steps:
        _, _, returned = yield from TEE_InvokeCACommand(100, (tempref(INOUT, b"abcd"),))
        back.append(returned)

    run_of(invoking(handler=shorter), ta)
    assert (2, b"XY") == (back[-1][0].size, back[-1][0].data)


def test_a_handlers_error_leaves_the_tas_buffers_alone() -> None:
    """Outputs are not written back with an error, whatever the handler did to them."""
    back: list[Params] = []

    def fails(_command: int, params: Params) -> tuple[Result, Params]:
        return Result.BAD_STATE, upper(0, params)[1]

    def ta(_command: int, _passed: Params) -> Steps:
        sent = (tempref(INOUT, b"both"), value(INOUT, 5))
        _, _, returned = yield from TEE_InvokeCACommand(100, sent)
        back.append(returned)

    run_of(invoking(handler=fails), ta)
    assert (b"both", 5) == (back[-1][0].data, back[-1][1].a)


def answering(_command: int, passed: Params) -> Steps:
    """A TA that answers each parameter with another content."""
    yield from ()
    return Result.SUCCESS, tuple(replace(p, a=p.a + 1, data=p.data.upper()) for p in passed)


def test_the_ta_reads_what_the_ca_passed_and_the_ca_what_it_answered() -> None:
    """Values and temporary references of the invocation itself."""
    passed = (value(INOUT, 5, 6), tempref(INPUT, b"in"), tempref(INOUT, b"both"), value(INPUT, 1))
    made = run_of(invoking(passed), answering)
    (at_ta,) = [
        e.params for e in made.events if isinstance(e, Message) and e.target == TA and e.params
    ]
    assert [b"in", b"both"] == [p.data for p in at_ta[1:3]]
    result = made.results["A"].params
    assert (6, 6, 1) == (result[0].a, result[0].b, result[3].a)
    assert [b"in", b"BOTH"] == [p.data for p in result[1:3]]


def test_a_part_of_registered_memory_is_read_and_written_where_it_lies() -> None:
    """Its neighbours keep their content."""

    def ca(client: Client, _rounds: int) -> Steps:
        context = yield from TEEC_InitializeContext(client)
        session = yield from TEEC_OpenSession(context)
        memory = yield from TEEC_RegisterSharedMemory(context, "memory", b"abcdef")
        params = (memref(INOUT, memory, 2, offset=2),)
        return (yield from TEEC_InvokeCommand(session, 0, params))

    made = run_of(ca, answering)
    assert b"CD" == made.results["A"].params[0].data
    contents = {s.world.memories["A.memory"].data for s in made.steps if s.world.memories}
    assert {b"abcdef", b"abCDef", b""} == contents


def test_an_empty_reference_crosses_as_none() -> None:
    """Without a byte to carry there is no memory, and none is named, on either way."""
    read, back = echoing(tempref(OUTPUT))
    assert ("", 0, b"") == (read[0].memory, read[0].size, read[0].data)
    assert tempref(OUTPUT) == back[0]


def test_a_ta_that_hands_on_an_empty_reference_names_no_memory_of_the_invocation() -> None:
    """What the CA gets for it is the NULL reference, not the memory that the TA was given."""
    read: list[Params] = []

    def handler(_command: int, params: Params) -> Result:
        read.append(params)
        return Result.SUCCESS

    def ta(_command: int, passed: Params) -> Steps:
        yield from TEE_InvokeCACommand(100, (replace(passed[0], size=0, data=b""),))

    run_of(invoking((tempref(INOUT, b"data"),), handler), ta)
    assert "" == read[-1][0].memory
