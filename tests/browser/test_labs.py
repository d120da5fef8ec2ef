"""The labs in JupyterLab: a reader decides, the model answers, and it can be seen."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from ocallkit.designs import DESIGNS
from ocallkit.judging.comparing.two_verdicts import worst
from ocallkit.labs.crash import Crash, Situation
from ocallkit.labs.designs import choice_of, verdict
from ocallkit.scenarios import SCENARIOS
from tests.browser.test_stepper import CONTRASTS, RINGS

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator

    from tests.browser.lab import Notebook

    OpenNotebook = Callable[..., Notebook]

CRASH = ["from ocallkit.widgets.crash_lab import CrashLab", "CrashLab()"]
DESIGN = ["from ocallkit.widgets.design_lab import DesignLab", "DesignLab()"]
MATRIX = [
    "from ocallkit import matrix\nfrom ocallkit.widgets.matrix_view import MatrixView",
    "MatrixView(matrix(['flow-1', 'flow-2', 'flow-1-memref'], threads=[2], processes=1))",
]
LABS = {"crash-lab": CRASH, "design-lab": DESIGN, "matrix-view": MATRIX}

PENDING = next(gap for gap in Situation("flow-1-memref", "ecall").gaps if 3 in gap.crosses)
"""The gap in which the OCALL of `flow-1-memref` is pending."""

TWO = "shared-instance-memory"
"""A scenario of two CAs."""

STEPPER = ".jp-OutputArea-output:has(.{}) .ocallkit-stepper"
"""The stepper below a lab."""

ALIVE = "Under ecall: it ends well; under held-refs-pre-release: it ends well."

TALL = 2200
"""Pixels of height in which a whole lab is on the screen."""

STICKS_OUT = """lab => [...lab.querySelectorAll(":scope *:not(svg *)")]
  .filter((one) => one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 1
    && !["auto", "scroll"].includes(getComputedStyle(one).overflowX)
    && getComputedStyle(one).display !== "inline")
  .map((one) => one.className || one.localName)"""


@pytest.fixture(name="page", scope="module")
def _page(open_for_module: OpenNotebook) -> Notebook:
    """One notebook with all the labs for every test here."""
    notebook = open_for_module([cell for cells in LABS.values() for cell in cells])
    notebook.run_all()
    return notebook


@pytest.fixture(name="crash_lab")
def _crash_lab(page: Notebook) -> Locator:
    """The crash lab as it opens, whatever was decided before."""
    lab = page.page.locator(".crash-lab")
    steps = lab.get_by_role("button", name="Step through it")
    if steps.get_attribute("aria-pressed") == "true":
        steps.click()
    # Another scenario begins with a CA that lives, and the first order.
    for scenario in ("plain-invoke", "flow-1-memref"):
        lab.get_by_label("Scenario").select_option(scenario)
        expect(lab).not_to_have_attribute("aria-busy", "true")
    lab.get_by_label("Design").select_option("ecall")
    expect(lab).not_to_have_attribute("aria-busy", "true")
    expect(lab.locator(".said")).to_have_text(ALIVE)
    expect(lab.locator(".gap")).to_have_count(len(Situation("flow-1-memref", "ecall").gaps))
    return lab


def test_the_crash_lab_goes_to_a_deadlock_and_to_its_cure(
    page: Notebook, crash_lab: Locator
) -> None:
    """A click kills the CA; one order hangs, dragging its files into the other cures it."""
    notebook, lab = page, crash_lab
    lab.locator(".gap").nth(PENDING.row).click()
    files = lab.locator(".files li b")
    expect(files).to_have_text(["context", "memref"])
    said = lab.locator(".said")
    expect(said).to_contain_text("Under ecall: it ends well")
    lab.locator(".files li").nth(1).drag_to(lab.locator(".files li").nth(0))
    expect(files).to_have_text(["memref", "context"])
    expect(said).to_contain_text("Under ecall: deadlock")
    ends = lab.locator(".ends")
    expect(ends).to_contain_text("secure thread 1 (A) waits for secure thread 0 (A)")
    notebook.keep("crash-lab-deadlock", lab)
    # And the cure by key: the memory's file goes later.
    lab.get_by_role("button", name="memref: close it later").press("Enter")
    expect(files).to_have_text(["context", "memref"])
    expect(said).to_contain_text("Under ecall: it ends well")
    # The other cure: another design, under which the bad order does no harm.
    lab.get_by_role("button", name="memref: close it earlier").press("Enter")
    expect(said).to_contain_text("Under ecall: deadlock; under held-refs-pre-release: it ends well")


def test_a_click_on_a_gap_moves_the_mark(page: Notebook, crash_lab: Locator) -> None:
    """Whether or not something else comes of it; the picture goes on with what happened."""
    notebook, lab = page, crash_lab
    gaps = Situation("flow-1-memref", "ecall").gaps
    assert sum(len(gap.crosses) for gap in gaps) == lab.locator(".cross").count()
    for gap in (PENDING, *(one for one in gaps if one.moment == PENDING.moment and one.waits)):
        lab.locator(".gap").nth(gap.row).click()
        expect(lab.locator(".gap").nth(gap.row)).to_have_attribute("aria-pressed", "true")
        expect(lab.locator(".gap.chosen")).to_have_count(1)
        expect(lab.locator(".death")).to_contain_text("it ends well")
    expect(lab.locator(".canvas svg")).to_contain_text("CA A is killed")
    expect(lab.locator(".gap")).to_have_count(PENDING.dies_after + 1)
    lab.get_by_role("button", name="Die later").click()
    moments = [one for gap in gaps for one in gap.crosses]
    after = moments[moments.index(3) + 1]
    later = next(gap for gap in gaps if after in gap.crosses)
    expect(lab.locator(".gap").nth(later.row)).to_have_attribute("aria-pressed", "true")
    lab.get_by_role("button", name="Die earlier").click()
    expect(lab.locator(".gap").nth(PENDING.row)).to_have_attribute("aria-pressed", "true")
    lab.get_by_role("button", name="memref: close it earlier").click()
    expect(lab.locator(".death")).to_contain_text("the CA dies here: deadlock")
    notebook.keep("crash-lab-happened", lab)


def test_step_through_it_is_pressed_and_comes_into_view(page: Notebook, crash_lab: Locator) -> None:
    """And goes again."""
    lab, stepper = crash_lab, page.page.locator(STEPPER.format("crash-lab"))
    steps = lab.get_by_role("button", name="Step through it")
    steps.click()
    expect(stepper).to_be_in_viewport()
    expect(steps).to_have_attribute("aria-pressed", "true")
    steps.click()
    expect(stepper).to_have_count(0)
    expect(steps).to_have_attribute("aria-pressed", "false")


def test_a_kill_in_the_kernel_waits_and_says_so(page: Notebook, crash_lab: Locator) -> None:
    """By key: from the start of the invocation down, and Enter."""
    notebook, lab = page, crash_lab
    lab.locator(".gap[tabindex='0']").focus()
    notebook.page.keyboard.press("ArrowDown")
    expect(lab.locator(".hint")).to_contain_text("in the kernel (TEE_IOC_ECALL/Func Invoke)")
    notebook.page.keyboard.press("Enter")
    expect(lab.locator(".death")).to_contain_text("the CA dies here, when it is back")
    cells = [cell["source"] for cell in notebook.cells]
    for key in "abxdd":
        notebook.page.keyboard.press(key)
    assert cells == [cell["source"] for cell in notebook.cells]


def test_find_me_one_loads_the_shortest_bad_ending(page: Notebook, crash_lab: Locator) -> None:
    """Where there is one; else it says that there is none; it can be stepped through."""
    notebook, lab = page, crash_lab
    lab.get_by_role("button", name="Find me one").click()
    expect(lab.locator(".said")).to_contain_text("Under ecall: deadlock")
    chosen = lab.locator(".gap.chosen")
    expect(chosen).to_have_count(1)
    lab.get_by_role("button", name="Step through it").click()
    expect(notebook.page.locator(STEPPER.format("crash-lab"))).to_contain_text(
        "flow-1-memref under ecall"
    )
    lab.get_by_label("Design").select_option("held-refs-pre-release")
    lab.get_by_role("button", name="Find me one").click()
    expect(lab.locator(".said")).to_contain_text("every ending is a good one")
    expect(chosen).to_have_count(0)


@pytest.fixture(name="several")
def _several(crash_lab: Locator) -> Locator:
    """The lab with two CAs, of which the second waits where the first one is."""
    crash_lab.get_by_label("Design").select_option("held-refs-pre-release")
    crash_lab.get_by_label("Scenario").select_option(TWO)
    expect(crash_lab.locator(".turns")).to_contain_text("A goes before B")
    return crash_lab


def test_each_of_several_cas_can_be_killed_at_each_of_its_moments(several: Locator) -> None:
    """A cross says whose it is, and one click on it is enough; the other one lives on."""
    lab = several
    for who, other in (("B", "A"), ("A", "B")):
        here = Situation(TWO, "held-refs-pre-release", who=who)
        crosses = lab.locator(".cross", has_text=f"✕{who}")
        if lab.locator(".cross.chosen").count():
            lab.get_by_role("button", name="Let all live").click()
        expect(crosses).to_have_count(len(here.moments))
        crosses.nth(2).click()
        expect(lab.locator(".cross.chosen")).to_have_text(f"✕{who}")
        expect(lab.get_by_label("Who dies")).to_have_value(who)
        expect(lab.locator(".death")).to_contain_text(f"CA {who} dies here: it ends well")
        expect(lab.locator(".death span")).to_be_in_viewport()
        expect(lab.locator(".ends")).to_contain_text(f"CA {other} gets SUCCESS from its TA")
        gap = next(gap for gap in here.gaps if gap.moment == 1 and gap.waits)
        lab.locator(".gap").nth(gap.row).click()
        expect(lab.locator(".gap.chosen")).to_have_count(1)
        expect(lab.locator(".gap").nth(gap.row)).to_have_attribute("aria-pressed", "true")
        lab.get_by_role("button", name="Die later").click()
        expect(lab.locator(".cross.chosen")).to_have_text(f"✕{who}")


def test_a_bad_ending_of_several_cas_comes_with_its_turns(page: Notebook, several: Locator) -> None:
    """What is shown is the run that was found; one can go back to the lab's own."""
    lab = several
    lab.get_by_role("button", name="Find me one").click()
    expect(lab.locator(".said")).to_contain_text("Under held-refs-pre-release: deadlock")
    expect(lab.locator(".turns")).to_contain_text("These are the turns of the bad ending")
    expect(lab.locator(".death")).to_contain_text("CA A dies here: deadlock")
    expect(lab.locator(".death span")).to_be_in_viewport(ratio=1)
    expect(lab.locator(".ends")).to_contain_text("CA B never comes to its end")
    page.keep("crash-lab-several", lab)
    lab.get_by_role("button", name="Back to its own turns").click()
    expect(lab.locator(".turns")).to_contain_text("A goes before B")
    expect(lab.locator(".said")).to_contain_text("it ends well")


