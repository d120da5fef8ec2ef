"""The labs answer what is decided, and show something where there is no kernel."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from ocallkit import judge, run
from ocallkit.designs import DESIGNS
from ocallkit.errors import UnknownNameError, UsageError
from ocallkit.judging.matrix import Cell, matrix
from ocallkit.labs.crash import Situation, unfit
from ocallkit.labs.designs import Choice, choice_of
from ocallkit.labs.outcome import outcome
from ocallkit.properties import NAMES
from ocallkit.scenarios import ALL, SCENARIOS
from ocallkit.view.svg import to_svg
from ocallkit.widgets.crash_lab import CrashLab
from ocallkit.widgets.design_lab import DesignLab
from ocallkit.widgets.ends import ends, side_by_side
from ocallkit.widgets.lab import NEEDS_KERNEL
from ocallkit.widgets.matrix_view import MatrixView

if TYPE_CHECKING:
    from ocallkit.widgets.lab import Lab

PENDING = next(
    gap.row for gap in Situation("flow-1-memref", "ecall").gaps if gap.moment == 3 and not gap.waits
)
"""The gap in which the OCALL is pending and the CA in user mode."""


@pytest.fixture(name="cells", scope="module")
def _cells() -> tuple[Cell, ...]:
    return matrix(["flow-1", "flow-2-memref"], threads=[2], processes=1)


# --- the crash lab ---------------------------------------------------------------------------


def test_a_crash_lab_opens_with_a_ca_that_lives() -> None:
    """Nothing is left, no file is to be ordered, no stepper stands below."""
    lab = CrashLab()
    assert (run("flow-1-memref", "ecall").schedule, []) == (
        lab.mine.run.schedule,
        lab.panel.shown["files"],
    )
    assert (lab.panel,) == lab.box.children


def test_what_is_decided_on_the_page_is_run() -> None:
    """Each design with the same moment and order; the files in the order in which they go."""
    lab = CrashLab(beside="ocall-fd", row=PENDING)
    lab.panel.asked = {"decisions": [{"turn": 1, "changes": {"order": ["memref"]}}]}
    assert lab.other is not None
    assert ("deadlock", "deadlock") == (lab.mine.word, lab.other.word)
    expected = [("memref", ""), ("context", ""), ("request", "(only under ocall-fd)")]
    assert expected == [(file["name"], file["note"]) for file in lab.panel.shown["files"]]
    lab.decide(order=["request", "context", "memref"])
    assert "Under ecall: it ends well; under ocall-fd: it ends well." == lab.panel.shown["said"]


def test_what_the_page_asks_is_answered_and_never_overwritten() -> None:
    """A second decision may be on its way: the answer says of which one it is."""
    lab = CrashLab("flow-1-memref")
    kill = {"turn": 1, "changes": {"row": PENDING}}
    other = [{"turn": n, "changes": {"scenario": s}} for n, s in ((2, "flow-1"), (3, "flow-2"))]
    for decisions in ([kill], [kill, *other]):
        lab.panel.asked = {"decisions": decisions}
        assert {"decisions": decisions} == lab.panel.asked
    answered = lab.panel.shown["asked"]
    # Another scenario begins with a CA that lives.
    assert (3, "flow-2", None) == (answered["turn"], answered["scenario"], answered["row"])
    assert answered == lab.asked


def test_find_loads_the_shortest_bad_ending_and_says_where_there_is_none() -> None:
    """The gap is one in which the kill is carried out at once."""
    lab = CrashLab()
    lab.find()
    assert (PENDING, ["memref"], "deadlock") == (
        lab.asked["row"],
        lab.asked["order"],
        lab.mine.word,
    )
    lab.decide(design="held-refs-pre-release")
    lab.find()
    assert None is lab.asked["row"]
    assert "every ending is a good one" in lab.panel.shown["said"]
    lab.panel.asked = {"decisions": [{"turn": 1, "changes": {"design": "ecall"}}]}
    assert "Under ecall: it ends well" in lab.panel.shown["said"]


def test_the_page_asks_for_the_shortest_bad_ending_by_a_message() -> None:
    """Any other message is none of the lab's."""
    lab = CrashLab()
    for content, row in (({"other": True}, None), ({"find": True}, PENDING)):
        lab.on_message(lab.panel, content, [])
        assert row == lab.asked["row"]


def test_the_crash_can_be_stepped_through() -> None:
    """From the death on; and put away again."""
    lab = CrashLab(row=PENDING)
    lab.decide(stepping=True)
    assert lab.stepper is not None
    assert lab.mine.run is lab.stepper.run
    assert "A:kill" == lab.stepper.run.steps[lab.stepper.at - 1].name
    lab.decide(order=["memref"])
    assert lab.mine.run is lab.stepper.run
    lab.decide(stepping=False)
    assert (lab.panel,) == lab.box.children


