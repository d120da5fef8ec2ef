"""The exercises of notebook 21 know the usual wrong answers."""

from __future__ import annotations

from typing import Any

import pytest

from ocallkit import token
from ocallkit.designs import DESIGNS
from ocallkit.engine import State
from ocallkit.labs.crash import Crash, Situation
from ocallkit.labs.designs import Choice, choice_of
from ocallkit.lesson import check
from ocallkit.lesson.ex_21 import ONE_MORE, OWN_PROPERTY, OWN_SCENARIO, SCENE, bad_moments
from ocallkit.lesson.exercise import find_exercise
from ocallkit.properties import no_context_leak
from ocallkit.properties.own import at_end
from ocallkit.scenarios import SCENARIOS

HELD = choice_of(DESIGNS["held-refs-pre-release"])


@pytest.mark.long
@pytest.mark.parametrize(
    ("key", "answer", "words"),
    [
        ("21-deadly-moments", 99, "comes back to user mode 12 times in all."),
        ("21-deadly-moments", 9, "Fewer. Is the invocation under way"),
        ("21-deadly-moments", 0, "More. The TA asks for memory"),
        ("21-deadly-moments", "two", "'two' is not a whole number"),
        ("21-one-answer", "cancel", "with count zero it breaks flow-2: leak; with pre_release"),
        ("21-one-answer", "transport", "with TEE_IOC_INVOKE it breaks flow-1-memref: deadlock"),
        ("21-one-answer", "request_holds", "with False it breaks flow-2: use-after-free"),
        ("21-one-answer", "threads", "threads is none of the possible answers"),
        ("21-one-more", "meta", "'meta' is not a Choice(...)"),
        ("21-one-more", Choice(), "ecall-bare breaks flow-2: leak."),
        ("21-one-more", HELD, "it is the discussion's own held-refs-pre-release."),
    ],
)
def test_a_wrong_answer_is_told_what_is_wrong_with_it(key: str, answer: object, words: str) -> None:
    """By what the model does with it."""
    found = check(key, answer).plain
    assert found.startswith("Not yet.")
    assert words in found


@pytest.mark.parametrize(
    ("key", "answer"),
    [
        ("21-deadly-moments", len(bad_moments())),
        ("21-one-answer", "holds_memories"),
        ("21-one-more", ONE_MORE),
        ("21-one-more", Choice(True, True, "pre_release", "TEE_IOC_INVOKE")),  # noqa: FBT003
    ],
)
def test_a_right_answer_is_told_why(key: str, answer: object) -> None:
    """Every one that does what was asked for."""
    assert check(key, answer).plain.startswith("Right.")


def test_the_deadly_moments_are_those_of_the_invocation() -> None:
    """The three requests of the TA, and the two moments between system calls that serve them."""
    here = Situation(*SCENE)
    names = [here.run(Crash(moment)) for moment in bad_moments()]
    places = [token(path).partition("A:kill")[2].partition(",")[0] for path in names]
    assert ["@ALLOC", "", "@OCALL", "@FREE", ""] == places


def written(program: str, name: str) -> Any:  # noqa: ANN401 - what the program defines
    """What a program in a solution defines under a name."""
    scope: dict[str, Any] = {}
    exec(program, scope)  # noqa: S102 - our own
    return scope[name]


@pytest.mark.long
def test_what_the_solutions_write_is_right() -> None:
    """A property and a scenario that take each design for what it is."""
    mine = written(OWN_PROPERTY, "nothing_kept")
    assert check("21-own-property", mine).plain.startswith("Right. Asked where nothing more")
    both = written(OWN_SCENARIO, "answer")
    assert check("21-own-scenario", both).plain.startswith("Right. With memory in the invocation")


def never(state: object) -> bool:
    """A property that rejects everything."""
    return state is None


@at_end
def always(state: object) -> bool:
    """A property that misses everything."""
    return state is not None


def only_of_the_ended(state: Any) -> bool:  # noqa: ANN401 - as a reader writes it
    """A property that does not see what a hanging process keeps."""
    world = state.world
    running = any(process.state != "ended" for process in world.processes.all())
    return running or all(context.freed for context in world.contexts.all())


@pytest.mark.long
@pytest.mark.parametrize(
    ("mine", "words", "shown"),
    [
        (never, "wrongly rejected 52, the first ecall-bare in flow-1.", {"wrongly rejected"}),
        (always, "missed 20, the first ecall-bare in flow-2.", {"missed"}),
        (only_of_the_ended, "missed 12, ", {"missed"}),
    ],
)
def test_a_property_of_ones_own_is_laid_beside_the_packages(
    mine: Any,  # noqa: ANN401 - a function of a state
    words: str,
    shown: set[str],
) -> None:
    """What it rejects wrongly and what it misses is counted, and each is a run to look at."""
    found = check("21-own-property", mine).plain
    assert found.startswith("Not yet. Of 72 that were tried: ")
    assert words in found
    evidence = [*find_exercise("21-own-property").evidence(mine)]
    assert shown == {name.partition(":")[0] for name, _ in evidence}
    for name, run in evidence:
        assert name.endswith(f": {run.design} in {run.scenario}")
        assert f"{name}\n\n" in found
        breaks = shown == {"missed"}
        assert breaks is not no_context_leak(State(run.world, run.state.nodes, run.system.tasks))


@pytest.mark.long
def test_a_scenario_of_ones_own_is_judged_under_every_design() -> None:
    """One that says nothing misses all that are no good; one that leaves all open rejects some."""
    found = check("21-own-scenario", SCENARIOS["flow-2"]).plain
    assert (
        "Not yet. Of 24 that were tried: not found out 4, the first ecall in flow-1-memref."
        in found
    )
    evidence = [*find_exercise("21-own-scenario").evidence(SCENARIOS["flow-2"])]
    assert ["ecall", "meta", "ocall-fd"] == [run.design for _, run in evidence][:3]
    assert "b'' is not a Scenario(name" in check("21-own-scenario", b"").plain
    assert [] == [*find_exercise("21-own-scenario").evidence(b"")]
