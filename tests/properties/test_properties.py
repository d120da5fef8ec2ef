"""Each property can fail, and fails for its own reason only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ocallkit import judge
from ocallkit.abi.results import Result
from ocallkit.designs import DESIGNS, Ecall, HeldRefsPreRelease
from ocallkit.engine import program
from ocallkit.engine.exploration import NO_REDUCTIONS, Reductions
from ocallkit.judging.assembly import build
from ocallkit.judging.path import follow
from ocallkit.judging.tokens import replay
from ocallkit.model import optee, tee
from ocallkit.model.calls import Held
from ocallkit.model.client import (
    TEEC_InitializeContext,
    TEEC_InvokeCommand,
    TEEC_OpenSession,
)
from ocallkit.model.mobj import mobj_new, mobj_put
from ocallkit.model.params import INPUT, Params, value
from ocallkit.model.ta import TEE_InvokeCACommand
from ocallkit.model.user_mode import sleep_for_ever
from ocallkit.properties import ALWAYS, AT_END, CAN_FINISH, NAMES, no_deadlock
from ocallkit.scenarios import (
    OCALL_COMMAND,
    SCENARIOS,
    Scenario,
    asking_ta,
    serve,
    with_memory,
)
from tests.judging.test_breaches import OWN

if TYPE_CHECKING:
    from ocallkit.designs import EcallBare
    from ocallkit.engine import State, Steps
    from ocallkit.judging.verdict import Verdict
    from ocallkit.model.config import Client
    from ocallkit.model.world import World

NAMED = {
    "no-deadlock": ("flow-1-memref", "ecall", 1),
    "no-suspended-thread": ("flow-2", "ecall-bare", 2),
    "no-context-leak": ("flow-2", "ecall-bare", 2),
    "no-session-leak": ("flow-2", "ecall-bare", 2),
    "no-shm-leak": ("flow-2", "ecall-bare", 2),
    "no-mobj-leak": ("flow-2", "ecall-bare", 2),
    "no-use-after-free": ("flow-2", "two-lists", 2),
    "completed-once": ("flow-2", "ecall-bare", 2),
    "no-blocking-release": ("flow-1-memref", "ecall", 2),
}
"""For each property a named design that breaks it; none drops a reference that nobody holds."""


@pytest.mark.parametrize(("name", "cell"), NAMED.items(), ids=str)
def test_a_design_of_the_thread_breaks_it(name: str, cell: tuple[str, str, int]) -> None:
    """The counterexample ends in a state that breaks it, and its last step is what broke it."""
    scenario, design, threads = cell
    violation = judge(scenario, design, threads=threads).violation(name)
    assert_breaks(name, violation.run.state)
    assert violation.steps == len(violation.run.steps)


def assert_breaks(name: str, state: State[World]) -> None:
    """Fail unless one of the two checks of that name is false in `state`."""
    assert not all(checks[name](state) for checks in (ALWAYS, AT_END) if name in checks)


# --- designs of this file, each with one mistake ------------------------------------------------


class DropsTwice(HeldRefsPreRelease):
    """The answer to a request drops the file's reference on the OCALL's memory."""

    name = "drops-twice"

    def reply_arrives(self, client: Client) -> Steps:
        """As if it were the request's own."""
        yield from put_if_there(client)


def put_if_there(client: Client) -> Steps:
    """Drop a reference that is somebody else's, once there is an OCALL's memory."""
    if (yield has_ocall_memory, client.name):
        held = Held(f"{client.name}.ocall", "nobody", "a mistake")
        yield from tee.tee_shm_put(client, held)


def has_ocall_memory(world: World, name: str) -> bool:
    """Whether the client has allocated memory for an OCALL that is not freed."""
    memory = world.memories.get(f"{name}.ocall")
    return memory is not None and not memory.freed


class ResumesTwice(Ecall):
    """Closing the context's file resumes the thread of a pending request, then cancels it."""

    name = "resumes-twice"

    def pre_release(self, client: Client) -> Steps:
        """Once as if it were answered, and once to cancel it."""
        thread = yield pending_thread, client
        yield from optee.cancel_ocall(client)
        if thread is not None:
            yield from optee.refuse(client, thread, optee.DEAD)


def pending_thread(world: World, client: Client) -> str | None:
    """The secure thread whose request is pending."""
    call = world.calls.get(client.name)
    return call.thread if call is not None and call.pending else None


