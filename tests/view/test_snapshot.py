"""What is so after each step of a run, in words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
import pytest

from ocallkit import judge, replay, run
from ocallkit.designs import EcallBare
from ocallkit.judging.branching import branch
from ocallkit.judging.tokens import name_of, token
from ocallkit.model.tee import drop_context
from ocallkit.properties import ALWAYS, NAMES
from ocallkit.scenarios import SCENARIOS
from ocallkit.view.snapshot import Snapshot, property_about, snapshots, violations

if TYPE_CHECKING:
    from ocallkit.engine import Steps
    from ocallkit.model.config import Client

DEADLOCK = replay("flow-1-memref/ecall/t2/c1/A:kill@OCALL,A:close:memref")
MOMENTS = snapshots(DEADLOCK)
END = MOMENTS[-1]


def entries(moment: Snapshot) -> dict[str, tuple[int | None, str, str]]:
    """What is so at a moment, by name."""
    return {
        entry.name: (entry.count, entry.words, entry.change)
        for section in moment.sections
        for entry in section.entries
    }


def after(function: str) -> Snapshot:
    """The first moment after a step of that function."""
    return next(moment for moment in MOMENTS if moment.function == function)


@pytest.mark.parametrize("name", SCENARIOS)
def test_there_is_a_moment_before_the_first_step_and_one_after_each(name: str) -> None:
    """They are numbered from 0, and carry the steps' names."""
    one = run(name, clients=2)
    found = [(moment.number, moment.name) for moment in snapshots(one)]
    assert [(0, ""), *((step.index + 1, step.name) for step in one.steps)] == found


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_holders_of_a_reference_are_as_many_as_its_count(name: str) -> None:
    """The fold of the ledger and the model's own counts agree at every moment."""
    for moment in snapshots(run(name, "held-refs", clients=2)):
        for count, words, _ in entries(moment).values():
            if count:
                held = words.partition("held by ")[2].partition(";")[0].split(", ")
                times = [int(one.partition(" (")[2].partition(" ")[0] or 1) for one in held]
                assert count == sum(times), words


def test_the_end_of_a_deadlock_says_what_is_left() -> None:
    """Files, counts with their owners, the session, the pending OCALL, who waits for what."""
    first = "suspended for A in RPC OCALL; waits for CA A (killed): its OCALL is pending"
    second = (
        "suspended for A in RPC WAIT_QUEUE_SLEEP; the driver sleeps for it; waits for secure"
        " thread 0 (A): its invocation uses the MOBJ that is released"
    )
    assert {
        "CA A": (None, "killed; open: context", ""),
        "tee_context A": (2, "held by context file, tee_shm A.memref", ""),
        "tee_shm A.memref": (0, "held by nobody", ""),
        "session A": (None, "known to the driver; open in OP-TEE", ""),
        "call of A": (None, "OCALL is pending, for secure thread 0", ""),
        "thread 0": (None, first, ""),
        "thread 1": (None, second, "changed"),
        "MOBJ A.memref": (1, "held by invocation; being released", ""),
    } == entries(END)


def test_an_entry_is_new_once_then_changes_and_goes() -> None:
    """Only what the step did is marked; what is gone is shown once more, in its last words."""
    moments = snapshots(run("plain-invoke"))
    mine = [entries(moment).get("call of A") for moment in moments]
    once = [(None, "in secure world", change) for change in ("new", "", "gone")]
    assert [*once, *once] == [one for one in mine if one], "opening a session is a call too"
    assert () == moments[0].changed


def test_freed_and_misused_things_say_so() -> None:
    """What was freed stays to be seen, and so does that somebody touched it."""
    broken = judge("flow-2", "two-lists").violation("no-use-after-free").run
    words = [entry[1] for entry in entries(snapshots(broken)[-1]).values()]
    assert any("freed" in one for one in words)
    ended = entries(snapshots(run("flow-1-memref"))[-1])
    assert (0, "freed") == ended["tee_shm A.memref"][:2]
    assert (None, "free") == ended["thread 0"][:2]


