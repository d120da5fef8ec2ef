"""The site in Chromium: opened from a file without a network, and from a server."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from itertools import cycle, product
from typing import TYPE_CHECKING
from urllib.parse import unquote

import nbformat
import pytest
from playwright.sync_api import expect

from ocallkit import run
from ocallkit.designs import DESIGNS
from ocallkit.view.places import places
from ocallkit.widgets.lab import NEEDS_KERNEL
from tests.browser.lab import ARTEFACTS, HEIGHTS
from tests.browser.test_stepper import CONTRASTS, at
from tools.site.serving import served
from tools.store_notebooks import FOLDER

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Literal

    from playwright.sync_api import BrowserContext, Page

# The first test builds the site.
pytestmark = pytest.mark.timeout(600)

NOTEBOOKS = {
    path.stem: nbformat.read(path, as_version=4) for path in sorted(FOLDER.glob("*.ipynb"))
}
PAGES = ["index", "matrix", "gallery", *NOTEBOOKS]
KINDS = ("code", "markdown")
PLAY = "21-play"
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

NARROW = 600
"""The width below which a wide table scrolls sideways within its place."""

CUT_OFF = """(scrolling) => [document.documentElement, ...document.querySelectorAll(
    "article .output, article .matrix-view .field, article h1, article td")]
  .filter((one) => one.scrollWidth > one.clientWidth + 1)
  .filter((one) => !scrolling || !["auto", "scroll"].includes(getComputedStyle(one).overflowX))
  .map((one) => `${one.className || one.localName}: ${one.textContent.trim().slice(0, 40)}`)"""
"""What is wider than its place; if `scrolling`, without what scrolls there and can be read so."""

OVER_ANOTHER = """() => [...document.querySelectorAll("article section > *")]
  .filter((one) => one.getClientRects().length && one.previousElementSibling)
  .filter((one) => one.getBoundingClientRect().top + 1
    < one.previousElementSibling.getBoundingClientRect().bottom)
  .map((one) => `${one.className || one.localName}: ${one.textContent.trim().slice(0, 40)}`)"""
"""What begins above the end of what stands before it."""


class Names(HTMLParser):
    """The ids of a page, where its links lead, and what it loads."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what the tag names."""
        has = {name: value or "" for name, value in attrs}
        self.ids.add(has.get("id", ""))
        if tag == "a":
            self.links.append(has.get("href", ""))
        else:
            self.loads += [has[name] for name in ("src", "href") if name in has]


def look(page: Page, theme: Literal["light", "dark"], width: int) -> None:
    """Take a theme, as the machine's settings would, and a width."""
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": width, "height": HEIGHTS[width]})


def step_through_flow_1(page: Page, address: str) -> None:
    """By key and by click."""
    page.goto(f"{address}/02-flow-1.html")
    stepper = page.locator(".ocallkit-stepper")
    stands = places(run("flow-1"))
    expect(stepper.locator(".count")).to_contain_text(f"step {stands.start} of")
    stepper.focus()
    page.keyboard.press("j")
    page.keyboard.press("ArrowRight")
    assert stands.start + 2 == at(stepper)
    page.keyboard.press("Home")
    assert stands.start - 1 == at(stepper)
    page.keyboard.press("w")
    page.keyboard.press("Home")
    assert 0 == at(stepper)
    row = next(row for row in stands.rows if row.step == 2)
    stepper.locator(f"g[id$='-m{row.message}'] text").last.click()
    assert 2 == at(stepper)
    assert page.locator(".still").count() > 0
    assert page.locator(".still img:visible").count() == 0, "the picture has gone"


def test_every_notebook_is_a_page_in_the_table_of_contents(site: Path) -> None:
    """Under its own title, in its order; beside it the titles of its parts."""
    index = (site / "index.html").read_text(encoding="utf-8")
    contents = re.findall(r'toctree-l1"><a class="reference internal" href="([^"]+)"', index)
    expected = [f"{name}.html" for name in (*NOTEBOOKS, "matrix", "gallery")]
    # Once at the side and once in the page.
    assert expected * 2 == contents
    for name, notebook in NOTEBOOKS.items():
        page = (site / f"{name}.html").read_text(encoding="utf-8")
        cells = {kind: [c for c in notebook.cells if c.cell_type == kind] for kind in KINDS}
        assert len(cells["code"]) == page.count('<div class="highlight-python notranslate">')
        heads = [line for c in cells["markdown"] for line in c.source.splitlines() if "## " in line]
        beside = page.partition('<div class="toc-tree">')[2].partition("</aside>")[0]
        assert len(heads) == beside.count('<a class="reference internal" href="#') - 1, name