class KeepsContext(Ecall):
    """A request takes a reference on the context that nothing drops."""

    name = "keeps-context"

    def request_leaves(self, world: World, client: Client) -> None:
        """Get without put."""
        tee.teedev_ctx_get(world, client, "nobody", "a mistake")


class KeepsMemory(Ecall):
    """A request references the memory of the invocation, and its answer does not drop it."""

    name = "keeps-memory"

    def request_leaves(self, world: World, client: Client) -> None:
        """Get without put."""
        tee.tee_shm_get(world, client, Held(f"{client.name}.memref", "nobody", "a mistake"))


MISTAKES: tuple[tuple[str, type[EcallBare], tuple[str, ...]], ...] = (
    ("flow-2", DropsTwice, ("no-use-after-free", "counts-never-negative")),
    ("flow-1", ResumesTwice, ("completed-once",)),
    ("flow-1", KeepsContext, ("no-context-leak",)),
    ("flow-1-memref", KeepsMemory, ("no-context-leak", "no-shm-leak", "no-mobj-leak")),
)


@pytest.mark.parametrize(("scenario", "design", "expected"), MISTAKES, ids=str)
def test_a_mistake_is_found_where_nothing_else_goes_wrong(
    scenario: str, design: type[EcallBare], expected: tuple[str, ...]
) -> None:
    """Without any fault the design breaks exactly these; its parent breaks nothing."""
    faults = ("kill",) if design is ResumesTwice else ()
    parent = design.__mro__[1]
    assert () == broken(judge(scenario, parent, faults=faults))
    assert expected == broken(judge(scenario, design, faults=faults))


def broken(verdict: Verdict) -> tuple[str, ...]:
    """What breaks, of an exploration that was finished."""
    assert verdict.finished
    return verdict.broken


# --- programs without end, and long ones --------------------------------------------------------


def asks_again(_command: int, _params: Params) -> Steps:
    """A TA that asks until it is answered, whatever it is told meanwhile."""
    while True:
        ret, _, _ = yield from TEE_InvokeCACommand(OCALL_COMMAND, (value(INPUT, 1, 2),))
        if ret == Result.SUCCESS:
            return ret


ASKS_AGAIN = Scenario(
    "asks-again", "a TA that takes no for no answer", with_memory((), serve), asks_again
)


@pytest.mark.long
@pytest.mark.parametrize(("clients", "threads"), [(1, 1), (1, 2), (2, 2)])
def test_a_ta_can_hold_the_exit_of_a_process_for_ever(clients: int, threads: int) -> None:
    """After every TARGET_DEAD it asks again: cancelling goes round and round, and nothing waits."""
    verdict = judge(ASKS_AGAIN, "held-refs-pre-release", clients=clients, threads=threads)
    assert (True, ("can-finish",)) == (verdict.finished, verdict.broken)
    run = verdict.violation("can-finish").run
    assert "A:kill" in run.schedule
    assert {"A"} == {step.client for step in run.steps}


@pytest.mark.long
def test_a_ta_with_many_ocalls_comes_to_its_end() -> None:
    """Eighty of them are no round."""

    def many(_command: int, _params: Params) -> Steps:
        for _ in range(80):
            yield from TEE_InvokeCACommand(OCALL_COMMAND, (value(INPUT, 1, 2),))
        return Result.SUCCESS

    scenario = Scenario("many", "a TA that asks eighty times", with_memory((), serve), many)
    verdict = judge(scenario, "held-refs-pre-release")
    assert (True, ()) == (verdict.holds, verdict.broken)


def test_a_ca_without_end_is_tried_and_said_to_have_none() -> None:
    """It goes round for ever unless it is killed; so nothing stops it from ending."""

    def endless(client: Client) -> Steps:
        context = yield from TEEC_InitializeContext(client, serve)
        session = yield from TEEC_OpenSession(context)
        while True:
            yield from TEEC_InvokeCommand(session, 0)

    scenario = Scenario("endless", "a CA that never closes", endless, asking_ta)
    assert judge(scenario, "held-refs-pre-release").holds
    assert ("can-finish",) == judge(scenario, "held-refs-pre-release", faults=()).broken


