"""Verdicts that are kept in a file, and what has changed since.

A file of pins has a line for its version and then one for each verdict, all of them JSON: what is
asked for, and what came of it.  So a difference of two files says which verdict it is about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeVar

import msgspec

from ocallkit.errors import OcallkitError, UsageError
from ocallkit.judging.asked import Asked
from ocallkit.judging.notation import command
from ocallkit.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ocallkit.judging.schema import Record

T = TypeVar("T")

WORDS: Final = {True: "holds", False: "is violated", None: "is not known"}
"""What is so, by whether it holds."""


class PinError(OcallkitError, ValueError):
    """A file of pins cannot be read: says which line, and what is wrong with it."""


class Head(msgspec.Struct, frozen=True):
    """The first line: which version of the file this is, and what wrote it."""

    pins: Literal[1] = 1
    ocallkit: str = __version__


class Came(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What came of it: whether it holds, how much was tried, how each property breaks."""

    holds: bool | None
    states: int
    transitions: int
    depth: int
    broken: dict[str, str]


class Pin(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One verdict of a file."""

    asked: Asked
    came: Came

    def __str__(self) -> str:
        asked = self.asked
        return f"{asked.scenario} {asked.design} t{asked.threads} c{asked.clients}"


class Line(NamedTuple):
    """A pin, and where it stands."""

    number: int
    pin: Pin


def pin_of(asked: Asked, record: Record) -> Pin:
    """What is to be kept of a verdict.

    Raises UsageError for one that was not finished: where a search gave up is no verdict.
    """
    if not record.finished:
        where = f"{record.design} in {record.scenario}"
        raise UsageError(
            f"{where}: not finished ({record.stopped_by}), so that nothing can be kept"
        )
    return Pin(msgspec.structs.replace(asked, clients=record.clients), came_of(record))


def came_of(record: Record) -> Came:
    """What is kept of what came of it."""
    broken = {one.property: one.run for one in record.violations}
    return Came(record.holds, record.states, record.transitions, record.depth, broken)


def to_lines(pins: Iterable[Pin]) -> str:
    """The text of a file of pins."""
    return "\n".join(msgspec.json.encode(one).decode() for one in (Head(), *pins))


def read_pins(path: Path) -> tuple[Line, ...]:
    """The pins of a file.

    Raises PinError for a file that is not there, or is none.
    """
    try:
        first, *others = path.read_text(encoding="utf-8").splitlines() or [""]
    except (OSError, UnicodeDecodeError) as error:
        said = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
        raise PinError(f"{path}: {said}; `ocallkit pin` writes such a file") from error
    _decoded(path, 1, first, Head)
    found = tuple(
        Line(number, _decoded(path, number, text, Pin))
        for number, text in enumerate(others, 2)
        if text.strip()
    )
    if not found:
        raise PinError(f"{path}: there is no pin in it; `ocallkit pin` writes some")
    for line in found:
        names = (line.pin.asked.scenario, line.pin.asked.design, *line.pin.asked.properties)
        if not all(isinstance(name, str) for name in names):
            raise PinError(f"{path}, line {line.number}: scenario and design are texts")
    return found


def _decoded(path: Path, number: int, text: str, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(text, type=kind)
    except msgspec.MsgspecError as error:
        hint = "`ocallkit pin` writes such a file"
        raise PinError(f"{path}, line {number}: no pin ({error}); {hint}") from error


def changes(pin: Pin, record: Record) -> tuple[str, ...]:
    """What is not as it was kept, each in a sentence; empty where all is."""
    old, new = pin.came, came_of(record)
    found = []
    if old.holds is not new.holds:
        found.append(f"it {WORDS[new.holds]}, and {WORDS[old.holds]} in the pin")
    if not record.finished:
        return (*found, f"not finished ({record.stopped_by})")
    for name in dict.fromkeys((*old.broken, *new.broken)):
        before, after = old.broken.get(name), new.broken.get(name)
        if before is None and after is not None:
            found.append(f"{name} breaks: {command(after)}")
        elif after is None:
            found.append(f"{name} breaks no longer")
        elif before != after:
            found.append(f"{name} breaks otherwise: {command(after)}")
    found += [
        f"{count}: {getattr(new, count)}, and {getattr(old, count)} in the pin"
        for count in ("states", "transitions", "depth")
        if getattr(new, count) != getattr(old, count)
    ]
    return tuple(found)
