"""Every notebook runs to its end in JupyterLab."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tools.store_notebooks import FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import BrowserContext

    from tests.browser.lab import Lab, Notebook

NAMES = sorted(path.name for path in FOLDER.glob("*.ipynb"))


@pytest.fixture(name="notebook", scope="module")
def _notebook(lab: Lab, chromium: BrowserContext) -> Iterator[Notebook]:
    """One page for all of them: to load JupyterLab takes longer than most of them to run."""
    from tests.browser.lab import Notebook  # noqa: PLC0415 - `make test` collects this

    notebook = Notebook(chromium.new_page())
    # Something that needs no kernel.
    notebook.page.goto(lab.address("LICENSE"))
    notebook.page.wait_for_function("() => window.jupyterapp?.shell.currentWidget")
    notebook.look("light", 1280)
    yield notebook
    lab.end_kernels(chromium.request, notebook.kernels)
    notebook.page.close()
    expected: list[str] = []
    assert expected == notebook.errors


@pytest.mark.timeout(400)
@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_runs_to_its_end(lab: Lab, notebook: Notebook, name: str) -> None:
    """Run All: no cell ends with an error, and the page complains of nothing."""
    before = len(notebook.errors)
    notebook.turn_to(lab, f"notebooks/{name}")
    notebook.run_all()
    assert ([], []) == (notebook.raised, notebook.errors[before:])
    notebook.keep(f"notebook-{name.removesuffix('.ipynb')}")