def test_a_design_that_cancels_for_ever_is_named_by_its_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A number that grows makes each round another one: that is given up, and no verdict."""
    monkeypatch.setattr(program, "LONGEST", 300)

    class Counts(HeldRefsPreRelease):
        name = "counts"

        def pre_release(self, client: Client) -> Steps:
            number = 0
            while True:
                number += 1
                yield pending_thread, client

    verdict = judge("flow-1", Counts)
    assert (None, False) == (verdict.holds, verdict.finished)
    assert "exit of CA A: exit_files, line" in verdict.exploration.stopped_by
    assert "of pre_release in test_properties.py" in verdict.exploration.stopped_by


def test_each_property_is_broken_by_something_above() -> None:
    """Or in `test_breaches`, which has those that no caller may bring about."""
    by_mistakes = {name for _, _, expected in MISTAKES for name in expected}
    of_callers = {*OWN, "nothing-left"}
    assert set(NAMES) == {*NAMED, *by_mistakes, *judge(ASKS_AGAIN).broken, *of_callers}
    assert set(NAMES) == {*ALWAYS, *AT_END, CAN_FINISH}


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_invariant_holds_at_the_start(scenario: str, design: str) -> None:
    """What must always hold does before anything has happened, for one client and for three."""
    for clients in (1, 3):
        start = build(scenario, design, clients=clients).start
        assert [] == [name for name, check in ALWAYS.items() if not check(start)]


def test_a_process_that_waits_for_ever_is_a_deadlock_and_one_that_can_move_is_none() -> None:
    """At the start everybody can move; the exit that waits for its own dead CA cannot."""
    stuck = replay("flow-1-memref/ecall/t1/c1/A:kill@OCALL,A:close:memref")
    assert no_deadlock(build("flow-1").start)
    assert not no_deadlock(stuck.state)
    assert not no_deadlock(follow(stuck.system, "", "", stuck.schedule).state)


@pytest.mark.long
@pytest.mark.parametrize(("design", "frees"), [("ecall-bare", False), ("ecall", True)])
@pytest.mark.parametrize("faults", [("never-answers",), ("never-answers", "kill")])
def test_a_wait_for_a_living_client_is_a_deadlock_unless_a_kill_ends_it(
    design: str, faults: tuple[str, ...], *, frees: bool
) -> None:
    """The one thread is A's, whose handler sleeps: B waits for it.  The kill is tried.

    Where nothing cancels A's OCALL when A dies, B waits for ever all the same.
    """
    verdict = judge("flow-2", design, threads=1, clients=2, faults=faults)
    assert frees == ("no-deadlock" not in verdict.broken)
    assert ("CA A", "CA B") == verdict.waits


def test_a_handler_of_ones_own_that_sleeps_is_waited_for_too() -> None:
    """Without any fault that is switched on by name."""

    def ca(client: Client) -> Steps:
        def sleeps(_command: int, _params: Params) -> Steps:
            yield sleep_for_ever, client

        context = yield from TEEC_InitializeContext(client, sleeps)
        session = yield from TEEC_OpenSession(context)
        yield from TEEC_InvokeCommand(session, 0)

    verdict = judge(Scenario("sleeps", "a handler that sleeps", ca, asking_ta), "ecall", clients=2)
    assert (True, ("CA A", "CA A and CA B", "CA B")) == (verdict.holds, verdict.waits)


@pytest.mark.parametrize("reductions", [NO_REDUCTIONS, Reductions(), Reductions(symmetry=False)])
def test_whom_everybody_waits_for_is_the_same_whatever_is_left_out(reductions: Reductions) -> None:
    """Both, one of them, or the other: by their names."""
    verdict = judge(
        "flow-1", "ecall", threads=2, clients=2, faults=("never-answers",), reductions=reductions
    )
    assert ("CA A", "CA A and CA B", "CA B") == verdict.waits


def test_a_memory_object_that_is_gone_is_not_put_again() -> None:
    """A put on a freed MOBJ is seen: secure world touches what it has given back."""
    world = build("flow-1").start.world.copy()
    mobj_new(world, "A", "A.m", "registration", "REGISTER_SHM")
    mobj_put(world, "A", "A.m", "registration", "UNREGISTER_SHM")
    assert not world.mobjs["A.m"].misused
    mobj_put(world, "A", "A.m", "registration", "UNREGISTER_SHM")
    assert (True, True) == (world.mobjs["A.m"].misused, world.mobjs["A.m"].freed)
