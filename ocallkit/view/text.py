"""A run in the notation of the discussion: message lines alone, one a line, notes between blocks.

PR 72 ends both flows with one line from OP-TEE to the TEE driver, where the SMC was issued by
the OP-TEE driver.  A run records both hops; this notation writes the two as PR 72's one line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocallkit.model.events import OPTEE, OPTEE_DRIVER, TEE_DRIVER
from ocallkit.view.layout import DividerRow, MessageRow, NoteRow, layout

if TYPE_CHECKING:
    from ocallkit.view.layout import Layout, Row
    from ocallkit.view.trace import Trace

Line = tuple[str, str, str]
"""Source, label and target of a message line."""


def to_text(trace: Trace, *, whole: bool = False, dividers: bool = False) -> str:
    """Write a run's invocation, or with `whole` all of it; with `dividers` states of the world."""
    return layout_text(layout(trace, whole=whole), dividers=dividers)


def layout_text(drawn: Layout, *, dividers: bool = False) -> str:
    """Write what a layout holds; a run that could not go on ends with who waits for what."""
    names = [lifeline.name for lifeline in drawn.lifelines]
    rows = [row for row in drawn.rows if dividers or not isinstance(row, DividerRow)]
    blocks: list[str] = []
    lines: list[Line] = []
    previous: Row | None = None
    for row in rows:
        if isinstance(row, MessageRow):
            if _is_second_hop(previous, row):
                source, label, _ = lines.pop()
                lines.append((source, label, names[row.target]))
            else:
                lines.append((names[row.source], row.label, names[row.target]))
        else:
            blocks += [_aligned(lines), _between(row)]
            lines = []
        previous = row
    blocks += [_aligned(lines), drawn.ending]
    return "\n\n".join(block for block in blocks if block)


def _is_second_hop(previous: Row | None, row: MessageRow) -> bool:
    """Tell whether a message is the second of the two returns that the discussion writes as one."""
    return (
        isinstance(previous, MessageRow)
        and previous.kind == row.kind == "return"
        and previous.message.client == row.message.client
        and (previous.message.source, previous.message.target) == (OPTEE, OPTEE_DRIVER)
        and (row.message.source, row.message.target) == (OPTEE_DRIVER, TEE_DRIVER)
    )


def _between(row: NoteRow | DividerRow) -> str:
    return row.text if isinstance(row, NoteRow) else f"== {row.text} =="


def _aligned(lines: list[Line]) -> str:
    """Pad sources and arrows of one block, so that its columns stand below each other.

    >>> print(_aligned([("CA", "dispatch", "TA"), ("OCALL PTA", "ret", "TA")]))
    CA        -[dispatch]-> TA
    OCALL PTA -[ret]->      TA
    """
    sources = max((len(source) for source, _, _ in lines), default=0)
    arrows = max((len(f"-[{label}]->") for _, label, _ in lines), default=0)
    return "\n".join(
        f"{source:{sources}} {f'-[{label}]->':{arrows}} {target}" for source, label, target in lines
    )
