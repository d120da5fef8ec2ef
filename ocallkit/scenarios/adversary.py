"""Callers that do anything at all, in any order, beside some that do as they should."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from ocallkit.abi.results import Result
from ocallkit.engine import Become, Choose, Option
from ocallkit.model.client import (
    Handler,
    TEEC_CloseSession,
    TEEC_FinalizeContext,
    TEEC_InitializeContext,
    TEEC_InvokeCommand,
    TEEC_OpenSession,
    TEEC_RegisterSharedMemory,
)
from ocallkit.model.params import comes_out, is_memref
from ocallkit.model.posix import hear, tell
from ocallkit.scenarios.misuse import EVERYTHING
from ocallkit.scenarios.misuse.act import ASKS, MINE, MINE_SIZE, VALUES, attacked_ta
from ocallkit.scenarios.misuse.prelude import RULES, TO, begins
from ocallkit.scenarios.scenario import Scenario, Threads

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit.engine import Steps
    from ocallkit.model.config import Client
    from ocallkit.model.events import Param
    from ocallkit.model.params import Params
    from ocallkit.model.world import World

STOPS: Final = "stops"
"""The choice of a caller that does nothing more."""


# --- who misbehaves ----------------------------------------------------------------------------

LISTS: Final[dict[str, tuple[str, ...]]] = {
    "everything": (*EVERYTHING,),
    "of a thread": (
        *("invokes-plain", "serves", "closes-lent", "closes-session", "closes-context", "cancels"),
        *("answers-release", "answers-fewer", "answers-foreign"),
    ),
    "of a process": (
        *(act.name for act in RULES),
        *("closes-session", "closes-context", "cancels", "answers-foreign", "invokes-foreign"),
        *("lends-small", "lends-mine", "lends-foreign", "closes-lent", "passes-foreign"),
        *("answers-release", "answers-larger", "answers-with-foreign", "closes-foreign"),
    ),
}
"""Which acts there are, by a name that is shorter than they are."""


def adversary(depth: int, acts: str = "everything") -> Callable[[Client], Steps]:
    """A CA that begins as any does, lets a request of its own come up or none, and then misbehaves.

    It does any of `acts` as often as `depth` says.
    """

    def ca(client: Client) -> Steps:
        yield from begins(client)
        waits = yield chooses, client, (*TO,)
        for does in TO[waits]:
            yield from does(client)
        return Become(misuses, acts, depth)

    return ca


def misuses(client: Client, acts: str, depth: int) -> Steps:
    """Do any of these acts, as often as `depth` says, then leave everything to the exit."""
    if not depth:
        return None
    name = yield chooses, client, (STOPS, *LISTS[acts])
    if name == STOPS:
        return None
    yield from EVERYTHING[name].does(client)
    return Become(misuses, acts, depth - 1)


def chooses(world: World, client: Client, ways: tuple[str, ...]) -> Choose:
    """A caller that may go any of these ways."""
    return Choose(*[Option(way or "asks nothing", way) for way in ways])


# --- who does not ------------------------------------------------------------------------------


def honest(command: int, params: Params) -> tuple[Result, Params]:
    """A handler that changes whatever it may, so that one can tell whose answer arrives."""
    return Result.SUCCESS, tuple(_changed(p) if comes_out(p) else p for p in params)


def _changed(p: Param) -> Param:
    if is_memref(p):
        return replace(p, data=b"pong"[: p.size])
    return replace(p, a=p.a + 10, b=p.b + 10)


def calling(command: int, handler: Handler = honest) -> Callable[[Client], Steps]:
    """A CA that invokes a function of the TA's once, serves its OCALLs, and closes everything."""

    def ca(client: Client) -> Steps:
        context = yield from TEEC_InitializeContext(client, handler)
        session = yield from TEEC_OpenSession(context)
        yield from TEEC_InvokeCommand(session, command)
        yield from TEEC_CloseSession(session)
        yield from TEEC_FinalizeContext(context)

    return ca


victim = calling(ASKS)
"""A CA that invokes the function that asks, and serves the OCALL."""


def shares(client: Client) -> Steps:
    """The same where another thread can use all of it, as soon as it is there."""
    context = yield from TEEC_InitializeContext(client, honest)
    session = yield from TEEC_OpenSession(context)
    yield from TEEC_RegisterSharedMemory(context, MINE, b"mine", MINE_SIZE)
    yield from tell(client, "open")
    yield from TEEC_InvokeCommand(session, ASKS)
    yield from TEEC_CloseSession(session)
    yield from TEEC_FinalizeContext(context)


def beside(depth: int, acts: str) -> Callable[[Client], Steps]:
    """A thread that misuses what another has opened, at any moment from then on."""

    def thread(client: Client) -> Steps:
        yield from hear(client, "open")
        return Become(misuses, acts, depth)

    return thread


ADVERSARIES: Final = (
    Scenario(
        "two-value-ocalls",
        "two OCALLs in one invocation that pass values only",
        calling(VALUES),
        attacked_ta,
    ),
    Scenario(
        "adversary",
        "a CA that goes up to three ioctls by the rules, and then does any act of misuse, beside a"
        " CA that serves an OCALL",
        (adversary(1), victim),
        attacked_ta,
    ),
    Scenario(
        "adversary-alone",
        "a CA that goes up to three ioctls by the rules, and then does any two acts of misuse",
        adversary(2),
        attacked_ta,
    ),
    Scenario(
        "adversary-thread",
        "a CA that serves an OCALL, and a thread of it that closes, answers or cancels meanwhile",
        Threads((shares, beside(1, "of a thread"))),
        attacked_ta,
    ),
    Scenario(
        "two-adversaries",
        "two processes of which each goes up to three ioctls by the rules and then does any act of"
        " misuse with a request or a memory",
        (adversary(1, "of a process"), adversary(1, "of a process")),
        attacked_ta,
    ),
)
"""From two OCALLs that can be taken for each other to callers that do anything at all."""
