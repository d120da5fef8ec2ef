"""A reason is chosen by what was computed, and says what is so there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from ocallkit.claims import ALL, Finding
from ocallkit.claims.cells import grid
from ocallkit.claims.claim import Claim, Condition, Outcome
from ocallkit.claims.facts import ALWAYS_FACTS, END_FACTS
from ocallkit.claims.facts_of_calls import END_FACTS_OF_CALLS, FACTS_OF_CALLS
from ocallkit.claims.happens import HAPPENS
from ocallkit.claims.told import NAMES
from ocallkit.designs import DESIGNS
from ocallkit.properties import EVERY
from ocallkit.scenarios import SCENARIOS

if TYPE_CHECKING:
    from ocallkit.claims.explored import Explored

DESIGNS_HERE = ("ecall-bare", "ecall", "meta")
EVERY_FACT = (*ALWAYS_FACTS, *END_FACTS, *FACTS_OF_CALLS, *END_FACTS_OF_CALLS)


def so_under(*designs: str, example: str = "no-deadlock", case: str = "") -> Claim:
    """A claim that is so under these of three designs."""

    def check(cell: Explored) -> Outcome:
        holds = cell.question.design_name in designs
        return Outcome(holds, "" if holds else example, case="" if holds else case)

    cells = grid(("flow-1",), DESIGNS_HERE, threads=(1, 2))
    return Claim("C99", "", "", says="{designs} do", cells=cells, check=check)


def test_one_that_holds_says_what_is_so() -> None:
    """With the names of all its cells."""
    found = Finding(so_under(*DESIGNS_HERE))
    assert "`ecall-bare`, `ecall` and `meta` do." == found.reason


def test_all_designs_are_not_listed() -> None:
    """Where they are those of the discussion, all of them."""
    claim = so_under(*DESIGNS)._replace(cells=grid(("flow-1",)))
    assert "All 8 designs do." == Finding(claim).reason


def test_one_that_is_refuted_says_what_happens_instead() -> None:
    """By what is known of the property that breaks."""
    assert "Somebody waits for ever." == Finding(so_under()).reason


def test_one_that_fails_in_some_cells_says_in_how_many() -> None:
    """And what is so in the others."""
    found = Finding(so_under("ecall"))
    assert "In 4 of 6 cells somebody waits for ever; in the others `ecall` do." == found.reason


def met(*designs: str) -> Condition:
    """A condition that these meet."""
    return Condition("the hook is there", lambda cell: cell.design_name in designs, "elsewhere")


def test_one_that_is_refined_says_both() -> None:
    """Where the condition is met, and where it is not."""
    claim = so_under("ecall", "meta")._replace(condition=met("ecall", "meta"))
    told = "Where the hook is there, `ecall` and `meta` do; elsewhere somebody waits for ever."
    assert told == Finding(claim).reason


def test_where_not_all_others_fail_the_refined_one_says_in_how_many() -> None:
    """Unless it names the designs that do."""
    claim = so_under("ecall", "meta")._replace(condition=met("meta"))
    begin = "Where the hook is there, `meta` do; elsewhere"
    assert f"{begin}, in 2 of 4 cells, somebody waits for ever." == Finding(claim).reason
    named = claim._replace(otherwise={"no-deadlock": "{designs} do not"})
    assert f"{begin} `ecall-bare` do not." == Finding(named).reason


def test_a_claim_says_itself_what_its_check_tells_apart() -> None:
    """By its case, before the property that shows it."""
    claim = so_under(case="exit")._replace(otherwise={"exit": "it waits on {threads} threads"})
    assert "It waits on 1 or 2 threads." == Finding(claim).reason


def test_a_verdict_without_a_sentence_is_an_error() -> None:
    """No reason is better than one that nobody wrote."""
    with pytest.raises(ValueError, match="C99 has no sentence for 'what'"):
        _ = Finding(so_under(example="what")).reason
    with pytest.raises(ValueError, match="C99 has no sentence for what is so"):
        _ = Finding(so_under()._replace(says="")).reason


def test_a_name_that_nothing_computes_is_an_error() -> None:
    """It would stand there in braces."""
    claim = so_under(*DESIGNS_HERE)._replace(says="{colours} do")
    with pytest.raises(ValueError, match="C99: nothing computes 'colours'"):
        _ = Finding(claim).reason


def test_what_is_not_checked_is_pending() -> None:
    """And says so."""
    found = Finding(Claim("C99", "", ""))
    assert ("pending", "Not modelled yet.", "") == (found.verdict, found.reason, found.tried)


def test_each_property_and_each_fact_has_words_for_its_breaking() -> None:
    """So that every check that names them has a sentence for either answer."""
    assert {*EVERY, *EVERY_FACT} == set(HAPPENS)


@pytest.mark.parametrize("claim", ALL, ids=[claim.id for claim in ALL])
def test_no_number_and_no_name_of_a_cell_is_typed(claim: Claim) -> None:
    """They are computed, or the sentence would stay when the model changes."""
    texts = [claim.says, *claim.otherwise.values()]
    for text in texts:
        typed = re.sub(r"\{\w+\}|Flow \d", "", text)
        assert not re.search(r"\d", typed)
        words = set(re.findall(r"[\w+-]+", typed))
        assert not words & {*DESIGNS, *SCENARIOS}
        fields = set(re.findall(r"\{(\w+)\}", text))
        assert fields <= {*NAMES, *claim.words}


@pytest.mark.parametrize("claim", ALL, ids=[claim.id for claim in ALL])
def test_every_word_that_a_claim_computes_is_used(claim: Claim) -> None:
    """One that is not was forgotten."""
    text = " ".join((claim.says, *claim.otherwise.values()))
    assert set(claim.words) <= set(re.findall(r"\{(\w+)\}", text))


@pytest.mark.parametrize("claim", ALL, ids=[claim.id for claim in ALL])
def test_every_claim_has_a_sentence_and_a_place(claim: Claim) -> None:
    """What is open has its candidates' names instead."""
    assert claim.shown
    assert claim.says or all(one.name for one in claim.candidates)
    assert bool(claim.check) != bool(claim.candidates)
