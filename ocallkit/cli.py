"""The command `ocallkit`: what the package does, for a terminal."""

from __future__ import annotations

import argparse
import os
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ocallkit import __version__
from ocallkit.designs import DEFAULT, DESIGNS, EVERY, FURTHER
from ocallkit.engine.exploration import ALL_REDUCTIONS, Limits, Reductions
from ocallkit.errors import OcallkitError, UsageError, find
from ocallkit.extras import MissingExtraError
from ocallkit.judging.assembly import ANY, NUM_THREADS, check_count
from ocallkit.judging.path import Run, run
from ocallkit.model.config import FAULTS, MORE_FAULTS, SWITCHES
from ocallkit.scenarios import ALL, LARGER, SCENARIOS
from ocallkit.terminal import (
    NowhereError,
    clear,
    complain,
    has_progress,
    has_reader,
    settle,
    still,
    write,
)
from ocallkit.view.formats import FORMATS, written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ocallkit.engine.exploration import Progress
    from ocallkit.judging.hunting.hunt import Tried
    from ocallkit.judging.verdict import Verdict

    Answer = tuple[int, str]

HOLDS, VIOLATED, BAD_USAGE, NOT_KNOWN, NO_ANSWER = 0, 1, 2, 3, 4
"""Exit statuses: what was asked for is so, is not so, makes no sense, is not known; none came."""

TRACEBACK = "OCALLKIT_TRACEBACK"
"""The variable of the environment with which a fault is shown with the way to it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks for; gives the exit status.

    0: done, or holds; 1: a property is violated; 2: bad usage, with one line that says what is
    wrong and what there is; 3: not known, since it was not finished within the limits, was
    interrupted, or never came to what the scenario is about; 4: no answer, with one line that says
    whether it could not be written, a library is missing, or ocallkit itself is at fault.
    """
    try:
        return _answer(_options(arguments))
    except KeyboardInterrupt:
        complain("interrupted")
        return NOT_KNOWN
    except (NowhereError, MissingExtraError) as error:
        complain(str(error))
        return NO_ANSWER


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """What the command line says; a help, and what is wrong with it, are printed here."""
    try:
        return parser().parse_args(arguments)
    except SystemExit:
        settle()
        raise


def _answer(options: argparse.Namespace) -> int:
    """Write what the command answers; gives the exit status."""
    try:
        status, text = options.command(options)
    except (NowhereError, MissingExtraError):
        raise
    except OcallkitError as error:
        complain(str(error))
        return BAD_USAGE
    except SystemExit as error:
        complain(f"something that was loaded called sys.exit({error.code!r}): leave that out")
        return BAD_USAGE
    except Exception as error:  # noqa: BLE001 - whatever it is, it is no verdict
        return _at_fault(error)
    write(text)
    return int(status)


def _at_fault(error: Exception) -> int:
    """Tell of an error that nothing foresaw."""
    if os.environ.get(TRACEBACK):
        traceback.print_exception(error)
    said = f"{type(error).__name__}: {error}".removesuffix(": ")
    complain(f"a fault of ocallkit itself: {said} ({TRACEBACK}=1 shows where)")
    return NO_ANSWER


def list_all(_options: argparse.Namespace) -> Answer:
    """Name the scenarios and the designs, each with what it is."""
    parts = [
        ("Scenarios", {name: scenario.about for name, scenario in SCENARIOS.items()}),
        ("Of the larger world", {name: ALL[name].about for name in ALL if name not in SCENARIOS}),
        ("Designs", {name: _first_line(design.__doc__) for name, design in DESIGNS.items()}),
        ("Further designs", {n: _first_line(design.__doc__) for n, design in FURTHER.items()}),
    ]
    width = max(len(name) for _, part in parts for name in part)
    return HOLDS, "\n\n".join(
        "\n".join([f"{title}:", *(f"  {name:{width}}  {what}" for name, what in part.items())])
        for title, part in parts
    )


