"""The ledger as a table says the same in HTML and in plain text, and its links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree as ET

import nbformat
import pytest

from ocallkit.claims import CLAIMS, THEMES, finding, ledger
from ocallkit.view.claims_table import HEADS, claims_table

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def anchors(path: Path) -> list[str]:
    """What JupyterLab makes of a notebook's headings: their text, blanks as hyphens."""
    cells = nbformat.read(path, as_version=4).cells
    texts = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    found = re.findall(r"^#+ (.+)$", texts, re.MULTILINE)
    return [heading.replace("`", "").replace(" ", "-") for heading in found]


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=list(CLAIMS))
def test_a_claim_is_shown_under_a_heading_that_is_there(claim: object) -> None:
    """A link that leads nowhere would be found by the reader, not by us."""
    file, _, heading = getattr(claim, "shown", "").partition("#")
    assert heading in anchors(NOTEBOOKS / file)


def test_a_row_has_all_that_is_known_of_a_claim() -> None:
    """Id, claim, who made it, verdict, reason, link."""
    found = finding("C38b")
    root = ET.fromstring(claims_table([found]).html)
    row = ["".join(cell.itertext()) for cell in root.iter("td")]
    told = f"{found.reason}how it was found{found.tried}A Run: {found.token}".replace("`", "")
    expected = ["C38b", found.claim.text, "HG", "refuted", told]
    assert [*expected, "08: Is the other file needed?"] == row
    assert ["08-the-fixes.ipynb#Is-the-other-file-needed?"] == [
        a.get("href") for a in root.iter("a")
    ]
    assert list(HEADS) == [head.text for head in root.iter("th")]


def test_the_plain_text_says_it_all() -> None:
    """For a terminal and a screen reader."""
    found = finding("C10")
    lines = (
        f"C10 holds: {found.claim.text} (PR)",
        found.reason,
        "So in 60 of 60 cells.",
        f"a Run: {found.token}",
        f"shown in {found.claim.shown}",
    )
    assert "\n  ".join(lines) == claims_table([found]).plain


class Cured(NamedTuple):
    """An entry of a list that is not the claims', with a column of its own."""

    id: str
    text: str
    verdict: str
    reason: str
    function: str
    source: str = ""
    shown: str = ""
    token: str = ""
    besides: str = ""
    tried: str = ""


LIST = (
    Cured("lost-wake-up", "A wake-up is lost.", "holds", "`wake` finds nobody.", "optee_cq_wait"),
    Cured("nothing", "Nothing.", "pending", "Not modelled yet.", ""),
)


def test_another_list_has_its_own_title_and_columns() -> None:
    """And none in which no entry has anything."""
    table = claims_table(LIST, "Findings", {"function": lambda one: one.function})
    root = ET.fromstring(table.html)
    heads = ["id", "what is claimed", "verdict", "what is so", "function"]
    assert heads == [head.text for head in root.iter("th")]
    counts = "1 of 2 entries is judged: 1 holds; 1 is pending."
    assert f"Findings: {counts}" == root.findtext("caption")
    assert table.plain == (
        f"Findings: {counts}\n\nlost-wake-up holds: A wake-up is lost.\n  `wake` finds nobody.\n"
        "  function: optee_cq_wait\n\nnothing pending: Nothing.\n  Not modelled yet."
    )


def test_the_themes_make_up_the_ledger() -> None:
    """No claim is left out where they are shown one theme after the other."""
    assert list(ledger()) == [found for theme in THEMES for found in ledger(theme)]
