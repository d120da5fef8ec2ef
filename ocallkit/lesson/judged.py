"""Verdicts beside one another, each with the counts of what was tried for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ocallkit.judging.assembly import find_design, find_scenario
from ocallkit.lesson.shown import Shown, table

if TYPE_CHECKING:
    from ocallkit.judging.verdict import Verdict

HEADS: Final = (
    "scenario",
    "design",
    "threads",
    "verdict",
    "steps",
    "states",
    "transitions",
    "depth",
)


def judged(*verdicts: Verdict) -> Shown:
    """Show what each verdict is, the steps of the shortest way there, and how much was tried.

    >>> from ocallkit.judging.verdict import judge
    >>> print(judged(judge("flow-1"), judge("flow-2", "ecall-bare")).plain.splitlines()[2][:36])
    flow-1    ecall       2        holds
    """
    return table(HEADS, [_row(verdict) for verdict in verdicts])


def _row(verdict: Verdict) -> tuple[object, ...]:
    question, tried = verdict.question, verdict.exploration
    return (
        find_scenario(question.scenario).name,
        find_design(question.design).name,
        question.threads,
        _words(verdict),
        verdict.violations[0].steps if verdict.violations else "",
        tried.states,
        tried.transitions,
        tried.depth,
    )


def _words(verdict: Verdict) -> str:
    if not verdict.violations:
        return verdict.outcome
    first, *others = verdict.broken
    return f"breaks **{first}**" + (f", +{len(others)}" if others else "")
