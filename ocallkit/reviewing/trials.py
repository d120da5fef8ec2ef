"""One design in one situation of one size: what breaks there, what holds, and what nobody knows."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Literal

import msgspec

from ocallkit.engine import ProgramError
from ocallkit.engine.exploration import Limits
from ocallkit.judging.assembly import ANY, check_count, how_many
from ocallkit.judging.comparing.two_verdicts import effect
from ocallkit.judging.matrix import Cell, as_cell, short
from ocallkit.judging.verdict import judge
from ocallkit.reviewing.subjects import Subject, design_of, scenario_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ocallkit.judging.comparing.two_verdicts import Effect
    from ocallkit.judging.verdict import Verdict
    from ocallkit.scenarios import Scenario

NOT_TRIED = "not tried within the limit"

EXTRA_THREADS, EXTRA_CLIENTS = 2, 2
"""The size that is tried besides, where nobody says how many clients there are."""


class Place(msgspec.Struct, frozen=True):
    """Where a design is judged: a scenario by its spec and its name, and the size."""

    spec: str
    scenario: str
    threads: int
    clients: int

    @property
    def size(self) -> tuple[int, int]:
        """How many secure threads there are, and how many clients."""
        return self.threads, self.clients


class Asked(msgspec.Struct, frozen=True):
    """What one process is asked to judge, and until when."""

    subject: Subject
    place: Place
    deadline: float | None = None


class Trial(msgspec.Struct, frozen=True):
    """How a design came out in a place.

    `empty` is what was never reached, `failed` why it could not be judged at all; without a `cell`
    nothing was tried.
    """

    place: Place
    cell: Cell | None = None
    empty: str = ""
    failed: str = ""

    @property
    def word(self) -> str:
        """The worst of it in a word, as in the matrix."""
        return short(self.cell) if self.cell else "unfinished"

    @property
    def broken(self) -> tuple[str, ...]:
        """The properties that are violated."""
        return tuple(name for name, _, _ in self.cell.broken) if self.cell else ()

    @property
    def why(self) -> str:
        """Why not everything is known; empty if it is."""
        if self.failed:
            return self.failed
        if self.cell is None:
            return NOT_TRIED
        if not self.cell.finished:
            return "not finished within the limit"
        return self.empty

    def says(self, name: str) -> bool | None:
        """Whether a property holds here; nothing where that is not known."""
        if name in self.broken:
            return False
        return None if self.why else True


def places(
    scenarios: Iterable[str],
    threads: Iterable[int],
    clients: int | Literal["any"] | None,
) -> tuple[Place, ...]:
    """Every scenario in every size that is asked for.

    Where nothing is said of the clients there are as many as the scenario has programs; one of a
    single program is tried with two clients besides.

    Raises UnknownNameError or SpecError for a scenario that is not there, ValueError for a number
    that makes no system.
    """
    found = []
    for spec in scenarios:
        what = scenario_of(spec)
        for threads_, clients_ in _sizes(what, tuple(threads), clients):
            check_count("threads", threads_, 1, 64)
            found.append(Place(spec, what.name, threads_, how_many(what, clients_)))
    return tuple(dict.fromkeys(found))


def _sizes(
    what: Scenario, threads: Sequence[int], clients: int | Literal["any"] | None
) -> list[tuple[int, int | None]]:
    least = len(what.clients)
    if clients == ANY:
        return [(number, (number + 1) * least) for number in threads]
    sizes: list[tuple[int, int | None]] = [(number, clients) for number in threads]
    if clients is None and least == 1 and EXTRA_THREADS in threads:
        sizes.append((EXTRA_THREADS, EXTRA_CLIENTS))
    return sizes


def attempt(asked: Asked) -> Trial:
    """Judge one design in one place, as far as the time reaches."""
    place, left = asked.place, time_left(asked.deadline)
    if left is not None and left <= 0:
        return Trial(place)
    try:
        verdict = _judged(asked, left)
        # What it took is different each time.
        record = msgspec.structs.replace(verdict.record, seconds=0.0)
        cell = msgspec.structs.replace(as_cell(verdict), seconds=0.0, record=record)
        return Trial(place, cell, verdict.empty)
    except ProgramError as error:
        return Trial(place, failed=str(error))
    except Exception as error:
        # A decision that was put into another design may ask for anything that this does not have.
        if not asked.subject.decision:
            raise
        return Trial(place, failed=f"{type(error).__name__}: {error}")


def _judged(asked: Asked, seconds: float | None) -> Verdict:
    place = asked.place
    verdict = judge(
        scenario_of(place.spec),
        design_of(asked.subject),
        threads=place.threads,
        clients=place.clients,
        limits=Limits(seconds=seconds),
    )
    if verdict.interrupted:
        raise KeyboardInterrupt
    return verdict


def time_left(deadline: float | None) -> float | None:
    """How many seconds there are until `deadline`; nothing where there is none."""
    return None if deadline is None else deadline - time.monotonic()


def effect_of(before: Trial, after: Trial) -> Effect:
    """What became of a place: the properties of which both trials know."""
    old = [name for name in before.broken if after.says(name) is not None]
    new = [name for name in after.broken if before.says(name) is not None]
    found = effect(before.place.scenario, old, new)
    return msgspec.structs.replace(found, before=before.word, after=after.word)
