"""What a design answers is looked at where it answers it."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import pytest

from ocallkit import judge, run
from ocallkit.designs import HeldRefsPreRelease
from ocallkit.designs.checked import Checked, DesignError
from ocallkit.designs.decisions import NAMES, NOTHING, NUMBER, PROGRAM, STEPS, TRUTH
from ocallkit.engine import ProgramError
from ocallkit.judging.assembly import build
from ocallkit.model import optee
from ocallkit.model.world import Request, SecureThread

if TYPE_CHECKING:
    from collections.abc import Callable


def yields(_self: object, *_asked: object) -> Any:  # noqa: ANN401 - not what is wanted
    """A decision that is a program."""
    yield from ()


def answering(decision: str, answer: Callable[..., Any]) -> type[HeldRefsPreRelease]:
    """A design that answers one question so."""
    return type("Mine", (HeldRefsPreRelease,), {"name": "mine", decision: answer})


NAMES_OF = ("kept", "referenced", "replied", "answer_drops")
STEPS_OF = (
    "cancels",
    "close_session",
    "completes",
    "pre_release",
    "release",
    "release_memory_file",
    "reply_arrives",
    "unregister",
)

NO_NAMES: tuple[object, ...] = (None, "A.m", ["A.m"], (1,))
NO_STEPS: tuple[object, ...] = (None, 5, [], "cancel")
NO_NUMBER: tuple[object, ...] = (None, -1, 1.0, True, "1")
SOMETHING: tuple[object, ...] = (0, (), "file")
WRONG: list[tuple[str, object, str]] = [
    *((name, value, NAMES) for name in NAMES_OF for value in NO_NAMES),
    *((name, value, STEPS) for name in STEPS_OF for value in NO_STEPS),
    *(("spared", value, NUMBER) for value in NO_NUMBER),
    *(("size_given", value, NUMBER) for value in NO_NUMBER),
    *(("takes_memory", value, TRUTH) for value in (None, 1, "yes")),
    *(("unlists", value, PROGRAM) for value in (None, (), True)),
    ("speaks_for", "API", "an Origin"),
    *(("request_leaves", value, NOTHING) for value in SOMETHING),
]


@pytest.mark.parametrize(("decision", "value", "wanted"), WRONG)
def test_an_answer_of_the_wrong_kind_is_named(decision: str, value: object, wanted: str) -> None:
    """The design, the decision, the file and the line, what came and what was wanted."""

    def answer(_self: object, *_asked: object) -> object:
        return value

    with pytest.raises(DesignError) as caught:
        judge("flow-2-memref", answering(decision, answer))
    _, first = inspect.getsourcelines(answer)
    error = caught.value
    assert (f"Mine.{decision}", f"line {first} in test_decisions.py") == (
        error.program,
        error.where,
    )
    assert f"returned {value!r}, wanted {wanted}" == error.what


@pytest.mark.parametrize("decision", ["kept", "referenced", "request_leaves"])
def test_a_program_where_a_plain_answer_is_due_is_named(decision: str) -> None:
    """One that is made elsewhere, and that nobody would run."""

    def answer(_self: object, *asked: object) -> object:
        return yields(*asked)

    with pytest.raises(DesignError, match=f"Mine.{decision}, line .*: returned a program"):
        run("flow-2-memref", answering(decision, answer))


def test_what_a_wake_up_does_is_no_program() -> None:
    """Nor does it give anything: it changes the world at once."""
    world = build("flow-1").start.world
    for answer in (yields, lambda *_: 0):
        design = Checked(answering("wq_wakeup", answer)())
        with pytest.raises(DesignError, match=f"Mine.wq_wakeup, .* wanted {NOTHING}"):
            design.wq_wakeup(world, SecureThread("A.0"))


def test_what_becomes_of_a_request_is_no_program() -> None:
    """It changes the world at once, too."""
    world = build("flow-1").start.world
    for answer in (yields, lambda *_: 0):
        design = Checked(answering("supp_given_up", answer)())
        with pytest.raises(DesignError, match=f"Mine.supp_given_up, .* wanted {NOTHING}"):
            design.supp_given_up(world, Request("requests.A.0"))


def test_an_error_inside_a_decision_is_its_own() -> None:
    """Its line is named, and it is the cause."""

    def answer(_self: object, _client: object) -> Any:  # noqa: ANN401 - it never answers
        raise TypeError("no such thing")

    with pytest.raises(
        ProgramError, match=r"exit of CA A: exit_files, line .* of answer in"
    ) as caught:
        judge("flow-1", answering("pre_release", answer))
    assert isinstance(caught.value.__cause__, TypeError)


def test_steps_may_come_as_a_program_or_as_none() -> None:
    """A generator, and an empty tuple."""

    def cancels(_self: object, client: Any) -> Any:  # noqa: ANN401 - as the model passes it
        yield from optee.cancel_ocall(client)

    def nothing(_self: object, _client: object) -> tuple[()]:
        return ()

    assert judge("flow-2-memref", answering("pre_release", cancels)).holds
    assert not judge("flow-2-memref", answering("pre_release", nothing)).holds
