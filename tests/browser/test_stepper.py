"""The stepper in JupyterLab: by key, by click, in both themes."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from ocallkit import replay
from ocallkit.judging.branching import branch
from ocallkit.judging.comparing.two_runs import in_step
from ocallkit.judging.tokens import token
from ocallkit.view.places import places
from ocallkit.view.snapshot import property_about, snapshots, violations
from ocallkit.widgets.stories import turns

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


RINGS = """stepper => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const linear = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) =>
    0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const paper = (element) => {
    const found = parse(getComputedStyle(element).backgroundColor);
    return found.length < 4 || found[3] === 1 ? found : paper(element.parentElement);
  };
  const stops = [...stepper.querySelectorAll("button, select, input, summary")]
    .filter((one) => !one.disabled && one.checkVisibility());
  return [...(stepper.hasAttribute("tabindex") ? [stepper] : []), ...stops].map((one) => {
    document.activeElement.blur();
    one.focus({ focusVisible: true, preventScroll: true });
    const own = getComputedStyle(one).outlineStyle === "none" && one.querySelector(".tick");
    const { outlineColor, outlineStyle } = getComputedStyle(own || one);
    const [ring, behind] = [parse(outlineColor), paper(one.parentElement)].map(light);
    const ratio = (Math.max(ring, behind) + 0.05) / (Math.min(ring, behind) + 0.05);
    return [one.getAttribute("aria-label") ?? one.textContent, outlineStyle, ratio];
  });
}"""


@pytest.fixture(name="shared", scope="module")
def _shared(open_for_module: OpenNotebook) -> Shown:
    """One notebook for all tests that leave it as it was."""
    notebook = open_for_module(CELLS)
    notebook.run_all()
    stepper = notebook.page.locator(".ocallkit-stepper")
    stepper.wait_for()
    check_opening(notebook, stepper)
    return notebook, stepper


def check_opening(notebook: Notebook, stepper: Locator) -> None:
    """It opens on the invocation, all of it in view and nothing veiled, with the text's numbers."""
    assert START == at(stepper)
    assert not stepper.get_by_label("whole life").is_checked()
    diagram = box(stepper.locator(".diagram"))
    inside = [row.message for row in places(RUN).rows if row.message > 0 and row.step <= LAST]
    assert 1 == inside[0]
    for number in inside:
        message = box(stepper.locator(f"g[id$='-m{number}']"))
        assert diagram["y"] <= message["y"], number
        assert message["y"] + message["height"] <= diagram["y"] + diagram["height"], number
        label = stepper.locator(f"g[id$='-m{number}'] text").first
        assert str(number) == label.text_content()
    assert "0" == stepper.locator(".veil").get_attribute("height")
    notebook.keep("stepper-opens")


@pytest.fixture(name="shown")
def _shown(shared: Shown) -> Shown:
    """The stepper before the first step of the whole life, with the focus on it."""
    notebook, stepper = shared
    stepper.focus()
    if not stepper.get_by_label("whole life").is_checked():
        notebook.page.keyboard.press("w")
    notebook.page.keyboard.press("Home")
    return notebook, stepper


WIDEST = 320
"""Pixels of a picture from one lane to the next: more would be the gap of one that is hidden."""

LANES_DRAWN = """stepper => {
  const svg = stepper.querySelector(".sheet svg");
  const shown = (one) => getComputedStyle(one).display !== "none";
  const by = (one) => one.transform.baseVal.consolidate()?.matrix.e ?? 0;
  const xs = [...svg.querySelectorAll("[data-lane] > path:first-child")]
    .filter((one) => shown(one.parentElement) && /V/.test(one.getAttribute("d")))
    .map((one) => Number(/M(\\S+)/.exec(one.getAttribute("d"))[1]) + by(one.parentElement));
  const messages = [...svg.querySelectorAll("g[id*='-m']")].filter(shown);
  const ends = messages.flatMap((one) => {
    const [, from, to] = /^M(\\S+) \\S+H(\\S+)$/.exec(one.querySelector("path").getAttribute("d"));
    return [Number(from), Number(to)];
  });
  const labels = Object.fromEntries(messages.map((one) => {
    const boxes = [...one.querySelectorAll("text")].map((text) => {
      const { x, width } = text.getBBox();
      return [x + by(text), x + by(text) + width];
    });
    return [one.id, [Math.min(...boxes.map(([x]) => x)), Math.max(...boxes.map(([, x]) => x))]];
  }));
  return [xs, ends, labels];
}"""

