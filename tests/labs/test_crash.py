"""A CA dies where it is told to, and its files are closed in the order that is chosen."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

import pytest

from ocallkit import run, token
from ocallkit.designs import DESIGNS
from ocallkit.engine.world import part_of
from ocallkit.errors import UsageError
from ocallkit.judging.branching import states
from ocallkit.judging.verdict import judge
from ocallkit.labs.crash import Crash, Situation, decisions, unfit
from ocallkit.labs.fates import fates
from ocallkit.labs.moments import progress
from ocallkit.labs.outcome import outcome
from ocallkit.model.client import (
    TEEC_InitializeContext,
    TEEC_OpenSession,
    TEEC_RegisterSharedMemory,
)
from ocallkit.model.events import Message
from ocallkit.scenarios import LARGER, SCENARIOS, Scenario, plain_ta
from ocallkit.view.places import places
from ocallkit.view.window import numbers

if TYPE_CHECKING:
    from ocallkit.engine import Steps
    from ocallkit.model.config import Client

PENDING = 3
"""The moment of `flow-1-memref` at which the OCALL is pending."""


@pytest.fixture(name="lab", scope="module")
def _lab() -> Situation:
    return Situation("flow-1-memref", "ecall")


def test_a_ca_that_lives_runs_as_ever(lab: Situation) -> None:
    """Nothing is decided, nothing goes wrong."""
    assert run("flow-1-memref", "ecall").schedule == lab.life.schedule
    assert ("holds", ()) == (lab.outcome(Crash()).word, lab.outcome(Crash()).left)


def test_a_ca_can_die_whenever_it_is_in_user_mode(lab: Situation) -> None:
    """After each system call, and nowhere else: each such step can be the death."""
    names = [lab.life.steps[moment.step].function for moment in lab.moments]
    assert {"return_to_user", "run_on"} == set(names)
    calls = sum(step.function in {"return_to_user", "run_on"} for step in lab.life.steps)
    assert calls == len(names)
    for number, moment in enumerate(lab.moments):
        dead = lab.run(Crash(number))
        assert lab.life.schedule[: moment.step] == dead.schedule[: moment.step]
        assert "A:kill" == dead.schedule[moment.step]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_design_has_the_same_moments(scenario: str) -> None:
    """So the same decisions can be laid side by side under two designs."""
    places_of = {
        tuple(lab.life.steps[moment.step].function for moment in lab.moments)
        for lab in (Situation(scenario, design) for design in DESIGNS)
    }
    assert 1 == len(places_of)


def test_a_kill_in_user_mode_is_carried_out_at_once(lab: Situation) -> None:
    """In the gap behind the message that brings the CA back."""
    rows = places(lab.life).rows
    step = lab.moments[PENDING].step
    gap = next(gap for gap in lab.gaps if rows[gap.row].step - 1 == step)
    assert (PENDING, False, gap.row) == (gap.moment, gap.waits, gap.dies_after)


def test_a_kill_in_the_kernel_waits_for_the_return(lab: Situation) -> None:
    """The gap says in which call the CA is; it dies behind the message that ends the call."""
    rows = places(lab.life).rows
    every = [event for event in lab.life.events if isinstance(event, Message)]
    messages = dict(zip(numbers(lab.life.events, whole=True), every, strict=False))
    waiting = [gap for gap in lab.gaps if gap.waits]
    assert waiting
    for gap in waiting:
        assert gap.dies_after > gap.row
        assert "in the kernel (" in gap.words
        last = messages.get(rows[gap.dies_after].message)
        assert last is None or "ret" == last.label
    inside = next(gap for gap in lab.gaps if gap.moment == PENDING)
    assert "(TEE_IOC_ECALL/Func Invoke)" in inside.words


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_there_is_one_cross_for_each_moment(scenario: str) -> None:
    """Who counts the crosses counts the moments."""
    for design in DESIGNS:
        lab = Situation(scenario, design)
        expected = (design, [*range(len(lab.moments))])
        assert expected == (design, [one for gap in lab.gaps for one in gap.crosses])


def test_up_to_its_death_a_ca_does_what_one_does_that_lives(lab: Situation) -> None:
    """So the gaps lie in the picture of its death where they lie in that of its life."""
    life = [(row.message, row.top, row.bottom) for row in places(lab.life).rows]
    for gap in lab.gaps:
        died = places(lab.run(Crash(gap.moment))).rows[: gap.dies_after + 1]
        assert life[: gap.dies_after + 1] == [(row.message, row.top, row.bottom) for row in died]


def leaves_all_open(client: Client, _rounds: int = 1) -> Steps:
    """A CA that returns without closing anything."""
    context = yield from TEEC_InitializeContext(client, None)
    yield from TEEC_OpenSession(context)


def test_the_exit_has_no_moment() -> None:
    """A CA that has returned for the last time cannot be killed any more."""
    lab = Situation(Scenario("open", "a CA that closes nothing", leaves_all_open, plain_ta))
    rows = places(lab.life).rows
    late = [gap for gap in lab.gaps if rows[gap.row].step - 1 > lab.moments[-1].step]
    assert late
    words = "The CA does not come back to user mode any more: it has nothing left to do."
    assert [(None, words)] * len(late) == [(gap.moment, gap.words) for gap in late]


def test_the_order_of_closing_decides(lab: Situation) -> None:
    """Under `ecall` the process ends if its context's file is closed first, and hangs if not."""
    words = {
        order: lab.outcome(Crash(PENDING, order)).word for order in permutations(lab.files(PENDING))
    }
    expected = {("context", "memref"): "holds", ("memref", "context"): "deadlock"}
    assert expected == words


