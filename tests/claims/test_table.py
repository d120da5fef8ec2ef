"""The ledger as a table says the same in HTML and in plain text, and its links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import nbformat
import pytest

from ocallkit.claims import CLAIMS, THEMES, finding, ledger
from ocallkit.view.claims_table import HEADS, claims_table

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
SHOWN = [claim for claim in CLAIMS.values() if claim.shown]


def anchors(path: Path) -> list[str]:
    """What JupyterLab makes of a notebook's headings: their text, blanks as hyphens."""
    cells = nbformat.read(path, as_version=4).cells
    texts = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    found = re.findall(r"^#+ (.+)$", texts, re.MULTILINE)
    return [heading.replace("`", "").replace(" ", "-") for heading in found]


@pytest.mark.parametrize("claim", SHOWN, ids=[claim.id for claim in SHOWN])
def test_a_judged_claim_is_shown_under_a_heading_that_is_there(claim: object) -> None:
    """A link that leads nowhere would be found by the reader, not by us."""
    file, _, heading = getattr(claim, "shown", "").partition("#")
    assert heading in anchors(NOTEBOOKS / file)


def test_a_row_has_all_that_is_known_of_a_claim() -> None:
    """Id, claim, who made it, verdict, reason, link."""
    found = finding("C38b")
    root = ET.fromstring(claims_table([found]).html)
    row = ["".join(cell.itertext()) for cell in root.iter("td")]
    expected = ["C38b", found.claim.text, "HG", "refuted", found.reason.replace("`", "")]
    assert [*expected, "08: Is the other file needed?"] == row
    assert ["08-the-fixes.ipynb#Is-the-other-file-needed?"] == [
        a.get("href") for a in root.iter("a")
    ]
    assert list(HEADS) == [head.text for head in root.iter("th")]


def test_the_plain_text_says_it_all() -> None:
    """For a terminal and a screen reader."""
    found = finding("C10")
    expected = f"C10 holds: {found.claim.text} (PR)\n  {found.reason}\n"
    expected += f"  shown in {found.claim.shown}"
    assert expected == claims_table([found]).plain


def test_the_themes_make_up_the_ledger() -> None:
    """No claim is left out where they are shown one theme after the other."""
    assert list(ledger()) == [found for theme in THEMES for found in ledger(theme)]