STICKING_OUT = """stepper => [...stepper.querySelectorAll(":scope *:not(svg *)")]
  .filter((one) => one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 1
    && getComputedStyle(one).display !== "inline"
    && !["auto", "scroll"].includes(getComputedStyle(one).overflowX)
    && getComputedStyle(one).textOverflow !== "ellipsis")
  .map((one) => one.className || one.localName)"""


def at(stepper: Locator) -> int:
    """The step at which the stepper says that it is."""
    words = stepper.locator(".count").inner_text()
    return int(words.split()[1])


def box(what: Locator) -> dict[str, float]:
    """Where something is on the page."""
    found = what.bounding_box()
    assert found is not None
    return {side: found[side] for side in ("x", "y", "width", "height")}


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
    broken = list(violations(RUN))
    ahead = f"▷ violation ahead, at step {BREAKS}: {', '.join(broken)}"
    assert ahead == stepper.locator(".broken-line .ahead").inner_text()
    assert len(broken) == stepper.locator(".marks .ahead").count()
    notebook.page.keyboard.press("f")
    assert (0, len(broken)) == (
        stepper.locator(".marks .ahead").count(),
        stepper.locator(".marks .here").count(),
    )
    assert (
        f"✗ broken here: {', '.join(broken)}" == stepper.locator(".broken-line .here").inner_text()
    )
    assert snapshots(RUN)[-1].cannot[0].reason in stepper.locator(".blocked").inner_text()


def test_a_property_says_what_it_asks_without_a_mouse(shown: Shown) -> None:
    """The line of what is broken leads to the properties, where each has its sentence."""
    notebook, stepper = shown
    notebook.page.keyboard.press("f")
    stepper.locator(".broken-line .here").focus()
    notebook.page.keyboard.press("Enter")
    marks = stepper.locator(".marks")
    assert marks.is_visible()
    for name in violations(RUN):
        assert property_about(name) in marks.inner_text()
    stepper.get_by_role("tab", name="What is so").click()


def test_at_a_deadlock_it_is_seen_who_waits_for_whom(shown: Shown) -> None:
    """In place of the state, and only there."""
    notebook, stepper = shown
    waits = stepper.locator(".more img")
    assert RUN.ending == waits.get_attribute("alt")
    assert waits.is_hidden()
    notebook.page.keyboard.press("f")
    waits.wait_for()
    notebook.page.keyboard.press("k")
    assert waits.is_hidden()
    assert "What is so" == stepper.locator("[aria-selected='true']").inner_text()


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
    notebook.page.keyboard.press(",")
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


def test_who_is_led_to_a_step_sees_at_once_what_can_and_cannot_happen(
    open_notebook: OpenNotebook,
) -> None:
    """Opened where it begins below all of the picture; opened at a violation, with what waits."""
    notebook = open_notebook(
        [
            "from ocallkit import replay\nfrom ocallkit.widgets.stepper import Stepper",
            f"Stepper(replay({TOKEN!r}))",
            f"Stepper(replay({TOKEN!r}), at={LAST})",
        ]
    )
    notebook.run_all()
    steppers = notebook.page.locator(".ocallkit-stepper")
    expect(steppers).to_have_count(2)
    assert [START, LAST] == [at(one) for one in steppers.all()]
    expect(steppers.first.locator(".follows")).to_contain_text("this run goes on so")
    for panel in (".follows", ".more"):
        expect(steppers.first.locator(panel)).to_be_visible()
        assert box(steppers.first.locator(panel))["height"] >= 60
    assert box(steppers.first)["height"] <= 680
    expect(steppers.last.locator(".blocked")).to_contain_text(snapshots(RUN)[-1].cannot[0].reason)
    expect(steppers.last.locator(".blocked")).to_be_visible()


