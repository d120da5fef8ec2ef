"""This package as one of three checkers: a process of its own, so that its start counts too."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from benchmarks.peers.cells import PROPERTIES, Answer, Batch, Cell, CheckerError
from benchmarks.peers.process import OutOfTimeError, ended
from ocallkit import judge

ROOT = Path(__file__).parents[2]


class Ocallkit:
    """The reference, in a Python of its own."""

    name = "ocallkit"

    def missing(self) -> tuple[str, ...]:
        """Nothing: it is here."""
        return ()

    def judge(self, batch: Batch, limit: float) -> Answer:
        """Judge a batch, one cell after the other."""
        command = [sys.executable, "-m", "benchmarks.peers.reference", json.dumps(batch)]
        try:
            output, seconds = ended(command, ROOT, limit)
        except OutOfTimeError as error:
            return Answer({}, error.seconds, str(error))
        return read(output, batch, seconds)


def read(output: str, batch: Batch, seconds: float) -> Answer:
    """The answer in what the process printed: a line for each cell.

    What the peers do not judge is left out.
    """
    broken = {}
    stopped = ""
    for line in output.splitlines():
        cell, names, finished = json.loads(line)
        broken[Cell(*cell)] = frozenset(names).intersection(PROPERTIES)
        stopped = stopped if finished else "its own limits"
    if set(broken) != set(batch.cells):
        raise CheckerError(f"ocallkit judged other cells than it was asked for: {batch.size}")
    return Answer(broken, seconds, stopped)


def judged(batch: Batch) -> str:
    """One line for each cell: the cell, what it breaks, and whether everything was tried."""
    lines = []
    for cell in batch.cells:
        verdict = judge(
            cell.scenario,
            cell.design,
            threads=cell.threads,
            clients=cell.clients,
            rounds=cell.rounds,
        )
        lines.append(json.dumps([cell, verdict.broken, verdict.finished]))
    return "\n".join(lines)


if __name__ == "__main__":
    scenarios, designs, threads, clients, rounds = json.loads(sys.argv[1])
    print(judged(Batch(tuple(scenarios), tuple(designs), tuple(threads), clients, rounds)))
