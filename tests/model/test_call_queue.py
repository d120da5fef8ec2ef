"""The driver's call queue as a list: who is woken, who swallows it, and who then sleeps in vain."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import pytest

from ocallkit import judge, replay, run
from ocallkit.designs import DESIGNS, HeldRefsPreRelease
from ocallkit.engine.exploration import Reductions
from ocallkit.judging.assembly import build
from ocallkit.model.call_queue import (
    QUEUE,
    CallQueue,
    Waiter,
    keep,
    leave_list,
    list_move_tail,
    optee_cq_wait_final,
    optee_cq_wait_init,
    wait_for_completion,
    waiters_of,
)
from ocallkit.model.config import Client
from ocallkit.model.waiting import never_answers, who_waits
from ocallkit.properties import AT_END, EVERY, NAMES, ON_REQUEST, of_the_queue
from ocallkit.scenarios import SCENARIOS
from ocallkit.scenarios.call_queue import QUEUED
from ocallkit.view.standing import sections
from tests.plainly import Asked, explored

if TYPE_CHECKING:
    from ocallkit.model.world import World

pytestmark = pytest.mark.long

LIST = {"call-queue": "list"}
LOST, NEEDLESS = "no-lost-wake-up", "no-needless-wait"
LEAKING = ("ecall-bare", "held-refs")
"""The designs in which an OCALL that passed memory is never completed once its CA is dead."""

A = Client("A", None)


def world(*waiters: Waiter) -> World:
    """A world with that list."""
    made = build("plain-invoke").start.world
    if waiters:
        keep(made, waiters)
    return made


def marks(made: World) -> str:
    """The list in short, a star behind each that has been woken."""
    return " ".join(one.id + "*" * one.completed for one in waiters_of(made))


def woken(name: str) -> Waiter:
    """A waiter that has been woken."""
    return Waiter(name, completed=True)


# --- the list --------------------------------------------------------------------------------


def test_a_call_begins_at_the_end_of_the_list() -> None:
    """Whoever came before is woken before."""
    made = world()
    for name in "ABC":
        optee_cq_wait_init(made, A, name)
    assert "A B C" == marks(made)


def test_the_end_of_a_call_wakes_the_first_that_was_not_woken() -> None:
    """One for the one secure thread that is free now."""
    made = world(woken("A"), Waiter("B"), Waiter("C"), Waiter("D"))
    optee_cq_wait_final(made, A, "C")
    assert "A* B* D" == marks(made)


def test_who_was_woken_and_did_not_sleep_hands_that_on() -> None:
    """Two secure threads are free: its own, and that for which it was woken."""
    made = world(woken("A"), Waiter("B"), Waiter("C"), Waiter("D"))
    optee_cq_wait_final(made, A, "A")
    assert "B* C* D" == marks(made)


def test_who_is_woken_goes_to_the_end_and_can_be_woken_again() -> None:
    """The wake-up is used up by the sleep that it ends."""
    made = world(woken("A"), Waiter("B"))
    wait_for_completion(made, A, "A", "INVOKE")
    assert "A B" == marks(made)
    list_move_tail(made, A, "A")
    assert "B A" == marks(made)


def test_a_second_wake_up_on_the_way_to_the_end_is_lost() -> None:
    """The kernel begins the completion anew there: what came in between is gone."""
    made = world(woken("A"), Waiter("B"), Waiter("C"))
    wait_for_completion(made, A, "A", "INVOKE")
    optee_cq_wait_final(made, A, "C")
    assert "A* B" == marks(made)
    list_move_tail(made, A, "A")
    assert "B A" == marks(made)


def test_of_an_empty_list_nothing_is_left() -> None:
    """A world in which nobody calls is as it was."""
    made = world()
    before = made.key()
    optee_cq_wait_init(made, A, "A")
    optee_cq_wait_final(made, A, "A")
    assert before == made.key()


# --- what it changes -------------------------------------------------------------------------


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("design", DESIGNS)
def test_one_client_comes_to_the_same_with_the_list(scenario: str, design: str) -> None:
    """Alone it meets nobody but its own calls."""
    usual = judge(scenario, design)
    listed = judge(scenario, design, switches=LIST)
    assert usual.broken == listed.broken


@pytest.mark.parametrize("threads", [1, 2])
def test_without_ocalls_no_wake_up_is_lost(threads: int) -> None:
    """Each call ends, and hands on what it did not need: so the list was made."""
    verdict = judge("plain-invoke", "ecall", threads=threads, clients=2, switches=LIST)
    assert ("holds", (LOST,)) == (verdict.outcome, verdict.asked[len(NAMES) :])


def test_a_cancelled_call_takes_its_waiter_with_it() -> None:
    """Nothing is on the list when all is over."""
    died = replay("flow-2/ecall/t2/c1/call-queue=list/A:kill@OCALL")
    assert "" == died.ending
    assert any(waiters_of(step.world) for step in died.steps)
    assert died.world.find(CallQueue.table, QUEUE) is None


def test_the_usual_queue_adds_no_step() -> None:
    """Who does not ask for the list sees nothing of it."""
    steps = {step.function for step in run("flow-2").steps}
    listed = {step.function for step in run("flow-2", switches=LIST).steps}
    new = {"optee_cq_wait_init", "thread_alloc_and_run", "thread_run", "optee_cq_wait_final"}
    assert {"smc_call_with_arg"} == steps - listed
    assert new == listed - steps


def test_a_call_stays_on_the_list_while_its_ocall_is_pending() -> None:
    """From its beginning to its end, whoever else comes and goes."""
    made = run("flow-2", switches=LIST)
    asked = [step for step in made.steps if step.function == "process_ocall_request"]
    assert 3 == len(asked)
    assert all(Waiter("A") in waiters_of(step.world) for step in asked)


# --- swallowed wake-ups ------------------------------------------------------------------------


@pytest.mark.parametrize("design", DESIGNS)
def test_a_pending_call_swallows_a_wake_up(design: str) -> None:
    """A caller sleeps until A answers though a thread is free; for ever where a dead A leaks."""
    calm = judge("swallowed-wake-up", design, faults=())
    waits = judge("swallowed-wake-up", design, faults=("never-answers",))
    killed = judge("swallowed-wake-up", design, faults=("kill",))
    assert "holds" == calm.outcome
    if design in LEAKING:
        assert ("no-deadlock", LOST) == waits.broken
        assert {"no-deadlock", LOST} <= set(killed.broken)
    else:
        assert (NEEDLESS,) == waits.broken
        assert not {"no-deadlock", LOST} & set(killed.broken)


@pytest.mark.parametrize("threads", [1, 3])
def test_it_takes_as_many_threads_as_two_of_three_clients_have(threads: int) -> None:
    """With one thread none is free meanwhile, with three nobody sleeps."""
    for design in ("ecall-bare", "ecall"):
        verdict = judge("swallowed-wake-up", design, threads=threads, faults=("never-answers",))
        assert verdict.finished
        assert not {LOST, NEEDLESS} & set(verdict.broken)


@pytest.mark.parametrize("design", DESIGNS)
def test_two_clients_are_enough_where_the_one_with_the_ocall_calls_again(design: str) -> None:
    """Its handler sleeps behind its own invocation: nobody died, and nothing ends it."""
    verdict = judge("handler-in-the-queue", design, faults=())
    assert LOST in verdict.broken
    assert "no-deadlock" in verdict.broken


@pytest.mark.parametrize("design", DESIGNS)
def test_an_exit_sleeps_behind_its_own_pending_call(design: str) -> None:
    """A memory that is passed to nobody goes first: no design comes to cancel the OCALL."""
    assert LOST in judge("exit-in-the-queue", design, faults=("kill",)).broken
    assert "holds" == judge("exit-in-the-queue", design, faults=()).outcome


@pytest.mark.parametrize("scenario", ["swallowed-wake-up", "exit-in-the-queue"])
def test_with_the_usual_queue_nothing_of_it_is_seen(scenario: str) -> None:
    """And the verdict does not say that it holds."""
    verdict = judge(scenario, "ecall", faults=("kill",), switches={"call-queue": "any"})
    assert "holds" == verdict.outcome
    assert (LOST, NEEDLESS, *ON_REQUEST) == verdict.not_asked
    assert NAMES == verdict.asked


SLEEPS = (
    "handler-in-the-queue/ecall/t2/c2/A:runs@open-session,B:runs@open-session,"
    "A:leaves-queue@open-session,B:leaves-queue@open-session,A:queues@invoke,"
    "B:call@close-session,A:call@close-session"
)


def test_a_line_replays_it_and_says_who_waits_for_whom() -> None:
    """Down to the CA that cannot answer, since it sleeps itself."""
    slept = replay(SLEEPS)
    assert (
        "A's CLOSE_SESSION sleeps in the call queue: nobody has woken it"
        " (waits for the end of another call)"
    ) == slept.ending
    (first, second) = who_waits(slept.system, slept.state)
    assert ("CA A", "secure thread 1 (A)") == (first.who, first.whom)
    assert "its call has the wake-up, and hands it on when it is over" == first.why
    assert ("secure thread 1 (A)", "CA A") == (second.who, second.whom)
    assert () == never_answers((first, second))
    assert 1 == slept.world.free_threads


def test_every_line_leads_to_where_its_property_breaks() -> None:
    """The shortest ways through a queue can be told in one line."""
    at_end = AT_END | of_the_queue(LIST, ("never-answers",))
    lines = {
        (name, line)
        for scenario in QUEUED
        for name, line in judge(scenario, "ecall", faults=("never-answers",)).tokens.items()
    }
    assert {LOST, NEEDLESS} <= {name for name, _ in lines}
    assert not any(at_end[name](replay(line).state) for name, line in lines)


def test_a_sleeper_waits_for_every_thread_while_none_is_free() -> None:
    """One thread, and A's OCALL has it: as without the list."""
    verdict = judge("swallowed-wake-up", "ecall-bare", threads=1, faults=("never-answers",))
    stuck = verdict.violation("no-deadlock").run
    waits = {(w.who, w.whom, w.why) for w in who_waits(stuck.system, stuck.state)}
    every = "every secure thread is taken (ETHREAD_LIMIT)"
    assert ("CA B", "secure thread 0 (A)", every) in waits


