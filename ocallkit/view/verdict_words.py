"""A verdict for a terminal, and for the message of a test that fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocallkit.judging.notation import command
from ocallkit.model.waiting import in_words as waiting_in_words
from ocallkit.model.waiting import who_waits
from ocallkit.properties import OF_THE_QUEUE

if TYPE_CHECKING:
    from ocallkit.judging.verdict import Verdict

LAST = 6
"""How many of the last messages of a run are told."""


def in_words(verdict: Verdict) -> str:
    """Each bad end once: who waits for whom, and the line that replays it."""
    lines = [verdict.summary]
    runs: dict[str, dict[str, int]] = {}
    for violation in verdict.violations:
        line = verdict.tokens[violation.property]
        runs.setdefault(line, {})[violation.property] = violation.steps
        if violation.property in {"no-deadlock", *OF_THE_QUEUE}:
            waits = who_waits(violation.run.system, violation.run.state)
            lines += ["", waiting_in_words(waits)]
    for line, broken in runs.items():
        words = ", ".join(f"{name} ({steps} steps)" for name, steps in broken.items())
        lines += ["", f"{words}:", f"  {command(line, [*broken])}"]
    lines += ["", verdict.unexplored]
    missed = [sight for sight, seen in verdict.reached.items() if not seen]
    if verdict.holds is None and missed:
        lines.append(f"Never seen: {'; '.join(missed)}.")
    return "\n".join(lines)


def last_steps(verdict: Verdict) -> str:
    """The end of the run that breaks the first property; empty where everything holds."""
    if not verdict.violations:
        return ""
    worst = verdict.violations[0]
    lines = worst.run.text(whole=True).splitlines()[-LAST:]
    return "\n".join([f"How {worst.property} breaks, at last:", *(f"  {line}" for line in lines)])
