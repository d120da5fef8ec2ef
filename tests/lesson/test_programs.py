"""What the lessons' runs are made of."""

from __future__ import annotations

import pytest

from ocallkit import run
from ocallkit.abi.results import Origin, Result
from ocallkit.lesson import once, turns, waits
from ocallkit.model.client import TeecResult
from ocallkit.model.params import INPUT, value
from ocallkit.scenarios import Scenario

WAITING = Scenario("waiting", "a TA that waits", once(7, value(INPUT, 1, 2)), waits)


def test_a_ca_that_calls_once_gives_the_result_of_its_call() -> None:
    """And it closes everything, so that its process ends."""
    path = run(WAITING)
    expected = TeecResult(Result.SUCCESS, Origin.TRUSTED_APP, (value(INPUT, 1, 2),))
    assert (expected, "") == (path.results["A"], path.ending)


def test_clients_take_their_own_steps_in_turn() -> None:
    """Each goes on where its last turn has left it."""
    a, b = run(WAITING).schedule[:2], run(WAITING).schedule[:1]
    expected = (a[0], b[0].replace("A:", "B:"), a[1])
    assert expected == run(WAITING, clients=2, schedule=turns("ABA", run(WAITING))).schedule[:3]


def test_a_client_with_too_many_turns_is_an_error() -> None:
    """It says who, and how many steps there are."""
    alone = run(WAITING)
    with pytest.raises(ValueError, match=f"client B has more than the {len(alone.steps)} steps"):
        turns("B" * (len(alone.steps) + 1), alone)
