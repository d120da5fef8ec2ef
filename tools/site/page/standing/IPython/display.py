"""Stands in for IPython.display."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

shows: list[Callable[[object], None]] = []
"""Who is told of what is displayed; the cell that runs, if one does."""


def display(*things: object) -> None:
    """Show each of them below the cell."""
    for thing in things:
        for show in shows:
            show(thing)
