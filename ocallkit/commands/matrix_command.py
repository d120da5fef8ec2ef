"""`ocallkit matrix`: every design in every scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocallkit.commands.forms import in_form, places_of
from ocallkit.commands.options import (
    add_clients,
    add_figure,
    add_forms,
    add_several,
    refuse,
    several,
)
from ocallkit.commands.status import STATUS, fill, look_at_place
from ocallkit.designs import DESIGNS
from ocallkit.judging.schema import Matrix, together
from ocallkit.scenarios import LARGER, SCENARIOS
from ocallkit.terminal import clear, has_progress, still

if TYPE_CHECKING:
    import argparse

    from ocallkit.commands.status import Answer, Commands
    from ocallkit.view.reports import Case


def add(commands: Commands) -> None:
    """What it understands."""
    judging = commands.add_parser("matrix", help="judge every design in every scenario")
    judging.set_defaults(command=judge_all)
    add_several(judging)
    judging.add_argument(
        "--larger", action="store_true", help="the scenarios of the larger world instead"
    )
    judging.add_argument("--threads", type=int, nargs="+", default=[1, 2, 3])
    add_clients(judging)
    add_figure(judging)
    add_forms(judging)


def judge_all(options: argparse.Namespace) -> Answer:
    """Judge every design in every scenario, or those that are named."""
    from ocallkit.judging.matrix import as_text, matrix
    from ocallkit.view.reports import case_of

    look_at_place("--figure", options.figure)
    if options.scenario or options.all:
        refuse(options, ["larger"], "where the scenarios are named, or all")
    scenarios, designs = several(options, LARGER if options.larger else SCENARIOS, DESIGNS)
    many = len(scenarios) * len(designs) * len(options.threads)
    cells = matrix(
        scenarios,
        designs,
        threads=options.threads,
        clients=options.clients,
        properties=options.property,
        report=(lambda done: still(f"{done} of {many} verdicts")) if has_progress() else None,
    )
    clear()
    if options.figure:
        from ocallkit.view.matrix_picture import matrix_svg

        fill("--figure", options.figure, matrix_svg(cells))
    records = [cell.record for cell in cells if cell.record]
    holds = together([record.holds for record in records])

    def cases() -> list[Case]:
        places = places_of(options.design)
        return [case_of(one, places.get(one.design, ("", 0))) for one in records]

    document = Matrix(holds=holds, verdicts=tuple(records))
    return STATUS[holds], in_form(
        options.format, "ocallkit matrix", as_text(cells), lambda: document, cases
    )
