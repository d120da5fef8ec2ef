"""The stepper in JupyterLab: by key, by click, in both themes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ocallkit import replay
from ocallkit.view.places import places
from ocallkit.view.snapshot import snapshots, violations

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator

    from tests.browser.lab import Notebook

    OpenNotebook = Callable[..., Notebook]
    Shown = tuple[Notebook, Locator]

TOKEN = "flow-1-memref/ecall/t2/c1/A:kill@OCALL,A:close:memref"  # noqa: S105 - it names a run
CELLS = ["from ocallkit import replay", f"replay({TOKEN!r})"]
RUN = replay(TOKEN)
LAST = len(RUN.steps)
START = places(RUN).start
(BREAKS,) = set(violations(RUN).values())

CONTRASTS = """stepper => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const linear = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) =>
    0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const paper = (element) => {
    const found = parse(getComputedStyle(element).backgroundColor);
    return found.length < 4 || found[3] === 1 ? found : paper(element.parentElement);
  };
  const seen = [...stepper.querySelectorAll("*")].filter((element) =>
    !element.closest("svg") && element.checkVisibility() &&
    [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()));
  return seen.map((element) => {
    const [one, other] = [parse(getComputedStyle(element).color), paper(element)].map(light);
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    return [element.textContent.slice(0, 40), ratio];
  });
}"""


@pytest.fixture(name="shared", scope="module")
def _shared(open_for_module: OpenNotebook) -> Shown:
    """One notebook for all tests that leave it as it was."""
    notebook = open_for_module(CELLS)
    notebook.run_all()
    stepper = notebook.page.locator(".ocallkit-stepper")
    stepper.wait_for()
    assert START == at(stepper), "a stepper opens where the invocation begins"
    return notebook, stepper


@pytest.fixture(name="shown")
def _shown(shared: Shown) -> Shown:
    """The stepper before the first step, with the focus on it."""
    notebook, stepper = shared
    stepper.focus()
    notebook.page.keyboard.press("Home")
    return notebook, stepper


STICKING_OUT = """stepper => [...stepper.querySelectorAll(":scope *:not(svg *)")]
  .filter((one) => one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 1
    && getComputedStyle(one).display !== "inline")
  .map((one) => one.className || one.localName)"""


def at(stepper: Locator) -> int:
    """The step at which the stepper says that it is."""
    words = stepper.locator(".count").inner_text()
    return int(words.split()[1])


def test_every_key_goes_where_it_says(shown: Shown) -> None:
    """From before the first step to after the last."""
    notebook, stepper = shown
    key = notebook.page.keyboard
    assert 0 == at(stepper)
    for name, expected in {
        "ArrowRight": 1,
        "j": 2,
        "ArrowDown": 3,
        "ArrowLeft": 2,
        "k": 1,
        "ArrowUp": 0,
        "End": LAST,
        "Home": 0,
        "f": BREAKS,
    }.items():
        key.press(name)
        assert (name, expected) == (name, at(stepper))


def test_a_step_changes_what_is_so_and_marks_it(shown: Shown) -> None:
    """Entries, sentence, source function and marks are those of the model at that step."""
    notebook, stepper = shown
    moment = next(one for one in snapshots(RUN) if len(one.changed) > 1)
    for _ in range(moment.number):
        notebook.page.keyboard.press("j")
    changed = stepper.locator("tr.new, tr.changed, tr.gone")
    assert len(moment.changed) == changed.count()
    for place, entry in enumerate(moment.changed):
        # Names may break at a space of no width, behind their separators.
        words = changed.nth(place).inner_text().replace("\u200b", "")
        assert entry.name in words
        assert entry.words in words
    assert " ".join(moment.told) == stepper.locator(".told").inner_text()
    assert f"{moment.file}: {moment.function}" in stepper.locator(".source").inner_text()


def test_f_goes_to_the_violation_and_marks_it(shown: Shown) -> None:
    """Before it each broken property is ahead; there it is broken, and what waits says why."""
    notebook, stepper = shown
    broken = len(violations(RUN))
    assert broken == stepper.locator(".marks .ahead").count()
    notebook.page.keyboard.press("f")
    assert (0, broken) == (
        stepper.locator(".marks .ahead").count(),
        stepper.locator(".marks .here").count(),
    )
    assert snapshots(RUN)[-1].cannot[0].reason in stepper.locator(".blocked").inner_text()


def test_a_click_on_a_message_goes_to_its_step(shown: Shown) -> None:
    """The message then stands in the frame, whose pointers stand at its step's messages."""
    _, stepper = shown
    row = next(row for row in places(RUN).rows if row.step == START + 2)
    stepper.locator(f"g[id$='-m{row.message}'] text").last.click()
    assert row.step == at(stepper)
    frame = stepper.locator(".now .frame").bounding_box()
    message = stepper.locator(f"g[id$='-m{row.message}']").bounding_box()
    assert frame is not None
    assert message is not None
    assert frame["y"] <= message["y"]
    assert message["y"] + message["height"] <= frame["y"] + frame["height"]
    mine = [one for one in places(RUN).rows if one.step == row.step]
    assert len(mine) == stepper.locator(".now .pointer").count()


