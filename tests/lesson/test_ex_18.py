"""The exercises of notebook 18 know the usual wrong answers."""

from __future__ import annotations

from typing import Any

import pytest

from ocallkit.designs import Hardened, Posted, TwoLists
from ocallkit.findings.healing import with_decisions
from ocallkit.judging.verdict import judge
from ocallkit.lesson import check, solution
from ocallkit.lesson.ex_18 import ONE_DECISION, THRIFTY


@pytest.mark.parametrize(
    ("key", "answer", "words"),
    [
        ("18-fewer-parameters", "no-deadlock", "That would be: somebody waits for ever."),
        ("18-fewer-parameters", "completed-once", "each of its requests was answered"),
        ("18-fewer-parameters", "isolation", "isolation is none of the possible answers"),
        ("18-fewer-parameters", 1, "1 is not a name in quotes"),
        ("18-one-decision", 3, "3 is not a design"),
        ("18-one-decision", TwoLists, "is not a design: give the class itself, answer = Mine"),
        ("18-one-decision", Posted, "It takes: none."),
        (
            "18-one-decision",
            with_decisions(Posted, Hardened, ("cancels", "charged")),
            "It takes: cancels, charged.",
        ),
        (
            "18-one-decision",
            with_decisions(Posted, Hardened, ("charged",)),
            "With charged taken so: violates no-deadlock",
        ),
    ],
)
def test_a_wrong_answer_is_told_what_is_wrong_with_it(key: str, answer: object, words: str) -> None:
    """By what the model does with it."""
    found = check(key, answer).plain
    assert found.startswith("Not yet.")
    assert words in found


def test_the_right_property_is_the_one_that_breaks() -> None:
    """With all that breaks besides."""
    found = check("18-fewer-parameters", "no-shm-leak").plain
    assert found.startswith("Right.")
    assert "no-context-leak, no-session-leak, no-shm-leak, no-mobj-leak" in found


def test_what_is_written_down_is_found_again() -> None:
    """One decision heals it, and it is that which the words of the exercise name."""
    cured = with_decisions(Posted, Hardened, ("found_again",))
    assert judge(THRIFTY, cured, faults=()).holds


def test_the_solution_is_right() -> None:
    """The class that is shown is the one that is tried."""
    names: dict[str, Any] = {}
    exec(ONE_DECISION, names)  # noqa: S102 - the program of the solution
    assert "Right. two-ocalls holds" in check("18-one-decision", names["Mine"]).plain
    assert ONE_DECISION in solution("18-one-decision").plain


@pytest.mark.parametrize("key", ["18-fewer-parameters", "18-one-decision"])
def test_three_dots_are_no_answer_yet(key: str) -> None:
    """The cell as it is stored says what to do."""
    assert check(key, ...).plain.startswith("No answer yet")
