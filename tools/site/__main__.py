"""Build the site: `python -m tools.site [folder]`."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sphinx.cmd.build import build_main

from ocallkit.widgets.matrix_view import MatrixView
from tools.site.matrix import Recorded
from tools.site.pages import Pages, matrix_element, raw
from tools.site.widgets import Modules, as_script
from tools.store_notebooks import FOLDER, ROOT, NotebookError, read, run_cells

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbformat import NotebookNode

SOURCE = Path(__file__).with_name("source")


def build(folder: Path) -> int:
    """Execute every notebook and write the site into `folder`; returns the exit status.

    Raises NotebookError when a cell fails.
    """
    paths = sorted(FOLDER.glob("*.ipynb"))
    modules = Modules()
    with tempfile.TemporaryDirectory(prefix="ocallkit-site-") as temporary:
        source = Path(temporary) / "source"
        shutil.copytree(SOURCE, source)
        # Each waits for a kernel, which is a process of its own.
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            notebooks = list(pool.map(executed, paths))
        recorded = cache(lambda: Recorded(MatrixView(), modules))
        pages = Pages(modules, recorded)
        for path, notebook in zip(paths, notebooks, strict=True):
            (source / f"{path.stem}.md").write_text(pages.page(notebook), encoding="utf-8")
        with (source / "matrix.md").open("a", encoding="utf-8") as text:
            text.write(f"\n{raw(matrix_element(recorded()))}\n")
        data = as_script("OCALLKIT_MATRIX", recorded().content)
        (source / "_static" / "matrix.js").write_text(data, encoding="utf-8")
        modules.write(source / "_static")
        # What an earlier build left behind is no part of this one.
        shutil.rmtree(folder, ignore_errors=True)
        options = ["--quiet", "--fail-on-warning", "--keep-going"]
        trees = str(Path(temporary) / "trees")
        return build_main([*options, "--doctree-dir", trees, str(source), str(folder)])


def executed(path: Path) -> NotebookNode:
    """Execute the notebook at `path` with the state of its widgets."""
    notebook = read(path)
    run_cells(notebook, path)
    print(f"{path.name}: executed", flush=True)
    return notebook


def main(arguments: Sequence[str] | None = None) -> int:
    """Build into the folder that `arguments` name, or into site/; return the exit status."""
    parser = argparse.ArgumentParser(prog="site", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "site")
    folder = parser.parse_args(arguments).folder
    # Sphinx leaves this file in what it has built.
    if folder.exists() and not (folder / ".buildinfo").exists():
        print(f"{folder} is no site: name a folder that may be replaced", file=sys.stderr)
        return 2
    try:
        status = build(folder)
    except NotebookError as error:
        print(error, file=sys.stderr)
        return 1
    if status == 0:
        print(f"open {folder / 'index.html'}")
    return status


if __name__ == "__main__":
    sys.exit(main())
