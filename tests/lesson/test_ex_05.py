"""The exercises of notebook 05 know the usual wrong answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ocallkit.abi.results import Result
from ocallkit.lesson import check
from ocallkit.lesson.ex_05 import STOPS_ASKING
from ocallkit.model.ta import TEE_InvokeCACommand

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit.engine import Steps
    from ocallkit.model.params import Params


def asks(most: int, *enough: Result, says: Result | None = None) -> Callable[..., Steps]:
    """A TA that asks at most so often, until it gets one of `enough`."""

    def ta(command: int, params: Params) -> Steps:
        del command, params
        ret = Result.SUCCESS
        for _ in range(most):
            ret, _, _ = yield from TEE_InvokeCACommand(100)
            if ret in enough:
                break
        return ret if says is None else says

    return ta


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("TARGET_DEAD", "Here the CA lives"),
        ("GENERIC", "is what the handler returned"),
        ("BAD_PARAMETERS", "This one fits."),
        ("BUSY", "none of the possible answers"),
    ],
)
def test_another_result_is_told_whose_it_is(answer: str, words: str) -> None:
    """Each belongs to another trouble."""
    assert words in check("05-handler-error", answer).plain


def test_a_failed_handler_is_no_failed_rpc() -> None:
    """The resume says SUCCESS."""
    assert check("05-handler-error", "success").plain.startswith("Right.")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (1, "Free threads after 1 of them: 2."),
        (3, "3 is not it"),
        (5, "5 is not it"),
        (0, "0 is not it"),
    ],
)
def test_a_wrong_number_of_deaths_is_told_what_is_left(answer: int, words: str) -> None:
    """Counted in the run with so many deaths."""
    assert words in check("05-how-many-deaths", answer).plain


def test_half_as_many_deaths_as_threads_stop_everything() -> None:
    """Four threads, two deaths: each keeps a thread suspended and another one waiting."""
    assert check("05-how-many-deaths", 2).plain.startswith("Right.")


@pytest.mark.parametrize(
    ("program", "words"),
    [
        (asks(3, Result.SUCCESS), "When its CA is killed it asks 3 times."),
        (asks(1), "returns an error each time, it asks once, not 3 times."),
        (asks(3, Result.TARGET_DEAD), "When the handler succeeds it asks 3 times; once"),
        (asks(3, Result.SUCCESS, Result.TARGET_DEAD, says=Result.BUSY), "but returns BUSY."),
    ],
)
def test_a_wrong_program_is_told_what_it_does(program: Callable[..., Steps], words: str) -> None:
    """Each of them is run with three kinds of CA."""
    assert words in check("05-stops-asking", program).plain


def test_the_program_of_the_solution_is_right() -> None:
    """What the solution shows is what the check accepts."""
    names: dict[str, Any] = {"TEE_InvokeCACommand": TEE_InvokeCACommand, "Result": Result}
    exec(STOPS_ASKING, names)  # noqa: S102 - a constant of the package
    assert check("05-stops-asking", names["asks"]).plain.startswith("Right.")
