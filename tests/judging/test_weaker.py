"""A slightly unsound explorer is noticed by the systems that the reductions are compared in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ocallkit.engine import ProgramError
from ocallkit.model.config import FAULTS
from tests.engine import weaker
from tests.judging.agreement import compare
from tests.judging.own import BY_NAME, COUNT, DEAF_BUT_A, OwnSystem

if TYPE_CHECKING:
    from tests.engine.weaker import Weaken

INVOKING = ("context", "session", "invoke")

COUNTING = OwnSystem((COUNT,), clients=2, faults=())
THREE = OwnSystem((COUNT,), clients=3, faults=())
NAMED = OwnSystem((COUNT, BY_NAME), clients=2, faults=())
DEAF = OwnSystem((DEAF_BUT_A, *INVOKING[1:]), ("value",), clients=2, faults=())
SLEEPING = OwnSystem(INVOKING, ("value",), clients=2, faults=("never-answers",))
ASLEEP = OwnSystem(INVOKING, ("value",), faults=("never-answers", "kill"))
ASKING = OwnSystem(INVOKING, ("value",), faults=FAULTS)

WEAKER: list[tuple[str, Weaken, OwnSystem]] = [
    ("the other names", weaker.under_one_name, NAMED),
    ("the other names", weaker.under_one_name, DEAF),
    ("what it asked", weaker.local_whatever(asked=()), COUNTING),
    ("what it asked", weaker.local_whatever(asked=()), THREE),
    ("that it rests", weaker.local_whatever(rests=False), ASLEEP),
    ("what a part holds", weaker.one_answer_to("part"), COUNTING),
    ("what is shared", weaker.without_what_is_shared("_laps"), COUNTING),
    ("what is shared, in a state", weaker.shared_is_nothing, COUNTING),
    ("whether there is enough", weaker.one_answer_to("enough"), SLEEPING),
    ("who of three moves", weaker.only_the_first_moves, THREE),
    ("who is meant", weaker.one_assignment, SLEEPING),
    ("what a task has", weaker.without_the_part, ASKING),
]
"""What an explorer does not look at, how, and the system in which it says what is not so."""


@pytest.mark.parametrize(
    ("weaken", "system"),
    [row[1:] for row in WEAKER],
    ids=[f"without {what}: {number}" for number, (what, _, _) in enumerate(WEAKER)],
)
def test_a_weaker_engine_is_noticed(
    weaken: Weaken, system: OwnSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says something else than the plainest way, or cannot go on."""
    assert compare(system, 100_000) is None
    weaken(monkeypatch)
    try:
        found = compare(system, 100_000)
    except (AssertionError, KeyError, ValueError, ProgramError):
        return
    assert found is not None
