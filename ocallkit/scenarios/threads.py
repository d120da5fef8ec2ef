"""A CA of two threads, and one of two processes: what several of them do at the same time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocallkit.abi.results import Result
from ocallkit.model.client import (
    TEEC_CloseSession,
    TEEC_FinalizeContext,
    TEEC_InitializeContext,
    TEEC_InvokeCommand,
    TEEC_OpenSession,
)
from ocallkit.model.posix import hear, pthread_join, tell
from ocallkit.scenarios.scenario import Scenario, Threads
from ocallkit.scenarios.simple import COMMAND, asking_ta, serve

if TYPE_CHECKING:
    from ocallkit.engine import Steps
    from ocallkit.model.config import Client
    from ocallkit.model.params import Params

PLAIN = 1
"""A function of the TA that asks nothing of its CA."""


def asking_or_plain_ta(command: int, params: Params) -> Steps:
    """A TA with one function that asks its CA, and one that does not."""
    if command == COMMAND:
        return (yield from asking_ta(command, params))
    return Result.SUCCESS


def one_session(client: Client) -> Steps:
    """Share a session with the other thread, and invoke the function that asks."""
    context = yield from TEEC_InitializeContext(client, serve)
    session = yield from TEEC_OpenSession(context)
    yield from tell(client, "session", session)
    yield from TEEC_InvokeCommand(session, COMMAND)
    yield from pthread_join(client, 2)
    yield from TEEC_CloseSession(session)
    yield from TEEC_FinalizeContext(context)


def invokes_as_well(client: Client) -> Steps:
    """Invoke the function that does not ask, in the same session."""
    session = yield from hear(client, "session")
    yield from TEEC_InvokeCommand(session, PLAIN)


def two_sessions(client: Client) -> Steps:
    """Open two sessions, leave one to the other thread, and invoke in the first."""
    context = yield from TEEC_InitializeContext(client, serve)
    session = yield from TEEC_OpenSession(context)
    other = yield from TEEC_OpenSession(context)
    yield from tell(client, "session", other)
    yield from TEEC_InvokeCommand(session, COMMAND)
    yield from pthread_join(client, 2)
    yield from TEEC_CloseSession(other)
    yield from TEEC_CloseSession(session)
    yield from TEEC_FinalizeContext(context)


def invokes_beside(client: Client) -> Steps:
    """Invoke the function that asks, in a session of its own."""
    session = yield from hear(client, "session")
    yield from TEEC_InvokeCommand(session, COMMAND)


THREADS = (
    Scenario(
        "two-threads-one-session",
        "two threads that invoke in one session, of which one is asked to serve an OCALL",
        Threads((one_session, invokes_as_well)),
        asking_or_plain_ta,
    ),
    Scenario(
        "two-threads-two-sessions",
        "two threads that invoke, each in a session of its own and each asked to serve an OCALL",
        Threads((two_sessions, invokes_beside)),
        asking_ta,
    ),
)
"""What the threads of one CA share, and what becomes of it."""