def show(options: argparse.Namespace) -> Answer:
    """Show one run in the format that is asked for; a replayed one also beside another design."""
    if options.replay is not None:
        return _replayed(options)
    if not options.scenario:
        raise UsageError("name a scenario, or give --replay TOKEN; `ocallkit list` has the names")
    from ocallkit.judging.specs import load

    shown = run(
        load("scenario", options.scenario),
        load("design", options.design or DEFAULT),
        threads=options.threads,
        clients=options.clients,
        rounds=options.rounds,
        faults=(*FAULTS, *MORE_FAULTS) if options.steps else (),
        schedule=options.steps,
        switches=_switches(options),
    )
    return HOLDS, _format(options.format, shown, whole=options.whole)


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
        text = _format(options.format, shown, whole=options.whole)
        broken = breaks_in_words(shown, read(line).claims) if options.format == "text" else ""
        return HOLDS, f"{text}\n\n{broken}" if broken else text
    named = replay(line, scenario=scenario)
    other = replay(line, design, scenario)
    if options.format != "text":
        return HOLDS, _format(options.format, other, whole=options.whole)
    endings = f"{named.summary}\n{other.summary}"
    return HOLDS, f"{as_text(part(named, other))}\n\n{endings}"


def check(options: argparse.Namespace) -> Answer:
    """Try every possibility of a scenario under a design."""
    from ocallkit.judging.verdict import judge

    for name in ("limit", "depth", "megabytes"):
        if getattr(options, name) is not None:
            check_count(name, getattr(options, name), 1, 10**9)
    _check_seconds(options.seconds)
    verdict = judge(
        options.scenario,
        options.design or DEFAULT,
        threads=options.threads,
        clients=options.clients,
        rounds=options.rounds,
        faults=_faults(options),
        switches=_switches(options),
        also=options.also,
        reductions=ALL_REDUCTIONS._replace(**dict.fromkeys(options.without, False)),
        limits=Limits(options.limit, options.seconds, options.depth, options.megabytes),
        report=_progress if has_progress() else None,
    )
    clear()
    status = {True: HOLDS, False: VIOLATED, None: NOT_KNOWN}[verdict.holds]
    return status, (_as_json(verdict.as_json()) if options.json else _in_words(verdict))


def _in_words(verdict: Verdict) -> str:
    """A verdict for a terminal: each bad end once, with the line that replays it."""
    from ocallkit.judging.notation import command
    from ocallkit.model.waiting import in_words, who_waits
    from ocallkit.properties import OF_THE_QUEUE

    lines = [verdict.summary]
    runs: dict[str, dict[str, int]] = {}
    for violation in verdict.violations:
        line = verdict.tokens[violation.property]
        runs.setdefault(line, {})[violation.property] = violation.steps
        if violation.property in {"no-deadlock", *OF_THE_QUEUE}:
            waits = who_waits(violation.run.system, violation.run.state)
            lines += ["", in_words(waits)]
    for line, broken in runs.items():
        words = ", ".join(f"{name} ({steps} steps)" for name, steps in broken.items())
        lines += ["", f"{words}:", f"  {command(line, [*broken])}"]
    rate = verdict.exploration.transitions / max(verdict.exploration.seconds, 1e-9)
    lines += ["", verdict.unexplored]
    missed = [sight for sight, seen in verdict.reached.items() if not seen]
    if verdict.holds is None and missed:
        lines.append(f"Never seen: {'; '.join(missed)}.")
    if has_reader():
        lines.append(f"{verdict.exploration.seconds:.2f} s, {rate:,.0f} transitions a second")
    return "\n".join(lines)


def _check_seconds(seconds: float | None) -> None:
    if seconds is not None and not seconds > 0:
        raise UsageError(f"seconds: a number above 0, not {seconds!r}")


def _faults(options: argparse.Namespace) -> tuple[str, ...]:
    """What may go wrong, as `_add_faults` has it asked for."""
    return (*(() if options.no_faults else FAULTS), *options.fault)


def _progress(progress: Progress) -> None:
    """One line that stands still while its numbers move."""
    rate = progress.transitions / max(progress.seconds, 1e-9)
    still(f"{progress.states:,} states, depth {progress.depth}, {rate:,.0f} transitions/s")


