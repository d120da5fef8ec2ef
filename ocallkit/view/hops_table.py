"""Messages and the octets that they carry, as tables in HTML and in plain text."""

from __future__ import annotations

from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from ocallkit.abi.byte_layout import PRINTABLE, hexdump
from ocallkit.view.display import Table
from ocallkit.view.words import param_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ocallkit.view.display import Bundle
    from ocallkit.view.hops import Hop, Hops

CELL = "padding:0.2em 0.7em;text-align:left;vertical-align:top;border-bottom:1px solid #8888"
PRE = "margin:0;line-height:1.3;white-space:pre;text-align:left"

SHORT = 2
"""So many lines of zeros are written out; of more only the first."""


def dump(octets: bytes) -> Table:
    """Show octets sixteen to a line; `*` stands for further lines of zeros."""
    text = squeezed(octets)
    return Table(f'<pre style="{PRE}">{escape(text)}</pre>', text)


def squeezed(octets: bytes) -> str:
    r"""Write octets as hexdump(1) does: runs of zero lines are cut, the last line is the size.

    >>> print(squeezed(b"OCALL" + bytes(43)))
    0000  4f 43 41 4c 4c 00 00 00 00 00 00 00 00 00 00 00  OCALL...........
    0010  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  ................
    0020  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  ................
    0030
    """
    lines: list[str] = []
    for zero, group in groupby(hexdump(octets).splitlines(), key=_is_zero):
        same = list(group)
        lines += [same[0], "*"] if zero and len(same) > SHORT else same
    return "\n".join([*lines, f"{len(octets):04x}"])


def _is_zero(line: str) -> bool:
    """Whether a full line of a dump has only zeros: its sixteen columns of text are all dots."""
    return set(line.partition("  ")[2].partition("  ")[0]) <= set("0 ")


def as_text(octets: bytes) -> str:
    r"""Write octets as text, a dot for each that is none, and count the zeros that end it.

    >>> as_text(b"fun\0" + bytes(2)), as_text(bytes(8)), as_text(b"ping")
    ('"fun" and 3 zeros', '8 zeros', '"ping"')
    """
    body = octets.rstrip(b"\0")
    zeros = len(octets) - len(body)
    text = "".join(chr(octet) if octet in PRINTABLE else "." for octet in body)
    parts = [f'"{text}"'] if body else []
    parts += [f"{zeros} zero{'s' if zeros > 1 else ''}"] if zeros else []
    return " and ".join(parts)


def words(hop: Hop) -> str:
    """The named numbers that a message carries."""
    return ", ".join(f"{name}={value}" for name, value in hop.message.words)


def param_cells(hop: Hop) -> list[tuple[str, str]]:
    """For each parameter what it is, and what its octets are."""
    pairs = zip(hop.message.params, hop.octets, strict=True)
    return [
        (f"params[{place}] {param_words(param)}", as_text(data))
        for place, (param, data) in enumerate(pairs)
    ]


def hops_bundle(hops: Hops) -> Bundle:
    """Show messages as a table: number, message and words, and a line for each parameter."""
    heads = ("", "message", "parameter", "bytes that it reaches")
    head = "".join(f'<th scope="col" style="{CELL}">{escape(title)}</th>' for title in heads)
    body = "".join(_html_rows(hop) for hop in hops.rows)
    html = (
        '<table style="border-collapse:collapse">'
        f'<caption style="text-align:left">What the messages of {escape(hops.title)} carry'
        f"</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )
    plain = "\n".join(line for hop in hops.rows for line in _plain_rows(hop))
    return {"text/html": html, "text/plain": plain}


def _html_rows(hop: Hop) -> str:
    """One row for each parameter; number and message stand beside all of them."""
    params = param_cells(hop) or [("", "")]
    span = f' rowspan="{len(params)}"' if len(params) > 1 else ""
    said = f"<br>{escape(words(hop))}" if hop.message.words else ""
    before = (
        f'<th scope="rowgroup"{span} style="{CELL};font-weight:normal">{hop.number}</th>'
        f'<td{span} style="{CELL}">{escape(hop.line)}{said}</td>'
    )
    rows = [
        "".join(f'<td style="{CELL}">{escape(cell)}</td>' for cell in cells) for cells in params
    ]
    rows[0] = before + rows[0]
    return "".join(f"<tr>{row}</tr>" for row in rows)


def _plain_rows(hop: Hop) -> Iterable[str]:
    said = words(hop)
    yield f"{hop.number:3} {hop.line}" + (f" ({said})" if said else "")
    for what, data in param_cells(hop):
        yield f"      {what}" + (f": {data}" if data else "")


def hop_bundle(hop: Hop) -> Bundle:
    """Show one message: its words, and each parameter with its octets in hexadecimal."""
    said = words(hop)
    title = f"{hop.number} {hop.line}" + (f" ({said})" if said else "")
    parts = [
        (f"params[{place}] {param_words(param)}", squeezed(data) if data else "")
        for place, (param, data) in enumerate(zip(hop.message.params, hop.octets, strict=True))
    ]
    html = f"<div><b>{escape(title)}</b></div>" + "".join(
        f"<div>{escape(head)}</div>" + (f'<pre style="{PRE}">{escape(text)}</pre>' if text else "")
        for head, text in parts
    )
    plain = "\n".join([title, *(line for part in parts for line in part if line)])
    return {"text/html": html, "text/plain": plain}
