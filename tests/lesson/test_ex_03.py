"""The exercises of notebook 03 know the usual wrong answers."""

from __future__ import annotations

import pytest

from ocallkit.lesson import check, solution

KEYS = ("03-third-offset", "03-context-count", "03-two-ocalls")


@pytest.mark.parametrize("key", KEYS)
def test_three_dots_are_no_answer_yet(key: str) -> None:
    """The cell as it is stored says what to do."""
    assert check(key, ...).plain.startswith("No answer yet")


@pytest.mark.parametrize(
    ("key", "right", "why"),
    [
        ("03-third-offset", 14, "5 + 9"),
        ("03-context-count", 3, "context file, tee_shm A.memref, tee_shm A.ocall"),
        ("03-two-ocalls", 7, "takes 3 more"),
    ],
)
def test_the_right_answer_is_told_why(key: str, right: int, why: str) -> None:
    """And the solution has the same number."""
    shown = check(key, right).plain
    assert shown.startswith("Right.")
    assert why in shown
    assert f"\n\n{right}" in solution(key).plain


@pytest.mark.parametrize(
    ("key", "answer", "words"),
    [
        ("03-third-offset", 24, "Nothing is aligned here"),
        ("03-third-offset", 5, "leaves out the second buffer"),
        ("03-third-offset", 30, "where the third buffer ends"),
        ("03-third-offset", 1, "1 is not that"),
        ("03-context-count", 1, "That is the file"),
        ("03-context-count", 2, "One is missing"),
        ("03-context-count", 4, "One too many"),
        ("03-context-count", 9, "9 is not it"),
        ("03-two-ocalls", 8, "twice the 4 of one OCALL"),
        ("03-two-ocalls", 5, "every OCALL allocates its own"),
        ("03-two-ocalls", 2, "2 things?"),
        ("03-two-ocalls", "seven", "'seven' is not a whole number"),
    ],
)
def test_a_wrong_number_is_told_what_it_counts(key: str, answer: object, words: str) -> None:
    """Each of them is the count of something else."""
    assert words in check(key, answer).plain
