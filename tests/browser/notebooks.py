"""Every notebook in JupyterLab, in two halves: a file of tests stays on one worker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.store_notebooks import FOLDER

if TYPE_CHECKING:
    from tests.browser.lab import Lab, Notebook

NAMES = sorted(path.name for path in FOLDER.glob("*.ipynb"))
FIRST, OTHERS = NAMES[: len(NAMES) // 2], NAMES[len(NAMES) // 2 :]


def runs_to_its_end(lab: Lab, notebook: Notebook, name: str) -> None:
    """Run all cells of a notebook, none of which ends with an error; the page has no complaint."""
    before = len(notebook.errors)
    notebook.turn_to(lab, f"notebooks/{name}")
    notebook.run_all()
    assert ([], []) == (notebook.raised, notebook.errors[before:])
    notebook.keep(f"notebook-{name.removesuffix('.ipynb')}")
