"""The discussion's message list and a run, line beside line."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from ocallkit.lesson.shown import Shown, table
from ocallkit.view.hops import hops

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ocallkit.judging.path import Run
    from ocallkit.view.hops import Hop

HEADS = ("the discussion", "the run", "in the diagram")


def beside(run: Run, listed: str) -> Shown:
    """Show each line of `listed`, in the discussion's notation, beside the messages of `run`.

    A line that stands for two messages is shown beside both.  Raises ValueError at the first line
    in which the list and the run's own text differ; spacing does not count.
    """
    lines, own = _lines(listed), _lines(run.text())
    for number, (theirs, ours) in enumerate(zip_longest(lines, own, fillvalue="nothing"), 1):
        if theirs != ours:
            raise ValueError(f"line {number}: the list has {theirs!r}, the run {ours!r}")
    rest = iter(hops(run).rows)
    return table(HEADS, [_row(line, rest) for line in lines])


def _lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def _row(line: str, rest: Iterator[Hop]) -> tuple[str, str, str]:
    """What the run has for a line: the same, or two messages that the discussion writes as one."""
    if "]->" not in line:
        return line, "the same", ""
    first = next(rest)
    if first.line == line:
        return f"`{line}`", "the same", f"{first.number}"
    second = next(rest)
    both = f"`{first.line}`, then `{second.line}`"
    return f"`{line}`", both, f"{first.number}, {second.number}"
