"""A verdict as a card."""

from __future__ import annotations

import re

from ocallkit.engine.exploration import LIMITS
from ocallkit.judging.verdict import judge
from ocallkit.properties import NAMES
from ocallkit.view.verdict_card import verdict_html, verdict_text


def test_a_design_that_holds_has_a_tick_for_every_property() -> None:
    """And nothing to open."""
    verdict = judge("flow-1", "ecall")
    lines = verdict_text(verdict).splitlines()
    assert lines[0] == "ecall in flow-1, 1 CA, 2 secure threads: holds"
    assert [line for line in lines if line.startswith("✓")] == [f"✓ {name}" for name in NAMES]
    assert "<details>" not in verdict_html(verdict)


def test_a_property_that_breaks_has_a_cross_and_its_counterexample_folded() -> None:
    """Properties that the same run breaks share one."""
    verdict = judge("flow-1-memref", "ecall")
    html, plain = verdict_html(verdict), verdict_text(verdict)
    crossed = [line[2:] for line in plain.splitlines() if line.startswith("✗")]
    assert tuple(crossed) == verdict.broken
    assert plain.splitlines()[0].endswith("9 of 17 properties break")
    assert len(re.findall("<summary[^>]*>How it breaks: ", html)) == 1
    assert "How it breaks: no-deadlock and 8 more, 23 steps" in html
    assert html.count('<img alt="flow-1-memref under ecall: ') == 1
    decisions = "A:kill@OCALL,A:close:memref,breaks:no-deadlock"
    assert f"--replay flow-1-memref/ecall/t2/c1/{decisions}<" in html
    assert "secure thread 0 (A) waits for CA A (killed): its OCALL is pending" in plain
    assert "== CA A is killed ==" in plain


def test_an_unfinished_search_claims_nothing() -> None:
    """No property holds for certain."""
    verdict = judge("flow-2", "ecall", limits=LIMITS._replace(states=3))
    plain = verdict_text(verdict)
    assert "✓" not in plain
    assert plain.count("? ") == len(NAMES)
    assert "not finished" in plain.splitlines()[0]


def test_the_counts_stand_on_the_card_and_the_time_does_not() -> None:
    """Two searches show the same."""
    first, second = judge("flow-2", "ecall"), judge("flow-2", "ecall")
    e = first.exploration
    counts = f"{e.states} states, {e.transitions} transitions, depth {e.depth}"
    assert counts in verdict_html(first)
    assert first._repr_mimebundle_() == second._repr_mimebundle_()
    assert first._repr_mimebundle_() == {
        "text/html": verdict_html(first),
        "text/plain": verdict_text(first),
    }


def test_whose_answer_may_be_waited_for_is_said() -> None:
    """It is no violation, and still worth knowing."""
    verdict = judge("flow-1", "ecall", faults=("kill", "never-answers"))
    assert "everybody may wait for CA A" in verdict_text(verdict)


def test_the_card_survives_in_a_notebook_that_is_not_trusted() -> None:
    """No script, no id, no class, no style sheet, no inline picture."""
    html = re.sub(r'src="data:[^"]*"', "", verdict_html(judge("flow-2", "two-lists")))
    assert not re.search(r"<(?:script|style|svg|link)|\s(?:id|class|on\w+)=", html)
