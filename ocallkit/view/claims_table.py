"""The claims' ledger as a table, in plain text and in HTML.

claims_table(ledger())                  # every claim
claims_table(ledger("the deadlock"))    # those of one theme
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from ocallkit.claims.claim import HOLDS, OPEN, PENDING, REFINED, REFUTED
from ocallkit.view.display import Table
from ocallkit.view.ledger_table import CELL

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ocallkit.claims import Finding

HEADS = ("id", "what is claimed", "by", "verdict", "what the model says", "shown in")

EDGES = {
    HOLDS: "solid #2a9d77",
    REFINED: "dashed #b8860b",
    REFUTED: "double #d2553f",
    OPEN: "dotted #8a63c9",
    PENDING: "dotted #8a8f98",
}
"""For each verdict the edge of its cell; its word says the same."""

CODE = re.compile(r"`([^`]+)`")
PART = re.compile(r"([/,@])")
"""Where the parts of a token end."""


def claims_table(findings: Iterable[Finding]) -> Table:
    """Show claims with their verdicts, why, and where in the notebooks that is to be seen."""
    rows = tuple(findings)
    head = "".join(f'<th scope="col" style="{CELL}">{escape(head)}</th>' for head in HEADS)
    body = "".join(map(_html_row, rows))
    return Table(
        '<table style="border-collapse:collapse;table-layout:auto">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>",
        "\n\n".join(map(_plain, rows)),
    )


def _html_row(found: Finding) -> str:
    claim = found.claim
    edge = f"border-left:4px {EDGES[found.verdict]}"
    cells = (
        (f"<strong>{escape(claim.id)}</strong>", ""),
        (escape(claim.text, quote=False), "min-width:11em"),
        (escape(claim.source, quote=False), ""),
        (escape(found.verdict), edge),
        (_with_code(found.reason), "min-width:16em"),
        (_link(claim.shown), ""),
    )
    return (
        "<tr>"
        + "".join(f'<td style="{CELL};{more}">{cell}</td>' for cell, more in cells)
        + ("</tr>")
    )


def _with_code(text: str) -> str:
    """Write a reason; its tokens have no blanks, so that a line may end after each part."""
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


def _plain(found: Finding) -> str:
    claim = found.claim
    lines = [f"{claim.id} {found.verdict}: {claim.text} ({claim.source})", f"  {found.reason}"]
    return "\n".join([*lines, *([f"  shown in {claim.shown}"] if claim.shown else [])])
