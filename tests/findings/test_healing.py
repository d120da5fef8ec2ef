"""A cause is the smallest set of decisions that heals a Run and breaks nothing in its place."""

from __future__ import annotations

import re

import pytest

from ocallkit.designs import Ecall, Hardened, HeldRefs, Posted
from ocallkit.engine.exploration import Limits
from ocallkit.findings.finding import by_cause, is_joint, said_of, unexplained
from ocallkit.findings.healing import Cell, cures, differing, heals, sets_of, with_decisions
from ocallkit.findings.record import as_line, of_line
from ocallkit.findings.search import Broken, search

TWICE = "two-ocalls/posted/t2/c1/A:kill@ALLOC,A:asks-again"
LIMITS = Limits(50_000, 60)


def test_resuming_once_is_what_leaves_a_thread_suspended() -> None:
    """Of all that the two designs decide differently one decision heals it."""
    assert ("cancels",) == cures(TWICE, "no-suspended-thread", Posted, Hardened)


def test_a_design_without_its_cure_breaks_as_before() -> None:
    """Taking over something else heals nothing."""
    broken = "no-suspended-thread"
    assert heals(TWICE, broken, with_decisions(Posted, Hardened, ("cancels",)))
    assert not heals(TWICE, broken, with_decisions(Posted, Hardened, ("replied",)))


def test_who_waits_for_ever_is_not_healed() -> None:
    """A session that nobody leaves keeps its CA from breaking anything more: that is no cure."""
    line = "answers-shorter/posted/t2/c1/"
    without_leaving = with_decisions(Posted, Hardened, ("leaves",))
    assert not heals(line, "bytes-arrive", without_leaving)
    assert heals(line, "bytes-arrive", with_decisions(Posted, Hardened, ("size_given",)))


def test_decisions_that_do_not_fit_heal_nothing() -> None:
    """It is not known what would have happened."""
    assert not heals("flow-1/posted/t2/c1/A:no-such-step", "no-deadlock", Hardened)


def test_smaller_sets_come_first_and_what_is_needed_comes_along() -> None:
    """A thread that nothing wakes is never asked what it does when it is killed."""
    expected = [("flush",), ("wakes", "killed"), ("flush", "wakes", "killed")]
    assert expected == list(sets_of(("flush", "wakes", "killed")))


def test_what_differs_is_in_the_order_of_an_invocations_life() -> None:
    """As everywhere."""
    assert ("kept",) == differing(Ecall.parent or Ecall, HeldRefs)


def test_a_search_finds_each_cause_of_a_cell() -> None:
    """Two secure threads: the second request after a cancelled one, and nothing else."""
    found = search(Posted, Hardened, [Cell("two-ocalls", 2)], limits=LIMITS)
    assert {("cancels",)} == {one.decisions for one in found}
    (finding,) = by_cause(found, Posted, Hardened)
    assert ("F01", "cancels", ("two-ocalls",)) == (finding.id, finding.name, finding.scenarios)
    assert finding.is_broken()
    assert finding.is_healed()
    assert ("cancels",) == finding.cured_by()


@pytest.mark.long
def test_a_cell_is_judged_again_where_a_run_cannot_be_taken_again() -> None:
    """Under the cure the thread that closes the memory finds it referenced."""
    cell = Cell("closes-ocall-memory-from-another-thread", 1)
    found = search(Posted, Hardened, [cell], limits=LIMITS)
    assert {("replied",)} == {one.decisions for one in found}


def test_what_nothing_cures_is_kept_apart() -> None:
    """An agent in the kernel that keeps the only secure thread."""
    found = [Broken("scmi-agent/posted/t1/c2/", "no-deadlock", ())]
    assert ((), tuple(found)) == (by_cause(found, Posted, Hardened), unexplained(found))


def test_two_causes_at_once_are_no_third() -> None:
    """Each of them is a finding already."""
    every = [("cancels",), ("wakes", "waits"), ("cancels", "wakes", "waits")]
    assert [False, False, True] == [is_joint(one, every) for one in every]


def test_a_finding_speaks_the_words_of_its_decision() -> None:
    """What the code does, where, and what would cure it: nothing is written twice."""
    said = said_of(Posted, "cancels")
    assert "A cancelled call's secure thread is resumed once, whatever it asks then." == said.words
    assert "call.c, cancel_ocall()." == said.source


@pytest.mark.parametrize("decision", differing(Posted, Hardened))
def test_each_difference_says_what_the_posted_code_does(decision: str) -> None:
    """A sentence, and the function of the C code: no notes that a reader does not have."""
    words, source = said_of(Posted, decision)
    assert words.endswith(".")
    if decision != "referenced":
        assert re.search(r"\w\(\)", source), (decision, source)
        assert not re.search(r"facts|\.md", source), (decision, source)


def test_a_line_of_the_record_is_read_as_it_was_written() -> None:
    """With a cure and without one."""
    for one in (
        Broken(TWICE, "no-deadlock", ("wakes", "waits")),
        Broken("scmi-agent/posted/t1/c2/", "no-deadlock", ()),
    ):
        assert one == of_line(as_line(one))
