"""`hardened` holds in every scenario with every fault; where it does not, no design does."""

from __future__ import annotations

import pytest

from ocallkit import judge
from ocallkit.designs import EVERY, Mainline
from ocallkit.model.config import FAULTS, MORE_FAULTS
from ocallkit.scenarios import ADVERSARIES, LARGER, SCENARIOS, THREE
from ocallkit.scenarios.call_queue import QUEUED

# What is also marked as `whole` is not among what `make long` runs.
pytestmark = pytest.mark.long

EVERY_FAULT = (*FAULTS, *MORE_FAULTS)
THREADS = (1, 2, 3)

FAILS = (("scmi-agent", 1), *(("scmi-agent-dies", threads) for threads in THREADS))
"""Where an agent in the kernel keeps a secure thread for good."""
MISUSE = {one.name for one in ADVERSARIES}
PATIENT = {*MISUSE, *(one.name for one in QUEUED), "two-threads-two-sessions", "inherited-session"}
"""What takes several seconds."""

CELLS = [
    pytest.param(name, n, marks=[pytest.mark.whole] if n != 2 or name in PATIENT else [])
    for name in (*SCENARIOS, *LARGER)
    for n in THREADS
    if (name, n) not in FAILS
]


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("scenario", "threads"), CELLS)
def test_hardened_holds(scenario: str, threads: int) -> None:
    """Nothing breaks, and what the scenario is about was reached."""
    faults = FAULTS if scenario in MISUSE else EVERY_FAULT
    assert judge(scenario, "hardened", threads=threads, faults=faults).holds is True


@pytest.mark.parametrize(("scenario", "threads"), FAILS)
@pytest.mark.parametrize("design", [name for name in EVERY if name != Mainline.name])
def test_where_it_fails_no_design_holds(design: str, scenario: str, threads: int) -> None:
    """The agent does not let go.  Under `mainline` no client in the kernel serves in this way."""
    assert judge(scenario, design, threads=threads).holds is False


@pytest.mark.whole
@pytest.mark.timeout(900)
@pytest.mark.parametrize("scenario", ["two-threads-one-session", "two-threads-two-sessions"])
def test_hardened_holds_for_two_processes_of_two_threads(scenario: str) -> None:
    """On one secure thread, for which all four wait; any of them may be killed."""
    assert judge(scenario, "hardened", threads=1, clients=2, faults=("kill",)).holds is True


@pytest.mark.whole
@pytest.mark.timeout(900)
def test_hardened_holds_for_a_process_of_three_threads() -> None:
    """In which nothing goes wrong, and everybody may come at any moment."""
    assert judge(THREE.name, "hardened", faults=()).holds is True