def hunt(options: argparse.Namespace) -> Answer:
    """Look for the smallest system in which a design breaks."""
    from ocallkit.judging.hunting.hunt import Hunt
    from ocallkit.judging.hunting.report import as_json, in_words
    from ocallkit.judging.hunting.systems import space
    from ocallkit.properties import NAMES

    _check_seconds(options.seconds)
    check_count("limit", options.limit, 1, 10**9)
    search = Hunt(
        find("design", options.design, EVERY),
        space(
            options.clients,
            options.threads,
            _faults(options),
        ),
        seed=options.seed,
        seconds=options.seconds,
        size=options.size,
        states=options.limit,
        properties=[find("property", name, dict.fromkeys(NAMES, name)) for name in options.breaks],
        report=_hunted if has_progress() else None,
    )
    caught = search.first()
    clear()
    status = VIOLATED if caught else HOLDS if search.is_complete else NOT_KNOWN
    return status, _as_json(as_json(search, caught)) if options.json else in_words(search, caught)


def _hunted(tried: Tried) -> None:
    """One line that stands still while a hunt goes on."""
    still(f"size {tried.size}: {tried.systems:,} systems judged, {tried.seconds:.0f} s")


def judge_all(options: argparse.Namespace) -> Answer:
    """Judge every design in every scenario."""
    from ocallkit.judging.matrix import as_text, matrix

    scenarios = tuple(LARGER if options.larger else SCENARIOS)
    cells = matrix(scenarios, threads=options.threads, clients=options.clients)
    if options.figure:
        from ocallkit.view.matrix_picture import matrix_svg

        _write("--figure", options.figure, matrix_svg(cells))
    return HOLDS, (_as_json(cells) if options.json else as_text(cells))


def who_disturbs(options: argparse.Namespace) -> Answer:
    """Show what each step reads and changes, and whose it is."""
    from ocallkit.judging.disturbs import disturbs

    found = disturbs(
        options.designs or tuple(DESIGNS), threads=options.threads, clients=options.clients
    )
    if options.figure:
        from ocallkit.view.disturbs_picture import disturbs_svg

        _write("--figure", options.figure, disturbs_svg(found))
    status = HOLDS if found.finished else NOT_KNOWN
    if options.json:
        return status, _as_json(found)
    from ocallkit.view.disturbs_table import disturbs_text

    return status, disturbs_text(found)


