"""The public example's invocation ends as its authors say, and each side refuses what it must."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ocallkit import run
from ocallkit.abi.byte_layout import show_uuid
from ocallkit.abi.results import Origin, Result
from ocallkit.designs import DESIGNS
from ocallkit.model.events import CA, OPTEE, TA, TEE_DRIVER, Message
from ocallkit.model.params import INOUT, INPUT, OUTPUT, tempref, value
from ocallkit.scenarios.riddle import ASKED, CALL_CA, REPLY_TA, RIDDLE_TA, SENT, riddle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ocallkit import Run
    from ocallkit.model.events import Param
    from ocallkit.model.params import Params

FROM_CA = b"This string was sent by the CA\0"
FROM_TA = b"This string was sent by the TA\0"
FROM_TA_BUFFER = FROM_TA + bytes(97)
RIDDLE = b"The TA thinks this is a fun riddle\0"

Shown = tuple[str, int | tuple[int, int], bytes]

NOT_AS_AGREED: dict[str, tuple[Params, Params]] = {
    "a parameter is missing": (SENT[:3], ASKED[:3]),
    "a value has another direction": (
        (value(OUTPUT), *SENT[1:]),
        (value(OUTPUT), *ASKED[1:]),
    ),
    "two parameters are exchanged": (SENT[1::-1] + SENT[2:], ASKED[1::-1] + ASKED[2:]),
    "the input buffer is NULL": (
        (*SENT[:2], tempref(INPUT), SENT[3]),
        (*ASKED[:2], tempref(INPUT), ASKED[3]),
    ),
    "the output buffer is NULL": ((*SENT[:3], tempref(INOUT)), (*ASKED[:3], tempref(INOUT))),
    "the output buffer is one octet too small": (
        (*SENT[:3], tempref(INOUT, size=34)),
        (*ASKED[:3], tempref(INOUT, size=30)),
    ),
}


def shown(params: Sequence[Param]) -> list[Shown]:
    """Each parameter's kind, its numbers or its size, and its octets."""
    return [(p.attr, p.size if "MEMREF" in p.attr else (p.a, p.b), p.data) for p in params]


def messages(trace: Run, source: str, target: str, label: str) -> list[Message]:
    """The messages of a run with these ends and this label."""
    return [
        event
        for event in trace.events
        if isinstance(event, Message)
        and (event.source, event.target, event.label) == (source, target, label)
    ]


def test_the_ca_gets_the_numbers_and_the_riddle() -> None:
    """The invocation succeeds with E and F, and a string of 35 octets in a buffer of 128."""
    result = run(riddle()).results["A"]
    assert (Result.SUCCESS, Origin.TRUSTED_APP) == (result.ret, result.origin)
    assert [
        ("VALUE_INPUT", (3, 4), b""),
        ("VALUE_INOUT", (0xE, 0xF), b""),
    ] == shown(result.params[:2])
    assert ("MEMREF_INPUT", 31) == (result.params[2].attr, result.params[2].size)
    assert [("MEMREF_INOUT", 35, RIDDLE)] == shown(result.params[3:])


def test_the_ta_gets_what_the_ca_sent() -> None:
    """Numbers 3, 4, 5, 6, a string of 31 octets, and an empty buffer of 128."""
    (dispatch,) = messages(run(riddle()), OPTEE, TA, "dispatch")[1:2]
    assert (("cmd_id", CALL_CA),) == dispatch.words
    assert [
        ("VALUE_INPUT", (3, 4), b""),
        ("VALUE_INOUT", (5, 6), b""),
        ("MEMREF_INPUT", 31, FROM_CA),
        ("MEMREF_INOUT", 128, bytes(128)),
    ] == shown(dispatch.params)


def test_the_ta_asks_with_numbers_and_two_strings() -> None:
    """Command 100, numbers 1, 2, A, B, and both strings in buffers of 128 octets."""
    (ask,) = messages(run(riddle()), TA, OPTEE, "TEE_InvokeCACommand")
    assert (("cmd_id", REPLY_TA),) == ask.words
    assert [
        ("VALUE_INPUT", (1, 2), b""),
        ("VALUE_INOUT", (0xA, 0xB), b""),
        ("MEMREF_INPUT", 128, FROM_TA_BUFFER),
        ("MEMREF_INOUT", 128, RIDDLE + bytes(93)),
    ] == shown(ask.params)


