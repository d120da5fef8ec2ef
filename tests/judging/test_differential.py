"""What the explorer leaves out changes nothing, in systems that nobody thought of.

`make reductions` does the same for as long as one likes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, assume, given, settings

from ocallkit import judge
from ocallkit.engine import wrong
from ocallkit.engine.exploration import ALL_REDUCTIONS, NO_REDUCTIONS
from ocallkit.model.config import FAULTS
from tests.engine.made import Made
from tests.judging import agreement
from tests.judging.agreement import compare
from tests.judging.drawn import made, systems
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
from tests.judging.ways import TooLargeError

if TYPE_CHECKING:
    from ocallkit.judging.verdict import Verdict

pytestmark = pytest.mark.long

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


@pytest.mark.whole
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


# --- several tasks in a part ------------------------------------------------------------------

KNOWN_WITH_SIBLINGS = (
    Made(((("part",), ("double",)), (("part",), ("double",))), 2),
    Made(((("get", "part", "give"), ("double", "get")),) * 2, 1, in_turn=True),
    Made(((("get-leave", "give"), ("part",)), (("get", "get-leave", "give"),)), 2),
    Made(((("end-all",), ("part", "own"), ("get",)),), 1),
    Made(((("end-if", "part"), ("part", "own")), (("part",), ("wait", "end-first"))), 0),
    Made(((("end-all",), ("end-all",)), (("end-all",), ("end-all",))), 0),
    Made(((("sleep",), ("part",)), (("sleep", "part"), ("wait",))), 0),
    Made(((("get", "part"), ("spin-until",)), (("get", "get"),)), 1),
    Made(((("spin",), ("get",)), (("part",), ("give",))), 0),
    Made(((("own",), ("into-A",)), (("own",), ("into-A",))), 0),
    Made((((), ("part",)), (("part",), ())), 0),
    Made(((("try-leave",), ("part",)), (("get", "give"), ("all",))), 2),
    Made(((("count-up",), ("count-up",)), (("count-up-all",), ("count-up-all",))), 0),
)
"""Siblings that meet in their part, in pools, by ending each other, and where they end up alike."""


@pytest.mark.parametrize("system", KNOWN_WITH_SIBLINGS, ids=map(str, range(13)))
def test_what_siblings_do_to_each_other_is_not_missed(system: Made) -> None:
    """However it is tried out, the same breaks, the same is noted, and so it ends."""
    assert compare(system, 100_000) is None


@pytest.mark.whole
@settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
@given(made())
def test_owners_with_several_tasks_are_judged_alike_in_every_way(system: Made) -> None:
    """With checks of one owner, of whole states, and of ends; each way leads where it says."""
    try:
        found = compare(system)
    except TooLargeError:
        assume(False)  # noqa: FBT003 - as above
        raise
    assert found is None, found


# --- and a way that does say something else is found ------------------------------------------

SPARE = OwnSystem(("context", "session", "register-a", "invoke"), ("value",))


@pytest.mark.parametrize("observes", [False, True])
def test_another_verdict_is_a_disagreement(
    observes: bool,  # noqa: FBT001 - one of the two ways in which a system is asked about
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An explorer that sees one thread too many, with everything left out."""

    def misjudged(**question: Any) -> Verdict:  # noqa: ANN401 - what `judge` takes
        if question["reductions"] == ALL_REDUCTIONS and observes == ("observe" in question):
            question["threads"] += 1
        return judge(**question)

    monkeypatch.setattr(agreement, "judge", misjudged)
    found = compare(SPARE)
    assert found is not None
    what = "verdict, with an observation" if observes else "verdict"
    assert (ALL_REDUCTIONS, what) == (found.way, found.what)


def test_something_else_that_is_seen_is_a_disagreement(monkeypatch: pytest.MonkeyPatch) -> None:
    """An explorer that tries one client more and sees a larger number."""

    def misseen(**question: Any) -> Verdict:  # noqa: ANN401 - what `judge` takes
        if question["reductions"] == NO_REDUCTIONS and "observe" in question:
            question["clients"] += 1
        return judge(**question)

    monkeypatch.setattr(agreement, "judge", misseen)
    found = compare(OwnSystem((ADD,), clients=2, faults=()))
    assert found is not None
    assert (NO_REDUCTIONS, "the shared number") == (found.way, found.what)
    assert (frozenset({2}), frozenset({3})) == (found.expected, found.found)


def test_what_only_one_way_refuses_is_a_disagreement(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error that names a program is one for every way."""

    def refused(**question: Any) -> Verdict:  # noqa: ANN401 - what `judge` takes
        if question["reductions"] == NO_REDUCTIONS:
            raise wrong(SPARE.question["scenario"].ta, "is refused")
        return judge(**question)

    monkeypatch.setattr(agreement, "judge", refused)
    found = compare(SPARE)
    assert found is not None
    assert (ALL_REDUCTIONS, "an error that names a program") == (found.way, found.expected)


def test_a_system_with_too_many_states_is_not_compared() -> None:
    """It is said to be too large, and not to agree."""
    with pytest.raises(TooLargeError):
        compare(SPARE, 3)
