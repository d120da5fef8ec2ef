"""Compare every verdict with the peers', and print the times: ``python -m benchmarks.peers``.

Exits with 1 where verdicts differ or a checker did not finish, with 2 where a program is missing.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from typing import TYPE_CHECKING

from benchmarks.peers.agreement import Compared, report
from benchmarks.peers.cells import (
    DESIGN_NAMES,
    MOST_THREADS,
    PROPERTIES,
    SCENARIOS,
    Batch,
    Checker,
    CheckerError,
)
from benchmarks.peers.jar import fetch
from benchmarks.peers.ratios import Row, batches, measured, table
from benchmarks.peers.reference import Ocallkit
from benchmarks.peers.spin import COMPILERS, Spin
from benchmarks.peers.tlc import Tlc
from ocallkit.properties import NAMES

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

ALL_THREADS = tuple(range(1, MOST_THREADS + 1))

ALL_CLIENTS = (1, 2, 3)

SMALL = (
    Batch(),
    Batch(("flow-1-memref",), threads=(2,), clients=2),
)
"""What `--small` compares: the whole matrix of one client is quickly done."""

PEERS = {"spin": Spin, "tlc": Tlc}


def parser() -> ArgumentParser:
    """What the command takes."""
    made = ArgumentParser(
        "python -m benchmarks.peers",
        description=__doc__,
        formatter_class=RawDescriptionHelpFormatter,
    )
    made.add_argument("--small", action="store_true", help="a few cells, in half a minute")
    made.add_argument("--peers", nargs="+", choices=PEERS, default=list(PEERS))
    made.add_argument("--scenarios", nargs="+", choices=SCENARIOS, default=SCENARIOS)
    made.add_argument("--designs", nargs="+", choices=DESIGN_NAMES, default=DESIGN_NAMES)
    made.add_argument("--threads", nargs="+", type=int, choices=ALL_THREADS, default=ALL_THREADS)
    made.add_argument("--clients", nargs="+", type=int, choices=ALL_CLIENTS, default=ALL_CLIENTS)
    made.add_argument("--rounds", nargs="+", type=int, choices=(1, 2), default=(1, 2))
    made.add_argument("--no-times", action="store_true", help="compare verdicts only")
    made.add_argument("--no-verdicts", action="store_true", help="print the times only")
    made.add_argument("--limit", type=float, default=180, help="seconds for one run of a checker")
    made.add_argument("--fetch", action="store_true", help="have pip fetch TLC if it is missing")
    return made


def asked(options: Namespace) -> tuple[Batch, ...]:
    """The batches that the options ask for: several rounds of one client, one of several.

    More than two clients take long, so each design is then a batch of its own.
    """
    if options.small:
        return SMALL
    scenarios, designs = tuple(options.scenarios), tuple(options.designs)
    found: list[Batch] = []
    for clients in options.clients:
        for rounds in options.rounds if clients == 1 else (1,):
            batch = Batch(scenarios, designs, tuple(options.threads), clients, rounds)
            each = [batch._replace(designs=(design,)) for design in batch.designs]
            found += [batch] if clients <= 2 else each  # noqa: PLR2004
    return tuple(found)


def compare(checkers: Sequence[Checker], batch: Batch, limit: float) -> Compared:
    """Ask every checker for a batch."""
    return Compared(batch, {one.name: one.judge(batch, limit) for one in checkers})


def times(checkers: Sequence[Checker], most_clients: int, limit: float) -> str:
    """Measure, and print the table."""
    rows = []
    for what, batch in batches(most_clients).items():
        print(f"measuring {what}", file=sys.stderr)
        rows.append(Row(what, measured(checkers, batch, limit)))
    return table(rows)


def run(options: Namespace, peers: Sequence[Checker], timed: Sequence[Checker]) -> int:
    """Compare `peers` with this package, and measure `timed` beside it; gives the exit status."""
    own = Ocallkit()
    agreed = True
    if not options.no_verdicts:
        for batch in asked(options):
            compared = compare([own, *peers], batch, options.limit)
            agreed = agreed and compared.agreed
            print(report([compared]), flush=True)
        unjudged = [name for name in NAMES if name not in PROPERTIES]
        left_out = f"; not compared: {', '.join(unjudged)}" if unjudged else ""
        print(f"{'all agree' if agreed else 'NOT all agree'}{left_out}")
    if not options.no_times:
        print(times([own, *timed], 2 if options.small else 4, options.limit))
    return 0 if agreed else 1


def main(arguments: Sequence[str]) -> int:
    """Do what the arguments ask for; gives the exit status."""
    options = parser().parse_args(arguments)
    if options.fetch and "tlc" in options.peers:
        fetch()
    peers = [PEERS[name]() for name in options.peers]
    timed = [
        Spin(COMPILERS, coarse=True) if name == "spin" else PEERS[name]() for name in options.peers
    ]
    missing = dict.fromkeys(line for one in (*peers, *timed) for line in one.missing())
    if missing:
        print("\n".join(missing), file=sys.stderr)
        return 2
    try:
        return run(options, peers, timed)
    except CheckerError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
