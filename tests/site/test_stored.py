"""Which cells of a stored notebook are run again for the site, and what is held against them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import nbformat
import pytest
from nbformat import v4

from ocallkit import run
from ocallkit.widgets.live import RUN_CELL
from tools.site.stored import shows_widget, stored
from tools.store_notebooks import METADATA, NotebookError

if TYPE_CHECKING:
    from pathlib import Path

    from nbformat import NotebookNode

SOURCE = "from ocallkit import run\nrun('flow-1')"


PICTURE = run("flow-1")._repr_mimebundle_()["text/html"]
LIVE_RUN = f'<div data-ocallkit-live="">{PICTURE}<p><small>{RUN_CELL}</small></p></div>'
"""What is stored of the cell in which flow-1 is run."""


def cell(html: str, source: str = SOURCE) -> NotebookNode:
    """A cell and what is stored of its output."""
    data = {"text/html": html, "text/plain": "x"}
    output = v4.new_output("execute_result", data, execution_count=1)
    made: NotebookNode = v4.new_code_cell(source, outputs=[output], execution_count=1)
    return made


def notebook(folder: Path, *cells: NotebookNode) -> Path:
    """Write a notebook."""
    path = folder / "made.ipynb"
    nbformat.write(v4.new_notebook(cells=list(cells), metadata=METADATA), path)
    return path


def test_a_cell_is_run_again_whose_picture_comes_to_life() -> None:
    """Wherever in what it shows that is; another picture is not."""
    cases = [LIVE_RUN, f"<p>x</p>{LIVE_RUN}"]
    others = [PICTURE, f"<p>{PICTURE}</p>", "<p>data-ocallkit-live</p>"]
    assert [True, True] == [shows_widget(cell(one)) for one in cases]
    assert [False] * 3 == [shows_widget(cell(one)) for one in others]


def test_what_the_kernel_tells_stands_beside_what_is_stored(tmp_path: Path) -> None:
    """By the place of the cell, with the widget's data."""
    path = notebook(tmp_path, v4.new_markdown_cell("x"), cell(LIVE_RUN))
    told = stored(path)
    assert [1] == list(told.answers)
    stories = [one["story"] for one in told.widgets.values() if "story" in one]
    assert ["flow-1/ecall/t2/c1/"] == [story["token"] for story in stories]


def test_a_notebook_whose_outputs_are_old_is_an_error(tmp_path: Path) -> None:
    """It names the cell: the site would show one thing and run another."""
    path = notebook(tmp_path, cell(LIVE_RUN.replace("flow-1 under", "flow-2 under")))
    words = (
        r"^made\.ipynb, cell 1 \('from ocallkit import run'\): shows something else than .* stored"
    )
    with pytest.raises(NotebookError, match=words):
        stored(path)
