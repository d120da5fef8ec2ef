"""How long the site takes in Chromium, from a server on this machine.

    .venv/bin/python -m benchmarks.site

Prints, each the median of a few rounds with a fresh browser profile:

- `paint`: until something of a notebook's page is seen, without Python.
- `stepper`: until its first stepper is there.
- `alive`: from the press of *Run it here* until the lab is there that Python shows.
- `matrix`: from the press of the button until every cell of the matrix is judged in the page, with
  one client and two secure threads; Python runs already.

Nothing is asserted: what else the machine does is in the figures.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from tools.chromium import FLAGS, START_TIMEOUT
from tools.site.__main__ import build
from tools.site.serving import served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROUNDS = 3
PATIENCE = 300_000

GOALS = {"paint": 1, "stepper": 1, "alive": 8, "matrix": 10}
"""In how many seconds each is to be done on a machine that does nothing else."""

PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime / 1000"
NOW = "performance.now() / 1000"

PRESS = """([code, shows]) => new Promise((done) => {
  const cells = [...document.querySelectorAll(".highlight-python")];
  const cell = cells.find((one) => one.textContent.includes(code));
  const began = performance.now();
  const seen = () => {
    if (!document.querySelector(`.live ${shows}`)) return;
    watch.disconnect();
    done((performance.now() - began) / 1000);
  };
  const watch = new MutationObserver(seen);
  watch.observe(document.body, { childList: true, subtree: true });
  cell.nextElementSibling.querySelector("button").click();
})"""
"""Seconds from the press of a cell's button until it shows something."""


def measured(page: Page, address: str) -> dict[str, float]:
    """One round."""
    page.goto(f"{address}/02-flow-1.html", wait_until="load")
    page.locator(".ocallkit-stepper").wait_for()
    found = {"stepper": page.evaluate(NOW), "paint": page.evaluate(PAINT)}
    page.goto(f"{address}/matrix.html", wait_until="load")
    if page.get_by_role("button", name="Run it here").count():
        # Anything that shows a widget: the cell is changed as a reader would change it.
        code = page.locator(".highlight-python pre").last
        judges = code.inner_text()
        code.fill("from ocallkit.widgets.crash_lab import CrashLab\nCrashLab()")
        found["alive"] = page.evaluate(PRESS, ["CrashLab", ".crash-lab"])
        code.fill(judges)
        found["matrix"] = page.evaluate(PRESS, ["clients=1", ".matrix-view"])
    return found


def rounds(browser: Browser, address: str) -> list[dict[str, float]]:
    """A few rounds, none of which finds anything kept from another."""
    found = []
    for _ in range(ROUNDS):
        context = browser.new_context()
        context.set_default_timeout(PATIENCE)
        found.append(measured(context.new_page(), address))
        context.close()
    return found


def main() -> int:
    """Build the site, measure and print; return the exit status."""
    chromium = shutil.which("chromium")
    if chromium is None:
        print("chromium is not installed: apt-get install chromium", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="ocallkit-bench-") as temporary:
        folder = Path(temporary) / "site"
        status = build(folder)
        if status:
            return status
        with sync_playwright() as playwright, served(folder) as address:
            browser = playwright.chromium.launch(
                executable_path=chromium, args=FLAGS, timeout=START_TIMEOUT
            )
            found = rounds(browser, address)
            browser.close()
    for name, goal in GOALS.items():
        seconds = [one[name] for one in found if name in one]
        words = f"{median(seconds):6.2f} s" if seconds else "     no Python in the page"
        print(f"{name:8} {words}   (goal: {goal} s)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