def test_each_of_several_moments_in_a_gap_can_be_clicked(crash_lab: Locator) -> None:
    """Two threads of one CA: while one waits in user mode, the other goes on in the kernel."""
    lab = crash_lab
    lab.get_by_label("Scenario").select_option("two-threads-one-session")
    gaps = Situation("two-threads-one-session", "ecall").gaps
    gap = next(gap for gap in gaps if len(gap.crosses) > 1)
    before = sum(len(one.crosses) for one in gaps[: gap.row])
    expect(lab.locator(".cross")).to_have_count(sum(len(one.crosses) for one in gaps))
    for place in range(len(gap.crosses)):
        lab.locator(".cross").nth(before + place).click()
        expect(lab.locator(".cross").nth(before + place)).to_have_attribute("aria-pressed", "true")
        expect(lab.locator(".cross.chosen")).to_have_count(1)


def test_a_cell_of_the_matrix_opens_its_counterexample(page: Notebook) -> None:
    """By click and by key; a property can be singled out."""
    notebook, lab = page, page.page.locator(".matrix-view")
    stepper = notebook.page.locator(STEPPER.format("matrix-view"))
    lab.get_by_role("button", name="ecall in flow-1-memref: deadlock").click()
    expect(stepper).to_contain_text("flow-1-memref under ecall")
    expect(lab.locator(".said")).to_contain_text("no-blocking-release, nothing-left broken after")
    notebook.keep("matrix-view-open")
    notebook.page.keyboard.press("ArrowLeft")
    notebook.page.keyboard.press("Enter")
    expect(lab.locator(".said")).to_contain_text(
        "ecall in flow-2, 2 secure threads: every property"
    )
    expect(stepper).to_have_count(0)
    lab.get_by_label("What breaks").select_option("no-use-after-free")
    expect(lab.locator("[data-word=holds]")).to_have_count(3 * len(DESIGNS) - 1)


