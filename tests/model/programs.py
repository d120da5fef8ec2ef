"""CAs, TAs and handlers as a reader writes them, and what there is to see of a run of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ocallkit import run
from ocallkit.abi.results import Origin, Result
from ocallkit.model.client import (
    TEEC_CloseSession,
    TEEC_FinalizeContext,
    TEEC_InitializeContext,
    TEEC_InvokeCommand,
    TEEC_OpenSession,
)
from ocallkit.model.events import OCALL_PTA, TA, Message
from ocallkit.model.params import OUTPUT, Params, value
from ocallkit.model.ta import TEE_InvokeCACommand
from ocallkit.scenarios import Scenario, serve

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit.engine import Steps
    from ocallkit.judging.path import Run
    from ocallkit.model.client import Handler
    from ocallkit.model.config import Client

Outcome = tuple[Result, Origin]
REPORT = value(OUTPUT)
"""The first parameter of an invocation whose TA reports what it saw."""


def invoking(
    params: Params = (), handler: Handler | None = serve, command: int = 0
) -> Callable[..., Steps]:
    """A CA that invokes once, closes all, and returns what came of it."""

    def ca(client: Client, _rounds: int = 1) -> Steps:
        context = yield from TEEC_InitializeContext(client, handler)
        session = yield from TEEC_OpenSession(context)
        result = yield from TEEC_InvokeCommand(session, command, params)
        yield from TEEC_CloseSession(session)
        yield from TEEC_FinalizeContext(context)
        return result

    return ca


def reporting(params: Params, command: int = 100) -> Callable[..., Steps]:
    """A TA that makes one OCALL and puts its result and origin into the call's first parameter."""

    def ta(_command: int, passed: Params) -> Steps:
        ret, origin, _ = yield from TEE_InvokeCACommand(command, params)
        return Result.SUCCESS, (value(OUTPUT, int(ret), int(origin)), *passed[1:])

    return ta


def run_of(ca: Callable[..., Steps], ta: Callable[..., Any], **options: Any) -> Run:  # noqa: ANN401
    """A run of a scenario that consists of these two."""
    return run(Scenario("mine", "a test's own", ca, ta), **options)


def outcome(run: Run) -> Outcome:
    """Result and origin with which A's invocation returned."""
    result = run.results["A"]
    return result.ret, result.origin


def seen_by_ta(params: Params, handler: Handler | None = serve, **options: Any) -> Outcome:  # noqa: ANN401
    """What a TA sees that makes an OCALL with `params`, which `handler` serves."""
    made = run_of(invoking((REPORT,), handler), reporting(params), **options)
    (report,) = made.results["A"].params
    return Result(report.a), Origin(report.b)


def returned_to_ta(run: Run) -> list[dict[str, int | str]]:
    """What each OCALL of a run returned to its TA, from the messages."""
    return [
        dict(event.words)
        for event in run.events
        if isinstance(event, Message) and (event.source, event.target) == (OCALL_PTA, TA)
    ]


def up_to(run: Run, step: str, *, nth: int = 1) -> tuple[str, ...]:
    """The schedule of `run` before its `nth` step of that name."""
    places = [place for place, name in enumerate(run.schedule) if name == step]
    return run.schedule[: places[nth - 1]]
