"""Which cells of a stored notebook are run again for the site, and what is held against them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import nbformat
import pytest
from nbformat import v4

from ocallkit import run
from ocallkit.widgets.lab import NEEDS_KERNEL
from tools.site.stored import shows_widget, stored
from tools.store_notebooks import METADATA, NotebookError

if TYPE_CHECKING:
    from pathlib import Path

    from nbformat import NotebookNode

SOURCE = "from ocallkit import run\nrun('flow-1')"


def cell(html: str, plain: str = "", source: str = SOURCE) -> NotebookNode:
    """A cell and what is stored of its output."""
    data = {"text/html": html, "text/plain": plain}
    output = v4.new_output("execute_result", data, execution_count=1)
    made: NotebookNode = v4.new_code_cell(source, outputs=[output], execution_count=1)
    return made


def notebook(folder: Path, *cells: NotebookNode) -> Path:
    """Write a notebook."""
    path = folder / "made.ipynb"
    nbformat.write(v4.new_notebook(cells=list(cells), metadata=METADATA), path)
    return path


def test_a_cell_is_run_again_that_shows_a_run_or_a_lab() -> None:
    """Another picture is not, nor is a table with a picture in it."""
    shown = run("flow-1")._repr_mimebundle_()
    picture, text = shown["text/html"], shown["text/plain"]
    cases = [(picture, text), (f"<p>x</p><small>{NEEDS_KERNEL}</small>", "x")]
    others = [(picture, "a figure"), (f"<p>{picture}</p>", text), ("<p>x</p>", "x")]
    assert [True, True] == [shows_widget(cell(*one)) for one in cases]
    assert [False] * 3 == [shows_widget(cell(*one)) for one in others]


def test_what_the_kernel_tells_stands_beside_what_is_stored(tmp_path: Path) -> None:
    """By the place of the cell, with the widget's data."""
    shown = run("flow-1")._repr_mimebundle_()
    path = notebook(tmp_path, v4.new_markdown_cell("x"), cell(shown["text/html"], "a -[x]-> b"))
    told = stored(path)
    assert [1] == list(told.answers)
    assert ["flow-1/ecall/t2/c1/"] == [one["story"]["token"] for one in told.widgets.values()]


def test_a_notebook_whose_outputs_are_old_is_an_error(tmp_path: Path) -> None:
    """It names the cell: the site would show one thing and run another."""
    old = '<img alt="x" style="max-width:100%" src="data:x">'
    path = notebook(tmp_path, cell(old, "a -[x]-> b"))
    words = (
        r"^made\.ipynb, cell 1 \('from ocallkit import run'\): shows something else than .* stored"
    )
    with pytest.raises(NotebookError, match=words):
        stored(path)
