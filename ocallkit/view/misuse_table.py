"""What a caller can get wrong as a table: each act, its answer, who gives it, and what it does."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from ocallkit.view.display import Table
from ocallkit.view.ledger_table import CELL

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ocallkit.judging.misused import Tried

HEADS = ("the CA ...", "gets", "from", "its own request", "the other CA notices")


def misuse_table(acts: Iterable[Tried]) -> Table:
    """Show acts of misuse, in their order."""
    rows = [_cells(one) for one in acts]
    head = "".join(f'<th scope="col" style="{CELL}">{escape(one)}</th>' for one in HEADS)
    body = "".join(map(_html_row, rows))
    return Table(
        '<table style="border-collapse:collapse;color:inherit;font-size:inherit">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>",
        _plain([HEADS, *rows]),
    )


def _cells(one: Tried) -> tuple[str, ...]:
    return one.act.about, one.answer, one.by, one.pending, one.others


def _html_row(cells: tuple[str, ...]) -> str:
    about, answer, *more = (escape(cell, quote=False) for cell in cells)
    shown = (about, f"<code>{answer}</code>", *more)
    return "<tr>" + "".join(f'<td style="{CELL}">{cell}</td>' for cell in shown) + "</tr>"


def _plain(rows: list[tuple[str, ...]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADS))]
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
    return "\n".join(lines)
