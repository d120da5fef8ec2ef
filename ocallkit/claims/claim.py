"""What a claim is, and the rule by which its verdict comes out of the model.

A claim that holds in every cell to which it applies holds.  One that fails somewhere, but holds
wherever a condition is met that the claim's check states, is refined.  One that fails without
such a condition is refuted.  One that tells of something that was seen and that nobody explained is
open: the model says what can explain it.  One that nothing checks yet is pending.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ocallkit.brief import brief
from ocallkit.claims import told
from ocallkit.claims.explored import Explored, explored
from ocallkit.judging.notation import read

if TYPE_CHECKING:
    from ocallkit.judging.verdict import Question

HOLDS: Final = "holds"
REFINED: Final = "refined"
REFUTED: Final = "refuted"
OPEN: Final = "open"
PENDING: Final = "pending"

VERDICTS: Final = (HOLDS, REFINED, REFUTED, OPEN, PENDING)
"""What a claim can come to.  Open is what the discussion left open and the model cannot close."""


class Outcome(NamedTuple):
    """What one cell says of a claim; `example` is the broken fact whose Run shows it.

    `line` is the token of a Run that shows it where nothing breaks.  `case` tells apart what
    happens in cells that say no, where the broken fact does not.
    """

    holds: bool
    example: str = ""
    line: str = ""
    case: str = ""


class Condition(NamedTuple):
    """When a claim holds that does not always: in words, and for a cell.

    `words` follow a "where"; `unmet` leads on to what happens if the condition is not met.
    """

    words: str
    met: Callable[[Question], bool]
    unmet: str = "otherwise"


Check = Callable[[Explored], Outcome | None]
"""What a cell says of a claim; nothing where the claim does not apply."""


class Case(NamedTuple):
    """A situation in which something could have been seen: in words, and its cells."""

    words: str
    cells: tuple[Question, ...]


class Candidate(NamedTuple):
    """What may explain something that was seen and never explained: in words, and where.

    `for_good` is the fact that breaks where it lasts for ever, `for_now` the one that breaks where
    a client's answer ends it.  `name` says in few words what it is.
    """

    words: str
    cases: tuple[Case, ...]
    for_good: str
    for_now: str
    name: str = ""

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
    return len(",".join(read(line).taken))


NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class Claim(NamedTuple):
    """A statement of the discussion, and how the model judges it.

    `text` is the claim in one sentence, `source` who made it, `shown` the notebook and the heading
    under which it is to be seen.  `cells` are tried out and put before `check`.

    `says` is what is so in a cell of which the check says yes, as a sentence without its full stop.
    `otherwise` has what is so where it says no: for each broken fact that the outcome names, or its
    `case`; where it names none, under the empty string.  Of a property or fact that is not there
    `happens` says what is so.  What stands in braces in these sentences is computed: each name in
    `words` is a function of the cells that the sentence speaks of.

    What PR 72 left open has `candidates` instead.  `remark` adds what the model found besides,
    computed.
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
    otherwise: Mapping[str, str] = NOTHING
    words: Mapping[str, Callable[[tuple[Question, ...]], str]] = NOTHING

    def __repr__(self) -> str:
        return brief(self, f"{self.id}, {self.text}")


class Finding:
    """A claim with what each cell says of it."""

    def __init__(self, claim: Claim) -> None:
        self.claim = claim

    @property
    def id(self) -> str:
        """The claim's."""
        return self.claim.id

    @property
    def text(self) -> str:
        """The claim in one sentence."""
        return self.claim.text

    @property
    def source(self) -> str:
        """Who made the claim."""
        return self.claim.source

    @property
    def shown(self) -> str:
        """The notebook and the heading under which it is to be seen."""
        return self.claim.shown

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
        """Why, in a line that says what is so; raises ValueError where nobody has written one."""
        if self.verdict == OPEN:
            names = ", or ".join(one.name for one in self.claim.candidates)
            return f"Nobody knows what was seen; it can have been {names}."
        if self.verdict == PENDING:
            return "Not modelled yet."
        if not self.claim.says:
            raise ValueError(f"{self.claim.id} has no sentence for what is so: write `says`")
        tell = {HOLDS: told.holding, REFINED: told.refined, REFUTED: told.refuted}[self.verdict]
        return tell(self.claim, self.outcomes)

    @cached_property
    def besides(self) -> str:
        """What the model found besides, in a line; empty if that is nothing."""
        if self.claim.candidates:
            return self._candidates
        return self.claim.remark() if self.claim.remark else ""

    @property
    def tried(self) -> str:
        """In how many cells it is so; empty where nothing is checked."""
        cells = len(self.outcomes)
        so = sum(outcome.holds for outcome in self.outcomes.values())
        return f"So in {so} of {cells} cells." if cells else ""

    @property
    def whole(self) -> str:
        """The reason, what was found besides, and the token of a Run that shows it."""
        run = f"See `{self.token}`." if self.token and not self.claim.candidates else ""
        return " ".join(filter(None, (self.reason, self.besides, run)))

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
        return " ".join(f"{number}. {one.told}" for number, one in enumerate(several, 1))

    def __repr__(self) -> str:
        return brief(self, f"{self.id}, {self.text}")
