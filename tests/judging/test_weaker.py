"""A slightly unsound explorer is noticed by the systems that the reductions are compared in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ocallkit.engine import ProgramError
from ocallkit.model.config import FAULTS
from tests.engine import weaker
from tests.engine.made import Made
from tests.judging.agreement import compare
from tests.judging.own import BY_NAME, COUNT, DEAF_BUT_A, OwnSystem

if TYPE_CHECKING:
    from tests.engine.weaker import Weaken

pytestmark = pytest.mark.long

INVOKING = ("context", "session", "invoke")

COUNTING = OwnSystem((COUNT,), clients=2, faults=())
THREE = OwnSystem((COUNT,), clients=3, faults=())
NAMED = OwnSystem((COUNT, BY_NAME), clients=2, faults=())
DEAF = OwnSystem((DEAF_BUT_A, *INVOKING[1:]), ("value",), clients=2, faults=())
SLEEPING = OwnSystem(INVOKING, ("value",), clients=2, faults=("never-answers",))
ASLEEP = OwnSystem(INVOKING, ("value",), faults=("never-answers", "kill"))
ASKING = OwnSystem(INVOKING, ("value",), faults=FAULTS)

SHARING = Made(((("part", "get"), ("double",)), (("get", "part", "give"), ("double",))), 1)
CROSSED = Made((((), ("part",)), (("part",), ())), 0)
LACKING = Made(((("get", "part"), ("part", "double", "own")), (("give",), ())), 0)
ENDING = Made(((("end-all",), ("part", "own")), (("end-if", "part"), ("part",))), 0)
LEAVING = Made(((("get-leave", "give"), ("part",)), (("get", "get-leave"), ("give",))), 1)
REACHING = Made(((("own",), ("into-A",)), (("own",), ("into-A",))), 0)
TRYING = Made(((("double",), ("try",)), (("get",), ())), 1)
RISING = Made(((("own",), ("part", "choose", "choose")), (("own",), ())), 0)
SPINNING = Made(((("get", "part"), ("spin-until",)), (("get", "get"), ())), 1)

WEAKER: list[tuple[str, Weaken, OwnSystem | Made]] = [
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
    ("where siblings stand", weaker.home_of_the_first, SHARING),
    ("as whom it began", weaker.whoever_it_began_as, CROSSED),
    ("whose step it is", weaker.one_step_for_all, SHARING),
    ("what a sibling asks", weaker.local_though_a_sibling_is_not, TRYING),
    ("what a sibling waits for", weaker.local_though_a_sibling_waits, LACKING),
    ("who of siblings goes first", weaker.the_first_goes_first, SHARING),
    ("where siblings' steps end", weaker.one_end_only, SHARING),
    ("that a sibling goes on", weaker.rests_with_one, SHARING),
    ("whom a step ends", weaker.ends_nobody, ENDING),
    ("how many are left", weaker.leaves_unasked, LEAVING),
    ("what others do to a part", weaker.unseen_until_it_moves, REACHING),
    ("who waits for a sibling", weaker.they_end_apart, SPINNING),
    ("which task moves", weaker.as_they_come, RISING),
]
"""What an explorer does not look at, how, and the system in which it says what is not so."""


@pytest.mark.parametrize(
    ("weaken", "system"),
    [row[1:] for row in WEAKER],
    ids=[f"without {what}: {number}" for number, (what, _, _) in enumerate(WEAKER)],
)
def test_a_weaker_engine_is_noticed(
    weaken: Weaken, system: OwnSystem | Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says something else than the plainest way, or cannot go on."""
    assert compare(system, 100_000) is None
    weaken(monkeypatch)
    try:
        found = compare(system, 100_000)
    except (AssertionError, KeyError, ValueError, ProgramError):
        return
    assert found is not None
