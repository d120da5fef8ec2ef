"""A run as the source of a PlantUML sequence diagram, as OP-TEE's documentation uses it.

As there, a secure thread's bar ends where an RPC suspends it and begins again where it is resumed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocallkit.view import palette
from ocallkit.view.layout import ABOVE, MessageRow, NoteRow, layout
from ocallkit.view.mermaid import numbered
from ocallkit.view.svg import digest_note

if TYPE_CHECKING:
    from ocallkit.view.layout import Layout, Row
    from ocallkit.view.trace import Trace

ARROWS = {"system call": "->", "call": "->", "SMC": "->", "RPC": "-[dashed]>", "return": "-->>"}
FILLS = {"ioctl": palette.IOCTL, "running": palette.THREAD}


def to_plantuml(trace: Trace, *, whole: bool = False) -> str:
    """Write a run's invocation, or with `whole` all of it."""
    drawn = layout(trace, whole=whole)
    lines = [
        "@startuml",
        f"' {digest_note(drawn.digest)}",
        f"title {drawn.title}",
        "skinparam shadowing false",
        *_participants(drawn),
        *_changes(drawn, ABOVE),
    ]
    for index, row in enumerate(drawn.rows):
        if isinstance(row, MessageRow) and row.number == 1:
            lines.append("autonumber")
        lines += [_row(row), *_changes(drawn, index)]
    if drawn.ending:
        lines.append(f"note across : {drawn.ending}")
    return "\n".join([*lines, "@enduml", ""])


def _alias(lifeline: int) -> str:
    return f"p{lifeline + 1}"


def _participants(drawn: Layout) -> list[str]:
    """Put each band's lifelines into a box of the band's colour."""
    lines: list[str] = []
    for band, fill in palette.BANDS.items():
        inside = [
            f'participant "{lifeline.name}" as {_alias(place)}'
            for place, lifeline in enumerate(drawn.lifelines)
            if lifeline.band == band
        ]
        if inside:
            lines += [f'box "{band}" {fill}', *inside, "end box"]
    return lines


def _row(row: Row) -> str:
    if isinstance(row, MessageRow):
        ends = f"{_alias(row.source)} {ARROWS[row.kind]} {_alias(row.target)}"
        return f"{ends} : {numbered(row)}{row.label}"
    if isinstance(row, NoteRow):
        return f"note over {_alias(row.lifeline)} : {row.text}"
    return f"== {row.text} =="


def _changes(drawn: Layout, row: int) -> list[str]:
    """End and begin the bars that change at a row.

    Bars of a lifeline are a stack in PlantUML, which ends the innermost; those of one lifeline
    look the same, so that the number of bars is right whichever of them ends.
    """
    bars = [bar for bar in drawn.bars if bar.kind in FILLS]
    return [f"deactivate {_alias(bar.lifeline)}" for bar in bars if bar.last == row] + [
        f"activate {_alias(bar.lifeline)} {FILLS[bar.kind]}" for bar in bars if bar.first == row
    ]
