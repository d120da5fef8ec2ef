"""`ocallkit disturbs`: what each step reads and changes, and whose it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocallkit.commands.options import SPEC, add_table_forms
from ocallkit.commands.status import HOLDS, NOT_KNOWN, fill, look_at_place
from ocallkit.designs import DESIGNS
from ocallkit.judging.assembly import NUM_THREADS

if TYPE_CHECKING:
    import argparse

    from ocallkit.commands.status import Answer, Commands


def add(commands: Commands) -> None:
    """What it understands."""
    disturbing = commands.add_parser(
        "disturbs", help="show what each step reads and changes, and who else can see it"
    )
    disturbing.set_defaults(command=who_disturbs)
    disturbing.add_argument(
        "designs", nargs="*", metavar="SPEC", help=f"{SPEC} (default: every design)"
    )
    disturbing.add_argument("--threads", type=int, default=NUM_THREADS)
    disturbing.add_argument("--clients", type=int, default=2)
    add_table_forms(disturbing)


def who_disturbs(options: argparse.Namespace) -> Answer:
    """Show what each step reads and changes, and whose it is."""
    from ocallkit.judging.disturbs import disturbs

    look_at_place("--figure", options.figure)
    found = disturbs(
        options.designs or tuple(DESIGNS), threads=options.threads, clients=options.clients
    )
    if options.figure:
        from ocallkit.view.disturbs_picture import disturbs_svg

        fill("--figure", options.figure, disturbs_svg(found))
    status = HOLDS if found.finished else NOT_KNOWN
    if options.json:
        from ocallkit.judging.schema import written

        return status, written(found.document())
    from ocallkit.view.disturbs_table import disturbs_text

    return status, disturbs_text(found)
