"""One JupyterLab server and one Chromium for all tests in this folder."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.tools import require_program
from tools.chromium import FLAGS, START_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from playwright.sync_api import BrowserContext, Page

    from tests.browser.lab import Lab, Notebook

NUMBERS = count(1)
"""Of the notebooks that tests make."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever stands in this folder needs a browser."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker("browser")
    # What takes longest begins first: nobody is to wait for it alone in the end.
    items.sort(key=lambda item: not (here == item.path.parent and "_notebooks" in item.path.stem))


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The server."""
    from tests.browser.lab import Lab  # noqa: PLC0415 - `make test` collects this, and needs none

    # Ended from outside, pytest would leave the server behind.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    server = Lab(tmp_path_factory.mktemp("lab"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def chromium() -> Iterator[BrowserContext]:
    """The machine's browser: nothing is downloaded, and what one page has loaded others reuse."""
    from playwright.sync_api import expect, sync_playwright  # noqa: PLC0415 - as above

    path = require_program("chromium", package="chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=FLAGS, timeout=START_TIMEOUT
        )
        context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
        context.set_default_timeout(30_000)
        # A machine that tests with all its cores may be slow.
        expect.set_options(timeout=30_000)
        yield context
        browser.close()


@pytest.fixture(name="notebook", scope="module")
def _notebook(lab: Lab, chromium: BrowserContext) -> Iterator[Notebook]:
    """One page for all of them: to load JupyterLab takes longer than most of them to run."""
    from tests.browser.lab import Notebook  # noqa: PLC0415 - as above

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


@pytest.fixture
def open_notebook(lab: Lab, chromium: BrowserContext) -> Iterator[Callable[..., Notebook]]:
    """Open a notebook: `open_notebook("notebooks/00-start-here.ipynb")`, or a list of cells.

    `theme` and `width` are as in `Notebook.look`.  When the test is over, the page must not have
    complained, and the kernels are ended.
    """
    yield from _opener(lab, chromium)


@pytest.fixture(scope="module")
def open_for_module(lab: Lab, chromium: BrowserContext) -> Iterator[Callable[..., Notebook]]:
    """As `open_notebook`, for a notebook that all tests of a module share."""
    yield from _opener(lab, chromium)


def _opener(lab: Lab, chromium: BrowserContext) -> Iterator[Callable[..., Notebook]]:
    from tests.browser.lab import Notebook, write_notebook  # noqa: PLC0415 - as above

    opened: list[Notebook] = []

    def open_(what: str | Sequence[str], *, theme: str = "light", width: int = 1280) -> Notebook:
        path = what if isinstance(what, str) else f"made-{next(NUMBERS)}.ipynb"
        if not isinstance(what, str):
            write_notebook(lab.root / path, what)
        notebook = Notebook(chromium.new_page())
        opened.append(notebook)
        notebook.open(lab.address(path))
        notebook.look(theme, width)
        return notebook

    yield open_
    complaints = [error for notebook in opened for error in notebook.errors]
    for notebook in opened:
        lab.end_kernels(chromium.request, notebook.kernels)
        notebook.page.close()
    expected: list[str] = []
    assert expected == complaints


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built once, also where several processes test."""
    from tools.store_notebooks import ROOT  # noqa: PLC0415 - as above

    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder = shared / "site"
    with (shared / "site.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / ".buildinfo").exists():
            command = [sys.executable, "-m", "tools.site", str(folder)]
            built = subprocess.run(
                command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=580
            )
            # Sphinx may not complain at all.
            assert (0, False) == (built.returncode, "WARNING" in built.stderr), built.stderr
    return folder


@pytest.fixture
def page(chromium: BrowserContext) -> Iterator[Page]:
    """A page without a network; when the test is over it must not have complained or asked one."""
    yield from _quiet(chromium, offline=True)


@pytest.fixture
def online(chromium: BrowserContext) -> Iterator[Page]:
    """The same with a network, which it may ask only for what this machine serves."""
    yield from _quiet(chromium, offline=False)


def _quiet(chromium: BrowserContext, *, offline: bool) -> Iterator[Page]:
    assert chromium.browser is not None
    context = chromium.browser.new_context(offline=offline, color_scheme="light")
    context.set_default_timeout(30_000)
    page = context.new_page()
    complaints: list[str] = []
    own = ("file:", "blob:", "data:", *(() if offline else ("http://127.0.0.1:",)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda r: None if r.url.startswith(own) else complaints.append(r.url))
    yield page
    context.close()
    expected: list[str] = []
    assert expected == complaints
