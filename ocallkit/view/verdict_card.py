"""A verdict as a small card: each property with its mark, the counts, the counterexamples folded.

Never the time that it took: it would differ each time.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from ocallkit.judging.assembly import find_design, find_scenario
from ocallkit.view.counterexample import SUMMARY, counterexample_html, counterexample_text
from ocallkit.view.palette import edge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ocallkit.judging.path import Run
    from ocallkit.judging.verdict import Verdict

    Way = tuple[Run, str, list[str]]
    """A counterexample, its token, and the properties that it breaks."""

HOLDS, BREAKS, OPEN = "✓", "✗", "?"
"""A property holds in every state, breaks in one, or was not broken before the search ended."""

CARD: Final = "border-left:5px {edge};padding:0.1em 0.9em"
MARKS: Final = "display:flex;flex-wrap:wrap;gap:0.1em 1.4em;margin:0.3em 0"


def verdict_html(verdict: Verdict) -> str:
    """Show a verdict as HTML that takes the colours of the page around it."""
    marks = "".join(f"<span>{escape(mark)}</span>" for mark in _marks(verdict))
    folds = "".join(
        f'<details><summary style="{SUMMARY}">How it breaks: {escape(_named(names))}, '
        f"{len(run.steps)} steps</summary>{counterexample_html(run, line, names)}</details>"
        for run, line, names in _ways(verdict)
    )
    return (
        f'<div style="{CARD.format(edge=edge(_word(verdict)))}">'
        f"<p><strong>{escape(_heading(verdict))}</strong></p>"
        f'<p style="{MARKS}">{marks}</p><p>{escape(_counts(verdict))}</p>{folds}</div>'
    )


def verdict_text(verdict: Verdict) -> str:
    """The same for a terminal."""
    parts = [_heading(verdict), "\n".join(_marks(verdict)), _counts(verdict)]
    parts += [counterexample_text(*way) for way in _ways(verdict)]
    return "\n\n".join(parts)


def _word(verdict: Verdict) -> str:
    if verdict.violations:
        return "broken"
    if verdict.finished and verdict.empty:
        return "empty"
    return "holds" if verdict.holds else "unfinished"


def _heading(verdict: Verdict) -> str:
    """What was judged, and how it came out."""
    q, outcome = verdict.question, verdict.outcome
    if verdict.violations:
        outcome = f"{len(verdict.violations)} of {len(verdict.asked)} properties break"
    design, scenario = find_design(q.design).name, find_scenario(q.scenario).name
    size = f"{_several(q.clients, 'CA')}, {_several(q.threads, 'secure thread')}"
    return f"{design} in {scenario}, {size}: {outcome}"


def _marks(verdict: Verdict) -> list[str]:
    """Each property behind its mark."""
    unbroken = HOLDS if verdict.finished and not verdict.empty else OPEN
    never = dict.fromkeys(verdict.never_seen_to_fail, " (never seen to fail)")
    return [
        f"{BREAKS if name in verdict.broken else unbroken} {name}{never.get(name, '')}"
        for name in verdict.asked
    ]


def _counts(verdict: Verdict) -> str:
    e = verdict.exploration
    waits = f"; everybody may wait for {', '.join(verdict.waits)}" if verdict.waits else ""
    return f"{e.states} states, {e.transitions} transitions, depth {e.depth}{waits}"


def _ways(verdict: Verdict) -> list[Way]:
    """The counterexamples, each once."""
    ways: dict[str, Way] = {}
    for violation in verdict.violations:
        line = verdict.tokens[violation.property]
        ways.setdefault(line, (violation.run, line, []))[2].append(violation.property)
    return list(ways.values())


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return f"{names[0]}{more}"


def _several(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
