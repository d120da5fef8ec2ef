"""A CA of two threads, and one with a child: what breaks under which design, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest

from ocallkit import judge, replay, run
from ocallkit.abi.results import Result
from ocallkit.designs import DESIGNS
from ocallkit.model.events import Message
from ocallkit.model.waiting import never_answers, who_waits
from ocallkit.scenarios.threads import THREADS

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit.judging.path import Run

pytestmark = pytest.mark.long

ONE_SESSION = "two-threads-one-session"
TWO_SESSIONS = "two-threads-two-sessions"
SESSION = "closes-session-from-another-thread"
CONTEXT = "closes-context-from-another-thread"
OCALL_MEMORY = "closes-ocall-memory-from-another-thread"
PASSED_MEMORY = "closes-passed-memory-from-another-thread"
CANCEL = "cancel-while-pending"
CHILD = "inherited-context"
CHILD_INVOKES = "inherited-session"

STUCK = (
    "no-deadlock",
    "no-suspended-thread",
    "no-context-leak",
    "no-session-leak",
    "completed-once",
    "nothing-left",
)
"""Nobody answers the OCALL, and nobody can."""
LEFT = (*STUCK[1:4], "no-shm-leak", "no-mobj-leak", *STUCK[4:])
"""The OCALL stays pending with its memory, and nobody waits for it."""
STUCK_WITH_MEMORY = ("no-deadlock", *LEFT)
WAITS_IN_RELEASE = (*STUCK_WITH_MEMORY[:-1], "no-blocking-release", "nothing-left")

WAIT_FOR_THE_COUNT = {"ecall-bare", "held-refs"}
DO_NOT_KEEP = {"ecall-bare", "ecall", "meta", "ocall-fd"}
HAVE_A_FILE = {"ocall-fd", "held-refs-ocall-fd"}


class Cell(NamedTuple):
    """What breaks hangs on the design, on whether there is one secure thread, and on kills."""

    design: str
    few: bool
    kills: bool


BREAKS: tuple[tuple[set[str], Callable[[Cell], bool], tuple[str, ...]], ...] = (
    ({ONE_SESSION, SESSION}, lambda c: c.kills, STUCK),
    ({TWO_SESSIONS, CANCEL}, lambda c: c.kills and c.few, STUCK),
    ({CHILD_INVOKES}, lambda c: c.kills and c.design not in HAVE_A_FILE, STUCK),
    ({OCALL_MEMORY}, lambda c: c.design == "two-lists", ("no-use-after-free",)),
    ({OCALL_MEMORY}, lambda c: c.kills and c.design in WAIT_FOR_THE_COUNT, LEFT),
    ({PASSED_MEMORY}, lambda c: c.design in DO_NOT_KEEP and c.few, STUCK_WITH_MEMORY),
    ({PASSED_MEMORY}, lambda c: c.design in DO_NOT_KEEP, WAITS_IN_RELEASE),
    ({PASSED_MEMORY}, lambda c: c.kills and c.design == "held-refs", LEFT),
)
"""In which scenarios, where, and what; the first that fits."""


def expected(scenario: str, cell: Cell) -> tuple[str, ...]:
    """What breaks there."""
    return next((broken for names, fits, broken in BREAKS if scenario in names and fits(cell)), ())


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("scenario", [one.name for one in THREADS])
def test_what_breaks_where_a_ca_may_die(scenario: str, design: str, threads: int) -> None:
    """Each scenario under each design, with one secure thread and with one for each thread."""
    verdict = judge(scenario, design, threads=threads)
    assert (expected(scenario, Cell(design, threads == 1, kills=True)), True) == (
        verdict.broken,
        verdict.finished,
    )


@pytest.mark.parametrize("design", ["ecall", "held-refs-pre-release", "ocall-fd", "two-lists"])
@pytest.mark.parametrize("scenario", [one.name for one in THREADS])
def test_what_breaks_though_nobody_dies(scenario: str, design: str) -> None:
    """Without any fault only memory that is closed while it is in use breaks anything."""
    for threads in (1, 2):
        broken = judge(scenario, design, threads=threads, faults=()).broken
        assert expected(scenario, Cell(design, threads == 1, kills=False)) == broken


@pytest.mark.parametrize("scenario", [one.name for one in THREADS])
def test_a_third_secure_thread_changes_nothing(scenario: str) -> None:
    """Two threads of a client take two at most."""
    verdicts = [judge(scenario, "held-refs-pre-release", threads=threads) for threads in (2, 3)]
    assert verdicts[0].broken == verdicts[1].broken
    assert verdicts[0].exploration.states == verdicts[1].exploration.states


@pytest.mark.parametrize(
    ("scenario", "states"),
    [
        (ONE_SESSION, 115),
        (TWO_SESSIONS, 190),
        (SESSION, 99),
        (CONTEXT, 94),
        (OCALL_MEMORY, 68),
        (PASSED_MEMORY, 83),
        (CANCEL, 66),
        (CHILD, 547),
        (CHILD_INVOKES, 5073),
    ],
)
def test_how_much_there_is_to_see(scenario: str, states: int) -> None:
    """The states of each, under the design at which the discussion arrives."""
    assert states == judge(scenario, "held-refs-pre-release").exploration.states


def test_two_processes_of_two_threads_are_gone_through() -> None:
    """Every possibility of both of them, with no memory used after it was freed."""
    verdict = judge(ONE_SESSION, "held-refs-pre-release", clients=2, threads=2)
    e = verdict.exploration
    assert (True, 12894, 92354) == (verdict.finished, e.states, e.transitions)
    assert "no-use-after-free" not in verdict.broken


@pytest.mark.parametrize("scenario", [ONE_SESSION, SESSION, PASSED_MEMORY, CHILD_INVOKES])
def test_a_token_says_where_one_thread_stops_and_another_goes_on(scenario: str) -> None:
    """What breaks can be replayed step by step, also where no choice tells who goes on."""
    for threads in (1, 2):
        verdict = judge(scenario, "ecall", threads=threads)
        for one in verdict.violations:
            assert one.run.schedule == replay(verdict.tokens[one.property]).schedule


# --- how it breaks -----------------------------------------------------------------------------


def test_a_sibling_that_waits_for_the_session_keeps_its_dead_process_open() -> None:
    """It sleeps in secure world until the OCALL is answered, and no kill ends that sleep."""
    verdict = judge(ONE_SESSION, "held-refs-pre-release")
    line = f"{ONE_SESSION}/held-refs-pre-release/t2/c1/A:call@invoke,A.2:call@invoke,A:kill@OCALL"
    assert line == verdict.tokens["no-deadlock"]
    end = replay(line)
    waits = who_waits(end.system, end.state)
    assert [
        ("CA A.2 (killed)", "secure thread 1 (A.2)"),
        ("secure thread 0 (A)", "CA A (killed)"),
        ("secure thread 1 (A.2)", "secure thread 0 (A)"),
    ] == [(wait.who, wait.whom) for wait in waits]
    assert ("CA A (killed)",) == never_answers(waits)
    process = end.world.processes["A"]
    assert (("A.context",), ("A.2",), ("A.2",)) == (process.files, process.tasks, process.inside)


def test_with_one_secure_thread_it_waits_in_the_call_queue() -> None:
    """The only thread is the OCALL's, whose session has nothing to do with it."""
    end = judge(TWO_SESSIONS, "held-refs-ocall-fd", threads=1).violation("no-deadlock").run
    assert [
        ("CA A.2 (killed)", "secure thread 0 (A)", "every secure thread is taken (ETHREAD_LIMIT)"),
        ("secure thread 0 (A)", "CA A (killed)", "its OCALL is pending"),
    ] == [(wait.who, wait.whom, wait.why) for wait in who_waits(end.system, end.state)]


