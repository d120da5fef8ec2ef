"""Whose line it was: the words for what went wrong in a program that a reader wrote."""

from __future__ import annotations

import os
import re
import traceback
from types import GeneratorType
from typing import Any

# pathlib would cost each start of the package a tenth of its time.
_NOT_THEIRS = (
    __file__.removesuffix(os.path.join("engine", "blame.py")),  # noqa: PTH118
    traceback.__file__.removesuffix("traceback.py"),
    "<frozen",
)
"""Files of which a reader wrote no line: this package, and Python's own library."""


def name_of(program: Any) -> str:
    """What a program is called."""
    return getattr(program, "__name__", type(program).__name__)


def party_of(program: Any, args: tuple[Any, ...]) -> str:
    """For whom a program runs, where the model says so of it; else nothing."""
    party = getattr(program, "party", None)
    return str(party(*args)) if callable(party) else ""


def show(step: Any) -> str:
    """A step as a call of its function."""
    if isinstance(step, tuple) and step and callable(step[0]):
        return f"{step[0].__name__}({', '.join(map(words, step[1:]))})"
    return words(step)


def words(value: object) -> str:
    """`value` as it is written, without the address that a default `repr` gives away."""
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))


def words_of(error: BaseException) -> str:
    """What an error says, without addresses."""
    return re.sub(r" at 0x[0-9a-f]+", "", str(error))


def inside(error: BaseException) -> str:
    """Where a step failed, if it was not its call that failed."""
    frames = traceback.extract_tb(error.__traceback__)[2:]
    return f" at line {frames[-1].lineno} of {frames[-1].name}" if frames else ""


def first_line(program: Any) -> str:
    """Where a program begins."""
    code = getattr(program, "__code__", None)
    return f"line {code.co_firstlineno}" if code else "line unknown"


def line(running: Any) -> str:
    """Where `running` stands: in the innermost function that is not our own, if there is one."""
    places = []
    inner: Any = running
    while isinstance(inner, GeneratorType) and inner.gi_frame is not None:
        code = inner.gi_code
        places.append((code.co_filename, inner.gi_frame.f_lineno, code.co_name))
        inner = inner.gi_yieldfrom
    return _place(places)


def raised_at(error: BaseException) -> str:
    """Where an error was raised, as far as it was in a reader's line."""
    frames = traceback.extract_tb(error.__traceback__)
    return _place([(frame.filename, frame.lineno or 0, frame.name) for frame in frames])


def _place(places: list[tuple[str, int, str]]) -> str:
    theirs = [place for place in places if not place[0].startswith(_NOT_THEIRS)]
    chosen = theirs or places
    if not chosen:
        return "its last line"
    file, number, function = chosen[-1]
    return f"line {number} of {function}{_file(file)}"


def _file(name: str) -> str:
    """The name of a file; a cell of a notebook, or of a terminal, has none that means anything."""
    base = os.path.basename(name)  # noqa: PTH119 - as above
    return "" if name.startswith("<") or "ipykernel" in name else f" in {base}"
