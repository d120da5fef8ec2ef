"""A ledger of claims as a table, in plain text and in HTML.

claims_table(ledger())                  # every claim
claims_table(ledger("the deadlock"))    # those of one theme
claims_table(entries, "Findings", {"function": lambda one: one.function})    # another list
"""

from __future__ import annotations

import re
from html import escape
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from ocallkit.claims.claim import HOLDS, OPEN, PENDING, REFINED, REFUTED
from ocallkit.claims.entry import Judged, summary
from ocallkit.view.display import Table
from ocallkit.view.ledger_table import CELL
from ocallkit.view.palette import AMBER, GREEN, GREY, RED, VIOLET

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

HEADS = ("id", "what is claimed", "by", "verdict", "what is so", "shown in")

EDGES = {
    HOLDS: f"solid {GREEN}",
    REFINED: f"dashed {AMBER}",
    REFUTED: f"double {RED}",
    OPEN: f"dotted {VIOLET}",
    PENDING: f"dotted {GREY}",
}
"""For each verdict the edge of its cell; its word says the same."""

CODE = re.compile(r"`([^`]+)`")
PART = re.compile(r"([/,@])")
"""Where the parts of a token end."""

One = TypeVar("One", bound=Judged)
NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class _Column(NamedTuple):
    """A column: its head, the HTML of a cell and how that looks."""

    head: str
    cell: Callable[[Any], str]
    style: Callable[[Any], str]


def claims_table(
    entries: Iterable[One],
    title: str = "",
    further: Mapping[str, Callable[[One], str]] = NOTHING,
) -> Table:
    """Show statements with their verdicts, what is so, and where in the notebooks that is shown.

    With a `title` the table has a caption that also counts the verdicts.  `further` has columns
    that a list has besides: their heads, and what each says of an entry.  A column in which no
    entry has anything is left out.
    """
    rows = tuple(entries)
    columns = [column for column in _columns(further) if not rows or any(map(column.cell, rows))]
    caption = f"{title}: {summary(rows, 'entries')}" if title else ""
    head = "".join(f'<th scope="col" style="{CELL}">{escape(one.head)}</th>' for one in columns)
    body = "".join(_html_row(one, columns) for one in rows)
    return Table(
        '<table style="border-collapse:collapse;table-layout:auto">'
        + (f'<caption style="text-align:left">{escape(caption)}</caption>' if caption else "")
        + f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>",
        "\n\n".join(filter(None, (caption, *(_plain(one, further) for one in rows)))),
    )


def _columns(further: Mapping[str, Callable[[One], str]]) -> list[_Column]:
    """All of them, those of the list before the last."""
    cells: tuple[tuple[Callable[[Any], str], Callable[[Any], str]], ...] = (
        (lambda one: f"<strong>{escape(one.id)}</strong>", _plainly),
        (lambda one: _with_code(one.text), lambda _: "min-width:11em"),
        (lambda one: escape(one.source, quote=False), _plainly),
        (lambda one: escape(one.verdict), lambda one: f"border-left:4px {EDGES[one.verdict]}"),
        (_reason, lambda _: "min-width:16em"),
        (lambda one: _link(one.shown), _plainly),
    )
    usual = [_Column(head, *cell) for head, cell in zip(HEADS, cells, strict=True)]
    own = [_Column(head, _coded(says), _plainly) for head, says in further.items()]
    return [*usual[:-1], *own, usual[-1]]


def _plainly(_: Judged) -> str:
    return ""


def _coded(says: Callable[[Any], str]) -> Callable[[Any], str]:
    return lambda one: _with_code(says(one))


def _html_row(one: Judged, columns: Iterable[_Column]) -> str:
    cells = (
        f'<td style="{";".join(filter(None, (CELL, column.style(one))))}">{column.cell(one)}</td>'
        for column in columns
    )
    return f"<tr>{''.join(cells)}</tr>"


def _reason(one: Judged) -> str:
    """What is so; what was found besides, and the token of a Run, open below it."""
    more = [_with_code(words) for words in (one.tried, one.besides) if words]
    if one.token:
        more.append(f"A Run: {_with_code(f'`{one.token}`')}")
    if not more:
        return _with_code(one.reason)
    return (
        f"{_with_code(one.reason)}<details><summary>how it was found</summary>"
        f"{'<br/>'.join(more)}</details>"
    )


def _with_code(text: str) -> str:
    """Write a text; its tokens have no blanks, so that a line may end after each part."""
    return CODE.sub(
        lambda found: "<code>" + PART.sub(r"\1<wbr/>", found[1]) + "</code>",
        escape(text, quote=False),
    )


def _link(shown: str) -> str:
    """Write the way to a notebook, and to a heading in it if one is named."""
    if not shown:
        return ""
    file, _, heading = shown.partition("#")
    name = f"{file[:2]}: {heading.replace('-', ' ')}" if heading else file[:2]
    return f'<a href="{escape(shown)}">{escape(name, quote=False)}</a>'


def _plain(one: One, further: Mapping[str, Callable[[One], str]]) -> str:
    source = f" ({one.source})" if one.source else ""
    own = [f"{head}: {words}" for head, says in further.items() if (words := says(one))]
    token = f"a Run: {one.token}" if one.token else ""
    shown = f"shown in {one.shown}" if one.shown else ""
    lines = filter(None, (one.reason, *own, one.tried, one.besides, token, shown))
    return "\n  ".join([f"{one.id} {one.verdict}: {one.text}{source}", *lines])
