"""The exercises of notebook 16 know the usual wrong answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ocallkit.lesson import check, solution
from ocallkit.scenarios.misuse.act import answer, answers
from ocallkit.scenarios.misuse.sessions import closing, own

if TYPE_CHECKING:
    from ocallkit.engine import Steps
    from ocallkit.model.config import Client

KEYS = ("16-whose-memory", "16-more-octets", "16-cancel-it")


def mine(client: Client) -> Steps:
    """The solution of the third exercise."""
    return (yield from answers(client, "FREE"))


def serves(client: Client) -> Steps:
    """An answer that fits."""
    return (yield from answers(client, "OCALL", answer(client)))


def closes_session(client: Client) -> Steps:
    """What the exercise does not want."""
    return (yield from closing(own)(client))


@pytest.mark.parametrize("key", KEYS)
def test_three_dots_are_no_answer_yet(key: str) -> None:
    """The cell as it is stored says what to do."""
    assert check(key, ...).plain.startswith("No answer yet")


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("16-whose-memory", "tee driver"),
        ("16-more-octets", "BAD_PARAMETERS"),
        ("16-cancel-it", mine),
    ],
)
def test_the_right_answer_is_right(key: str, said: object) -> None:
    """The model's own."""
    assert check(key, said).plain.startswith("Right.")


@pytest.mark.parametrize(
    ("key", "said", "words"),
    [
        ("16-whose-memory", "OP-TEE Driver", "Memory comes sooner"),
        ("16-whose-memory", "OP-TEE", "never hears of this call"),
        ("16-whose-memory", "Linux", "none of the possible answers: TEE Driver"),
        ("16-more-octets", "SUCCESS", "behind its buffer"),
        ("16-more-octets", "TARGET_DEAD", "nobody is left"),
        ("16-more-octets", "EINVAL", "none of the possible answers: SUCCESS"),
        ("16-cancel-it", serves, "It is: answered, then FREE"),
        ("16-cancel-it", closes_session, "Leave everything open"),
        ("16-cancel-it", 3, "is not a program"),
    ],
)
def test_a_wrong_answer_is_told_what_is_wrong_with_it(key: str, said: object, words: str) -> None:
    """Each in its own words."""
    shown = check(key, said).plain
    assert shown.startswith("Not yet.")
    assert words in shown


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("16-whose-memory", "TEE Driver. Memory is counted"),
        ("16-more-octets", "BAD_PARAMETERS. The OCALL PTA compares"),
        ("16-cancel-it", 'answers(client, "FREE")'),
    ],
)
def test_each_solution_holds_the_answer(key: str, words: str) -> None:
    """Folded away in the notebook."""
    assert words in solution(key).plain
