"""Build the site: `python -m tools.site [folder]`."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import cache as cached
from pathlib import Path
from typing import TYPE_CHECKING

from nbformat import v4
from sphinx.cmd.build import build_main

from ocallkit.lesson.glossary import designs_table
from ocallkit.widgets.matrix_view import MatrixView
from tools.site.gallery import gallery
from tools.site.matrix import Recorded
from tools.site.page.packages import CACHE, MissingError, python
from tools.site.pages import Pages, matrix_element, raw, whole
from tools.site.runs import Runs
from tools.site.stored import stored
from tools.site.widgets import Modules, as_script
from tools.store_notebooks import FOLDER, ROOT, NotebookError

if TYPE_CHECKING:
    from collections.abc import Sequence

SOURCE = Path(__file__).with_name("source")

JUDGE = """from ocallkit import matrix
from ocallkit.widgets.matrix_view import MatrixView

MatrixView(matrix(threads=[2], clients=1, processes=1))"""
"""The cell with which a reader judges the matrix in the page."""


def build(folder: Path, cache: Path = CACHE) -> int:
    """Write the site into `folder`; returns the exit status.

    Python for the page is fetched into `cache`; where it cannot be had, the site does without, and
    that is said.  Raises NotebookError when a cell shows something else than what is stored of it.
    """
    paths = sorted(FOLDER.glob("*.ipynb"))
    modules, runs = Modules(), Runs()
    with tempfile.TemporaryDirectory(prefix="ocallkit-site-") as temporary:
        source = Path(temporary) / "source"
        static = source / "_static"
        shutil.copytree(SOURCE, source)
        shutil.copy(ROOT / "figures" / "flow-1.svg", source)
        # Each waits for a kernel, which is a process of its own.
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            notebooks = list(pool.map(stored, paths))
        recorded = cached(lambda: Recorded(MatrixView(), modules, runs))
        pages = Pages(modules, runs, recorded)
        for path, told in zip(paths, notebooks, strict=True):
            (source / f"{path.stem}.md").write_text(pages.page(told), encoding="utf-8")
        alive = write_python(static / "python", cache)
        say_how(source / "index.md", static / "python", alive=alive)
        _append(source / "matrix.md", raw(matrix_element(recorded())))
        _append(source / "matrix.md", the_designs())
        if alive:
            _append(source / "matrix.md", HERE, whole(v4.new_code_cell(JUDGE)))
        _append(source / "gallery.md", gallery(recorded().cells, runs))
        data = as_script("OCALLKIT_MATRIX", recorded().content)
        (static / "matrix.js").write_text(data, encoding="utf-8")
        modules.write(static, alive=alive)
        runs.write(static, recorded().content["stepper"])
        # What an earlier build left behind is no part of this one.
        shutil.rmtree(folder, ignore_errors=True)
        options = ["--quiet", "--fail-on-warning", "--keep-going"]
        trees = str(Path(temporary) / "trees")
        return build_main([*options, "--doctree-dir", trees, str(source), str(folder)])


IN_THE_PAGE = """Where a cell has a button *Run it here*, Python runs in the page: labs and
exercises work without an installation. It is loaded ({:.0f} MB) at the first press."""

WHAT_DESIGNS_ARE = """## The designs

What carries an OCALL, whose references on memory outlive the `ioctl` that took them (the
invocation's, on what the CA passes, or the request's, on what the OCALL passes), and when the OCALL
of a dead CA is cancelled. [08](08-the-fixes.md) comes to them one by one."""

HERE = """## Judge it here

Python judges every cell anew, with one client and two secure threads, in this page."""


def the_designs() -> str:
    """What the designs are whose verdicts a page has: as in the notebooks, and where they come."""
    return f"{WHAT_DESIGNS_ARE}\n\n{raw(designs_table().html)}"


def _append(page: Path, *parts: str) -> None:
    with page.open("a", encoding="utf-8") as text:
        text.write("".join(f"\n{part}\n" for part in parts))


def say_how(page: Path, python: Path, *, alive: bool) -> None:
    """Say on the first page what it takes to run Python there, where it can be run."""
    size = sum(path.stat().st_size for path in python.iterdir()) if alive else 0
    words = IN_THE_PAGE.format(size / 1e6) if alive else ""
    page.write_text(page.read_text(encoding="utf-8").replace("PYTHON", words), encoding="utf-8")


def write_python(folder: Path, cache: Path) -> bool:
    """Put Python for the page into `folder`; says so if there is none, and gives whether it is."""
    try:
        python(cache).write(folder)
    except MissingError as error:
        print(f"the pages run no Python: {error}", file=sys.stderr)
        return False
    return True


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
