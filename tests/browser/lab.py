"""A JupyterLab server of the tests' own, and a notebook that is open in it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from itertools import count
from typing import TYPE_CHECKING, Any

import nbformat

from tools.store_notebooks import FOLDER, ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path

    from playwright.sync_api import APIRequestContext, Locator, Page, WebSocket

ARTEFACTS = ROOT / "artefacts" / "browser"
"""Where screenshots are kept; ignored by git."""

TOKEN = "tests"  # noqa: S105 - of a server that listens on this machine only, for minutes
WAIT = 60
"""Seconds after which anything here is taken for stuck."""

RUN = 300
"""The same for a whole notebook: the ledgers judge what they show."""

HEIGHTS = {390: 844, 1280: 1024, 1920: 1080}
"""For each width at which everything must be in its place the height that goes with it."""

NARROW = 600
"""The width below which the list of files is closed."""

PROMPTS = ".jp-CodeCell .jp-InputPrompt:not(.jp-Placeholder-prompt)"
"""Of the cells; where an input is folded away there is another one without a number."""

CLOSE_ALL = """() => {
  for (const one of [...window.jupyterapp.shell.widgets("main")]) {
    // Nobody is asked whether to save it.
    if (one.context) one.context.model.dirty = false;
    one.close();
  }
}"""

THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}

SETTINGS: dict[str, dict[str, Any]] = {
    # Cells off screen would not be in the page.
    "notebook-extension/tracker": {"windowingMode": "none"},
    # No question about news, and no look for a newer version.
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}


class Lab:
    """A running server; `root` is the folder that it serves, with copies of the notebooks."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "root"
        self.settings = folder / "settings"
        self._workspaces = count(1)
        # JupyterLab saves what it opens: the notebooks are copies, all beside them is the real one.
        shutil.copytree(FOLDER, self.root / FOLDER.name)
        for part in ROOT.iterdir():
            if part != FOLDER and not part.name.startswith("."):
                (self.root / part.name).symlink_to(part)
        for name, content in SETTINGS.items():
            self.set(name, content)
        self._log = (folder / "log").open("wb")
        self._process = subprocess.Popen(
            _command(self.root),
            env=_environment(folder),
            stdout=self._log,
            stderr=subprocess.STDOUT,
            # A process group of its own: the kernels end with it.
            start_new_session=True,
        )
        try:
            self.url = self._wait_for_url(folder)
        except BaseException:
            self.stop()
            raise

    def set(self, plugin: str, content: dict[str, Any]) -> None:
        """Write the settings of a JupyterLab plugin; the next page that opens has them."""
        path = self.settings / "@jupyterlab" / f"{plugin}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))

    def address(self, path: str) -> str:
        """Where the file `path` opens, in a workspace that nobody has used."""
        workspace = f"tests-{next(self._workspaces)}"
        return f"{self.url}lab/workspaces/{workspace}/tree/{path}?token={TOKEN}"

    def end_kernels(self, client: APIRequestContext, kernels: Collection[str]) -> None:
        """End kernels by their ids: the next notebook gets the machine for itself."""
        key = {"Authorization": f"token {TOKEN}"}
        for kernel in sorted(kernels):
            client.delete(f"{self.url}api/kernels/{kernel}", headers=key)

    def stop(self) -> None:
        """End the server and its kernels, and wait for that."""
        for how in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self._process.pid, how)
                self._process.wait(10)
                break
            except ProcessLookupError:
                break
            except subprocess.TimeoutExpired:
                continue
        self._log.close()

    def _wait_for_url(self, folder: Path) -> str:
        info = folder / "runtime" / f"jpserver-{self._process.pid}.json"

        def is_up() -> bool:
            if self._process.poll() is not None:
                raise RuntimeError(f"JupyterLab ended: {(folder / 'log').read_text()}")
            return info.exists() and info.read_text().endswith("}")

        wait_until(is_up, "JupyterLab to start")
        url: str = json.loads(info.read_text())["url"]
        return url


def _command(root: Path) -> list[str]:
    return [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
        *("--ip=127.0.0.1", "--port=0", f"--ServerApp.root_dir={root}"),
        f"--IdentityProvider.token={TOKEN}",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        # Its commands can be run from the page.
        "--LabApp.expose_app_in_browser=True",
    ]


def _environment(folder: Path) -> dict[str, str]:
    """The environment without anything of the machine's own Jupyter."""
    folders = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
    }
    return {**os.environ, **{name: str(folder / part) for name, part in folders.items()}}