def test_no_page_loads_anything_from_elsewhere(site: Path) -> None:
    """Every script, style sheet and picture is in the folder or in the page."""
    folder = {str(path.relative_to(site)) for path in site.rglob("*")}
    pages = {path.name: Names(path).loads for path in site.glob("*.html")}
    assert len(pages) == len(PAGES) + 1, "the search is a page too"
    missing = [
        (name, load)
        for name, loads in pages.items()
        for load in loads
        if not load.startswith(("data:", "#")) and load.partition("?")[0] not in folder
    ]
    expected: list[tuple[str, str]] = []
    assert expected == missing


def test_every_link_leads_to_a_page_and_a_place_in_it(site: Path) -> None:
    """Those that the claims' table computes too."""
    pages = {path.name: Names(path) for path in site.glob("*.html")}
    runs = (site / "_static" / "runs.js").read_text(encoding="utf-8")
    dead = []
    for name, page in pages.items():
        for link in page.links:
            where, _, part = link.partition("#")
            target = pages.get(where or name)
            if ":" in where:
                continue
            if part.startswith("replay="):
                # It opens a run; that of the gallery is kept.
                token = unquote(part.removeprefix("replay=").partition("&")[0])
                if json.dumps(token) not in runs:
                    dead.append((name, link))
            elif target is None or (part and part not in target.ids):
                dead.append((name, link))
    expected: list[tuple[str, str]] = []
    assert expected == dead


def test_a_stepper_steps_from_a_file(site: Path, page: Page) -> None:
    """Without a kernel and without a network."""
    step_through_flow_1(page, site.as_uri())


def test_a_stepper_steps_from_a_server(site: Path, online: Page) -> None:
    """The same pages."""
    with served(site) as address:
        step_through_flow_1(online, address)


@pytest.mark.parametrize("name", ["matrix", PLAY])
def test_a_cell_of_the_matrix_opens_its_counterexample(site: Path, page: Page, name: str) -> None:
    """On its own page and in the notebook, by click and by key; a property is singled out."""
    page.goto(f"{site.as_uri()}/{name}.html")
    matrix = page.locator(".matrix-view")
    stepper = page.locator(".ocallkit-stepper")
    expect(stepper).to_have_count(0)
    matrix.get_by_role("button", name="ecall in flow-1-memref: deadlock").click()
    expect(stepper).to_contain_text("flow-1-memref under ecall")
    before = at(stepper)
    stepper.focus()
    page.keyboard.press("k")
    assert before - 1 == at(stepper)
    # Beside the picture stands more once the reader steps.
    page.keyboard.press("j")
    expect(stepper.locator(".blocked").first).to_be_visible()
    matrix.locator(".chosen").focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(matrix.locator(".said")).to_contain_text("ecall in flow-2, 2 secure threads: every")
    expect(stepper).to_have_count(0)
    matrix.get_by_label("What breaks").select_option("no-use-after-free")
    expect(matrix.locator("[data-word=holds]")).to_have_count(
        matrix.locator(".verdict").count() - 3
    )
    assert matrix.locator("tbody tr").count() == len(DESIGNS)


def test_the_labs_are_pictures_that_say_what_they_need(site: Path, page: Page) -> None:
    """All of them but the matrix, which works."""
    page.goto(f"{site.as_uri()}/{PLAY}.html")
    expect(page.locator(".matrix-view")).to_have_count(1)
    labs = json.dumps(NOTEBOOKS[PLAY]).count(NEEDS_KERNEL)
    assert labs > 1
    expect(page.get_by_text(NEEDS_KERNEL)).to_have_count(labs - 1)
    expect(page.locator(".ocallkit-lab:not(.matrix-view)")).to_have_count(0)


def test_without_scripts_a_run_is_its_picture(site: Path, chromium: BrowserContext) -> None:
    """And the matrix too: nothing is blank."""
    assert chromium.browser is not None
    context = chromium.browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    for name, words in {"02-flow-1": "flow-1 under ecall", "matrix": "Every design"}.items():
        page.goto(f"{site.as_uri()}/{name}.html")
        expect(page.locator(f".ocallkit-widget img[alt^='{words}']")).to_be_visible()
    context.close()


