"""The exercises of notebook 12 know the usual wrong answers."""

from __future__ import annotations

import pytest

from ocallkit.lesson import check, solution

KEYS = ("12-lost-at-most", "12-left-open", "12-which-cure")


@pytest.mark.parametrize("key", KEYS)
def test_three_dots_are_no_answer_yet(key: str) -> None:
    """The cell as it is stored says what to do."""
    assert check(key, ...).plain.startswith("No answer yet")


@pytest.mark.parametrize(
    ("key", "answer"),
    [("12-lost-at-most", 2), ("12-left-open", 5), ("12-which-cure", "driver")],
)
def test_the_right_answer_is_right(key: str, answer: object) -> None:
    """The model's own."""
    assert check(key, answer).plain.startswith("Right.")


@pytest.mark.long
@pytest.mark.parametrize(
    ("key", "answer", "words"),
    [
        ("12-lost-at-most", 4, "They can lose no more than they have"),
        ("12-lost-at-most", 1, "one after the other, or if there is one thread"),
        ("12-lost-at-most", 3, "3 is not it"),
        ("12-lost-at-most", "two", "is not a whole number"),
        ("12-left-open", 6, "One of them finds the page"),
        ("12-left-open", 0, "a context of the driver's own"),
        ("12-left-open", 1, "1 is not it"),
        ("12-which-cure", "caller", "under every design"),
        ("12-which-cure", "off", "lost under ecall-bare, held-refs:"),
        ("12-which-cure", "none", "none of the possible answers: caller, driver, off"),
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
        ("12-lost-at-most", "2. If both are in secure world"),
        ("12-left-open", "5. 6 calls need 6 pages"),
        ("12-which-cure", "driver. The memory holds a context"),
    ],
)
def test_each_solution_holds_the_answer(key: str, words: str) -> None:
    """Folded away in the notebook."""
    assert words in solution(key).plain
