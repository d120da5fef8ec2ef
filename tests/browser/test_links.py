"""A counterexample is a link: it opens a run at a step, in Chromium."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from ocallkit import run
from ocallkit.judging.branching import branch
from ocallkit.judging.tokens import token
from ocallkit.view.places import places
from tests.browser.test_stepper import at

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

# The first test builds the site.
pytestmark = pytest.mark.timeout(600)

FLOW_1 = "flow-1/ecall/t2/c1/"


def test_a_link_opens_a_run_at_a_step(site: Path, page: Page) -> None:
    """One that is kept needs no Python; the link below its stepper goes where the reader goes."""
    page.goto(f"{site.as_uri()}/matrix.html#replay={FLOW_1}&step=7")
    stepper = page.locator("#linked .ocallkit-stepper")
    stepper.wait_for()
    assert 7 == at(stepper)
    link = page.locator("#linked .link-to-step a")
    expect(link).to_have_attribute("href", f"matrix.html#replay={FLOW_1}&step=7")
    stepper.focus()
    page.keyboard.press("j")
    expect(link).to_have_attribute("href", f"matrix.html#replay={FLOW_1}&step=8")
    last = len(run("flow-1").steps)
    for hash_, words, step in (
        (f"{FLOW_1}&step=400", f"has steps 0 to {last}, not 400: it stands at the last.", last),
        (f"{FLOW_1}&step=x", "step: a number was expected, not x.", places(run("flow-1")).start),
    ):
        page.evaluate(f"location.hash = 'replay={hash_}'")
        expect(page.locator("#linked > [role=status]")).to_have_text(re.compile(re.escape(words)))
        expect(stepper).to_have_count(1)
        assert step == at(stepper)
    page.evaluate("location.hash = 'replay='")
    expect(page.locator("#linked")).to_contain_text("A link to a run ends in #replay=TOKEN&step=N.")


def test_every_counterexample_of_the_gallery_opens(site: Path, page: Page) -> None:
    """At its last step, where something is broken."""
    page.goto(f"{site.as_uri()}/gallery.html")
    page.locator("a.counterexample", has_text="flow-1-memref under ecall,").first.click()
    stepper = page.locator("#linked .ocallkit-stepper")
    expect(stepper).to_contain_text("flow-1-memref under ecall")
    # Beside the picture stands more once the reader steps.
    stepper.focus()
    page.keyboard.press("End")
    expect(stepper.locator(".blocked").first).to_be_visible()


def test_a_token_in_a_text_is_a_link(site: Path, page: Page) -> None:
    """Also in what a cell shows; what follows the token is no part of it."""
    page.goto(f"{site.as_uri()}/07-the-deadlock.html")
    link = page.locator("a[href^='matrix.html#replay=']", has_text="flow-1-memref/").first
    token = link.text_content() or ""
    assert token[-1] not in ".,:"
    assert f"matrix.html#replay={token}" == link.get_attribute("href")


def test_without_python_there_is_no_button(site: Path, page: Page) -> None:
    """A link to a run that is not kept says how to see it, an alternative what is its token."""
    off = "const OCALLKIT_ALIVE = false;"
    path = site / "_static" / "widgets.js"
    with_python = path.read_text(encoding="utf-8")
    page.route(
        "**/widgets.js*",
        lambda route: route.fulfill(
            body=with_python.replace("const OCALLKIT_ALIVE = true;", off),
            content_type="text/javascript",
        ),
    )
    page.goto(f"{site.as_uri()}/matrix.html#replay=flow-1/ecall/t3/c1/&step=3")
    expect(page.locator("#linked")).to_contain_text(
        "This run was not computed for these pages. ocallkit show --replay flow-1/ecall/t3/c1/"
    )
    expect(page.get_by_role("button", name="Run it here")).to_have_count(0)
    page.goto(f"{site.as_uri()}/matrix.html#replay={FLOW_1}&step=1")
    stepper = page.locator("#linked .ocallkit-stepper")
    stepper.locator(".next").get_by_role("button", name="A:kill").click()
    expect(stepper.locator(".peek")).to_contain_text("one step deep: no kernel runs here")
    line = token(branch(run("flow-1"), 1, "A:kill"))
    href = stepper.locator(".peek a").get_attribute("href") or ""
    assert href.endswith(f"/matrix.html#replay={line}&step=2")
    stepper.locator(".view summary").click()
    expect(stepper.locator(".menu")).to_contain_text(
        "neither a kernel nor Python runs in this page"
    )
    expect(stepper.get_by_label("Beside another design")).to_have_count(0)
