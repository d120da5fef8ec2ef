"""No verdict holds for want of trying: what it speaks of has happened."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

import pytest

from ocallkit import judge
from ocallkit.designs import DESIGNS
from ocallkit.judging.assembly import build
from ocallkit.model.files import short
from ocallkit.scenarios import SCENARIOS
from tests.judging.witnesses import WITNESSES, subsets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ocallkit.engine import State, System
    from ocallkit.model.world import World

WITHOUT_MEMORY = frozenset({"OCALL"})
WITH_MEMORY = frozenset({"ALLOC", "OCALL", "FREE"})

REQUESTS = {
    "plain-invoke": frozenset[str](),
    "flow-1": WITHOUT_MEMORY,
    "flow-2": WITH_MEMORY,
    "flow-1-memref": WITHOUT_MEMORY,
    "flow-2-memref": WITH_MEMORY,
    "flow-1-two-memrefs": WITHOUT_MEMORY,
    "two-ocalls": WITH_MEMORY,
    "spare-memory": WITHOUT_MEMORY,
}
"""What a CA of each scenario is asked for."""

FILES = {
    "flow-1": {"context"},
    "flow-2": {"context", "ocall"},
    "flow-1-memref": {"context", "memref"},
    "flow-2-memref": {"context", "memref", "ocall"},
    "flow-1-two-memrefs": {"context", "memref1", "memref2"},
    "two-ocalls": {"context", "ocall"},
    "spare-memory": {"context", "spare"},
}
"""What it has open at most while a request is pending."""

GOOD = {"held-refs-pre-release": set[str](), "held-refs-ocall-fd": {"request"}}
"""The designs under which every exit comes to its end, and the file that each adds."""


@pytest.mark.long
@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_request_is_served_and_every_crash_happens(scenario: str, design: str) -> None:
    """The TA reports SUCCESS and every error; the CA dies during each request that there is."""
    observed = judge(scenario, design, observe=WITNESSES).exploration.observed
    reported = {"SUCCESS"}
    if REQUESTS[scenario]:
        reported.add("GENERIC")
    if "ALLOC" in REQUESTS[scenario]:
        reported.add("OUT_OF_MEMORY")
    assert reported == observed["reported"]
    assert REQUESTS[scenario] == observed["crashed"]


@pytest.mark.parametrize("design", GOOD)
@pytest.mark.parametrize("scenario", FILES)
def test_every_part_of_the_files_is_left_at_some_moment(scenario: str, design: str) -> None:
    """Of a CA that died while its invocation was under way, down to none."""
    observed = judge(scenario, design, observe=WITNESSES).exploration.observed
    assert subsets(FILES[scenario] | GOOD[design]) == observed["left"]


@pytest.mark.parametrize("design", GOOD)
@pytest.mark.parametrize("scenario", FILES)
def test_files_are_closed_in_every_order_after_every_crash(scenario: str, design: str) -> None:
    """Of the files that a CA has open when it dies, every order; so for each pending request."""
    system = build(scenario, design)
    seen = set()
    for request, state in crashes(system):
        files = tuple(short(file) for file in state.world.processes["A"].files if file)
        assert set(permutations(files)) == set(orders(system, state))
        seen.add(request)
    assert REQUESTS[scenario] == seen


def test_without_a_kill_nothing_is_a_witness_of_one() -> None:
    """The witnesses are missing where what they tell of cannot happen."""
    observed = judge("flow-2", "ecall", faults=(), observe=WITNESSES).exploration.observed
    expected = {"reported": {"SUCCESS"}, "crashed": set(), "left": set()}
    assert expected == {name: observed[name] for name in WITNESSES}


def crashes(system: System[World]) -> Iterator[tuple[str, State[World]]]:
    """The states in which A has just been killed while a request was pending, with the request."""
    seen, waiting = {system.start.key()}, [system.start]
    while waiting:
        state = waiting.pop()
        for move in system.moves(state):
            call = state.world.calls.get("A")
            if move.option == "kill" and call is not None and call.pending:
                yield call.pending, move.state
            elif move.state.key() not in seen:
                seen.add(move.state.key())
                waiting.append(move.state)


def orders(system: System[World], state: State[World]) -> Iterator[tuple[str, ...]]:
    """The orders in which the files are closed from here to the end of the process."""
    moves = list(system.moves(state))
    if not moves:
        yield ()
    for move in moves:
        closed = (move.option[6:-1],) if move.option.startswith("close(") else ()
        for rest in orders(system, move.state):
            yield (*closed, *rest)
