"""A picture that comes to life: run, saved, opened again, and left by its kernel."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from matplotlib.image import imread
from playwright.sync_api import expect

from ocallkit.view import palette

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.lab import Lab, Notebook

    OpenNotebook = Callable[..., Notebook]

IMPORTS = """from ocallkit import run
from ocallkit.lesson import say
from ocallkit.widgets.crash_lab import CrashLab
from ocallkit.widgets.slider import Slider"""
CELLS = [
    IMPORTS,
    "run('flow-1')",
    "CrashLab()",
    "Slider(lambda n: say(f'**{n}**'), (1, 2), 'number')",
]


@pytest.fixture(name="notebook")
def _notebook(open_notebook: OpenNotebook) -> Notebook:
    """A notebook with a stepper, a lab and a slider, all alive."""
    notebook = open_notebook(CELLS)
    notebook.run_all()
    for name in (".ocallkit-stepper", ".crash-lab", ".widget-slider"):
        expect(notebook.page.locator(name)).to_be_visible()
    return notebook


def see_pictures(notebook: Notebook, words: str) -> None:
    """The pictures are seen with these words below them, and no widget and no error is."""
    page = notebook.page
    expect(page.locator("[data-ocallkit-live] .ocallkit-alive")).to_have_count(0)
    expect(page.get_by_role("img", name="flow-1 under ecall").first).to_be_visible()
    expect(page.get_by_text(words)).to_have_count(3)
    expect(page.get_by_text("Error displaying widget")).to_have_count(0)


def test_while_the_kernel_answers_the_picture_is_not_seen_twice(notebook: Notebook) -> None:
    """The widget stands in front of it; what acts, acts."""
    page = notebook.page
    expect(page.locator("[data-ocallkit-live] img:visible")).to_have_count(0)
    page.locator(".ocallkit-stepper").get_by_role("button", name="After the last step").click()
    page.locator(".crash-lab").get_by_role("button", name="Find me one").click()
    expect(page.locator(".crash-lab .said")).to_contain_text("deadlock")
    handle = page.locator(".widget-slider .noUi-handle")
    handle.focus()
    handle.press("ArrowRight")
    expect(page.locator(".widget-html strong")).to_have_text("2")


def test_what_is_printed_is_the_picture(notebook: Notebook) -> None:
    """The whole of it, and neither what one clicks on nor what one is told to do."""
    page = notebook.page
    page.emulate_media(media="print")
    picture = page.get_by_role("img", name="flow-1 under ecall").first
    expect(picture).to_be_visible()
    expect(page.locator(".ocallkit-stepper")).to_be_hidden()
    expect(page.locator(".crash-lab")).to_be_hidden()
    expect(page.locator("[data-ocallkit-live] > p:last-child:visible")).to_have_count(0)
    page.emulate_media(media="screen")
    expect(page.locator(".ocallkit-stepper")).to_be_visible()


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


def test_a_page_loaded_again_beside_its_kernel_is_alive(notebook: Notebook) -> None:
    """The kernel still has what was shown."""
    notebook.command("docmanager:save")
    notebook.page.reload()
    for name in (".ocallkit-stepper", ".crash-lab", ".widget-slider"):
        expect(notebook.page.locator(name)).to_be_visible(timeout=30_000)


def test_when_the_kernel_is_gone_the_pictures_say_so(notebook: Notebook) -> None:
    """Nothing is left to click that nobody would answer; a cell that is run again is alive."""
    notebook.page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.restartKernel()"
    )
    see_pictures(notebook, "The kernel is gone: run this cell again.")
    notebook.keep("kernel-gone")
    notebook.run_all()
    expect(notebook.page.locator(".ocallkit-stepper")).to_be_visible()


def test_a_kernel_that_is_shut_down_is_gone_too(notebook: Notebook) -> None:
    """As after a restart."""
    notebook.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    see_pictures(notebook, "The kernel is gone: run this cell again.")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_picture_has_the_colours_of_its_place(open_notebook: OpenNotebook, theme: str) -> None:
    """An image in a notebook and the picture in a widget, whatever the machine prefers."""
    notebook = open_notebook([*CELLS[:2], "run('flow-1').diagram()"], theme=theme)
    notebook.run_all()
    page = notebook.page
    page.emulate_media(color_scheme="light" if theme == "dark" else "dark")
    paper = palette.DARK[palette.PAPER] if theme == "dark" else palette.PAPER
    image = page.locator(".jp-RenderedHTMLCommon img:visible")
    sheet = page.locator(".ocallkit-stepper .sheet svg")
    for name, picture in {"image": image, "sheet": sheet}.items():
        picture.scroll_into_view_if_needed()
        colours = imread(notebook.keep(f"picture-{name}-{theme}", picture))[..., :3]
        counted = Counter(map(tuple, (colours[40:-40:4, 4:-4:4] * 255).round().reshape(-1, 3)))
        found = {
            f"#{int(r):02x}{int(g):02x}{int(b):02x}" for (r, g, b), _ in counted.most_common(6)
        }
        assert (name, True) == (name, paper in found)
