"""Octets and values say the same: what is judged, and what lies in memory on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ocallkit import judge, run
from ocallkit.engine.exploration import Limits
from ocallkit.model.events import Octets
from ocallkit.scenarios import ALL, SCENARIOS
from ocallkit.scenarios.riddle import riddle

if TYPE_CHECKING:
    from ocallkit import Run, Verdict
    from ocallkit.scenarios import Scenario

EACH_WAY = ("ecall", "ocall-fd", "held-refs-pre-release+meta", "two-lists+meta")
"""Both transports, with files of requests and without, with references kept and without."""
SOME = ("ecall", "two-lists+meta", "held-refs-ocall-fd")
STATES = 12_000
"""Enough for nearly all; where it is not, both give up at the same place."""


def judged(scenario: str, design: str, wire: str) -> Verdict:
    """The verdict where a border is crossed in one of the two ways."""
    return judge(scenario, design, switches={"wire": wire}, limits=Limits(STATES))


def came_to(verdict: Verdict) -> tuple[object, ...]:
    """What is broken, and what it took to find that out."""
    found = verdict.exploration
    return verdict.broken, found.finished, found.states, found.transitions, found.depth, found.ends


def octets_of(played: Run) -> list[Octets]:
    """All that lay in memory."""
    return [event for event in played.events if isinstance(event, Octets)]


@pytest.mark.long
@pytest.mark.parametrize("design", SOME)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_verdict_is_the_same_by_octets(scenario: str, design: str) -> None:
    """And so is the number of states: octets add no step, and tell no two worlds apart."""
    values, octets = (judged(scenario, design, wire) for wire in ("values", "octets"))
    assert came_to(values) == came_to(octets)


QUICK = ("open-session-ocall-memref", "cold-boot-exit", "shutdown", "scmi-agent", "ta-calls-ta")
"""Of the larger ones those that take no time, each with something that the simple ones lack."""

CLOSES = tuple(name for name in ALL if name.endswith("-memory-from-another-thread"))
"""A number under which there is nothing any more is not the name of what was there."""


@pytest.mark.parametrize("scenario", QUICK)
def test_a_verdict_is_the_same_in_the_larger_world(scenario: str) -> None:
    """With temporary ids, requests for the supplicant, argument memory, and other parties."""
    values, octets = (judged(scenario, "ecall+meta", wire) for wire in ("values", "octets"))
    assert came_to(values) == came_to(octets)


PATIENT = {
    name for name in ALL if name.endswith(("-queue", "-up", "-two-sessions")) or "adversar" in name
}
"""What takes long by octets; the short ones have the same border in them."""


@pytest.mark.long
@pytest.mark.parametrize(
    ("scenario", "design"),
    [
        pytest.param(one, way, marks=pytest.mark.whole if one in PATIENT or n > 1 else ())
        for one in sorted({*ALL} - {*CLOSES, "adversary-thread"})
        for n, way in enumerate(EACH_WAY)
    ],
)
def test_every_verdict_is_the_same_by_octets(scenario: str, design: str) -> None:
    """In the larger world as well, under both transports."""
    values, octets = (judged(scenario, design, wire) for wire in ("values", "octets"))
    assert came_to(values) == came_to(octets)


@pytest.mark.long
@pytest.mark.parametrize("design", SOME)
@pytest.mark.parametrize("scenario", CLOSES)
def test_a_number_of_nothing_is_a_state_of_its_own(scenario: str, design: str) -> None:
    """A thread closes what another is about to name: a few states more, no other verdict."""
    values, octets = (judged(scenario, design, wire) for wire in ("values", "octets"))
    assert (values.broken, values.finished) == (octets.broken, octets.finished)
    assert octets.exploration.states > values.exploration.states


@pytest.mark.long
@pytest.mark.parametrize("design", ["ecall", "held-refs-ocall-fd+meta"])
@pytest.mark.parametrize("scenario", [*ALL, riddle()], ids=lambda one: getattr(one, "name", one))
def test_a_run_leaves_the_same_octets_either_way(scenario: str | Scenario, design: str) -> None:
    """What is noted beside values is what is written where octets cross."""
    values, octets = (
        octets_of(run(scenario, design, switches={"wire": wire})) for wire in ("values", "octets")
    )
    assert values == octets
    assert {"SMC"} <= {event.border for event in values}


def test_a_program_gets_the_same_results_by_octets() -> None:
    """Numbers and strings both ways, read out of the memory that the octets name."""
    values, octets = (run(riddle(), switches={"wire": wire}) for wire in ("values", "octets"))
    assert values.results == octets.results
