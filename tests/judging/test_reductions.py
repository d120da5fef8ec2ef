"""What the explorer leaves out changes no verdict."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

from ocallkit import judge
from ocallkit.designs import DESIGNS
from ocallkit.engine.exploration import ALL_REDUCTIONS, NO_REDUCTIONS, Reductions
from ocallkit.judging.assembly import build
from ocallkit.model.config import FAULTS, MORE_FAULTS
from ocallkit.properties import ALWAYS, AT_END
from ocallkit.scenarios import SCENARIOS
from tests.plainly import Plain, explored

if TYPE_CHECKING:
    from ocallkit.judging.verdict import Verdict

pytestmark = pytest.mark.long

ONE_OFF = [ALL_REDUCTIONS._replace(**{name: False}) for name in Reductions._fields]


def lengths(verdict: Verdict) -> dict[str, int]:
    """The broken properties, each with the steps of its counterexample."""
    assert verdict.finished
    return {violation.property: violation.steps for violation in verdict.violations}


def plainly(
    scenario: str, design: str, threads: int, clients: int = 1, faults: tuple[str, ...] = FAULTS
) -> Plain:
    """The same cell, tried in the plainest way."""
    return explored(build(scenario, design, threads=threads, clients=clients, faults=faults))


@pytest.mark.parametrize("threads", [1, pytest.param(2, marks=pytest.mark.whole)])
@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_one_client_is_judged_as_in_the_plainest_way(
    scenario: str, design: str, threads: int
) -> None:
    """The same properties break, each after as many steps, and there are as many ends."""
    verdict, plain = judge(scenario, design, threads=threads), plainly(scenario, design, threads)
    assert (plain.broken, plain.ends) == (lengths(verdict), verdict.exploration.ends)
    assert plain.states > verdict.exploration.states


@pytest.mark.parametrize("fault", MORE_FAULTS)
@pytest.mark.parametrize("design", DESIGNS)
def test_every_fault_is_judged_as_in_the_plainest_way(design: str, fault: str) -> None:
    """With it alone, and nobody who is killed; for whom everybody waits is the same too."""
    for scenario in ("flow-1-memref", "flow-2"):
        verdict = judge(scenario, design, faults=(fault,))
        plain = plainly(scenario, design, 2, faults=(fault,))
        assert (plain.broken, plain.waits) == (lengths(verdict), verdict.waits)


TWO = [
    ("plain-invoke", "ecall", 1, FAULTS),
    ("flow-1", "held-refs-ocall-fd", 1, FAULTS),
    ("flow-1", "ecall-bare", 1, ("kill", "never-answers")),
    ("flow-1", "ecall-bare", 2, ("never-answers",)),
    ("flow-2", "ecall-bare", 1, ("never-answers",)),
    ("flow-1-memref", "ecall", 1, ("kill",)),
    ("flow-1-memref", "held-refs", 2, ("kill",)),
]
"""What two clients can do in the plainest way in some seconds."""


@pytest.mark.parametrize(("scenario", "design", "threads", "faults"), TWO)
def test_two_clients_are_judged_as_in_the_plainest_way(
    scenario: str, design: str, threads: int, faults: tuple[str, ...]
) -> None:
    """The same properties break after as many steps, whatever is left out."""
    plain = plainly(scenario, design, threads, 2, faults)
    for reductions in (ALL_REDUCTIONS, *ONE_OFF):
        verdict = judge(
            scenario, design, threads=threads, clients=2, faults=faults, reductions=reductions
        )
        assert (plain.broken, plain.waits) == (lengths(verdict), verdict.waits), reductions
    every = judge(
        scenario, design, threads=threads, clients=2, faults=faults, reductions=NO_REDUCTIONS
    )
    assert plain.states == every.exploration.states


CELLS = [
    (scenario, design, threads)
    for scenario in ("flow-1", "flow-2", "flow-1-memref")
    for design in DESIGNS
    for threads in (1, 2)
]


SOME = [
    pytest.param(*cell, marks=() if n % 3 == 0 else pytest.mark.whole)
    for n, cell in enumerate(CELLS)
]
"""One in three at a time: each scenario, each design and each number of threads is among them."""


@pytest.mark.parametrize(("scenario", "design", "threads"), SOME)
def test_each_reduction_saves_and_changes_nothing(scenario: str, design: str, threads: int) -> None:
    """With one of them off the same properties break after as many steps."""
    expected = with_all(scenario, design, threads, 2)
    for reductions in ONE_OFF[:2]:
        fewer = judge(scenario, design, threads=threads, clients=2, reductions=reductions)
        assert lengths(expected) == lengths(fewer)
        assert expected.exploration.states < fewer.exploration.states


@cache
def with_all(scenario: str, design: str, threads: int, clients: int) -> Verdict:
    """A cell with every reduction."""
    return judge(scenario, design, threads=threads, clients=clients)


# --- any number of clients --------------------------------------------------------------------


@pytest.mark.parametrize(("scenario", "design", "threads"), SOME)
def test_one_client_more_than_threads_speaks_for_any_number(
    scenario: str, design: str, threads: int
) -> None:
    """With one or two more the same breaks; what one client breaks alone takes no step more."""
    first = with_all(scenario, design, threads, threads + 1)
    assert first.for_any_number
    assert not with_all(scenario, design, threads, threads).for_any_number
    for more in (2, 3) if threads == 1 else (2,):
        beyond = with_all(scenario, design, threads, threads + more)
        assert first.broken == beyond.broken
        alone = [name for name in first.broken if name in ALWAYS and name not in AT_END]
        assert [lengths(first)[n] for n in alone] == [lengths(beyond)[n] for n in alone]