def test_the_design_lab_goes_through_the_named_designs(page: Notebook) -> None:
    """Each is reached by its answers, says its name, and has the verdicts of its design."""
    notebook, lab = page, page.page.locator(".design-lab")
    for name, design in DESIGNS.items():
        choice = choice_of(design)
        for field in choice.__struct_fields__:
            value = str(getattr(choice, field)).replace("True", "true").replace("False", "false")
            lab.locator(f"[data-key='{field}-{value}']").check()
        expect(lab.locator(".nearest")).to_contain_text(f"This is {name}:")
        for scenario in SCENARIOS:
            word = worst(verdict(choice, scenario, 2).broken)
            expect(lab.locator(f"[data-key='{scenario}']")).to_have_attribute("data-word", word)
    notebook.keep("design-lab-two-lists", lab)


def test_the_last_answer_says_what_it_healed(page: Notebook) -> None:
    """In words at each scenario; a scenario that breaks opens below."""
    notebook, lab = page, page.page.locator(".design-lab")
    lab.get_by_role("button", name="held-refs", exact=True).click()
    lab.locator("[data-key='flow-2']").click()
    expect(notebook.page.locator(STEPPER.format("design-lab"))).to_contain_text(
        "flow-2 under held-refs"
    )
    lab.locator("[data-key='cancel-pre_release']").check()
    expect(lab.locator("[data-key='flow-2'] .change")).to_have_text("healed: was leak")
    expect(lab.locator("[data-key='flow-1'] .change")).to_have_text("")