def test_files_that_are_not_open_are_passed_over(lab: Situation) -> None:
    """So that one order can be tried under two designs."""
    order = ("request", "context", "memref")
    assert "holds" == lab.outcome(Crash(PENDING, order)).word
    other = Situation("flow-1-memref", "ocall-fd")
    assert ("context", "memref", "request") == other.files(PENDING)
    assert ("context", "memref") == lab.files(PENDING)


def test_a_ca_that_lives_has_no_files_to_close(lab: Situation) -> None:
    """Nothing is closed by an exit."""
    expected: tuple[str, ...] = ()
    assert expected == lab.files(None)


def test_what_is_left_is_what_the_deadlock_holds(lab: Situation) -> None:
    """Both threads, the memory and its object, the context, the session, the call."""
    end = lab.outcome(Crash(PENDING, ("memref",)))
    left = {entry.name: entry.count for entry in end.left}
    assert {
        "CA A": None,
        "tee_context A": 2,
        "tee_shm A.memref": 0,
        "session A": None,
        "call of A": None,
        "thread 0": None,
        "thread 1": None,
        "MOBJ A.memref": 1,
    } == left
    assert ["exit of CA A", "secure thread 0 (A)", "secure thread 1 (A)"] == [
        wait.who for wait in end.waits
    ]


def test_what_has_come_to_its_end_is_not_left(lab: Situation) -> None:
    """After the harmless order nothing is."""
    end = lab.outcome(Crash(PENDING, ("context",)))
    assert ((), ()) == (end.left, end.waits)


def test_a_leak_is_left_though_the_process_ends() -> None:
    """`held-refs` loses the context, the memory and a secure thread; nobody waits in the kernel."""
    end = Situation("flow-1-memref", "held-refs").outcome(Crash(PENDING))
    assert "leak" == end.word
    names = {entry.name for entry in end.left}
    assert {"tee_context A", "tee_shm A.memref", "thread 0"} <= names
    assert "CA A" not in names


@pytest.mark.long
@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_find_loads_the_shortest_bad_ending(scenario: str, design: str) -> None:
    """Its decisions lead to what the explorer found; where all is well there is none."""
    lab = Situation(scenario, design)
    verdict = judge(scenario, design, faults=("kill",))
    found = lab.find()
    assert verdict.holds == (found is None)
    if found is not None:
        shortest = min(verdict.violations, key=lambda one: one.steps)
        assert shortest.property in lab.outcome(found).broken
        assert shortest.run.schedule == lab.run(found).schedule[: shortest.steps]


def test_decisions_are_those_that_made_the_run() -> None:
    """They can be taken again; the TA's choice belongs to them."""
    lab = Situation("two-ocalls", "ecall")
    assert ("asks again", "returns") == lab.choices
    for then in lab.choices:
        died = lab.run(Crash(4, ("context", "ocall"), then))
        assert Crash(4, ("context", "ocall"), then) == decisions(died)
    assert () == Situation("flow-1", "ecall").choices


