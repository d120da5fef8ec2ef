"""What the explorer leaves out changes no verdict."""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocallkit import judge
from ocallkit.designs import DESIGNS
from ocallkit.engine.results import NO_REDUCTIONS, Reductions
from ocallkit.model.secure import (
    SHARED_STEPS,
    concerns_one_client,
    smc_call_with_arg,
    smc_return_from_rpc,
)
from ocallkit.model.world import TABLES
from ocallkit.scenarios import SCENARIOS
from ocallkit.system import build

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ocallkit.engine import Move, State, System
    from ocallkit.model.world import World
    from ocallkit.verdict import Verdict

ONLY_LOCAL = Reductions(local=True, symmetry=False)
ONLY_SYMMETRY = Reductions(local=False, symmetry=True)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_one_client_is_judged_alike_with_and_without(
    scenario: str, design: str, threads: int
) -> None:
    """The same properties break, each after as many steps, and there are as many ends."""
    reduced = judge(scenario, design, threads=threads)
    whole = judge(scenario, design, threads=threads, reductions=NO_REDUCTIONS)
    assert lengths(whole) == lengths(reduced)
    assert whole.exploration.ends == reduced.exploration.ends
    assert whole.exploration.states > reduced.exploration.states


def lengths(verdict: Verdict) -> dict[str, int]:
    """The broken properties, each with the steps of its counterexample."""
    assert verdict.finished
    return {violation.property: violation.steps for violation in verdict.violations}


EACH = (ONLY_LOCAL, ONLY_SYMMETRY, NO_REDUCTIONS)

SMALL = [
    (scenario, threads, design, reductions)
    for scenario, threads, designs, switches in (
        ("plain-invoke", 1, ("ecall",), EACH),
        ("flow-1", 2, tuple(DESIGNS), (NO_REDUCTIONS,)),
        ("flow-1", 2, ("held-refs-ocall-fd",), (ONLY_LOCAL, ONLY_SYMMETRY)),
        ("flow-1-memref", 1, tuple(DESIGNS), (ONLY_LOCAL, ONLY_SYMMETRY)),
        ("flow-1-memref", 1, ("ecall", "held-refs-pre-release"), (NO_REDUCTIONS,)),
        ("flow-1-memref", 2, ("ecall", "held-refs"), (ONLY_LOCAL, ONLY_SYMMETRY)),
        ("flow-2", 1, ("two-lists",), (ONLY_LOCAL, ONLY_SYMMETRY)),
        ("flow-2-memref", 2, ("held-refs",), (ONLY_LOCAL,)),
    )
    for design in designs
    for reductions in switches
]
"""What two clients can do in a second or two although something is not left out."""


@pytest.mark.parametrize(("scenario", "threads", "design", "reductions"), SMALL)
def test_two_clients_are_judged_alike_with_and_without(
    scenario: str, threads: int, design: str, reductions: Reductions
) -> None:
    """The same properties break with both reductions, with one, with none; each saves states."""
    broken, states = with_both(scenario, threads, design)
    fewer = judge(scenario, design, threads=threads, clients=2, reductions=reductions)
    assert fewer.finished
    assert broken == fewer.broken
    assert states < fewer.exploration.states


@cache
def with_both(scenario: str, threads: int, design: str) -> tuple[tuple[str, ...], int]:
    """What breaks where both reductions are on, and the number of states."""
    verdict = judge(scenario, design, threads=threads, clients=2)
    return verdict.broken, verdict.exploration.states


# --- why it may be left out -----------------------------------------------------------------------


@settings(max_examples=8)
@given(st.data())
@pytest.mark.parametrize("design", DESIGNS)
def test_a_step_changes_only_what_belongs_to_its_own_client(
    design: str, data: st.DataObject
) -> None:
    """Its records, and of the secure threads those that it has, or a free one that it takes."""
    for system, state in walk(design, data):
        for move in system.moves(state):
            mine = system.tasks[move.task]
            for before, after in changed(state.world, move.state.world):
                owner = owner_of(before or after)
                assert owner == mine or (
                    move.step == "smc_call_with_arg" and owner in {"0", "1"}
                ), move


@settings(max_examples=8)
@given(st.data())
@pytest.mark.parametrize("design", DESIGNS)
def test_a_local_step_and_another_clients_step_are_the_same_in_either_order(
    design: str, data: st.DataObject
) -> None:
    """Neither takes the other away; where a thread is taken its number alone may be another."""
    for system, state in walk(design, data):
        moves = list(system.moves(state))
        for ours, theirs in product(moves, moves):
            if ours.task == theirs.task or ours.step in SHARED_STEPS:
                continue
            one = again(system, ours.state, theirs)
            other = again(system, theirs.state, ours)
            if theirs.step not in SHARED_STEPS:
                assert one.key() == other.key()


def walk(design: str, data: st.DataObject) -> Iterator[tuple[System[World], State[World]]]:
    """The states of one path of two clients, who may do anything at each step."""
    scenario = data.draw(st.sampled_from(["flow-1-memref", "flow-2-memref", "two-ocalls"]))
    system = build(scenario, design, clients=2, threads=2)
    state = system.start
    while moves := list(system.moves(state)):
        yield system, state
        state = moves[data.draw(st.integers(0, len(moves) - 1))].state


def changed(before: World, after: World) -> Iterator[tuple[Any, Any]]:
    """The records that differ, as they were and as they are."""
    for table in TABLES:
        old, new = getattr(before, table), getattr(after, table)
        for name in {*old, *new}:
            if old.get(name) != new.get(name):
                yield old.get(name), new.get(name)


def owner_of(record: Any) -> str:  # noqa: ANN401 - a record of any table
    """The client that a record belongs to; for a free thread the thread's number."""
    client: str = getattr(record, "client", "") or record.id
    return client.partition(".")[0]


def again(system: System[World], state: State[World], move: Move[World]) -> State[World]:
    """The same move from another state; it must be possible there."""
    (same,) = [
        m
        for m in system.moves_of(state, move.task)
        if (m.step, m.option) == (move.step, move.option)
    ]
    return same.state


def test_the_steps_in_which_clients_meet_are_three() -> None:
    """A call needs a free thread; a sleeper waits for a memory object or for a session."""
    assert {"session_sleep", "smc_call_with_arg", "wait_queue_sleep"} == SHARED_STEPS
    assert not concerns_one_client(smc_call_with_arg)
    assert concerns_one_client(smc_return_from_rpc)
