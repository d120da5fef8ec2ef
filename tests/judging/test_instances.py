"""Who serves whom: which waits end with a client's answer, which never do, and what cures them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ocallkit import judge
from ocallkit.designs import DESIGNS, HeldRefsPreRelease
from ocallkit.designs.meta import BY_PARAMETER
from ocallkit.engine.exploration import NO_REDUCTIONS
from ocallkit.judging.tokens import replay
from ocallkit.properties import ON_REQUEST
from ocallkit.scenarios import SCENARIOS
from tests.model.invariants import check_world

if TYPE_CHECKING:
    from ocallkit.engine import State
    from ocallkit.model.config import Client
    from ocallkit.model.world import World

pytestmark = pytest.mark.long

DEADLOCK = "no-deadlock"
LEFT = "nothing-left-in-a-living-ca"

BEST = "held-refs-pre-release"
NEVER_CANCEL = ("ecall-bare", "held-refs")
"""The designs under which the request of a dead CA with memory is never completed."""


class KeepsOne(HeldRefsPreRelease):
    """Calls that may wait for a CA leave one secure thread to those that wait for nobody."""

    name = "keeps-one"

    def spared(self, client: Client, cmd: str) -> int:  # noqa: ARG002 - as it is asked
        """One, of a call into a TA."""
        return 1 if cmd in {"OPEN_SESSION", "INVOKE"} else 0


class KeepsOneFromCloses(KeepsOne):
    """A close may wait for a CA as well: for the TA that is asked by another."""

    name = "keeps-one-from-closes"

    def spared(self, client: Client, cmd: str) -> int:  # noqa: ARG002 - as it is asked
        """One, of whatever enters a TA."""
        return 1 if cmd in {"OPEN_SESSION", "INVOKE", "CLOSE_SESSION"} else 0


class KeepsOneForTheInner(HeldRefsPreRelease):
    """The last secure thread is for calls on a process's first context, which no OCALL comes on."""

    name = "keeps-one-for-the-inner"

    def spared(self, client: Client, cmd: str) -> int:  # noqa: ARG002 - as it is asked
        """One, of a call on another context."""
        return 1 if client.context != client.name else 0


# --- while a session opens -----------------------------------------------------------------------


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("scenario", ["open-session-ocall", "open-session-ocall-memref"])
def test_only_the_parameter_carries_an_ocall_of_an_opening(scenario: str, design: str) -> None:
    """Under the new ioctl nobody is ever asked, and the verdict says that it says nothing."""
    plain, carried = judge(scenario, design), judge(scenario, f"{design}{BY_PARAMETER}")
    assert (design != "meta") == (plain.empty == "no OCALL was ever pending")
    assert "" == carried.empty


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize(
    ("scenario", "twin"),
    [("open-session-ocall", "flow-2"), ("open-session-ocall-memref", "flow-1-memref")],
)
def test_an_opening_breaks_as_an_invocation_does(
    scenario: str, twin: str, design: str, threads: int
) -> None:
    """Which properties break, and with which number of secure threads."""
    broken = judge(scenario, f"{design}{BY_PARAMETER}", threads=threads).broken
    assert judge(twin, design, threads=threads).broken == broken


# --- a TA for two CAs ----------------------------------------------------------------------------


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("scenario", ["shared-instance", "two-single-instances"])
def test_who_shares_a_lock_with_an_ocall_waits_for_its_answer(
    scenario: str, design: str, threads: int
) -> None:
    """Nothing breaks; where the answer never comes everybody waits for that client."""
    assert judge(scenario, design, threads=threads).holds
    faults = ("kill", "never-answers")
    assert ("CA A",) == judge(scenario, design, threads=threads, faults=faults).waits


def test_with_locks_of_their_own_another_ta_does_not_wait() -> None:
    """It meets the OCALL in the pool of secure threads alone: fewer states, and for any order."""
    own = {"single-instance": "own-locks"}
    states = {
        switch: judge(
            "two-single-instances", BEST, switches=(switch and own) or {}
        ).exploration.states
        for switch in ("", "own")
    }
    assert {"": 1193, "own": 63} == states


