"""Buffers as annotated tables, in plain text and in HTML."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from ocallkit.view.hops_table import CELL

if TYPE_CHECKING:
    from ocallkit.view.buffers import Buffer, Buffers, Row
    from ocallkit.view.display import Bundle

HEADS: Final = ("", "offset", "bytes", "field", "value", "meaning")

MARK: Final = "*"
"""Stands before what is not as it was when the buffer was last seen."""

CHANGED: Final = "background:#e6a70040"
"""The same for the eye: a tint that lies on a light page and on a dark one."""

SHORT: Final = 8
"""So many zeros are written out."""


def cells(row: Row) -> tuple[str, ...]:
    """One row of a table."""
    return (
        MARK if row.changed else "",
        f"0x{row.offset:04x}",
        octets(row.octets),
        row.field,
        row.value,
        row.meaning,
    )


def octets(data: bytes) -> str:
    """Write octets in hexadecimal; of many zeros only how many they are.

    >>> octets(bytes(2)), octets(bytes(32)), octets(b"OCALL")
    ('00 00', '32 zeros', '4f 43 41 4c 4c')
    """
    if len(data) > SHORT and not any(data):
        return f"{len(data)} zeros"
    return data.hex(" ")


def title(buffer: Buffer) -> str:
    """What crosses, for whom, and what lies there."""
    what = buffer.event.structure
    lies = f": struct {what}, {len(buffer.octets)} bytes" if what else ""
    return f"{buffer.number} {buffer.event.client} {buffer.line}{lies}"


def buffer_text(buffer: Buffer) -> str:
    """Write a buffer in aligned columns."""
    lines = [title(buffer)]
    if buffer.registers:
        lines.append(f"  {buffer.registers}")
    if buffer.rows:
        table = [HEADS, *map(cells, buffer.rows)]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        lines += ["  ".join(map(str.ljust, row, widths)).rstrip() for row in table]
    return "\n".join(lines)


def buffer_html(buffer: Buffer) -> str:
    """Write a buffer as an HTML table that takes the colours of the page around it."""
    said = f"<br>{escape(buffer.registers)}" if buffer.registers else ""
    head = "".join(f'<th scope="col" style="{CELL}">{escape(text)}</th>' for text in HEADS)
    body = "".join(_html_row(row) for row in buffer.rows)
    table = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>" if buffer.rows else ""
    return (
        '<table style="border-collapse:collapse;color:inherit;font-size:inherit">'
        f'<caption style="text-align:left">{escape(title(buffer))}{said}</caption>{table}</table>'
    )


def _html_row(row: Row) -> str:
    """A row of numbers in letters of one width, what has changed marked and tinted."""
    tint = f";{CHANGED}" if row.changed else ""
    return (
        "<tr>"
        + "".join(
            f'<td style="{CELL};{_letters(place)}{tint}">{escape(text)}</td>'
            for place, text in enumerate(cells(row))
        )
        + "</tr>"
    )


def _letters(place: int) -> str:
    """How a column is written: sentences as text, octets on one line."""
    if place == len(HEADS) - 1:
        return ""
    return "font-family:monospace" + (";white-space:nowrap" if place < HEADS.index("value") else "")


def buffer_bundle(buffer: Buffer) -> Bundle:
    """Show one buffer."""
    return {"text/html": buffer_html(buffer), "text/plain": buffer_text(buffer)}


def buffers_bundle(buffers: Buffers) -> Bundle:
    """Show buffers one below the other."""
    html = "<br>".join(map(buffer_html, buffers.rows))
    return {"text/html": html, "text/plain": "\n\n".join(map(buffer_text, buffers.rows))}
