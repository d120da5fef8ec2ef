"""Judge a design in one small system after the other, until it breaks."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple, TypeGuard

from ocallkit.brief import brief
from ocallkit.engine import ProgramError
from ocallkit.engine.exploration import INTERRUPT, Limits
from ocallkit.errors import find
from ocallkit.judging.assembly import is_own
from ocallkit.judging.hunting.systems import ALL, SmallSystem, Space
from ocallkit.judging.own_properties import own_properties
from ocallkit.judging.specs import given
from ocallkit.judging.verdict import judge
from ocallkit.properties import NAMES, ON_REQUEST

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from ocallkit.designs import EcallBare
    from ocallkit.judging.verdict import Verdict

STATES = 20_000
"""States after which a system is left for the next one."""

_NAMED = {name: name for name in (*NAMES, *ON_REQUEST)}

REPORT_EVERY = 0.2
"""Seconds between two reports of progress."""


class Tried(NamedTuple):
    """How far a hunt is: systems judged, those left unfinished, the size that it is in.

    `refused` are those in which somebody does what the model has no meaning for.  `complete` is the
    largest size of which every system was judged, `seconds` the time it took.
    """

    systems: int = 0
    unfinished: int = 0
    refused: int = 0
    size: int = 0
    complete: int = 0
    seconds: float = 0.0


class Catch(NamedTuple):
    """A system in which the design breaks, and the verdict that says how."""

    system: SmallSystem
    verdict: Verdict


class Hunt:
    """A search for the smallest system in which a design breaks.

    It goes through `space` up to `size`, each system up to so many `states`, as long as `seconds`
    allow; a `seed` changes the order in which those of one size are tried.  What counts is any of
    `properties`, by name or a reader's own check, or every one that is always asked if none is
    named.  `tried` says at any moment what was done so far;
    `stopped_by` why it went no further, if not everything up to the size that was asked for was
    judged.

    >>> caught = Hunt("ecall-bare").first()
    >>> caught.system.program.name, caught.system.threads, caught.verdict.broken[0]
    ('hunt:context.session.invoke-temporary:value', 1, 'no-deadlock')
    """

    def __init__(
        self,
        design: str | type[EcallBare],
        space: Space | None = None,
        *,
        seed: int | None = None,
        seconds: float = 60,
        size: int | None = None,
        states: int = STATES,
        properties: Collection[str | Callable[..., object]] = (),
        report: Callable[[Tried], None] | None = None,
    ) -> None:
        self.design = given("design", design)
        self.space = space or Space()
        self.tried = Tried(complete=self.space.least - 1)
        self.stopped_by = ""
        self._seed = seed
        self._seconds = seconds
        self._size = size
        self._states = states
        self._own = tuple(given("property", one) for one in properties if not _is_ours(one))
        ours = [find("property", one, _NAMED) for one in properties if _is_ours(one)]
        self._also = [name for name in ours if name not in NAMES]
        own = [one.name for one in own_properties(self._own)]
        self.wanted = frozenset([*ours, *own] or NAMES)
        self._report = report

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left open of what was to be tried.

        Without a size that is what time allowed; with one, every system up to it.
        """
        open_still = self.tried.unfinished + self.tried.refused
        if self._size is None:
            return not open_still and self.stopped_by != INTERRUPT
        return self.tried.complete >= self._size

    def first(self) -> Catch | None:
        """The first catch, which is a smallest one; nothing if there is none."""
        return next(self.catches(), None)

    def catches(self) -> Iterator[Catch]:
        """Every system in which the design breaks, the smallest first, as far as time allows."""
        try:
            yield from self._catches()
        except KeyboardInterrupt:
            self.stopped_by = INTERRUPT

    def _catches(self) -> Iterator[Catch]:
        began = reported = time.monotonic()
        size = self.space.least
        whole = True
        while self._size is None or size <= self._size:
            for system in self.space.systems(size, self._seed):
                left = began + self._seconds - time.monotonic()
                if left <= 0:
                    self.stopped_by = f"the limit of {self._seconds:g} seconds"
                    return
                verdict = self._judge(system, left)
                now = time.monotonic()
                self.tried = self.tried._replace(size=size, seconds=now - began)
                if self._report and now - reported > REPORT_EVERY:
                    reported = now
                    self._report(self.tried)
                if verdict and self.wanted.intersection(verdict.broken):
                    yield Catch(system, verdict)
            missed = self.tried.unfinished + self.tried.refused
            whole = whole and not missed and self.space.count(size) <= ALL
            if whole:
                self.tried = self.tried._replace(complete=size)
            size += 1
        if not whole:
            self.stopped_by = "systems that were not judged to their end"

    def _judge(self, system: SmallSystem, seconds: float) -> Verdict | None:
        """What comes of the design in a system; nothing where that cannot be said."""
        tried = self.tried._replace(systems=self.tried.systems + 1)
        try:
            limits = Limits(self._states, seconds)
            verdict = judge_in(system, self.design, limits, self._own, self._also)
        except ProgramError:
            self.tried = tried._replace(refused=tried.refused + 1)
            return None
        if verdict.interrupted:
            raise KeyboardInterrupt
        known = verdict.finished or bool(self.wanted.intersection(verdict.broken))
        self.tried = tried._replace(unfinished=tried.unfinished + (not known))
        return verdict

    def __repr__(self) -> str:
        return brief(self, f"{self.design}, {self.tried.systems} systems judged")


def _is_ours(one: object) -> TypeGuard[str]:
    """Whether it is the name of a property of the package, or is meant to be."""
    return isinstance(one, str) and not is_own(one)


def judge_in(
    system: SmallSystem,
    design: str | type[EcallBare],
    limits: Limits | None = None,
    properties: Collection[Callable[..., object]] = (),
    also: Collection[str] = (),
) -> Verdict:
    """What comes of a design in a small system, asked for a reader's `properties` too."""
    return judge(
        system.program.scenario,
        design,
        threads=system.threads,
        clients=system.clients,
        faults=system.faults,
        also=also,
        properties=properties,
        limits=limits or Limits(),
    )