@pytest.mark.parametrize(
    ("threads", "stuck"),
    [(1, tuple(DESIGNS)), (2, tuple(DESIGNS)), (3, NEVER_CANCEL)],
)
def test_memory_to_give_back_behind_a_shared_ta_takes_one_thread_more(
    threads: int, stuck: tuple[str, ...]
) -> None:
    """The other CA waits with the last thread, which the dead one needs before it cancels."""
    found = [
        design
        for design in DESIGNS
        if DEADLOCK in judge("shared-instance-memory", design, threads=threads).broken
    ]
    assert [*stuck] == found


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("design", DESIGNS)
def test_a_handler_that_needs_a_thread_behind_a_shared_ta_deadlocks_without_a_death(
    design: str, threads: int
) -> None:
    """With two threads nothing goes wrong but the order; a third one cures it."""
    broken = judge("shared-instance-handler", design, threads=threads, faults=()).broken
    assert (threads < 3) == (DEADLOCK in broken)


def test_the_shortest_deadlock_behind_a_shared_ta_is_told_down_to_the_lock() -> None:
    """A's handler waits for a thread, B has the last and waits for the TA, which A's OCALL has."""
    from ocallkit.model.waiting import in_words, who_waits  # noqa: PLC0415 - for this one

    verdict = judge("shared-instance-handler", BEST, faults=())
    end = replay(verdict.tokens[DEADLOCK])
    assert in_words(who_waits(end.system, end.state)) == (
        "CA A waits for secure thread 0 (A): every secure thread is taken (ETHREAD_LIMIT)\n"
        "CA A waits for secure thread 1 (B): every secure thread is taken (ETHREAD_LIMIT)\n"
        "CA B waits for secure thread 1 (B): its OPEN_SESSION has not returned\n"
        "secure thread 0 (A) waits for CA A: its OCALL is pending\n"
        "secure thread 1 (B) waits for secure thread 0 (A): it runs in a TA of a single instance,"
        " and one runs at a time"
    )


# --- handlers that call OP-TEE -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("clients", "threads", "holds"),
    [(1, 1, False), (1, 2, True), (2, 2, False), (2, 3, True), (3, 3, False), (3, 4, True)],
)
def test_handlers_that_register_memory_need_a_thread_more_than_there_are_clients(
    clients: int,
    threads: int,
    holds: bool,  # noqa: FBT001 - a test's parameter
) -> None:
    """As many clients as threads wait for each other; with one thread more somebody goes on."""
    asked = {"clients": clients, "threads": threads, "faults": ()}
    broken = judge("handler-registers-memory", BEST, **asked).broken  # type: ignore[arg-type]
    assert holds == (DEADLOCK not in broken)


@pytest.mark.parametrize("clients", [1, 2, 3])
def test_one_thread_kept_back_is_enough_for_handlers_that_register_memory(clients: int) -> None:
    """However many clients there are, on two threads."""
    verdict = judge("handler-registers-memory", KeepsOne, clients=clients)
    assert () == verdict.broken
    assert verdict.holds


@pytest.mark.parametrize("scenario", ["shared-instance-handler", "shared-instance-memory"])
def test_behind_a_shared_ta_the_kept_thread_has_to_be_kept_from_closes_too(scenario: str) -> None:
    """A close that waits for the TA has the last thread as well as an invocation would."""
    stuck, cured = judge(scenario, KeepsOne), judge(scenario, KeepsOneFromCloses)
    assert DEADLOCK in stuck.broken
    assert "B:call@close-session" in stuck.tokens[DEADLOCK]
    assert cured.holds


@pytest.mark.parametrize("design", DESIGNS)
def test_a_handler_may_invoke_its_own_ta_where_each_session_has_an_instance(design: str) -> None:
    """It takes a second thread."""
    found = [DEADLOCK in judge("nested-invoke", design, threads=n).broken for n in (1, 2, 3)]
    assert [True, False, False] == found


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("design", DESIGNS)
def test_a_handler_that_invokes_its_own_only_instance_waits_for_itself(
    design: str, threads: int
) -> None:
    """However many threads there are, and though nobody dies."""
    broken = judge("nested-invoke-shared", design, threads=threads, faults=()).broken
    assert DEADLOCK in broken


