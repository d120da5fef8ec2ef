"""A process that is killed does nothing more, whatever its program would like to do."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from ocallkit import judge, run
from ocallkit.designs import EcallBare
from ocallkit.model.client import (
    TEEC_CloseSession,
    TEEC_FinalizeContext,
    TEEC_InitializeContext,
    TEEC_InvokeCommand,
    TEEC_OpenSession,
)
from ocallkit.scenarios import Scenario, asking_ta, serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ocallkit.engine import Step, Steps
    from ocallkit.model.config import Client


class Leaks(EcallBare):
    """Nobody cancels what a dead CA leaves pending."""

    name = "leaks"

    def release(self, _client: Client) -> Iterable[Step]:
        """Nothing."""
        return ()

    def close_session(self, _client: Client) -> Iterable[Step]:
        """Nothing."""
        return ()


def plain(client: Client) -> Steps:
    """Open, invoke, close."""
    context = yield from TEEC_InitializeContext(client, serve)
    session = yield from TEEC_OpenSession(context)
    yield from TEEC_InvokeCommand(session, 0)
    yield from TEEC_CloseSession(session)
    yield from TEEC_FinalizeContext(context)


def tidy(client: Client) -> Steps:
    """The same, with the closing where Python tidies up."""
    context = yield from TEEC_InitializeContext(client, serve)
    session = yield from TEEC_OpenSession(context)
    try:
        yield from TEEC_InvokeCommand(session, 0)
    finally:
        yield from TEEC_CloseSession(session)
    yield from TEEC_FinalizeContext(context)


def stubborn(client: Client) -> Steps:
    """The same, by a program that does not give in to anything."""
    context = yield from TEEC_InitializeContext(client, serve)
    session = yield from TEEC_OpenSession(context)
    with suppress(BaseException):
        yield from TEEC_InvokeCommand(session, 0)
    yield from TEEC_CloseSession(session)
    yield from TEEC_FinalizeContext(context)


@pytest.mark.parametrize("ca", [tidy, stubborn])
def test_a_killed_process_tidies_nothing_up(ca: Callable[..., Steps]) -> None:
    """What a design leaks is leaked by whatever program: the same breaks after as many steps."""
    expected, found = (
        {
            one.property: one.steps
            for one in judge(Scenario("x", "x", c, asking_ta), Leaks).violations
        }
        for c in (plain, ca)
    )
    assert expected == found
    assert "no-session-leak" in found


@pytest.mark.parametrize("ca", [plain, tidy, stubborn])
def test_after_a_kill_comes_the_exit(ca: Callable[..., Steps]) -> None:
    """Its first step is to close a file."""
    call = ["A:params_from_user", "A:get_msg_arg", "A:smc_call_with_arg"]
    schedule = ["A:tee_open", "A:return_to_user", *call, "A:complete_call", "A:return_to_user"]
    schedule += [*call, "A:process_ocall_request", "A:kill"]
    made = run(Scenario("x", "x", ca, asking_ta), "ecall", faults=["kill"], schedule=schedule)
    assert "A:close(context)" == made.schedule[len(schedule)]
