"""The matrix on the site answers as it does with a kernel."""

from __future__ import annotations

from functools import cache

import pytest

from ocallkit import matrix
from ocallkit.judging.tokens import token
from ocallkit.widgets.matrix_view import MatrixView
from tests.site.test_pages import notebook, shown
from tools.site.matrix import Recorded
from tools.site.pages import Pages, matrix_element, raw
from tools.site.runs import Runs
from tools.site.widgets import Modules

MODULES, RUNS = Modules(), Runs()
SCENARIOS = ("flow-1", "flow-1-memref")
DESIGNS = ("ecall", "held-refs-pre-release")


def small() -> MatrixView:
    """Two designs in two scenarios."""
    return MatrixView(matrix(SCENARIOS, DESIGNS, threads=[2], processes=1))


@cache
def recorded() -> Recorded:
    """A small matrix, asked everything once for all tests."""
    return Recorded(small(), MODULES, RUNS)


@cache
def live() -> MatrixView:
    """The same with its kernel."""
    return small()


@pytest.mark.parametrize("name", ["", "no-deadlock", "no-use-after-free"])
@pytest.mark.parametrize("design", DESIGNS)
def test_every_answer_is_that_of_the_kernel(name: str, design: str) -> None:
    """What is said, the run that opens and where, under each filter."""
    view, content = live(), recorded().content
    view.only(name)
    view.open(design, "flow-1-memref")
    answer = content["answers"][name][f"{design}/flow-1-memref"]
    assert view.panel.shown == {**content["tables"][name], "said": answer["said"]}
    if view.stepper is None:
        assert answer["run"] is None
    else:
        assert token(view.stepper.run) == answer["run"]
        assert view.stepper.story == RUNS.stories[answer["run"]]
        # The page opens a run of the matrix at its end.
        assert view.stepper.at == len(view.stepper.story["moments"]) - 1


def test_every_cell_that_does_not_hold_opens_a_run() -> None:
    """And no other does."""
    content = recorded().content
    rows = content["tables"][""]["rows"]
    words = {f"{r['design']}/{s['scenario']}": s["word"] for r in rows for s in r["squares"]}
    opens = {cell: a["run"] is not None for cell, a in content["answers"][""].items() if cell}
    assert {cell: word != "holds" for cell, word in words.items()} == opens
    assert ["flow-1-memref under ecall"] == [one["title"] for one in RUNS.stories.values()]


def test_a_notebook_that_shows_this_matrix_has_it_on_its_page() -> None:
    """It is the same in both: one file of data serves all pages."""
    view = small()
    page = Pages(MODULES, RUNS, recorded).page(notebook(shown(view), shown=view.box))
    assert raw(matrix_element(recorded())) in page


def test_a_notebook_that_shows_another_matrix_has_its_picture() -> None:
    """Its cells would open what is not theirs."""
    view = MatrixView(matrix(["flow-1"], ["ecall"], threads=[2], processes=1))
    page = Pages(MODULES, RUNS, recorded).page(notebook(shown(view), shown=view.box))
    assert "ocallkit-widget" not in page
    assert "<img alt=" in page
