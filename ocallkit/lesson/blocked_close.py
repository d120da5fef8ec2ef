"""The close that blocks with several CAs: what may explain it, in each situation that was tried."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ocallkit.claims.explored import explored
from ocallkit.claims.several import BEST, FOR_GOOD, FOR_NOW, LOCKED, SWALLOWED
from ocallkit.lesson.shown import Shown, reveal, table, together

if TYPE_CHECKING:
    from ocallkit.claims.claim import Case
    from ocallkit.claims.explored import Explored
    from ocallkit.judging.path import Run

CANDIDATES: Final = {"swallowed wake-up": SWALLOWED, "single instance": LOCKED}
"""What may explain it, by the words that a lesson has for it."""

LASTS: Final = {FOR_GOOD: "**for good**", FOR_NOW: "until A answers"}


def tried(case: Case) -> Explored:
    """The situation under the design at which the discussion arrives."""
    return explored(next(cell for cell in case.cells if cell.design == BEST))


def for_good(scenario: str) -> Run:
    """A shortest run of the scenario in which a close waits for ever."""
    cases = [case for one in CANDIDATES.values() for case in one.cases]
    found = (one for one in map(tried, cases) if one.question.scenario_name == scenario)
    return next(one for one in found if one.breaks(FOR_GOOD)).example(FOR_GOOD)


def when_a_close_blocks() -> Shown:
    """Show for each candidate and situation how long a close blocks, and a run of each."""
    found = [(name, case) for name, one in CANDIDATES.items() for case in one.cases]
    facts = [next(filter(tried(case).breaks, LASTS), "") for _, case in found]
    rows = [
        (name, _where(case), LASTS.get(fact, "no"))
        for (name, case), fact in zip(found, facts, strict=True)
    ]
    runs = [
        (_where(case), f"`{tried(case).token(fact)}`")
        for (_, case), fact in zip(found, facts, strict=True)
        if fact
    ]
    return together(
        table(("candidate", "where", "a close blocks"), rows),
        reveal(table(("where", "replay(...)"), runs), "A run of each"),
    )


def _where(case: Case) -> str:
    return case.words.removeprefix("where ")
