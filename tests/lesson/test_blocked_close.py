"""What notebook 13 shows of the close that blocks with several CAs."""

from __future__ import annotations

import pytest

from ocallkit.claims.facts import no_close_waits_for_good
from ocallkit.claims.several import LOCKED, SWALLOWED
from ocallkit.lesson.blocked_close import for_good, when_a_close_blocks


@pytest.mark.parametrize("scenario", ["shared-instance-memory", "handler-in-the-queue"])
def test_the_run_that_is_shown_ends_in_a_close_that_waits_for_ever(scenario: str) -> None:
    """One of that scenario, whatever else gets stuck in it."""
    run = for_good(scenario)
    assert scenario == run.scenario
    assert not no_close_waits_for_good(run.state)


@pytest.mark.long
def test_each_situation_is_a_row_and_each_in_which_a_close_blocks_has_a_run() -> None:
    """In the words of the claim, without the one that joins them to its sentence."""
    rows, _, runs = when_a_close_blocks().plain.partition("A run of each")
    cases = [case.words for one in (SWALLOWED, LOCKED) for case in one.cases]
    blocking = rows.count("for good") + rows.count("until A answers")
    assert all(words.removeprefix("where ") in rows for words in cases)
    assert "where another" not in rows
    assert (len(cases), blocking) == (rows.count("swallowed") + rows.count("single instance  "), 6)
    assert blocking == runs.count("/held-refs-pre-release/")
