"""What nbval does not look at: the guard that every stored notebook must pass besides it."""

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from tools.store_notebooks import WIDGET_VIEW

PICTURES_NOT_COMPARED = {"image/png", "image/jpeg", "image/gif"}
# A comment or a tag of any of these kinds takes a cell out of the comparison.
EXEMPTION = re.compile(r"#\s*(NBVAL_|PYTEST_VALIDATE_)", re.IGNORECASE)
# A tag that asks for an exception takes nothing out: nbval compares what was raised.
TAG = re.compile(r"nbval|pytest-validate", re.IGNORECASE)
# The default text of an object without one of its own: <Run object at 0x7f3a5c0d>.
ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]{6,}(>|&gt;)")
# Folders in which people and their machines keep files. Device files and C headers may be named.
FOLDER = re.compile(
    r"""(?:^|[\s"'`(<>\[,=])(/(?:home|root|tmp|private|Users|mnt|opt|srv|var|work|workspace)/|[A-Z]:\\)"""
)
EMBEDDED = re.compile(r"data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)")


def faults_in(folder: Path) -> list[str]:
    """What keeps any of the notebooks in `folder` from being verified."""
    return [fault for path in sorted(folder.glob("*.ipynb")) for fault in faults(path)]


def faults(path: Path) -> list[str]:
    """What keeps the notebook at `path` from being verified, one line each; empty if nothing."""
    notebook = nbformat.read(path, as_version=4)
    found = [f"{path.name}: {fault}" for fault in _whole(notebook)]
    expected = 1
    for number, cell in enumerate(notebook.cells, 1):
        found += [f"{path.name}, cell {number}: {fault}" for fault in _places(cell.source)]
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        found += [f"{path.name}, cell {number}: {fault}" for fault in _cell(cell, expected)]
        expected += 1
    return found


def _whole(notebook: NotebookNode) -> Iterator[str]:
    """What is wrong with the notebook as a whole."""
    if "widgets" in notebook.metadata:
        yield "holds the state of widgets; store it with 'make notebooks'"


def _cell(cell: NotebookNode, expected: int) -> Iterator[str]:
    """What is wrong with a code cell that should have been the one run as number `expected`."""
    if cell.execution_count is None:
        yield "never run; store it with 'make notebooks'"
    elif cell.execution_count != expected:
        yield f"run as number {cell.execution_count} instead of {expected}"
    yield from (
        f"tag {tag!r} exempts it from comparison"
        for tag in cell.metadata.get("tags", ())
        if TAG.match(tag)
    )
    if EXEMPTION.search(cell.source):
        yield "a comment exempts it from comparison"
    if cell.source.rstrip().endswith(";"):
        yield "ends in ';': nbval shows the output that this hides"
    for output in cell.outputs:
        yield from _output(output)


def _output(output: NotebookNode) -> Iterator[str]:
    """What is wrong with one output."""
    for mime in sorted(output.get("data", {})):
        if mime in PICTURES_NOT_COMPARED:
            yield f"{mime} is compared with nothing; draw it as SVG"
        if mime == WIDGET_VIEW:
            yield "refers to a live widget; store it with 'make notebooks'"
    said = "\n".join(_strings(output))
    said = "\n".join([said, *(base64.b64decode(part).decode() for part in EMBEDDED.findall(said))])
    if found := ADDRESS.search(said):
        yield f"shows an address in memory: {found[0]}"
    yield from _places(said)


def _places(text: str) -> Iterator[str]:
    """Where a text says that something lies on one machine."""
    if found := FOLDER.search(text):
        yield f"names a folder of one machine: {found[1]}"


def _strings(value: object) -> Iterator[str]:
    """Every text in a value made of dictionaries and lists."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part)
