"""What an ioctl's octets say: read again it is what was written, in either transport."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from ocallkit import run
from ocallkit.abi.arguments import (
    TeeIoctlInvokeArg,
    TeeIoctlOpenSessionArg,
    TeeIoctlParam,
)
from ocallkit.abi.ioctl import TEE_IOC_INVOKE, TEE_IOC_OPEN_SESSION
from ocallkit.abi.ioctl_params import TEE_MEMREF_NULL, ParamType
from ocallkit.abi.results import Origin, Result
from ocallkit.designs import DESIGNS
from ocallkit.judging.assembly import find_design
from ocallkit.model.calls import ALLOC, FREE, OCALL, Arg, Reply
from ocallkit.model.config import DEFAULT_TA, uuid_octets
from ocallkit.model.params import INOUT, INPUT, NONE, OUTPUT, memref, tempref, value
from ocallkit.model.raw_ioctl import ioctl, open_device
from ocallkit.scenarios import Scenario

if TYPE_CHECKING:
    from ocallkit.designs.structures import Structure
    from ocallkit.engine import Steps
    from ocallkit.model.config import Client
    from ocallkit.model.params import Params
    from ocallkit.model.world import World

EVERY = (*DESIGNS, *(f"{design}+meta" for design in DESIGNS))

PLAYED = run("flow-2-memref")
WORLD: World = next(
    step.world
    for step in PLAYED.steps
    if {"A.memref", "A.ocall"} <= {m.id for m in step.world.memories.values() if not m.freed}
)
"""The memory of the invocation is there, and that of its OCALL."""

PARAMS = (value(INPUT, 1, 2), memref(INOUT, "A.memref", 3, 1), value(INOUT, 5, 6), tempref(OUTPUT))
ASKED = (value(INPUT, 1, 2), memref(INOUT, "A.ocall", 4), value(OUTPUT), value(INOUT, 7, 8))
NEW = Arg(7, PARAMS, session="A")
OPENS = Arg(params=PARAMS, opens=DEFAULT_TA)

ANSWERS = {
    "an allocation": Arg(answers=ALLOC, memory="A.ocall"),
    "a refused allocation": Arg(answers=ALLOC, ret=Result.OUT_OF_MEMORY),
    "an OCALL": Arg(100, ASKED, answers=OCALL, origin=Origin.CLIENT_APP),
    "an OCALL without parameters": Arg(100, (NONE,) * 4, answers=OCALL, origin=Origin.CLIENT_APP),
    "a handler's error": Arg(
        100, ASKED, answers=OCALL, ret=Result.BAD_STATE, origin=Origin.CLIENT_APP
    ),
    "a release": Arg(answers=FREE),
}
REQUESTS = {
    "for memory": Reply(ALLOC, size=4),
    "for an OCALL": Reply(OCALL, 100, ASKED, ta=DEFAULT_TA),
    "to release": Reply(FREE, memory="A.ocall"),
}
REQUEST_OF = {ALLOC: "for memory", OCALL: "for an OCALL", FREE: "to release"}


def octets_of(design: str) -> Structure:
    """What writes a design's octets."""
    return find_design(design).transport.octets  # type: ignore[no-any-return]


def again(octets: Structure, arg: Arg, before: object = None) -> Arg:
    """An argument as the driver reads it."""
    head = octets.write(WORLD, arg, before)  # type: ignore[arg-type]
    return octets.read(WORLD, type(head).unpack(head.pack()))


@pytest.mark.parametrize("duplex", [False, True])
@pytest.mark.parametrize("design", EVERY)
def test_a_new_invocation_is_read_as_it_was_written(design: str, duplex: bool) -> None:  # noqa: FBT001 - a test's parameter
    """Command, session and each kind of parameter, whether its CA is prepared or not."""
    arg = replace(NEW, duplex=duplex)
    assert arg == again(octets_of(design), arg)


@pytest.mark.parametrize("design", EVERY)
def test_an_opening_is_read_as_it_was_written(design: str) -> None:
    """Its session comes out and not in.  Only a parameter can say that its CA is prepared."""
    octets = octets_of(design)
    can_ask = find_design(design).transport.while_opening
    assert [OPENS, replace(OPENS, duplex=can_ask)] == [
        again(octets, replace(OPENS, duplex=duplex)) for duplex in (False, True)
    ]


@pytest.mark.parametrize("what", ANSWERS)
@pytest.mark.parametrize("design", EVERY)
def test_an_answer_is_read_as_it_was_written(design: str, what: str) -> None:
    """On top of what its request has left in the buffer."""
    octets = octets_of(design)
    arg = replace(ANSWERS[what], duplex=True, ocall_id=1, session="A")
    first = octets.write(WORLD, replace(NEW, duplex=True))
    asks = replace(REQUESTS[REQUEST_OF[arg.answers]], ocall_id=1, session="A")
    lies = octets.write_reply(WORLD, NEW, first, asks)
    assert arg == again(octets, arg, lies)


