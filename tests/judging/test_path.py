"""A Run: its steps, its ending, and how it is made again."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from ocallkit import NoSuchStepError, UnknownNameError, run
from ocallkit.designs import DESIGNS, FURTHER, Ecall
from ocallkit.judging.assembly import build
from ocallkit.judging.path import follow
from ocallkit.model.config import FAULTS, MORE_FAULTS
from ocallkit.model.events import Message
from ocallkit.model.world import TABLES, World
from ocallkit.scenarios import ALL, SCENARIOS, Scenario, plain_ta
from tests.model.invariants import check_world
from tests.model.programs import invoking

NAMES = [(scenario, design) for scenario in SCENARIOS for design in DESIGNS]


@pytest.mark.parametrize(("scenario", "design"), NAMES)
def test_a_run_comes_to_its_end(scenario: str, design: str) -> None:
    """Left to itself nothing goes wrong: all that was made is gone, in every design."""
    made = run(scenario, design)
    world = made.world
    assert ("", {"ended"}) == (made.ending, {p.state for p in world.processes.values()})
    assert all(context.freed for context in world.contexts.values())
    assert all(memory.freed for memory in world.memories.values())
    assert all(mobj.freed for mobj in world.mobjs.values())
    assert {} == world.threads
    assert not any(session.open for session in world.sessions.values())
    assert {} == world.calls


def content(world: World) -> str:
    """All records of a world, written out."""
    return str([dict(getattr(world, table)) for table in TABLES])


def test_every_step_has_its_own_world() -> None:
    """Later steps do not change it: it is as it was when the run had only come so far."""
    made = run("flow-2")
    contents = [content(step.world) for step in made.steps]
    system = build("flow-2", faults=(), log=True)
    for number in range(len(made.steps)):
        shorter = follow(system, "", "", made.schedule[: number + 1], goes_on=False)
        assert contents[number] == content(shorter.world)
        check_world(made.steps[number].world)
    assert len(set(contents)) > 20


def test_the_events_of_a_run_are_those_of_its_steps() -> None:
    """In their order, none twice."""
    made = run("flow-1")
    assert made.events == tuple(event for step in made.steps for event in step.events)
    assert len(made.events) == len(made.world.log or ())


@pytest.mark.parametrize("clients", [1, 2])
def test_a_schedule_makes_the_same_run_again(clients: int) -> None:
    """Its step names are enough; the digest is that of all events."""
    made = run("flow-2-memref", clients=clients)
    again = run("flow-2-memref", clients=clients, schedule=made.schedule)
    assert (made.digest, made.schedule) == (again.digest, again.schedule)


def test_another_run_has_another_digest() -> None:
    """Scenario, design and what happened all count."""
    killed = run("flow-1", faults=("kill",), schedule=("A:tee_open", "A:kill"))
    runs = [run("flow-1"), run("flow-2"), run("flow-1", "meta"), run("flow-1", clients=2), killed]
    runs += [run("plain-invoke", "ecall"), run("plain-invoke", "meta")]
    runs += [run(Scenario(name, "", invoking(), plain_ta)) for name in ("one", "another")]
    assert len(runs) == len({made.digest for made in runs})


def test_a_run_can_be_left_for_another_at_any_step() -> None:
    """Kill the CA instead of going on: the first steps are the same, the end is another."""
    made = run("flow-1")
    place = next(step.index for step in made.steps if step.function == "process_ocall_request")
    killed = run("flow-1", faults=("kill",), schedule=(*made.schedule[: place + 1], "A:kill"))
    assert made.schedule[: place + 1] == killed.schedule[: place + 1]
    assert "A:kill" == killed.schedule[place + 1]
    assert ("", {"A": None}) == (killed.ending, killed.results)


def test_a_run_takes_no_fault_by_itself() -> None:
    """Where only a kill is left, it stops."""
    base = run("flow-1")
    place = next(step.index for step in base.steps if step.function == "process_ocall_request")
    schedule = (*base.schedule[: place + 1], "A:never-answers")
    made = run("flow-1", faults=("kill", "never-answers"), schedule=schedule)
    assert ("A:never-answers", "running") == (made.schedule[-1], made.world.processes["A"].state)


def test_a_step_that_cannot_happen_is_refused_with_what_can() -> None:
    """By its place in the schedule."""
    words = "step 2 of the schedule, 'A:kill', cannot happen; what can: A:return_to_user"
    with pytest.raises(NoSuchStepError, match=f"^{re.escape(words)}$"):
        run("flow-1", schedule=("A:tee_open", "A:kill"))


def test_after_the_end_nothing_can_happen() -> None:
    """And the error says so."""
    made = run("plain-invoke")
    with pytest.raises(NoSuchStepError, match=r"what can: nothing$"):
        run("plain-invoke", schedule=(*made.schedule, "A:tee_open"))


def test_each_client_does_the_same() -> None:
    """As many messages for each, under its own name."""
    made = run("flow-1", clients=3)
    counts = [
        sum(isinstance(e, Message) and e.client == client for e in made.events) for client in "ABC"
    ]
    alone = sum(isinstance(e, Message) for e in run("flow-1").events)
    assert [alone] * 3 == counts


def test_rounds_repeat_the_invocation_alone() -> None:
    """The session opens once."""
    made = run("flow-1", rounds=3)
    labels = [e.label for e in made.events if isinstance(e, Message)]
    counts = (labels.count("SMC/Func Invoke"), labels.count("SMC/Open Session"))
    assert (3, 1) == counts


def test_the_summary_says_what_there_is_to_see() -> None:
    """Title, messages, steps, and how it ends."""
    made = run("flow-1")
    messages = sum(isinstance(event, Message) for event in made.events)
    expected = (
        f"flow-1 under ecall: {messages} messages in {len(made.steps)} steps. Every process ends."
    )
    assert expected == made.summary


def test_a_readers_scenario_and_design_are_taken_as_they_are() -> None:
    """They need no registration."""

    class Mine(Ecall):
        name = "mine"

    made = run(Scenario("own", "a reader's", invoking(), plain_ta), Mine)
    assert "own under mine" == made.title


WRONG = {
    "scenario": (
        {"scenario": "flow-3"},
        "no scenario is called 'flow-3'. Did you mean 'flow-2'? There are: ",
    ),
    "design": ({"design": "ecal"}, "no design is called 'ecal'. Did you mean 'ecall'? There are: "),
    "fault": ({"faults": ("kil",)}, "no fault is called 'kil'. Did you mean 'kill'? There are: "),
    "nothing like it": ({"scenario": "zzz"}, "no scenario is called 'zzz'. There are: "),
}


@pytest.mark.parametrize(("wrong", "words"), WRONG.values(), ids=WRONG)
def test_an_unknown_name_is_refused_with_the_nearest(wrong: dict[str, str], words: str) -> None:
    """And with those that there are."""
    with pytest.raises(UnknownNameError) as caught:
        run(**wrong)  # type: ignore[arg-type]
    assert str(caught.value).startswith(words)
    listed = str(caught.value).partition("There are: ")[2].split(", ")
    known = {"scenario": [*ALL], "design": [*DESIGNS, *FURTHER], "fault": [*FAULTS, *MORE_FAULTS]}
    assert known[words.split()[1]] == listed


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"threads": 0}, "threads: a whole number from 1 to 64, not 0"),
        ({"threads": "2"}, "threads: a whole number from 1 to 64, not '2'"),
        ({"clients": 9}, "clients: a whole number from 1 to 8, not 9"),
        ({"rounds": 1.5}, "rounds: a whole number from 1 to 1000, not 1.5"),
    ],
)
def test_a_number_that_makes_no_system_is_refused(wrong: dict[str, int], words: str) -> None:
    """With the range that it must be in."""
    with pytest.raises(ValueError, match=f"^{re.escape(words)}$"):
        run(**wrong)  # type: ignore[arg-type]


DIGESTS = """\
from ocallkit import run
from ocallkit.designs import DESIGNS
from ocallkit.scenarios import SCENARIOS
for scenario in SCENARIOS:
    for design in DESIGNS:
        made = run(scenario, design, clients=2)
        print('\\nrun:', made.title, made.digest, made.schedule)
        print(made.text(whole=True), made.ledger())
"""


@pytest.mark.long
def test_no_output_depends_on_addresses_or_on_the_order_of_sets() -> None:
    """Two processes with different hashes print the same of every scenario and design."""
    outputs = []
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", DIGESTS],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        outputs.append(done.stdout)
    assert len(SCENARIOS) * len(DESIGNS) == outputs[0].count("\nrun: ")
    assert outputs[0] == outputs[1]
    assert not re.search(r"\b0x[0-9a-f]{6,}", outputs[0])
