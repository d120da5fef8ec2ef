"""The other half of the notebooks run to their end in JupyterLab."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.notebooks import OTHERS, runs_to_its_end

if TYPE_CHECKING:
    from tests.browser.lab import Lab, Notebook


@pytest.mark.timeout(400)
@pytest.mark.parametrize("name", OTHERS)
def test_a_notebook_runs_to_its_end(lab: Lab, notebook: Notebook, name: str) -> None:
    """Run All: no cell ends with an error, and the page complains of nothing."""
    runs_to_its_end(lab, notebook, name)
