"""What a handler can answer: errors, more and less than it was asked for, and nothing at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from ocallkit.abi.results import Origin, Result, code
from ocallkit.engine import ProgramError
from ocallkit.model.calls import ENOMEM
from ocallkit.model.events import CA, TEE_DRIVER, Message
from ocallkit.model.params import INOUT, INPUT, NONE, OUTPUT, Params, memref, tempref, value
from ocallkit.model.teec_memory import failed
from ocallkit.scenarios import sending_ta
from tests.xtest.parties import BAD_API, CALLED, SERVED, Parties, Way, invoking, outcome

if TYPE_CHECKING:
    from ocallkit.judging.path import Run

SENT = (value(INOUT, 5, 6), tempref(INOUT, b"both"), tempref(INPUT, b"in"))


def changed(params: Params) -> Params:
    """Outputs that nobody passed."""
    return tuple(replace(p, a=p.a + 1, data=p.data.upper()) for p in params)


ERRORS = [error for error in Result if error != Result.SUCCESS]


@pytest.mark.parametrize("error", [*ERRORS, code(Result, 0x1234)], ids=lambda error: error.name)
def test_a_handlers_error_reaches_the_ta_and_nothing_else_does(way: Way, error: Result) -> None:
    """Any result, with the origin CLIENT_APP; what the handler wrote is not written back."""
    parties = Parties(SENT, lambda _command, params: (error, changed(params)))
    made = parties.meet(way)
    assert ((error, Origin.CLIENT_APP), SENT) == (parties.got, parties.back)
    assert CALLED == outcome(made)


NOTHING: dict[str, Any] = {
    "None": None,
    "a result": Result.SUCCESS,
    "a number": 0,
    "what it was given": (Result.SUCCESS, None),
}


@pytest.mark.parametrize("answer", NOTHING.values(), ids=NOTHING)
def test_a_handler_that_answers_nothing_changes_nothing(way: Way, answer: Any) -> None:  # noqa: ANN401
    """It has succeeded, and outputs are what they were."""

    def answers(_command: int, params: Params) -> Any:  # noqa: ANN401
        return (answer[0], params) if type(answer) is tuple else answer

    parties = Parties(SENT, answers)
    parties.meet(way)
    assert (SERVED, SENT) == (parties.got, parties.back)


# --- sizes and kinds ------------------------------------------------------------------------------


def first(**fields: Any) -> Any:  # noqa: ANN401 - a handler
    """A handler that answers its first parameter with something of it changed."""
    return lambda _command, params: (Result.SUCCESS, (replace(params[0], **fields), *params[1:]))


@pytest.mark.parametrize("size", range(5))
def test_a_buffer_may_shrink_to_any_size(way: Way, size: int) -> None:
    """The TA is told the size, and reads so much."""
    parties = Parties((tempref(INOUT, b"ping"),), first(size=size, data=b"PONG"[:size]))
    parties.meet(way)
    assert (SERVED, size, b"PONG"[:size]) == (
        parties.got,
        parties.back[0].size,
        parties.back[0].data,
    )


def test_what_a_handler_does_not_write_stays_as_it_was(way: Way) -> None:
    """It writes the first octets of a buffer, and says nothing of its size."""
    parties = Parties((tempref(INOUT, b"ping"), tempref(OUTPUT, size=3)), first(data=b"PO"))
    parties.meet(way)
    assert (SERVED, b"POng", bytes(3)) == (parties.got, *[p.data for p in parties.back])


def test_a_handler_may_answer_with_a_buffer_of_its_own(way: Way) -> None:
    """It stands for the one that it was given."""
    own = tempref(INOUT, b"PO"), value(INOUT, 7, 8), NONE, NONE
    parties = Parties((tempref(INOUT, b"ping"), value(INOUT)), lambda *_: (Result.SUCCESS, own))
    parties.meet(way)
    assert (SERVED, 2, b"PO", 7) == (
        parties.got,
        parties.back[0].size,
        parties.back[0].data,
        parties.back[1].a,
    )


def moved(_command: int, params: Params) -> tuple[Result, Params]:
    """A handler whose buffer is elsewhere than where it was."""
    return Result.SUCCESS, (replace(params[0], offset=params[0].offset + 1), *params[1:])


UNANSWERABLE: dict[str, Any] = {
    "a buffer that has grown": first(size=5, data=b"PONG!"),
    "a buffer that says it has grown": first(size=5),
    "more octets than it says": first(data=b"PONG!"),
    "a negative size": first(size=-1, data=b""),
    "a buffer elsewhere": moved,
    "a buffer in another memory": first(memory="A.other"),
    "a value in place of a buffer": lambda *_: (Result.SUCCESS, (value(INOUT), NONE, NONE, NONE)),
    "nothing in place of a buffer": lambda *_: (Result.SUCCESS, (NONE,) * 4),
    "too few parameters": lambda _command, params: (Result.SUCCESS, params[:3]),
    "too many parameters": lambda _command, params: (Result.SUCCESS, (*params, NONE)),
}


@pytest.mark.parametrize("what", UNANSWERABLE)
def test_libteec_refuses_what_a_handler_cannot_answer(way: Way, what: str) -> None:
    """BAD_PARAMETERS, origin API, and nothing is written."""
    parties = Parties((tempref(INOUT, b"ping"),), UNANSWERABLE[what])
    made = parties.meet(way)
    assert (BAD_API, parties.sent, CALLED) == (parties.got, parties.back, outcome(made))


@pytest.mark.parametrize("number", [-1, 2**32])
def test_a_handlers_value_has_32_bits(way: Way, number: int) -> None:
    """BAD_PARAMETERS, origin API, for one that comes out; of an input nobody asks."""
    for sent, got in ((value(INOUT, 1), BAD_API), (value(INPUT, 1), SERVED)):
        parties = Parties((sent,), first(b=number))
        parties.meet(way)
        assert (got, (sent,)) == (parties.got, parties.back)


@pytest.mark.parametrize("answer", ["yes", (Result.SUCCESS,), (1, 2, 3)])
def test_what_is_no_result_is_an_error_of_the_handlers(way: Way, answer: Any) -> None:  # noqa: ANN401
    """Its author is told, in the words for it."""
    with pytest.raises(ProgramError, match="neither a result nor a pair with one"):
        Parties((), lambda *_: answer).meet(way)


# --- a CA without a handler, without memory -------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "got"),
    [
        ((value(INPUT, 1),), (Result.NOT_SUPPORTED, Origin.COMMS)),
        ((tempref(INPUT),), (Result.NOT_SUPPORTED, Origin.COMMS)),
        ((tempref(INPUT, b"ping"),), (Result.OUT_OF_MEMORY, Origin.COMMS)),
    ],
)
def test_a_ca_without_a_handler_is_asked_nothing(
    way: Way, sent: Params, got: tuple[Result, Origin]
) -> None:
    """The driver refuses; where memory is needed first the TA is told that there is none."""
    parties = Parties(sent, lambda *_: Result.SUCCESS)
    made = way.run(invoking(None), parties.ta)
    assert (got, sent, None) == (parties.got, parties.back, parties.read)
    assert CALLED == outcome(made)


def test_an_allocation_that_the_ca_refuses(way: Way) -> None:
    """OUT_OF_MEMORY, origin COMMS; libteec has said API, which is for the driver alone."""
    parties = Parties((tempref(INPUT, b"ping"),), lambda *_: Result.SUCCESS)
    before = parties.meet(way).schedule
    asked = [at for at, name in enumerate(before) if name == "A:return_to_user"]
    refused = next(
        made
        for at in asked
        if (made := tries(parties, way, (*before[:at], "A:refused-allocation"))) is not None
    )
    assert (Result.OUT_OF_MEMORY, Origin.COMMS) == parties.got
    assert [("OUT_OF_MEMORY", "API")] == said(refused)
    assert CALLED == outcome(refused)


def tries(parties: Parties, way: Way, schedule: tuple[str, ...]) -> Run | None:
    """The run with that schedule, if there is one."""
    try:
        return parties.meet(way, schedule=schedule, faults=["refused-allocation"])
    except ValueError:
        return None


def said(made: Run) -> list[tuple[Any, Any]]:
    """With which result and origin the CA called, each time."""
    calls = [
        dict(e.words)
        for e in made.events
        if isinstance(e, Message) and (e.source, e.target) == (CA, TEE_DRIVER)
    ]
    return [(words["ret"], words["origin"]) for words in calls if "ret" in words] or [("", "")]


def test_libteec_speaks_for_itself_where_it_makes_and_frees_memory(way: Way) -> None:
    """Origin API for the allocation and the release, CLIENT_APP for the OCALL, all of them good."""
    made = way.run(invoking(lambda *_: Result.SUCCESS), sending_ta)
    assert ["API", "CLIENT_APP", "API"] == [origin for _, origin in said(made)]
    assert {"SUCCESS"} == {ret for ret, _ in said(made)}


def test_what_libteec_makes_of_an_ioctl_that_fails() -> None:
    """OUT_OF_MEMORY for want of memory, else GENERIC; origin COMMS."""
    assert (Result.OUT_OF_MEMORY, Origin.COMMS) == failed(ENOMEM)
    assert (Result.GENERIC, Origin.COMMS) == failed(22)


def test_memory_that_was_never_registered_is_no_parameter(way: Way) -> None:
    """The driver finds none of that name: GENERIC, origin COMMS, and the TA is not called."""
    parties = Parties((), lambda *_: Result.SUCCESS)
    made = way.run(invoking(parties.handler, (memref(INOUT, "A.none", 4),)), parties.ta)
    assert ((Result.GENERIC, Origin.COMMS), None) == (outcome(made), parties.got)
