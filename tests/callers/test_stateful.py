"""Lists of calls that hypothesis draws, the same each time: what fails is made small."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from ocallkit.model import optee
from tests.callers.stateful import Callers


def tried(examples: int, calls: int) -> None:
    """Draw so many lists of so many calls at most; the same ones each time."""
    run_state_machine_as_test(
        Callers,
        settings=settings(
            max_examples=examples,
            stateful_step_count=calls,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        ),
    )


@pytest.mark.long
def test_any_calls_in_any_order_break_nothing() -> None:
    """A few lists of calls, judged after each call and at the end."""
    tried(40, 30)


@pytest.mark.whole
@pytest.mark.timeout(3600)
def test_many_calls_in_any_order_break_nothing() -> None:
    """The same, with many lists, and longer ones."""
    tried(5_000, 80)


def test_a_check_that_is_missing_is_found_and_made_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A session that is on nobody's list: one call is left, behind the opening of the devices."""
    monkeypatch.setattr(optee, "is_listed", lambda *_: True)
    with pytest.raises(KeyError) as failed:
        tried(100, 20)
    steps_left = [line for line in failed.value.__notes__ if "state." in line]
    calls = re.findall(r"state\.(\w+)\(", "\n".join(steps_left))
    assert ["begins", "holds", "teardown"] == [*calls[:2], calls[-1]]
    assert 4 == len(calls)
