"""A small notebook that the tests of the gate store, and change."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

PICTURE = """\
from IPython.display import HTML, SVG
SVG('<svg xmlns="http://www.w3.org/2000/svg"><text>true</text></svg>')"""
SOURCES = ("print('six times seven')", "6 * 7", PICTURE, "HTML('<b>true</b>')")
Change = Callable[[list[Any]], None]


def write(path: Path, sources: tuple[str, ...]) -> Path:
    """A notebook that was never run."""
    cells: list[Any] = [
        {
            "cell_type": "code",
            "execution_count": None,
            "id": f"c{number}",
            "metadata": {},
            "outputs": [],
            "source": source,
        }
        for number, source in enumerate(sources)
    ]
    path.write_text(
        json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    )
    return path


def changed(stored: Path, folder: Path, change: Change) -> Path:
    """A copy of `stored` whose cells `change` was let loose on."""
    notebook = json.loads(stored.read_text())
    change(notebook["cells"])
    path = folder / "false.ipynb"
    path.write_text(json.dumps(notebook))
    return path
