"""The ledger of references as a table, in plain text and in HTML."""

from __future__ import annotations

from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from ocallkit.model.events import Get

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ocallkit.view.ledger import Balance, Entry, Ledger

HEADS = ("after", "object", "change", "why", "count", "held by")

CELL = "padding:0.2em 0.7em;text-align:left;vertical-align:top;border-bottom:1px solid #8888"


def ledger_text(ledger: Ledger) -> str:
    """Write the ledger in aligned columns: a line for each get and put, and who holds what then."""
    rows: list[tuple[str, ...]] = [HEADS]
    for after, cells in _groups(ledger):
        rows += [(after if first else "", *row) for first, row in _marked(cells)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADS))]
    rows.insert(1, tuple("-" * width for width in widths))
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
    return "\n".join(lines)


def ledger_html(ledger: Ledger) -> str:
    """Write the ledger as an HTML table that takes the colours of the page around it."""
    heads = "".join(f'<th scope="col" style="{CELL}">{escape(head)}</th>' for head in HEADS)
    body = "".join(_html_group(after, cells) for after, cells in _groups(ledger))
    return (
        '<table style="border-collapse:collapse;color:inherit;font-size:inherit">'
        f'<caption style="text-align:left">References in {escape(ledger.title)}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
    )


def _groups(ledger: Ledger) -> list[tuple[str, list[tuple[str, ...]]]]:
    """Collect, for each row that changed something, the cells of its rows."""
    groups = []
    if ledger.opening:
        groups.append(("before", [row for held in ledger.opening for row in _opening_cells(held)]))
    for _, group in groupby(ledger.entries, key=lambda entry: entry.row):
        entries = list(group)
        groups.append((ledger.heading(entries[0]), [_cells(entry) for entry in entries]))
    return groups


def _opening_cells(balance: Balance) -> list[tuple[str, ...]]:
    count, owners = str(balance.count), _owners(balance)
    return [(balance.target, get.owner, get.why, count, owners) for get in balance.held]


def _cells(entry: Entry) -> tuple[str, ...]:
    change = entry.change
    sign = "+" if isinstance(change, Get) else "-"
    return (
        change.target,
        f"{sign} {change.owner}",
        change.why,
        str(entry.balance.count),
        _owners(entry.balance),
    )


def _owners(balance: Balance) -> str:
    return ", ".join(balance.owners) or "nobody"


def _marked(rows: Iterable[tuple[str, ...]]) -> list[tuple[bool, tuple[str, ...]]]:
    """Mark the first of some rows."""
    return [(place == 0, row) for place, row in enumerate(rows)]


def _html_group(after: str, rows: list[tuple[str, ...]]) -> str:
    span = f' rowspan="{len(rows)}"' if len(rows) > 1 else ""
    head = f'<th scope="rowgroup"{span} style="{CELL};font-weight:normal">{escape(after)}</th>'
    return "".join(
        f"<tr>{head if first else ''}"
        f'<td style="{CELL};white-space:nowrap">{escape(row[0])}</td>'
        + "".join(f'<td style="{CELL}">{escape(cell)}</td>' for cell in row[1:])
        + "</tr>"
        for first, row in _marked(rows)
    )
