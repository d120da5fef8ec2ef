"""Whose line it was: the words for what went wrong in a program that a reader wrote."""

from __future__ import annotations

import os
import re
from types import GeneratorType
from typing import Any

# pathlib would cost each start of the package a tenth of its time.
_NOT_THEIRS = (
    __file__.removesuffix(os.path.join("engine", "blame.py")),  # noqa: PTH118
    os.__file__.removesuffix("os.py"),
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
    frames = _frames(error)[2:]
    return f" at line {frames[-1][1]} of {frames[-1][2]}" if frames else ""


def first_line(program: Any) -> str:
    """Where a program begins."""
    code = getattr(program, "__code__", None)
    return f"line {code.co_firstlineno}" if code else "line unknown"


def place_of(function: Any) -> str:
    """Where a function begins, with its file."""
    code = getattr(function, "__code__", None)
    return f"{first_line(function)}{_file(code.co_filename)}" if code else first_line(function)


def place_in(file: str, number: int) -> str:
    """A line of a file."""
    return f"line {number}{_file(file)}"


def first_place(cls: type) -> str:
    """Where the first function of a class begins, which may be all that is known of its place."""
    return next((place_of(f) for f in vars(cls).values() if hasattr(f, "__code__")), "")


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
    return _place(_frames(error))


def _frames(error: BaseException) -> list[tuple[str, int, str]]:
    """The file, the line and the function of each frame on the way to an error."""
    found, at = [], error.__traceback__
    while at is not None:
        code = at.tb_frame.f_code
        found.append((code.co_filename, at.tb_lineno, code.co_name))
        at = at.tb_next
    return found


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
