"""What heals a Run: a change under which nothing breaks any more, and nothing ends worse."""

from __future__ import annotations

import pytest

from ocallkit.designs import Hardened, Posted
from ocallkit.findings.finding import Finding, by_cause, unexplained
from ocallkit.findings.healing import Cell, cures, heals, sets_of, with_decisions
from ocallkit.findings.search import Broken, search

ASKS_AGAIN = "two-ocalls/posted/t2/c1/A:kill@ALLOC,A:asks-again"
LENDS_SMALL = "adversary-alone/posted/t2/c1/A:ALLOC,A:lends-small"
PUT_AT_ONCE = "closes-ocall-memory-from-another-thread/posted/t2/c1/A:drop_shm_later,A.2:free_shm"
OF_AN_AGENT = "scmi-agent-dies/posted/t2/c2/B:kill@return"


@pytest.mark.parametrize(
    ("line", "broken", "expected"),
    [
        (ASKS_AGAIN, "no-deadlock", ("cancels",)),
        (LENDS_SMALL, "bytes-arrive", ("takes_memory",)),
        ("spare-memory/posted/t1/c1/A:kill@OCALL,A:close:spare", "no-deadlock", ("wakes", "waits")),
    ],
)
def test_a_run_is_healed_by_the_smallest_change(
    line: str, broken: str, expected: tuple[str, ...]
) -> None:
    """One decision, or what belongs together."""
    assert expected == cures(line, broken, Posted, Hardened)


def test_what_breaks_with_every_change_is_healed_by_none() -> None:
    """The agent keeps its thread."""
    assert () == cures(OF_AN_AGENT, "no-suspended-thread", Posted, Hardened)


def test_a_change_that_ends_in_a_deadlock_heals_nothing() -> None:
    """Who never gives the semaphore back comes never to what broke."""
    stuck = with_decisions(Posted, Hardened, ("leaves",))
    assert not heals(LENDS_SMALL, "bytes-arrive", stuck)


def test_where_the_same_decisions_do_not_fit_the_cell_is_judged_anew() -> None:
    """The memory is still referenced when the other thread would have freed it."""
    assert () == cures(PUT_AT_ONCE, "no-use-after-free", Posted, Hardened)
    cell = Cell("closes-ocall-memory-from-another-thread", 2)
    assert {("replied",)} == {one.decisions for one in search(Posted, Hardened, [cell])}


def test_a_finding_is_healed_also_where_only_its_cell_says_so() -> None:
    """With the cure, and not with another."""
    cure, other = found("replied", line=PUT_AT_ONCE), found("answered", line=PUT_AT_ONCE)
    some = [one._replace(breaks="no-use-after-free") for one in (cure, other)]
    assert [True, False] == [one.is_healed() for one in by_cause(some, Posted, Hardened)]


def test_what_needs_another_decision_comes_with_it() -> None:
    """And what is only needed does not come alone."""
    names = ("flush", "wakes", "waits", "killed")
    assert [("flush",), ("wakes", "waits"), ("wakes", "killed")] == list(sets_of(names, 1))


def found(*decisions: str, line: str = ASKS_AGAIN, broken: str = "no-deadlock") -> Broken:
    """A Run with its cure."""
    return Broken(line, broken, decisions)


def names(findings: tuple[Finding, ...]) -> list[tuple[str, str]]:
    """What findings are called."""
    return [(one.id, one.name) for one in findings]


def test_runs_with_one_cause_are_one_finding() -> None:
    """In the order of the decisions, those first that one decision cures."""
    some = (
        found("wakes", "waits"),
        found("cancels"),
        found("cancels", broken="completed-once"),
        found("transport"),
    )
    made = by_cause(some, Posted, Hardened)
    assert [("F01", "transport"), ("F02", "cancels"), ("F03", "waits")] == names(made)
    assert ("no-deadlock", "completed-once") == made[1].breaks


def test_a_run_that_takes_two_cures_is_no_finding_of_its_own() -> None:
    """Where each of them cures others alone."""
    some = (found("cancels"), found("charged"), found("cancels", "charged"))
    assert [("F01", "cancels"), ("F02", "charged")] == names(by_cause(some, Posted, Hardened))


def test_two_decisions_that_cure_nothing_alone_are_one_finding() -> None:
    """It is called after both."""
    some = (found("cancels"), found("charged", "cancels"))
    made = by_cause(some, Posted, Hardened)
    assert [("F01", "cancels"), ("F02", "charged, cancels")] == names(made)


def test_what_nothing_cures_is_told_apart() -> None:
    """Each Run once."""
    some = (found("cancels"), found(), found())
    assert (found(),) == unexplained(some)
