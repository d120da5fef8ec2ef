"""The exercises of notebook 11 know the usual wrong answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ocallkit.abi.results import Result
from ocallkit.lesson import check, solution
from ocallkit.model.ta import TEE_InvokeCACommand

if TYPE_CHECKING:
    from ocallkit.engine import Steps
    from ocallkit.model.params import Params

KEYS = ("11-how-many-opens", "11-calls-of-the-exit", "11-opens-with-care")


def careful(params: Params) -> Steps:  # noqa: ARG001 - called with those of the opening
    """The solution of the third exercise."""
    ret, _, _ = yield from TEE_InvokeCACommand(99)
    return Result.SUCCESS if ret == Result.NOT_SUPPORTED else ret


def careless(params: Params) -> Steps:  # noqa: ARG001
    """What the cell begins with."""
    yield from TEE_InvokeCACommand(99)
    return Result.SUCCESS


def strict(params: Params) -> Steps:  # noqa: ARG001
    """It refuses after any error."""
    ret, _, _ = yield from TEE_InvokeCACommand(99)
    return ret


def vague(params: Params) -> Steps:  # noqa: ARG001
    """It refuses as it should, with an error of its own."""
    ret, _, _ = yield from TEE_InvokeCACommand(99)
    return Result.SUCCESS if ret in {Result.SUCCESS, Result.NOT_SUPPORTED} else Result.BUSY


def trusting(params: Params) -> Steps:  # noqa: ARG001
    """It refuses after the handler's error, and not when its CA is dead."""
    ret, _, _ = yield from TEE_InvokeCACommand(99)
    return ret if ret == Result.GENERIC else Result.SUCCESS


def deaf(params: Params) -> Steps:  # noqa: ARG001
    """It refuses even an answer."""
    yield from TEE_InvokeCACommand(99)
    return Result.BUSY


def silent(params: Params) -> Steps:  # noqa: ARG001
    """It does not ask."""
    yield from ()
    return Result.SUCCESS


@pytest.mark.parametrize("key", KEYS)
def test_three_dots_are_no_answer_yet(key: str) -> None:
    """The cell as it is stored says what to do."""
    assert check(key, ...).plain.startswith("No answer yet")


@pytest.mark.parametrize(
    ("key", "answer"),
    [("11-how-many-opens", 4), ("11-calls-of-the-exit", 2), ("11-opens-with-care", careful)],
)
def test_the_right_answer_is_right(key: str, answer: object) -> None:
    """The model's own."""
    assert check(key, answer).plain.startswith("Right.")


@pytest.mark.parametrize(
    ("key", "answer", "words"),
    [
        ("11-how-many-opens", 1, "enough without an OCALL"),
        ("11-how-many-opens", 2, "That is an OCALL with a value"),
        ("11-how-many-opens", 3, "So many requests reach the CA"),
        ("11-how-many-opens", 9, "9 is not it"),
        ("11-how-many-opens", "four", "is not a whole number"),
        ("11-calls-of-the-exit", 1, "enough where the TA refuses"),
        ("11-calls-of-the-exit", 0, "suspended for ever"),
        ("11-calls-of-the-exit", 3, "3 is not it"),
        ("11-opens-with-care", careless, "fails with GENERIC, and the opening ends with SUCCESS"),
        ("11-opens-with-care", vague, "fails with GENERIC, and the opening ends with BUSY"),
        ("11-opens-with-care", strict, "It should go on without"),
        ("11-opens-with-care", trusting, "the driver has to close it again"),
        ("11-opens-with-care", deaf, "Its CA has answered, and it does not open"),
        ("11-opens-with-care", silent, "It does not ask at all"),
        ("11-opens-with-care", 3, "is not an open entry point"),
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
        ("11-how-many-opens", "4. One that begins the opening"),
        ("11-calls-of-the-exit", "2. The first resumes the secure thread"),
        ("11-opens-with-care", "if ret == Result.NOT_SUPPORTED else ret"),
    ],
)
def test_each_solution_holds_the_answer(key: str, words: str) -> None:
    """Folded away in the notebook."""
    assert words in solution(key).plain
