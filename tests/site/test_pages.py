"""A notebook becomes a page: text, code, outputs, widgets."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from ipywidgets.embed import dependency_state
from ipywidgets.widgets.widget import _instances
from nbformat import v4

from ocallkit import run
from ocallkit.widgets.crash_lab import CrashLab
from ocallkit.widgets.lab import NEEDS_KERNEL, Lab
from ocallkit.widgets.live import Live
from ocallkit.widgets.stepper import Stepper, script, styles
from tools.site.pages import Pages
from tools.site.runs import Runs
from tools.site.stored import Told
from tools.site.widgets import Modules

if TYPE_CHECKING:
    from ipywidgets import Widget
    from nbformat import NotebookNode

    from tools.site.matrix import Recorded

STEPPER = "ocallkit.widgets.stepper.Stepper"


@pytest.fixture(name="pages")
def _pages() -> Pages:
    """Pages of notebooks in which no matrix is shown."""

    def no_matrix() -> Recorded:
        pytest.fail("asked for a matrix")

    return Pages(Modules(), Runs(), no_matrix)


def notebook(*outputs: NotebookNode, text: str = "", shown: Widget | None = None) -> Told:
    """A notebook of one text cell and one code cell, of which the kernel told with `shown`."""
    cells = [v4.new_markdown_cell(text), v4.new_code_cell("f(1)", outputs=list(outputs))]
    alive = [one for one in _instances.values() if isinstance(one, Live) and one.shows is shown]
    made = dependency_state(alive, drop_defaults=False) if alive else {}
    states = {name: model["state"] for name, model in made.items()}
    return Told(v4.new_notebook(cells=cells), {}, states)


def output(**data: object) -> NotebookNode:
    """What a cell shows, by the last part of each mime type."""
    made: NotebookNode = v4.new_output(
        "display_data", {f"text/{kind}": value for kind, value in data.items()}
    )
    return made


def shown(thing: Lab | Stepper) -> NotebookNode:
    """What a cell shows of something that has a widget."""
    found = thing._repr_mimebundle_()
    data = found[0] if isinstance(found, tuple) else found
    made: NotebookNode = v4.new_output("display_data", data)
    return made


def element(page: str) -> dict[str, Any]:
    """The data that the page has for its only widget."""
    (found,) = re.findall('<script type="application/json">(.*?)</script>', page)
    data: dict[str, Any] = json.loads(found)
    return data


def test_a_text_cell_stands_as_it_is_with_links_to_pages(pages: Pages) -> None:
    """A link to a heading names it as the page does."""
    text = (
        "See [07](07-why.ipynb), [the end](07-why.ipynb#The-end) and [us](https://a.org/b.ipynb)."
    )
    expected = "See [07](07-why.md), [the end](07-why.md#the-end) and [us](https://a.org/b.ipynb)."
    assert expected == pages.page(notebook(text=text)).splitlines()[0]


def test_code_and_what_it_printed_stand_in_fences(pages: Pages) -> None:
    """Each in its own, longer than any in the text."""
    page = pages.page(notebook(v4.new_output("stream", text="```\n")))
    assert "```python\nf(1)\n```" in page
    assert "````{code-block} text\n:class: output\n\n```\n````" in page


def test_code_that_is_folded_away_is_folded_away_on_the_page(pages: Pages) -> None:
    """It would answer what the reader is to predict."""
    made = notebook(output(plain="x"))
    made.notebook.cells[1].metadata["jupyter"] = {"source_hidden": True}
    page = pages.page(made)
    folded = "<details><summary>The code</summary>\n```\n\n```python\nf(1)\n```\n\n```{raw} html\n"
    assert f"{folded}</details>" in page
    assert "<details>" not in pages.page(notebook(output(plain="x")))


def test_an_error_is_shown_by_its_name_and_words(pages: Pages) -> None:
    """A traceback names folders of the machine."""
    error = v4.new_output("error", ename="ValueError", evalue="no", traceback=["/home"])
    page = pages.page(notebook(error))
    assert "\nValueError: no\n" in page
    assert "/home" not in page


def test_html_goes_before_text_and_its_links_lead_to_pages(pages: Pages) -> None:
    """The page takes the HTML as it is, save for its links."""
    page = pages.page(notebook(output(html='<a href="08-x.ipynb#A,-b?">x</a>', plain="x")))
    assert '<div class="output"><a href="08-x.html#a-b">x</a></div>' in page
    assert "code-block" not in page


def test_text_is_shown_where_there_is_no_html(pages: Pages) -> None:
    """Markdown as Markdown, plain text in a fence."""
    assert "\n**x**\n" in pages.page(notebook(output(markdown="**x**", plain="x")))
    assert "\n:class: output\n\nx\n" in pages.page(notebook(output(plain="x")))


def test_an_output_that_a_page_cannot_show_is_an_error(pages: Pages) -> None:
    """No output is blank."""
    picture = v4.new_output("display_data", {"image/png": ""})
    with pytest.raises(ValueError, match="none of image/png"):
        pages.page(notebook(picture))


def test_a_stepper_is_on_the_page_with_its_data_and_its_picture(pages: Pages) -> None:
    """What the kernel would have sent, and nothing of how it would have sent it."""
    stepper = Stepper(run("flow-1"), at=3)
    page = pages.page(notebook(shown(stepper), shown=stepper))
    expected = {"story": json.loads(json.dumps(stepper.story)), "at": 3, "trail": [], "beside": {}}
    assert expected == element(page)
    assert f'data-module="{STEPPER}"' in page
    assert '<img alt="flow-1 under ecall' in page


def test_a_page_loads_the_script_that_the_notebook_loads(pages: Pages) -> None:
    """Once, however many steppers there are; the style sheet too."""
    for at in (0, 1):
        stepper = Stepper(run("flow-1"), at)
        pages.page(notebook(shown(stepper), shown=stepper))
    assert {STEPPER: script()} == pages.modules.scripts
    assert {STEPPER: styles("stepper.css")} == pages.modules.styles


def test_a_lab_is_a_picture_that_says_what_it_needs(pages: Pages) -> None:
    """Without a kernel nothing would answer; its script is there for the kernel of the page."""
    lab = CrashLab()
    page = pages.page(notebook(shown(lab), shown=lab.box))
    assert NEEDS_KERNEL in page
    assert "<img alt=" in page
    assert "ocallkit-widget" not in page
    assert ["ocallkit.widgets.crash_lab.CrashPanel"] == list(pages.modules.scripts)


def test_a_run_that_a_page_shows_opens_by_its_token(pages: Pages) -> None:
    """Without a kernel: what its stepper shows is kept."""
    stepper = Stepper(run("flow-1"))
    pages.page(notebook(shown(stepper), shown=stepper))
    assert {"flow-1/ecall/t2/c1/": stepper.story} == pages.runs.stories


def test_the_end_of_what_a_cell_shows_is_marked(pages: Pages) -> None:
    """What a cell shows when it is run in the page takes the place of all of it."""
    page = pages.page(notebook(v4.new_output("stream", text="1"), output(markdown="**x**")))
    assert page.rstrip().endswith('```{raw} html\n<div class="outputs-end"></div>\n```')
    assert 1 == page.count("outputs-end")
