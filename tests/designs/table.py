"""The decisions of a design as a table: what each is asked, what it says, what it answers."""

from __future__ import annotations

import inspect
import textwrap
from typing import NamedTuple

from ocallkit.designs.decisions import DECISIONS, WANTED
from ocallkit.model.config import Decisions


class Row(NamedTuple):
    """One decision: as it is written, what it says, and what it answers with."""

    written: str
    says: str
    answer: str


def rows() -> tuple[Row, ...]:
    """Every decision, in the order of an invocation's life."""
    return tuple(_row(name) for name in DECISIONS)


def _row(name: str) -> Row:
    found = inspect.getattr_static(Decisions, name)
    says = (inspect.getdoc(found) or "").partition("\n")[0].rstrip(".")
    answer = WANTED[name].partition(":")[0]
    if not inspect.isfunction(found):
        return Row(name, says, answer)
    _, *asked = inspect.signature(found).parameters
    return Row(f"{name}({', '.join(asked)})", says, answer)


def as_help() -> str:
    """The table as it stands in the docstring of `Design`."""
    entries = [f"{row.written}: {row.answer}\n{_indented(row.says)}" for row in rows()]
    return "\n".join(entries)


def as_markdown() -> str:
    """The table as it stands in the README."""
    lines = [
        f"| `{row.written}` | {row.says[0].lower()}{row.says[1:]} | {row.answer} |"
        for row in rows()
    ]
    return "\n".join(lines)


def _indented(text: str) -> str:
    return textwrap.indent(textwrap.fill(text, 86), "    ")