def test_another_way_is_gone_by_a_click_and_come_back_from(shown: Shown) -> None:
    """The new run begins where the old was left, has a token of its own, and a way back."""
    notebook, stepper = shown
    asked = next(
        m for m in snapshots(RUN) if any(one.name == "A:kill" and one.taken for one in m.can)
    )
    for _ in range(asked.number):
        notebook.page.keyboard.press("j")
    buttons = stepper.locator(".next button")
    order = sorted(asked.can, key=lambda one: not one.taken)
    expected = [*(one.name for one in order), *(one.name for one in asked.cannot)]
    assert expected == buttons.all_inner_texts()
    faults = stepper.locator(".next button.fault").all_inner_texts()
    assert [one.name for one in order if one.fault] == faults
    buttons.get_by_text("A:handler-error").click()
    stepper.locator(".trail button").wait_for()
    assert asked.number + 1 == at(stepper)
    assert stepper.get_by_label("whole life").is_checked(), "of the other run it is shown too"
    assert "0" == stepper.locator(".track input").get_attribute("min")
    other = branch(RUN, asked.number, "A:handler-error")
    assert token(other) == stepper.locator(".foot code").inner_text().replace("\u200b", "")
    assert "A:handler-error" in stepper.locator(".line").inner_text()
    notebook.keep("stepper-branch")
    stepper.locator(".trail button").click()
    stepper.locator(".trail button").wait_for(state="detached")
    assert asked.number == at(stepper)
    assert TOKEN == stepper.locator(".foot code").inner_text().replace("\u200b", "")


def test_another_design_is_taken_in_step_and_both_stop_where_they_part(shown: Shown) -> None:
    """End stops there first, and says so; both pictures show where they are."""
    notebook, stepper = shown
    other = replay(TOKEN, "held-refs")
    both = in_step(RUN, other)
    assert both.parts is not None
    stepper.locator(".view summary").click()
    stepper.get_by_label("Beside another design").select_option("held-refs")
    stepper.locator(".parting").wait_for()
    stepper.focus()
    notebook.page.keyboard.press("Home")
    assert f"up to step {both.parts}" in stepper.locator(".parting").inner_text()
    notebook.page.keyboard.press("End")
    assert both.parts == at(stepper)
    assert "Here the two part." == stepper.locator(".parting").inner_text()
    assert f"step {both.pairs[both.parts]}:" in stepper.locator(".theirs").last.inner_text()
    rows = [row.step for row in places(RUN).rows].count(both.parts)
    others = [row.step for row in places(other).rows].count(both.pairs[both.parts])
    # Where a step draws nothing, one pointer stands between two rows.
    assert max(1, rows) + max(1, others) == stepper.locator(".now .pointer").count()
    notebook.keep("stepper-beside")
    notebook.page.keyboard.press("End")
    assert LAST == at(stepper)
    stepper.locator(".view").evaluate("one => { one.open = true; }")
    stepper.get_by_label("Beside another design").select_option("")
    stepper.locator(".parting").wait_for(state="detached")
    stepper.locator(".view").evaluate("one => { one.open = false; }")


def test_the_slider_has_marks_that_lead_to_what_they_mark(shown: Shown) -> None:
    """OCALL, death, violation, from left to right where they are."""
    _, stepper = shown
    marks = stepper.locator(".turns button")
    steps = sorted({one["step"] for one in turns(RUN)})
    assert ["◆", "†", "✗"] == marks.all_inner_texts()
    for place, step in enumerate(steps):
        marks.nth(place).click()
        assert step == at(stepper)
    track = box(stepper.locator(".track"))
    lefts = [box(marks.nth(place))["x"] - track["x"] for place in range(len(steps))]
    wanted = [8 + step / LAST * (track["width"] - 16) - 8 for step in steps]
    assert all(abs(one - other) < 1 for one, other in zip(lefts, wanted, strict=True))


def test_play_goes_on_at_the_speed_asked_for_and_pauses_at_a_move(shown: Shown) -> None:
    """Any move: a key, here."""
    notebook, stepper = shown
    stepper.locator(".view").evaluate("one => { one.open = true; }")
    stepper.get_by_label("Speed").select_option("4")
    stepper.locator(".view").evaluate("one => { one.open = false; }")
    stepper.focus()
    notebook.page.keyboard.press("Space")
    stepper.get_by_text("Pause", exact=True).wait_for()
    notebook.page.wait_for_function(
        "() => +document.querySelector('.ocallkit-stepper .track input').value >= 3", timeout=3000
    )
    notebook.page.keyboard.press("k")
    stepper.get_by_text("Play", exact=True).wait_for()
    stopped = at(stepper)
    notebook.page.wait_for_timeout(600)
    assert stopped == at(stepper)


def test_one_goes_message_by_message(shown: Shown) -> None:
    """Each message of a step has the frame to itself, in both directions."""
    notebook, stepper = shown
    step = next(m.number for m in snapshots(RUN) if m.function == "smc_call_with_arg")
    own = [row.message for row in places(RUN).rows if row.step == step]
    assert len(own) > 2
    for _ in range(step - 1):
        notebook.page.keyboard.press("j")
    for number in own:
        notebook.page.keyboard.press("m")
        assert f"step {step} of {LAST} · message {number}" == stepper.locator(".count").inner_text()
        assert 1 == stepper.locator(".now .pointer").count()
    notebook.page.keyboard.press("M")
    assert f"message {own[-2]}" in stepper.locator(".count").inner_text()
    notebook.page.keyboard.press("k")
    assert step - 1 == at(stepper)


