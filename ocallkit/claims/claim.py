"""What a claim is, and the rule by which its verdict comes out of the model.

A claim that holds in every cell to which it applies holds.  One that fails somewhere, but holds
wherever a condition is met that the claim's check states, is refined.  One that fails without
such a condition is refuted.  One that tells of something that was seen and that nobody explained is
open: the model says what can explain it.  One that nothing checks yet is pending.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from ocallkit.claims.explored import Explored, explored

if TYPE_CHECKING:
    from ocallkit.verdict import Question

HOLDS: Final = "holds"
REFINED: Final = "refined"
REFUTED: Final = "refuted"
OPEN: Final = "open"
PENDING: Final = "pending"

VERDICTS: Final = (HOLDS, REFINED, REFUTED, OPEN, PENDING)
"""What a claim can come to.  Open is what the thread left open and the model cannot close."""


class Outcome(NamedTuple):
    """What one cell says of a claim; `example` is the broken fact whose Run shows it.

    `line` is the token of a Run that shows it where nothing breaks.
    """

    holds: bool
    example: str = ""
    line: str = ""


class Condition(NamedTuple):
    """When a claim holds that does not always: in words, and for a cell."""

    words: str
    met: Callable[[Question], bool]


Check = Callable[[Explored], Outcome | None]
"""What a cell says of a claim; nothing where the claim does not apply."""


class Case(NamedTuple):
    """A situation in which something could have been seen: in words, and its cells."""

    words: str
    cells: tuple[Question, ...]


class Candidate(NamedTuple):
    """What may explain something that was seen and never explained: in words, and where.

    `for_good` is the fact that breaks where it lasts for ever, `for_now` the one that breaks where
    a client's answer ends it.
    """

    words: str
    cases: tuple[Case, ...]
    for_good: str
    for_now: str

    @property
    def told(self) -> str:
        """What it comes to in each of its cases, each with a token; raises ValueError if in none.

        A case of nothing is left out.
        """
        cases = [words for case in self.cases if (words := self._told_of(case))]
        if not cases:
            raise ValueError(f"it explains nothing that {self.words}")
        return f"{self.words}: {'; '.join(cases)}."

    @property
    def example(self) -> str:
        """The token of a shortest Run that shows it."""
        for case in self.cases:
            for fact in (self.for_good, self.for_now):
                for cell in case.cells:
                    if explored(cell).breaks(fact):
                        return explored(cell).token(fact)
        return ""

    def _told_of(self, case: Case) -> str:
        found = []
        for fact, words in (
            (self.for_good, "a deadlock for good"),
            (self.for_now, "only until the client answers"),
        ):
            cells = [cell for cell in case.cells if explored(cell).breaks(fact)]
            if cells:
                line = min((explored(cell).token(fact) for cell in cells), key=_decided)
                found.append(f"{words} in {len(cells)} of {len(case.cells)} cells (`{line}`)")
        return f"{case.words}, {', '.join(found)}" if found else ""


def _decided(line: str) -> int:
    """How long the part of a token is that says what was decided."""
    return len(line.rpartition("/")[2])


class Claim(NamedTuple):
    """A statement of the thread, and how the model judges it.

    `text` is the claim in one sentence, `source` who made it, `shown` the notebook and the heading
    under which it is to be seen.  `cells` are tried out and put before `check`; `says` is what the
    check asks of a cell, as a sentence without its full stop.  What the thread left open has
    `candidates` instead.  `remark` adds what the model found
    besides, computed.
    """

    id: str
    text: str
    source: str
    shown: str = ""
    says: str = ""
    cells: tuple[Question, ...] = ()
    check: Check | None = None
    condition: Condition | None = None
    remark: Callable[[], str] | None = None
    candidates: tuple[Candidate, ...] = ()


class Finding:
    """A claim with what each cell says of it."""

    def __init__(self, claim: Claim) -> None:
        self.claim = claim

    @cached_property
    def outcomes(self) -> dict[Question, Outcome]:
        """What each cell to which the claim applies says of it."""
        if self.claim.check is None:
            return {}
        found = {cell: self.claim.check(explored(cell)) for cell in self.claim.cells}
        outcomes = {cell: outcome for cell, outcome in found.items() if outcome is not None}
        if not outcomes:
            raise ValueError(f"{self.claim.id} applies to none of its {len(found)} cells")
        return outcomes

    @cached_property
    def verdict(self) -> str:
        """Holds, refined, refuted, open or pending, by the rule above."""
        if self.claim.candidates and self._candidates:
            return OPEN
        if self.claim.check is None:
            return PENDING
        if all(outcome.holds for outcome in self.outcomes.values()):
            return HOLDS
        meant = self._where_the_condition_is_met
        if meant and all(outcome.holds for outcome in meant):
            return REFINED
        return REFUTED

    @cached_property
    def reason(self) -> str:
        """Why, in a line, with a token of a Run that shows it."""
        if self.claim.candidates:
            return self._candidates
        if self.claim.check is None:
            return "not modelled yet"
        parts = [self._counted, self._example, self.claim.remark() if self.claim.remark else ""]
        return " ".join(filter(None, parts))

    @property
    def token(self) -> str:
        """The line that names the shortest Run which shows it; empty if no single Run does."""
        if self.claim.candidates:
            return self.claim.candidates[0].example
        wanted = self.verdict == HOLDS
        for cell, outcome in self.outcomes.items():
            if outcome.holds != wanted:
                continue
            if outcome.example:
                return explored(cell).token(outcome.example)
            if outcome.line:
                return outcome.line
        return ""

    @property
    def _where_the_condition_is_met(self) -> tuple[Outcome, ...]:
        condition = self.claim.condition
        if condition is None:
            return ()
        return tuple(outcome for cell, outcome in self.outcomes.items() if condition.met(cell))

    @cached_property
    def _candidates(self) -> str:
        several = self.claim.candidates
        parts = [f"{number}. {one.told}" for number, one in enumerate(several, 1)]
        said = f"Nobody knows what was seen; {len(several)} things in the model can explain it."
        return " ".join([said, *parts])

    @property
    def _counted(self) -> str:
        claim, cells = self.claim, len(self.outcomes)
        failing = sum(not outcome.holds for outcome in self.outcomes.values())
        if self.verdict == HOLDS:
            return f"In all {cells} cells: {claim.says}."
        if self.verdict == REFINED and claim.condition:
            meant = len(self._where_the_condition_is_met)
            return (
                f"In the {meant} cells where {claim.condition.words}: {claim.says}."
                f" Not so in {failing} of the {cells - meant} others."
            )
        return f"Not so in {failing} of {cells} cells: {claim.says}."

    @property
    def _example(self) -> str:
        return f"See `{self.token}`." if self.token else ""
