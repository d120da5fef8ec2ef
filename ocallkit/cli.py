"""The command `ocallkit`: what the package does, for a terminal."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from ocallkit.designs import DEFAULT, DESIGNS
from ocallkit.engine import ProgramError
from ocallkit.model.config import FAULTS, MORE_FAULTS
from ocallkit.path import NoSuchStepError, Run, run
from ocallkit.scenarios import SCENARIOS
from ocallkit.system import NUM_THREADS, UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Sequence

BAD_USAGE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks for; gives the exit status.

    0: done; 2: bad usage, with one line that says what is wrong and what there is.
    """
    options = _parser().parse_args(arguments)
    try:
        print(options.command(options))
    except (UnknownNameError, NoSuchStepError, ProgramError, ValueError) as error:
        print(f"ocallkit: {error}", file=sys.stderr)
        return BAD_USAGE
    return 0


def list_all(_options: argparse.Namespace) -> str:
    """Name the scenarios and the designs, each with what it is."""
    parts = [
        ("Scenarios", {name: scenario.about for name, scenario in SCENARIOS.items()}),
        ("Designs", {name: _first_line(design.__doc__) for name, design in DESIGNS.items()}),
    ]
    width = max(len(name) for _, part in parts for name in part)
    return "\n\n".join(
        "\n".join([f"{title}:", *(f"  {name:{width}}  {what}" for name, what in part.items())])
        for title, part in parts
    )


def show(options: argparse.Namespace) -> str:
    """Show one run of a scenario in the format that is asked for."""
    shown = run(
        options.scenario,
        options.design,
        threads=options.threads,
        clients=options.clients,
        rounds=options.rounds,
        faults=(*FAULTS, *MORE_FAULTS) if options.steps else (),
        schedule=options.steps,
    )
    return _format(options.format, shown, whole=options.whole).removesuffix("\n")


def _format(name: str, shown: Run, *, whole: bool) -> str:
    """The run in the format of that name; only the view that is asked for is loaded."""
    match name:
        case "svg":
            from ocallkit.view.svg import to_svg

            return to_svg(shown, whole=whole)
        case "plantuml":
            from ocallkit.view.plantuml import to_plantuml

            return to_plantuml(shown, whole=whole)
        case "json":
            from ocallkit.view.jsonview import to_json

            return to_json(shown)
        case _:
            return shown.text(whole=whole)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ocallkit", description="An executable reference for OP-TEE OCALLs."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    listing = commands.add_parser("list", help="name the scenarios and the designs")
    listing.set_defaults(command=list_all)

    showing = commands.add_parser("show", help="show one run of a scenario")
    showing.set_defaults(command=show)
    add_system_options(showing)
    showing.add_argument(
        "--format", choices=("text", "svg", "plantuml", "json"), default="text", help="how to show"
    )
    showing.add_argument(
        "--whole", action="store_true", help="from opening the device, not only the invocation"
    )
    showing.add_argument(
        "--steps", nargs="*", default=(), metavar="STEP", help="the first steps, by name: A:kill"
    )
    return parser


def add_system_options(parser: argparse.ArgumentParser) -> None:
    """What every command that runs a scenario understands."""
    parser.add_argument("scenario", help="a scenario's name, see `ocallkit list`")
    parser.add_argument("--design", default=DEFAULT, help=f"a design's name (default {DEFAULT})")
    parser.add_argument(
        "--threads", type=int, default=NUM_THREADS, help="secure threads (CFG_NUM_THREADS)"
    )
    parser.add_argument("--clients", type=int, default=1, help="processes that do the same")
    parser.add_argument("--rounds", type=int, default=1, help="invocations of each of them")


def _first_line(text: str | None) -> str:
    return (text or "").partition("\n")[0]
