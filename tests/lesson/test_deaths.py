"""A death of a CA with its files closed in any order."""

from __future__ import annotations

import pytest

from ocallkit.designs import HeldRefs, OcallFd
from ocallkit.lesson import dies, orders
from ocallkit.lesson.deaths import (
    FREED,
    GOOD,
    LEFT,
    STUCK,
    open_files,
    outcome,
    outcomes,
    while_closing,
)


def test_the_files_are_closed_in_the_order_that_is_asked_for() -> None:
    """All of them, and nothing is closed twice."""
    order = ("request", "memref", "context")
    closed = [
        name for name in dies("flow-1-memref", "ocall-fd", *order).schedule if "close" in name
    ]
    assert closed == [f"A:close({file})" for file in order]


def test_a_close_that_never_returns_is_the_last() -> None:
    """The run ends there, whatever was to be closed after it."""
    run = dies("flow-1-memref", "ocall-fd", "context", "memref", "request")
    assert [name for name in run.schedule if "close" in name] == [
        "A:close(context)",
        "A:close(memref)",
    ]
    assert run.ending


@pytest.mark.parametrize("order", [(), ("memref",), ("memref", "memref"), ("memref", "ocall")])
def test_an_order_that_does_not_name_each_file_once_is_refused(order: tuple[str, ...]) -> None:
    """The error names the files."""
    with pytest.raises(ValueError, match="once: context, memref; not"):
        dies("flow-1-memref", "ecall", *order)


@pytest.mark.parametrize(
    ("scenario", "design", "expected"),
    [
        ("flow-1-memref", "ecall", {GOOD, STUCK}),
        ("flow-1-memref", "held-refs", {LEFT}),
        ("flow-1-memref", "held-refs-pre-release", {GOOD}),
        ("flow-2-memref", "two-lists", {GOOD, FREED}),
    ],
)
def test_each_order_has_its_outcome(scenario: str, design: str, expected: set[str]) -> None:
    """In the words of the notebook."""
    assert set(outcomes(scenario, design).values()) == expected


def test_memory_freed_on_the_way_counts_although_all_is_released_in_the_end() -> None:
    """A look at the last state would not find it."""
    run = dies("flow-2", "two-lists", "ocall", "context")
    assert all(memory.freed for memory in run.world.memories.values())
    assert outcome(run) == FREED


def test_every_order_is_a_row_and_what_is_not_good_stands_out() -> None:
    """As many as there are ways to arrange the files."""
    shown = orders("flow-1-memref", "ocall-fd")
    assert shown.html.count("<tr>") == 1 + 6
    assert shown.html.count(f"<strong>{STUCK}</strong>") == 3


def test_a_readers_own_design_can_be_given() -> None:
    """As a class, like anywhere."""

    class Mine(HeldRefs, OcallFd):
        name = "mine"

    assert open_files("flow-1-memref", Mine) == ("context", "memref", "request")
    assert dies("flow-1-memref", Mine, "memref", "request", "context").design == "mine"


def test_what_happens_while_files_are_closed_is_told_with_the_count_of_the_context() -> None:
    """The request is cancelled while the memory still holds the context."""
    run = dies("flow-1-memref", "held-refs-pre-release", "memref", "context")
    assert while_closing(run) == [
        ("exit of CA A closes memref", 2),
        ("exit of CA A closes context", 2),
        ("A's pending request is cancelled", 2),
        ("`context file` lets go of the context", 1),
        ("`tee_shm A.memref` lets go of the context", 0),
        ("A's context is released", 0),
    ]
