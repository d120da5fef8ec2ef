"""The exercises of notebook 06 know the usual wrong answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from ocallkit.designs import EcallBare
from ocallkit.lesson import check
from ocallkit.lesson.ex_06 import YOUR_HOOK
from ocallkit.model import optee

if TYPE_CHECKING:
    from ocallkit.model.events import Param


class Nothing(EcallBare):
    """Changes nothing."""

    name: ClassVar[str] = "nothing"


class Forgets(EcallBare):
    """Holds no memory for a request: nothing leaks, and the memory goes too early."""

    name: ClassVar[str] = "forgets"

    def referenced(self, params: tuple[Param, ...]) -> tuple[str, ...]:
        """None."""
        del params
        return ()


@pytest.mark.parametrize(
    ("answer", "words"),
    [(1, "has two OCALLs"), (6, "6 requests reach the CA"), (4, "4 is not it")],
)
def test_a_wrong_count_of_leaks_is_told_what_was_counted(answer: int, words: str) -> None:
    """All requests, or too few of them."""
    assert words in check("06-which-leak", answer).plain


def test_a_death_leaks_where_the_request_names_memory() -> None:
    """At each of the two OCALLs, and at no allocation or free."""
    expected = "ALLOC: ends, OCALL: leaks, FREE: ends, ALLOC: ends, OCALL: leaks, FREE: ends"
    assert expected in check("06-which-leak", 2).plain


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("file", "when the context's file is closed first"),
        ("ioctl SHM Alloc Compl'", "has returned long ago"),
        ("TA", "none of the possible answers"),
    ],
)
def test_another_owner_is_told_when_it_drops(answer: str, words: str) -> None:
    """Each of them drops its reference earlier."""
    assert words in check("06-drops-last", answer).plain


def test_the_request_is_last_when_the_memorys_file_is_first() -> None:
    """The file's reference is gone by then."""
    assert check("06-drops-last", "OCALL request").plain.startswith("Right.")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Nothing, "breaks no-suspended-thread, no-context-leak"),
        (Nothing, "flow-2/nothing/t2/c1/A:kill@OCALL,A:close:context"),
        (Forgets, "Under forgets flow-2 breaks no-use-after-free"),
        (int, "is not a design"),
        (Nothing(), "is not a design"),
    ],
)
def test_a_wrong_design_is_told_what_breaks(answer: object, words: str) -> None:
    """With the shortest way there as a line that can be replayed."""
    assert words in check("06-your-hook", answer).plain


def test_the_design_of_the_solution_is_right() -> None:
    """What the solution shows is what the check accepts."""
    names: dict[str, Any] = {"EcallBare": EcallBare, "optee": optee}
    exec(YOUR_HOOK, names)  # noqa: S102 - a constant of the package
    assert check("06-your-hook", names["Mine"]).plain.startswith("Right.")
