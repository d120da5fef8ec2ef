"""A run is saved from the stepper: what is at hand at once, everything else by a kernel."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ocallkit import replay
from ocallkit.view.formats import FORMATS
from ocallkit.widgets.stepper import script
from ocallkit.widgets.stories import story

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import BrowserContext, Page

TOKEN = "flow-1-memref/ecall/t2/c1/A:kill@OCALL,A:close:memref"  # noqa: S105 - it names a run
RUN = replay(TOKEN)
STORED = ("text", "svg", "token")

SHOW = """async ([script, story, texts]) => {
  const module = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  const { default: widget } = await import(module);
  const heard = [];
  const model = {
    get: (name) => ({ story, at: 0 })[name], set() {}, save_changes() {}, off() {},
    on: (event, act) => { if (event === "msg:custom") heard.push(act); },
  };
  if (texts) model.send = ({ write }) => {
    if (texts[write]) for (const act of heard)
      act({ form: write, digest: story.digest, text: texts[write] });
  };
  widget.render({ model, el: document.body });
}"""
"""Shows a stepper whose kernel, if it has one, answers with some texts."""


@pytest.fixture(name="page")
def _page(chromium: BrowserContext) -> Iterator[Page]:
    """An empty page."""
    page = chromium.new_page()
    yield page
    page.close()


def show(page: Page, texts: dict[str, str] | None) -> None:
    """Show the stepper; with `texts` there is a kernel."""
    page.evaluate(SHOW, [script(), story(RUN), texts])


def saved(page: Page, form: str) -> tuple[str, str]:
    """The name and the text of the file that is saved."""
    page.get_by_label("Form in which it is saved").select_option(form)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save this run as a file").click()
    path = download.value.path()
    return download.value.suggested_filename, Path(path).read_text(encoding="utf-8")


@pytest.mark.parametrize("form", STORED)
def test_what_is_at_hand_is_saved_without_a_kernel(form: str, page: Page) -> None:
    """The whole run, under a name that says what it is of."""
    show(page, None)
    name, text = saved(page, form)
    assert f"flow-1-memref-under-ecall{FORMATS[form].suffix}" == name
    told = story(RUN)[form].removesuffix("\n")
    assert f"{told}\n" == f"{text.removesuffix(chr(10))}\n"
    assert page.get_by_text(f"saved {name}", exact=True).is_visible()


def test_without_a_kernel_no_other_form_is_offered(page: Page) -> None:
    """Each says what it needs; a picture of dots and a link the page makes itself."""
    show(page, None)
    options = page.get_by_label("Form in which it is saved").locator("option")
    words = options.all_text_contents()
    off = [name for n, name in enumerate(FORMATS) if options.nth(n).is_disabled()]
    assert [name for name in FORMATS if name not in STORED] == off
    assert [
        form.title if name in STORED else f"{form.title}: needs a kernel"
        for name, form in FORMATS.items()
    ] == words[: len(FORMATS)]
    assert ["PNG", "link to this step"] == words[len(FORMATS) :]


@pytest.mark.parametrize("form", [name for name in FORMATS if name not in STORED])
def test_a_kernel_writes_what_is_asked_for(form: str, page: Page) -> None:
    """And the page saves its answer."""
    text = RUN.written(form, whole=True)
    show(page, {form: text})
    assert (f"flow-1-memref-under-ecall{FORMATS[form].suffix}", text) == saved(page, form)


def test_a_kernel_that_does_not_answer_is_told_of(page: Page) -> None:
    """After some seconds."""
    show(page, {})
    page.get_by_label("Form in which it is saved").select_option("perfetto")
    page.get_by_role("button", name="Save this run as a file").click()
    page.get_by_text("asked the kernel", exact=True).wait_for()
    page.get_by_text("the kernel does not answer: run the cell again", exact=True).wait_for()


def test_keys_in_the_menu_do_not_step(page: Page) -> None:
    """An arrow there chooses a form, and the run stays where it is."""
    show(page, {})
    page.get_by_label("Form in which it is saved").focus()
    page.keyboard.press("j")
    page.keyboard.press("End")
    assert page.get_by_text(f"step 0 of {len(RUN.steps)}", exact=True).is_visible()
