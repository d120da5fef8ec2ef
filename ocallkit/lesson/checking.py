"""What a reader asks of an exercise: whether an answer is right, and how to find the right one."""

from __future__ import annotations

from pathlib import Path
from traceback import extract_tb
from typing import Final

from ocallkit.engine import ProgramError
from ocallkit.errors import UnknownNameError
from ocallkit.judging.path import NoSuchStepError
from ocallkit.lesson.exercise import find_exercise
from ocallkit.lesson.prose import to_html, to_plain
from ocallkit.lesson.shown import Shown, reveal, together

PACKAGE: Final = str(Path(__file__).parents[1])

NOT_ANSWERED: Final = "No answer yet: replace the `...` and run the cell again."

OPEN, RIGHT, WRONG = "#80868f", "#1a7f5a", "#b35c00"
"""The edge of each kind of verdict; its first words say the same."""

READERS_MISTAKES: Final = (ProgramError, NoSuchStepError, UnknownNameError, RuntimeError)
"""What the model says about a program or a schedule that a reader wrote: also that it never ends.
"""


def check(key: str, answer: object) -> Shown:
    """Say whether `answer` to the exercise `key` is right, and why or why not.

    `...` is no answer yet.  Raises UnknownNameError for a key that no exercise has.
    """
    exercise = find_exercise(key)
    if answer is ...:
        return _verdict(OPEN, NOT_ANSWERED)
    shown: list[Shown] = []
    try:
        trouble = exercise.judge(answer)
        if trouble:
            shown = [reveal(run, words) for words, run in exercise.evidence(answer)]
    except READERS_MISTAKES as mistake:
        trouble = f"The model cannot run it: {mistake}"
    except Exception as mistake:  # noqa: BLE001 - what a reader writes may raise anything
        trouble = f"It cannot be judged: {_raised(mistake)}"
    if trouble:
        return together(_verdict(WRONG, f"**Not yet.** {trouble}"), *shown)
    return _verdict(RIGHT, f"**Right.** {exercise.why()}")


def _raised(mistake: Exception) -> str:
    """What was raised, and the reader's own line that did it, if one did."""
    words = f"{type(mistake).__name__}: {mistake}"
    own = [
        frame
        for frame in extract_tb(mistake.__traceback__)
        if not frame.filename.startswith(PACKAGE)
    ]
    if not own:
        return words
    last = own[-1]
    return f"line {last.lineno} of `{last.name}` raised {words}"


def solution(key: str) -> Shown:
    """A hint at the answer to the exercise `key`, then the answer and the way to it.

    Each is folded away by itself, so whoever is stuck can go on alone after the hint.  Raises
    UnknownNameError for a key that no exercise has.
    """
    exercise = find_exercise(key)
    return together(reveal(exercise.hint, "A hint"), reveal(exercise.solution(), "Solution"))


def _verdict(edge: str, text: str) -> Shown:
    style = f"border-left:4px solid {edge};padding:0.1em 0.9em"
    return Shown(f'<div style="{style}">{to_html(text)}</div>', to_plain(text))