def test_the_keys_of_jupyterlab_do_not_fire(shown: Shown) -> None:
    """Letters that insert, cut, delete or move cells leave the notebook as it was."""
    notebook, stepper = shown
    stepper.locator(".told").click()
    before = [cell["source"] for cell in notebook.cells]
    for key in ("a", "b", "x", "d", "d", "m", "j", "k", "Enter", "Space", "Space", "?"):
        notebook.page.keyboard.press(key)
    assert before == [cell["source"] for cell in notebook.cells]
    assert ["code", "code"] == [cell["cell_type"] for cell in notebook.cells]
    assert notebook.page.evaluate(
        "() => document.activeElement.closest('.ocallkit-stepper') !== null"
    )
    assert stepper.locator(".help").is_visible()
    notebook.page.keyboard.press("?")
    assert stepper.locator(".help").is_hidden()


def test_the_token_is_copied(shown: Shown) -> None:
    """What the button copies is the line that names the run."""
    notebook, stepper = shown
    stepper.get_by_role("button", name="Copy the token that names this run").click()
    stepper.get_by_text("copied", exact=True).wait_for()
    assert TOKEN == notebook.page.evaluate("() => navigator.clipboard.readText()")


def test_a_lane_is_singled_out_and_stepped_through(shown: Shown) -> None:
    """`.` and `,` stop only where the chosen lane has something; the others' messages fade."""
    notebook, stepper = shown
    stood = places(RUN)
    ta = next(place for place, lane in enumerate(stood.lanes) if lane.name == "TA")
    steps = sorted({row.step for row in stood.rows if ta in row.lanes})
    stepper.get_by_role("button", name="TA: single out this lane", exact=True).click()
    faded = [row for row in stood.rows if row.message and ta not in row.lanes]
    assert len(faded) == stepper.locator("g.off").count()
    notebook.page.keyboard.press("Home")
    for key, expected in [(".", steps[0]), (".", steps[1]), (",", steps[0])]:
        notebook.page.keyboard.press(key)
        assert (key, expected) == (key, at(stepper))
    stepper.get_by_role("button", name="TA: single out this lane", exact=True).click()
    assert 0 == stepper.locator("g.off").count()


def test_the_headers_of_the_lanes_stay_in_view(shown: Shown) -> None:
    """At the end of a long diagram they stand at its top, and the last message below them."""
    notebook, stepper = shown
    notebook.page.keyboard.press("End")
    # What comes behind the last message draws nothing.
    for _ in range(LAST - max(row.step for row in places(RUN).rows)):
        notebook.page.keyboard.press("k")
    assert stepper.locator(".diagram").evaluate("one => one.scrollTop") > 0
    head, diagram, frame = (
        stepper.locator(name).bounding_box() for name in (".head", ".diagram", ".now .frame")
    )
    assert head is not None
    assert diagram is not None
    assert frame is not None
    assert abs(head["y"] - diagram["y"]) < 3
    assert head["y"] + head["height"] <= frame["y"]
    assert frame["y"] + frame["height"] <= diagram["y"] + diagram["height"]


def test_python_and_the_page_tell_each_other_where_they_are(open_notebook: OpenNotebook) -> None:
    """A key moves `at` of the widget, and what Python sets moves the page."""
    notebook = open_notebook(
        [
            "from ipywidgets import Label\nfrom ocallkit import replay",
            "from ocallkit.widgets.stepper import Stepper",
            f"stepper = Stepper(replay({TOKEN!r}))\nstepper",
            """heard = Label()
stepper.observe(lambda change: heard.set_trait('value', f'at {change.new}'), 'at')
stepper.at = 3
heard""",
        ]
    )
    notebook.run_all()
    stepper = notebook.page.locator(".ocallkit-stepper")
    stepper.get_by_text("step 3 of").wait_for()
    stepper.focus()
    notebook.page.keyboard.press("j")
    notebook.page.get_by_text("at 4", exact=True).wait_for()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 1920])
def test_everything_is_in_its_place(shown: Shown, theme: str, width: int) -> None:
    """Each text has a contrast of 4.5 to 1, and nothing sticks out of its box; kept as pictures."""
    notebook, stepper = shown
    notebook.look(theme, width)
    stepper.evaluate("stepper => stepper.scrollIntoView()")
    stepper.focus()
    for name, keys in {"step": ["j"] * START + ["j", "j"], "violation": ["f"], "help": "?"}.items():
        for key in keys:
            notebook.page.keyboard.press(key)
        notebook.keep(f"stepper-{theme}-{width}-{name}")
        contrasts = stepper.evaluate(CONTRASTS)
        assert len(contrasts) > 40
        assert [] == [(text, round(ratio, 1)) for text, ratio in contrasts if ratio < 4.5]
    assert [] == stepper.evaluate(STICKING_OUT)
    notebook.page.keyboard.press("?")
