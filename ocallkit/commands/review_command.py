"""`ocallkit review`: a reviewer's page about a design."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ocallkit.commands.options import SPEC, add_clients, check_seconds
from ocallkit.commands.status import STATUS, fill, look_at_place
from ocallkit.errors import UsageError
from ocallkit.scenarios import ALL
from ocallkit.terminal import clear, has_progress, still
from ocallkit.view.page import BOTH, FORMS

if TYPE_CHECKING:
    import argparse

    from ocallkit.commands.status import Answer, Commands
    from ocallkit.reviewing import Review

JSON = "json"


def add(commands: Commands) -> None:
    """What it understands."""
    reviewing = commands.add_parser(
        "review", help="write a reviewer's page: a design of your own against its parent"
    )
    reviewing.set_defaults(command=write_review)
    reviewing.add_argument("design", metavar="SPEC", help=SPEC)
    reviewing.add_argument(
        "--against", default="", metavar="SPEC", help="another design than its parent"
    )
    reviewing.add_argument(
        "--out", type=Path, metavar="PATH", help="a file, or a folder (default: to the terminal)"
    )
    reviewing.add_argument(
        "--format",
        choices=(*FORMS.values(), BOTH, JSON),
        help=f"default: what --out ends in; {BOTH} in a folder, markdown to the terminal",
    )
    reviewing.add_argument(
        "--scenario",
        nargs="+",
        action="extend",
        default=[],
        metavar="SPEC",
        help=f"{SPEC} (default: those of the matrix)",
    )
    reviewing.add_argument("--all", action="store_true", help="every scenario that there is")
    reviewing.add_argument("--threads", type=int, nargs="+", default=[1, 2, 3])
    add_clients(reviewing)
    reviewing.add_argument(
        "--claims", nargs="*", metavar="ID", help="default: every one that is about the parent"
    )
    reviewing.add_argument(
        "--seconds", type=float, default=300, help="give up after so long: the rest is not known"
    )


def write_review(options: argparse.Namespace) -> Answer:
    """Write the page that a reviewer of a design pastes into a pull request."""
    from ocallkit.judging.specs import load
    from ocallkit.reviewing import review
    from ocallkit.view.page import MARKDOWN
    from ocallkit.view.page_files import files, written
    from ocallkit.view.review_page import in_one_line, review_page

    check_seconds(options.seconds)
    if options.all and options.scenario:
        raise UsageError("--all has no effect where scenarios are named: leave it out")
    # What is wrong with the place is known before anything is judged.
    design = load("design", options.design)
    as_data = options.format == JSON
    if as_data:
        look_at_place("--out", options.out)
    places = {} if as_data else files(options.out, options.format, design.name)
    found = review(
        options.design,
        against=options.against,
        scenarios=tuple(ALL) if options.all else options.scenario,
        threads=options.threads,
        clients=options.clients,
        claims=options.claims,
        seconds=options.seconds,
        report=_reviewed if has_progress() else None,
    )
    clear()
    status = STATUS[found.holds]
    if as_data:
        return status, _data(options, found)
    page = review_page(found)
    if not places:
        return status, written(page, options.format or MARKDOWN).removesuffix("\n")
    for form, path in places.items():
        fill("--out", path, written(page, form))
    return status, "\n".join([in_one_line(found), *map(str, places.values())])


def _data(options: argparse.Namespace, found: Review) -> str:
    """All verdicts of a review as JSON, or where they were written."""
    from ocallkit.judging.schema import written
    from ocallkit.view.review_page import in_one_line

    text = written(found.document)
    if options.out is None:
        return text
    fill("--out", options.out, f"{text}\n")
    return f"{in_one_line(found)}\n{options.out}"


def _reviewed(what: str, done: int, of: int) -> None:
    """One line that stands still while a review goes on."""
    still(f"{what}: {done} of {of}")
