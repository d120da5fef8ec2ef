"""The exercises of notebook 09 know the usual wrong answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ocallkit.designs import HeldRefsPreRelease, TwoLists
from ocallkit.lesson import check, solution
from ocallkit.model.params import memories

if TYPE_CHECKING:
    from ocallkit.model.events import Param

KEYS = ("09-while-asked", "09-closed-too-early", "09-your-repair")


class Mine(TwoLists):
    """The solution of the third exercise."""

    name = "mine"

    def referenced(self, params: tuple[Param, ...]) -> tuple[str, ...]:
        """What the request names."""
        return memories(params)


class NotYet(TwoLists):
    """What the cell begins with."""

    name = "not-yet"


class NoList(Mine):
    """Without the first list."""

    name = "no-list"

    def kept(self, params: tuple[Param, ...]) -> tuple[str, ...]:  # noqa: ARG002 - keeps none
        """Nothing."""
        return ()


@pytest.mark.parametrize("key", KEYS)
def test_three_dots_are_no_answer_yet(key: str) -> None:
    """The cell as it is stored says what to do."""
    assert check(key, ...).plain.startswith("No answer yet")


@pytest.mark.parametrize(
    ("key", "answer"),
    [("09-while-asked", 1), ("09-closed-too-early", "ocall"), ("09-your-repair", Mine)],
)
def test_the_right_answer_is_right(key: str, answer: object) -> None:
    """The model's own."""
    assert check(key, answer).plain.startswith("Right.")


@pytest.mark.parametrize(
    ("key", "answer", "words"),
    [
        ("09-while-asked", 2, "where a pending request counts as well"),
        ("09-while-asked", 0, "It holds one"),
        ("09-while-asked", 5, "5 is not it"),
        ("09-closed-too-early", "context", "Closing that one cancels the OCALL"),
        ("09-closed-too-early", "memref", "it is on the first list"),
        ("09-closed-too-early", "request", "none of the possible answers: context, memref, ocall"),
        ("09-your-repair", NotYet, "In flow-2 it breaks no-use-after-free"),
        ("09-your-repair", NoList, "In flow-1-memref it breaks no-deadlock"),
        ("09-your-repair", HeldRefsPreRelease, "Begin with class Mine(TwoLists)"),
        ("09-your-repair", TwoLists, "one of the discussion's"),
        ("09-your-repair", 3, "is not a repair of TwoLists"),
    ],
)
def test_a_wrong_answer_is_told_what_is_wrong_with_it(key: str, answer: object, words: str) -> None:
    """Each in its own words."""
    shown = check(key, answer).plain
    assert shown.startswith("Not yet.")
    assert words in shown


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("09-while-asked", "1. Only file holds it"),
        ("09-closed-too-early", "ocall. In 3 of 6 orders"),
        ("09-your-repair", "return memories(params)"),
    ],
)
def test_each_solution_holds_the_answer(key: str, words: str) -> None:
    """Folded away in the notebook."""
    assert words in solution(key).plain
