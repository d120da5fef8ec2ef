"""What every exercise and every fold does, whatever it is about."""

from __future__ import annotations

import re

import pytest

from ocallkit import UnknownNameError, run
from ocallkit.designs import TwoLists
from ocallkit.lesson import check, reveal, say, solution
from ocallkit.lesson.exercise import Exercise, Name, Number, Question, exercises
from ocallkit.lesson.prose import to_html, to_plain

EXERCISES = exercises()
DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
SLOW = ("10-depends-on-threads", "10-never-broken", "17-when-it-holds", "20-not-for-these")
"""Exercises whose answers are judged in so many cells that it takes ten seconds."""

each = pytest.mark.parametrize(
    "exercise",
    [
        pytest.param(one, id=one.key, marks=[pytest.mark.long] if one.key in SLOW else [])
        for one in EXERCISES
    ],
)


def test_no_two_exercises_have_the_same_name() -> None:
    """An answer is checked by the exercise that asked for it."""
    keys = [exercise.key for exercise in EXERCISES]
    assert sorted(set(keys)) == sorted(keys)


@each
def test_an_exercise_without_an_answer_says_what_to_do(exercise: Exercise) -> None:
    """`...` is neither right nor wrong."""
    expected = "No answer yet: replace the ... and run the cell again."
    assert expected == check(exercise.key, ...).plain


@each
def test_an_answer_of_another_kind_is_named_as_such(exercise: Exercise) -> None:
    """The reader learns what kind of answer is wanted."""
    expected = f"Not yet. b'' is not {to_plain(exercise.wants)}."
    assert expected == check(exercise.key, b"").plain


class Mute:
    """An object that does nothing without complaint."""

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        raise RuntimeError("no words")

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no comparison")


def raises_at_once(*_arguments: object) -> None:
    """A program with a mistake in it."""
    raise KeyError("mine")


@each
@pytest.mark.parametrize(
    "answer",
    ["", "x" * 9999, 10**5000, -(10**5000), None, int, object, Mute(), [Mute()], raises_at_once],
    ids=["blank", "long", "large", "small", "None", "int", "object", "mute", "list", "raises"],
)
def test_any_answer_gets_a_sentence(exercise: Exercise, answer: object) -> None:
    """It is not right, and that is said in a few words."""
    words = check(exercise.key, answer).plain
    assert words.startswith("Not yet. ")
    assert len(words) < 700


def test_a_mistake_of_the_readers_own_is_told_with_its_line() -> None:
    """In what the model runs, and in what it only looks at; and no line of ours."""

    class Mine(TwoLists):
        """A design with a mistake in it."""

        name = "mine"

        def kept(self, _params: object) -> object:  # type: ignore[override]
            raise ZeroDivisionError("mine")

    class Odd(str):
        """A text with a mistake in it."""

        __slots__ = ()

        def strip(self, _chars: str | None = None) -> str:
            raise ZeroDivisionError("mine")

    line = Mine.kept.__code__.co_firstlineno + 1
    words = check("09-your-repair", Mine).plain
    assert f"ZeroDivisionError at line {line} of kept: mine" in words
    line = Odd.strip.__code__.co_firstlineno + 1
    expected = f"Not yet. It cannot be judged: line {line} of strip raised ZeroDivisionError: mine"
    assert expected == check("21-one-answer", Odd("cancel")).plain


@each
def test_the_answer_of_the_model_is_right(exercise: Exercise) -> None:
    """A question takes what it computes, and says why that is so."""
    if isinstance(exercise, Question):
        expected = f"Right. {to_plain(exercise.why())}"
        assert expected == check(exercise.key, exercise.expected()).plain


@each
def test_a_hint_and_a_solution_are_folded_away_one_after_the_other(exercise: Exercise) -> None:
    """Whoever opens the hint has not yet seen the solution."""
    hint, answer = reveal(exercise.hint, "A hint"), reveal(exercise.solution(), "Solution")
    shown = solution(exercise.key)
    assert hint.html + answer.html == shown.html
    assert (
        f"A hint\n\n{to_plain(exercise.hint)}\n\nSolution\n\n{to_plain(exercise.solution())}"
        == shown.plain
    )


def test_every_exercise_has_a_hint_of_its_own() -> None:
    """None is empty, inherited from another exercise, or said twice."""
    hints = [vars(type(exercise)).get("hint", "").strip() for exercise in EXERCISES]
    assert "" not in hints
    assert sorted(set(hints)) == sorted(hints)


@each
def test_a_hint_does_not_give_the_answer(exercise: Exercise) -> None:
    """Neither the name, in any spelling, nor the number, in figures or in words."""
    hint = exercise.hint.casefold()
    if isinstance(exercise, Name):
        assert exercise.expected().casefold() not in hint
    if isinstance(exercise, Number):
        number = exercise.expected()
        spelled = {str(number), *DIGITS[number : number + 1]}
        assert set() == spelled & set(re.findall(r"\w+", hint))


def test_an_unknown_exercise_is_an_error_with_the_nearest_name() -> None:
    """A slip in a name is found at once."""
    with pytest.raises(UnknownNameError, match="Did you mean '00-how-many-ioctls'"):
        check("00-how-many-ioctl", 2)


def test_a_sentence_is_shown_with_marks_and_read_without() -> None:
    """HTML for the page, plain text for everything else."""
    shown = say("A `tee_shm` has **2** owners & <more>.")
    expected = (
        (
            '<p style="margin:0.3em 0">A <code>tee_shm</code> has <strong>2</strong> owners &amp; '
            "&lt;more&gt;.</p>"
        ),
        "A tee_shm has 2 owners & <more>.",
    )
    assert expected == (shown.html, shown.plain)


def test_a_fenced_block_keeps_its_lines() -> None:
    """A program in a solution is copied as it stands, marks included."""
    text = "Write:\n\n```python\ndef ta(a, b):\n    return a ** b, `c`\n```\n\nThen run it."
    expected = (
        '<p style="margin:0.3em 0">Write:</p>'
        "<pre><code>def ta(a, b):\n    return a ** b, `c`</code></pre>"
        '<p style="margin:0.3em 0">Then run it.</p>'
    )
    assert expected == to_html(text)


def test_a_fold_holds_what_a_run_shows() -> None:
    """The picture is an image, which a notebook that is not trusted keeps."""
    bundle = run("flow-1")._repr_mimebundle_()
    shown = reveal(run("flow-1"), "The whole flow")
    assert bundle["text/html"] in shown.html
    assert f"The whole flow\n\n{bundle['text/plain']}" == shown.plain


def test_a_fold_escapes_its_line() -> None:
    """The line that is always seen is text."""
    assert "a &lt; b</summary>" in reveal("x", "a < b").html
