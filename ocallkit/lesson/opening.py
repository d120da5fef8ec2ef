"""What the lesson on OCALLs while a session opens is made of: its CA, its TA, what that hears."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ocallkit.abi.results import Origin, Result
from ocallkit.model.client import (
    TEEC_CloseSession,
    TEEC_FinalizeContext,
    TEEC_InitializeContext,
    TEEC_OpenSession,
)
from ocallkit.model.config import TrustedApp
from ocallkit.model.events import OCALL_PTA, TA, Message
from ocallkit.model.params import INPUT, value
from ocallkit.model.ta import TEE_InvokeCACommand
from ocallkit.model.teec import TeecError, TeecResult
from ocallkit.scenarios import Scenario, plain_ta, serve
from ocallkit.scenarios.opening import SENDS_TO_OPEN

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit.engine import Steps
    from ocallkit.judging.path import Run
    from ocallkit.model.client import Handler
    from ocallkit.model.config import Client
    from ocallkit.model.params import Params

HELLO: Final = 99
"""The CA's function that the TA calls back before it opens a session."""


def opens(handler: Handler | None = serve) -> Callable[[Client], Steps]:
    """A CA that opens a session and closes it; its result is the `TeecResult` of the opening."""

    def ca(client: Client) -> Steps:
        context = yield from TEEC_InitializeContext(client, handler)
        try:
            session = yield from TEEC_OpenSession(context)
        except TeecError as error:
            result = error.result
        else:
            result = TeecResult(Result.SUCCESS, Origin.TRUSTED_APP)
            yield from TEEC_CloseSession(session)
        yield from TEEC_FinalizeContext(context)
        return result

    return ca


def asks_first(params: Params) -> Steps:  # noqa: ARG001 - called with those of the opening
    """A TA's open entry point that asks the CA with a value, and opens only if that went well."""
    ret, _, _ = yield from TEE_InvokeCACommand(HELLO, (value(INPUT, 1, 2),))
    return ret


ASKS_FIRST: Final = Scenario(
    "asks-first",
    "a TA that asks with a value before it opens a session",
    opens(),
    TrustedApp("ta", plain_ta, open=asks_first),
)
SENDS_FIRST: Final = Scenario(
    "sends-first",
    "a TA that asks with a buffer before it opens a session, and may open it after an error",
    opens(),
    SENDS_TO_OPEN,
)


def heard(run: Run) -> tuple[str, str]:
    """The result and the origin with which the TA's OCALL came back, or two blanks."""
    for event in run.events:
        if isinstance(event, Message) and (event.source, event.target) == (OCALL_PTA, TA):
            words = dict(event.words)
            return str(words["ret"]), str(words["origin"])
    return "", ""
