"""The exercises of notebook 04 know the usual wrong answers."""

from __future__ import annotations

import pytest

from ocallkit.lesson import check, solution

KEYS = ("04-where-is-the-id", "04-smallest-buffer", "04-whose-result")


@pytest.mark.parametrize("key", KEYS)
def test_three_dots_are_no_answer_yet(key: str) -> None:
    """The cell as it is stored says what to do."""
    assert check(key, ...).plain.startswith("No answer yet")


@pytest.mark.parametrize(
    ("key", "right", "why"),
    [
        ("04-where-is-the-id", 168, "48 of header, 3 parameters of 32, and 3 numbers of 8"),
        ("04-smallest-buffer", 35, "its zero byte included"),
        ("04-whose-result", "trusted_app", "the result of its own function"),
    ],
)
def test_the_right_answer_is_told_why(key: str, right: object, why: str) -> None:
    """And the solution has the same."""
    shown = check(key, right).plain
    assert shown.startswith("Right.")
    assert why in shown
    assert f"\n\n{str(right).upper()}" in solution(key).plain


@pytest.mark.long
@pytest.mark.parametrize(
    ("key", "answer", "words"),
    [
        ("04-where-is-the-id", 120, "A header of 48 bytes is before it"),
        ("04-where-is-the-id", 144, "where the parameter begins"),
        ("04-where-is-the-id", 200, "three are before this one, not four"),
        ("04-where-is-the-id", 3, "3 is not the place"),
        ("04-smallest-buffer", 34, "no room for the zero byte"),
        ("04-smallest-buffer", 31, "the string that the CA sends"),
        ("04-smallest-buffer", 128, "but with fewer too"),
        ("04-smallest-buffer", 7, "With 7 bytes the TA refuses: BAD_PARAMETERS"),
        ("04-whose-result", "CLIENT_APP", "That is what the TA sees"),
        ("04-whose-result", "TEE", "They all did their work"),
        ("04-whose-result", "CA", "CA is none of the possible answers"),
    ],
)
def test_a_wrong_answer_is_told_what_it_is(key: str, answer: object, words: str) -> None:
    """Each of them is the answer to something else."""
    assert words in check(key, answer).plain
