"""What makes a decision necessary is shown in words, as a Run, and beside other designs."""

from __future__ import annotations

import pytest

from ocallkit.findings.needed import every, needed
from ocallkit.findings.rules import RULES
from ocallkit.lesson.needed_tables import needed_folded, needed_table, rules_table, verdicts_table


def test_a_decision_has_both_designs_and_what_breaks_without_it() -> None:
    """In a row."""
    shown = needed_table([needed("referenced")]).plain.splitlines()
    heads = [cell.strip() for cell in shown[0].split("  ") if cell.strip()]
    assert ["decision", "two-lists", "hardened", "without it"] == heads
    assert shown[2].startswith("referenced  None: the answer's list is put")
    assert shown[2].endswith("In flow-2 freed memory is used.")


def test_what_goes_with_a_decision_is_said() -> None:
    """Since it means nothing alone."""
    said = needed_table([needed("wakes")]).plain
    assert "With it waits and killed go. In spare-memory somebody waits for ever." in said


def test_each_run_is_folded_below_its_line() -> None:
    """With who waits for whom at its end, and how to step through it."""
    shown = needed_folded(every())
    assert len(every()) == shown.html.count("<details>")
    assert "Without wakes: no-deadlock in spare-memory" in shown.plain
    assert "exit of CA A waits for secure thread 0 (A)" in shown.plain
    assert 'needed("wakes").run' in shown.plain


@pytest.mark.long
def test_a_rule_has_its_check_and_both_outcomes() -> None:
    """The second: what a request references."""
    row = rules_table(RULES[1:2]).plain.splitlines()[2]
    cells = [cell.strip() for cell in row.split("  ") if cell.strip()]
    assert ["1", RULES[1].sentence, "referenced"] == cells[:3]
    assert ["flow-2, closes-ocall-memory-from-another-thread", "holds", "freed memory is used"] == (
        cells[3:]
    )


def test_verdicts_have_weight_where_something_breaks() -> None:
    """And say with how many secure threads that is."""
    shown = verdicts_table(["spare-memory"], ["two-lists", "hardened"]).html
    assert "<strong>deadlock (1)</strong>" in shown
    assert shown.count("holds") == 1
