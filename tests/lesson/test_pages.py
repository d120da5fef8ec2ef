"""Every notebook is built alike, its links lead somewhere, and the first one lists them all."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest

from ocallkit.lesson.exercise import exercises

FOLDER = Path(__file__).parents[2] / "notebooks"
PAGES = sorted(FOLDER.glob("*.ipynb"))
START = FOLDER / "00-start-here.ipynb"

each = pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])


def text(page: Path, kind: str = "markdown") -> str:
    """All that the cells of one kind say."""
    cells = nbformat.read(page, as_version=4).cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == kind)


def title(page: Path) -> str:
    """The first line of a notebook, without its number."""
    return text(page).partition("\n")[0].partition(". ")[2]


@each
def test_a_notebook_asks_its_question_in_its_title(page: Path) -> None:
    """The number is that of the file, and the rest is a question."""
    first = text(page).partition("\n")[0]
    assert re.fullmatch(rf"# {page.stem[:2]}\. .+\?", first), first


@each
def test_a_notebook_has_the_parts_that_all_have(page: Path) -> None:
    """A reader finds the same things at the same places."""
    parts = (
        "**Why.**",
        "**What you need first.**",
        "## What you saw",
        "## What comes next",
        "## Exercises",
    )
    found = re.findall("|".join(map(re.escape, parts)), text(page))
    assert list(parts) == found


@each
def test_the_links_between_notebooks_lead_to_one(page: Path) -> None:
    """No link is left behind when a file is renamed."""
    linked = re.findall(r"\]\(([^):#]+)\)", text(page))
    assert linked
    assert [] == [link for link in linked if not (FOLDER / link).is_file()]


@each
def test_the_first_notebook_lists_every_notebook_with_its_question(page: Path) -> None:
    """Each row has the link and the question that the notebook's own title asks."""
    row = next(
        line
        for line in text(START).splitlines()
        if line.startswith(f"| [{page.stem[:2]} ") or (page == START and line.startswith("| 00 "))
    )
    assert row.endswith(f"| {title(page)} |")
    assert page == START or f"({page.name})" in row


@each
def test_a_notebook_checks_and_solves_each_of_its_exercises(page: Path) -> None:
    """In order: the question is checked, and then its solution is folded away."""
    keys = [e.key for e in exercises() if e.key[:2] == page.stem[:2]]
    expected = [(word, key) for key in keys for word in ("check", "solution")]
    assert expected == re.findall(r'(check|solution)\("([^"]+)"', text(page, "code"))
    # One page is all play.
    assert len(keys) in ({5} if page.stem == "21-play" else {2, 3})


@each
def test_what_is_to_be_predicted_is_not_given_away(page: Path) -> None:
    """The code below it is folded away, and so is what it shows; a lab or a slider is tried."""
    cells = nbformat.read(page, as_version=4).cells
    below = [
        after
        for cell, after in pairwise(cells)
        if cell.cell_type == "markdown" and "**Predict" in cell.source
    ]
    for cell in below:
        if re.search(r"Lab\(|MatrixView\(", cell.source):
            continue
        folded = cell.metadata.get("jupyter", {}).get("source_hidden", False)
        assert (cell.source, True) == (cell.source, folded)
        assert re.search(r"reveal\(|Slider\(", cell.source), cell.source
