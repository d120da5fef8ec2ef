"""The exercises of notebook 15 know the usual wrong answers."""

from __future__ import annotations

import pytest

from ocallkit.lesson import check, solution

RIGHT = (
    ("15-what-flow-2-costs", 128, "4 ioctls, each with 32 bytes more"),
    ("15-the-value", 0x300000065, "an OCALL, and the lower one the CA's command, 101"),
    ("15-fewest-with-the-ioctl", 4, "those are always four"),
)


@pytest.mark.parametrize(("key", "right", "why"), RIGHT)
def test_the_right_answer_is_told_why(key: str, right: int, why: str) -> None:
    """And the solution has the same."""
    shown = check(key, right).plain
    assert shown.startswith("Right.")
    assert why in shown
    assert str(right) in solution(key).plain


@pytest.mark.parametrize("key", [key for key, _, _ in RIGHT])
def test_three_dots_are_no_answer_yet(key: str) -> None:
    """The cell as it is stored says what to do."""
    assert check(key, ...).plain.startswith("No answer yet")


@pytest.mark.parametrize(
    ("key", "answer", "words"),
    [
        ("15-what-flow-2-costs", 32, "That is one ioctl"),
        ("15-what-flow-2-costs", 64, "That is Flow 1"),
        ("15-what-flow-2-costs", 96, "The first ioctl passes the parameter too"),
        ("15-what-flow-2-costs", 7, "7 is not it"),
        ("15-the-value", 0x200000065, "2 is the number that the new ioctl has for it"),
        ("15-the-value", 0x6500000003, "The halves are exchanged"),
        ("15-the-value", 101, "the lower half alone"),
        ("15-the-value", 0x100000065, "Its upper half is 1, its lower 101"),
        ("15-fewest-with-the-ioctl", 5, "which is one of them"),
        ("15-fewest-with-the-ioctl", 1, "of which three carry nothing"),
        ("15-fewest-with-the-ioctl", 3, "With 3 the ioctl fails"),
        ("15-fewest-with-the-ioctl", 6, "6 are enough, and fewer are too"),
        ("15-fewest-with-the-ioctl", "four", "'four' is not a whole number"),
    ],
)
def test_a_wrong_answer_is_told_what_it_is(key: str, answer: object, words: str) -> None:
    """Each of them is the answer to something else."""
    assert words in check(key, answer).plain
