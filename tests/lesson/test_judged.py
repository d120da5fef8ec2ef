"""A table of verdicts says how each came about."""

from __future__ import annotations

from ocallkit import judge
from ocallkit.engine.exploration import Limits
from ocallkit.lesson.judged import judged


def row(plain: str) -> list[str]:
    """The cells of a table's only row."""
    return [cell.strip() for cell in plain.splitlines()[2].split("  ") if cell.strip()]


def test_a_design_that_holds_has_its_counts_beside_it() -> None:
    """Nothing is broken, so there is no way to it."""
    v = judge("flow-1", "ecall", threads=3)
    e = v.exploration
    counts = [str(number) for number in (e.states, e.transitions, e.depth)]
    assert ["flow-1", "ecall", "3", "holds", *counts] == row(judged(v).plain)


def test_a_design_that_fails_is_named_with_the_first_property_and_the_way_there() -> None:
    """The others are counted."""
    v = judge("flow-1-memref", "ecall", threads=1)
    shown = row(judged(v).plain)
    assert ["breaks no-deadlock, +7", "21"] == shown[3:5]


def test_a_design_that_breaks_one_property_has_no_others() -> None:
    """Nothing is said of more."""
    v = judge("flow-2", "two-lists")
    assert ("no-use-after-free",) == v.broken
    assert "breaks no-use-after-free" == row(judged(v).plain)[3]


def test_what_is_not_finished_is_no_proof() -> None:
    """The verdict does not say that the design holds."""
    v = judge("flow-2", "ecall", clients=2, limits=Limits(states=1))
    assert "not finished (the limit of 1 states), no violation so far" == row(judged(v).plain)[3]
