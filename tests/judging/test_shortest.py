"""A counterexample has no step too many, with the reductions and without."""

from __future__ import annotations

import pytest

from ocallkit import judge
from ocallkit.engine.exploration import NO_REDUCTIONS


@pytest.mark.long
def test_what_another_client_does_in_vain_is_left_out() -> None:
    """With the local reduction B opens its session as early as it can; it need not."""
    reduced = judge("flow-1-memref", "ecall", clients=2)
    full = judge("flow-1-memref", "ecall", clients=2, reductions=NO_REDUCTIONS)
    found = [one.violation("no-blocking-release") for one in (reduced, full)]
    assert found[0].steps == found[1].steps == len(found[0].run.steps)
    assert {"A"} == {step.client for step in found[0].run.steps}


@pytest.mark.parametrize("threads", [1, 2])
def test_with_one_client_a_second_changes_no_length(threads: int) -> None:
    """The memory is freed as early as with one client alone."""
    alone = judge("flow-2", "two-lists", threads=threads)
    beside = judge("flow-2", "two-lists", threads=threads, clients=2)
    lengths = [one.violation("no-use-after-free").steps for one in (alone, beside)]
    assert lengths[0] == lengths[1]
