"""The groups of scenarios and designs are what their names say."""

from __future__ import annotations

from ocallkit import run
from ocallkit.claims.cells import (
    DO_NOT_KEEP,
    HEAR_OF_FILES,
    KEEP,
    PRE_RELEASE,
    WAIT_FOR_THE_COUNT,
    WITH_OCALL,
    WITH_OCALL_MEMORY,
    WITH_PASSED_MEMORY,
    WITH_SPARE_MEMORY,
)
from ocallkit.scenarios import SCENARIOS


def memories(scenario: str) -> list[bool]:
    """For each memory of a run whether it was an OCALL's."""
    return [memory.ocall for memory in run(scenario).world.memories.values()]


def passed(scenario: str) -> bool:
    """Whether the invocation of a run names memory."""
    calls = (call for step in run(scenario).steps for call in step.world.calls.values())
    return any(param.memory for call in calls for param in call.params)


def test_scenarios_are_grouped_by_the_memory_that_their_runs_have() -> None:
    """Registered for the invocation or for nobody, or allocated for an OCALL."""
    assert {s for s in SCENARIOS if True in memories(s)} == set(WITH_OCALL_MEMORY)
    registered = {*WITH_PASSED_MEMORY, *WITH_SPARE_MEMORY}
    assert {s for s in SCENARIOS if False in memories(s)} == registered
    assert set(filter(passed, registered)) == set(WITH_PASSED_MEMORY)
    assert set(SCENARIOS) - {"plain-invoke"} == set(WITH_OCALL)


def test_designs_are_grouped_by_their_decisions() -> None:
    """Which keep references, and which cancel when a file is closed."""
    held = ("held-refs", "held-refs-ocall-fd", "held-refs-pre-release", "two-lists")
    assert held == KEEP
    assert ("ecall-bare", "ecall", "meta", "ocall-fd") == DO_NOT_KEEP
    assert ("ecall-bare", "held-refs") == WAIT_FOR_THE_COUNT
    assert ("ecall", "meta", "held-refs-pre-release", "two-lists") == PRE_RELEASE
    assert {*PRE_RELEASE, "ocall-fd", "held-refs-ocall-fd"} == set(HEAR_OF_FILES)
