"""The exercises of notebook 20 know the usual wrong answers, and every right one."""

from __future__ import annotations

import pytest

from ocallkit.lesson import check, solution
from ocallkit.lesson.ex_20 import DECISIONS


@pytest.mark.long
@pytest.mark.parametrize(
    ("key", "answer", "words"),
    [
        ("20-take-one-away", "wakes", "Without wakes, in spare-memory, somebody waits for ever."),
        ("20-take-one-away", "charged", "nothing breaks in the scenarios of the discussion"),
        ("20-take-one-away", "kept", "kept is none of the possible answers: transport"),
        ("20-take-one-away", 9, "9 is not a name in quotes"),
        ("20-not-for-these", "referenced", "in flow-2: without referenced freed memory is used"),
        ("20-not-for-these", "wakes", "in spare-memory: without wakes somebody waits for ever"),
        ("20-not-for-these", "none", "none is none of the possible answers"),
    ],
)
def test_a_wrong_answer_is_told_what_is_wrong_with_it(key: str, answer: object, words: str) -> None:
    """By what breaks without it."""
    found = check(key, answer).plain
    assert found.startswith("Not yet.")
    assert words in found


@pytest.mark.whole
def test_one_decision_keeps_memory_from_being_used_when_it_is_free() -> None:
    """In the scenarios of the discussion."""
    found = [check("20-take-one-away", name).plain for name in DECISIONS]
    right = [name for name, said in zip(DECISIONS, found, strict=True) if said.startswith("Right.")]
    assert ["referenced"] == right
    assert solution("20-take-one-away").plain.count("referenced") == 1


@pytest.mark.whole
def test_all_but_two_are_asked_for_by_the_larger_world_only() -> None:
    """Each of them is right."""
    found = [check("20-not-for-these", name).plain for name in DECISIONS]
    wrong = [name for name, said in zip(DECISIONS, found, strict=True) if "Not yet." in said]
    assert ["referenced", "wakes"] == wrong
    assert "7 of the 9 are such" in found[0]


@pytest.mark.parametrize("key", ["20-take-one-away", "20-not-for-these"])
def test_three_dots_are_no_answer_yet(key: str) -> None:
    """The cell as it is stored says what to do."""
    assert check(key, ...).plain.startswith("No answer yet")
