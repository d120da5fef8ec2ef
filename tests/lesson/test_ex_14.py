"""The exercises of notebook 14 know the usual wrong answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ocallkit import judge
from ocallkit.designs import EcallBare, HeldRefsPreRelease
from ocallkit.lesson import check, solution
from ocallkit.lesson.ex_14 import BESIDE_AN_AGENT

if TYPE_CHECKING:
    from ocallkit.model.config import Client

KEYS = ("14-beside-an-agent", "14-too-early", "14-your-spared")


class Mine(HeldRefsPreRelease):
    """The solution of the third exercise."""

    name = "mine"

    def spared(self, client: Client, cmd: str) -> int:  # noqa: ARG002 - as it is asked
        """One, of a call on the context on which OCALLs come."""
        return 1 if client.context != client.name else 0


class NotYet(HeldRefsPreRelease):
    """What the cell begins with."""

    name = "not-yet"


class TheOtherWay(HeldRefsPreRelease):
    """The thread is kept from the calls that need it."""

    name = "the-other-way"

    def spared(self, client: Client, cmd: str) -> int:  # noqa: ARG002 - as it is asked
        """One, of a call on the handler's context."""
        return 1 if client.context == client.name else 0


class LeavesTooMuch(EcallBare):
    """Even one CA does not get in."""

    name = "leaves-too-much"

    def spared(self, client: Client, cmd: str) -> int:  # noqa: ARG002 - as it is asked
        """Both of two."""
        return 2


@pytest.mark.parametrize("key", KEYS)
def test_three_dots_are_no_answer_yet(key: str) -> None:
    """The cell as it is stored says what to do."""
    assert check(key, ...).plain.startswith("No answer yet")


@pytest.mark.parametrize(
    ("key", "answer"),
    [("14-beside-an-agent", 4), ("14-too-early", "communication"), ("14-your-spared", Mine)],
)
def test_the_right_answer_is_right(key: str, answer: object) -> None:
    """The model's own."""
    assert check(key, answer).plain.startswith("Right.")


@pytest.mark.long
@pytest.mark.parametrize(
    ("key", "answer", "words"),
    [
        ("14-beside-an-agent", 3, "So many are enough for the CAs alone"),
        ("14-beside-an-agent", 2, "With 2 the handlers wait"),
        ("14-beside-an-agent", 5, "5 are enough, and fewer are as well"),
        ("14-beside-an-agent", 0, "no call enters"),
        ("14-too-early", "waits", "Nothing kills a client in the kernel"),
        ("14-too-early", "SUCCESS", "nobody who could do it"),
        ("14-too-early", "NOT_SUPPORTED", "what the driver answers to an OCALL"),
        ("14-too-early", "EINVAL", "none of the possible answers: SUCCESS, COMMUNICATION"),
        ("14-your-spared", NotYet, "Clients: 2. It breaks no-deadlock"),
        ("14-your-spared", TheOtherWay, "Clients: 1. It breaks no-deadlock"),
        ("14-your-spared", LeavesTooMuch, "Clients: 1. It breaks no-deadlock"),
        ("14-your-spared", HeldRefsPreRelease, "one of the discussion's"),
        ("14-your-spared", 3, "is not a design"),
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
        ("14-beside-an-agent", "4. The agent keeps one"),
        ("14-too-early", "COMMUNICATION. The driver does not queue"),
        ("14-your-spared", "return 1 if client.context != client.name else 0"),
    ],
)
def test_each_solution_holds_the_answer(key: str, words: str) -> None:
    """Folded away in the notebook."""
    assert words in solution(key).plain


def test_with_a_thread_less_two_handlers_and_an_agent_wait_for_ever() -> None:
    """The agent idles; the CAs wait for the threads that their OCALLs have."""
    found = {n: judge(BESIDE_AN_AGENT, threads=n, faults=()) for n in (3, 4)}
    assert {3: False, 4: True} == {n: verdict.holds for n, verdict in found.items()}
    assert "no-deadlock" in found[3].broken
