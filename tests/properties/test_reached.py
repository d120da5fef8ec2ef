"""What a verdict says that it has come to see was there to be seen, of whichever client."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import pytest

from ocallkit import judge, run
from ocallkit.engine import State
from ocallkit.judging.assembly import build
from ocallkit.model.calls import ALLOC, FREE, OCALL
from ocallkit.model.config import FAULTS
from ocallkit.model.world import Call, Process
from ocallkit.properties.reached import (
    DEATH,
    FILES,
    INVOCATION,
    ORDERS,
    SIGHTS,
    answered,
    died,
    left_open,
    pending,
    reached,
)
from ocallkit.properties.reached import OCALL as WAS_PENDING

if TYPE_CHECKING:
    from collections.abc import Hashable

    from ocallkit.model.world import World

CLIENTS = ("A", "B")


def state_of(client: str, process: str = "running", asks: str = OCALL) -> State[World]:
    """A state of two clients in which one has a call, and what its call waits for."""
    world = build("flow-1", clients=2).start.world.copy()
    world.put(Process(client, process, (f"{client}.m", "context")))
    world.put(Call(client, pending=asks))
    return State(world, ())


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize(("asks", "expected"), [(OCALL, True), (ALLOC, None), (FREE, None)])
def test_an_ocall_is_pending_and_other_requests_are_none(
    client: str, asks: str, *, expected: bool | None
) -> None:
    """Only what the CA's handler is to serve counts, and whether its CA is dead then."""
    assert expected is pending(state_of(client, asks=asks))
    assert expected is died(state_of(client, "killed", asks))
    assert died(state_of(client, "running", asks)) is None


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize(
    ("process", "expected"),
    [
        ("running", None),
        ("killed", frozenset({"m", "context"})),
        ("exiting", frozenset({"m", "context"})),
        ("ended", frozenset({"m", "context"})),
    ],
)
def test_the_files_of_a_process_that_ends_are_seen_without_its_name(
    client: str, process: str, expected: Hashable
) -> None:
    """Those of one that runs are not."""
    assert expected == left_open(state_of(client, process))


def answers(scenario: str, **options: Any) -> list[str]:  # noqa: ANN401 - arguments of a run
    """At which steps of a run an invocation is seen to be answered: what each is about."""
    made = run(scenario, **options)
    return [
        step.nodes[0].step[2]
        for step in made.steps
        if answered(State(step.world, step.nodes)) is not None
    ]


@pytest.mark.parametrize(
    ("scenario", "design", "ioctl"),
    [
        ("plain-invoke", "ecall", "TEE_IOC_INVOKE"),
        ("flow-1", "ecall", "TEE_IOC_ECALL/OCALL Complete"),
        ("flow-1", "meta", "TEE_IOC_INVOKE/OCALL Complete"),
    ],
)
def test_an_invocation_is_answered_once(scenario: str, design: str, ioctl: str) -> None:
    """When its last ioctl returns: not with a request, and no other ioctl's return is one."""
    assert [ioctl] == answers(scenario, design=design)


def test_an_invocation_that_fails_is_not_answered() -> None:
    """The driver refuses the answers of a CA that has closed its session: secure world did not."""
    base = run("flow-1").schedule
    asked = base.index("A:process_ocall_request")
    schedule = (*base[: base.index("A:return_to_user", asked)], "A:closes-session")
    assert [] == answers("flow-1", faults=("closes-session",), schedule=schedule)


@pytest.mark.parametrize("place", [0, 1])
def test_an_invocation_of_any_client_is_seen(place: int) -> None:
    """Wherever its program stands among the others."""
    made = run("plain-invoke")
    (node,) = {
        step.nodes[0] for step in made.steps if answered(State(step.world, step.nodes)) is not None
    }
    start = build("plain-invoke").start.nodes[0]
    nodes = (node, start) if place == 0 else (start, node)
    assert answered(State(made.world, nodes)) is True


def parts_of(names: str) -> frozenset[frozenset[str]]:
    """All parts of a set of files."""
    return frozenset(
        frozenset(some) for many in range(len(names) + 1) for some in combinations(names, many)
    )


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (parts_of("abc"), True),
        (parts_of("a"), True),
        (parts_of("ab") | parts_of("c"), True),
        (parts_of("abc") - {frozenset("bc")}, False),
        (parts_of("abc") - {frozenset("a")}, False),
        (parts_of("abc") - {frozenset()}, False),
        (frozenset(), False),
    ],
)
def test_files_were_closed_in_every_order_if_every_part_of_them_was_left_open(
    seen: frozenset[Hashable], *, expected: bool
) -> None:
    """Each close takes one away."""
    assert expected == reached({FILES: seen}, (), ())[ORDERS]


def test_what_was_seen_is_reached_and_each_fault_that_was_taken() -> None:
    """By name; what was never looked for was not seen."""
    true = frozenset({True})
    expected = {INVOCATION: True, WAS_PENDING: True, DEATH: False, ORDERS: False}
    observed: dict[str, frozenset[Hashable]] = {INVOCATION: true, WAS_PENDING: true}
    assert expected == reached(observed, (), ())
    assert {**expected, DEATH: True} == reached({**observed, DEATH: true}, (), ())
    faults = reached(observed, ("go", "kill"), ("kill", "never-answers"))
    assert {**expected, "kill": True, "never-answers": False} == faults
    assert dict.fromkeys(expected, False) == reached({}, (), ())


@pytest.mark.parametrize("clients", [1, 2])
def test_a_verdict_about_flow_1_has_reached_everything(clients: int) -> None:
    """All that is looked for, and every fault that can happen where no memory is passed."""
    found = judge("flow-1", clients=clients).reached
    assert [] == [name for name in (INVOCATION, WAS_PENDING, DEATH, ORDERS) if not found[name]]
    assert {"refused-allocation"} == {fault for fault in FAULTS if not found[fault]}
    assert {INVOCATION, WAS_PENDING, DEATH, FILES} == {*SIGHTS}