def test_a_message_is_found_and_so_is_the_next_change_of_a_record(shown: Shown) -> None:
    """Enter leads to each in turn, around the end; a record's name to its changes."""
    notebook, stepper = shown
    notebook.page.keyboard.press("/")
    notebook.page.keyboard.type("Register SHM")
    steps = [m.number for m in snapshots(RUN) if "register shm" in " ".join(m.told).lower()]
    assert len(steps) > 1
    for place, step in enumerate([*steps, steps[0]]):
        assert (step, f"{place % len(steps) + 1} of {len(steps)}") == (
            at(stepper),
            stepper.locator(".found").inner_text(),
        )
        notebook.page.keyboard.press("Enter")
    notebook.page.keyboard.press("Shift+Enter")
    assert steps[0] == at(stepper)
    stepper.get_by_label("Find").fill("no such thing")
    assert "nothing found" == stepper.locator(".found").inner_text()
    stepper.get_by_label("Find").fill("")
    notebook.page.keyboard.press("Escape")
    notebook.page.keyboard.press("Home")
    notebook.page.keyboard.press("j")
    record = "tee_context A"
    changes = [m.number for m in snapshots(RUN) if record in {one.name for one in m.changed}]
    stepper.get_by_role("button", name=f"{record}: to its next change").click()
    assert changes[1] == at(stepper)
    notebook.page.keyboard.press("n")
    assert [*changes, *changes][2] == at(stepper)


def test_a_lane_is_hidden_and_shown_again(shown: Shown) -> None:
    """Its messages are gone, the keys pass them by, the others move together, and it is said."""
    notebook, stepper = shown
    stood = places(RUN)
    ta = next(place for place, lane in enumerate(stood.lanes) if lane.name == "TA")
    gone = [row for row in stood.rows if row.message and ta in row.lanes]
    wide = stepper.locator(".sheet svg").get_attribute("viewBox")
    stepper.get_by_role("button", name="TA: single out this lane", exact=True).click()
    notebook.page.keyboard.press("h")
    for row in gone:
        assert stepper.locator(f"g[id$='-m{row.message}']").is_hidden()
    assert len(gone) == stepper.locator("g.hidden").count()
    assert stepper.get_by_role("button", name="TA: single out this lane", exact=True).is_hidden()
    stepper.locator(".view").evaluate("one => { one.open = true; }")
    stepper.get_by_label("lane TEE Driver", exact=True).uncheck()
    notebook.keep("stepper-lanes-hidden")
    check_lanes(stepper)
    left = [one for one in stood.rows if one.message]
    names = {"TA", "TEE Driver"}
    hidden = {place for place, lane in enumerate(stood.lanes) if lane.name in names}
    count = sum(1 for row in left if hidden & set(row.lanes))
    away = stepper.locator(".heading .away")
    words = f"TEE Driver, TA hidden, and {count} messages with them: show"
    assert words == away.inner_text()
    stepper.locator(".view").evaluate("one => { one.open = false; }")
    away.click()
    assert 0 == stepper.locator("g.hidden").count()
    assert wide == stepper.locator(".sheet svg").get_attribute("viewBox")
    assert stepper.locator(".head button").first.is_visible()
    check_lanes(stepper)


def check_lanes(stepper: Locator) -> None:
    """No lane is far from the next, arrows begin and end at lanes, and labels stand apart."""
    xs, ends, labels = stepper.evaluate(LANES_DRAWN)
    gaps = [other - one for one, other in pairwise(xs)]
    assert max(gaps) < WIDEST
    assert ends
    reach = 24  # where two bars stand abreast
    assert [] == [end for end in ends if min(abs(end - x) for x in xs) > reach]
    over = [
        (one, x) for one, (left, right) in labels.items() for x in xs if left + 1 < x < right - 1
    ]
    assert [] == over