def test_what_happened_is_told_in_the_order_of_its_events() -> None:
    """Messages, references, threads; each as a sentence."""
    assert (
        "OP-TEE Driver sends SMC/Unregister SHM to OP-TEE.",
        "Secure thread 1 is running.",
        "MOBJ A.memref is held by registration no longer, which leaves 1: UNREGISTER_SHM.",
        "OP-TEE sends RPC/Wait Queue Sleep to OP-TEE Driver.",
        "Secure thread 1 is suspended.",
    ) == MOMENTS[-2].told
    assert ("Exit of CA A closes memref.",) == after("next_file").told
    assert "TEE Driver calls OP-TEE Driver." in after("params_from_user").told
    assert "TEE Driver returns to CA." in after("return_to_user").told
    assert "CA A is killed." in next(m for m in MOMENTS if m.name == "A:kill").told


def test_a_step_without_an_event_says_what_it_changed() -> None:
    """Or that it changed nothing."""
    assert ("No message; changed: call of A.",) == after("get_msg_arg").told
    assert ("No message, and nothing that is kept changes.",) == after("registered_on").told


def test_several_clients_have_names_in_the_sentences() -> None:
    """`CA B`, as on its lifeline."""
    told = [words for moment in snapshots(run("flow-1", clients=2)) for words in moment.told]
    assert "CA B sends open to TEE Driver." in told
    assert "CA B services OCALL." in told


def test_the_source_function_is_named_with_its_file_and_what_it_says_of_itself() -> None:
    """The first line of its docstring."""
    moment = after("process_ocall_request")
    assert ("optee.py", "process_ocall_request") == (moment.file, moment.function)
    assert moment.about.startswith("A secure thread asks for its CA")
    assert all(one.about.endswith(".") for one in MOMENTS[1:])


def test_what_can_happen_has_the_name_of_its_step_and_the_run_takes_one_of_it() -> None:
    """At every moment but the last; beside it stands what a token calls it."""
    for moment in MOMENTS[:-1]:
        (taken,) = (one.name for one in moment.can if one.taken)
        assert MOMENTS[moment.number + 1].name == taken
    dies = MOMENTS[next(m.number for m in MOMENTS if m.name == "A:kill") - 1]
    named = {one.name: (one.decision, one.fault, one.taken) for one in dies.can}
    assert ("A:go@OCALL", False, False) == named["A:return_to_user"]
    assert ("A:handler-error@OCALL", True, False) == named["A:handler-error"]
    assert ("A:kill@OCALL", True, True) == named["A:kill"]
    start = DEADLOCK.system.start
    moves = DEADLOCK.system.moves(start)
    expected = [name_of(DEADLOCK.system, start, move) for move in moves]
    assert expected == [one.decision for one in MOMENTS[0].can]


def test_faults_are_marked_alike_whichever_way_a_run_came_about() -> None:
    """Run, judged and replayed: the same steps, with the same alternatives and the same faults."""
    dies = run("flow-1-memref", schedule=DEADLOCK.schedule, faults=["kill"])
    judged = judge("flow-1-memref", "ecall").violation("no-deadlock").run
    judged = run("flow-1-memref", schedule=judged.schedule, faults=("kill", "handler-error"))
    assert [moment.can for moment in MOMENTS] == [moment.can for moment in snapshots(dies)]
    again = replay(token(judged))
    expected = [moment.can for moment in snapshots(again)]
    assert expected == [moment.can for moment in snapshots(judged)]
    faults = {one.name for moment in MOMENTS for one in moment.can if one.fault}
    assert {"A:kill", "A:handler-error", "A:closes-session", "A:never-answers"} <= faults


def test_what_comes_of_an_alternative_is_what_comes_of_it_where_it_is_taken() -> None:
    """The same sentences and the same changes, without a run having been made for it."""
    alive = run("flow-1-memref")
    asked = next(m for m in snapshots(alive) if "A:handler-error" in {one.name for one in m.can})
    for one in asked.can:
        taken = snapshots(branch(alive, asked.number, one.name))[asked.number + 1]
        assert one.name == taken.name
        if one.then is not None:
            assert (taken.told, taken.changed) == (one.then.told, one.then.changed)
    assert {"A:kill"} < {one.name for one in asked.can if one.then is not None}


