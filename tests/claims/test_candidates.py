"""What the discussion left open: what in the model can explain it, where, and for how long."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from ocallkit import replay
from ocallkit.claims import CLAIMS, Finding, finding
from ocallkit.claims.claim import Candidate, Case
from ocallkit.claims.explored import explored
from ocallkit.claims.facts import no_close_waits_for_an_answer, no_close_waits_for_good
from ocallkit.claims.several import FOR_GOOD, FOR_NOW, LOCKED, SWALLOWED
from ocallkit.designs import DESIGNS
from ocallkit.judging.verdict import Question
from ocallkit.model.waiting import who_waits

EVERY = set(DESIGNS)
LEAKING = {"ecall-bare", "held-refs"}
"""Those under which a dead CA's OCALL that passed memory is never completed."""

HOW_LONG: tuple[tuple[Candidate, tuple[tuple[set[str], set[str]], ...]], ...] = (
    (SWALLOWED, ((set(), EVERY), (EVERY, set()), (LEAKING, set()))),
    (LOCKED, ((set(), EVERY), (set(), set()), (set(), EVERY), (EVERY, set()), (EVERY, set()))),
)
"""For each case of a candidate: the designs where it lasts for good, and until an answer."""


@pytest.mark.whole
@pytest.mark.parametrize(("candidate", "expected"), HOW_LONG, ids=["swallowed", "locked"])
def test_each_case_comes_to_what_is_on_record(
    candidate: Candidate, expected: tuple[tuple[set[str], set[str]], ...]
) -> None:
    """Whether a close waits for ever is told from whether an answer would end it."""
    found = tuple(
        tuple(
            {cell.design_name for cell in case.cells if explored(cell).breaks(fact)}
            for fact in (FOR_GOOD, FOR_NOW)
        )
        for case in candidate.cases
    )
    assert expected == found


@pytest.mark.long
def test_the_claim_is_open_and_both_candidates_are_told() -> None:
    """Each with how long it lasts, and where."""
    found = finding("C44")
    assert "open" == found.verdict
    assert found.reason == (
        "Nobody knows what was seen; it can have been a pending call that swallows a wake-up in the"
        " driver's queue, or one lock for all TAs of a single instance, held through an OCALL."
    )
    assert found.besides.startswith("1. A call whose OCALL is pending")
    assert " 2. TAs of one instance run for one call at a time" in found.besides
    assert "nobody dies, only until the client answers in 8 of 8 cells" in found.besides
    assert "another session, a deadlock for good in 8 of 8 cells" in found.besides


@pytest.mark.long
@pytest.mark.parametrize("candidate", [SWALLOWED, LOCKED], ids=["swallowed", "locked"])
def test_every_case_has_a_run_in_which_a_living_ca_waits_in_its_close(
    candidate: Candidate,
) -> None:
    """The lines of the ledger lead there."""
    lines = [Candidate("", (case,), FOR_GOOD, FOR_NOW).example for case in candidate.cases]
    # One case is there to show that nothing is seen in it.
    for line in filter(None, lines):
        shown = replay(line)
        ends = no_close_waits_for_good(shown.state), no_close_waits_for_an_answer(shown.state)
        assert False in ends
        closing = [wait for wait in who_waits(shown.system, shown.state) if "CA " in wait.who]
        assert closing


@pytest.mark.parametrize("design", sorted(LEAKING))
def test_what_an_answer_ends_lasts_until_then_whatever_a_death_would_do(design: str) -> None:
    """Dead, its client would answer never; but it lives."""
    question = Question("shared-instance-memory", design, clients=2, faults=("never-answers",))
    found = explored(question)
    assert (False, True) == (found.breaks(FOR_GOOD), found.breaks(FOR_NOW))
    assert "no-deadlock" in found.broken


def test_without_the_list_no_wake_up_is_swallowed() -> None:
    """So nothing in the usual model explains it by the call queue; it is not told as if it did."""
    usual = tuple(
        Case(case.words, tuple(replace(cell, switches=(("call-queue", "any"),)) for cell in cells))
        for case in SWALLOWED.cases
        for cells in [[cell for cell in case.cells if cell.threads == 2][:1]]
    )
    with pytest.raises(ValueError, match="it explains nothing that A call whose OCALL is pending"):
        _ = SWALLOWED._replace(cases=usual).told


def test_an_open_claim_needs_something_that_explains_it() -> None:
    """A candidate that is seen nowhere is an error, and no verdict."""
    cells = (replace(LOCKED.cases[0].cells[0], scenario="plain-invoke", clients=2),)
    nothing = LOCKED._replace(cases=(Case("where nobody asks", cells),))
    claim = CLAIMS["C44"]._replace(candidates=(nothing,))
    with pytest.raises(ValueError, match="it explains nothing"):
        _ = Finding(claim).verdict
