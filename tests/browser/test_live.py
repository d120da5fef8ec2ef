"""A picture that comes to life: run, saved, opened again, and left by its kernel."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from matplotlib.image import imread
from playwright.sync_api import expect

from ocallkit.view import palette
from tests.browser.lab import ARTEFACTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import BrowserContext, ViewportSize

    from tests.browser.lab import Lab, Notebook

    OpenNotebook = Callable[..., Notebook]

IMPORTS = """from ocallkit import run
from ocallkit.lesson import say
from ocallkit.widgets.crash_lab import CrashLab
from ocallkit.widgets.slider import Slider"""
PRINTED = """() => new Promise((done) => {
  // It prints a frame, and waits until that is done: here it waits for ever.
  const about = [HTMLIFrameElement.prototype, "srcdoc"];
  const own = Object.getOwnPropertyDescriptor(...about);
  Object.defineProperty(...about, { configurable: true, set(html) {
    Object.defineProperty(...about, own);
    setTimeout(() => this.remove());
    done(html);
  } });
  window.jupyterapp.commands.execute("apputils:print");
})"""
"""What JupyterLab would print."""

JUDGED = """from IPython.display import display
from ocallkit import judge
display(judge('flow-1', 'ecall'), judge('flow-1-memref', 'ecall'))"""

EDGES = """() => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const linear = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const paper = (element) => {
    const found = parse(getComputedStyle(element).backgroundColor);
    return found.length < 4 || found[3] === 1 ? found : paper(element.parentElement);
  };
  return [...document.querySelectorAll(".jp-OutputArea [style*='border-left']")].map((one) => {
    const [edge, behind] = [parse(getComputedStyle(one).borderLeftColor), paper(one)].map(light);
    return (Math.max(edge, behind) + 0.05) / (Math.min(edge, behind) + 0.05);
  });
}"""
"""How much each edge of a table or a card stands out from what is behind it."""

A4: ViewportSize = {"width": 718, "height": 1046}
"""Pixels of a sheet within its margins."""

PICTURES = """() => [...document.images].map((one) => {
  const { left, right, top, bottom, width, height } = one.getBoundingClientRect();
  const cut = [];
  for (let around = one.parentElement; around; around = around.parentElement) {
    if (getComputedStyle(around).overflow === "visible") continue;
    const box = around.getBoundingClientRect();
    const isIn = box.left <= left + 1 && right <= box.right + 1
      && box.top <= top + 1 && bottom <= box.bottom + 1;
    if (!isIn) cut.push(around.className);
  }
  return [one.alt, left, right, width / height / (one.naturalWidth / one.naturalHeight), cut];
})"""
"""Of each picture its words, its sides, how much it is squeezed, and by what it is cut off."""

CELLS = [
    IMPORTS,
    "run('flow-1')",
    "CrashLab()",
    "Slider(lambda n: say(f'**{n}**'), (1, 2), 'number')",
]


def see_widgets(notebook: Notebook) -> None:
    """All three are alive."""
    for name in (".ocallkit-stepper", ".crash-lab", ".widget-slider"):
        expect(notebook.page.locator(name)).to_be_visible()


@pytest.fixture(name="shared", scope="module")
def _shared(open_for_module: OpenNotebook) -> Notebook:
    """One notebook with a stepper, a lab and a slider, for all tests that leave them alive."""
    notebook = open_for_module(CELLS)
    notebook.run_all()
    see_widgets(notebook)
    return notebook


@pytest.fixture(name="notebook")
def _notebook(open_notebook: OpenNotebook) -> Notebook:
    """The same for one test alone."""
    notebook = open_notebook(CELLS)
    notebook.run_all()
    see_widgets(notebook)
    return notebook


def see_pictures(notebook: Notebook, words: str) -> None:
    """The pictures are seen with these words below them, and no widget and no error is."""
    page = notebook.page
    expect(page.locator("[data-ocallkit-live] .ocallkit-alive")).to_have_count(0)
    expect(page.get_by_role("img", name="flow-1 under ecall").first).to_be_visible()
    expect(page.get_by_text(words)).to_have_count(3)
    expect(page.get_by_text("Error displaying widget")).to_have_count(0)


def test_while_the_kernel_answers_the_picture_is_not_seen_twice(shared: Notebook) -> None:
    """The widget stands in front of it; what acts, acts."""
    page = shared.page
    expect(page.locator("[data-ocallkit-live] img:visible")).to_have_count(0)
    page.locator(".ocallkit-stepper").get_by_role("button", name="After the last step").click()
    page.locator(".crash-lab").get_by_role("button", name="Find me one").click()
    expect(page.locator(".crash-lab .said")).to_contain_text("deadlock")
    handle = page.locator(".widget-slider .noUi-handle")
    handle.focus()
    handle.press("ArrowRight")
    expect(page.locator(".widget-html strong")).to_have_text("2")


def test_what_is_printed_is_the_picture(shared: Notebook) -> None:
    """The whole of it, and neither what one clicks on nor what one is told to do."""
    page = shared.page
    page.emulate_media(media="print")
    picture = page.get_by_role("img", name="flow-1 under ecall").first
    expect(picture).to_be_visible()
    expect(page.locator(".ocallkit-stepper")).to_be_hidden()
    expect(page.locator(".crash-lab")).to_be_hidden()
    expect(page.locator("[data-ocallkit-live] > p:last-child:visible")).to_have_count(0)
    page.emulate_media(media="screen")
    expect(page.locator(".ocallkit-stepper")).to_be_visible()


def test_what_jupyterlab_prints_shows_its_pictures_whole(
    shared: Notebook, chromium: BrowserContext
) -> None:
    """Its own command prints the notebook as it was saved: on A4 no picture is cut or squeezed."""
    html: str = shared.page.evaluate(PRINTED)
    paper = chromium.new_page()
    # What JupyterLab's template takes from elsewhere is no part of the notebook.
    paper.route("http*://**", lambda route: route.abort())
    paper.set_viewport_size(A4)
    paper.emulate_media(media="print")
    paper.set_content(html, wait_until="load")
    pictures = paper.evaluate(PICTURES)
    paper.screenshot(path=ARTEFACTS / "printed-by-jupyterlab.png", full_page=True)
    text = paper.locator("body").inner_text()
    paper.close()
    assert ["flow-1 under ecall: ", "flow-1-memref under "] == [alt[:20] for alt, *_ in pictures]
    for alt, left, right, squeezed, cut in pictures:
        assert (alt, True, True) == (alt, left >= 0, right <= A4["width"])
        assert (alt, True, []) == (alt, abs(squeezed - 1) < 0.02, cut)
    assert "Skip to" not in text
    assert "Error displaying widget" not in text


def test_when_the_kernel_is_gone_the_pictures_say_so(shared: Notebook) -> None:
    """Nothing is left to click that nobody would answer; a cell that is run again is alive."""
    shared.page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.restartKernel()"
    )
    see_pictures(shared, "The kernel is gone: run this cell again.")
    shared.keep("kernel-gone")
    shared.run_all()
    see_widgets(shared)


def test_a_page_loaded_again_beside_its_kernel_is_alive(shared: Notebook) -> None:
    """The kernel still has what was shown."""
    shared.command("docmanager:save")
    shared.page.reload()
    see_widgets(shared)


def test_a_saved_notebook_shows_its_pictures_without_a_kernel(
    lab: Lab, notebook: Notebook, open_notebook: OpenNotebook
) -> None:
    """Opened again after Run All and save, its kernel ended: the picture, and what to do."""
    notebook.command("docmanager:save")
    path = notebook.page.evaluate("() => window.jupyterapp.shell.currentWidget.context.path")
    notebook.page.goto("about:blank")
    lab.end_kernels(notebook.page.context.request, notebook.kernels)
    again = open_notebook(path)
    see_pictures(again, "un this cell")
    again.keep("opened-again")


def test_a_kernel_that_is_shut_down_is_gone_too(notebook: Notebook) -> None:
    """As after a restart."""
    notebook.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    see_pictures(notebook, "The kernel is gone: run this cell again.")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_picture_has_the_colours_of_its_place(open_notebook: OpenNotebook, theme: str) -> None:
    """An image in a notebook and the picture in a widget, whatever the machine prefers.

    The edge of a verdict, which no style sheet reaches, stands out 3 to 1 in either.
    """
    cells = [*CELLS[:2], "run('flow-1').diagram()", JUDGED]
    notebook = open_notebook(cells, theme=theme)
    notebook.run_all()
    page = notebook.page
    page.emulate_media(color_scheme="light" if theme == "dark" else "dark")
    paper = palette.DARK[palette.PAPER] if theme == "dark" else palette.PAPER
    image = page.locator(".jp-RenderedHTMLCommon img:visible")
    sheet = page.locator(".ocallkit-stepper .sheet svg")
    edges = page.evaluate(EDGES)
    assert len(edges) > 1
    assert [] == [ratio for ratio in edges if ratio < 3]
    for name, picture in {"image": image, "sheet": sheet}.items():
        picture.scroll_into_view_if_needed()
        colours = imread(notebook.keep(f"picture-{name}-{theme}", picture))[..., :3]
        counted = Counter(map(tuple, (colours[40:-40:4, 4:-4:4] * 255).round().reshape(-1, 3)))
        found = {
            f"#{int(r):02x}{int(g):02x}{int(b):02x}" for (r, g, b), _ in counted.most_common(6)
        }
        assert (name, True) == (name, paper in found)
