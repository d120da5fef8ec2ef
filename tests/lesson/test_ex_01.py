"""The exercises of notebook 01 know the usual wrong answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ocallkit.abi.results import Result
from ocallkit.lesson import check
from ocallkit.lesson.ex_01 import WAITS_TWICE
from ocallkit.model.params import INOUT, Params, value
from ocallkit.model.ta import TEE_Wait

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit.engine import Steps


def waits(number: int, answers: Callable[[Params], Any]) -> Callable[..., Steps]:
    """A TA that waits `number` times and then returns what `answers` gives."""

    def ta(command: int, params: Params) -> Steps:
        del command
        for _ in range(number):
            yield from TEE_Wait(10)
        return answers(params)

    return ta


def added(params: Params) -> tuple[Result, Params]:
    """The sum, as the exercise asks for it."""
    return Result.SUCCESS, (value(INOUT, params[0].a + params[0].b),)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (1, "One is the file's"),
        (2, "One is missing"),
        (6, "adds the MOBJ's references"),
        (9, "9 is not it"),
    ],
)
def test_a_wrong_count_is_told_who_was_forgotten(answer: int, words: str) -> None:
    """Forgotten owners, and owners of something else."""
    assert words in check("01-counted-twice", answer).plain


def test_neither_a_truth_nor_a_number_in_quotes_is_a_number() -> None:
    """Python counts `True` as one, a reader does not; a reader counts `"3"` as one."""
    assert check("01-counted-twice", answer=True).plain == "Not yet. True is not a whole number."
    expected = "Not yet. '3' is a text: write the number without the quotes."
    assert expected == check("01-counted-twice", "3").plain


def test_a_memory_that_two_parameters_name_is_counted_twice() -> None:
    """The file and two parameters: three references."""
    shown = check("01-counted-twice", 3).plain
    assert "Right. While the TA runs the owners are: file, ioctl Func Invoke, ioctl" in shown


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (1, "Thread 1 is B's"),
        (2, "There are thread 0 and thread 1, but no thread 2"),
        (-1, "no thread -1"),
    ],
)
def test_a_wrong_thread_is_told_why_it_is_not_free(answer: int, words: str) -> None:
    """It is taken, or there is none of that number."""
    assert words in check("01-which-thread", answer).plain


def test_a_thread_that_is_free_again_serves_another_client() -> None:
    """C's call takes the thread that A's call has left."""
    assert check("01-which-thread", 0).plain.startswith("Right.")


@pytest.mark.parametrize(
    ("program", "words"),
    [
        (waits(0, added), "Its thread is suspended never, not twice."),
        (waits(1, added), "Its thread is suspended once, not twice."),
        (waits(3, added), "Its thread is suspended 3 times, not twice."),
        (waits(2, lambda _: Result.GENERIC), "the CA got GENERIC instead of SUCCESS"),
        (waits(2, lambda _: None), "For 3 and 4 the CA found 3 in a, not 7."),
        (waits(2, lambda _: (0, (value(INOUT, 7),))), "For 20 and 22 the CA found 7 in a, not 42."),
        (waits(2, lambda _: 1 // 0), "The model cannot run it: "),
    ],
)
def test_a_wrong_program_is_told_what_it_does(program: Callable[..., Steps], words: str) -> None:
    """Each of them is run, and what it did is what is said."""
    assert words in check("01-waits-twice", program).plain


def test_a_program_that_never_ends_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model gives up after many steps, and the page says why."""
    monkeypatch.setattr("ocallkit.judging.path.MOST_STEPS", 100)

    def ta(command: int, params: Params) -> Steps:
        del command, params
        while True:
            yield from TEE_Wait(10)

    assert "look for a program that never ends" in check("01-waits-twice", ta).plain


def test_the_program_of_the_solution_is_right() -> None:
    """What the solution shows is what the check accepts."""
    names: dict[str, Any] = {
        "TEE_Wait": TEE_Wait,
        "Result": Result,
        "value": value,
        "INOUT": INOUT,
    }
    exec(WAITS_TWICE, names)  # noqa: S102 - a constant of the package
    assert check("01-waits-twice", names["twice"]).plain.startswith("Right.")
