"""The session or the context is closed while the OCALL is pending: by the handler, by a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ocallkit import judge
from ocallkit.abi.results import Origin, Result
from ocallkit.model.client import (
    TEEC_CloseSession,
    TEEC_FinalizeContext,
    TEEC_InitializeContext,
    TEEC_InvokeCommand,
    TEEC_OpenSession,
    TEEC_RegisterSharedMemory,
    TEEC_RequestCancellation,
)
from ocallkit.model.params import INOUT, INPUT, memref, tempref, value
from ocallkit.model.posix import hear, pthread_join, tell
from ocallkit.model.ta import TEE_GetCancellationFlag, TEE_InvokeCACommand, TEE_UnmaskCancellation
from ocallkit.scenarios import Scenario, Threads
from tests.xtest.parties import CALLED, DEAD, OCALL, SERVED, Way, outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit.engine import Steps
    from ocallkit.model.client import TeecSession
    from ocallkit.model.config import Client
    from ocallkit.model.params import Params

FAILED = (Result.GENERIC, Origin.COMMS)
"""What libteec makes of EINVAL, and of EBADF."""

SENT: dict[str, Params] = {
    "a value": (value(INPUT, 1),),
    "memory": (tempref(INOUT, b"ping"),),
}


class Told:
    """A TA that asks with `sent`, twice if the first fails; `got` is what it was told each time."""

    def __init__(self, sent: Params) -> None:
        self.sent = sent
        self.got: dict[int, tuple[Result, Origin]] = {}

    def ta(self, _command: int, _params: Params) -> Steps:
        """The TA's function: it reports the first result as its own."""
        for number in (1, 2):
            ret, origin, back = yield from TEE_InvokeCACommand(OCALL, self.sent)
            self.got[number] = ret, origin
            if ret == Result.SUCCESS:
                break
            assert self.sent == back
        return self.got[1][0]


def close_session(session: TeecSession) -> Steps:
    """Close the session that is invoked."""
    yield from TEEC_CloseSession(session)


def finalize_context(session: TeecSession) -> Steps:
    """Close the context on which it is invoked."""
    yield from TEEC_FinalizeContext(session.context)


CLOSES: dict[str, Callable[[TeecSession], Steps]] = {
    "the session": close_session,
    "the context": finalize_context,
}


@pytest.mark.parametrize("closes", CLOSES.values(), ids=CLOSES)
@pytest.mark.parametrize("sent", SENT.values(), ids=SENT)
@pytest.mark.parametrize("passes", [False, True], ids=["alone", "with memory of the CA's"])
def test_a_handler_closes_what_its_ocall_came_through(
    way: Way, closes: Callable[[TeecSession], Steps], sent: Params, *, passes: bool
) -> None:
    """The TA hears TARGET_DEAD, for whatever it asks then too; the CA's own answer finds nothing.

    Nothing is left: not the memory, which the CA has to give up itself.
    """
    told = Told(sent)

    def ca(client: Client) -> Steps:
        sessions: list[TeecSession] = []

        def handler(_command: int, _params: Params) -> Steps:
            yield from closes(sessions[0])
            return Result.SUCCESS

        context = yield from TEEC_InitializeContext(client, handler)
        session = yield from TEEC_OpenSession(context)
        sessions.append(session)
        params: Params = ()
        if passes:
            memory = yield from TEEC_RegisterSharedMemory(context, "own", b"data")
            params = (memref(INOUT, memory, 4),)
        result = yield from TEEC_InvokeCommand(session, 0, params)
        yield from TEEC_CloseSession(session)
        yield from TEEC_FinalizeContext(context)
        return result

    made = way.run(ca, told.ta)
    second = DEAD if sent is SENT["a value"] else (Result.OUT_OF_MEMORY, Origin.COMMS)
    assert ({1: DEAD, 2: second}, FAILED) == (told.got, outcome(made))


@pytest.mark.parametrize("closes", CLOSES.values(), ids=CLOSES)
def test_what_is_closed_cannot_be_used(way: Way, closes: Callable[[TeecSession], Steps]) -> None:
    """GENERIC, origin COMMS, and no TA hears of it."""
    told = Told(())

    def ca(client: Client) -> Steps:
        context = yield from TEEC_InitializeContext(client, lambda *_: Result.SUCCESS)
        session = yield from TEEC_OpenSession(context)
        yield from closes(session)
        return (yield from TEEC_InvokeCommand(session, 0))

    made = way.run(ca, told.ta)
    assert (FAILED, {}) == (outcome(made), told.got)


# --- the race of the early example's tests ------------------------------------------------------


def racing(closes: Callable[[TeecSession], Steps], *, waits: bool) -> Threads:
    """One thread invokes; another closes something, where it `waits` not before the OCALL.

    Then the handler waits for it, as long as that takes.
    """

    def main(client: Client) -> Steps:
        def handler(_command: int, _params: Params) -> Steps:
            if waits:
                yield from tell(client, "asked")
                yield from hear(client, "closed")
            return Result.SUCCESS

        context = yield from TEEC_InitializeContext(client, handler)
        session = yield from TEEC_OpenSession(context)
        yield from tell(client, "session", session)
        result = yield from TEEC_InvokeCommand(session, 0)
        yield from pthread_join(client, 2)
        return result

    def second(client: Client) -> Steps:
        session = yield from hear(client, "session")
        if waits:
            yield from hear(client, "asked")
        yield from closes(session)
        yield from tell(client, "closed")

    return Threads((main, second))


