"""Two runs side by side from where they part, with what is the same on both sides level."""

from __future__ import annotations

from difflib import SequenceMatcher
from html import escape
from itertools import groupby, zip_longest
from typing import TYPE_CHECKING, Final

from ocallkit.view.display import Table
from ocallkit.view.ledger_table import CELL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ocallkit.judging.comparing.two_runs import Parting

    Pair = tuple[str, str, str]
    """What the left run does, whether both do it, what the right one does."""

BEFORE: Final = 3
"""How many of the common events are shown before they part."""

AROUND: Final = 2
"""How many lines are shown at either end of a long stretch that is the same."""

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


def folded(rows: Sequence[Pair]) -> list[Pair]:
    """Leave out the middle of what long stretches have in common, and say how much that was.

    >>> same = ("a", "=", "a")
    >>> folded([same] * 7 + [("b", "<", "")])[2:-3]
    [('3 more', '=', '3 more')]
    """
    found: list[Pair] = []
    for sign, group in groupby(rows, key=lambda row: row[1]):
        stretch = list(group)
        left_out = len(stretch) - 2 * AROUND
        if sign == SAME and left_out > 1:
            middle = f"{left_out} more"
            stretch = [*stretch[:AROUND], (middle, SAME, middle), *stretch[-AROUND:]]
        found += stretch
    return found


def parting_table(parting: Parting) -> Table:
    """Show where two runs part, and how each goes on."""
    after = pairs(parting.left_only, parting.right_only)
    shown = [(line, SAME, line) for line in parting.common[-BEFORE:]] + folded(after)
    rows = _unprefixed(shown)
    head = _head(parting)
    return Table(_html(parting, rows, head), _plain(parting, rows, head))


def _unprefixed(rows: list[Pair]) -> list[Pair]:
    """Leave out the client's name where there is only one."""
    clients = {one[:3] for row in rows for one in (row[0], row[2]) if one[1:3] == ": "}
    if len(clients) != 1:
        return rows
    (client,) = clients
    return [
        (one.removeprefix(client), sign, other.removeprefix(client)) for one, sign, other in rows
    ]


def _head(parting: Parting) -> str:
    if parting.alike:
        return f"{parting.left} and {parting.right} do the same: {len(parting.common)} events."
    return f"The first {len(parting.common)} events are the same. Then they part:"


def _html(parting: Parting, shown: Sequence[Pair], head: str) -> str:
    names = "".join(
        f'<th scope="col" style="{CELL}">{escape(name)}</th>'
        for name in (parting.left, "", parting.right)
    )
    body = "".join(f"<tr>{''.join(map(_cell, pair, (pair[1],) * 3))}</tr>" for pair in shown)
    table = (
        '<table style="border-collapse:collapse;color:inherit;font-size:inherit">'
        f"<thead><tr>{names}</tr></thead><tbody>{body}</tbody></table>"
    )
    return f"<p>{escape(head)}</p>{table if shown else ''}"


def _cell(content: str, sign: str) -> str:
    """Write a cell; what only one side does is bold."""
    weight = "normal" if sign == SAME else "bold"
    return f'<td style="{CELL};font-weight:{weight}">{escape(content)}</td>'


def _plain(parting: Parting, shown: Sequence[Pair], head: str) -> str:
    rows = [(parting.left, " ", parting.right), *shown]
    width = max(len(left) for left, _, _ in rows)
    lines = [f"{left:{width}}  {sign}  {right}".rstrip() for left, sign, right in rows]
    return "\n".join([head, "", *lines])
