"""The two examples that came with the patches, with their own commands, values and strings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from ocallkit.abi.results import Origin, Result
from ocallkit.model.client import (
    TEEC_CloseSession,
    TEEC_FinalizeContext,
    TEEC_InitializeContext,
    TEEC_InvokeCommand,
    TEEC_OpenSession,
)
from ocallkit.model.config import TrustedApp
from ocallkit.model.params import INOUT, INPUT, NONE, OUTPUT, Params, tempref, value
from ocallkit.model.ta import TEE_InvokeCACommand
from tests.xtest.parties import CALLED, SERVED, Parties, Way, outcome

if TYPE_CHECKING:
    from ocallkit.engine import Steps
    from ocallkit.model.config import Client
    from ocallkit.model.events import Param

UUID = "9b2c0652-3b9b-4d83-971e-e56c40512793"
CALL_CA = 0
REPLY_SESSION_OPEN = 99
REPLY_TA = 100

BY_THE_CA = b"This string was sent by the CA\0"
BY_THE_TA = b"This string was sent by the TA\0"
CAS_RIDDLE = b"The CA thinks this is a fun riddle\0"
TAS_RIDDLE = b"The TA thinks this is a fun riddle\0"
HELLO = b"The TA says hello during session open\0"
ROOM = 128


def buffer(direction: str, content: bytes, size: int = ROOM) -> Param:
    """A buffer that is larger than its content."""
    return tempref(direction, content, size)


def string(param: Param) -> bytes:
    """What is in a buffer up to the end of the string."""
    return param.data[: param.data.index(b"\0") + 1]


# --- the early example: nine commands, each with its OCALL ------------------------------------


def with_values(a: int, b: int) -> Any:  # noqa: ANN401 - a handler
    """A handler that answers its first parameter with these."""
    return lambda _command, params: (Result.SUCCESS, (replace(params[0], a=a, b=b), *params[1:]))


def with_string(_command: int, params: Params) -> tuple[Result, Params]:
    """A handler that answers its first parameter with a string, and says how long it is."""
    first = replace(params[0], data=BY_THE_CA, size=len(BY_THE_CA))
    return Result.SUCCESS, (first, *params[1:])


def in_full(_command: int, params: Params) -> tuple[Result, Params]:
    """The handler of the last two: two outputs, between inputs that stay as they are."""
    number, text = params[1], params[3]
    return Result.SUCCESS, (
        params[0],
        replace(number, a=3, b=4),
        params[2],
        replace(text, data=BY_THE_CA, size=len(BY_THE_CA)),
    )


IN_FULL = (
    value(INPUT, 1, 2),
    value(INOUT, 0xA, 0xB),
    buffer(INPUT, BY_THE_TA),
    buffer(INOUT, TAS_RIDDLE),
)
TESTS: dict[int, tuple[Params, Any, Params]] = {
    1: ((), lambda *_: Result.SUCCESS, ()),
    2: ((value(INPUT, 0xA, 0xB),), lambda *_: Result.SUCCESS, (value(INPUT, 0xA, 0xB),)),
    3: ((tempref(INPUT, BY_THE_TA),), lambda *_: Result.SUCCESS, (tempref(INPUT, BY_THE_TA),)),
    4: ((value(OUTPUT),), with_values(1, 2), (value(OUTPUT, 1, 2),)),
    5: ((tempref(OUTPUT, size=256),), with_string, (tempref(OUTPUT, BY_THE_CA),)),
    6: ((value(INOUT, 0xC, 0xD),), with_values(3, 4), (value(INOUT, 3, 4),)),
    7: ((buffer(INOUT, BY_THE_TA, 256),), with_string, (tempref(INOUT, BY_THE_CA),)),
    8: (
        IN_FULL,
        in_full,
        (IN_FULL[0], value(INOUT, 3, 4), IN_FULL[2], tempref(INOUT, BY_THE_CA)),
    ),
}


@pytest.mark.parametrize("number", TESTS)
def test_each_command_of_the_early_example(way: Way, number: int) -> None:
    """The handler reads what the TA passes, and the TA gets what the handler answers."""
    sent, answers, back = TESTS[number]
    parties = Parties(sent, answers)
    made = parties.meet(way)
    assert (SERVED, back) == (parties.got, parties.back)
    assert CALLED == outcome(made)
    full = (*sent, *[NONE] * (4 - len(sent)))
    assert parties.read is not None
    assert [(p.attr, p.a, p.b, p.size, p.data) for p in full] == [
        (p.attr, p.a, p.b, p.size, p.data) for p in parties.read
    ]


def test_the_oldest_test_of_a_ta(way: Way) -> None:
    """A string in, a value both ways, a buffer to be filled, and nothing."""
    sent = (tempref(INPUT, b"Hello, OCALLs!\0"), value(INOUT, 0xA, 0xB), tempref(OUTPUT, size=256))

    def answers(_command: int, params: Params) -> tuple[Result, Params]:
        text = replace(params[2], data=params[0].data, size=params[0].size)
        return Result.SUCCESS, (params[0], replace(params[1], a=0xB, b=0xA), text, NONE)

    parties = Parties(sent, answers)
    parties.meet(way)
    assert (SERVED, 15) == (parties.got, parties.back[2].size)
    assert b"Hello, OCALLs!\0" == parties.back[2].data
    assert (0xB, 0xA) == (parties.back[1].a, parties.back[1].b)


# --- the example of optee_examples: an OCALL while the session opens, one while it is used ------


class Riddles:
    """Its TA, its CA and its handler; `seen` is what each OCALL was to each of them."""

    def __init__(self) -> None:
        self.seen: dict[tuple[str, int], Any] = {}
        self.ta = TrustedApp("ocall", self.invoke, open=self.open, uuid=UUID)

    def open(self, params: Params) -> Steps:
        """TA_OpenSessionEntryPoint()."""
        assert [(0xCAFE, 0xCAFE0000), CAS_RIDDLE] == [(params[0].a, params[0].b), params[1].data]
        sent = (value(INOUT, 0xFCFAFFFE, 0x10CDDC01), NONE, NONE, tempref(INPUT, HELLO))
        told = yield from TEE_InvokeCACommand(REPLY_SESSION_OPEN, sent)
        self.seen["TA", REPLY_SESSION_OPEN] = told
        return Result.SUCCESS

    def invoke(self, command: int, params: Params) -> Steps:
        """TA_InvokeCommandEntryPoint(): what the CA answers is not what it is told."""
        assert CALL_CA == command
        kinds = ["VALUE_INPUT", "VALUE_INOUT", "MEMREF_INPUT", "MEMREF_INOUT"]
        if kinds != [param.attr for param in params] or params[3].size < len(TAS_RIDDLE):
            return Result.BAD_PARAMETERS
        told = yield from TEE_InvokeCACommand(REPLY_TA, IN_FULL)
        self.seen["TA", REPLY_TA] = told
        text = replace(params[3], data=TAS_RIDDLE, size=len(TAS_RIDDLE))
        out = (params[0], replace(params[1], a=0xE, b=0xF), params[2], text)
        return told[0], out

    def handler(self, command: int, params: Params, ta: str) -> Any:  # noqa: ANN401
        """The CA's handler; another command, or other parameters, it does not know."""
        self.seen["handler", command] = params, ta
        if command == REPLY_SESSION_OPEN and params[0].attr == "VALUE_INOUT":
            return Result.SUCCESS, (replace(params[0], a=0xCDDC1001, b=0xFFFFCAFE), *params[1:])
        if command == REPLY_TA and params[3].size >= len(BY_THE_CA):
            return in_full(command, params)
        return Result.BAD_PARAMETERS

    def ca(self, *params: Param) -> Any:  # noqa: ANN401
        """The CA; gives what its invocation came to."""

        def program(client: Client) -> Steps:
            context = yield from TEEC_InitializeContext(client, self.handler)
            first = (value(INPUT, 0xCAFE, 0xCAFE0000), tempref(INPUT, CAS_RIDDLE))
            session = yield from TEEC_OpenSession(context, UUID, first)
            result = yield from TEEC_InvokeCommand(session, CALL_CA, params)
            yield from TEEC_CloseSession(session)
            yield from TEEC_FinalizeContext(context)
            return result

        return program


