"""The exercises of notebook 10 know the usual wrong answers."""

from __future__ import annotations

import pytest

from ocallkit.lesson import check, solution, verdicts

pytestmark = pytest.mark.long

KEYS = ("10-never-broken", "10-depends-on-threads")


@pytest.mark.parametrize("key", KEYS)
def test_three_dots_are_no_answer_yet(key: str) -> None:
    """The cell as it is stored says what to do."""
    assert check(key, ...).plain.startswith("No answer yet")


@pytest.mark.parametrize(
    ("key", "answer"), [("10-never-broken", "counts-never-negative"), ("10-depends-on-threads", 8)]
)
def test_the_right_answer_is_right(key: str, answer: object) -> None:
    """The model's own."""
    assert check(key, answer).plain.startswith("Right.")


@pytest.mark.parametrize(
    ("key", "answer", "words"),
    [
        ("10-never-broken", "no-use-after-free", "is broken by two-lists."),
        (
            "10-never-broken",
            "no-deadlock",
            "held-refs, held-refs-ocall-fd, held-refs-pre-release, two-lists. Open one",
        ),
        ("10-never-broken", "no-bugs", "none of the possible answers"),
        ("10-depends-on-threads", 20, "the number of states depends on it. Does the verdict?"),
        ("10-depends-on-threads", 3, "3 is not it"),
        ("10-depends-on-threads", "none", "is not a whole number"),
    ],
)
def test_a_wrong_answer_is_told_what_is_wrong_with_it(key: str, answer: object, words: str) -> None:
    """Each in its own words."""
    shown = check(key, answer).plain
    assert shown.startswith("Not yet.")
    assert words in shown


def test_each_solution_holds_the_answer() -> None:
    """Folded away in the notebook."""
    assert "counts-never-negative" in solution("10-never-broken").plain
    assert "Of 64 cells 8 change" in solution("10-depends-on-threads").plain


def test_the_verdicts_are_found_once() -> None:
    """Every cell of the notebook may ask for them."""
    assert verdicts() is verdicts()
