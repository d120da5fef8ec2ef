"""The claims about OCALLs while a session opens, and what would make them come out otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ocallkit.claims import finding
from ocallkit.claims.cells import grid
from ocallkit.claims.explored import explored
from ocallkit.claims.opening import (
    WHILE_OPENING,
    LeavesItOpen,
    asked_where_it_can_be,
    breaks_as_an_invocation,
    refusal,
)
from ocallkit.designs import EcallBare, HeldRefsPreRelease, Meta
from ocallkit.designs.transport import EcallIoctl, MetaParameter
from ocallkit.judging.tokens import replay
from ocallkit.judging.verdict import Question
from ocallkit.model import optee

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ocallkit.engine import Step
    from ocallkit.model.config import Client


class SaysItCan(EcallIoctl):
    """A transport that promises more than its design keeps."""

    while_opening = True


class NeverAsks(Meta):
    """The parameter without its place in TEE_IOC_OPEN_SESSION."""

    name = "never-asks"
    transport = EcallIoctl()


class ForgetsOpenings(HeldRefsPreRelease):
    """A hook that cancels what pends on sessions, and knows no temporary ids."""

    name = "forgets-openings"
    transport = MetaParameter()

    def pre_release(self, client: Client) -> Iterable[Step]:
        """What pends on the client's own session alone."""
        return optee.cancel_session(client)


@pytest.mark.long
def test_the_parameter_carries_ocalls_while_a_session_opens() -> None:
    """In every cell that has it, and in no other."""
    found = finding("C14")
    assert "holds" == found.verdict
    assert "So in 90 of 90 cells." == found.tried
    assert "`NOT_SUPPORTED`" in found.reason
    assert "`OUT_OF_MEMORY`" in found.reason
    assert "open-session-ocall/meta/t1/c1/" == found.token


@pytest.mark.long
def test_openings_work_with_the_same_functions() -> None:
    """What breaks there breaks where an invocation makes the OCALL."""
    found = finding("C65")
    assert "holds" == found.verdict
    assert found.reason.endswith(
        "nothing does under `held-refs-ocall-fd` and `held-refs-pre-release`."
    )
    assert "A:kill@OCALL" in found.token
    assert replay(found.token).state.world.calls["A"].opens


def test_a_transport_that_is_never_used_in_an_opening_fails_its_claim() -> None:
    """It says that it could."""

    class Promises(NeverAsks):
        """Says so, and no more."""

        name = "promises"
        transport = SaysItCan()

    asked = explored(Question("open-session-ocall", Promises))
    silent = explored(Question("plain-invoke", Promises))
    assert asked_where_it_can_be(asked).holds
    assert not asked_where_it_can_be(silent).holds
    assert asked_where_it_can_be(explored(Question("open-session-ocall", NeverAsks))).holds


def test_a_hook_that_knows_no_temporary_ids_fails_its_claim() -> None:
    """The opening's OCALL is left, where the invocation's is cancelled."""
    cell = explored(Question("open-session-ocall", ForgetsOpenings))
    assert not breaks_as_an_invocation(cell).holds
    assert "completed-once" in cell.broken


@pytest.mark.parametrize(
    ("scenario", "code"),
    [("open-session-ocall", "OUT_OF_MEMORY"), ("open-session-ocall-memref", "NOT_SUPPORTED")],
)
def test_what_a_ta_hears_depends_on_what_it_sends(scenario: str, code: str) -> None:
    """A buffer needs memory first, and that is what is refused."""
    assert code == refusal(scenario)


@pytest.mark.long
def test_the_open_claim_has_the_cases_of_shared_tas() -> None:
    """Two of them need no death to be a deadlock for good."""
    found = finding("C44")
    assert "open" == found.verdict
    for told in (
        "another TA of one instance, and nobody dies, only until the client answers in 8 of 8",
        "registers memory, and nobody dies, a deadlock for good in 8 of 8",
        "has memory that it passed to nobody, a deadlock for good in 8 of 8",
    ):
        assert told in found.besides


def test_a_cancellation_that_does_not_look_leaves_a_session_open_that_its_ta_opened() -> None:
    """No invocation shows it, each opening does."""
    assert sound(LeavesItOpen, "flow-2", "flow-1-memref")
    cells = grid(WHILE_OPENING, (LeavesItOpen,))
    assert [("no-session-leak",)] * 6 == [explored(cell).broken for cell in cells]


def sound(design: type[EcallBare], *scenarios: str) -> bool:
    """Whether nothing breaks in these scenarios."""
    return not any(explored(cell).broken for cell in grid(scenarios, (design,)))
