"""The exercises of notebook 07 know the usual wrong answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ocallkit.abi.results import Result
from ocallkit.lesson import check, once
from ocallkit.lesson.ex_07 import HARMLESS, NO_CRASH
from ocallkit.model import client as libteec
from ocallkit.model.params import INOUT, memref
from ocallkit.scenarios import serve

if TYPE_CHECKING:
    from ocallkit.model.config import Client


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (2, "With 2 not all of the 3 CAs even get to their OCALL."),
        (3, "With 3 secure threads 0 are free"),
        (6, "With 6 secure threads 0 are free"),
        (8, "8 is more than it takes"),
    ],
)
def test_a_wrong_number_of_threads_is_told_what_is_free(answer: int, words: str) -> None:
    """Counted in the run with so many threads."""
    assert words in check("07-threads-needed", answer).plain


def test_three_deaths_keep_six_threads() -> None:
    """A seventh lets the fourth CA work."""
    assert check("07-threads-needed", 7).plain.startswith("Right.")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (("context", "memref", "request"), "It stops with request still open: secure world"),
        (("memref", "request", "context"), "It stops with context, request still open"),
        (("request", "context", "memref"), "the memory is the last there"),
        (("request", "memref"), "The files are context, memref, request, each once."),
        (("request", 1, "memref"), "The files are context, memref, request, each once."),
        ("request", "'request' is not three names"),
    ],
)
def test_a_wrong_order_is_told_where_it_stops(answer: object, words: str) -> None:
    """The model closes the files in that order, as far as it gets."""
    assert words in check("07-harmless-order", answer).plain


@pytest.mark.parametrize("answer", [HARMLESS, ["request", "memref", "context"]])
def test_an_order_is_harmless_if_the_request_goes_before_the_memory(answer: object) -> None:
    """As a tuple or as a list."""
    assert check("07-harmless-order", answer).plain.startswith("Right.")


def unfinished(client: Client) -> Result:
    """A CA that is not written yet."""
    del client
    return Result.SUCCESS


@pytest.mark.parametrize(
    ("program", "words"),
    [
        (once(0, handler=serve), "It comes to its end after "),
        (unfinished, "The model cannot run it: "),
    ],
)
def test_a_ca_that_ends_is_told_so(program: object, words: str) -> None:
    """It is run, and what it did is what is said."""
    assert words in check("07-no-crash", program).plain


def test_the_program_of_the_solution_is_right() -> None:
    """What the solution shows is what the check accepts."""
    names: dict[str, Any] = {**vars(libteec), "Result": Result, "memref": memref, "INOUT": INOUT}
    exec(NO_CRASH, names)  # noqa: S102 - a constant of the package
    assert check("07-no-crash", names["ca"]).plain.startswith("Right.")