def test_a_moment_that_there_is_not_is_an_error(lab: Situation) -> None:
    """It says which there are."""
    last = len(lab.moments) - 1
    with pytest.raises(ValueError, match=rf"moment: A can die at 0 to {last}, not at 99"):
        lab.run(Crash(99))


def test_a_crash_has_a_token(lab: Situation) -> None:
    """The run can be named in one line, as any other."""
    line = "flow-1-memref/ecall/t2/c1/A:kill@OCALL,A:close:memref"
    assert line == token(lab.run(Crash(PENDING, ("memref",))))


def test_an_outcome_names_what_is_broken(lab: Situation) -> None:
    """In the order of the properties."""
    end = outcome(lab.run(Crash(PENDING, ("memref",))))
    assert ("deadlock", "no-deadlock") == (end.word, end.broken[0])


# --- several CAs, several threads -----------------------------------------------------------------

SEVERAL = tuple(
    name
    for name in LARGER
    if not unfit(LARGER[name]) and name not in {"swallowed-wake-up", "three-threads-two-sessions"}
)
"""Every larger scenario that the lab takes and that is judged in seconds."""


@pytest.mark.parametrize("scenario", [*SCENARIOS, *SEVERAL])
def test_every_moment_of_everybody_has_one_cross(scenario: str) -> None:
    """A moment is a state of the undisturbed run in which a kill of the process can happen."""
    life = Situation(scenario).life
    offered: dict[str, list[int]] = {}
    for number, state in enumerate(states(life)[:-1]):
        kills = {life.system.tasks[m.task] for m in life.system.moves(state) if m.option == "kill"}
        for who in dict.fromkeys(part_of(task) for task in sorted(kills)):
            offered.setdefault(who, []).append(number)
    assert offered
    for who, expected in offered.items():
        lab = Situation(scenario, who=who)
        crosses = [one for gap in lab.gaps for one in gap.crosses]
        assert expected == [lab.moments[one].step for one in crosses]


def test_who_dies_is_who_was_chosen_and_the_other_lives_on() -> None:
    """A is killed in its OCALL, B gets its answer; B is killed, A has got its own."""
    for who, other in (("A", "B"), ("B", "A")):
        lab = Situation("shared-instance", "held-refs-pre-release", who=who)
        for moment in range(len(lab.moments)):
            died = lab.run(Crash(moment))
            assert [f"{who}:kill"] == [name for name in died.schedule if name.endswith("kill")]
            lives = f"CA {other} gets SUCCESS from its TA and lives on to its end."
            assert [lives] == [line for line in fates(died) if f"CA {other}" in line]


def test_a_kill_ends_every_thread_of_a_ca() -> None:
    """One in user mode at once, one in the kernel when it comes back; the process is over."""
    lab = Situation("two-threads-one-session", "held-refs-pre-release")
    inside = [moment for moment in lab.moments if moment.inside]
    assert inside
    for number in range(len(lab.moments)):
        process = lab.run(Crash(number)).world.processes["A"]
        assert ("ended", ()) == (process.state, process.tasks)


def test_a_gap_says_which_threads_are_in_the_kernel() -> None:
    """By name, and in which system call."""
    lab = Situation("two-threads-one-session", "held-refs-pre-release")
    words = {gap.words for gap in lab.gaps}
    assert any("In the kernel is A.2 (TEE_IOC_ECALL/Func Invoke)" in one for one in words)
    assert any("(A: close, A.2: TEE_IOC_ECALL/Func Invoke)" in one for one in words)


def leaves_memory_open(client: Client) -> Steps:
    """A CA that returns with a memory open, too."""
    context = yield from TEEC_InitializeContext(client, None)
    yield from TEEC_RegisterSharedMemory(context, "memref", b"data")


def test_the_order_of_closing_is_that_of_the_dead() -> None:
    """Another process that ends closes its files as it ever does."""
    lab = Situation(Scenario("open", "two CAs", (leaves_memory_open,) * 2, plain_ta), who="A")
    died = lab.run(Crash(1, ("memref", "context")))
    closed = {
        who: [s.name for s in died.steps if s.name.startswith(f"{who}:close(")] for who in "AB"
    }
    assert ["A:close(memref)", "A:close(context)"] == closed["A"]
    assert [s.name for s in lab.life.steps if s.name.startswith("B:close(")] == closed["B"]
    assert ["B:close(context)", "B:close(memref)"] == closed["B"]


