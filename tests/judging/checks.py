"""The checks that a change of the model has to get past, the cheapest first."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from ocallkit import judge
from ocallkit.designs import EcallBare, HeldRefsOcallFd, HeldRefsPreRelease, Meta, OcallFd
from ocallkit.engine.exploration import Limits
from ocallkit.model.config import FAULTS
from ocallkit.scenarios import Scenario, asking_ta, with_memory
from ocallkit.scenarios.opening import ASKS_TO_OPEN, opening_with
from tests.judging.mutation import Site, without

LIMITS = Limits(states=5_000)
"""No check comes near it; a model that has lost something may have no end."""


Outcome = tuple[tuple[str, ...], tuple[int, ...]]
"""What breaks, and how many states, transitions, steps and different steps there were."""


class FileOnly(HeldRefsPreRelease):
    """A file per pending request whose release cancels nothing."""

    name = "file-only"
    request_leaves = OcallFd.request_leaves
    reply_arrives = OcallFd.reply_arrives


class Opens(HeldRefsPreRelease):
    """The ioctl that opens a session carries OCALLs too."""

    name = "opens"
    transport = Meta.transport


class OpensBare(EcallBare):
    """So does this one's, and only the context's release answers for a CA that has died."""

    name = "opens-bare"
    transport = Meta.transport


UNPREPARED = Scenario(
    "unprepared", "a TA that asks a CA without a handler", with_memory((), None), asking_ta
)


OPENING = Scenario(
    "opening",
    "an OCALL that passes no memory, while the session opens",
    opening_with(()),
    ASKS_TO_OPEN,
)

LARGER = (
    "nested-invoke",
    "ta-calls-ta",
    "cancel-while-pending",
    "closes-context-from-another-thread",
    "closes-passed-memory-from-another-thread",
    "shared-instance",
    "two-single-instances",
    "inherited-context",
)
"""Where somebody else waits, or has the same open."""


class Check(NamedTuple):
    """A scenario under a design, and what may go wrong besides."""

    scenario: str | Scenario
    design: type[EcallBare]
    fault: str = ""
    charges: bool = False

    def outcome(self) -> Outcome:
        """What breaks, and the counts."""
        faults = (*FAULTS, self.fault) if self.fault else FAULTS
        verdict = judge(
            self.scenario,
            self.design,
            faults=faults,
            driver_memory_charges_context=self.charges,
            limits=LIMITS,
        )
        found = verdict.exploration
        counts = found.states, found.transitions, found.depth, found.learned
        return verdict.broken, counts


CHECKS = (
    Check("flow-1", HeldRefsPreRelease),
    Check("flow-1", HeldRefsOcallFd),
    Check("flow-1-memref", HeldRefsPreRelease),
    Check("flow-1-memref", HeldRefsOcallFd),
    Check("flow-2", HeldRefsPreRelease),
    Check("flow-2", HeldRefsOcallFd),
    Check("flow-1", EcallBare),
    Check(UNPREPARED, HeldRefsPreRelease),
    Check("flow-1", FileOnly),
    Check("flow-1", HeldRefsPreRelease, charges=True),
    Check("flow-1", HeldRefsPreRelease, fault="closes-session"),
    Check("flow-2", HeldRefsPreRelease, fault="answers-twice"),
    *(
        Check(scenario, design)
        for scenario in ("plain-invoke", "flow-1-two-memrefs", "flow-2-memref", "two-ocalls")
        for design in (HeldRefsPreRelease, HeldRefsOcallFd)
    ),
    Check("flow-1-two-memrefs", HeldRefsPreRelease, fault="failed-registration"),
    Check(OPENING, OpensBare),
    Check("open-session-ocall-memref", Opens),
    *(Check(scenario, HeldRefsPreRelease) for scenario in LARGER),
)
"""Every scenario under both good designs, and what no named cell has."""


@cache
def outcomes() -> dict[Check, Outcome]:
    """What every check comes to under the model as it is."""
    return {check: check.outcome() for check in CHECKS}


def notices(site: Site) -> str:
    """What notices that the call at `site` is missing: a verdict, an error by name, the counts."""
    expected = outcomes()
    with without(site):
        try:
            return _differs(expected)
        except Exception as error:  # noqa: BLE001 - the model cannot go on: that is noticed
            return type(error).__name__


def _differs(expected: dict[Check, Outcome]) -> str:
    moved = ""
    for check, (broken, counts) in expected.items():
        found, counted = check.outcome()
        if found != broken:
            return "verdict"
        if counted != counts:
            moved = "counts"
    return moved
