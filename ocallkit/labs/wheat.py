"""Wheat and chaff: a property or a scenario of a reader's own, judged by designs that are known.

Some designs are good and some are not, and which is which the package knows.  A reader's property
should fail where one of the package's fails, and nowhere else; a reader's scenario should break
under every design that is no good, and under no other.  What it takes for the other kind comes
with a run to look at.
"""

from __future__ import annotations

from functools import cache, lru_cache
from itertools import product
from typing import TYPE_CHECKING, Final

import msgspec

from ocallkit.judging.path import Run
from ocallkit.judging.specs import property_name
from ocallkit.judging.verdict import judge
from ocallkit.labs.designs import CANCELS, TRANSPORTS, Choice, compose, verdict
from ocallkit.scenarios import SCENARIOS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ocallkit.judging.verdict import Verdict
    from ocallkit.scenarios import Scenario

THREADS: Final = 2
"""Secure threads, as the labs begin with."""

FIELDS: Final = ("flow-1", "flow-2", "flow-1-memref")
"""The scenarios in which a property is tried: in each other designs are no good."""

CHOICES: Final = tuple(
    Choice(holds, requests, cancel, transport)
    for holds, requests, cancel, transport in product(
        (False, True), (True, False), CANCELS, TRANSPORTS
    )
)
"""Every design that the decisions of the thread make: the named ones, and mutants of them."""


class Grain(msgspec.Struct, frozen=True):
    """A design in a scenario that was taken for the other kind, and a run that shows why."""

    design: str
    scenario: str
    run: Run


class Winnowed(msgspec.Struct, frozen=True):
    """What came of it: the good that was `rejected`, the bad that was `missed`, of how many."""

    rejected: tuple[Grain, ...]
    missed: tuple[Grain, ...]
    tried: int

    @property
    def is_clean(self) -> bool:
        """Whether each was taken for what it is."""
        return not (self.rejected or self.missed)


@lru_cache(maxsize=4)
def winnow_property(mine: Callable[..., object], asks: str) -> Winnowed:
    """Try a reader's property where the package's property `asks` holds, and where it breaks.

    >>> def never_fails(state):
    ...     return True
    >>> winnowed = winnow_property(never_fails, "no-context-leak")
    >>> len(winnowed.rejected), sorted({grain.scenario for grain in winnowed.missed})
    (0, ['flow-1-memref', 'flow-2'])

    Raises PropertyError for what is no property, or raises itself.
    """
    name = property_name(mine)
    rejected, missed = [], []
    for choice, field in product(CHOICES, FIELDS):
        found = judge(field, compose(choice), threads=THREADS, properties=[mine])
        caught, bad = name in found.broken, asks in found.broken
        if caught and not bad:
            rejected.append(_grain(found, name))
        if bad and not caught:
            missed.append(_grain(found, asks))
    return Winnowed(tuple(rejected), tuple(missed), len(CHOICES) * len(FIELDS))


@lru_cache(maxsize=4)
def winnow_scenario(mine: Scenario) -> Winnowed:
    """Try a reader's scenario under the designs that hold in every one, and under the others.

    A design that is missed comes with a run of a scenario in which it breaks.

    >>> winnowed = winnow_scenario(SCENARIOS["flow-2"])
    >>> [grain.design for grain in winnowed.missed][:3]
    ['ecall', 'meta', 'ocall-fd']

    Raises ProgramError for programs that cannot be run.
    """
    rejected, missed = [], []
    for choice in CHOICES:
        bad = shown_bad(choice)
        found = judge(mine, compose(choice), threads=THREADS)
        if found.violations and bad is None:
            rejected.append(_grain(found, found.broken[0]))
        if bad is not None and not found.violations:
            missed.append(_grain(bad, bad.broken[0]))
    return Winnowed(tuple(rejected), tuple(missed), len(CHOICES))


@cache
def shown_bad(choice: Choice) -> Verdict | None:
    """The first verdict that shows that a design is no good; none if it holds everywhere."""
    return next(_bad(choice), None)


def _bad(choice: Choice) -> Iterator[Verdict]:
    for name in SCENARIOS:
        found = verdict(choice, name, THREADS)
        if found.violations:
            yield found


def _grain(found: Verdict, name: str) -> Grain:
    run = found.violation(name).run
    return Grain(run.design, run.scenario, run)
