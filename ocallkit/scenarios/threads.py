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
    TEEC_RegisterSharedMemory,
    TEEC_ReleaseSharedMemory,
    TEEC_RequestCancellation,
)
from ocallkit.model.params import INOUT, memref
from ocallkit.model.posix import born, fork, hear, pthread_join, tell
from ocallkit.model.ta import TEE_GetCancellationFlag, TEE_UnmaskCancellation
from ocallkit.scenarios.scenario import Scenario, Threads
from ocallkit.scenarios.simple import COMMAND, asking_ta, sending_ta, serve

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
    """Share a session with the other thread, and invoke the function that asks; close everything.

    What the other thread has closed by then is closed once more, which fails and changes nothing.
    """
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


# --- closing what the other thread uses ---------------------------------------------------------


def closes_session(client: Client) -> Steps:
    """Close the session at any moment from when it is open."""
    session = yield from hear(client, "session")
    yield from TEEC_CloseSession(session)


def closes_context(client: Client) -> Steps:
    """Close the context at any moment from when the session is open."""
    session = yield from hear(client, "session")
    yield from TEEC_FinalizeContext(session.context)


def shares_ocall_memory(client: Client) -> Steps:
    """Share the memory of each OCALL while it is being served."""

    def handler(_command: int, params: Params) -> Steps:
        yield from tell(client, "memory", (context, params[0].memory))
        return Result.SUCCESS

    context = yield from TEEC_InitializeContext(client, handler)
    session = yield from TEEC_OpenSession(context)
    yield from TEEC_InvokeCommand(session, COMMAND)
    yield from tell(client, "memory", (context, ""))
    yield from pthread_join(client, 2)
    yield from TEEC_CloseSession(session)
    yield from TEEC_FinalizeContext(context)


def shares_passed_memory(client: Client) -> Steps:
    """Share the memory that the invocation is passed."""
    context = yield from TEEC_InitializeContext(client, serve)
    session = yield from TEEC_OpenSession(context)
    memory = yield from TEEC_RegisterSharedMemory(context, "memref", b"data")
    yield from tell(client, "memory", (context, memory))
    yield from TEEC_InvokeCommand(session, COMMAND, (memref(INOUT, memory, 4),))
    yield from pthread_join(client, 2)
    yield from TEEC_ReleaseSharedMemory(context, memory)
    yield from TEEC_CloseSession(session)
    yield from TEEC_FinalizeContext(context)


def closes_memory(client: Client) -> Steps:
    """Close the file of a memory at any moment from when it is known."""
    context, memory = yield from hear(client, "memory")
    if memory:
        yield from TEEC_ReleaseSharedMemory(context, memory)


# --- cancelling ----------------------------------------------------------------------------------


def cancellable_ta(command: int, params: Params) -> Steps:
    """A TA that asks its CA once, and then whether it is to give up."""
    yield from TEE_UnmaskCancellation()
    ret = yield from asking_ta(command, params)
    return Result.CANCEL if (yield from TEE_GetCancellationFlag()) else ret


def cancels(client: Client) -> Steps:
    """Ask for cancellation at any moment from when the session is open."""
    session = yield from hear(client, "session")
    yield from TEEC_RequestCancellation(session)


# --- a child -------------------------------------------------------------------------------------


def forks(client: Client) -> Steps:
    """Leave a child what is open, invoke, and close it."""
    context = yield from TEEC_InitializeContext(client, serve)
    session = yield from TEEC_OpenSession(context)
    yield from fork(client, session)
    yield from TEEC_InvokeCommand(session, COMMAND)
    yield from TEEC_CloseSession(session)
    yield from TEEC_FinalizeContext(context)


def inherits(client: Client) -> Steps:
    """Have a context open, do nothing with it, and close it."""
    session = yield from born(client)
    if session is not None:
        yield from TEEC_FinalizeContext(session.context)


def inherits_and_invokes(client: Client) -> Steps:
    """Invoke the function that does not ask, in the session that is inherited."""
    session = yield from born(client)
    if session is not None:
        yield from TEEC_InvokeCommand(session, PLAIN)
        yield from TEEC_FinalizeContext(session.context)


CLOSES = "from-another-thread"
"""How the names end of scenarios in which one thread closes what the other uses."""

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
    Scenario(
        f"closes-session-{CLOSES}",
        "an OCALL that one thread serves, and a thread that closes its session",
        Threads((one_session, closes_session)),
        asking_ta,
    ),
    Scenario(
        f"closes-context-{CLOSES}",
        "an OCALL that one thread serves, and a thread that closes its context",
        Threads((one_session, closes_context)),
        asking_ta,
    ),
    Scenario(
        f"closes-ocall-memory-{CLOSES}",
        "an OCALL that passes memory, and a thread that closes that memory",
        Threads((shares_ocall_memory, closes_memory)),
        sending_ta,
    ),
    Scenario(
        f"closes-passed-memory-{CLOSES}",
        "an invocation with registered memory, in it an OCALL, and a thread that closes the memory",
        Threads((shares_passed_memory, closes_memory)),
        asking_ta,
    ),
    Scenario(
        "cancel-while-pending",
        "an OCALL that one thread serves, and a thread that asks to cancel the invocation",
        Threads((one_session, cancels)),
        cancellable_ta,
    ),
    Scenario(
        "inherited-context",
        "an OCALL that a CA serves whose child has its context open as well",
        (forks, inherits),
        asking_ta,
    ),
    Scenario(
        "inherited-session",
        "an OCALL that a CA serves whose child invokes in the same session",
        (forks, inherits_and_invokes),
        asking_or_plain_ta,
    ),
)
"""What the threads of one CA share, and what becomes of it."""