def test_nested_invocations_of_as_many_clients_as_threads_deadlock_unless_one_is_kept() -> None:
    """The last thread is for the context on which no OCALL comes."""
    size = {"clients": 2, "threads": 2, "faults": ()}
    assert DEADLOCK in judge("nested-invoke", BEST, **size).broken  # type: ignore[arg-type]
    assert judge("nested-invoke", KeepsOneForTheInner, **size).holds  # type: ignore[arg-type]


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("design", DESIGNS)
def test_a_ta_behind_a_ta_asks_as_any_other(design: str, threads: int) -> None:
    """One OCALL without memory."""
    assert judge("ta-calls-ta", design, threads=threads).holds


# --- what the records say ------------------------------------------------------------------------


SLOW = {"shared-instance", "shared-instance-handler"}
"""Those in which two processes meet: there are many states, and without kills enough of them."""


def agrees(state: State[World]) -> str | None:
    """Fails where the records contradict each other."""
    check_world(state.world)
    return None


@pytest.mark.parametrize(
    "scenario",
    ["shared-instance", "shared-instance-handler", "nested-invoke-shared", "ta-calls-ta"],
)
def test_the_records_agree_in_every_state(scenario: str) -> None:
    """Locks, instances, sessions and who waits for them, without reductions."""
    looks = {"reductions": NO_REDUCTIONS, "observe": {"agrees": agrees}}
    verdict = judge(scenario, BEST, faults=("kill",) * (scenario not in SLOW), **looks)  # type: ignore[arg-type]
    assert verdict.finished


# --- what is left in a living CA -----------------------------------------------------------------


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_nothing_is_left_in_a_living_ca_where_it_behaves(scenario: str) -> None:
    """Under every design, whoever dies, fails or refuses: so no verdict changes by asking."""
    left = [d for d in DESIGNS if LEFT in judge(scenario, d, also=(LEFT,)).broken]
    assert [] == left


@pytest.mark.parametrize(
    ("fault", "designs"),
    [
        ("answers-twice", tuple(DESIGNS)),
        ("closes-session", tuple(DESIGNS)),
        ("closes-context", ("ecall", "meta", "held-refs-pre-release", "two-lists")),
        ("never-answers", ()),
        ("failed-registration", ()),
    ],
)
def test_a_ca_that_has_its_ocall_cancelled_is_left_with_the_memory(
    fault: str, designs: tuple[str, ...]
) -> None:
    """No FREE comes after an error, so the memory stays until the CA ends."""
    left = [d for d in DESIGNS if LEFT in judge("flow-2", d, faults=(fault,), also=(LEFT,)).broken]
    assert [*designs] == left


def test_what_is_left_in_a_living_ca_is_asked_only_on_request() -> None:
    """It is no part of the verdict else, and its Run replays."""
    faults = ("answers-twice",)
    assert judge("flow-2", BEST, faults=faults).holds
    verdict = judge("flow-2", BEST, faults=faults, also=(LEFT,))
    assert (LEFT,) == verdict.broken
    decisions = "A:answers-twice@OCALL,breaks:nothing-left-in-a-living-ca"
    line = f"flow-2/held-refs-pre-release/t2/c1/{decisions}"
    assert line == verdict.tokens[LEFT]
    assert LEFT == replay(line).breaks
    assert {LEFT} == {*ON_REQUEST}


def test_a_property_that_is_not_asked_on_request_is_refused_by_name() -> None:
    """With what there is."""
    with pytest.raises(ValueError, match="no property is called 'no-deadlock'"):
        judge("flow-1", also=("no-deadlock",))


@pytest.mark.parametrize("design", DESIGNS)
def test_memory_that_is_left_is_in_nobodys_way(design: str) -> None:
    """The next invocation allocates another one: two rounds of answering twice, and all holds."""
    for scenario in ("flow-2", "two-ocalls", "flow-2-memref"):
        verdict = judge(scenario, design, rounds=2, faults=("answers-twice",))
        assert verdict.holds, scenario
