"""What the lessons' runs are made of: a CA that calls once, a TA that waits, turns of clients."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocallkit.errors import UsageError
from ocallkit.model.client import (
    Handler,
    TEEC_CloseSession,
    TEEC_FinalizeContext,
    TEEC_InitializeContext,
    TEEC_InvokeCommand,
    TEEC_OpenSession,
)
from ocallkit.model.ta import TEE_Wait

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit.engine import Steps
    from ocallkit.judging.path import Run
    from ocallkit.model.config import Client
    from ocallkit.model.events import Param
    from ocallkit.model.params import Params


def once(command: int, *params: Param, handler: Handler | None = None) -> Callable[..., Steps]:
    """A CA that opens the device and a session, invokes `command` once, and closes both.

    Its result is the `TeecResult` of the invocation.  With a `handler` it serves OCALLs.
    """

    def ca(client: Client, _rounds: int = 1) -> Steps:
        context = yield from TEEC_InitializeContext(client, handler)
        session = yield from TEEC_OpenSession(context)
        result = yield from TEEC_InvokeCommand(session, command, params)
        yield from TEEC_CloseSession(session)
        yield from TEEC_FinalizeContext(context)
        return result

    return ca


def waits(command: int, params: Params) -> Steps:  # noqa: ARG001 - a TA is called with both
    """A TA that lets time pass once, which is one RPC."""
    yield from TEE_Wait(100)


def turns(order: str, alone: Run) -> tuple[str, ...]:
    """A schedule in which clients take their steps in turn, each those of the Run `alone`.

    >>> from ocallkit import run
    >>> turns("ABBA", run("plain-invoke"))
    ('A:tee_open', 'B:tee_open', 'B:return_to_user', 'A:return_to_user')

    Raises ValueError if a client has more turns than `alone` has steps.
    """
    own = [name.partition(":")[2] for name in alone.schedule]
    taken = dict.fromkeys(order, 0)
    schedule = []
    for client in order:
        if taken[client] == len(own):
            raise UsageError(f"client {client} has more than the {len(own)} steps of {alone.title}")
        schedule.append(f"{client}:{own[taken[client]]}")
        taken[client] += 1
    return tuple(schedule)