def test_the_decisions_of_a_crash_are_the_models(crash_lab: Locator) -> None:
    """What the page says of an end is what the model says of it."""
    lab = crash_lab
    lab.locator(".gap").nth(PENDING.row).click()
    lab.get_by_role("button", name="memref: close it earlier").click()
    end = Situation("flow-1-memref", "ecall").outcome(Crash(PENDING.moment, ("memref",)))
    for entry in end.left:
        expect(lab.locator(".ends")).to_contain_text(entry.words)


def test_an_exercise_is_answered_wrongly_and_rightly(open_notebook: OpenNotebook) -> None:
    """In the notebook itself, by key: what is wrong is said at once, and so is what is right."""
    notebook = open_notebook("notebooks/21-play.ipynb")
    notebook.run_all()
    cell = notebook.page.locator(".jp-CodeCell", has_text='check("21-one-answer"')
    expect(cell).to_contain_text("No answer yet")
    line = cell.locator(".cm-line", has_text="answer =")
    for answer, words in (
        ("cancel", "Not yet. Not by cancel alone"),
        ("holds_memories", "Right. ocall-fd deadlocks"),
    ):
        line.click()
        notebook.page.keyboard.press("Home")
        notebook.page.keyboard.press("Shift+End")
        # Pasted: typing would close each quote by a second one.
        notebook.page.keyboard.insert_text(f'answer = "{answer}"')
        notebook.page.keyboard.press("Control+Enter")
        expect(cell).to_contain_text(words)
    notebook.keep("exercise-right", cell)


@pytest.mark.parametrize("name", LABS)
def test_everything_is_in_its_place(page: Notebook, name: str) -> None:
    """Each text has a contrast of 4.5 to 1, each focus of 3 to 1; nothing sticks out of its box.

    Kept as pictures.
    """
    notebook, lab = page, page.page.locator(f".{name}")
    if name == "crash-lab":
        lab.get_by_label("Scenario").select_option(TWO)
        lab.get_by_label("Design").select_option("ecall")
        lab.get_by_role("button", name="Find me one").click()
        expect(lab.locator(".gap.chosen")).to_have_count(1)
    if name == "design-lab":
        lab.get_by_role("button", name="held-refs", exact=True).click()
        expect(lab.locator(".nearest")).to_contain_text("This is held-refs:")
    if name != "crash-lab":
        # What is chosen stands on the accent, with its small text.
        if not lab.locator(".verdict[aria-pressed='true']").count():
            lab.locator(".verdict").first.click()
        expect(lab.locator(".verdict[aria-pressed='true']")).to_have_count(1)
    # The others have a test of their own where the pane is narrow.
    widths = (390, 1280, 1920) if name == "crash-lab" else (1280, 1920)
    for theme, width in product(("light", "dark"), widths):
        notebook.look(theme, width)
        # A picture of an element shows what is on the screen.
        notebook.page.set_viewport_size({"width": width, "height": TALL})
        notebook.keep(f"{name}-{theme}-{width}", lab)
        contrasts = lab.evaluate(CONTRASTS)
        assert len(contrasts) > 20
        assert [] == [(text, round(ratio, 1)) for text, ratio in contrasts if ratio < 4.5]
        rings = lab.evaluate(RINGS)
        assert len(rings) > 5
        assert [] == [one for one in rings if one[1] != "solid" or one[2] < 3]
        assert [] == lab.evaluate(STICKS_OUT)
    notebook.look("light", 1280)