def test_a_gap_that_another_scenario_does_not_have_lets_the_ca_live() -> None:
    """A row is a place in a picture; in a shorter one there may be none."""
    lab = CrashLab("two-ocalls", row=90)
    lab.decide(scenario="plain-invoke")
    assert "holds" == lab.mine.word
    assert "A:kill" not in lab.mine.run.schedule


def test_the_picture_is_of_the_run_that_happened() -> None:
    """With the gaps up to the death, and every moment at which it could have been."""
    lab = CrashLab(row=PENDING, order=("memref",))
    shown = lab.panel.shown
    assert lab.mine.run.digest == shown["digest"]
    assert to_svg(lab.mine.run, whole=True) == shown["svg"]
    assert PENDING == shown["gaps"][-1]["row"]
    assert {"word": "deadlock", "says": "deadlock"} == shown["verdict"]
    gaps = Situation("flow-1-memref", "ecall").gaps
    assert [gap.row for gap in gaps for _ in gap.crosses] == shown["moments"]


def test_another_gap_of_the_same_moment_is_another_answer() -> None:
    """The mark moves, though all that comes of it is the same."""
    lab = CrashLab()
    answers = []
    for gap in Situation("flow-1-memref", "ecall").gaps:
        if gap.moment == 3:
            lab.decide(row=gap.row)
            answers.append(lab.panel.shown)
    assert len(answers) > 5
    assert [answers[0]["svg"]] * len(answers) == [answer["svg"] for answer in answers]
    assert len(answers) == len({answer["row"] for answer in answers})


def test_a_ta_with_a_choice_is_asked_for_it() -> None:
    """And does what is chosen."""
    lab = CrashLab("two-ocalls", "ecall")
    assert ("asks again", "returns") == lab.panel.shown["choices"]
    lab.decide(row=next(g["row"] for g in lab.panel.shown["gaps"] if g["moment"] == 4))
    lab.decide(then="returns")
    assert "A:returns" in lab.mine.run.schedule


def test_everybodys_moments_are_marked_and_whose_they_are() -> None:
    """With several CAs each is named by its letter, alone it is the CA."""
    shown = CrashLab("shared-instance").panel.shown
    moments = {who: len(Situation("shared-instance", who=who).moments) for who in "AB"}
    assert moments == Counter(one["who"] for one in shown["crosses"])
    assert {"A": "CA A", "B": "CA B"} == shown["mortals"]
    alone = CrashLab().panel.shown
    assert {"A": "the CA"} == alone["mortals"]
    assert [True, True] == [
        one["gaps"][0]["words"].startswith(words)
        for one, words in ((shown, "CA A is"), (alone, "The CA is"))
    ]


def test_who_dies_can_be_chosen() -> None:
    """Then it lives until a moment of its own is chosen; its cross says all of that at once."""
    lab = CrashLab("shared-instance", row=0)
    assert "A:kill" in lab.mine.run.schedule
    lab.decide(who="B")
    assert (None, "CA B") == (lab.asked["row"], lab.panel.shown["title"])
    cross = next(one for one in lab.panel.shown["crosses"] if one["who"] == "A")
    lab.decide(**cross)
    assert "A:kill" in lab.mine.run.schedule
    assert "CA B gets SUCCESS" in lab.panel.shown["ends"]


def test_each_of_several_moments_in_one_gap_can_be_chosen() -> None:
    """They are other deaths: the other thread is further in the kernel."""
    lab = CrashLab("two-threads-one-session", "held-refs-pre-release")
    gaps = Situation("two-threads-one-session", "held-refs-pre-release").gaps
    gap = next(gap for gap in gaps if len(gap.crosses) > 1)
    runs = set()
    for moment in gap.crosses:
        lab.decide(row=gap.row, moment=moment)
        assert (gap.row, moment) == (lab.panel.shown["row"], lab.panel.shown["moment"])
        runs.add(lab.mine.run.schedule)
    assert len(gap.crosses) == len(runs)
    lab.decide(row=gap.row, moment=None)
    assert gap.moment == lab.panel.shown["moment"]


