"""Everything that the page of a review says, as plain values; `view.review_page` writes it down."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Literal

import msgspec

from ocallkit.brief import brief
from ocallkit.claims import CLAIMS
from ocallkit.errors import UsageError, find
from ocallkit.judging.matrix import on_all_cores
from ocallkit.judging.schema import Record, Reviewed
from ocallkit.reviewing.claims import Asked as AskedOfClaim
from ocallkit.reviewing.claims import AskedClaim, ask, claims_about
from ocallkit.reviewing.kinds import Kind, kinds
from ocallkit.reviewing.repairs import Repairs, repairs
from ocallkit.reviewing.subjects import Subject, design_of, of_the_gallery, parent_of, scenario_of
from ocallkit.reviewing.trials import Asked, Place, Trial, attempt, effect_of, places
from ocallkit.scenarios import SCENARIOS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ocallkit.designs import EcallBare
    from ocallkit.judging.comparing.two_verdicts import Effect

    Report = Callable[[str, int, int], None]
    """Is told what is done, how much of it, and how much there is."""


class Review(msgspec.Struct, frozen=True):
    """A design against its parent.

    `own` and `parents` are the trials in the order of `places`; without a parent there are no
    `parents`.  `claims` are those asked, with the answers.
    """

    subject: Subject
    parent: Subject | None
    places: tuple[Place, ...]
    own: tuple[Trial, ...]
    parents: tuple[Trial, ...]
    kinds: tuple[Kind, ...]
    repairs: Repairs
    claims: tuple[AskedOfClaim, ...]

    @property
    def design(self) -> type[EcallBare]:
        """The design that is reviewed."""
        return design_of(self.subject)

    @property
    def against(self) -> type[EcallBare] | None:
        """Its parent, or what it is compared with."""
        return design_of(self.parent) if self.parent else None

    @property
    def effects(self) -> tuple[tuple[Place, Effect], ...]:
        """What became of each place."""
        pairs = zip(self.parents, self.own, strict=False)
        return tuple((after.place, effect_of(before, after)) for before, after in pairs)

    @property
    def holds(self) -> bool | None:
        """Whether everything holds; nothing where that is not known."""
        if any(trial.broken for trial in self.own):
            return False
        return None if any(trial.why for trial in self.own) else True

    @property
    def document(self) -> Reviewed:
        """Every verdict, as JSON has it."""
        return Reviewed(
            design=self.design.name,
            against=self.against.name if self.against else None,
            holds=self.holds,
            verdicts=_records(self.own),
            verdicts_against=_records(self.parents),
            not_judged=tuple(
                f"{one.place.scenario} under {whose.name}: {one.why}"
                for whose, trials in ((self.design, self.own), (self.against, self.parents))
                for one in trials
                if whose is not None and one.cell is None
            ),
        )

    def __repr__(self) -> str:
        return brief(self, f"{self.subject.spec}, {len(self.places)} places")


def review(
    spec: str,
    *,
    against: str = "",
    scenarios: Sequence[str] = (),
    threads: Sequence[int] = (1, 2, 3),
    clients: int | Literal["any"] | None = None,
    claims: Sequence[str] | None = None,
    seconds: float | None = None,
    processes: int | None = None,
    report: Report | None = None,
) -> Review:
    """Judge a design and its parent, look for repairs, and ask the claims about the parent again.

    `spec` and `scenarios` are as `load` takes them; `against` names another design than the parent.
    Without `clients` each scenario has as many as it has programs, and those of one program are
    tried with two besides.  `claims` are the ids of those to ask, if not all about the parent.
    After `seconds` what is left is not known, and the review says so.  `processes` is how many
    judge at once; `report` is told how far it is.

    Raises SpecError or UnknownNameError for what is not there, ValueError for a number that makes
    no system and for a design whose decisions answer wrongly.
    """
    # A file may have changed since it was read.
    design_of.cache_clear()
    scenario_of.cache_clear()
    deadline = None if seconds is None else time.monotonic() + seconds
    subject = Subject(spec)
    parent = _parent(subject, against)
    where = places(scenarios or tuple(SCENARIOS), threads, clients)
    tell = report or _nobody

    def judged(what: str, asked: Sequence[tuple[Subject, Place]]) -> tuple[Trial, ...]:
        several = [Asked(one, place, deadline) for one, place in asked]
        done = on_all_cores(attempt, several, processes, lambda n: tell(what, n, len(several)))
        return _fit(several, done)

    both = [one for one in (subject, parent) if one]
    tried = judged("the matrix", [(one, place) for one in both for place in where])
    own, parents = tried[: len(where)], tried[len(where) :]
    repaired = repairs(spec, own, lambda asked: judged("repairs", asked))
    asked = [] if parent is None else _claims(subject, parent, claims, deadline)
    answers = on_all_cores(ask, asked, processes, lambda n: tell("claims", n, len(asked)))
    return Review(subject, parent, where, own, parents, kinds(own, parents), repaired, answers)


def _records(trials: Sequence[Trial]) -> tuple[Record, ...]:
    """What is known of each that was tried."""
    return tuple(one.cell.record for one in trials if one.cell and one.cell.record)


def _parent(subject: Subject, against: str) -> Subject | None:
    """What a design is compared with, if there is anything."""
    design = design_of(subject)
    if not against and parent_of(design) is None:
        return None
    found = Subject(against) if against else Subject(subject.spec, parent=True)
    if design_of(found).name == design.name:
        raise UsageError(f"{subject.spec} is compared with a design of its own name, {design.name}")
    return found


def _claims(
    subject: Subject, parent: Subject, claims: Sequence[str] | None, deadline: float | None
) -> list[AskedClaim]:
    about = claims_about(of_the_gallery(design_of(parent)))
    asked = about if claims is None else [find("claim", name, CLAIMS).id for name in claims]
    return [AskedClaim(name, parent, subject, deadline) for name in asked if name in about]


def _fit(asked: Sequence[Asked], done: tuple[Trial, ...]) -> tuple[Trial, ...]:
    """The trials, if the designs that somebody wrote could be asked at all."""
    for one, trial in zip(asked, done, strict=True):
        if trial.failed and not one.subject.decision:
            raise UsageError(trial.failed)
    return done


def _nobody(_what: str, _done: int, _all: int) -> None:
    """Nobody wants to know how far it is."""