def test_whom_no_kill_can_reach_is_said() -> None:
    """In the kernel a kill waits for the return to user mode; in user mode it is possible."""
    for moment in MOMENTS[:-1]:
        alive = moment.sections[0].entries[0].words.startswith("running")
        reached = [one.name for one in moment.can if one.name == "A:kill"]
        out_of_reach = [one.name for one in moment.cannot if one.name == "A:kill"]
        assert (["A:kill"] if alive else []) == reached + out_of_reach, moment.number
    assert "in the kernel" in MOMENTS[0].cannot[0].reason


def test_what_cannot_happen_says_why_and_who_would_have_to_act() -> None:
    """At the deadlock nothing can happen."""
    (blocked,) = END.cannot
    assert ("A:wq_sleep", "MOBJ A.memref") == (blocked.name, blocked.waits_for)
    assert blocked.reason in DEADLOCK.ending
    assert () == END.can


def test_a_violation_lies_ahead_until_it_is_there() -> None:
    """What must hold in the end breaks with the last step; the rest stays intact."""
    broken = violations(DEADLOCK)
    assert {len(DEADLOCK.steps)} == set(broken.values())
    assert "no-deadlock" in broken
    for moment in MOMENTS:
        marks = dict(zip(NAMES, moment.marks, strict=True))
        expected = "here" if moment is END else "ahead"
        assert expected == marks["no-deadlock"]
        assert "intact" == marks["no-use-after-free"]


def test_a_violation_stays_broken_after_the_step_that_broke_it() -> None:
    """A run that goes on after it has one moment of `here`."""
    place = NAMES.index("no-use-after-free")
    freed = judge("flow-2", "two-lists").violation("no-use-after-free").run
    longer = run("flow-2", "two-lists", schedule=freed.schedule, faults=("kill",))
    marks = [moment.marks[place] for moment in snapshots(longer)]
    first = len(freed.steps)
    left = len(longer.steps) - first
    assert left > 0
    assert ["ahead"] * first + ["here"] + ["broken"] * left == marks


def test_a_run_that_stops_early_is_not_asked_what_holds_in_the_end() -> None:
    """Its counterexample ends where the property breaks."""
    stops = judge("flow-2", "two-lists").violation("no-use-after-free").run
    marks = dict(zip(NAMES, snapshots(stops)[-1].marks, strict=True))
    assert "not asked" == marks["no-deadlock"]
    assert {"intact", "here"} == {marks[name] for name in ALWAYS}


def test_a_count_that_nobody_gave_does_not_end_the_telling() -> None:
    """A design that drops what it does not hold breaks the count, and is still shown."""

    class DropsTwice(EcallBare):
        name = "drops-twice"

        def pre_release(self, client: Client) -> Steps:
            yield drop_context, client, "somebody else", "on purpose"

    last = entries(snapshots(run("flow-1", DropsTwice))[-1])["tee_context A"]
    assert (0, "held by context file; being released") == last[:2]


def test_every_property_says_what_it_asks() -> None:
    """In one sentence."""
    assert all(property_about(name).endswith(".") for name in NAMES)


def test_a_snapshot_is_plain_data_and_the_same_each_time() -> None:
    """It becomes JSON as it is."""
    assert snapshots(DEADLOCK) == MOMENTS
    assert len(MOMENTS) == len(json.loads(msgspec.json.encode(MOMENTS)))


def test_what_can_happen_is_told_of_a_process_of_several_threads_too() -> None:
    """One thread can end another of its own process: each is known by its name, at every step."""
    line = "closes-ocall-memory-from-another-thread/posted/t1/c1/A:drop_shm_later,A.2:free_shm"
    run = replay(f"{line},breaks:no-use-after-free")
    assert len(run.steps) + 1 == len(snapshots(run))
