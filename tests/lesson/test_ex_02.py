"""The exercises of notebook 02 know the usual wrong answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ocallkit.abi.results import Result
from ocallkit.lesson import check, solution
from ocallkit.lesson.ex_02 import ADDS_UP
from ocallkit.model.params import INOUT, Params, value
from ocallkit.model.ta import TEE_InvokeCACommand

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit.engine import Steps

KEYS = ("02-who-resumes", "02-three-ocalls", "02-adds-up")


@pytest.mark.parametrize("key", KEYS)
def test_three_dots_are_no_answer_yet(key: str) -> None:
    """The cell as it is stored says what to do."""
    assert check(key, ...).plain.startswith("No answer yet")


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("02-who-resumes", "SMC/RPC Resume. Follow the bar"),
        ("02-three-ocalls", "4: one with the invocation"),
        ("02-adds-up", "return Result.SUCCESS, (value(INOUT, total),)"),
    ],
)
def test_each_solution_holds_the_answer(key: str, words: str) -> None:
    """Folded away in the notebook."""
    assert words in solution(key).plain


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("TEE_IOC_ECALL/OCALL Complete", "brings the CA's answer into the kernel"),
        ("dispatch", "There are two of that name"),
        ("ret", "where the secure thread already runs"),
        ("wake up", "wake up is none of the possible answers"),
        (12, "12 is not a name in quotes"),
    ],
)
def test_a_wrong_message_is_told_what_it_does(answer: object, words: str) -> None:
    """Each of them is on the way."""
    assert words in check("02-who-resumes", answer).plain


def test_the_resume_is_right() -> None:
    """It names the thread."""
    shown = check("02-who-resumes", "smc/rpc resume").plain
    assert shown.startswith("Right.")
    assert "here thread 0" in shown


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (3, "The invocation itself has to get to the kernel too"),
        (6, "the same that returns with the next"),
        (5, "How can there be 5?"),
    ],
)
def test_a_wrong_number_of_ioctls_is_told_what_it_counts(answer: int, words: str) -> None:
    """One way in for each thing that goes in."""
    assert words in check("02-three-ocalls", answer).plain


def test_three_ocalls_make_four_ioctls() -> None:
    """One invocation and three answers."""
    assert check("02-three-ocalls", 4).plain.startswith("Right.")


def test_the_solutions_program_is_right() -> None:
    """The program that the solution shows is the one that is tested."""
    names: dict[str, Any] = {
        "Result": Result,
        "INOUT": INOUT,
        "value": value,
        "TEE_InvokeCACommand": TEE_InvokeCACommand,
    }
    exec(ADDS_UP, names)  # noqa: S102 - the text is our own
    assert check("02-adds-up", names["adds_up"]).plain.startswith("Right.")


def asks(places: int, *, passes_on: bool = True, adds: bool = True) -> Callable[..., Steps]:
    """A TA that asks so many times at most, and may forget something."""

    def ta(_command: int, params: Params) -> Steps:
        total = 0
        for place in range(places):
            ret, _, back = yield from TEE_InvokeCACommand(1, (value(INOUT, place),))
            if ret != Result.SUCCESS and passes_on:
                return ret
            if ret == Result.SUCCESS and back[0].a == 0:
                break
            total += back[0].a if ret == Result.SUCCESS else 0
        return Result.SUCCESS, (value(INOUT, total),) if adds else params

    return ta


@pytest.mark.parametrize(
    ("program", "words"),
    [
        (asks(0), "It never asks its CA"),
        (asks(3), "it asks 3 times, not 4"),
        (asks(9, adds=False), "the CA found 0 in a, not 12"),
        (asks(9, passes_on=False), "when the handler refuses with ACCESS_DENIED"),
        ("adds_up", "'adds_up' is not a program"),
    ],
)
def test_a_wrong_program_is_told_what_it_does(program: object, words: str) -> None:
    """It is run with a list, with an empty one, and with a handler that refuses."""
    assert words in check("02-adds-up", program).plain


def test_a_program_that_asks_for_something_else_is_refused() -> None:
    """The handler knows one command."""

    def ta(_command: int, _params: Params) -> Steps:
        ret, _, _ = yield from TEE_InvokeCACommand(2, (value(INOUT),))
        return ret

    assert "the CA got BAD_PARAMETERS, not SUCCESS" in check("02-adds-up", ta).plain
