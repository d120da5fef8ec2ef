"""A finding is shown with its place, its Run and its cure; in a ledger, alone, or folded."""

from __future__ import annotations

import pytest

from ocallkit.designs import Hardened, Posted
from ocallkit.findings.finding import Finding, by_cause
from ocallkit.findings.search import Broken
from ocallkit.view.finding_tables import (
    finding_view,
    findings_folded,
    findings_table,
    title,
    unexplained_view,
)

SOME = (
    Broken("two-ocalls/posted/t2/c1/A:kill@ALLOC,A:asks-again", "no-deadlock", ("cancels",)),
    Broken("two-ocalls/posted/t2/c1/A:kill@ALLOC,A:asks-again", "completed-once", ("cancels",)),
    Broken("kernel-client/posted/t1/c1/", "no-panic", ("refuses",)),
)


@pytest.fixture(scope="module")
def found() -> tuple[Finding, ...]:
    """Two of them."""
    return by_cause(SOME, Posted, Hardened)


def test_the_ledger_says_what_where_and_how_to_cure_it(found: tuple[Finding, ...]) -> None:
    """And replays a Run of it."""
    lines = findings_table(found[1:]).plain.splitlines()
    expected = [
        "F02 cancels: A cancelled call's secure thread is resumed once, whatever it asks then.",
        "  In two-ocalls somebody waits for ever.",
        "  where: call.c, cancel_ocall().",
        "  a Run: two-ocalls/posted/t2/c1/A:kill@ALLOC,A:asks-again,breaks:no-deadlock",
    ]
    assert expected == [*lines[:3], *lines[4:]]
    assert lines[3].startswith("  the cure: An error for whatever its TA asks, until the call")
    assert findings_table(found).html.count("<tr>") == 3


def test_one_finding_shows_its_run_and_the_decision_in_both_designs(
    found: tuple[Finding, ...],
) -> None:
    """With everything that it breaks, in words and by name."""
    shown = finding_view(found[1])
    assert "somebody waits for ever (no-deadlock); an OCALL is never completed" in shown.plain
    assert "data:image/svg+xml" in shown.html
    assert "The decision in both designs" in shown.html
    assert "ocallkit show --replay two-ocalls/posted/t2/c1/" in shown.plain
    assert "def refuses" not in shown.html


def test_each_is_folded_below_its_line(found: tuple[Finding, ...]) -> None:
    """In their order."""
    html = findings_folded(found).html
    places = [html.index(title(one).split("'")[0]) for one in found]
    assert sorted(places) == places


def test_what_nothing_would_prevent_is_shown_as_well() -> None:
    """By its Run."""
    one = Broken("scmi-agent-dies/posted/t2/c2/B:kill@return", "no-suspended-thread", ())
    assert "this breaks no-suspended-thread." in unexplained_view(one, Posted).plain
