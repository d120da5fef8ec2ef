"""Execute notebooks in fresh kernels and store their outputs, the same bytes each time.

What is stored is what nbval compares later and what a reader sees before running anything.
"""

import argparse
import hashlib
import os
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from tools.kernels import plain_environment

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "notebooks"
# Seconds; as nbval is told in pyproject.toml.
CELL_TIMEOUT = 150
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
# What tells the kernel's widget which picture is its own; tests/nbval.cfg lets it differ.
PLACE = re.compile(r'(data-ocallkit-live)="[0-9a-f]*"')
# No versions: they would differ from one reader's Python to the next.
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "pygments_lexer": "ipython3",
    },
}
# What an author sets on purpose. The rest is what an editor left behind.
CELL_METADATA = ("jupyter", "tags")
# nbformat takes the shape of a file for granted before it looks at it.
MALFORMED = (AttributeError, KeyError, TypeError, ValueError)


class NotebookError(Exception):
    """A notebook could not be executed; the message names it and its cell."""


def store(path: Path) -> bool:
    """Execute the notebook at `path` and write it back with its outputs.

    Returns whether the file changed. Raises NotebookError when a cell fails, takes longer than
    CELL_TIMEOUT seconds or kills its kernel; the file is then as it was.
    """
    notebook = read(path)
    execute(notebook, path)
    after = text(notebook).encode()
    if after == path.read_bytes():
        return False
    partial = path.with_suffix(".partial")
    partial.write_bytes(after)
    partial.replace(path)
    return True


def read(path: Path) -> NotebookNode:
    """Read a notebook, or raise NotebookError when it is none."""
    try:
        notebook: NotebookNode = nbformat.read(path, as_version=4)
        tidy(notebook)
        nbformat.validate(notebook)
    except (*MALFORMED, OSError, nbformat.ValidationError) as error:
        raise NotebookError(f"{path.name}: not a notebook: {error}") from error
    return notebook


def tidy(notebook: NotebookNode) -> None:
    """Drop what a notebook carries besides its cells, and name its cells by their content."""
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    notebook.metadata = nbformat.from_dict(METADATA)
    for cell, name in zip(notebook.cells, cell_ids(notebook.cells), strict=True):
        cell.id = name
        cell.metadata = nbformat.from_dict(
            {key: cell.metadata[key] for key in CELL_METADATA if key in cell.metadata}
        )
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None


def cell_ids(cells: Sequence[NotebookNode]) -> Iterator[str]:
    """Name each cell by what it holds, so that a new cell renames no other.

    Cells that hold the same are counted.
    """
    seen: Counter[str] = Counter()
    for cell in cells:
        content = f"{cell.cell_type}\n{cell.source}"
        digest = hashlib.sha256(content.encode()).hexdigest()[:12]
        seen[digest] += 1
        yield digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"


def execute(notebook: NotebookNode, path: Path) -> None:
    """Run all cells as `run_cells` does, and keep plain outputs."""
    run_cells(notebook, path)
    notebook.metadata = nbformat.from_dict(METADATA)
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            plain(output)


def run_cells(notebook: NotebookNode, path: Path) -> None:
    """Run all cells in order in a fresh kernel, in the folder of `path`.

    The state of the widgets is then in the notebook's metadata. Raises NotebookError.
    """
    reached = 0

    def begins(*, cell: NotebookNode, cell_index: int) -> None:
        nonlocal reached
        del cell
        reached = cell_index

    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT,
        startup_timeout=CELL_TIMEOUT,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
        on_cell_start=begins,
        # Its warnings are about its transport on this machine.
        extra_arguments=["--log-level=ERROR"],
        # Times differ from run to run.
        record_timing=False,
        # How an output is cut into pieces depends on how fast the kernel is.
        coalesce_streams=True,
        # Dropped below; without it nbclient cannot follow an Output widget.
        store_widget_state=True,
    )
    with tempfile.TemporaryDirectory(prefix="ocallkit-ipython-") as folder:
        try:
            client.execute(env=plain_environment(os.environ, folder))
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            where = cell_name(notebook, reached)
            raise NotebookError(f"{path.name}, {where}: {reason(error)}") from error


def cell_name(notebook: NotebookNode, index: int) -> str:
    """Name a cell as a reader finds it: by its place, all cells counted, and its first line."""
    first = next(iter(notebook.cells[index].source.splitlines()), "")
    return f"cell {index + 1} ({first!r})"


def reason(error: Exception) -> str:
    """Say in one line why a cell failed."""
    if isinstance(error, CellExecutionError):
        return f"{error.ename}: {error.evalue}"
    if isinstance(error, CellTimeoutError):
        return f"not done after {CELL_TIMEOUT} s"
    return "its kernel died"


def plain(output: NotebookNode) -> None:
    """Drop from an output what is different on another machine or cannot be shown from a file."""
    if output.output_type == "error":
        # A traceback names this machine's folders; nbval compares the name and the value.
        output.traceback = [f"{output.ename}: {output.evalue}"]
    for part in (output.get("data"), output.get("metadata")):
        if part:
            part.pop(WIDGET_VIEW, None)
    data = output.get("data", {})
    if "text/html" in data:
        data["text/html"] = PLACE.sub(r'\1=""', data["text/html"])


def text(notebook: NotebookNode) -> str:
    """A notebook as it stands in its file: keys sorted, a newline at the end."""
    nbformat.validate(notebook)
    written: str = nbformat.writes(notebook, version=4, ensure_ascii=False)
    return written.rstrip("\n") + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Store the notebooks that `arguments` name, or all; return the exit status."""
    parser = argparse.ArgumentParser(prog="store_notebooks", description=__doc__)
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: all in notebooks/")
    paths = parser.parse_args(arguments).notebooks or sorted(FOLDER.glob("*.ipynb"))
    if not paths:
        print(f"no notebooks in {FOLDER.name}/")
    failed = False
    for path in paths:
        try:
            print(f"{path.name}: {'stored' if store(path) else 'unchanged'}", flush=True)
        except NotebookError as error:
            print(f"{error}; the file is as it was", file=sys.stderr, flush=True)
            failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
