"""The exercises of notebook 19 know the usual wrong answers."""

from __future__ import annotations

import pytest

from ocallkit.lesson import check
from ocallkit.lesson.ex_19 import too_late


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (1, "1 is too few"),
        (3, "3 is too many"),
        ("two", "'two' is not a whole number"),
        (..., "No answer yet"),
    ],
)
def test_a_wrong_number_of_references_is_told_who_holds_what(answer: object, words: str) -> None:
    """The file alone, and the calls besides."""
    assert words in check("19-who-holds-the-context", answer).plain


def test_the_file_and_the_callback_object_hold_the_context() -> None:
    """One each."""
    assert "Right. The file holds it" in check("19-who-holds-the-context", 2).plain


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("SUCCESS", "work was for nobody"),
        ("enodev", "secure world is answered"),
        ("EINTR", "the parent that died"),
        ("EBADF", "EBADF is none of the possible answers"),
        (22, "22 is not a name in quotes"),
    ],
)
def test_a_wrong_error_is_told_who_gets_it(answer: object, words: str) -> None:
    """Those of the other parties, and one that nobody gets."""
    assert words in check("19-too-late", answer).plain


def test_a_late_answer_is_invalid() -> None:
    """Its number leads to nobody."""
    assert "Right. The number leads to nobody" in check("19-too-late", "EINVAL").plain


def test_nobody_is_left_behind_when_the_answer_comes_too_late() -> None:
    """Parent and child both end."""
    assert "" == too_late().ending
