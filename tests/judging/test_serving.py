"""The scenarios of who serves whom: what the explorer leaves out changes nothing in them."""

from __future__ import annotations

import pytest

from ocallkit import judge
from ocallkit.judging.assembly import build
from ocallkit.scenarios import SERVING, Scenario
from ocallkit.scenarios.serving import leaves, with_agent
from tests.judging.test_reductions import lengths
from tests.plainly import explored


@pytest.mark.long
@pytest.mark.parametrize("design", ["ecall", "ocall-fd", "held-refs"])
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("scenario", SERVING, ids=lambda scenario: scenario.name)
def test_they_are_judged_as_in_the_plainest_way(
    scenario: Scenario, threads: int, design: str
) -> None:
    """The same properties break, each after as many steps; the same is waited for."""
    verdict = judge(scenario, design, threads=threads)
    plain = explored(build(scenario, design, threads=threads))
    assert (plain.broken, plain.waits) == (lengths(verdict), verdict.waits)
    assert plain.states > verdict.exploration.states


def test_a_verdict_is_about_any_number_only_with_enough_of_each_program() -> None:
    """One agent beside one CA says nothing of two agents; two of each do, on one thread."""
    scenario = with_agent("agent", "an agent that ends as it should", leaves)
    few, enough = judge(scenario, threads=1), judge(scenario, threads=1, clients="any")
    assert ("holds", 2) == (few.outcome, few.question.clients)
    assert ("holds for any number of clients", 4) == (enough.outcome, enough.question.clients)


def test_a_scenario_of_one_program_needs_as_many_as_before() -> None:
    """One client more than threads."""
    verdict = judge("flow-1", threads=2, clients="any")
    assert ("holds for any number of clients", 3) == (verdict.outcome, verdict.question.clients)