class Notebook:
    """A notebook that is open in a page.

    `errors` is what the page has complained about, `kernels` the ids of the kernels that it uses.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors: list[str] = []
        self.kernels: set[str] = set()
        self._answered: set[str] = set()
        page.on("console", lambda said: self._note(said.type, said.text))
        page.on("pageerror", lambda error: self._note("error", str(error)))
        page.on("websocket", self._listen)

    def _note(self, kind: str, words: str) -> None:
        if kind == "error":
            self.errors.append(words)

    def _listen(self, socket: WebSocket) -> None:
        """The toolbar says idle before the kernel's channel exists: what counts is its answer."""
        kernel = re.search(r"/kernels/([^/]+)/channels", socket.url)
        if kernel:
            self.kernels.add(kernel[1])
            socket.on("framereceived", lambda frame: self._hear(kernel[1], frame))

    def _hear(self, kernel: str, frame: str | bytes) -> None:
        words = frame if isinstance(frame, bytes) else frame.encode()
        if b"kernel_info_reply" in words:
            self._answered.add(kernel)

    def open(self, address: str) -> None:
        """Load the page, and wait for the kernel."""
        self.page.goto(address, timeout=WAIT * 1000)
        wait_until(lambda: bool(self._answered), "the kernel", self.page)

    def turn_to(self, lab: Lab, path: str) -> None:
        """Open another notebook in the same page, with a kernel of its own; the one before ends."""
        before = set(self.kernels)
        self.page.evaluate(CLOSE_ALL)
        self.page.locator(".jp-NotebookPanel").wait_for(state="detached")
        lab.end_kernels(self.page.context.request, before)
        self.command("docmanager:open", path=path)
        wait_until(lambda: bool(self._answered - before), "the kernel", self.page)

    def command(self, name: str, **arguments: str) -> None:
        """Run a command of JupyterLab, as its menu would."""
        self.page.evaluate(
            "([name, how]) => window.jupyterapp.commands.execute(name, how)", [name, arguments]
        )

    def look(self, theme: str, width: int) -> None:
        """Take one of THEMES and one of the widths in HEIGHTS."""
        self.page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
        # On a telephone nobody reads beside the list of files.
        aside = "collapseLeft" if width < NARROW else "expandLeft"
        self.page.evaluate(f"() => window.jupyterapp.shell.{aside}()")
        self.command("apputils:change-theme", theme=THEMES[theme])
        light = "true" if theme == "light" else "false"
        self.page.locator(f"body[data-jp-theme-light='{light}']").wait_for(state="attached")

    def run_all(self) -> None:
        """Run every cell, and wait until each has run, or one has ended with an error."""
        self.command("notebook:run-all-cells")
        try:
            every = "every cell to run"
            wait_until(lambda: self._failed or not self._not_run, every, self.page, RUN)
        except TimeoutError as error:
            words = f"not run: {self._not_run}; raised: {self.raised}; page: {self.errors}"
            raise AssertionError(words) from error

    @property
    def _failed(self) -> bool:
        """Whether a cell has ended with an error: no cell below it will run."""
        shown = self.page.locator("[data-mime-type='application/vnd.jupyter.error']")
        return shown.count() > 0

    @property
    def _not_run(self) -> dict[int, str]:
        """The prompts of the code cells that have no number yet, by the cells' places."""
        prompts = self.page.locator(PROMPTS).all_inner_texts()
        numbered = re.compile(r"\[\d+\]:").fullmatch
        return {n: prompt for n, prompt in enumerate(prompts) if not numbered(prompt)}

    @property
    def cells(self) -> list[dict[str, Any]]:
        """The cells as JupyterLab has them, sources and outputs."""
        found: list[dict[str, Any]] = self.page.evaluate(
            "() => window.jupyterapp.shell.currentWidget.content.model.toJSON().cells"
        )
        return found

    @property
    def raised(self) -> list[str]:
        """The errors that cells have ended with."""
        outputs = [o for cell in self.cells for o in cell.get("outputs", ())]
        return [f"{o['ename']}: {o['evalue']}" for o in outputs if o["output_type"] == "error"]

    def keep(self, name: str, what: Locator | None = None) -> Path:
        """Keep a screenshot of the page, or of one part of it; returns its path."""
        ARTEFACTS.mkdir(parents=True, exist_ok=True)
        path = ARTEFACTS / f"{name}.png"
        (what or self.page).screenshot(path=path)
        return path


def write_notebook(path: Path, cells: Sequence[str]) -> None:
    """Write a notebook of code cells that nobody has run."""
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in cells],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    nbformat.write(notebook, path)


def wait_until(
    is_so: Callable[[], bool], what: str, page: Page | None = None, seconds: int = WAIT
) -> None:
    """Wait until something is so; with a page, let that go on meanwhile."""
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds} s for {what}")
        if page is None:
            time.sleep(0.05)
        else:
            page.wait_for_timeout(50)
