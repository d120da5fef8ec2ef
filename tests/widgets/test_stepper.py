"""The stepper's side in Python: what it hands to the page, and what is shown without one."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from ocallkit import Run, replay, run
from ocallkit.judging.branching import branch
from ocallkit.judging.comparing.two_runs import in_step
from ocallkit.judging.tokens import token
from ocallkit.view.display import mimebundle
from ocallkit.view.formats import FORMATS
from ocallkit.view.snapshot import violations
from ocallkit.widgets import can_show_widgets
from ocallkit.widgets.live import PLACE
from ocallkit.widgets.stepper import Stepper
from ocallkit.widgets.stories import story

TOKEN = "flow-1-memref/ecall/t2/c1/A:kill@OCALL,A:close:memref"  # noqa: S105 - it names a run


@pytest.fixture(name="deadlock", scope="module")
def _deadlock() -> Run:
    return replay(TOKEN)


@pytest.fixture(name="kernel")
def _kernel(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A shell that has a kernel, as in a notebook."""
    shell = SimpleNamespace(kernel=object())
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    return shell


def test_the_story_has_all_that_the_page_shows(deadlock: Run) -> None:
    """A moment for each step and one before them; token, picture, text, places, properties."""
    told = story(deadlock)
    assert len(deadlock.steps) + 1 == len(told["moments"])
    assert TOKEN == told["token"]
    assert deadlock.text(whole=True).splitlines()[0] in told["text"]
    assert "== CA A is killed ==" in told["text"]
    assert f'id="run-{told["digest"]}-m1"' in told["svg"]
    drawn = {"lanes", "rows", "top", "bottom", "start", "end", "opens", "closes"}
    assert drawn == set(told["places"])
    breaks = {one["name"]: one["breaks"] for one in told["properties"]}
    assert (len(deadlock.steps), None) == (breaks["no-deadlock"], breaks["no-use-after-free"])


def test_a_stepper_begins_where_the_invocation_does(deadlock: Run) -> None:
    """Or where it is told to."""
    assert "A:params_from_user" == deadlock.steps[Stepper(deadlock).at - 1].name
    assert 2 == Stepper(deadlock, at=2).at


def test_a_step_that_the_run_does_not_have_is_refused(deadlock: Run) -> None:
    """The error says which steps there are."""
    words = "flow-1-memref under ecall has steps 0 to 23, not 24"
    with pytest.raises(ValueError, match=words):
        Stepper(deadlock, at=24)
    stepper = Stepper(deadlock)
    with pytest.raises(ValueError, match=words):
        stepper.at = 24


def test_the_page_offers_every_form_in_which_a_run_is_saved(deadlock: Run) -> None:
    """With its title and the ending of its file; three of them it has at hand."""
    told = story(deadlock)
    expected = [(name, form.title, form.suffix) for name, form in FORMATS.items()]
    assert expected == [(one["name"], one["title"], one["suffix"]) for one in told["forms"]]
    assert {"svg", "text", "token"} <= FORMATS.keys() & told.keys()


