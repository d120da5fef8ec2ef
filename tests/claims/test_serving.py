"""What the model says of clients in the kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocallkit.claims import finding
from ocallkit.claims.claim import HOLDS, REFUTED, Finding
from ocallkit.claims.explored import explored
from ocallkit.claims.serving import ASKED_ALWAYS, REFUSAL
from ocallkit.judging.verdict import Question
from ocallkit.model import optee

if TYPE_CHECKING:
    import pytest


def test_c18_holds_in_every_cell() -> None:
    """Two scenarios, eight designs, one to three secure threads."""
    found = finding("C18")
    assert (HOLDS, 48) == (found.verdict, len(found.outcomes))
    assert (
        "An OCALL for a client in the kernel ends in secure world with `NOT_SUPPORTED, origin"
        " COMMS`; the client hears nothing of it, and nothing is left behind."
    ) == found.reason
    assert (
        "One that is prepared and ends without closing leaves its secure thread suspended in 8 of 8"
        " designs: it has no file that is closed in its place."
    ) == found.besides


def test_wherever_a_ta_asks_the_answer_is_the_same() -> None:
    """While a session opens, in it, and while it is closed."""
    cell = explored(Question(ASKED_ALWAYS, "ecall"))
    assert () == cell.broken
    assert REFUSAL == cell.seen("refusal-in-the-kernel")


def test_a_client_that_is_prepared_is_asked() -> None:
    """The fact breaks where it should: an agent's OCALLs are handed to it."""
    cell = explored(Question("scmi-agent", "ecall", clients=2))
    assert cell.breaks("never-asked-in-the-kernel")
    assert cell.breaks("refused-in-the-kernel")


def test_another_refusal_would_refute_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the driver's answer that is looked at."""
    monkeypatch.setattr(optee, "REFUSED", optee.DEAD)
    explored.cache_clear()
    try:
        assert REFUTED == Finding(finding("C18").claim).verdict
    finally:
        explored.cache_clear()