@pytest.mark.parametrize("design", EVERY)
def test_an_answer_does_not_repeat_what_only_came_in(design: str) -> None:
    """Where no request lies in the buffer there are zeros instead."""
    arg = replace(ANSWERS["an OCALL"], duplex=True, ocall_id=1, session="A")
    expected = replace(arg, params=(value(INPUT), *arg.params[1:]))
    assert expected == again(octets_of(design), arg)


@pytest.mark.parametrize("what", REQUESTS)
@pytest.mark.parametrize("design", EVERY)
def test_a_request_is_read_as_it_was_written(design: str, what: str) -> None:
    """Which TA asks, for what, and for how much memory or which."""
    octets = octets_of(design)
    first = replace(NEW, duplex=True)
    reply = replace(REQUESTS[what], ocall_id=1, session="A")
    left = octets.write_reply(WORLD, first, octets.write(WORLD, first), reply)
    assert reply == octets.read_reply(WORLD, first, type(left).unpack(left.pack()), 0)


@pytest.mark.parametrize(
    "first", [NEW, replace(NEW, duplex=True), OPENS], ids=["old", "new", "open"]
)
@pytest.mark.parametrize("design", EVERY)
def test_a_completion_is_read_as_it_was_written(design: str, first: Arg) -> None:
    """Result, origin, the outputs; of an opening the session."""
    octets = octets_of(design)
    came = (PARAMS[0], replace(PARAMS[1], size=2), value(INOUT, 8, 9), PARAMS[3])
    session = "A" if first.opens else ""
    reply = Reply(params=came, ret=Result.SUCCESS, origin=Origin.TRUSTED_APP, session=session)
    left = octets.write_reply(WORLD, first, octets.write(WORLD, first), reply)
    assert reply == octets.read_reply(WORLD, first, type(left).unpack(left.pack()), 0)


@pytest.mark.parametrize("design", EVERY)
def test_after_an_error_nothing_is_written(design: str) -> None:
    """The buffer stays as the CA has left it, and only the error is read."""
    octets = octets_of(design)
    head, failed = octets.write(WORLD, NEW), Reply(errno=22)
    left = octets.write_reply(WORLD, NEW, head, failed)
    assert (head, failed) == (left, octets.read_reply(WORLD, NEW, left, 22))


# --- an old client ------------------------------------------------------------------------------

ROWS = (
    TeeIoctlParam(ParamType.VALUE_INPUT, 1, 2),
    TeeIoctlParam(ParamType.VALUE_INOUT, 5, 6),
    TeeIoctlParam(ParamType.MEMREF_INPUT, 0, 0, TEE_MEMREF_NULL),
    TeeIoctlParam(ParamType.VALUE_OUTPUT),
)
"""What a CA passes that has never heard of OCALLs."""


def old_ca(client: Client, _rounds: int = 1) -> Steps:
    """A program of before: the octets that it gets back from both of its ioctls."""
    device = yield from open_device(client)
    opens = TeeIoctlOpenSessionArg(uuid_octets(DEFAULT_TA)).with_params(*ROWS)
    opened = yield from ioctl(device, TEE_IOC_OPEN_SESSION, user=opens.pack())
    session = TeeIoctlOpenSessionArg.unpack(opened[2]).session
    invokes = TeeIoctlInvokeArg(7, session).with_params(*ROWS)
    return opened, (yield from ioctl(device, TEE_IOC_INVOKE, user=invokes.pack()))


def adding_ta(command: int, params: Params) -> Steps:
    """A TA that answers with its command and what it was given."""
    yield from ()
    given = params[0].a + params[1].a
    return Result.SUCCESS, (*params[:1], value(INOUT, given), params[2], value(OUTPUT, command))


@pytest.mark.parametrize("design", EVERY)
def test_an_old_clients_octets_are_answered_as_they_always_were(design: str) -> None:
    """C13: byte for byte, under every design: results, outputs, and nothing else."""
    old = Scenario("old", "a CA that knows of no OCALLs", old_ca, adding_ta)
    opened, invoked = run(old, design).results["A"]
    opens = TeeIoctlOpenSessionArg(
        uuid_octets(DEFAULT_TA), session=1, ret_origin=Origin.TRUSTED_APP
    )
    outputs = (
        ROWS[0],
        TeeIoctlParam(ParamType.VALUE_INOUT, 6),
        ROWS[2],
        TeeIoctlParam(ParamType.VALUE_OUTPUT, 7),
    )
    assert (0, opens.with_params(*ROWS).pack()) == (opened[0], opened[2])
    invokes = TeeIoctlInvokeArg(7, 1, ret_origin=Origin.TRUSTED_APP).with_params(*outputs)
    assert (0, invokes.pack()) == (invoked[0], invoked[2])
