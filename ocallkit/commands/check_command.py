"""`ocallkit check` and `ocallkit pin`: every possibility tried, and what came of it kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ocallkit.commands.forms import in_form, places_of
from ocallkit.commands.options import (
    add_clients,
    add_faults,
    add_forms,
    add_limits,
    add_several,
    add_size,
    faults_of,
    limits_of,
    reductions_of,
    refuse,
    several,
    size_of,
    switches_of,
)
from ocallkit.commands.status import HOLDS, STATUS, fill, look_at_place
from ocallkit.designs import DEFAULT
from ocallkit.engine.exploration import ALL_REDUCTIONS, INTERRUPT, LIMITS, Limits, Reductions
from ocallkit.errors import UsageError
from ocallkit.judging.asked import Asked, look_at
from ocallkit.judging.schema import Check, Record, together
from ocallkit.model.config import SWITCHES
from ocallkit.terminal import clear, has_progress, has_reader, still

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from ocallkit.commands.status import Answer, Commands
    from ocallkit.engine.exploration import Progress
    from ocallkit.view.reports import Case

IN_A_PIN = (
    *("scenario", "design", "all", "property", "threads", "rounds", "clients"),
    *("fault", "no-faults", "also", *SWITCHES),
)
"""The options that a file of pins answers."""


class Wanted(NamedTuple):
    """A verdict that a process is to come to, and how."""

    asked: Asked
    reductions: Reductions = ALL_REDUCTIONS
    limits: Limits = LIMITS


class Found(NamedTuple):
    """A verdict as plain values, and in words."""

    record: Record
    words: str


def add(commands: Commands) -> None:
    """What both understand."""
    checking = commands.add_parser("check", help="try every possibility of a scenario")
    checking.set_defaults(command=check)
    _add_asked(checking)
    add_limits(checking)
    checking.add_argument(
        "--pinned", type=Path, metavar="FILE", help="say what is not as `ocallkit pin` has kept it"
    )
    add_forms(checking)
    pinning = commands.add_parser("pin", help="keep verdicts, counts and tokens in a file")
    pinning.set_defaults(command=pin)
    _add_asked(pinning)
    pinning.add_argument(
        "--out", type=Path, metavar="FILE", help="the file (default: to the terminal)"
    )


def _add_asked(parser: argparse.ArgumentParser) -> None:
    """What is judged, by either of them."""
    add_several(parser)
    add_size(parser)
    add_clients(parser)
    add_faults(parser)
    parser.add_argument(
        "--also",
        action="append",
        default=[],
        metavar="PROPERTY",
        help="ask for one that is asked on request only",
    )


def check(options: argparse.Namespace) -> Answer:
    """Try every possibility of each scenario under each design."""
    how = reductions_of(options), limits_of(options)
    if options.pinned is not None:
        refuse(options, IN_A_PIN, "with --pinned: the file says what is judged")
        from ocallkit.commands.pin_check import checked_again

        def again(asked: Sequence[Asked]) -> list[Record]:
            return [one.record for one in _each(asked, *how)]

        return checked_again(options.pinned, options.format, again)
    from ocallkit.view.reports import case_of

    asked = _asked(options)
    found = _each(asked, *how)
    records = [one.record for one in found]
    holds = together([record.holds for record in records])
    text = "\n\n".join([*(one.words for one in found), *_in_all(records)])

    def cases() -> list[Case]:
        places = places_of(options.design)
        return [case_of(one, places.get(one.design, ("", 0))) for one in records]

    document = Check(holds=holds, verdicts=tuple(records))
    return STATUS[holds], in_form(options.format, "ocallkit check", text, lambda: document, cases)


def pin(options: argparse.Namespace) -> Answer:
    """Keep what comes of each scenario under each design."""
    from ocallkit.judging.pinned import pin_of, to_lines

    look_at_place("--out", options.out)
    asked = _asked(options)
    found = _each(asked)
    pins = [pin_of(one, came.record) for one, came in zip(asked, found, strict=True)]
    text = to_lines(pins)
    if options.out is None:
        return HOLDS, text
    fill("--out", options.out, f"{text}\n")
    return HOLDS, f"{options.out}: {len(pins)} verdict{'s' * (len(pins) != 1)}"


def _asked(options: argparse.Namespace) -> list[Asked]:
    """Each verdict that is asked for; what is wrong is told here."""
    scenarios, designs = several(options, (), (DEFAULT,))
    if not scenarios:
        raise UsageError("name a --scenario, or say --all; `ocallkit list` has the names")
    threads, rounds = size_of(options)
    asked = [
        Asked(
            scenario,
            design,
            threads,
            options.clients,
            rounds,
            faults_of(options),
            switches_of(options),
            tuple(options.also),
            tuple(options.property),
        )
        for scenario in scenarios
        for design in designs
    ]
    look_at(asked)
    return asked


def _each(
    asked: Sequence[Asked], reductions: Reductions = ALL_REDUCTIONS, limits: Limits = LIMITS
) -> tuple[Found, ...]:
    """Come to each verdict; on all cores, where there are several."""
    from ocallkit.judging.matrix import on_all_cores

    wanted = [Wanted(one, reductions, limits) for one in asked]
    if len(wanted) == 1:
        found = (_found(wanted[0], _progress if has_progress() else None),)
        clear()
        return found
    tell = (lambda done: still(f"{done} of {len(wanted)} verdicts")) if has_progress() else None
    every = on_all_cores(_one_of_several, wanted, report=tell)
    clear()
    return every


def _one_of_several(wanted: Wanted) -> Found:
    found = _found(wanted)
    if found.record.stopped_by == INTERRUPT:
        raise KeyboardInterrupt
    return found


def _found(wanted: Wanted, report: Callable[[Progress], None] | None = None) -> Found:
    from ocallkit.judging.verdict import judge
    from ocallkit.view.verdict_words import in_words

    asked = wanted.asked
    verdict = judge(
        asked.scenario,
        asked.design,
        **asked.arguments,
        reductions=wanted.reductions,
        limits=wanted.limits,
        report=report,
    )
    words = in_words(verdict)
    if has_reader():
        seconds = verdict.exploration.seconds
        rate = verdict.exploration.transitions / max(seconds, 1e-9)
        words += f"\n{seconds:.2f} s, {rate:,.0f} transitions a second"
    return Found(verdict.record, words)


def _in_all(records: Sequence[Record]) -> list[str]:
    """How many of several came out how."""
    if len(records) == 1:
        return []
    counts = [sum(one.holds is how for one in records) for how in (True, False, None)]
    return ["{} hold, {} are violated, {} are not known.".format(*counts)]


def _progress(progress: Progress) -> None:
    """One line that stands still while its numbers move."""
    rate = progress.transitions / max(progress.seconds, 1e-9)
    still(f"{progress.states:,} states, depth {progress.depth}, {rate:,.0f} transitions/s")
