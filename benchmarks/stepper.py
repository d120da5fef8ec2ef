"""How long the stepper takes to answer, in Chromium: from a key to the page laid out anew.

    .venv/bin/python -m benchmarks.stepper

Prints the median, the 95th percentile and the worst of three measures of each key.

- `work`: the key's handler, style and layout.
- `painted`: from the key until after the frame that shows it.  Frames come every 16.7 ms, so this
  is up to one frame more than the work.
- `thread`: what the page's main thread computed for it in all, painting included.  Other
  programs on the machine add to the first two measures, to this one hardly.

Exits with 1 where the 95th percentile of `work` is above one frame.
"""

from __future__ import annotations

import json
import shutil
import sys
from statistics import quantiles
from typing import Any

from playwright.sync_api import Page, sync_playwright

from ocallkit import judge, run
from ocallkit.widgets.stepper import script, styles
from ocallkit.widgets.stories import story
from tools.chromium import FLAGS, START_TIMEOUT

FRAME = 16.7
ROUNDS = 3

PAGE = """<!doctype html><meta charset="utf-8"><title>stepper</title>
<style>CSS</style><body data-jp-theme-light="LIGHT" style="margin:8px;background:BACK">
<div id="here"></div>"""

START = """async ([code, story]) => {
  const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  const { default: { render } } = await import(url);
  const values = { story, at: story.start };
  const heard = {};
  const model = {
    get: (name) => values[name],
    set: (name, value) => {
      values[name] = value;
      for (const act of heard[`change:${name}`] ?? []) act();
    },
    on: (event, act) => (heard[event] ??= []).push(act),
    off: () => {},
    save_changes: () => {},
  };
  render({ model, el: document.getElementById("here") });
}"""

PRESS = """async (key) => {
  const root = document.querySelector(".ocallkit-stepper");
  const began = performance.now();
  root.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  root.getBoundingClientRect();
  const work = performance.now() - began;
  await new Promise((done) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = done;
    port2.postMessage(0);
  }));
  return [work, performance.now() - began];
}"""

MEASURES = ("work", "painted", "thread")


def open_stepper(page: Page, told: dict[str, Any], *, light: bool = True) -> None:
    """Show the stepper on an empty page, with a model that has no kernel behind it."""
    html = PAGE.replace("CSS", styles("stepper.css"))
    html = html.replace("LIGHT", "true" if light else "false")
    page.set_content(html.replace("BACK", "#ffffff" if light else "#111111"))
    page.evaluate(START, [script(), told])


def measure(page: Page, told: dict[str, Any]) -> list[tuple[float, ...]]:
    """Step through the whole run and back, some times; gives MEASURES in milliseconds."""
    open_stepper(page, told)
    steps = len(told["moments"]) - 1
    page.evaluate(PRESS, "Home")
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")

    def computed() -> float:
        metrics = session.send("Performance.getMetrics")["metrics"]
        seconds: float = next(m["value"] for m in metrics if m["name"] == "ThreadTime")
        return seconds * 1000

    answers: list[tuple[float, ...]] = []
    for key in [*["ArrowRight"] * steps, *["k"] * steps] * ROUNDS:
        before = computed()
        work, painted = page.evaluate(PRESS, key)
        answers.append((work, painted, computed() - before))
    return answers


def line(name: str, times: list[float]) -> str:
    """One measure on one line.

    >>> line("work", [1.0, 2.0, 3.0])
    'work     median   2.0 ms   p95   3.0 ms   worst   3.0 ms'
    """
    median, p95 = percentile(times, 50), percentile(times, 95)
    return f"{name:8} median {median:5.1f} ms   p95 {p95:5.1f} ms   worst {max(times):5.1f} ms"


def percentile(times: list[float], percent: int) -> float:
    """The time that so many percent of `times` are not above."""
    return quantiles(times, n=100, method="inclusive")[percent - 1]


def main() -> int:
    """Measure a short run, a counterexample, and a long run of two clients."""
    broken = judge("flow-1-memref", "ecall").violation("no-deadlock").run
    runs = [run("flow-1"), broken, run("flow-2-memref", "ocall-fd", clients=2)]
    worst = 0.0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=FLAGS, timeout=START_TIMEOUT
        )
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        for one in runs:
            told = story(one)
            answers = measure(page, told)
            size = len(json.dumps(told)) // 1024
            print(f"{one.title}: {len(one.steps)} steps, {size} KB, {len(answers)} keys")
            columns = [list(column) for column in zip(*answers, strict=True)]
            for name, times in zip(MEASURES, columns, strict=True):
                print(f"  {line(name, times)}")
            worst = max(worst, percentile(columns[0], 95))
        browser.close()
    print(f"p95 of work: {worst:.1f} ms at most; a frame is {FRAME} ms")
    return 0 if worst < FRAME else 1


if __name__ == "__main__":
    sys.exit(main())