@pytest.mark.long
@pytest.mark.parametrize("scenario", SEVERAL)
def test_find_shows_the_very_run_that_was_found(scenario: str) -> None:
    """Whatever its turns are, whoever dies, and if nobody does."""
    lab = Situation(scenario)
    found = lab.find()
    assert bool(lab.verdict.violations) == (found is not None)
    if found is not None:
        shortest = min(lab.verdict.violations, key=lambda one: one.steps)
        shown = lab.run(found)
        assert shortest.run.schedule == shown.schedule[: shortest.steps]
        assert shortest.property in outcome(shown).broken


def test_a_bad_ending_of_other_turns_is_their_line_of_time() -> None:
    """One can kill there at another moment, too."""
    lab = Situation("shared-instance-memory", "held-refs-pre-release")
    found = lab.find()
    assert found is not None
    assert "deadlock" == lab.outcome(found).word
    there = lab.along(found.turns, found.who)
    assert found.turns == there.life.schedule[: len(found.turns)]
    assert found.turns != lab.life.schedule[: len(found.turns)]
    earlier = there.run(Crash(0))
    step = there.moments[0].step
    assert there.life.schedule[:step] == earlier.schedule[:step]


@pytest.mark.long
@pytest.mark.parametrize("scenario", ["flow-1-memref", "shared-instance", "inherited-session"])
def test_who_dies_early_is_counted_as_one_that_lives(scenario: str) -> None:
    """The numbers of the messages do not jump, whenever somebody dies."""
    for who in Situation(scenario).mortals:
        lab = Situation(scenario, who=who)
        life = [row.message for row in places(lab.life).rows]
        for gap in lab.gaps:
            died = [row.message for row in places(lab.run(Crash(gap.moment))).rows]
            rows = gap.dies_after + 1
            assert life[:rows] == died[:rows]


def test_a_moment_has_its_like_under_another_design() -> None:
    """There all programs are as far; where none are, there is none."""
    ecall, other = (
        Situation("two-threads-one-session", design) for design in ("ecall", "ocall-fd")
    )
    for number, moment in enumerate(ecall.moments):
        like = other.like(ecall, number)
        assert like is not None
        far = progress(other.life, other.moments[like].step)
        assert progress(ecall.life, moment.step) == far
    opening = Situation("open-session-ocall", "hardened")
    last = len(opening.moments) - 2
    assert None is Situation("open-session-ocall", "ecall").like(opening, last)


@pytest.mark.parametrize(
    ("scenario", "why"),
    [
        ("kernel-client", "nobody in it can be killed: its only client is in the kernel"),
        ("adversary", "its CA does any of many acts"),
    ],
)
def test_what_the_lab_cannot_do_is_refused(scenario: str, why: str) -> None:
    """With the reason."""
    with pytest.raises(UsageError, match=f"{scenario}: {why}"):
        Situation(scenario)


def test_who_is_not_there_cannot_die() -> None:
    """It says who can."""
    with pytest.raises(UsageError, match="in shared-instance A, B can be killed, not 'C'"):
        Situation("shared-instance", who="C")
    with pytest.raises(UsageError, match="in scmi-agent B can be killed, not 'A'"):
        Situation("scmi-agent", who="A")


def test_more_cas_of_one_program_can_be_asked_for() -> None:
    """Each can die."""
    assert ("A", "B") == Situation("flow-1-memref", clients=2).mortals


def test_what_notebook_13_says_of_its_lab_is_so() -> None:
    """In the bad ending B takes the last secure thread; on the own turns it gets its answer."""
    lab = Situation("shared-instance-memory", "held-refs-pre-release", who="A")
    found = lab.find()
    assert found is not None
    assert "A" == found.who
    died = lab.run(found)
    free = {step.name: step.world.free_threads for step in died.steps[len(found.turns) :]}
    assert (1, 0) == (free["A:kill"], free["B:smc_call_with_arg"])
    assert ["CA A is killed, and never comes to its end"] == [
        line.partition(":")[0] for line in fates(died) if "CA A" in line
    ]
    for moment in range(len(lab.moments)):
        for order in permutations(lab.files(moment)):
            lives = "CA B gets SUCCESS from its TA and lives on to its end."
            assert lives in fates(lab.run(Crash(moment, order)))
    over = next(step.index for step in lab.life.steps if step.client == "B")
    assert "ended" == lab.life.steps[over - 1].world.processes["A"].state
