"""`ocallkit hunt`: the smallest system in which a design breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocallkit.commands.options import SPEC, add_faults, check_seconds, faults_of
from ocallkit.commands.status import HOLDS, NOT_KNOWN, VIOLATED
from ocallkit.judging.assembly import check_count
from ocallkit.terminal import clear, has_progress, still

if TYPE_CHECKING:
    import argparse

    from ocallkit.commands.status import Answer, Commands
    from ocallkit.judging.hunting.hunt import Tried


def add(commands: Commands) -> None:
    """What it understands."""
    hunting = commands.add_parser("hunt", help="find the smallest system that breaks a design")
    hunting.set_defaults(command=hunt)
    hunting.add_argument("design", metavar="SPEC", help=SPEC)
    hunting.add_argument("--seconds", type=float, default=60, help="give up after so long")
    hunting.add_argument("--seed", type=int, help="another order among systems of one size")
    hunting.add_argument("--size", type=int, help="look no further than this")
    hunting.add_argument(
        "--clients", type=int, nargs="+", default=[1, 2], help="numbers of processes to try"
    )
    hunting.add_argument(
        "--threads", type=int, nargs="+", default=[1, 2], help="numbers of secure threads to try"
    )
    hunting.add_argument(
        "--breaks",
        action="append",
        default=[],
        metavar="PROPERTY",
        help="no other counts; also one of your own, file.py:name",
    )
    add_faults(hunting)
    hunting.add_argument(
        "--limit", type=int, default=20_000, metavar="STATES", help="leave larger systems"
    )
    hunting.add_argument("--json", action="store_true", help="what was found as JSON")


def hunt(options: argparse.Namespace) -> Answer:
    """Look for the smallest system in which a design breaks."""
    from ocallkit.judging.hunting.hunt import Hunt
    from ocallkit.judging.hunting.report import as_document, in_words
    from ocallkit.judging.hunting.systems import space
    from ocallkit.judging.schema import written
    from ocallkit.judging.specs import load

    check_seconds(options.seconds)
    check_count("limit", options.limit, 1, 10**9)
    search = Hunt(
        load("design", options.design),
        space(options.clients, options.threads, faults_of(options)),
        seed=options.seed,
        seconds=options.seconds,
        size=options.size,
        states=options.limit,
        properties=options.breaks,
        report=_hunted if has_progress() else None,
    )
    caught = search.first()
    clear()
    status = VIOLATED if caught else HOLDS if search.is_complete else NOT_KNOWN
    if options.json:
        return status, written(as_document(search, caught))
    return status, in_words(search, caught)


def _hunted(tried: Tried) -> None:
    """One line that stands still while a hunt goes on."""
    still(f"size {tried.size}: {tried.systems:,} systems judged, {tried.seconds:.0f} s")
