"""Two runs side by side from where they part, with what is the same on both sides level."""

from __future__ import annotations

from difflib import SequenceMatcher
from html import escape
from itertools import zip_longest
from typing import TYPE_CHECKING, Final

from ocallkit.view.display import Table
from ocallkit.view.ledger_table import CELL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ocallkit.compare import Parting

    Pair = tuple[str, str, str]
    """What the left run does, whether both do it, what the right one does."""

BEFORE: Final = 3
"""How many of the common events are shown before they part."""

SAME, LEFT, RIGHT, OTHER = "=", "<", ">", "|"
"""Both do it, only the left, only the right, each something else: as `diff --side-by-side`."""


def pairs(left: Sequence[str], right: Sequence[str]) -> list[Pair]:
    """Put two lists side by side, what they have in common on one line.

    >>> pairs(["a", "b", "c"], ["b", "x"])
    [('a', '<', ''), ('b', '=', 'b'), ('c', '|', 'x')]
    """
    found: list[Pair] = []
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    for kind, i, j, m, n in matcher.get_opcodes():
        for ours, theirs in zip_longest(left[i:j], right[m:n], fillvalue=""):
            sides = OTHER if ours and theirs else LEFT if ours else RIGHT
            found.append((ours, SAME if kind == "equal" else sides, theirs))
    return found


def parting_table(parting: Parting, rows: int = 40) -> Table:
    """Show where two runs part, and how each goes on; `rows` of it at most."""
    after = pairs(parting.left_only, parting.right_only)
    shown = [(line, SAME, line) for line in parting.common[-BEFORE:]] + after[:rows]
    head = _head(parting)
    rest = f"{len(after) - rows} more lines follow." if len(after) > rows else ""
    return Table(_html(parting, shown, head, rest), _plain(parting, shown, head, rest))


def _head(parting: Parting) -> str:
    if parting.alike:
        return f"{parting.left} and {parting.right} do the same: {len(parting.common)} events."
    return f"The first {len(parting.common)} events are the same. Then they part:"


def _html(parting: Parting, shown: Sequence[Pair], head: str, rest: str) -> str:
    names = "".join(
        f'<th scope="col" style="{CELL}">{escape(name)}</th>'
        for name in (parting.left, "", parting.right)
    )
    body = "".join(f"<tr>{''.join(map(_cell, pair, (pair[1],) * 3))}</tr>" for pair in shown)
    table = (
        '<table style="border-collapse:collapse;color:inherit;font-size:inherit">'
        f"<thead><tr>{names}</tr></thead><tbody>{body}</tbody></table>"
    )
    return f"<p>{escape(head)}</p>{table if shown else ''}" + (f"<p>{rest}</p>" if rest else "")


def _cell(content: str, sign: str) -> str:
    """Write a cell; what only one side does is bold."""
    weight = "normal" if sign == SAME else "bold"
    return f'<td style="{CELL};font-weight:{weight}">{escape(content)}</td>'


def _plain(parting: Parting, shown: Sequence[Pair], head: str, rest: str) -> str:
    rows = [(parting.left, " ", parting.right), *shown]
    width = max(len(left) for left, _, _ in rows)
    lines = [f"{left:{width}}  {sign}  {right}".rstrip() for left, sign, right in rows]
    return "\n".join([head, "", *lines, *([rest] if rest else [])])
