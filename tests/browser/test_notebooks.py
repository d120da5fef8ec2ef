"""Every notebook runs to its end in JupyterLab."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tools.store_notebooks import FOLDER

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.lab import Notebook

NAMES = sorted(path.name for path in FOLDER.glob("*.ipynb"))


@pytest.mark.timeout(400)
@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_runs_to_its_end(open_notebook: Callable[..., Notebook], name: str) -> None:
    """Run All: no cell ends with an error, and the page complains of nothing."""
    notebook = open_notebook(f"notebooks/{name}")
    notebook.run_all()
    expected: list[str] = []
    assert expected == notebook.raised
    notebook.keep(f"notebook-{name.removesuffix('.ipynb')}")
