"""What the discussion claims, asked once more with the reader's design in the place of its parent.

The claims have their cells, each a scenario under a design of the gallery.  A cell about the parent
is asked again about the reader's design: a claim changes where it is so in the one and not in the
other, or says nothing of one of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ocallkit.claims import ALL, CLAIMS, told
from ocallkit.claims.explored import explored, within
from ocallkit.engine.exploration import Limits
from ocallkit.reviewing.subjects import Subject, design_of, of_the_gallery
from ocallkit.reviewing.trials import time_left

if TYPE_CHECKING:
    from ocallkit.claims import Claim, Outcome
    from ocallkit.designs import EcallBare
    from ocallkit.judging.verdict import Question

SO, NOT_SO, DOES_NOT_APPLY, UNKNOWN = "so", "not so", "says nothing", "not known"


class AskedClaim(msgspec.Struct, frozen=True):
    """A claim that one process asks about two designs, and until when."""

    claim: str
    before: Subject
    after: Subject
    deadline: float | None = None


class Answer(msgspec.Struct, frozen=True):
    """What one cell of a claim says of the parent, and of the reader's design."""

    scenario: str
    threads: int
    clients: int
    before: str
    after: str

    @property
    def changed(self) -> bool:
        """Whether the two differ; not where one of them is not known."""
        return self.before != self.after and UNKNOWN not in {self.before, self.after}


class Asked(msgspec.Struct, frozen=True):
    """A claim with all its answers, and in a sentence what is so of either design.

    `line` names a Run of the reader's design that shows a change, if one does.
    """

    claim: str
    answers: tuple[Answer, ...]
    before: str
    after: str
    line: str = ""

    @property
    def changed(self) -> tuple[Answer, ...]:
        """The cells in which it changes."""
        return tuple(one for one in self.answers if one.changed)

    @property
    def unknown(self) -> int:
        """In how many cells it is not known."""
        return sum(UNKNOWN in {one.before, one.after} for one in self.answers)


def claims_about(design: type[EcallBare]) -> tuple[str, ...]:
    """The claims of which a cell is about a design of the gallery, in their order."""
    return tuple(claim.id for claim in ALL if claim.check is not None and cells(claim, design))


def cells(claim: Claim, design: type[EcallBare]) -> tuple[Question, ...]:
    """The cells of a claim that are about a design of the gallery."""
    return tuple(cell for cell in claim.cells if cell.design_name == design.name)


def ask(asked: AskedClaim) -> Asked:
    """Ask a claim about two designs, as far as the time reaches."""
    claim = CLAIMS[asked.claim]
    stands, mine = of_the_gallery(design_of(asked.before)), design_of(asked.after)
    where = cells(claim, stands)
    there = [msgspec.structs.replace(cell, design=mine) for cell in where]
    old = {cell: _outcome(claim, cell, asked.deadline) for cell in where}
    new = {cell: _outcome(claim, cell, asked.deadline) for cell in there}
    answers = tuple(
        Answer(cell.scenario_name, cell.threads, cell.clients, _said(old[cell]), _said(new[other]))
        for cell, other in zip(where, there, strict=True)
    )
    changed = [cell for cell, answer in zip(there, answers, strict=True) if answer.changed]
    line = next(filter(None, (_line(cell, new[cell]) for cell in changed)), "")
    return Asked(claim.id, answers, _told(claim, old), _told(claim, new), line)


def _line(cell: Question, outcome: Outcome | str | None) -> str:
    """The line that names a Run which shows the outcome, if one does."""
    if outcome is None or isinstance(outcome, str):
        return ""
    return explored(cell).token(outcome.example) if outcome.example else outcome.line


def _told(claim: Claim, found: dict[Question, Outcome | str | None]) -> str:
    """What is so in the cells that say something; empty where nobody has written a sentence."""
    outcomes = {
        cell: outcome
        for cell, outcome in found.items()
        if outcome is not None and not isinstance(outcome, str)
    }
    if not outcomes:
        return ""
    tell = told.holding if all(one.holds for one in outcomes.values()) else told.refuted
    try:
        return tell(claim, outcomes)
    except Exception:  # noqa: BLE001 - what is computed for it may ask for what the design lacks
        return ""


def _outcome(claim: Claim, cell: Question, deadline: float | None) -> Outcome | str | None:
    """What a cell says of a claim; a word where that is not known."""
    left = time_left(deadline)
    if claim.check is None or (left is not None and left <= 0):
        return UNKNOWN
    try:
        with within(Limits(seconds=left)):
            return claim.check(explored(cell))
    except Exception:  # noqa: BLE001 - a check may look for what no other design than its own has
        return UNKNOWN


def _said(outcome: Outcome | str | None) -> str:
    if outcome is None:
        return DOES_NOT_APPLY
    if isinstance(outcome, str):
        return outcome
    return SO if outcome.holds else NOT_SO
