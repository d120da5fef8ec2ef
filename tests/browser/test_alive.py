"""The site with Python in its pages, in Chromium: labs, exercises and links to runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from ocallkit import run
from ocallkit.judging.branching import branch
from ocallkit.judging.tokens import token
from tests.browser.test_stepper import at
from tests.tools import require_program
from tools.site.serving import served

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.timeout(600)

START = 120_000
"""Milliseconds in which Python must have started, on however busy a machine."""


@pytest.fixture(autouse=True)
def _has_python(site: Path) -> None:
    """Without a network the site has none, which is right; here it is to be tried."""
    if not (site / "_static" / "python").exists():
        require_program("npm", package="npm")
        pytest.skip("the site was built without Python: npm or pip fetched nothing")


def cell(page: Page, code: str) -> Locator:
    """The code of the first cell with these words."""
    return page.locator(".highlight-python", has_text=code).first


def shown(found: Locator) -> Locator:
    """What the page's Python shows below a cell."""
    return found.locator("xpath=following-sibling::div[contains(@class,'live')][1]")


def write(found: Locator, before: str, after: str) -> None:
    """Change the code of a cell, as somebody would who types over it."""
    code = found.locator("pre")
    code.fill(code.inner_text().replace(before, after))


def run_here(found: Locator) -> Locator:
    """Press the button below a cell, and wait for what it shows."""
    found.locator("xpath=following-sibling::*[1]").get_by_role("button").click()
    shown(found).wait_for(timeout=START)
    return shown(found)


def test_labs_and_exercises_work_in_a_page_from_a_file(site: Path, page: Page) -> None:
    """Without a kernel and without a network; nothing is loaded before it is asked for."""
    page.goto(f"{site.as_uri()}/21-play.html")
    assert page.evaluate("window.OCALLKIT_PYTHON === undefined")
    crash = run_here(cell(page, "CrashLab"))
    expect(page.locator(".ocallkit-lab.crash-lab")).to_have_count(1)
    crash.get_by_role("button", name="Find me one").click()
    expect(crash.locator(".said")).to_contain_text("Under ecall: deadlock", timeout=START)
    crash.get_by_role("button", name="Step through it").click()
    expect(crash.locator(".ocallkit-stepper")).to_contain_text(
        "flow-1-memref under ecall", timeout=START
    )
    crash.get_by_role("button", name="Step through it").click()
    expect(crash.locator(".ocallkit-stepper")).to_have_count(0, timeout=START)
    design = run_here(cell(page, "DesignLab"))
    design.get_by_role("button", name="held-refs-pre-release", exact=True).click()
    expect(design).to_contain_text("This is held-refs-pre-release", timeout=START)
    exercise = cell(page, "21-deadly-moments")
    write(exercise, "...", "1")
    expect(run_here(exercise)).not_to_contain_text("Right")
    write(exercise, "= 1", "= 5")
    exercise.locator("pre").press("Shift+Enter")
    expect(shown(exercise)).to_contain_text("Right", timeout=START)
    write(exercise, "= 5", "= 1 / 0")
    exercise.locator("pre").press("Shift+Enter")
    expect(shown(exercise).locator(".error")).to_contain_text("ZeroDivisionError", timeout=START)


def test_a_link_opens_a_run_that_was_never_computed(site: Path, online: Page) -> None:
    """From a server: at its step; beyond the end and with a wrong token it says so."""
    status = online.locator("#linked > [role=status]")
    stepper = online.locator("#linked .ocallkit-stepper")
    with served(site) as address:
        online.goto(f"{address}/matrix.html#replay=flow-1/ecall/t3/c1/&step=3")
        stepper.wait_for(timeout=START)
        assert 3 == at(stepper)
        expect(online.locator("#linked .link-to-step a")).to_have_attribute(
            "href", "matrix.html#replay=flow-1/ecall/t3/c1/&step=3"
        )
        stepper.focus()
        online.keyboard.press("j")
        expect(online.locator("#linked .link-to-step a")).to_have_attribute(
            "href", "matrix.html#replay=flow-1/ecall/t3/c1/&step=4"
        )
        for token, words in {
            "flow-1/ecall/t3/c1/&step=400": f"has steps 0 to {len(run('flow-1').steps)}, not 400",
            "flow-1/ecall/t3/c1/A:no": "decision 1, 'A:no', does not fit",
            "flow-1/no-such/t3/c1/": "no design is called 'no-such'",
            "flow-1/ecall/z3/c1/": "z3",
            "nonsense": "'nonsense' is no token",
        }.items():
            online.evaluate(f"location.hash = {'replay=' + token!r}")
            expect(online.locator("#linked")).to_contain_text(words, timeout=START)
        online.evaluate("location.hash = ''")
        expect(online.locator("#linked")).to_be_hidden()
    expect(status).to_have_text("")


def test_python_goes_on_from_a_run_that_was_computed_beforehand(site: Path, page: Page) -> None:
    """Another way from a step of it, back again, and another design beside: nothing is reloaded."""
    page.goto(f"{site.as_uri()}/02-flow-1.html")
    stepper = page.locator(".ocallkit-stepper").first
    stepper.focus()
    page.keyboard.press("w")
    page.keyboard.press("Home")
    page.keyboard.press("j")
    line = token(branch(run("flow-1"), 1, "A:kill"))
    stepper.locator(".next").get_by_role("button", name="A:kill").click()
    named = stepper.locator(".peek a")
    expect(named).to_have_attribute("href", f"{site.as_uri()}/matrix.html#replay={line}&step=2")
    back = stepper.locator(".trail button")
    back.wait_for(timeout=START)
    assert 2 == at(stepper)
    assert line == stepper.locator(".foot > code").inner_text().replace("\u200b", "")
    back.click()
    back.wait_for(state="detached")
    assert 1 == at(stepper)
    assert stepper.get_by_label("whole life").is_checked(), "the step is not in the invocation"
    stepper.locator(".view summary").click()
    stepper.get_by_label("Beside another design").select_option("held-refs")
    expect(stepper.locator(".parting")).to_have_text("The two do the same.")
    expect(stepper.locator(".theirs").last).to_contain_text("flow-1 under held-refs step 1:")
    expect(stepper.locator(".found")).to_have_text("")


def test_the_matrix_is_judged_in_the_page(site: Path, page: Page) -> None:
    """Every verdict is that which was computed when the site was built."""
    page.goto(f"{site.as_uri()}/matrix.html")
    before = page.locator(".matrix-view tbody").first
    before.wait_for()
    labels = "all => all.map((one) => one.getAttribute('aria-label'))"
    expected = before.get_by_role("button").evaluate_all(labels)
    live = run_here(cell(page, "clients=1"))
    assert expected == live.locator(".matrix-view tbody").get_by_role("button").evaluate_all(labels)
    live.get_by_role("button", name="ecall in flow-1-memref: deadlock").click()
    expect(live.locator(".ocallkit-stepper")).to_contain_text(
        "flow-1-memref under ecall", timeout=START
    )