PASSED = (value(INPUT, 3, 4), value(INOUT, 5, 6), tempref(INPUT, BY_THE_CA))


def test_the_example_of_optee_examples(way: Way) -> None:
    """Both OCALLs, strings and values both ways; the CA and the TA each get their own."""
    riddles = Riddles()
    made = way.run(riddles.ca(*PASSED, tempref(INOUT, size=ROOM)), riddles.ta)
    assert CALLED == outcome(made)
    out = made.results["A"].params
    assert (0xE, 0xF, TAS_RIDDLE, 35) == (out[1].a, out[1].b, string(out[3]), out[3].size)

    params, ta = riddles.seen["handler", REPLY_TA]
    assert [(1, 2), (0xA, 0xB)] == [(p.a, p.b) for p in params[:2]]
    assert [(BY_THE_TA, 128), (TAS_RIDDLE, 128)] == [(string(p), p.size) for p in params[2:]]
    assert ("ocall", UUID) == (ta, ta.uuid)

    ret, origin, back = riddles.seen["TA", REPLY_TA]
    assert (SERVED, (3, 4)) == ((ret, origin), (back[1].a, back[1].b))
    assert (BY_THE_CA, 31) == (string(back[3]), back[3].size)


def test_the_examples_ocall_while_its_session_opens(way: Way) -> None:
    """The extra parameter carries it; the ioctl of its own does not offer it, and it is refused."""
    riddles = Riddles()
    way.run(riddles.ca(*PASSED, tempref(INOUT, size=ROOM)), riddles.ta)
    ret, origin, back = riddles.seen["TA", REPLY_SESSION_OPEN]
    if way.by_parameter:
        assert (SERVED, (0xCDDC1001, 0xFFFFCAFE)) == ((ret, origin), (back[0].a, back[0].b))
        params, ta = riddles.seen["handler", REPLY_SESSION_OPEN]
        assert [NONE, NONE] == list(params[1:3])
        assert (HELLO, 38, UUID) == (params[3].data, params[3].size, ta.uuid)
    else:
        assert (Result.OUT_OF_MEMORY, Origin.COMMS) == (ret, origin)
        assert ("handler", REPLY_SESSION_OPEN) not in riddles.seen


@pytest.mark.parametrize("last", [tempref(INOUT), tempref(INOUT, size=34), value(INOUT), NONE])
def test_the_examples_ta_refuses_what_it_cannot_use(way: Way, last: Param) -> None:
    """No buffer, one that is too small, another kind, nothing: BAD_PARAMETERS of the TA's own."""
    riddles = Riddles()
    made = way.run(riddles.ca(*PASSED, last), riddles.ta)
    assert (Result.BAD_PARAMETERS, Origin.TRUSTED_APP) == outcome(made)
    assert ("handler", REPLY_TA) not in riddles.seen


@pytest.mark.parametrize("last", [tempref(INOUT), tempref(INOUT, size=30), value(INOUT), NONE])
def test_a_handler_refuses_what_it_cannot_use(way: Way, last: Param) -> None:
    """The same on the other side: BAD_PARAMETERS of the CA's own, and nothing is written."""
    sent = (*IN_FULL[:3], last)
    parties = Parties(sent, lambda _command, params: Riddles().handler(REPLY_TA, params, ""))
    parties.meet(way)
    assert (Result.BAD_PARAMETERS, Origin.CLIENT_APP) == parties.got
    assert sent == parties.back