def test_a_bad_ending_comes_with_its_turns_and_says_so() -> None:
    """Another decision behind the death keeps the turns up to it; another design has its own."""
    lab = CrashLab("shared-instance-memory", "held-refs-pre-release", beside="hardened")
    own = lab.panel.shown["turns"]
    assert "Where several can go on, A goes before B." == own["words"]
    lab.find()
    shown = lab.panel.shown
    assert ("deadlock", False) == (lab.mine.word, shown["turns"]["own"])
    assert "Under held-refs-pre-release: deadlock; under hardened: it ends well." == shown["said"]
    assert ["spare", "context"] == [file["name"] for file in shown["files"]]
    turns = lab.asked["turns"]
    lab.decide(order=["context"])
    assert (turns, []) == (lab.asked["turns"], lab.asked["way"])
    assert lab.panel.shown["turns"]["words"].startswith("Up to the death")
    lab.decide(design="hardened")
    assert own == lab.panel.shown["turns"]


def test_nobody_need_die_in_a_bad_ending() -> None:
    """It is shown all the same, and can be left again."""
    lab = CrashLab("shared-instance-handler", "ecall")
    lab.find()
    assert ("deadlock", None) == (lab.mine.word, lab.panel.shown["row"])
    lab.decide(turns=[], way=[], row=None, moment=None)
    assert "holds" == lab.mine.word


@pytest.mark.long
def test_a_death_stays_at_its_moment_under_another_design() -> None:
    """Its row may be another one there; the decisions are the same."""
    for scenario, design in (("flow-1-memref", "posted"), ("two-threads-one-session", "ocall-fd")):
        here, there = Situation(scenario, "ecall"), Situation(scenario, design)
        lab = CrashLab(scenario, "ecall")
        for gap in here.gaps:
            for moment in gap.crosses:
                lab.decide(design="ecall")
                lab.decide(row=gap.row, moment=moment)
                lab.decide(design=design)
                assert there.like(here, moment) == lab.panel.shown["moment"]


def test_what_has_no_like_beside_is_said() -> None:
    """And there is no end of it in the table."""
    lab = CrashLab("open-session-ocall", "hardened", beside="ecall")
    row = next(gap["row"] for gap in lab.panel.shown["gaps"] if 8 in gap["crosses"])
    lab.decide(row=row)
    assert None is lab.other
    assert "under ecall there is no such moment" in lab.panel.shown["said"]
    assert "under ecall" not in lab.panel.shown["ends"]


def test_a_search_that_says_nothing_is_not_taken_for_a_good_end() -> None:
    """The verdict's own words are said instead."""
    lab = CrashLab("open-session-ocall", "ecall")
    lab.find()
    assert "which says nothing: says nothing: no OCALL was ever pending" in lab.panel.shown["said"]


def test_a_scenario_and_a_design_of_ones_own_are_taken_by_name() -> None:
    """And can be chosen again."""
    own = replace(SCENARIOS["flow-1-memref"], name="mine")
    lab = CrashLab(own, type("Mine", (DESIGNS["ecall"],), {"name": "my-ecall"}))
    lab.find()
    assert ("deadlock", "mine") == (lab.mine.word, lab.mine.run.scenario)
    for kind, name in (("scenarios", "mine"), ("designs", "my-ecall")):
        assert {"label": "Yours", "names": [name]} == lab.panel.shown["names"][kind][0]


def test_every_scenario_that_can_be_chosen_is_taken() -> None:
    """None is offered that would be refused."""
    lab = CrashLab()
    for group in lab.panel.shown["names"]["scenarios"]:
        for name in group["names"]:
            assert "" == unfit(ALL[name])
    with pytest.raises(UsageError, match="nobody in it can be killed"):
        CrashLab("kernel-client")


@pytest.mark.parametrize("wrong", [{"scenario": "flow-9"}, {"design": "best"}, {"beside": "best"}])
def test_a_name_that_there_is_not_is_an_error(wrong: dict[str, str]) -> None:
    """It lists the names."""
    with pytest.raises(UnknownNameError, match="There are: "):
        CrashLab(**wrong)  # type: ignore[arg-type]


# --- how it ends -----------------------------------------------------------------------------


def test_ends_say_what_is_left_and_who_waits() -> None:
    """As HTML and as text, one column for each run."""
    lab = CrashLab(row=PENDING, order=("memref",))
    assert lab.other is not None
    table = side_by_side(lab.mine, lab.other)
    for wait in lab.mine.waits:
        assert f"{wait.who} waits for {wait.whom}: {wait.why}" in table.plain
    for entry in lab.mine.left:
        assert entry.words in table.html
    assert "under held-refs-pre-release" in table.html
    assert "they part" in table.plain


def test_the_same_design_twice_is_shown_once() -> None:
    """There is nothing in which it parts from itself."""
    end = outcome(run("flow-1"))
    assert ends((end,)) == side_by_side(end, end)


# --- the matrix ------------------------------------------------------------------------------


