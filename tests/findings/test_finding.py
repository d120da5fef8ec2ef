"""Runs with one cause are one finding, which says itself whether it is so."""

from __future__ import annotations

import pytest

from ocallkit.designs import Hardened, Posted
from ocallkit.findings.finding import by_cause
from ocallkit.findings.record import findings
from ocallkit.findings.search import Broken

TWICE = "two-ocalls/posted/t2/c1/A:kill@ALLOC,A:asks-again"
PUT_AT_ONCE = "closes-ocall-memory-from-another-thread/posted/t2/c1/A:drop_shm_later,A.2:free_shm"


def found(*decisions: str, line: str = TWICE, broken: str = "no-deadlock") -> Broken:
    """A Run with its cure."""
    return Broken(line, broken, decisions)


def test_they_come_in_the_order_of_the_decisions() -> None:
    """Those first that one decision cures; each with everything that it breaks."""
    some = (
        found("wakes", "waits"),
        found("cancels"),
        found("cancels", broken="completed-once"),
        found("transport"),
    )
    made = by_cause(some, Posted, Hardened)
    names = [(one.id, one.name) for one in made]
    assert [("F01", "transport"), ("F02", "cancels"), ("F03", "waits")] == names
    assert ("no-deadlock", "completed-once") == made[1].breaks


def test_where_its_run_cannot_be_taken_again_the_cell_says_whether_it_is_healed() -> None:
    """With the cure, and not with another."""
    some = [
        found(decision, line=PUT_AT_ONCE, broken="no-use-after-free")
        for decision in ("replied", "answer_drops")
    ]
    assert [True, False] == [one.is_healed() for one in by_cause(some, Posted, Hardened)]


@pytest.mark.whole
def test_every_finding_is_healed_by_its_cure() -> None:
    """Where its Run cannot be taken again, its scenario is judged anew: one of them for minutes."""
    assert [] == [one.id for one in findings() if not (one.is_broken() and one.is_healed())]
