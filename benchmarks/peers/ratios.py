"""How long each checker takes from its start to its end, beside how long this package takes."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.peers.cells import Answer, Batch, many

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.peers.cells import Checker

SHORT = 5.0
"""A time below this, in seconds, is measured ROUNDS times, and the median counts."""
ROUNDS = 3

MEASURED = ("held-refs-ocall-fd", "held-refs-pre-release")
"""The designs whose larger cells are measured: nothing breaks, so that nothing ends early."""


TWICE = Batch(("flow-2-memref",), MEASURED[:1], (2,), clients=3, rounds=2)
"""Several invocations of each client: larger, and no deeper in what it says."""


class Row(NamedTuple):
    """What was measured, and each checker's answer by its name."""

    what: str
    answers: Mapping[str, Answer]


def batches(most_clients: int) -> dict[str, Batch]:
    """What is measured, by how the table calls it."""
    cells = {"the matrix, 1 client": Batch()}
    for design in MEASURED:
        for clients in range(2, most_clients + 1):
            batch = Batch(("flow-2-memref",), (design,), (2,), clients)
            cells[f"flow-2-memref, {design}, {many(clients, 'client')}"] = batch
    if most_clients >= TWICE.clients:
        what = f"{many(TWICE.clients, 'client')}, {many(TWICE.rounds, 'round')}"
        cells[f"flow-2-memref, {MEASURED[0]}, {what}"] = TWICE
    return cells


def measured(checkers: Sequence[Checker], batch: Batch, limit: float) -> dict[str, Answer]:
    """Each checker's answer with the median of its times; short measurements take turns."""
    first = {checker.name: checker.judge(batch, limit) for checker in checkers}
    times = {name: [answer.seconds] for name, answer in first.items()}
    short = [checker for checker in checkers if first[checker.name].seconds < SHORT]
    for _ in range(ROUNDS - 1):
        for checker in short:
            times[checker.name].append(checker.judge(batch, limit).seconds)
    return {
        name: answer._replace(seconds=statistics.median(times[name]))
        for name, answer in first.items()
    }


def table(rows: Sequence[Row]) -> str:
    """The rows in columns: the first checker's time, and each other's with its multiple.

    >>> row = Row("it", {"one": Answer({}, 2.0), "two": Answer({}, 5.0)})
    >>> print(table([row]))
            one              two
    it   2.00 s   5.00 s (x2.50)
    In brackets: how many times as long as one.
    """
    names = list(rows[0].answers)
    cells = [["", *names]]
    for row in rows:
        answers = [row.answers[name] for name in names]
        cells.append([row.what, *(beside(answer, answers[0]) for answer in answers)])
    widths = [max(len(line[column]) for line in cells) for column in range(len(names) + 1)]
    lines = [
        "   ".join(
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in cells
    ]
    return "\n".join([*lines, f"In brackets: how many times as long as {names[0]}."])


def beside(answer: Answer, own: Answer) -> str:
    """A time, and how many times as long as `own` it is; at least so long where it was stopped.

    >>> own = Answer({}, 2.0)
    >>> beside(own, own), beside(Answer({}, 60.0, "60 s"), own), beside(own, Answer({}, 9.0, "9 s"))
    ('2.00 s', 'stopped by 60 s (> x30.00)', '2.00 s')
    """
    if answer is own:
        return f"stopped by {own.stopped_by}" if own.stopped_by else f"{own.seconds:.2f} s"
    stopped = bool(answer.stopped_by)
    time = f"stopped by {answer.stopped_by}" if stopped else f"{answer.seconds:.2f} s"
    if own.stopped_by:
        return time
    return f"{time} ({'> ' if stopped else ''}x{answer.seconds / own.seconds:.2f})"
