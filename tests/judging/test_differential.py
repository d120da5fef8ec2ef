"""What the explorer leaves out changes nothing, in systems that nobody thought of.

`make fuzz` does the same for as long as one likes.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, assume, given, settings

from ocallkit.model.config import FAULTS
from tests.judging.agreement import TooLargeError, compare
from tests.judging.drawn import systems
from tests.judging.own import (
    ADD,
    BY_NAME,
    COUNT,
    DEAF_BUT_A,
    ONLY_A,
    WAIT,
    DeviceWide,
    OwnSystem,
)

INVOKING = ("context", "session", "invoke")

KNOWN = (
    OwnSystem((COUNT,), clients=2, faults=()),
    OwnSystem((COUNT,), clients=3, faults=()),
    OwnSystem((BY_NAME, COUNT), clients=2, faults=()),
    OwnSystem((COUNT, BY_NAME), clients=2, faults=()),
    OwnSystem((ONLY_A, COUNT), clients=3, faults=()),
    OwnSystem((WAIT, ADD), clients=2, faults=()),
    OwnSystem((ONLY_A, *INVOKING), ("value",), clients=2, faults=("kill",)),
    OwnSystem((*INVOKING, WAIT), ("value",), ta_counts=True, clients=2, faults=()),
    OwnSystem(("context", "close-context"), clients=2, faults=("kill",), design=DeviceWide.name),
    OwnSystem(("context", "session", "register-a", "invoke"), ("value",), faults=FAULTS),
    OwnSystem(INVOKING, ("buffer",), clients=2, faults=("never-answers",)),
    OwnSystem((DEAF_BUT_A, *INVOKING[1:]), ("value",), clients=2, faults=()),
    OwnSystem((DEAF_BUT_A, *INVOKING[1:], COUNT), ("value",), clients=2, threads=2, faults=()),
)
"""Systems in which an explorer that goes by the names of steps and clients says what is not so."""


@pytest.mark.parametrize("system", KNOWN, ids=map(str, range(len(KNOWN))))
def test_what_is_known_to_mislead_does_not(system: OwnSystem) -> None:
    """Lost updates, names that decide something, a step that waits for another client's."""
    assert compare(system, 100_000) is None


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
@given(systems())
def test_any_small_system_is_judged_alike_in_every_way(system: OwnSystem) -> None:
    """The same properties break after as many steps, the same is seen, all wait for the same."""
    try:
        found = compare(system)
    except TooLargeError:
        assume(False)  # noqa: FBT003 - hypothesis' way to say that an example does not count
        raise
    assert found is None, found
