"""What is on record of the ledgers is all that there is, is what the model says, and is quick."""

from __future__ import annotations

import pytest

from ocallkit.claims import ALL, THEMES, Finding, mainline, record
from ocallkit.errors import UnknownNameError

SLOW = ("M01", "M02", "M03", "M05", "M08")
"""Statements that take more than five seconds each."""


def test_everything_that_is_claimed_is_on_record_once_and_in_order() -> None:
    """A claim that somebody adds is missed here, until `make claims` has been run."""
    assert list(record.WRITTEN) == list(record.recorded().lines)
    assert [claim.id for claim in ALL] == [one.id for one in record.ledger()]
    assert list(mainline.NAMED) == [one.id for one in record.mainline()]
    assert list(THEMES) == list(record.themes())


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.whole if name in SLOW else pytest.mark.long)
        for name in mainline.NAMED
    ],
)
def test_a_statement_about_mainline_is_what_the_model_says(name: str) -> None:
    """The slow ones are left to `make whole`."""
    found = Finding(mainline.NAMED[name])
    assert record.recorded().lines[name] == record.Line.of(found)


def test_an_id_that_is_not_there_is_an_error_with_the_nearest() -> None:
    """As everywhere."""
    with pytest.raises(UnknownNameError, match=r"no claim is called 'C38c'.*'C38'"):
        record.entry("C38c")


def test_the_file_reads_back_as_it_was_written() -> None:
    """So `make claims` changes nothing where nothing has changed."""
    kept = record.recorded()
    assert record.as_text(kept.cells, kept.lines) == record.RECORD.read_text(encoding="utf-8")