def test_an_early_return_can_wait_for_itself() -> None:
    """Nobody has died: the ioctl that should bring the OCALL puts the memory's last reference."""
    end = judge(PASSED_MEMORY, "ecall", faults=()).violation("no-deadlock").run
    waits = [(wait.who, wait.whom) for wait in who_waits(end.system, end.state)]
    assert [
        ("CA A", "secure thread 1 (A)"),
        ("secure thread 0 (A)", "CA A"),
        ("secure thread 1 (A)", "secure thread 0 (A)"),
    ] == [pair for pair in waits if pair[0] != "CA A.2"]
    assert "running" == end.world.processes["A"].state


def test_the_memory_of_an_ocall_is_freed_under_the_two_lists() -> None:
    """Nothing but its file holds it while the OCALL is pending; secure world still has it."""
    end = judge(OCALL_MEMORY, "two-lists", faults=()).violation("no-use-after-free").run
    memory, mobj = end.world.memories["A.ocall"], end.world.mobjs["A.ocall"]
    assert (True, False, 1) == (memory.freed, mobj.freed, mobj.refs)
    assert "OCALL" == end.world.calls["A"].pending


# --- cancelling --------------------------------------------------------------------------------


def messages(made: Run, label: str) -> list[Message]:
    """The messages of a run with that label."""
    return [e for e in made.events if isinstance(e, Message) and e.label == label]


