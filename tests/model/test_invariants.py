"""After every step of every scenario under every design the records agree with each other.

Every order of steps is taken, so a CA is killed wherever it can be, its files are closed in every
order, and everything that may go wrong does.
"""

from __future__ import annotations

from collections import Counter, deque
from typing import TYPE_CHECKING

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from ocallkit.designs import DESIGNS
from ocallkit.judging.assembly import build
from ocallkit.scenarios import SCENARIOS
from tests.model.invariants import Ledger, check_ledger, check_world, fold

if TYPE_CHECKING:
    from collections.abc import Hashable

    from ocallkit.engine import State
    from ocallkit.model.world import World


def visit_all(scenario: str, design: str) -> Counter[str]:
    """Check every state that can be reached, and count the ways by which they were reached."""
    system = build(scenario, design, log=True)
    ledgers: dict[Hashable, Ledger] = {system.start.key(): {}}
    queue: deque[State[World]] = deque([system.start])
    ways: Counter[str] = Counter()
    while queue:
        state = queue.popleft()
        ledger = ledgers[state.key()]
        state.world.log = []
        for move in system.moves(state):
            ways[move.option] += 1
            world = move.state.world
            after = fold(ledger, world.log or ())
            check_world(world)
            check_ledger(world, after)
            known = ledgers.setdefault(move.state.key(), after)
            if known is after:
                queue.append(move.state)
    return ways


@pytest.mark.long
@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_state_agrees_with_itself_and_with_the_ledger(scenario: str, design: str) -> None:
    """Contexts, memories and MOBJs count what the Get and Put events say, owner by owner."""
    ways = visit_all(scenario, design)
    assert ways["kill"] >= 5
    assert ways["close(context)"] >= 1


@pytest.mark.parametrize("design", DESIGNS)
def test_files_are_closed_in_every_order(design: str) -> None:
    """Each of the three files of a killed CA is the first to go, somewhere."""
    ways = visit_all("flow-1-two-memrefs", design)
    assert min(ways[f"close({file})"] for file in ("context", "memref1", "memref2")) >= 2


# A walk that fails is short enough to read as it is: shrinking it takes minutes.
@settings(max_examples=6, phases=[Phase.generate])
@given(st.data())
@pytest.mark.parametrize("design", DESIGNS)
def test_clients_that_share_threads_keep_the_records_in_agreement(
    design: str, data: st.DataObject
) -> None:
    """Two clients, one or two secure threads, steps in any order: as for one client."""
    scenario = data.draw(st.sampled_from(["flow-2-memref", "two-ocalls"]), "scenario")
    threads = data.draw(st.integers(1, 2), "threads")
    system = build(scenario, design, clients=2, threads=threads, log=True)
    state, ledger = system.start, Ledger()
    for _ in range(400):
        state.world.log = []
        moves = list(system.moves(state))
        if not moves:
            break
        state = moves[data.draw(st.integers(0, len(moves) - 1))].state
        ledger = fold(ledger, state.world.log or ())
        check_world(state.world)
        check_ledger(state.world, ledger)
    else:
        pytest.fail("no end within 400 steps")
