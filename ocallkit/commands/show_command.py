"""`ocallkit show` and `ocallkit diff`: one run, and the lines in which two designs differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocallkit.commands.options import SPEC, add_size, refuse, size_of, switches_of
from ocallkit.commands.status import HOLDS
from ocallkit.designs import DEFAULT
from ocallkit.errors import UsageError
from ocallkit.judging.path import Run, run
from ocallkit.model.config import FAULTS, MORE_FAULTS, SWITCHES
from ocallkit.view.formats import FORMATS, written

if TYPE_CHECKING:
    import argparse

    from ocallkit.commands.status import Answer, Commands

ALWAYS_WHOLE = ("json", "perfetto", "token")
"""The forms that are about all of a run."""


def add(commands: Commands) -> None:
    """What both understand."""
    showing = commands.add_parser("show", help="show one run of a scenario")
    showing.set_defaults(command=show)
    showing.add_argument("scenario", nargs="?", help=SPEC)
    showing.add_argument("--design", metavar="SPEC", help=f"{SPEC} (default {DEFAULT})")
    add_size(showing)
    showing.add_argument("--clients", type=int, help="processes (default: one for each program)")
    showing.add_argument("--replay", metavar="TOKEN", help="the run that this line names")
    showing.add_argument(
        "--format", choices=FORMATS, default="text", help="how to show: default text"
    )
    showing.add_argument(
        "--whole", action="store_true", help="from opening the device, not only the invocation"
    )
    showing.add_argument(
        "--steps", nargs="*", default=(), metavar="STEP", help="the first steps, by name: A:kill"
    )
    comparing = commands.add_parser("diff", help="show the lines in which two designs differ")
    comparing.set_defaults(command=compare_designs)
    comparing.add_argument("left", metavar="SPEC", help=SPEC)
    comparing.add_argument("right", metavar="SPEC", help=SPEC)


def show(options: argparse.Namespace) -> Answer:
    """Show one run in the format that is asked for; a replayed one also beside another design."""
    if options.format in ALWAYS_WHOLE:
        refuse(options, ["whole"], f"with --format {options.format}, which is about all of the run")
    if options.replay is not None:
        said = ("threads", "rounds", "clients", "steps", *SWITCHES)
        refuse(options, said, "with --replay: the token says it")
        return _replayed(options)
    if not options.scenario:
        raise UsageError("name a scenario, or give --replay TOKEN; `ocallkit list` has the names")
    threads, rounds = size_of(options)
    shown = run(
        options.scenario,
        options.design or DEFAULT,
        threads=threads,
        clients=options.clients,
        rounds=rounds,
        faults=(*FAULTS, *MORE_FAULTS) if options.steps else (),
        schedule=options.steps,
        switches=switches_of(options),
    )
    return HOLDS, _format(options, shown)


def _replayed(options: argparse.Namespace) -> Answer:
    """The run of a token, and what it breaks; or where it parts from those of another design.

    A design or a scenario of the reader's own that the token does not name by file has to be given.
    """
    from ocallkit.judging.comparing.two_runs import as_text, part
    from ocallkit.judging.notation import read
    from ocallkit.judging.specs import load
    from ocallkit.judging.tokens import design_in, replay
    from ocallkit.view.breaking import breaks_in_words

    line = options.replay
    design = load("design", options.design) if options.design else None
    scenario = load("scenario", options.scenario) if options.scenario else None
    if design is None or design.name == design_in(line):
        shown = replay(line, design, scenario)
        text = _format(options, shown)
        broken = breaks_in_words(shown, read(line).claims) if options.format == "text" else ""
        return HOLDS, f"{text}\n\n{broken}" if broken else text
    named = replay(line, scenario=scenario)
    other = replay(line, design, scenario)
    if options.format != "text":
        return HOLDS, _format(options, other)
    refuse(options, ["whole"], "where two designs are laid side by side")
    endings = f"{named.summary}\n{other.summary}"
    return HOLDS, f"{as_text(part(named, other))}\n\n{endings}"


def _format(options: argparse.Namespace, shown: Run) -> str:
    """The run in the format that is asked for."""
    return written(shown, options.format, whole=options.whole).removesuffix("\n")


def compare_designs(options: argparse.Namespace) -> Answer:
    """Show the lines in which two designs differ."""
    from ocallkit.judging.comparing.two_designs import as_text
    from ocallkit.judging.specs import load

    return HOLDS, as_text(load("design", options.left), load("design", options.right))
