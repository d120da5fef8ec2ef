"""What is on record of the ledgers is all that there is, is what the model says, and is quick."""

from __future__ import annotations

import re

import pytest

from ocallkit import replay
from ocallkit.claims import ALL, THEMES, Finding, finding, ledger, mainline, record
from ocallkit.claims.entry import summary
from ocallkit.errors import UnknownNameError
from ocallkit.view.claims_figure import digest
from ocallkit.view.figures import FOLDER, digest_in
from tools.store_notebooks import ROOT

SLOW = ("M01", "M02", "M03", "M05", "M08")
"""Statements that take more than five seconds each."""


def test_everything_that_is_claimed_is_on_record_once_and_in_order() -> None:
    """A claim that somebody adds is missed here, until `make claims` has been run."""
    assert list(record.WRITTEN) == list(record.recorded().lines)
    assert [claim.id for claim in ALL] == [one.id for one in record.ledger()]
    assert list(mainline.NAMED) == [one.id for one in record.mainline()]
    assert list(THEMES) == list(record.themes())


@pytest.mark.parametrize("name", record.WRITTEN)
def test_every_token_on_record_can_be_replayed(name: str) -> None:
    """Those in its sentences too: they are what a reader copies."""
    one = record.entry(name)
    own = [one.token] if name.startswith("C") else []
    for line in filter(None, [*own, *re.findall(r"`([^`]+/t\d+/[^`]*)`", one.besides)]):
        assert replay(line).steps


@pytest.mark.long
@pytest.mark.parametrize("name", [claim.id for claim in ALL])
def test_a_claim_on_record_is_what_the_model_says(name: str) -> None:
    """Verdict, reason, token, and what was found besides."""
    assert record.recorded().lines[name] == record.Line.of(finding(name))


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


@pytest.mark.long
def test_the_cells_on_record_are_those_that_were_tried() -> None:
    """Each counted once, however many claims speak of it."""
    assert record.recorded().cells == len({cell for one in ledger() for cell in one.outcomes})


def test_an_id_that_is_not_there_is_an_error_with_the_nearest() -> None:
    """As everywhere."""
    with pytest.raises(UnknownNameError, match=r"no claim is called 'C38c'.*'C38'"):
        record.entry("C38c")


def test_the_file_reads_back_as_it_was_written() -> None:
    """So `make claims` changes nothing where nothing has changed."""
    kept = record.recorded()
    assert record.as_text(kept.cells, kept.lines) == record.RECORD.read_text(encoding="utf-8")


def test_the_readme_and_the_figure_say_what_is_on_record() -> None:
    """The sentence beside the figure, and the figure's own digest."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert summary(record.ledger()) in " ".join(readme.split())
    svg = (ROOT / FOLDER / "claims.svg").read_text(encoding="utf-8")
    assert digest(record.themes()) == digest_in(svg)
