"""System sessions: secure threads that a design keeps for who has to serve the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ocallkit import judge, run
from ocallkit.abi.results import Result
from ocallkit.designs import DESIGNS, EcallBare
from ocallkit.judging.assembly import find_design
from ocallkit.model.calls import EINVAL, Arg
from ocallkit.model.client import (
    TEEC_CloseSession,
    TEEC_FinalizeContext,
    TEEC_InitializeContext,
    TEEC_InvokeCommand,
    TEEC_OpenSession,
    system_session,
)
from ocallkit.model.kernel_client import (
    tee_client_close_context,
    tee_client_close_session,
    tee_client_invoke_func,
    tee_client_open_context,
    tee_client_open_session,
    tee_client_system_session,
)
from ocallkit.model.ta import TEE_InvokeCACommand
from ocallkit.properties.reached import INVOCATION
from ocallkit.scenarios import KernelClient, Scenario, plain_ta

if TYPE_CHECKING:
    from ocallkit.engine import Steps
    from ocallkit.model.config import Client
    from ocallkit.model.params import Params
    from ocallkit.model.teec import TeecSession

ASKS, HELPS = 0, 1
"""The functions of the TA: one asks its CA, the other is what the CA needs in order to answer."""


def helping_ta(command: int, _params: Params) -> Steps:
    """A TA that asks its CA in one function and not in the other."""
    if command == HELPS:
        return Result.SUCCESS
    ret, _, _ = yield from TEE_InvokeCACommand(100)
    return ret


def helped(*, system: bool) -> Scenario:
    """A CA whose handler invokes another session, which may be a system session."""

    def ca(client: Client) -> Steps:
        helper: list[TeecSession] = []

        def handler(_command: int, _params: Params) -> Steps:
            result = yield from TEEC_InvokeCommand(helper[0], HELPS)
            return result.ret

        context = yield from TEEC_InitializeContext(client, handler)
        session = yield from TEEC_OpenSession(context)
        helper.append((yield from TEEC_OpenSession(context)))
        if system:
            yield from system_session(helper[0])
        result = yield from TEEC_InvokeCommand(session, ASKS)
        yield from TEEC_CloseSession(session)
        yield from TEEC_CloseSession(helper[0])
        yield from TEEC_FinalizeContext(context)
        return result.ret

    return Scenario("helped", "whoever serves needs OP-TEE itself", ca, helping_ta)


def sparing(design: str) -> type[EcallBare]:
    """A design that leaves the last secure thread for system sessions, as a later cure does."""
    base = type(find_design(design))

    class Sparing(base):  # type: ignore[valid-type, misc]
        name = f"{design}-sparing"
        parent = base
        changes = ("spared",)

        def spared(self, client: Client, _cmd: str) -> int:
            """One, for whoever is no system session."""
            return 0 if client.system else 1

    return Sparing


def test_with_as_many_threads_as_clients_who_serves_cannot_enter() -> None:
    """Every thread waits for a handler, and each handler for a thread; one more is enough."""
    for clients in (1, 2):
        full = judge(helped(system=True), clients=clients, threads=clients, faults=())
        assert "no-deadlock" in full.broken
        assert judge(helped(system=True), clients=clients, threads=clients + 1, faults=()).holds


@pytest.mark.parametrize("design", DESIGNS)
def test_a_thread_that_is_kept_for_system_sessions_is_enough(design: str) -> None:
    """Two clients on two threads: the second OCALL waits until the first is served."""
    cured = judge(helped(system=True), sparing(design), clients=2, threads=2, faults=())
    assert (True, 29) == (cured.holds, cured.exploration.states)


def test_a_thread_that_is_kept_helps_no_session_that_is_none() -> None:
    """One that nobody has made a system session waits like any other."""
    verdict = judge(helped(system=False), sparing("ecall"), clients=2, threads=2, faults=())
    assert "no-deadlock" in verdict.broken


def of_kernel(*, system: bool) -> Scenario:
    """A client in the kernel that invokes and closes, in a session that may be a system session."""

    def program(client: Client) -> Steps:
        context = yield from tee_client_open_context(client)
        opened = yield from tee_client_open_session(context)
        made = 0
        if system:
            made = yield from tee_client_system_session(context, opened.session)
        yield from tee_client_invoke_func(context, Arg(0, session=opened.session))
        yield from tee_client_close_session(context, opened.session)
        late = yield from tee_client_system_session(context, opened.session)
        yield from tee_client_close_context(context)
        return made, late

    return Scenario("kernel-system", "x", KernelClient(program), plain_ta, INVOCATION)


class LeavesAll(EcallBare):
    """No call gets a thread but those of system sessions and the opening of one."""

    name = "leaves-all"

    def spared(self, client: Client, cmd: str) -> int:
        """All but one thread of two, and for others than system sessions both."""
        return 0 if client.system or cmd == "OPEN_SESSION" else 2


def test_invoking_and_closing_a_system_session_are_its_calls() -> None:
    """Its opening is not: it is made one when it is open."""
    assert judge(of_kernel(system=True), LeavesAll).holds
    assert "no-deadlock" in judge(of_kernel(system=False), LeavesAll).broken


def test_only_a_session_that_is_open_can_be_made_one() -> None:
    """EINVAL for one that is closed."""
    assert (0, EINVAL) == run(of_kernel(system=True)).results["A"]


def test_a_session_that_is_opened_after_it_is_an_ordinary_one() -> None:
    """Its id may be the same: what was said of the one before is forgotten."""

    def ca(client: Client) -> Steps:
        context = yield from TEEC_InitializeContext(client)
        for _ in range(2):
            session = yield from TEEC_OpenSession(context)
            yield from system_session(session)
            yield from TEEC_CloseSession(session)
        yield from TEEC_OpenSession(context)

    made = run(Scenario("again", "x", ca, plain_ta))
    opened = next(s for s in reversed(made.steps) if s.world.sessions["A"].open)
    assert not opened.world.sessions["A"].system
