"""Notebooks as they are stored, with the widgets that a stored output cannot hold.

`make test` executes every notebook and compares what is stored.  Only the cells that show a widget
are run again here, by the kernel that runs them in the page.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final, NamedTuple

import nbformat
from nbformat import NotebookNode

from ocallkit.widgets.live import PLACE
from tools.store_notebooks import CELL_TIMEOUT, ROOT, NotebookError, cell_name, read
from tools.store_notebooks import PLACE as NAMED

PAGE: Final = Path(__file__).with_name("page")

FOLDERS: Final = (PAGE / "standing", ROOT)
"""Where its kernel finds what it imports: what stands in for JupyterLab's packages goes first."""

LIVE: Final = f'{PLACE}=""'
"""What is stored of the place in which a widget comes to life."""


class Told(NamedTuple):
    """A notebook, and what the kernel says when it runs the cells that show a widget.

    `answers` are by the place of the cell; the ids of `widgets` are those in the answers.
    """

    notebook: NotebookNode
    answers: dict[int, list[dict[str, Any]]]
    widgets: dict[str, dict[str, Any]]


def stored(path: Path) -> Told:
    """Read the notebook at `path` as it is stored, and find out about its widgets.

    Raises NotebookError when one of its cells shows something else than what is stored.
    """
    read(path)
    notebook: NotebookNode = nbformat.read(path, as_version=4)
    places = [place for place, cell in enumerate(notebook.cells) if shows_widget(cell)]
    told = ask([notebook.cells[place].source for place in places], path)
    widgets: dict[str, dict[str, Any]] = {}
    for place, answer in zip(places, told, strict=True):
        if htmls(answer["outputs"]) != htmls(notebook.cells[place].outputs):
            where = cell_name(notebook, place)
            raise NotebookError(f"{path.name}, {where}: shows something else than what is stored")
        widgets |= answer["widgets"]
    answers = {place: answer["outputs"] for place, answer in zip(places, told, strict=True)}
    return Told(notebook, answers, widgets)


def shows_widget(cell: NotebookNode) -> bool:
    """Whether what is stored is the picture of a widget."""
    return any(LIVE in html for html in htmls(cell.get("outputs", [])))


def htmls(outputs: list[Any]) -> list[str]:
    """What of some outputs is HTML, without the names of places, which are always others."""
    found = (output.get("data", {}).get("text/html") for output in outputs)
    return [NAMED.sub(LIVE, html) for html in found if html]


def ask(sources: list[str], path: Path) -> list[dict[str, Any]]:
    """Run cells in a kernel of the page, which ends with them."""
    found = subprocess.run(
        [sys.executable, "-X", "utf8", str(PAGE / "kernel.py")],
        check=False,
        capture_output=True,
        cwd=path.parent,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, FOLDERS))},
        input=json.dumps(sources),
        timeout=CELL_TIMEOUT * max(1, len(sources)),
    )
    if found.returncode:
        raise NotebookError(f"{path.name}: the page's kernel failed: {found.stderr}")
    told: list[dict[str, Any]] = json.loads(found.stdout)
    return told
