"""The exercises of notebook 13 know the usual wrong answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ocallkit.lesson import check, ex_13, solution
from ocallkit.model.client import (
    TEEC_CloseSession,
    TEEC_FinalizeContext,
    TEEC_InitializeContext,
    TEEC_InvokeCommand,
    TEEC_OpenSession,
    TEEC_RegisterSharedMemory,
    TEEC_RequestCancellation,
)
from ocallkit.model.params import INOUT, memref
from ocallkit.model.posix import hear
from ocallkit.scenarios import serve
from ocallkit.scenarios.threads import PLAIN

if TYPE_CHECKING:
    from ocallkit.engine import Steps
    from ocallkit.model.config import Client

KEYS = ("13-keeps-open", "13-second-thread", "13-linux-order")


def closes_session(client: Client) -> Steps:
    """The other call that waits for a session."""
    session = yield from hear(client, "session")
    yield from TEEC_CloseSession(session)


def closes_context(client: Client) -> Steps:
    """Nobody waits for that."""
    session = yield from hear(client, "session")
    yield from TEEC_FinalizeContext(session.context)


def cancels(client: Client) -> Steps:
    """It comes back at once."""
    session = yield from hear(client, "session")
    yield from TEEC_RequestCancellation(session)


def invokes(client: Client) -> Steps:
    """What the notebook's second thread does."""
    session = yield from hear(client, "session")
    yield from TEEC_InvokeCommand(session, PLAIN)


def low_number(client: Client) -> Steps:
    """The memory gets the number of something that was closed."""
    probe = yield from TEEC_InitializeContext(client)
    context = yield from TEEC_InitializeContext(client, serve)
    session = yield from TEEC_OpenSession(context)
    yield from TEEC_FinalizeContext(probe)
    memory = yield from TEEC_RegisterSharedMemory(context, "memref", b"data")
    yield from TEEC_InvokeCommand(session, 0, (memref(INOUT, memory, 4),))


def in_order(client: Client) -> Steps:
    """The notebook's own, in which nothing was closed."""
    context = yield from TEEC_InitializeContext(client, serve)
    session = yield from TEEC_OpenSession(context)
    memory = yield from TEEC_RegisterSharedMemory(context, "memref", b"data")
    yield from TEEC_InvokeCommand(session, 0, (memref(INOUT, memory, 4),))


def without_memory(client: Client) -> Steps:
    """It has nothing that could be closed too early."""
    context = yield from TEEC_InitializeContext(client, serve)
    session = yield from TEEC_OpenSession(context)
    yield from TEEC_InvokeCommand(session, 0)


@pytest.mark.parametrize("key", KEYS)
def test_three_dots_are_no_answer_yet(key: str) -> None:
    """The cell as it is stored says what to do."""
    assert check(key, ...).plain.startswith("No answer yet")


@pytest.mark.parametrize(
    ("key", "answer"), [*zip(KEYS, ("A.2", closes_session, low_number), strict=True)]
)
def test_the_right_answer_is_right(key: str, answer: object) -> None:
    """The model's own."""
    assert check(key, answer).plain.startswith("Right.")


@pytest.mark.parametrize(
    ("key", "answer", "words"),
    [
        ("13-keeps-open", "A", "A is the one that should answer the OCALL. It is in user mode"),
        ("13-keeps-open", "B", "none of the possible answers"),
        ("13-second-thread", closes_context, "held-refs-pre-release: holds. Your CA thread comes"),
        ("13-second-thread", cancels, "held-refs-pre-release: holds. Your CA thread comes"),
        ("13-second-thread", invokes, "It invokes the TA: that is the deadlock of the notebook."),
        ("13-second-thread", "second", "name the function, and do not call it"),
        (
            "13-linux-order",
            in_order,
            "breaks no-deadlock after 23 steps, with context open: the memory's file had",
        ),
        ("13-linux-order", without_memory, "It has no deadlock in any order."),
    ],
)
def test_a_wrong_answer_is_told_what_is_wrong_with_it(key: str, answer: object, words: str) -> None:
    """Each in its own words."""
    shown = check(key, answer).plain
    assert shown.startswith("Not yet.")
    assert words in shown


def test_each_solution_holds_the_answer() -> None:
    """Folded away in the notebook."""
    expected = ("A.2. A.2 is in its ioctl", ex_13.CLOSES, ex_13.LOW_NUMBER)
    assert [True] * 3 == [
        words in solution(key).plain for key, words in zip(KEYS, expected, strict=True)
    ]
