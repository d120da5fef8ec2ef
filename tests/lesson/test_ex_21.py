"""The exercises of notebook 21 know the usual wrong answers."""

from __future__ import annotations

import pytest

from ocallkit import token
from ocallkit.designs import DESIGNS
from ocallkit.labs.crash import Crash, Situation
from ocallkit.labs.designs import Choice, choice_of
from ocallkit.lesson import check
from ocallkit.lesson.ex_21 import ONE_MORE, SCENE, bad_moments

HELD = choice_of(DESIGNS["held-refs-pre-release"])


@pytest.mark.parametrize(
    ("key", "answer", "words"),
    [
        ("21-deadly-moments", 99, "comes back to user mode 12 times in all."),
        ("21-deadly-moments", 9, "Fewer. Is the invocation under way"),
        ("21-deadly-moments", 0, "More. The TA asks for memory"),
        ("21-deadly-moments", "two", "'two' is not a whole number"),
        ("21-one-answer", "cancel", "with count zero it breaks flow-2: leak; with pre_release"),
        ("21-one-answer", "transport", "with TEE_IOC_INVOKE it breaks flow-1-memref: deadlock"),
        ("21-one-answer", "request_holds", "with False it breaks flow-2: use-after-free"),
        ("21-one-answer", "threads", "threads is none of the possible answers"),
        ("21-one-more", "meta", "'meta' is not a Choice(...)"),
        ("21-one-more", Choice(), "ecall-bare breaks flow-2: leak."),
        ("21-one-more", HELD, "it is the discussion's own held-refs-pre-release."),
    ],
)
def test_a_wrong_answer_is_told_what_is_wrong_with_it(key: str, answer: object, words: str) -> None:
    """By what the model does with it."""
    found = check(key, answer).plain
    assert found.startswith("Not yet.")
    assert words in found


@pytest.mark.parametrize(
    ("key", "answer"),
    [
        ("21-deadly-moments", len(bad_moments())),
        ("21-one-answer", "holds_memories"),
        ("21-one-more", ONE_MORE),
        ("21-one-more", Choice(True, True, "pre_release", "TEE_IOC_INVOKE")),  # noqa: FBT003
    ],
)
def test_a_right_answer_is_told_why(key: str, answer: object) -> None:
    """Every one that does what was asked for."""
    assert check(key, answer).plain.startswith("Right.")


def test_the_deadly_moments_are_those_of_the_invocation() -> None:
    """The three requests of the TA, and the two moments between system calls that serve them."""
    here = Situation(*SCENE)
    names = [here.run(Crash(moment)) for moment in bad_moments()]
    places = [token(path).partition("A:kill")[2].partition(",")[0] for path in names]
    assert ["@ALLOC", "", "@OCALL", "@FREE", ""] == places
