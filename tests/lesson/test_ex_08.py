"""The exercises of notebook 08 know the usual wrong answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ocallkit.designs import Ecall, HeldRefs, HeldRefsPreRelease, OcallFd
from ocallkit.lesson import check, solution
from ocallkit.model import optee

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ocallkit.engine import Step
    from ocallkit.model.config import Client

KEYS = ("08-how-many-orders", "08-last-holder", "08-your-fix")


class Mine(HeldRefs):
    """The solution of the third exercise."""

    name = "mine"

    def pre_release(self, client: Client) -> Iterable[Step]:
        """Where the driver hears of the closed file."""
        return optee.cancel_ocall(client)


class Both(HeldRefs, OcallFd):
    """Another one."""

    name = "both"


class NotYet(HeldRefs):
    """What the cell begins with."""

    name = "not-yet"


class NoReferences(Ecall):
    """A hook without the references."""

    name = "no-references"


@pytest.mark.parametrize("key", KEYS)
def test_three_dots_are_no_answer_yet(key: str) -> None:
    """The cell as it is stored says what to do."""
    assert check(key, ...).plain.startswith("No answer yet")


@pytest.mark.long
@pytest.mark.parametrize(
    ("key", "answer"),
    [
        ("08-how-many-orders", 16),
        ("08-last-holder", "tee_shm A.memref"),
        ("08-your-fix", Mine),
        ("08-your-fix", Both),
    ],
)
def test_the_right_answer_is_right(key: str, answer: object) -> None:
    """Whichever way it was found."""
    assert check(key, answer).plain.startswith("Right.")


@pytest.mark.long
@pytest.mark.parametrize(
    ("key", "answer", "words"),
    [
        ("08-how-many-orders", 24, "the OCALL is cancelled"),
        ("08-how-many-orders", 12, "In 12 orders memref1 is closed before request. And memref2?"),
        ("08-how-many-orders", 6, "In 6 orders request is the last"),
        ("08-how-many-orders", 8, "one that is closed too early is enough"),
        ("08-how-many-orders", 7, "There are 24 orders"),
        ("08-how-many-orders", "all", "is not a whole number"),
        ("08-last-holder", "context file", "the first to go"),
        ("08-last-holder", "ioctl Func Invoke", "What does the memory hold in turn?"),
        ("08-last-holder", "invocation", "in secure world"),
        ("08-last-holder", "session", "holds no reference"),
        ("08-last-holder", "nobody", "none of the possible answers"),
        ("08-your-fix", NotYet, "In flow-2 it breaks no-suspended-thread"),
        ("08-your-fix", NoReferences, "In flow-1-memref it breaks no-deadlock"),
        ("08-your-fix", HeldRefsPreRelease, "one of the discussion's"),
        ("08-your-fix", Mine(), "is not a design: give the class itself"),
    ],
)
def test_a_wrong_answer_is_told_what_is_wrong_with_it(key: str, answer: object, words: str) -> None:
    """Each in its own words."""
    shown = check(key, answer).plain
    assert shown.startswith("Not yet.")
    assert words in shown


@pytest.mark.long
@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("08-how-many-orders", "16. Of 24 orders 8 go well"),
        ("08-last-holder", "tee_shm A.memref. "),
        ("08-your-fix", "def pre_release(self, client):"),
    ],
)
def test_each_solution_holds_the_answer(key: str, words: str) -> None:
    """Folded away in the notebook."""
    assert words in solution(key).plain
