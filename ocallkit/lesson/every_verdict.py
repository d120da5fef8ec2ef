"""Every verdict, and what every step touches, found once for all cells of a notebook."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from ocallkit import matrix
from ocallkit.judging.disturbs import disturbs

if TYPE_CHECKING:
    from ocallkit.judging.disturbs import Disturbs
    from ocallkit.judging.matrix import Cell


@cache
def verdicts() -> tuple[Cell, ...]:
    """Every design in every scenario, with one client and one to three secure threads.

    In this process alone: a notebook's kernel has threads, and should not be forked.
    """
    return matrix(processes=1)


@cache
def touched() -> Disturbs:
    """What each step reads and changes, under every design in every scenario."""
    return disturbs()