@pytest.mark.parametrize("closes", CLOSES.values(), ids=CLOSES)
@pytest.mark.parametrize("sent", SENT.values(), ids=SENT)
def test_another_thread_closes_while_the_handler_works(
    way: Way, closes: Callable[[TeecSession], Steps], sent: Params
) -> None:
    """The close does not wait for the handler, and the TA does not either."""
    told = Told(sent)
    made = way.run(racing(closes, waits=True), told.ta)
    assert (DEAD, FAILED) == (told.got[1], outcome(made))


@pytest.mark.long
@pytest.mark.parametrize("closes", CLOSES.values(), ids=CLOSES)
@pytest.mark.parametrize("sent", SENT.values(), ids=SENT)
def test_another_thread_closes_at_any_moment(
    way: Way, closes: Callable[[TeecSession], Steps], sent: Params
) -> None:
    """Before the invocation, in it, after it: nothing is left, and nobody waits for ever."""
    scenario = Scenario("race", "two threads", racing(closes, waits=False), Told(sent).ta)
    verdict = judge(scenario, way.design, faults=(), switches={"wire": way.wire})
    assert (True, ()) == (verdict.holds, verdict.broken)


# --- calls from inside a handler -----------------------------------------------------------------


def asks_if_told(command: int, _params: Params) -> Steps:
    """A TA whose function 0 makes an OCALL, and whose others do not."""
    if command == 0:
        ret, origin, _ = yield from TEE_InvokeCACommand(OCALL, (tempref(INOUT, b"ping"),))
        return ret if (ret, origin) == SERVED else Result.BAD_STATE
    return Result(0xFFFF0000 + command)


def calling(whose: str, command: int = 2) -> Callable[[Client], Steps]:
    """A CA whose handler invokes a function in a session, its `own` one or an `other`.

    Gives what that came to, and what the invocation came to.
    """

    def ca(client: Client) -> Steps:
        sessions: dict[str, Any] = {}

        def handler(number: int, _params: Params) -> Steps:
            if number == OCALL and "inner" not in sessions:
                sessions["inner"] = ""
                inner = yield from TEEC_InvokeCommand(sessions[whose], command)
                sessions["inner"] = inner.ret, inner.origin
            return Result.SUCCESS

        context = yield from TEEC_InitializeContext(client, handler)
        for name in ("own", "other"):
            sessions[name] = yield from TEEC_OpenSession(context)
        result = yield from TEEC_InvokeCommand(sessions["own"], 0)
        for name in ("own", "other"):
            yield from TEEC_CloseSession(sessions[name])
        yield from TEEC_FinalizeContext(context)
        return sessions["inner"], (result.ret, result.origin)

    return ca


def test_a_handler_calls_another_session(way: Way) -> None:
    """Each call gets its own answer, whether or not the inner one makes an OCALL too."""
    made = way.run(calling("other"), asks_if_told)
    assert ((Result.CANCEL, Origin.TRUSTED_APP), CALLED) == made.results["A"]
    nested = way.run(calling("other", 0), asks_if_told)
    assert (CALLED, CALLED) == nested.results["A"]


def test_a_handler_cannot_call_the_session_whose_ocall_it_serves(way: Way) -> None:
    """GENERIC, origin COMMS; the OCALL stays pending, and is answered all the same."""
    made = way.run(calling("own"), asks_if_told)
    assert (FAILED, CALLED) == made.results["A"]


def test_a_call_from_a_handler_needs_a_secure_thread(way: Way) -> None:
    """With a single one, which the OCALL keeps, it waits for ever."""
    made = way.run(calling("other"), asks_if_told, whole=False, threads=1)
    assert "ETHREAD_LIMIT" in made.ending


@pytest.mark.parametrize("unmasked", [False, True])
def test_a_cancellation_does_not_disturb_a_pending_ocall(way: Way, *, unmasked: bool) -> None:
    """It sets a flag, which the TA finds once its OCALL is answered, if it wants to know."""
    seen = {}

    def ta(_command: int, _params: Params) -> Steps:
        if unmasked:
            yield from TEE_UnmaskCancellation()
        ret, origin, _ = yield from TEE_InvokeCACommand(OCALL, (value(INPUT, 1),))
        seen["TA"] = ret, origin, (yield from TEE_GetCancellationFlag())
        return Result.SUCCESS

    def ca(client: Client) -> Steps:
        sessions: list[TeecSession] = []

        def handler(_command: int, _params: Params) -> Steps:
            yield from TEEC_RequestCancellation(sessions[0])
            return Result.SUCCESS

        context = yield from TEEC_InitializeContext(client, handler)
        sessions.append((yield from TEEC_OpenSession(context)))
        result = yield from TEEC_InvokeCommand(sessions[0], 0)
        yield from TEEC_CloseSession(sessions[0])
        yield from TEEC_FinalizeContext(context)
        return result

    made = way.run(ca, ta)
    assert ((*SERVED, unmasked), CALLED) == (seen["TA"], outcome(made))
