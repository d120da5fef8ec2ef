"""Situations of the driver's call queue: a wake-up goes to a call that waits for its CA."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ocallkit.abi.results import Result
from ocallkit.model.client import (
    TEEC_CloseSession,
    TEEC_FinalizeContext,
    TEEC_InitializeContext,
    TEEC_InvokeCommand,
    TEEC_OpenSession,
    TEEC_RegisterSharedMemory,
)
from ocallkit.model.config import TrustedApp
from ocallkit.model.ta import TEE_InvokeCACommand
from ocallkit.scenarios.scenario import Scenario
from ocallkit.scenarios.simple import COMMAND, OCALL_COMMAND, asking_ta, plain_ta, sending_ta, serve

if TYPE_CHECKING:
    from ocallkit.engine import Steps
    from ocallkit.model.config import Client
    from ocallkit.model.params import Params

ASKING = TrustedApp("asking", asking_ta)
"""A TA that asks its CA."""
SENDING = TrustedApp("sending", sending_ta)
"""One that sends its CA a buffer: memory that holds the context of a dead CA."""
PLAIN = TrustedApp("plain", plain_ta)
"""One that asks for nothing."""


def consulting_ta(_command: int, _params: Params) -> Steps:
    """A TA that asks two different things of its CA."""
    yield from TEE_InvokeCACommand(OCALL_COMMAND)
    ret, _, _ = yield from TEE_InvokeCACommand(OCALL_COMMAND + 1)
    return ret


CONSULTING = TrustedApp("consulting", consulting_ta)


def refuses(_params: Params) -> Steps:
    """No session is opened."""
    yield from ()
    return Result.BAD_STATE


REFUSING = TrustedApp("refusing", plain_ta, open=refuses)
"""One with which nobody gets a session: asking is a single call, with nothing to close."""

LIST = (("call-queue", "list"),)


def knocker(client: Client) -> Steps:
    """A CA that makes no OCALL and a single call: the session that it asks for is refused."""
    context = yield from TEEC_InitializeContext(client)
    yield from TEEC_OpenSession(context, REFUSING.name)


def visitor(client: Client) -> Steps:
    """A CA that makes no OCALL: it opens a session and closes it, a call each."""
    context = yield from TEEC_InitializeContext(client)
    session = yield from TEEC_OpenSession(context, PLAIN.name)
    yield from TEEC_CloseSession(session)
    yield from TEEC_FinalizeContext(context)


def asker(client: Client) -> Steps:
    """A CA that is sent a buffer by its TA; its exit closes all."""
    context = yield from TEEC_InitializeContext(client, serve)
    session = yield from TEEC_OpenSession(context, SENDING.name)
    yield from TEEC_InvokeCommand(session, COMMAND)


def asker_with_memory(client: Client) -> Steps:
    """A CA that is asked, and has memory registered that it passes to nobody."""
    context = yield from TEEC_InitializeContext(client, serve)
    yield from TEEC_RegisterSharedMemory(context, "spare", b"data")
    session = yield from TEEC_OpenSession(context, SENDING.name)
    yield from TEEC_InvokeCommand(session, COMMAND)


def asker_with_two_sessions(client: Client) -> Steps:
    """A CA whose handler closes another session of its own: a call of its own."""
    other: list[Any] = []

    def closes_the_other(_command: int, _params: Params) -> Steps:
        yield from TEEC_CloseSession(other[0])
        return Result.SUCCESS

    context = yield from TEEC_InitializeContext(client, closes_the_other)
    session = yield from TEEC_OpenSession(context, ASKING.name)
    other.append((yield from TEEC_OpenSession(context, PLAIN.name)))
    yield from TEEC_InvokeCommand(session, COMMAND)


def asked_twice(client: Client) -> Steps:
    """A CA that registers memory when it is asked first: a call while its invocation waits."""

    def registers_once(command: int, _params: Params) -> Steps:
        if command == OCALL_COMMAND:
            yield from TEEC_RegisterSharedMemory(context, "own", b"data")
        return Result.SUCCESS

    context = yield from TEEC_InitializeContext(client, registers_once)
    session = yield from TEEC_OpenSession(context, CONSULTING.name)
    yield from TEEC_InvokeCommand(session, COMMAND)


QUEUED = (
    Scenario(
        "swallowed-wake-up",
        "an OCALL, and two other CAs that meet in the call queue",
        (asker, knocker, knocker),
        (SENDING, REFUSING),
        switches=LIST,
    ),
    Scenario(
        "close-in-the-queue",
        "two OCALLs of which the first has memory registered, and a CA that closes its session",
        (asked_twice, visitor),
        (CONSULTING, PLAIN),
        switches=LIST,
    ),
    Scenario(
        "exit-in-the-queue",
        "an OCALL of a CA with registered memory that is passed to nobody, and another CA",
        (asker_with_memory, visitor),
        (SENDING, PLAIN),
        switches=LIST,
    ),
    Scenario(
        "handler-in-the-queue",
        "an OCALL whose handler closes another session, and another CA",
        (asker_with_two_sessions, visitor),
        (ASKING, PLAIN),
        switches=LIST,
    ),
)
