"""The exercises of notebook 17 know the usual wrong answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ocallkit.lesson import check, solution
from ocallkit.lesson.ex_17 import WHEN_IT_HOLDS

if TYPE_CHECKING:
    from ocallkit.judging.verdict import Question


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("refuted", "Which function would cancel"),
        ("Refined", "states no condition"),
        ("pending", "pending it is not"),
        ("true", "true is none of the possible answers"),
        (1, "1 is not a name in quotes"),
        (..., "No answer yet"),
    ],
)
def test_a_wrong_verdict_is_told_what_was_confused(answer: object, words: str) -> None:
    """The claim's own verdict, a verdict that the rule cannot give, and no verdict at all."""
    assert words in check("17-without-the-hook", answer).plain


def test_without_the_hook_the_claim_holds() -> None:
    """There is no pre_release to be called."""
    assert "Right. Under held-refs" in check("17-without-the-hook", "holds").plain


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (1, "One CA closes its files one after the other"),
        (3, "3 is not it"),
        (4, "fewer do too"),
        ("two", "'two' is not a whole number"),
    ],
)
def test_a_wrong_number_of_deaths_is_told_what_one_takes(answer: object, words: str) -> None:
    """Too few, too many, and one for each thread."""
    assert words in check("17-to-take-them-all", answer).plain


def test_two_dying_cas_take_four_threads() -> None:
    """Two threads each."""
    assert "Right. Each takes one thread for the OCALL" in check("17-to-take-them-all", 2).plain


@pytest.mark.whole
def test_a_condition_that_is_too_wide_is_shown_a_cell_that_fails() -> None:
    """Always is no condition."""
    shown = check("17-when-it-holds", lambda _cell: True).plain
    assert "in 39 of them the claim fails: flow-2-memref under ecall" in shown


@pytest.mark.long
def test_a_condition_that_is_too_narrow_is_shown_a_cell_that_holds() -> None:
    """Flow 1 alone leaves out most."""

    def met(cell: Question) -> bool:
        return cell.scenario == "flow-1"

    assert "but in 81 others too: flow-2 under ecall" in check("17-when-it-holds", met).plain


def test_the_solution_is_right() -> None:
    """The program that is shown is the one that is tried."""
    names: dict[str, Any] = {}
    exec(WHEN_IT_HOLDS, names)  # noqa: S102 - the program of the solution
    assert "Right. Your condition is met in the 99" in check("17-when-it-holds", names["met"]).plain
    assert WHEN_IT_HOLDS in solution("17-when-it-holds").plain