@pytest.mark.parametrize("form", FORMATS)
def test_what_the_page_asks_for_is_written(
    form: str, deadlock: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole run, in the form that was asked for, under the digest of the run."""
    stepper, sent = Stepper(run("flow-1")), list[dict[str, object]]()
    monkeypatch.setattr(stepper, "send", sent.append)
    stepper.show(deadlock)
    stepper._handle_custom_msg({"write": form}, [])  # noqa: SLF001 - as a page's message does
    text = deadlock.written(form, whole=True)
    assert [{"form": form, "digest": deadlock.digest, "text": text}] == sent


@pytest.mark.parametrize("content", [{"write": "gif"}, {"write": None}, {}, {"write": ["svg"]}])
def test_what_is_no_form_is_not_answered(
    content: dict[str, object], deadlock: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever sent it was no page of ours."""
    stepper, sent = Stepper(deadlock), list[object]()
    monkeypatch.setattr(stepper, "send", sent.append)
    stepper._handle_custom_msg(content, [])  # noqa: SLF001 - as a page's message does
    assert [] == sent


def test_another_run_takes_the_place_of_the_first(deadlock: Run) -> None:
    """With its own story, and from its own start."""
    stepper = Stepper(deadlock, at=23)
    other = run("plain-invoke")
    stepper.show(other)
    assert (other, story(other)) == (stepper.run, stepper.story)
    assert story(other)["start"] == stepper.at
    stepper.show(deadlock, at=23)
    assert (deadlock, 23) == (stepper.run, stepper.at)


def test_a_stepper_shows_itself_with_picture_and_text_beside(deadlock: Run) -> None:
    """Where no widget can run, nothing is blank."""
    data, _ = Stepper(deadlock)._repr_mimebundle_()
    assert mimebundle(deadlock).keys() == data.keys()
    assert mimebundle(deadlock)["text/html"] in data["text/html"]
    assert "Run this cell to step through it." in data["text/html"]
    assert mimebundle(deadlock)["text/plain"] == data["text/plain"]


def test_a_stepper_says_what_it_is_without_an_address(deadlock: Run) -> None:
    """The same words on each run."""
    assert "Stepper(flow-1-memref under ecall, at=12)" == repr(Stepper(deadlock))


@pytest.mark.usefixtures("kernel")
def test_a_run_in_a_notebook_shows_itself_as_a_stepper(deadlock: Run) -> None:
    """IPython asks with `include` and `exclude`; a fold that asks with nothing gets the picture."""
    data, _ = deadlock._repr_mimebundle_(include=None, exclude=None)
    assert PLACE in data["text/html"]
    assert mimebundle(deadlock) == deadlock._repr_mimebundle_()


def test_a_run_in_a_terminal_shows_picture_and_text(deadlock: Run, kernel: SimpleNamespace) -> None:
    """IPython without a kernel has nobody to draw a widget."""
    del kernel.kernel
    assert mimebundle(deadlock) == deadlock._repr_mimebundle_(include=None, exclude=None)


@pytest.mark.usefixtures("kernel")
def test_without_anywidget_there_are_no_widgets(monkeypatch: pytest.MonkeyPatch) -> None:
    """A notebook without the package shows the picture."""
    assert can_show_widgets()
    monkeypatch.setattr("ocallkit.widgets.find_spec", lambda _name: None)
    assert not can_show_widgets()


def test_the_slider_is_marked_where_one_looks(deadlock: Run) -> None:
    """At each OCALL, at a death, at each other fault, and where a property breaks."""
    marks = [(one["step"], one["kind"]) for one in story(deadlock)["turns"]]
    broken = len(violations(deadlock))
    assert [(14, "OCALL"), (18, "kill"), *[(23, "violation")] * broken] == marks
    refused = branch(run("flow-1"), 11, "A:handler-error")
    (fault,) = (one for one in story(refused)["turns"] if one["kind"] == "fault")
    assert (12, "A:handler-error") == (fault["step"], fault["words"])
    assert [] == story(run("plain-invoke"))["turns"]


def test_who_waits_for_whom_comes_with_a_run_that_cannot_go_on(deadlock: Run) -> None:
    """A run that comes to its end has nothing of it."""
    assert "exit of CA A" in story(deadlock)["waits"]
    assert "" == story(run("flow-1"))["waits"]


def test_an_alternative_is_gone_into_and_come_back_from(deadlock: Run) -> None:
    """The trail says where each run was left, and the token is that of the new one."""
    stepper = Stepper(deadlock, at=17)
    stepper.branch(17, "A:handler-error")
    assert ("A:handler-error", 18) == (stepper.run.schedule[17], stepper.at)
    assert token(stepper.run) == stepper.story["token"]
    assert deadlock.schedule[:17] == stepper.run.schedule[:17]
    first = {"title": deadlock.title, "at": 17, "name": "A:handler-error"}
    assert [first] == stepper.trail
    stepper.branch(1, "A:kill")
    assert [first, {"title": deadlock.title, "at": 1, "name": "A:kill"}] == stepper.trail
    stepper.back(0)
    assert (deadlock, 17, []) == (stepper.run, stepper.at, stepper.trail)


def test_another_run_of_a_reader_s_forgets_the_trail(deadlock: Run) -> None:
    """What is shown anew was not left anywhere."""
    stepper = Stepper(deadlock)
    stepper.branch(17, "A:handler-error")
    stepper.show(run("flow-1"))
    assert ([], {}) == (stepper.trail, stepper.beside)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"branch": "A:killed", "at": 17}, "'A:killed', cannot happen; what can: A:return_to_user"),
        ({"branch": "A:kill", "at": 99}, "flow-1-memref under ecall has steps 0 to 23, not 99"),
        ({"back": 0}, "the trail has 0 places, counted from 0, not 0"),
        ({"beside": "held"}, "no design is called 'held'"),
    ],
)
def test_what_the_page_asks_for_and_cannot_be_done_is_said_there(
    deadlock: Run, asked: dict[str, object], words: str
) -> None:
    """In a sentence, and what is shown stays as it was."""
    stepper = Stepper(deadlock, at=17)
    said: list[dict[str, str]] = []
    stepper.send = said.append
    stepper.answer(asked)
    assert words in said[0]["refused"]
    assert (1, deadlock, 17) == (len(said), stepper.run, stepper.at)


def test_a_message_that_asks_for_nothing_known_is_left_alone(deadlock: Run) -> None:
    """The page is no authority."""
    stepper = Stepper(deadlock, at=17)
    said: list[dict[str, str]] = []
    stepper.send = said.append
    for asked in ({}, {"branch": 3, "at": 1}, {"branch": "A:kill", "at": "x"}, {"write": "exe"}):
        stepper.answer(asked)
    assert ([], deadlock) == (said, stepper.run)


def test_a_run_is_taken_in_step_with_the_same_decisions_under_another_design() -> None:
    """Up to where the two part both have done the same; behind it each goes its own way."""
    stepper = Stepper(run("flow-1-memref"))
    stepper.take_beside("held-refs")
    taken = stepper.beside
    expected = in_step(run("flow-1-memref"), run("flow-1-memref", "held-refs"))
    assert (list(expected.pairs), expected.parts) == (taken["pairs"], taken["parts"])
    assert list(range(taken["parts"])) == taken["pairs"][: taken["parts"]]
    assert len(taken["moments"]) - 1 == taken["pairs"][-1]
    stepper.take_beside(None)
    assert {} == stepper.beside


def test_the_whole_life_and_the_invocation_lie_on_one_picture(deadlock: Run) -> None:
    """The invocation's rows are those between `opens` and `closes`, and begin with number 1."""
    places = story(run("flow-1"))["places"]
    inside = [
        row["message"]
        for row in places["rows"]
        if places["opens"] <= row["top"] and row["bottom"] <= places["closes"] and row["message"]
    ]
    assert list(range(1, 19)) == inside
    dead = story(deadlock)["places"]
    assert (len(deadlock.steps), dead["bottom"]) == (dead["end"], dead["closes"])
