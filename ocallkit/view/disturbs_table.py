"""Who can disturb whom as a table, in plain text and in HTML.

What only its own client can see is written small; what others can see in capitals, and framed.
"""

from __future__ import annotations

from html import escape
from itertools import groupby
from typing import TYPE_CHECKING, Final

from ocallkit.judging.disturbs import OF_A_POOL, POOL, sharing
from ocallkit.view.display import Table
from ocallkit.view.ledger_table import CELL
from ocallkit.view.palette import SHARING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ocallkit.judging.disturbs import Column, Disturbs, Row, Touch

LEGEND: Final = "r: reads its own client's; w: changes it. In capitals: what others can see."
ORDER: Final = ("reads", "writes", *OF_A_POOL)
LETTERS: Final = {"reads": "r", "writes": "w"}


def headline(found: Disturbs) -> str:
    """What the matrix comes to, in a sentence."""
    loud = [
        column.name if column != POOL else f"the number of {column.name}"
        for column in found.shared
        if _worst(found, column) == "others"
    ]
    pool = f"the pool of {POOL.name}"
    if loud:
        return f"Clients meet in more than {pool}: {', '.join(loud)}"
    if not found.in_pools:
        return f"Clients meet in {pool}, and something is done for the lack of one"
    return f"Clients meet in {pool}, and nowhere else"


def size(found: Disturbs) -> str:
    """What was tried, in words."""
    tried = (
        f"{_named(found.designs, 'design')} in {_named(found.scenarios, 'scenario')}, "
        f"{_many(found.clients, 'CA')}, {_many(found.threads, 'secure thread')}, every fault"
    )
    return tried if found.finished else f"{tried}; not finished"


def words(touches: Sequence[Touch]) -> str:
    """What a step does in one column, in a few letters or, where others can see it, loud.

    >>> from ocallkit.judging.disturbs import Touch
    >>> words([Touch("reads", "own", "calls"), Touch("writes", "own", "calls")])
    'rw'
    >>> words([Touch("writes", "another's", "calls"), Touch("reads", "own", "calls")])
    "WRITES ANOTHER'S, r"
    """
    quiet = "".join(sorted(LETTERS.get(t.how, t.how) for t in touches if t.quiet))
    loud = [touch for touch in touches if not touch.quiet]
    told = {
        whose: " ".join(sorted((t.how for t in group), key=ORDER.index))
        for whose, group in groupby(sorted(loud, key=_whose), _whose)
    }
    parts = [
        (how if set(how.split()) <= set(OF_A_POOL) else f"{how} {whose}").upper()
        for whose, how in told.items()
    ]
    return ", ".join(filter(None, (*parts, quiet)))


def disturbs_text(found: Disturbs) -> str:
    """The matrix for a terminal: steps down by their party, kinds of records across."""
    columns = found.columns
    lines: list[tuple[str, ...]] = [("", *(column.name for column in columns))]
    for party, rows in by_party(found):
        lines.append((party,))
        lines += [(f"  {row.step}", *(words(row.at(one)) for one in columns)) for row in rows]
    first = max(len(line[0]) for line in lines if len(line) > 1)
    wide = [max(len(line[n]) for line in lines if len(line) > n) for n in range(1, len(lines[0]))]
    shown = (
        "  ".join(map(str.ljust, line, (first, *wide))).rstrip() if len(line) > 1 else line[0]
        for line in lines
    )
    return "\n".join([f"{headline(found)}.", f"{size(found)}.", "", *shown, "", LEGEND])


def disturbs_table(found: Disturbs) -> Table:
    """Show the matrix as a table that takes the colours of the page around it."""
    columns = found.columns
    heads = "".join(f'<th scope="col" style="{CELL}">{escape(one.name)}</th>' for one in columns)
    body = "".join(_group(party, rows, columns) for party, rows in by_party(found))
    html = (
        '<table style="border-collapse:collapse;color:inherit;font-size:inherit">'
        f'<caption style="text-align:left"><strong>{escape(headline(found))}.</strong> '
        f"{escape(size(found))}. {escape(LEGEND)}</caption>"
        f"<thead><tr><td></td>{heads}</tr></thead><tbody>{body}</tbody></table>"
    )
    return Table(html, disturbs_text(found))


def _group(party: str, rows: Sequence[Row], columns: Sequence[Column]) -> str:
    head = (
        f'<tr><th scope="rowgroup" colspan="{len(columns) + 1}" style="{CELL}">'
        f"{escape(party)}</th></tr>"
    )
    return head + "".join(_row(row, columns) for row in rows)


def _row(row: Row, columns: Sequence[Column]) -> str:
    cells = "".join(_cell(row.at(column)) for column in columns)
    name = f'<th scope="row" style="{CELL};font-weight:normal"><code>{escape(row.step)}</code></th>'
    return f"<tr>{name}{cells}</tr>"


def _cell(touches: Sequence[Touch]) -> str:
    shown, who = escape(words(touches)), sharing(touches)
    if who == "nobody":
        return f'<td style="{CELL};opacity:0.75">{shown}</td>'
    _, line = SHARING[who]
    return (
        f'<td style="{CELL};outline:2px {line};outline-offset:-3px"><strong>{shown}</strong></td>'
    )


def by_party(found: Disturbs) -> list[tuple[str, list[Row]]]:
    """The rows under their party."""
    return [(party, list(rows)) for party, rows in groupby(found.rows, lambda row: row.party)]


def _whose(touch: Touch) -> str:
    return touch.whose


def _worst(found: Disturbs, column: Column) -> str:
    return sharing([touch for row in found.rows for touch in row.at(column)])


def _named(names: Sequence[str], what: str) -> str:
    """One by its name, several by their number."""
    return names[0] if len(names) == 1 else _many(len(names), what)


def _many(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
