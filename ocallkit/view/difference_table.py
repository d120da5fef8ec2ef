"""The lines in which two designs differ, side by side."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Final

from ocallkit.judging.comparing.two_designs import as_text, difference
from ocallkit.view.display import Table
from ocallkit.view.ledger_table import CELL

if TYPE_CHECKING:
    from collections.abc import Collection

    from ocallkit.designs.ecall_bare import EcallBare

SOURCE: Final = re.compile(r'\n\n +Source: [^"]*(?=""")')
"""Where a decision is found in the discussion's code: for who reads the package, not the lesson."""

CODE = f"{CELL};white-space:pre-wrap;font-family:monospace;font-size:0.9em"


def difference_table(
    left: type[EcallBare], right: type[EcallBare], only: Collection[str] = ()
) -> Table:
    """Show each decision that two designs take differently, as it reads in either of them.

    With `only` no others than those are shown.
    """
    found = [one for one in difference(left, right) if not only or one.decision in only]
    heads = "".join(
        f'<th scope="col" style="{CELL}">{escape(head)}</th>'
        for head in ("decision", left.name, right.name)
    )
    body = "".join(
        f'<tr><th scope="row" style="{CELL}">{escape(one.decision)}</th>'
        f"{_code(one.left, one.left_from, left.name)}{_code(one.right, one.right_from, right.name)}"
        "</tr>"
        for one in found
    )
    table = (
        '<table style="border-collapse:collapse;color:inherit;font-size:inherit">'
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
    )
    plain = as_text(left, right, only)
    return Table(table if found else f"<p>{escape(plain)}</p>", plain)


def _code(source: str, owner: str, design: str) -> str:
    """Write a decision as it reads; where another design settled it, say which."""
    inherited = f"<br><small>as in {escape(owner)}</small>" if owner != design else ""
    return f'<td style="{CODE}">{escape(SOURCE.sub("", source))}{inherited}</td>'