def test_a_cell_opens_where_it_breaks(cells: tuple[Cell, ...]) -> None:
    """The shortest of its counterexamples, at its last step."""
    view = MatrixView(cells)
    view.open("two-lists", "flow-2-memref")
    shortest = min(judge("flow-2-memref", "two-lists").violations, key=lambda one: one.steps)
    assert view.stepper is not None
    assert shortest.run.schedule == view.stepper.run.schedule
    assert shortest.steps == view.stepper.at
    assert shortest.property in view.panel.shown["said"]


def test_a_cell_that_holds_says_so(cells: tuple[Cell, ...]) -> None:
    """And the stepper goes."""
    view = MatrixView(cells)
    view.open("two-lists", "flow-2-memref")
    view.open("two-lists", "flow-1")
    assert (view.panel,) == view.box.children
    assert "There is nothing to step to." in view.panel.shown["said"]


@pytest.mark.parametrize("name", NAMES)
def test_one_property_is_singled_out(cells: tuple[Cell, ...], name: str) -> None:
    """A cell then says only whether that one holds."""
    view = MatrixView(cells)
    view.only(name)
    words = {
        (row["design"], square["scenario"]): square["word"]
        for row in view.panel.shown["rows"]
        for square in row["squares"]
    }
    expected = {(c.design, c.scenario) for c in cells if name in [one[0] for one in c.broken]}
    assert expected == {where for where, word in words.items() if word != "holds"}


def test_a_cell_or_a_property_that_there_is_not_is_an_error(cells: tuple[Cell, ...]) -> None:
    """It lists those that there are."""
    view = MatrixView(cells)
    with pytest.raises(UnknownNameError, match="no cell is called 'ecall in two-ocalls'"):
        view.open("ecall", "two-ocalls")
    with pytest.raises(UnknownNameError, match="no property is called 'no-bug'"):
        view.only("no-bug")


# --- the design lab --------------------------------------------------------------------------


@pytest.mark.long
@pytest.mark.parametrize("name", DESIGNS)
def test_a_named_design_is_recognised(name: str) -> None:
    """By its answers, with the verdicts that the design has."""
    lab = DesignLab(choice_of(DESIGNS[name]))
    assert DESIGNS[name] is lab.design
    assert lab.panel.shown["nearest"].startswith(f"This is {name}: ")
    broken = {one["scenario"]: one["broken"] for one in lab.panel.shown["verdicts"]}
    assert {s: judge(s, name).broken for s in SCENARIOS} == broken


def test_what_the_last_answer_did_is_said() -> None:
    """Where it made a difference, and only there."""
    lab = DesignLab(Choice(holds_memories=True))
    lab.decide(cancel="request file")
    changes = {one["scenario"]: one["change"] for one in lab.panel.shown["verdicts"]}
    assert "healed: was leak" == changes["flow-2"]
    assert not changes["flow-1"]
    assert "flow-2 healed: was leak" in lab.panel.shown["said"]


def test_opening_a_scenario_is_no_answer() -> None:
    """What the last answer did stays marked, and the bad ending opens."""
    lab = DesignLab()
    lab.decide(holds_memories=True)
    before = lab.effects
    lab.decide(scenario="flow-2")
    assert lab.effects is before
    assert lab.stepper is not None
    assert "flow-2 under held-refs" == lab.stepper.run.title
    lab.decide(scenario="flow-1")
    assert "flow-1 holds" in lab.panel.shown["said"]
    assert (lab.panel,) == lab.box.children


def test_a_design_that_has_no_name_is_told_its_nearest() -> None:
    """And in which answers they differ."""
    lab = DesignLab(Choice(holds_memories=True, transport="TEE_IOC_INVOKE"))
    words = lab.panel.shown["nearest"]
    assert "The nearest is held-refs, but what carries an OCALL: one more parameter" in words


# --- everywhere else -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lab", "words"),
    [
        (CrashLab(row=PENDING, order=("memref",)), "secure thread 0 (A) waits for CA A (killed)"),
        (DesignLab(), "This is ecall-bare"),
        (MatrixView(matrix(["flow-2"], ["ecall-bare"], threads=[2], processes=1)), "leak"),
    ],
    ids=["crash", "design", "matrix"],
)
def test_a_page_without_a_kernel_has_a_picture_or_a_table_and_the_text(
    lab: Lab, words: str
) -> None:
    """No script, no address of an object; it says how to play."""
    bundle = lab._repr_mimebundle_()
    for mime in ("text/html", "text/plain"):
        assert words in bundle[mime]
        assert "object at 0x" not in bundle[mime]
    assert NEEDS_KERNEL in bundle["text/html"]
    assert "<table" in bundle["text/html"] or "<img" in bundle["text/html"]
    assert "<script" not in bundle["text/html"]
