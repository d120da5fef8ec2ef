"""What the lesson on openings is made of."""

from __future__ import annotations

import pytest

from ocallkit import run
from ocallkit.abi.results import Origin, Result
from ocallkit.lesson.opening import ASKS_FIRST, SENDS_FIRST, heard, opens
from ocallkit.model.teec import TeecResult
from ocallkit.scenarios import Scenario, plain_ta


@pytest.mark.parametrize(
    ("scenario", "design", "expected"),
    [
        (ASKS_FIRST, "ecall", ("NOT_SUPPORTED", "COMMS")),
        (SENDS_FIRST, "ecall", ("OUT_OF_MEMORY", "COMMS")),
        (ASKS_FIRST, "meta", ("SUCCESS", "CLIENT_APP")),
        (SENDS_FIRST, "meta", ("SUCCESS", "CLIENT_APP")),
    ],
)
def test_what_the_ta_hears_is_told(
    scenario: Scenario, design: str, expected: tuple[str, str]
) -> None:
    """Result and origin of its OCALL, with the parameter and without."""
    assert expected == heard(run(scenario, design))


def test_a_ta_that_does_not_ask_hears_nothing() -> None:
    """Two blanks."""
    assert ("", "") == heard(run(Scenario("silent", "no OCALL", opens(), plain_ta), "meta"))


@pytest.mark.parametrize(("design", "ret"), [("ecall", Result.NOT_SUPPORTED), ("meta", Result(0))])
def test_the_result_of_the_opening_is_that_of_the_ta(design: str, ret: Result) -> None:
    """What TEEC_OpenSession gives is the result of the CA."""
    assert TeecResult(ret, Origin.TRUSTED_APP) == run(ASKS_FIRST, design).results["A"]
