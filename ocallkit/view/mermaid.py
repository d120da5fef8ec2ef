"""A run as the source of a Mermaid sequence diagram: what GitHub draws in a pull request.

The boxes have no fill, so that it reads on a light and on a dark page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ocallkit.model.events import BANDS
from ocallkit.view.layout import ABOVE, MessageRow, NoteRow, layout
from ocallkit.view.svg import digest_note

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ocallkit.view.layout import Bar, Layout, Row
    from ocallkit.view.trace import Trace

ARROWS: Final = {
    "system call": "->>",
    "call": "->>",
    "SMC": "->>",
    "RPC": "-)",
    "return": "-->>",
}
"""For each kind of message its arrow: a request of secure world has an open head."""

DRAWN: Final = {"ioctl", "running"}
"""The bars that Mermaid can show: it has one look for all."""

SIGNS: Final = str.maketrans({sign: f"#{ord(sign)};" for sign in '#;<>"{}%\n'})
"""What would end a text or mean something else, as Mermaid writes a sign by its number."""


def to_mermaid(trace: Trace, *, whole: bool = False) -> str:
    """Write a run's invocation, or with `whole` all of it."""
    return layout_mermaid(layout(trace, whole=whole))


def layout_mermaid(drawn: Layout) -> str:
    """Write what a layout holds; a run that could not go on ends with who waits for what."""
    lines = [
        "sequenceDiagram",
        f"    %% {digest_note(drawn.digest)}",
        *_participants(drawn),
        *_changes(drawn.bars, ABOVE),
    ]
    for index, row in enumerate(drawn.rows):
        if isinstance(row, MessageRow) and row.number == 1:
            lines.append("    autonumber")
        lines += [_row(row, drawn), *_changes(drawn.bars, index)]
    if drawn.ending:
        lines.append(_across(drawn, drawn.ending))
    return "\n".join([*lines, ""])


def said(text: str) -> str:
    """A text as Mermaid takes it.

    >>> said("1; <b>")
    '1#59; #60;b#62;'
    """
    return text.translate(SIGNS)


def numbered(row: MessageRow) -> str:
    """The number of a message where the drawing program cannot count: before the invocation."""
    return f"{row.number} " if row.number < 1 else ""


def _alias(lifeline: int) -> str:
    return f"p{lifeline + 1}"


def _participants(drawn: Layout) -> list[str]:
    """Put each band's lifelines into a box."""
    lines: list[str] = []
    for band in BANDS:
        inside = [
            f"        participant {_alias(place)} as {said(lifeline.name)}"
            for place, lifeline in enumerate(drawn.lifelines)
            if lifeline.band == band
        ]
        if inside:
            lines += [f"    box transparent {said(band)}", *inside, "    end"]
    return lines


def _row(row: Row, drawn: Layout) -> str:
    if isinstance(row, MessageRow):
        ends = f"{_alias(row.source)}{ARROWS[row.kind]}{_alias(row.target)}"
        return f"    {ends}: {numbered(row)}{said(row.label)}"
    if isinstance(row, NoteRow):
        return f"    Note over {_alias(row.lifeline)}: {said(row.text)}"
    return _across(drawn, row.text)


def _across(drawn: Layout, text: str) -> str:
    """A note over everybody."""
    return f"    Note over {_alias(0)},{_alias(len(drawn.lifelines) - 1)}: {said(text)}"


def _changes(bars: Iterable[Bar], row: int) -> list[str]:
    """End and begin the bars that change at a row; Mermaid takes no end before its beginning."""
    shown = [bar for bar in bars if bar.kind in DRAWN]
    ended = [bar for bar in shown if bar.last == row and bar.first < row]
    begun = [bar for bar in shown if bar.first == row and bar.last != row]
    return [f"    deactivate {_alias(bar.lifeline)}" for bar in ended] + [
        f"    activate {_alias(bar.lifeline)}" for bar in begun
    ]
