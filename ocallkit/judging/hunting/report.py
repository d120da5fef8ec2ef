"""What a hunt has come to: to be read, and for other programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocallkit.judging.assembly import find_design
from ocallkit.judging.notation import command
from ocallkit.judging.schema import Caught, Hunted
from ocallkit.model.waiting import in_words as waits_in_words
from ocallkit.model.waiting import who_waits
from ocallkit.properties import NAMES

if TYPE_CHECKING:
    from collections.abc import Collection

    from ocallkit.judging.hunting.hunt import Catch, Hunt
    from ocallkit.judging.hunting.systems import SmallSystem
    from ocallkit.judging.verdict import Verdict, Violation


def in_words(hunt: Hunt, caught: Catch | None) -> str:
    """What was found or not found, for a terminal."""
    name = find_design(hunt.design).name
    if caught is None:
        return f"{name} breaks in none of the systems that were tried. {_tried(hunt)}"
    system, verdict = caught
    one = shortest(verdict, hunt.wanted)
    run, line = one.run, verdict.tokens[one.property]
    steps = [f"  {number:3}  {step.name}" for number, step in enumerate(run.steps, 1)]
    waits = who_waits(run.system, run.state) if one.property == "no-deadlock" else ()
    parts = [
        f"{name} breaks in a system of size {system.size}. {_tried(hunt)}",
        _described(system),
        f"It breaks {', '.join(f'{v.property} ({v.steps} steps)' for v in verdict.violations)}.",
        waits_in_words(waits),
        "\n".join([f"The shortest way to {one.property}:", "", *steps]),
        f"See it again:\n\n  {command(line, [one.property])}",
        f"And all of it, from Python:\n\n{_as_python(system, name)}",
    ]
    return "\n\n".join(filter(None, parts))


def as_document(hunt: Hunt, caught: Catch | None) -> Hunted:
    """The same for other programs."""
    tried = hunt.tried
    return Hunted(
        design=find_design(hunt.design).name,
        holds=False if caught else True if hunt.is_complete else None,
        found=_caught(*caught) if caught else None,
        complete=hunt.is_complete,
        complete_up_to_size=tried.complete,
        systems=tried.systems,
        unfinished=tried.unfinished,
        refused=tried.refused,
        stopped_by=hunt.stopped_by,
        seconds=round(tried.seconds, 3),
    )


def _caught(system: SmallSystem, verdict: Verdict) -> Caught:
    program = system.program
    return Caught(system.size, program.calls, program.asks, program.persists, verdict.record)


def shortest(verdict: Verdict, wanted: Collection[str] = NAMES) -> Violation:
    """The violation of those `wanted` that takes the fewest steps; of several, the worst."""
    found = [one for one in verdict.violations if one.property in wanted]
    return min(found, key=lambda one: one.steps)


def _tried(hunt: Hunt) -> str:
    """How far it went, in sentences."""
    tried, space = hunt.tried, hunt.space
    clients, threads = (" or ".join(map(str, numbers)) for numbers in space[:2])
    numbers = f"clients: {clients}, threads: {threads}"
    sentences = [f"Tried: {tried.systems:,} systems ({numbers}), all up to size {tried.complete}."]
    if tried.unfinished:
        sentences.append(f"{tried.unfinished:,} of them had too many states.")
    if tried.refused:
        sentences.append(f"In {tried.refused:,} somebody does what the model has no meaning for.")
    if hunt.stopped_by:
        sentences.append(f"Stopped by {hunt.stopped_by}.")
    return " ".join(sentences)


def _described(system: SmallSystem) -> str:
    lines = {
        "CA": system.program.ca_in_words,
        "TA": system.program.ta_in_words,
        "clients": str(system.clients),
        "threads": str(system.threads),
        "faults": ", ".join(system.faults) or "none",
    }
    return "\n".join(f"  {what:8} {text}" for what, text in lines.items())


def _as_python(system: SmallSystem, design: str) -> str:
    return (
        "  from ocallkit.scenarios.grammar import Program\n"
        "  from ocallkit.judging.hunting.hunt import judge_in\n"
        "  from ocallkit.judging.hunting.systems import SmallSystem\n\n"
        f"  judge_in({system!r}, {design!r})"
    )