def test_the_handler_answers_with_numbers_and_its_own_string() -> None:
    """3 and 4, and 31 octets; the memory's content is not part of the ioctl's argument."""
    (answer,) = messages(run(riddle()), CA, TEE_DRIVER, "TEE_IOC_ECALL/OCALL Complete")
    assert [
        ("VALUE_INPUT", (1, 2), b""),
        ("VALUE_INOUT", (3, 4), b""),
        ("MEMREF_INPUT", 128, b""),
        ("MEMREF_INOUT", 31, b""),
    ] == shown(answer.params)


def test_the_answer_reaches_the_ta_as_far_as_it_goes() -> None:
    """31 octets, and so the size says; what is only read comes back as it was."""
    ((_, _, text, buffer),) = (m.params for m in ocall_returns(run(riddle())))
    assert [("MEMREF_INPUT", 128, FROM_TA_BUFFER)] == shown([text])
    assert [("MEMREF_INOUT", 31, FROM_CA)] == shown([buffer])


def ocall_returns(trace: Run) -> list[Message]:
    """The returns of TEE_InvokeCACommand to the TA."""
    return messages(trace, "OCALL PTA", TA, "ret")


@pytest.mark.parametrize("why", NOT_AS_AGREED)
def test_the_ta_refuses_what_it_does_not_expect(why: str) -> None:
    """BAD_PARAMETERS from the TA itself, and the CA is not asked."""
    refused = run(riddle(sent=NOT_AS_AGREED[why][0]))
    result = refused.results["A"]
    assert (Result.BAD_PARAMETERS, Origin.TRUSTED_APP) == (result.ret, result.origin)
    assert [] == messages(refused, TA, OPTEE, "TEE_InvokeCACommand")


@pytest.mark.parametrize("why", NOT_AS_AGREED)
def test_the_handler_refuses_what_it_does_not_expect(why: str) -> None:
    """BAD_PARAMETERS from the CA's handler, which the TA hands on as its own result."""
    refused = run(riddle(asked=NOT_AS_AGREED[why][1]))
    (back,) = ocall_returns(refused)
    assert (("ret", "BAD_PARAMETERS"), ("origin", "CLIENT_APP")) == back.words
    result = refused.results["A"]
    assert (Result.BAD_PARAMETERS, Origin.TRUSTED_APP) == (result.ret, result.origin)


def test_buffers_of_exactly_the_answers_size_are_enough() -> None:
    """35 octets for the TA's string, 31 for the CA's."""
    tight = riddle((*SENT[:3], tempref(INOUT, size=35)), (*ASKED[:3], tempref(INOUT, size=31)))
    assert Result.SUCCESS == run(tight).results["A"].ret


@pytest.mark.long
@pytest.mark.parametrize("design", DESIGNS)
def test_every_design_carries_it_to_the_same_end(design: str) -> None:
    """How an OCALL is carried changes nothing about what it says."""
    assert run(riddle()).results == run(riddle(), design).results


def test_rounds_repeat_the_invocation() -> None:
    """Two rounds invoke twice in one session."""
    twice = run(riddle(), rounds=2)
    assert 2 == len(messages(twice, TA, OPTEE, "TEE_InvokeCACommand"))


def test_the_tas_uuid_is_the_examples() -> None:
    """As the example's header writes it."""
    assert "9b2c0652-3b9b-4d83-971e-e56c40512793" == show_uuid(RIDDLE_TA)


@pytest.mark.parametrize(
    ("design", "expected"),
    [("ecall", FROM_CA), ("posted", FROM_CA + RIDDLE[len(FROM_CA) :].ljust(97, b"\0"))],
)
def test_behind_a_shorter_answer_lies_what_the_ta_wrote_where_its_size_stays(
    design: str, expected: bytes
) -> None:
    """As the posted code copies, octet for octet: `ecall` tells the TA where the answer ends."""
    (back,) = messages(run(riddle(), design), "OCALL PTA", TA, "ret")
    assert expected == back.params[3].data