# --- which verdict says what -------------------------------------------------------------------


def test_a_needless_wait_is_asked_where_a_client_may_never_answer() -> None:
    """And only of a list; else the verdict says that it was not."""
    kill = judge("exit-in-the-queue", "ecall", faults=("kill",))
    never = judge("exit-in-the-queue", "ecall", faults=("never-answers",))
    assert ((NEEDLESS, *ON_REQUEST), (*ON_REQUEST,)) == (kill.not_asked, never.not_asked)
    assert f"the properties {NEEDLESS}" in kill.unexplored
    assert "the properties" not in never.unexplored
    assert [NEEDLESS, *ON_REQUEST] == kill.as_json()["not_asked"]


def test_the_usual_verdict_has_the_usual_properties() -> None:
    """It says nothing of the queue, neither that it holds nor that it was not asked."""
    verdict = judge("flow-1", "ecall", faults=("never-answers",))
    assert NAMES == verdict.asked
    assert "the properties" not in verdict.unexplored
    assert set(EVERY) == {*NAMES, LOST, NEEDLESS, *ON_REQUEST}


# --- the explorer ------------------------------------------------------------------------------


@pytest.mark.parametrize("scenario", ["handler-in-the-queue", "exit-in-the-queue"])
def test_what_the_explorer_leaves_out_changes_nothing(scenario: str) -> None:
    """The plainest way to try everything comes to the same."""
    faults = ("never-answers",)
    verdict = judge(scenario, "ecall", faults=faults)
    system = build(scenario, "ecall", faults=faults)
    asked = Asked(at_end=AT_END | of_the_queue(LIST, faults))
    plain = explored(system, most=100_000, asked=asked)
    assert set(plain.broken) == set(verdict.broken)
    for name in verdict.broken:
        assert plain.broken[name] == verdict.violation(name).steps


