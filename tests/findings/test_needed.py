"""Each decision of `hardened` is necessary: without it a named check fails, with it none does."""

from __future__ import annotations

import pytest

from ocallkit import UnknownNameError
from ocallkit.designs import Hardened, TwoLists
from ocallkit.findings.healing import Cell, differing
from ocallkit.findings.needed import RECORD, Needed, as_text, every, first, needed, search, without
from ocallkit.findings.tried import judged

DECISIONS = differing(Hardened, TwoLists)


def test_there_is_a_check_for_each_decision() -> None:
    """In which the two designs differ, and for no other."""
    assert DECISIONS == tuple(one.decision for one in every())


@pytest.mark.parametrize("name", DECISIONS)
def test_the_recorded_run_breaks_what_it_is_said_to_break(name: str) -> None:
    """Replayed where the decision is taken back."""
    assert needed(name).is_broken()


@pytest.mark.long
@pytest.mark.parametrize("name", DECISIONS)
def test_without_the_decision_its_check_fails(name: str) -> None:
    """Judged anew with every fault; with the decision nothing fails there."""
    one = needed(name)
    assert one.breaks in judged(one.cell, without(name)).broken
    assert judged(one.cell, Hardened).holds


def test_what_means_nothing_without_a_decision_is_taken_back_with_it() -> None:
    """A thread that nobody wakes is not asked what it does then."""
    assert "hardened, wakes, waits, killed of two-lists" == without("wakes").name


def test_the_first_cell_that_breaks_is_taken() -> None:
    """And the way of the fewest decisions."""
    cells = (Cell("flow-1", 2), Cell("flow-2", 2), Cell("two-ocalls", 2))
    assert needed("referenced") == first("referenced", cells)


def test_a_decision_without_which_nothing_breaks_is_an_error() -> None:
    """So nobody adds one that is not necessary."""
    with pytest.raises(LookupError, match="without charged breaks nothing"):
        first("charged", (Cell("flow-1", 2),))


def test_a_decision_in_which_they_do_not_differ_is_told() -> None:
    """With those in which they do."""
    with pytest.raises(UnknownNameError, match="no decision is called 'kept'"):
        without("kept")


def test_a_record_is_read_as_it_was_written() -> None:
    """Each a line."""
    assert RECORD.read_text(encoding="utf-8") == as_text(every())
    assert Needed("flush", "no-deadlock", "flow-1/hardened/t2/c1/") not in every()


@pytest.mark.whole
def test_the_record_is_what_a_search_comes_to() -> None:
    """The same cells, the same Runs."""
    assert list(every()) == search()
