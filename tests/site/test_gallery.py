"""The gallery links to every counterexample that it names."""

from __future__ import annotations

import re
from functools import cache
from html import unescape
from typing import TYPE_CHECKING

import pytest

from ocallkit import matrix, replay
from ocallkit.claims import record
from ocallkit.designs import DESIGNS
from ocallkit.findings.record import findings
from tools.site.gallery import address, gallery, of_claims, of_designs, of_findings
from tools.site.runs import Runs

if TYPE_CHECKING:
    from ocallkit.judging.matrix import Cell

RUNS = Runs()


@cache
def cells() -> tuple[Cell, ...]:
    """Every design in one scenario."""
    return matrix(["flow-1-memref"], threads=[2], processes=1)


def test_what_is_claimed_and_does_not_hold_is_in_it() -> None:
    """Each claim with a run, those first that are refuted."""
    shown = [name.partition(":")[0] for name, _, _ in of_claims()]
    found = {
        v: [one.id for one in record.ledger() if one.verdict == v and one.token]
        for v in ("refuted", "refined")
    }
    assert [f"{name}, {v}" for v, names in found.items() for name in names] == shown
    assert "C38b, refuted" in shown


def test_every_finding_is_in_it() -> None:
    """With the run that `findings()` shows."""
    expected = [(one.reason, one.token) for one in findings()]
    assert expected == [(words, token) for _, words, token in of_findings()]


def test_each_design_that_fails_has_its_shortest_failure() -> None:
    """And one that holds has none."""
    found = list(of_designs(cells()))
    names = [one.design for one in cells() if one.broken]
    assert [name for name in DESIGNS if name in names] == [name for name, _, _ in found]
    for name, words, token in found:
        broken = next(one.broken for one in cells() if one.design == name)
        steps = min(steps for _, steps, _ in broken)
        assert f"after {steps} steps" in words
        assert steps == len(replay(token).steps)


@pytest.mark.long
def test_every_link_opens_the_last_step_of_a_run_that_is_kept() -> None:
    """So that no Python is needed for it."""
    page = gallery(cells(), RUNS)
    links = [unescape(link) for link in re.findall('href="([^"]*)"', page)]
    expected = [address(token, len(story["moments"]) - 1) for token, story in RUNS.stories.items()]
    assert set(expected) == set(links)
    assert len(list(of_claims())) + len(findings()) + len(list(of_designs(cells()))) == len(links)
