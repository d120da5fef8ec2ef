"""What is wrong with an answer, or with the room that a caller has for what it is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from ocallkit.abi.results import Origin, Result
from ocallkit.model import calls
from ocallkit.model.params import INOUT, NONE, OUTPUT, Params, memref, value
from ocallkit.scenarios.misuse.act import (
    PLAIN,
    VALUES,
    Act,
    answer,
    answers,
    in_use,
    invokes,
    lent,
    mine,
    without_memory,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit.engine import Steps
    from ocallkit.model.config import Client


def answering(
    change: Callable[[Client, Params], Params], what: str = calls.OCALL, **more: object
) -> Callable[[Client], Steps]:
    """A CA that changes something of the answer that would fit."""

    def does(client: Client) -> Steps:
        params = change(client, answer(client))
        return (yield from answers(client, what, params, **more))

    return does


OTHER_ID: Final = 7
SIX: Final = 6
"""Octets: more than the four that were passed, and as many as the memory has."""


def as_is(client: Client, params: Params) -> Params:
    """The parameters that fit."""
    return params


def none(client: Client, params: Params) -> Params:
    """No parameters at all."""
    return ()


def fewer(client: Client, params: Params) -> Params:
    """One parameter less."""
    return params[:-1]


def more(client: Client, params: Params) -> Params:
    """One parameter more."""
    return (*params, NONE)


def swapped(client: Client, params: Params) -> Params:
    """A value where memory was passed, and memory where a value was."""
    first, second, *others = params
    return (second, first, *others)


def without(client: Client, params: Params) -> Params:
    """No memory, where there is none."""
    return without_memory(client)


def of_no_memory(client: Client, params: Params) -> Params:
    """References to no memory."""
    return tuple(replace(p, memory="", offset=0) if p.memory else p for p in params)


def with_mine(client: Client, params: Params) -> Params:
    """Another memory than that of the OCALL."""
    first, _, *others = params
    return (first, memref(INOUT, mine(client), 4), *others)


def with_foreign(client: Client, params: Params) -> Params:
    """Memory of another process."""
    first, _, *others = params
    return (first, memref(INOUT, in_use(client), 4), *others)


def larger(client: Client, params: Params) -> Params:
    """More octets than were passed, though the memory has them."""
    first, _, *others = params
    return (first, memref(INOUT, lent(client), SIX), *others)


def shorter(client: Client, params: Params) -> Params:
    """Fewer octets than were passed."""
    first, _, _, last = params
    memory = lent(client)
    return (first, memref(INOUT, memory, 1), memref(OUTPUT, memory, 0, 4), last)


def huge(client: Client, params: Params) -> Params:
    """Values of more than 32 bits."""
    _, *others = params
    return (value(INOUT, 1 << 40, 7), *others)


def unknown_kind(client: Client, params: Params) -> Params:
    """A parameter of no kind."""
    _, *others = params
    return (value("SIDEWAYS"), *others)


def has_no_room(client: Client) -> Steps:
    """Invoke with room for one parameter beside that of an OCALL."""
    return (yield from invokes(client, VALUES, room=1))


def has_room_for_three(client: Client) -> Steps:
    """Invoke with room for three: enough for an allocation, not for an OCALL."""
    return (yield from invokes(client, VALUES, room=3))


def is_not_prepared(client: Client) -> Steps:
    """Invoke a function that asks, and be prepared for no OCALL."""
    return (yield from invokes(client, VALUES, duplex=False))


def passes_too_many(client: Client) -> Steps:
    """Invoke with five parameters for the TA."""
    return (yield from invokes(client, PLAIN, (value(INOUT),) * 5, room=5))


def passes_no_kind(client: Client) -> Steps:
    """Invoke with a parameter of no kind."""
    return (yield from invokes(client, PLAIN, (value("SIDEWAYS"),)))


def answers_no_function(client: Client) -> Steps:
    """Answer what nobody can ask."""
    return (yield from answers(client, "func 9"))


ANSWERS: Final = (
    Act("answers-nothing", "answers an OCALL that nobody has asked for", answering(without)),
    Act(
        "answers-allocation",
        "answers the OCALL as if it were an allocation",
        answering(none, calls.ALLOC, ret=Result.OUT_OF_MEMORY),
        calls.OCALL,
    ),
    Act(
        "answers-release",
        "answers the OCALL as if it were a release",
        answering(none, calls.FREE),
        calls.OCALL,
    ),
    Act(
        "answers-too-early",
        "answers the allocation as if it were the OCALL",
        answering(of_no_memory),
        calls.ALLOC,
    ),
    Act(
        "answers-no-function",
        "answers with a function that there is not",
        answers_no_function,
        calls.OCALL,
    ),
    Act(
        "answers-other-id",
        "answers with another OCALL id",
        answering(as_is, ocall_id=OTHER_ID),
        calls.OCALL,
        "TEE_IOC_ECALL",
    ),
    Act("answers-fewer", "answers with fewer parameters", answering(fewer), calls.OCALL),
    Act("answers-more", "answers with one parameter more", answering(more), calls.OCALL),
    Act(
        "answers-swapped", "answers with parameters of other kinds", answering(swapped), calls.OCALL
    ),
    Act(
        "answers-no-memory",
        "answers with references to no memory",
        answering(of_no_memory),
        calls.OCALL,
    ),
    Act(
        "answers-mine", "answers with another memory of its own", answering(with_mine), calls.OCALL
    ),
    Act(
        "answers-with-foreign",
        "answers with memory of another process",
        answering(with_foreign),
        calls.OCALL,
    ),
    Act(
        "answers-larger",
        "answers with more octets than were passed",
        answering(larger),
        calls.OCALL,
    ),
    Act("answers-shorter", "answers with fewer octets", answering(shorter), calls.OCALL),
    Act("answers-huge", "answers with a value of more than 32 bits", answering(huge), calls.OCALL),
    Act(
        "answers-no-kind",
        "answers with a parameter of no kind",
        answering(unknown_kind),
        calls.OCALL,
    ),
    Act(
        "answers-as-op-tee",
        "says that OP-TEE itself has failed",
        answering(as_is, ret=Result.GENERIC, origin=Origin.TEE),
        calls.OCALL,
    ),
    Act("has-no-room", "leaves no room for what it is asked", has_no_room),
    Act("has-room-for-three", "leaves room for three parameters", has_room_for_three),
    Act("is-not-prepared", "is not prepared for OCALLs", is_not_prepared),
    Act("passes-too-many", "passes the TA five parameters", passes_too_many),
    Act("passes-no-kind", "passes a parameter of no kind", passes_no_kind),
)
"""What is said."""
