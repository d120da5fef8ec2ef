"""The scenarios of who serves whom: what the explorer leaves out changes nothing in them."""

from __future__ import annotations

import pytest

from ocallkit import judge
from ocallkit.scenarios import SERVING, Scenario
from ocallkit.system import build
from tests.judging.test_reductions import lengths
from tests.plainly import explored


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