def test_the_search_finds_a_word_and_leads_to_it(site: Path, page: Page) -> None:
    """A word of a text cell; from a file, where a page may fetch nothing."""
    page.goto(f"{site.as_uri()}/index.html")
    page.get_by_placeholder("Search").fill("deadlock")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Search finished")).to_be_visible()
    expect(page.locator("#search-results p.context")).to_have_count(0)
    page.locator("#search-results").get_by_role("link", name="07. Why does it").first.click()
    expect(page.locator("h1")).to_contain_text("07. Why does it deadlock")


def test_the_search_of_a_server_shows_where_the_word_stands(site: Path, online: Page) -> None:
    """An excerpt below each title, of what is read and not of data."""
    with served(site) as address:
        online.goto(f"{address}/search.html?q=deadlock")
        expect(online.get_by_text("Search finished")).to_be_visible()
        excerpts = online.locator("#search-results p.context")
        expect(excerpts.first).to_contain_text("deadlock")
        assert excerpts.count() > 3
        assert not [text for text in excerpts.all_inner_texts() if '{"' in text]


def test_the_theme_is_chosen_on_the_page(site: Path, page: Page) -> None:
    """Light, dark or the machine's own: the stepper follows."""
    page.goto(f"{site.as_uri()}/02-flow-1.html")
    stepper = page.locator(".ocallkit-stepper")
    expect(stepper).to_have_css("color-scheme", "light")
    toggle = page.get_by_role("button", name="Toggle Light / Dark / Auto color theme")
    seen = set()
    for _ in THEMES:
        toggle.filter(visible=True).first.click()
        seen.add(stepper.evaluate("stepper => getComputedStyle(stepper).colorScheme"))
    assert {"light", "dark"} == seen


@pytest.mark.parametrize("name", PAGES)
def test_everything_is_in_its_place(site: Path, page: Page, name: str) -> None:
    """Each text has a contrast of 4.5 to 1, nothing is cut off or overlaps; kept as pictures.

    Colours do not depend on the width, nor sizes on the theme: most pages need but a look for each
    width.  Only on a telephone may what is wide scroll within its place; the page never does.
    """
    page.goto(f"{site.as_uri()}/{name}.html")
    if name == "matrix":
        page.get_by_role("button", name="ecall in flow-1-memref: deadlock").click()
        page.locator(".ocallkit-stepper").wait_for()
    folder = ARTEFACTS / "site"
    folder.mkdir(parents=True, exist_ok=True)
    every = name in ("index", "02-flow-1", "matrix", PLAY)
    looks = product(THEMES, HEIGHTS) if every else zip(cycle(THEMES), HEIGHTS, strict=False)
    for theme, width in looks:
        look(page, theme, width)
        page.screenshot(path=folder / f"{name}-{theme}-{width}.png")
        assert (theme, width, []) == (theme, width, page.evaluate(CUT_OFF, width < NARROW))
        assert (theme, width, []) == (theme, width, page.evaluate(OVER_ANOTHER))
        contrasts = page.locator("body").evaluate(CONTRASTS)
        assert len(contrasts) > 20
        assert (theme, []) == (
            theme,
            [(text, round(ratio, 1)) for text, ratio in contrasts if ratio < 4.5],
        )


def test_on_a_telephone_a_picture_scrolls_and_can_be_read(site: Path, page: Page) -> None:
    """Shrunk to the page it would be a third of its size."""
    page.goto(f"{site.as_uri()}/{PLAY}.html")
    look(page, "light", 390)
    wide = page.locator("article .output img:visible").evaluate_all(
        "all => all.filter(one => one.naturalWidth > 576).map(one => one.clientWidth)"
    )
    assert {576} == set(wide)


def test_what_is_printed_is_the_whole_picture(site: Path, page: Page) -> None:
    """On light paper, whatever the machine prefers, and with nothing that one could click on."""
    page.goto((site / "02-flow-1.html").as_uri())
    page.locator(".ocallkit-stepper").first.wait_for()
    page.emulate_media(media="print", color_scheme="dark")
    picture = page.locator(".ocallkit-widget img").first
    expect(picture).to_be_visible()
    assert "light" == picture.evaluate("one => getComputedStyle(one).colorScheme")
    assert [] == page.evaluate(CUT_OFF)
    for name in (".ocallkit-stepper", ".skip-to-content", "[data-ocallkit-live] > p:last-child"):
        assert (name, 0) == (name, page.locator(f"{name}:visible").count())