def _write(option: str, path: Path, content: str) -> None:
    try:
        path.write_text(content, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{option} {path}: {error.strerror}") from error


def write_review(options: argparse.Namespace) -> Answer:
    """Write the page that a reviewer of a design pastes into a pull request."""
    from ocallkit.judging.specs import load
    from ocallkit.reviewing import review
    from ocallkit.view.page import MARKDOWN
    from ocallkit.view.page_files import files, written
    from ocallkit.view.review_page import in_one_line, review_page

    _check_seconds(options.seconds)
    # What is wrong with the place is known before anything is judged.
    design = load("design", options.design)
    places = files(options.out, options.format, design.name)
    found = review(
        options.design,
        against=options.against,
        scenarios=options.scenario,
        threads=options.threads,
        clients=options.clients,
        claims=options.claims,
        seconds=options.seconds,
        report=_reviewed if has_progress() else None,
    )
    clear()
    status = {True: HOLDS, False: VIOLATED, None: NOT_KNOWN}[found.holds]
    page = review_page(found)
    if not places:
        return status, written(page, options.format or MARKDOWN).removesuffix("\n")
    for form, path in places.items():
        _write("--out", path, written(page, form))
    return status, "\n".join([in_one_line(found), *map(str, places.values())])


def _reviewed(what: str, done: int, of: int) -> None:
    """One line that stands still while a review goes on."""
    still(f"{what}: {done} of {of}")


def write_new(options: argparse.Namespace) -> Answer:
    """Write a design or a scenario to begin with; never over what is there."""
    from ocallkit.judging.templates import called, new

    text = new(options.kind, options.name)
    if not options.out:
        return HOLDS, text.removesuffix("\n")
    try:
        with options.out.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise UsageError(f"--out {options.out}: it is there, and stays as it is") from error
    except OSError as error:
        raise UsageError(f"--out {options.out}: {error.strerror}") from error
    return HOLDS, f"{options.out}:{called(options.kind, options.name)}"


def compare_designs(options: argparse.Namespace) -> Answer:
    """Show the lines in which two designs differ."""
    from ocallkit.judging.comparing.two_designs import as_text

    left, right = (find("design", name, EVERY) for name in (options.left, options.right))
    return HOLDS, as_text(left, right)


def _as_json(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


def _format(name: str, shown: Run, *, whole: bool) -> str:
    """The run in the format of that name."""
    return written(shown, name, whole=whole).removesuffix("\n")


def parser() -> argparse.ArgumentParser:
    """What the command understands: each command with its options."""
    whole = argparse.ArgumentParser(
        prog="ocallkit", description="An executable reference for OP-TEE OCALLs."
    )
    whole.add_argument("--version", action="version", version=f"ocallkit {__version__}")
    commands = whole.add_subparsers(required=True, metavar="COMMAND")

    listing = commands.add_parser("list", help="name the scenarios and the designs")
    listing.set_defaults(command=list_all)

    showing = commands.add_parser("show", help="show one run of a scenario")
    showing.set_defaults(command=show)
    showing.add_argument("scenario", nargs="?", help="a scenario's name, see `ocallkit list`")
    _add_size(showing)
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

    checking = commands.add_parser("check", help="try every possibility of a scenario")
    checking.set_defaults(command=check)
    checking.add_argument("--scenario", required=True, help="see `ocallkit list`")
    _add_size(checking)
    _add_clients(checking)
    _add_faults(checking)
    checking.add_argument(
        "--without",
        action="append",
        default=[],
        choices=Reductions._fields,
        help="switch a reduction off",
    )
    checking.add_argument(
        "--also",
        action="append",
        default=[],
        metavar="PROPERTY",
        help="ask for one that is asked on request only",
    )
    _add_limits(checking)
    checking.add_argument("--json", action="store_true", help="the verdict as JSON")

    _add_hunt(commands)

    judging = commands.add_parser("matrix", help="judge every design in every scenario")
    judging.set_defaults(command=judge_all)
    judging.add_argument(
        "--larger", action="store_true", help="the scenarios of the larger world instead"
    )
    judging.add_argument("--threads", type=int, nargs="+", default=[1, 2, 3])
    _add_clients(judging)
    _add_forms(judging)

    disturbing = commands.add_parser(
        "disturbs", help="show what each step reads and changes, and who else can see it"
    )
    disturbing.set_defaults(command=who_disturbs)
    disturbing.add_argument("designs", nargs="*", metavar="DESIGN", help="default: every design")
    disturbing.add_argument("--threads", type=int, default=NUM_THREADS)
    disturbing.add_argument("--clients", type=int, default=2)
    _add_forms(disturbing)

    _add_review(commands)

    writing = commands.add_parser("new", help="write a design or a scenario to begin with")
    writing.set_defaults(command=write_new)
    writing.add_argument("kind", choices=("design", "scenario"), help="what to write")
    writing.add_argument("name", metavar="NAME", help="what it is called: my-own")
    writing.add_argument(
        "--out", type=Path, metavar="FILE", help="a new file (default: to the terminal)"
    )

    comparing = commands.add_parser("diff", help="show the lines in which two designs differ")
    comparing.set_defaults(command=compare_designs)
    comparing.add_argument("left", help="a design's name")
    comparing.add_argument("right", help="another design's name")
    return whole


def _switches(options: argparse.Namespace) -> dict[str, str]:
    """The switches that are set."""
    given = {name: getattr(options, name.replace("-", "_")) for name in SWITCHES}
    return {name: value for name, value in given.items() if value is not None}


_MORE = ", ".join(MORE_FAULTS)


def _number_or_any(text: str) -> int | str:
    """A number of clients, or as many as tell of any number."""
    if text == ANY:
        return text
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"a number or '{ANY}', not {text!r}") from None


def _add_size(parser: argparse.ArgumentParser) -> None:
    """What every command that runs a scenario understands."""
    parser.add_argument("--design", help=f"a design's name (default {DEFAULT})")
    parser.add_argument(
        "--threads", type=int, default=NUM_THREADS, help="secure threads (CFG_NUM_THREADS)"
    )
    parser.add_argument("--rounds", type=int, default=1, help="invocations of each process")
    for name, values in SWITCHES.items():
        parser.add_argument(f"--{name}", choices=values, help=f"default: {values[0]}")


def _add_clients(parser: argparse.ArgumentParser) -> None:
    """How many clients a verdict is about."""
    parser.add_argument(
        "--clients",
        type=_number_or_any,
        metavar="N",
        help=f"processes; '{ANY}': as many as tell of any number (default: one for each program)",
    )


def _add_forms(parser: argparse.ArgumentParser) -> None:
    """How else a table is shown."""
    parser.add_argument("--json", action="store_true", help="all of it as JSON")
    parser.add_argument("--figure", type=Path, metavar="FILE", help="also as a picture (SVG)")


def _add_limits(parser: argparse.ArgumentParser) -> None:
    """Where an exploration gives up."""
    parser.add_argument("--limit", type=int, metavar="STATES", help="give up after so many states")
    parser.add_argument("--seconds", type=float, help="give up after so long")
    parser.add_argument("--depth", type=int, metavar="STEPS", help="look no further than this")
    parser.add_argument(
        "--megabytes", type=int, help="give up at so much memory (default: half of what is free)"
    )


def _add_hunt(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """What `ocallkit hunt` understands."""
    hunting = commands.add_parser("hunt", help="find the smallest system that breaks a design")
    hunting.set_defaults(command=hunt)
    hunting.add_argument("design", help="a design's name, see `ocallkit list`")
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
        "--breaks", action="append", default=[], metavar="PROPERTY", help="no other counts"
    )
    _add_faults(hunting)
    hunting.add_argument(
        "--limit", type=int, default=20_000, metavar="STATES", help="leave larger systems"
    )
    hunting.add_argument("--json", action="store_true", help="what was found as JSON")


def _add_review(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """What `ocallkit review` understands."""
    from ocallkit.view.page import BOTH, FORMS

    reviewing = commands.add_parser(
        "review", help="write a reviewer's page: a design of your own against its parent"
    )
    reviewing.set_defaults(command=write_review)
    reviewing.add_argument(
        "design", metavar="SPEC", help="file.py:Name, module:Name, or a design's name"
    )
    reviewing.add_argument(
        "--against", default="", metavar="SPEC", help="another design than its parent"
    )
    reviewing.add_argument(
        "--out", type=Path, metavar="PATH", help="a file, or a folder (default: to the terminal)"
    )
    reviewing.add_argument(
        "--format",
        choices=(*FORMS.values(), BOTH),
        help=f"default: what --out ends in; {BOTH} in a folder, markdown to the terminal",
    )
    reviewing.add_argument(
        "--scenario", nargs="+", default=(), metavar="NAME", help="default: those of the matrix"
    )
    reviewing.add_argument("--threads", type=int, nargs="+", default=[1, 2, 3])
    _add_clients(reviewing)
    reviewing.add_argument(
        "--claims", nargs="*", metavar="ID", help="default: every one that is about the parent"
    )
    reviewing.add_argument(
        "--seconds", type=float, default=300, help="give up after so long: the rest is not known"
    )


def _add_faults(parser: argparse.ArgumentParser) -> None:
    """What may go wrong."""
    parser.add_argument(
        "--no-faults", action="store_true", help="nothing goes wrong but what --fault names"
    )
    parser.add_argument(
        "--fault", action="append", default=[], metavar="NAME", help=f"also: {_MORE}"
    )


def _first_line(text: str | None) -> str:
    return (text or "").partition("\n")[0]