def test_any_reduction_may_be_off() -> None:
    """Two clients that call the same way, and their names in the list."""
    found = {
        judge(
            "flow-1",
            "ecall",
            clients=2,
            faults=("kill",),
            switches=LIST,
            reductions=Reductions(local=local, symmetry=symmetry),
        ).broken
        for local in (True, False)
        for symmetry in (True, False)
    }
    assert {()} == found


# --- a cure ------------------------------------------------------------------------------------


class LeavesTheQueue(HeldRefsPreRelease):
    """A call whose OCALL is pending is not on the list, and hands on what it was given."""

    name: ClassVar[str] = "leaves-the-queue"

    def request_leaves(self, world: World, client: Client) -> None:
        """The waiter of the call goes."""
        leave_list(world, next(call.id for call in world.calls.of(client.name) if call.pending))


@pytest.mark.parametrize("scenario", [one.name for one in QUEUED])
def test_a_driver_whose_pending_calls_leave_the_list_loses_no_wake_up(scenario: str) -> None:
    """Whoever sleeps then is woken by who ends."""
    for faults in (("kill",), ("never-answers",)):
        verdict = judge(scenario, LeavesTheQueue, faults=faults)
        assert verdict.finished
        assert not {LOST, NEEDLESS} & set(verdict.broken)


class Spares(HeldRefsPreRelease):
    """A secure thread is kept for others than these calls."""

    name: ClassVar[str] = "spares"

    def spared(self, client: Client, cmd: str) -> int:
        """One."""
        del client, cmd
        return 1


def test_who_may_not_take_the_free_thread_does_not_sleep_in_vain() -> None:
    """Of two one is kept free, and A's OCALL has the other; with three there is one to miss."""
    found = {
        threads: judge("swallowed-wake-up", Spares, threads=threads, faults=("never-answers",))
        for threads in (2, 3)
    }
    assert {2: (), 3: (NEEDLESS,)} == {threads: one.broken for threads, one in found.items()}
    assert ("CA A",) == tuple({name for one in found.values() for name in one.waits})


def test_a_moment_shows_the_list() -> None:
    """Who is on it, in which place, and who has been woken."""
    slept = replay(SLEEPS)
    shown = sections(slept.system, slept.state, {})
    words = [(e.name, e.words) for s in shown for e in s.entries if e.name.startswith("waiter")]
    assert [
        ("waiter A", "number 1 of the call queue; woken"),
        ("waiter A:CLOSE_SESSION", "number 2 of the call queue"),
    ] == words


def test_a_broken_queue_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody is woken at all, even plain calls sleep for ever."""
    monkeypatch.setattr("ocallkit.model.call_queue.optee_cq_complete_one", lambda waiters: waiters)
    verdict = judge("plain-invoke", "ecall", threads=1, clients=2, faults=(), switches=LIST)
    assert {"no-deadlock", LOST} <= set(verdict.broken)


def test_the_handle_keeps_the_queue_over_its_death() -> None:
    """The exit of a killed CA calls the same driver."""
    died = replay("plain-invoke/ecall/t2/c1/call-queue=list/A:go@return,A:kill@return")
    after = [step.function for step in died.steps]
    assert "thread_run" in after[after.index("next_file") :]
