"""How fast designs are judged, and what each reduction saves: ``python -m benchmarks.judging``.

Nothing is asserted: a machine that is busy is slow.  Each time stands beside that of something
that is done in the same run, so that their ratio means the same on another machine.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from benchmarks.figures import Row, table
from ocallkit import judge
from ocallkit.engine.exploration import ALL_REDUCTIONS, NO_REDUCTIONS, Reductions
from ocallkit.judging.matrix import matrix

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit.engine.exploration import Exploration

THREADS = 2
TABLES = 200_000
"""How many tables are copied to know what one copy takes."""


def seconds(function: Callable[[], object]) -> float:
    """How long it takes, once."""
    began = time.perf_counter()
    function()
    return time.perf_counter() - began


def explored(
    scenario: str, design: str, *, clients: int, reductions: Reductions = ALL_REDUCTIONS
) -> Exploration:
    """What judging one cell came to, in this process."""
    verdict = judge(scenario, design, threads=THREADS, clients=clients, reductions=reductions)
    return verdict.exploration


def whole_matrix() -> Row:
    """Every design in every scenario, one client, 1 to 3 threads."""
    cores = os.cpu_count() or 1
    own, alone = seconds(matrix), seconds(lambda: matrix(processes=1))
    return Row(f"the matrix, one client, on {cores} cores", own, "in one process", alone)


def two_clients(design: str) -> Row:
    """Flow 2 with registered memory and two clients, beside one client."""
    both = explored("flow-2-memref", design, clients=2).seconds
    one = explored("flow-2-memref", design, clients=1).seconds
    return Row(f"flow-2-memref, {design}, two clients", both, "one client", one)


def many_clients() -> Row:
    """A million states: five clients, beside four."""
    verdict = judge("flow-2-memref", "held-refs-pre-release", threads=THREADS, clients=5)
    four = explored("flow-2-memref", "held-refs-pre-release", clients=4).seconds
    return Row(
        f"five clients ({verdict.exploration.states:,} states)",
        verdict.exploration.seconds,
        "four clients",
        four,
    )


def without_memory() -> Row:
    """What it saves to take a step once for each thing that it can depend on."""
    kept = explored("flow-1", "held-refs-ocall-fd", clients=2).seconds
    again = explored(
        "flow-1", "held-refs-ocall-fd", clients=2, reductions=Reductions(memory=False)
    ).seconds
    return Row("flow-1, two clients, every step taken each time", again, "taken once", kept)


def one_transition() -> Row:
    """One transition of an exploration in which nothing is left out, beside a copy of a dict."""
    found = explored("plain-invoke", "held-refs-ocall-fd", clients=2, reductions=NO_REDUCTIONS)
    plain = dict.fromkeys(range(8))
    copies = seconds(lambda: [dict(plain) for _ in range(TABLES)])
    rate = found.transitions / found.seconds
    return Row(
        f"one transition, nothing left out ({rate:,.0f} a second)",
        found.seconds / found.transitions,
        "copy of a dict",
        copies / TABLES,
    )


def times() -> str:
    """The table of times."""
    return table(
        [
            whole_matrix(),
            two_clients("held-refs-pre-release"),
            two_clients("held-refs-ocall-fd"),
            many_clients(),
            without_memory(),
            one_transition(),
        ]
    )


SWITCHES = {
    "all": ALL_REDUCTIONS,
    "no symmetry": Reductions(symmetry=False),
    "not local": Reductions(local=False),
    "none": NO_REDUCTIONS,
}


def states() -> str:
    """What each reduction saves with two clients: states kept, and transitions tried."""
    lines = [f"{'two clients, held-refs-ocall-fd':32}" + "".join(f"{s:>18}" for s in SWITCHES)]
    for scenario in ("plain-invoke", "flow-1"):
        for what in ("states", "transitions"):
            counts = [
                getattr(
                    explored(scenario, "held-refs-ocall-fd", clients=2, reductions=reductions), what
                )
                for reductions in SWITCHES.values()
            ]
            shown = "".join(f"{n:10,} ({counts[-1] / n:4.1f})" for n in counts)
            lines.append(f"{scenario + ', ' + what:32}{shown}")
    return "\n".join([*lines, "In brackets: how many times as many without any reduction."])


if __name__ == "__main__":
    print(times())
    print()
    print(states())
