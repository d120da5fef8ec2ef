"""Whatever a caller does, the model goes on and its records agree with each other."""

from __future__ import annotations

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from ocallkit import judge
from ocallkit.designs import DESIGNS
from ocallkit.judging.assembly import build
from ocallkit.judging.misused import every, tried
from ocallkit.model.breaches import KINDS
from ocallkit.scenarios import Scenario
from ocallkit.scenarios.adversary import adversary
from ocallkit.scenarios.misuse import ACTS, EVERYTHING
from ocallkit.scenarios.misuse.act import attacked_ta
from tests.model.invariants import Ledger, check_ledger, check_world, fold

DEEP = Scenario(
    "deep", "two adversaries that do thirty acts each", (adversary(30), adversary(30)), attacked_ta
)


# A walk that fails is short enough to read as it is: shrinking it takes minutes.
@pytest.mark.long
@settings(max_examples=2, phases=[Phase.generate], deadline=None)
@given(st.data())
@pytest.mark.parametrize("design", DESIGNS)
def test_callers_that_do_anything_leave_the_records_in_agreement(
    design: str, data: st.DataObject
) -> None:
    """Two processes, any acts in any order, kills: every state agrees with itself."""
    system = build(DEEP, design, threads=data.draw(st.integers(1, 3)), clients=2, log=True)
    state, ledger = system.start, Ledger()
    for _ in range(400):
        state.world.log = []
        moves = list(system.moves(state))
        if not moves:
            break
        alive = [move for move in moves if move.option not in {"kill", "stops"}] or moves
        often = alive if data.draw(st.integers(0, 19)) else moves
        state = often[data.draw(st.integers(0, len(often) - 1))].state
        ledger = fold(ledger, state.world.log or ())
        check_world(state.world)
        check_ledger(state.world, ledger)
    assert [] == state.world.breaches.all()


LONG = [*((d, "values") for d in DESIGNS), ("ecall", "octets"), ("meta", "octets")]
AT_ONCE = (("held-refs-pre-release", "values"), ("meta", "octets"))


@pytest.mark.long
@pytest.mark.parametrize(
    ("design", "wire"),
    [pytest.param(*one, marks=() if one in AT_ONCE else pytest.mark.whole) for one in LONG],
)
def test_an_adversary_breaks_none_of_what_no_caller_may_bring_about(design: str, wire: str) -> None:
    """One act after any request, a kill anywhere: the other CA is served as ever."""
    verdict = judge("adversary", design, clients=2, faults=("kill",), switches={"wire": wire})
    assert verdict.finished
    assert () == tuple(name for name in verdict.broken if name in KINDS)


@pytest.mark.whole
@pytest.mark.parametrize("design", ["ecall", "meta"])
def test_no_act_of_misuse_is_noticed_by_another_ca(design: str) -> None:
    """Its messages are those that it has without the act, whoever refuses it."""
    assert {"nothing"} == {one.others for one in every(design)}


ANSWERS = {
    "invokes-foreign": ("EINVAL", "OP-TEE Driver", ""),
    "device-closed": ("EBADF", "TEE Driver", ""),
    "passes-foreign": ("EINVAL", "TEE Driver", ""),
    "lends-foreign": ("EINVAL", "OP-TEE Driver", "cancelled: OUT_OF_MEMORY, COMMS"),
    "lends-small": ("asked: FREE", "OCALL PTA", "answered, then FREE"),
    "answers-fewer": ("EINVAL", "OP-TEE Driver", "cancelled: BAD_PARAMETERS, COMMS"),
    "answers-other-id": ("EINVAL", "OP-TEE Driver", "still pending"),
    "no-capability": ("EOPNOTSUPP", "OP-TEE Driver", ""),
    "passes-too-many": ("BAD_PARAMETERS, TEE", "OP-TEE", ""),
    "kernel-login": ("EPERM", "TEE Driver", ""),
    "bad-address": ("EFAULT", "TEE Driver", ""),
}
"""Of each kind of misuse one: what it gets, from whom, and what becomes of its own request."""


@pytest.mark.parametrize("name", ANSWERS)
def test_who_answers_is_found_from_the_run(name: str) -> None:
    """The party that had to act last."""
    one = tried(name, "ecall")
    assert ANSWERS[name] == (one.answer, one.by, one.pending)


def test_every_act_has_a_name_and_a_sentence_of_its_own() -> None:
    """None is written twice, and none keeps to the rules."""
    assert len(ACTS) == len({act.about for act in ACTS.values()})
    assert {*ACTS} < {*EVERYTHING}