def test_reference_counts_stand_beside_the_messages(shown: Shown) -> None:
    """A lane for each record that is counted; each count where it changes."""
    _, stepper = shown
    counted: dict[str, list[int]] = {}
    for moment in snapshots(RUN):
        entries = (e for s in moment.sections for e in s.entries if e.change != "gone")
        for entry in entries:
            if entry.count is not None:
                found = counted.setdefault(entry.name, [])
                if found[-1:] != [entry.count]:
                    found.append(entry.count)
    stepper.locator(".view").evaluate("one => { one.open = true; }")
    stepper.get_by_label("reference counts as lanes").check()
    lanes = stepper.locator(".counts > g")
    titles = lanes.locator("title").all_text_contents()
    assert [f"references on {name}" for name in counted] == titles
    for place, counts in enumerate(counted.values()):
        assert list(map(str, counts)) == lanes.nth(place).locator("text").all_text_contents()
    stepper.get_by_label("reference counts as lanes").uncheck()
    assert 0 == lanes.count()
    stepper.locator(".view").evaluate("one => { one.open = false; }")


def test_the_keyboard_has_one_stop_arrows_inside_and_escape_out(shown: Shown) -> None:
    """Enter leads to the buttons, arrows from one to another, Escape back and then out."""
    notebook, stepper = shown
    stops = stepper.evaluate(
        "one => [...one.querySelectorAll('*')].filter(part => part.tabIndex >= 0).length"
    )
    assert 0 == stops

    def focused() -> int:
        place: int = stepper.evaluate(
            "one => [...one.querySelectorAll('button, select, input, summary')]"
            ".indexOf(document.activeElement)"
        )
        return place

    seen = []
    for name in ("Enter", "ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"):
        notebook.page.keyboard.press(name)
        seen.append(focused())
    first, second, third = seen[:3]
    assert 0 <= first < second < third
    assert [first, second, third, second, first] == seen
    assert 0 == at(stepper), "arrows among the buttons are no steps"
    notebook.page.keyboard.press("Escape")
    assert stepper.evaluate("one => document.activeElement === one")
    notebook.page.keyboard.press("ArrowRight")
    assert 1 == at(stepper)
    notebook.page.keyboard.press("Escape")
    assert not stepper.evaluate("one => one.contains(document.activeElement)")


def test_a_run_is_saved_as_png_and_as_the_line_that_opens_this_step(shown: Shown) -> None:
    """The menu has both behind the forms that Python writes."""
    notebook, stepper = shown
    notebook.page.keyboard.press("j")
    stepper.get_by_label("Form in which it is saved").select_option("png")
    with notebook.page.expect_download() as waiting:
        stepper.get_by_role("button", name="Save this run as a file").click()
    content = waiting.value.path().read_bytes()
    assert b"\x89PNG" == content[:4]
    assert "flow-1-memref-under-ecall.png" == waiting.value.suggested_filename
    stepper.get_by_label("Form in which it is saved").select_option("link")
    stepper.get_by_role("button", name="Save this run as a file").click()
    stepper.get_by_text("copied", exact=True).wait_for()
    line = f'Stepper(replay("{TOKEN}"), at=1)'
    assert line == notebook.page.evaluate("() => navigator.clipboard.readText()")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280, 1920])
def test_everything_is_in_its_place(shown: Shown, theme: str, width: int) -> None:
    """Each text has a contrast of 4.5 to 1, each focus of 3 to 1, nothing sticks out of its box.

    From 1280 pixels on all of it fits a screen of 680.  Kept as pictures.
    """
    notebook, stepper = shown
    notebook.look(theme, width)
    stepper.evaluate("stepper => stepper.scrollIntoView()")
    stepper.focus()
    for name, keys in {"step": ["j"] * START + ["j", "j"], "violation": ["f"]}.items():
        for key in keys:
            notebook.page.keyboard.press(key)
        notebook.keep(f"stepper-{theme}-{width}-{name}")
        if width >= 1280:
            assert box(stepper)["height"] <= 680
    notebook.page.keyboard.press("?")
    notebook.keep(f"stepper-{theme}-{width}-help")
    for tab in ("Properties", "This step", "What is so"):
        stepper.get_by_role("tab", name=tab).click()
        contrasts = stepper.evaluate(CONTRASTS)
        assert len(contrasts) > 40
        assert [] == [(text, round(ratio, 1)) for text, ratio in contrasts if ratio < 4.5]
    rings = stepper.evaluate(RINGS)
    assert len(rings) > 20
    assert [] == [one for one in rings if one[1] != "solid" or one[2] < 3]
    assert [] == stepper.evaluate(STICKING_OUT)
    stepper.focus()
    notebook.page.keyboard.press("?")