def pending(scenario: str, threads: int) -> tuple[str, ...]:
    """The schedule of a run up to where the OCALL has reached the CA."""
    schedule = run(scenario, threads=threads).schedule
    return schedule[: schedule.index("A:store_outputs")]


def test_a_cancellation_needs_a_secure_thread_of_its_own() -> None:
    """With a second one the flag is set while the OCALL is pending, which stays so."""
    asking = ("A.2:heard", "A.2:enter_ioctl", "A.2:knows_session", "A.2:smc_call_with_arg")
    made = run(CANCEL, threads=2, schedule=(*pending(CANCEL, 2), *asking))
    at = made.steps[len(pending(CANCEL, 2)) + 3].world
    assert (True, "OCALL") == (at.sessions["A"].cancelled, at.calls["A"].pending)
    results = [e.words for e in messages(made, "ret")]
    assert (("ret", "CANCEL"), ("origin", "TRUSTED_APP")) in results


def test_with_one_secure_thread_it_comes_when_the_invocation_has_ended() -> None:
    """It waits in the call queue meanwhile, and the TA never hears of it."""
    asking = ("A.2:heard", "A.2:enter_ioctl", "A.2:knows_session")
    made = run(CANCEL, threads=1, schedule=(*pending(CANCEL, 1), *asking))
    functions = [f"{step.client}:{step.function}" for step in made.steps]
    done = functions.index("A:smc_return_from_rpc")
    assert done < functions.index("A.2:smc_call_with_arg")
    assert not made.world.sessions["A"].open
    results = [e.words for e in messages(made, "ret")]
    assert (("ret", "CANCEL"), ("origin", "TRUSTED_APP")) not in results


@pytest.mark.parametrize("design", DESIGNS)
def test_a_cancellation_completes_no_ocall(design: str) -> None:
    """The handler's answer is what resumes the TA, under every design."""
    asking = ("A.2:heard", "A.2:enter_ioctl", "A.2:knows_session", "A.2:smc_call_with_arg")
    made = run(CANCEL, design, threads=2, schedule=(*pending(CANCEL, 2), *asking))
    (resumed,) = messages(made, "SMC/RPC Resume")
    assert Result.SUCCESS.name == dict(resumed.words)["ret"]


# --- a child -----------------------------------------------------------------------------------


def test_nothing_is_released_until_the_child_ends() -> None:
    """The parent is dead, and its OCALL holds its secure thread for as long as the child lives."""
    schedule = pending(CHILD, 2)
    dies = (*schedule[:-1], "A:kill", "A:close(context)", "A:next_file")
    made = run(CHILD, "held-refs-pre-release", faults=["kill"], schedule=dies)
    at = made.steps[len(dies) - 1].world
    assert "ended" == at.processes["A"].state
    assert (1, "OCALL", "suspended") == (
        at.contexts["A"].refs,
        at.calls["A"].pending,
        at.threads["A.0"].state,
    )
    freed = next(step for step in made.steps if step.function == "free_context")
    assert "B" == freed.client
    assert {} == dict(made.world.threads)


def test_a_file_for_each_request_is_closed_with_the_parent() -> None:
    """The child has not inherited that one: the OCALL is cancelled while the context lives on."""
    schedule = pending(CHILD, 2)
    dies = (*schedule[:-1], "A:kill")
    made = run(CHILD, "held-refs-ocall-fd", faults=["kill"], schedule=dies)
    cancelled = next(step for step in made.steps if step.function == "forget_call")
    assert ("A", False) == (cancelled.client, cancelled.world.contexts["A"].freed)


def test_a_child_that_waits_for_the_session_of_its_dead_parent_waits_for_ever() -> None:
    """Its own end would cancel the OCALL, and it cannot end."""
    end = judge(CHILD_INVOKES, "held-refs-pre-release").violation("no-deadlock").run
    assert [
        ("CA B", "secure thread 1 (B)"),
        ("secure thread 0 (A)", "CA A (killed)"),
        ("secure thread 1 (B)", "secure thread 0 (A)"),
    ] == [(wait.who, wait.whom) for wait in who_waits(end.system, end.state)]
