"""Answers that are right and yet unlike what was asked, and three threads that answer.

Each is what a CA may do without a fault of its own, or what nobody keeps it from: a driver, and
secure world behind it, have to get along with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from ocallkit.abi.results import Origin, Result
from ocallkit.model import calls
from ocallkit.model.client import (
    TEEC_InitializeContext,
    TEEC_InvokeCommand,
    TEEC_OpenSession,
)
from ocallkit.model.params import INOUT, NONE, Params, comes_out, is_memref, memref
from ocallkit.model.posix import hear, tell
from ocallkit.scenarios.adversary import calling
from ocallkit.scenarios.instances import shared
from ocallkit.scenarios.misuse.act import (
    ASKS,
    MINE_SIZE,
    VALUES,
    allocates,
    answer,
    answers,
    attacked_ta,
    closes,
    invokes,
    lent,
    mine,
)
from ocallkit.scenarios.misuse.prelude import begins
from ocallkit.scenarios.scenario import Scenario, Threads
from ocallkit.scenarios.simple import COMMAND, serve
from ocallkit.scenarios.threads import PLAIN, asking_or_plain_ta

if TYPE_CHECKING:
    from ocallkit.engine import Steps
    from ocallkit.model.config import Client
    from ocallkit.model.events import Param

HALF: Final = MINE_SIZE // 2


def shortens(command: int, params: Params) -> tuple[Result, Params]:
    """A handler that has one octet less to give than there is room for."""
    return Result.SUCCESS, tuple(
        replace(p, size=p.size - 1, data=b"ok"[: p.size - 1]) if is_output(p) else p for p in params
    )


def is_output(param: Param) -> bool:
    """Whether a parameter is memory in which a handler can answer."""
    return is_memref(param) and comes_out(param) and param.size > 0


def speaks_for_optee(client: Client) -> Steps:
    """A CA without libteec that says of its own answer that it is OP-TEE's."""
    at = yield from begins(client)
    yield from invokes(at, VALUES)
    first, *_ = answer(at)
    origin, none = Origin.TEE, (NONE,) * 3
    yield from answers(at, calls.OCALL, (first, *none), origin=origin, ret=Result.GENERIC)


def has_less_room(client: Client) -> Steps:
    """A CA without libteec whose last answer has one parameter: a release needs no more.

    Its invocation has passed two, both of them memory.
    """
    at = yield from begins(client)
    passed = (memref(INOUT, mine(at), HALF), memref(INOUT, mine(at), HALF, HALF))
    yield from invokes(at, ASKS, passed)
    memory = yield from allocates(at)
    yield from answers(at, calls.ALLOC, memory=memory)
    yield from answers(at, calls.OCALL, answer(at))
    yield from closes(at, lent(at))
    yield from answers(at, calls.FREE, memory=lent(at), room=1)


# --- three threads ------------------------------------------------------------------------------


def two_of_one(client: Client) -> Steps:
    """Open two sessions with one TA, and serve an OCALL in the first; the exit closes them."""
    context = yield from TEEC_InitializeContext(client, serve)
    first = yield from TEEC_OpenSession(context)
    second = yield from TEEC_OpenSession(context)
    yield from tell(client, "session", second)
    yield from TEEC_InvokeCommand(first, COMMAND)


def invokes_the_second(client: Client) -> Steps:
    """Invoke in the other session a function that asks nothing."""
    session = yield from hear(client, "session")
    yield from TEEC_InvokeCommand(session, PLAIN)


ANSWERS = (
    Scenario(
        "answers-shorter",
        "an OCALL with memory in which the handler answers with fewer octets than it was passed",
        calling(ASKS, shortens),
        attacked_ta,
    ),
    Scenario(
        "speaks-for-optee",
        "an OCALL whose answer says that it is OP-TEE's own result",
        speaks_for_optee,
        attacked_ta,
    ),
    Scenario(
        "answers-with-less-room",
        "an invocation with two memory references, whose last answer has one parameter",
        has_less_room,
        attacked_ta,
    ),
)
"""What a CA may answer."""

THREE = Scenario(
    "three-threads-two-sessions",
    "a thread that serves an OCALL of a TA, and two that invoke in another session of it",
    Threads((two_of_one, invokes_the_second, invokes_the_second)),
    shared("ta", asking_or_plain_ta),
)
"""Who waits meanwhile: it takes long to try."""
