"""The ledger has every claim once, and its verdicts are those on record."""

from __future__ import annotations

import re

import pytest

from ocallkit import replay
from ocallkit.claims import ALL, CLAIMS, Finding, finding, summary
from ocallkit.claims.claim import HOLDS, REFINED, REFUTED
from ocallkit.claims.entry import counted, judged
from ocallkit.claims.record import Line, entry, ledger, recorded
from ocallkit.errors import UnknownNameError
from ocallkit.view.figures import FOLDER, stale
from tools.store_notebooks import ROOT

LONGEST = 210
"""How long a line is that is read at a glance, its marks for code left out."""

INTERFACE = [f"C{number:02}" for number in range(1, 19)]
TERMINATION = [f"C{number}" for number in range(20, 27)]
DEADLOCK = [f"C{number}" for number in range(30, 39)] + ["C38b"]
DEADLOCK += [f"C{number}" for number in range(39, 46)]
CACHE = [f"C{number}" for number in range(50, 55)]
COUNTING = [f"C{number}" for number in range(60, 66)]

OTHER_THAN_CLAIMED = {
    "C04": "refined",
    "C06": "refined",
    "C07": "refined",
    "C09": "refined",
    "C15": "refined",
    "C16": "refined",
    "C23": "refined",
    "C25": "refined",
    "C26": "refined",
    "C33": "refined",
    "C38": "refined",
    "C38b": "refuted",
    "C39": "refined",
    "C40": "refined",
    "C41": "refined",
    "C44": "open",
    "C52": "refined",
    "C61": "refined",
    "C64": "refined",
}
RECORD = {
    claim: OTHER_THAN_CLAIMED.get(claim, "holds")
    for claim in (*INTERFACE, *TERMINATION, *DEADLOCK, *CACHE, *COUNTING)
}
"""For every claim of the discussion its verdict."""


def test_every_claim_of_the_discussion_is_there_once_and_in_order() -> None:
    """C01 to C65, with the gaps that the numbering has, and C38b."""
    assert list(RECORD) == [claim.id for claim in ALL]
    assert list(RECORD) == list(CLAIMS)


@pytest.mark.long
@pytest.mark.parametrize("claim", RECORD)
def test_what_is_on_record_of_a_claim_is_what_the_model_says(claim: str) -> None:
    """Verdict, reason, token, and what was found besides."""
    assert recorded().lines[claim] == Line.of(finding(claim))


@pytest.mark.long
def test_the_cells_on_record_are_those_that_were_tried() -> None:
    """Each counted once, however many claims speak of it."""
    found = (finding(claim) for claim in RECORD)
    assert recorded().cells == len({cell for one in found for cell in one.outcomes})


@pytest.mark.parametrize("claim", RECORD)
def test_a_claim_comes_to_its_verdict(claim: str) -> None:
    """The record has it, and it is pinned here."""
    assert RECORD[claim] == entry(claim).verdict


def test_the_verdicts_are_counted() -> None:
    """53 claims; what is open is not judged."""
    expected = {"holds": 34, "refined": 17, "refuted": 1, "open": 1}
    assert expected == counted(ledger())
    assert (52, 53) == (judged(counted(ledger())), len(ledger()))
    told = "52 of 53 claims are judged: 34 hold, 17 are refined, 1 is refuted; 1 is open."
    assert told == summary(ledger())


def test_most_of_those_that_are_judged_hold() -> None:
    """As the page of the claims says in the end."""
    assert 2 * counted(ledger())[HOLDS] > judged(counted(ledger()))


@pytest.mark.parametrize("claim", RECORD)
def test_a_claim_has_a_verdict_a_reason_and_a_link(claim: str) -> None:
    """In one line; and what is so, not what is not so in so many cells."""
    found = entry(claim)
    assert found.verdict in {HOLDS, REFINED, REFUTED, "open"}
    assert re.fullmatch(r"\d\d-[a-z0-9-]+\.ipynb#.+", found.shown)
    assert re.fullmatch(r"[^\n]+[^.]\.", found.reason)
    assert "not so" not in found.reason.lower()
    assert len(found.reason.replace("`", "")) <= LONGEST


@pytest.mark.parametrize("claim", RECORD)
def test_a_reason_is_one_line_and_its_tokens_can_be_replayed(claim: str) -> None:
    """What a reader copies from the ledger leads somewhere."""
    found = entry(claim)
    told = f"{found.reason} {found.besides}"
    assert "\n" not in told
    for line in filter(None, [found.token, *re.findall(r"`([^`]+/[^`]*)`", told)]):
        assert replay(line).steps


@pytest.mark.parametrize("claim", [c for c in RECORD if RECORD[c] in {"refined", "refuted"}])
def test_a_claim_that_is_not_so_as_said_has_a_counterexample(claim: str) -> None:
    """No such verdict without a Run that shows it."""
    assert entry(claim).token


def test_a_claim_about_nothing_is_an_error() -> None:
    """A verdict that no cell has spoken for would be worth nothing."""
    empty = CLAIMS["C43"]._replace(cells=CLAIMS["C42"].cells[:1])
    with pytest.raises(ValueError, match="C43 applies to none of its 1 cells"):
        _ = Finding(empty).verdict


def test_an_unknown_claim_is_an_error_with_the_nearest_name() -> None:
    """A slip in an id is found at once."""
    with pytest.raises(UnknownNameError, match="no claim is called 'C38c'"):
        finding("C38c")


def test_the_figure_shows_these_verdicts() -> None:
    """Where it does not: `make figures`."""
    assert [] == stale(ROOT / FOLDER, ["claims.svg"])


def test_the_readme_counts_as_the_model_does() -> None:
    """The sentence beside the figure."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert summary(ledger()) in " ".join(readme.split())
