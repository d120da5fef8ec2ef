"""What several commands understand, and what they make of it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ocallkit.designs import EVERY
from ocallkit.engine.exploration import ALL_REDUCTIONS, Limits, Reductions
from ocallkit.errors import UsageError
from ocallkit.judging.assembly import ANY, NUM_THREADS, check_count
from ocallkit.model.config import FAULTS, MORE_FAULTS, SWITCHES
from ocallkit.scenarios import ALL

if TYPE_CHECKING:
    from collections.abc import Iterable

SPEC: Final = "a name of `ocallkit list`, file.py:Name or module:Name"

FORMS: Final = ("text", "json", "github", "junit")
"""In which form verdicts are printed."""


def number_or_any(text: str) -> int | str:
    """A number of clients, or as many as tell of any number."""
    if text == ANY:
        return text
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"a number or '{ANY}', not {text!r}") from None


# --- what is judged ---------------------------------------------------------------------------


def add_several(parser: argparse.ArgumentParser) -> None:
    """Which scenarios and which designs."""
    parser.add_argument(
        "--scenario", action="append", default=[], metavar="SPEC", help=f"{SPEC}; may be repeated"
    )
    parser.add_argument(
        "--design", action="append", default=[], metavar="SPEC", help=f"{SPEC}; may be repeated"
    )
    parser.add_argument(
        "--all", action="store_true", help="every scenario, every design: where none is named"
    )
    parser.add_argument(
        "--property",
        action="append",
        default=[],
        metavar="SPEC",
        help="also one of your own, file.py:name",
    )


def several(
    options: argparse.Namespace, scenarios: Iterable[str], designs: Iterable[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The scenarios and the designs that are asked for; those given here where none is named.

    Raises UsageError for what says nothing, or says it twice.
    """
    for kind in ("scenario", "design", "property"):
        named = getattr(options, kind)
        for name in named:
            if named.count(name) > 1:
                raise UsageError(f"--{kind} {name}: it is named twice")
    if options.all and options.scenario and options.design:
        raise UsageError("--all has no effect where scenarios and designs are named: leave it out")
    scenarios, designs = (ALL, EVERY) if options.all else (scenarios, designs)
    return tuple(options.scenario or scenarios), tuple(options.design or designs)


def add_size(parser: argparse.ArgumentParser) -> None:
    """How large a system is, and what it may do otherwise."""
    parser.add_argument(
        "--threads", type=int, help=f"secure threads (CFG_NUM_THREADS; default {NUM_THREADS})"
    )
    parser.add_argument("--rounds", type=int, help="invocations of each process (default 1)")
    for name, values in SWITCHES.items():
        parser.add_argument(f"--{name}", choices=values, help=f"default: {values[0]}")


def add_clients(parser: argparse.ArgumentParser) -> None:
    """How many clients a verdict is about."""
    parser.add_argument(
        "--clients",
        type=number_or_any,
        metavar="N",
        help=f"processes; '{ANY}': as many as tell of any number (default: one for each program)",
    )


def add_faults(parser: argparse.ArgumentParser) -> None:
    """What may go wrong."""
    parser.add_argument(
        "--no-faults", action="store_true", help="nothing goes wrong but what --fault names"
    )
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="NAME",
        help=f"also: {', '.join(MORE_FAULTS)}",
    )


def size_of(options: argparse.Namespace) -> tuple[int, int]:
    """How many secure threads, and rounds."""
    threads = NUM_THREADS if options.threads is None else options.threads
    return threads, 1 if options.rounds is None else options.rounds


def switches_of(options: argparse.Namespace) -> dict[str, str]:
    """The switches that are set."""
    given = {name: getattr(options, name.replace("-", "_")) for name in SWITCHES}
    return {name: value for name, value in given.items() if value is not None}


def faults_of(options: argparse.Namespace) -> tuple[str, ...]:
    """What may go wrong, as `add_faults` has it asked for.

    Raises UsageError for a fault that may happen anyway.
    """
    usual = () if options.no_faults else FAULTS
    for number, name in enumerate(options.fault):
        if name in {*usual, *options.fault[:number]}:
            raise UsageError(f"--fault {name} has no effect: it may happen anyway; leave it out")
    return (*usual, *options.fault)


# --- how far, and in which form ---------------------------------------------------------------


def add_limits(parser: argparse.ArgumentParser) -> None:
    """Where an exploration gives up, and what it may not leave out."""
    parser.add_argument(
        "--without",
        action="append",
        default=[],
        choices=Reductions._fields,
        help="switch a reduction off",
    )
    parser.add_argument("--limit", type=int, metavar="STATES", help="give up after so many states")
    parser.add_argument("--seconds", type=float, help="give up after so long")
    parser.add_argument("--depth", type=int, metavar="STEPS", help="look no further than this")
    parser.add_argument(
        "--megabytes", type=int, help="give up at so much memory (default: half of what is free)"
    )


def limits_of(options: argparse.Namespace) -> Limits:
    """Where it gives up; raises UsageError for what is no limit."""
    for name in ("limit", "depth", "megabytes"):
        if getattr(options, name) is not None:
            check_count(name, getattr(options, name), 1, 10**9)
    check_seconds(options.seconds)
    return Limits(options.limit, options.seconds, options.depth, options.megabytes)


def reductions_of(options: argparse.Namespace) -> Reductions:
    """What may be left out."""
    return ALL_REDUCTIONS._replace(**dict.fromkeys(options.without, False))


def check_seconds(seconds: float | None) -> None:
    """Raise UsageError for a time that none can last."""
    if seconds is not None and not seconds > 0:
        raise UsageError(f"seconds: a number above 0, not {seconds!r}")


def add_forms(parser: argparse.ArgumentParser) -> None:
    """In which form verdicts are printed."""
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--format", choices=FORMS, help="how to show: default text")
    form.add_argument(
        "--json",
        action="store_const",
        dest="format",
        const="json",
        help="the same as --format json",
    )


def add_table_forms(parser: argparse.ArgumentParser) -> None:
    """How else a table is shown."""
    parser.add_argument("--json", action="store_true", help="all of it as JSON")
    add_figure(parser)


def add_figure(parser: argparse.ArgumentParser) -> None:
    """The picture of a table."""
    parser.add_argument("--figure", type=Path, metavar="FILE", help="also as a picture (SVG)")


def refuse(options: argparse.Namespace, names: Iterable[str], why: str) -> None:
    """Raise UsageError for the first of some options that is given, though it says nothing."""
    for name in names:
        # What is not given is None, False, or an empty list.
        if getattr(options, name.replace("-", "_")):
            raise UsageError(f"--{name} has no effect {why}: leave it out")
