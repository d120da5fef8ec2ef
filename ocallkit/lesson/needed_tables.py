"""What makes each decision of `hardened` necessary, and its rules with their checks, as tables.

needed_table(every())       # each decision, and what breaks without it
needed_folded(every())      # the Run of each, folded below its line
rules_table(RULES)          # each rule with its check, and what breaks without it
verdicts_table(QUICK, ("two-lists", "hardened"))    # verdicts with a row for each scenario
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ocallkit.claims.happens import HAPPENS
from ocallkit.judging.matrix import Cell
from ocallkit.judging.verdict import judge
from ocallkit.lesson.shown import Shown, reveal, say, table, together
from ocallkit.model.waiting import in_words, who_waits
from ocallkit.scenarios import ADVERSARIES, LARGER
from ocallkit.scenarios.call_queue import QUEUED
from ocallkit.view.matrix_picture import Square

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ocallkit.findings.needed import Needed
    from ocallkit.findings.rules import Rule
    from ocallkit.judging.verdict import Verdict

THREADS: Final = (1, 2)
"""A third takes as long as both, and tells nothing new: `make whole` tries it."""
NEEDED: Final = ("decision", "two-lists", "hardened", "without it")
RULES: Final = ("", "rule", "decided by", "checked in", "with it", "without it")
SLOW: Final = (
    "two-threads-two-sessions",
    "inherited-session",
    *(one.name for one in (*QUEUED, *ADVERSARIES)),
)
QUICK: Final = tuple(name for name in LARGER if name not in SLOW)
"""The scenarios of the larger world that are judged within a few seconds."""

OUTCOMES: Final = {True: "**holds**", False: "breaks", None: "not known"}


def needed_table(found: Iterable[Needed]) -> Shown:
    """Show what both designs decide, and what breaks where a decision is taken back."""
    return table(
        NEEDED, [(f"`{one.decision}`", one.instead, one.text, without_it(one)) for one in found]
    )


def without_it(one: Needed) -> str:
    """What breaks without a decision, and which others go with it."""
    others = " and ".join(f"`{name}`" for name in one.taken[1:])
    go = f"With it {others} go. " if others else ""
    return f"{go}In `{one.scenario}` {HAPPENS[one.breaks]}."


def needed_folded(found: Iterable[Needed]) -> Shown:
    """Show the Run of each decision, folded below its line."""
    return together(*(reveal(_run(one), _line(one)) for one in found))


def _line(one: Needed) -> str:
    return f"Without {one.decision}: {one.breaks} in {one.scenario}"


def _run(one: Needed) -> Shown:
    """The picture, and who waits for whom where it ends; no command knows such a design by name."""
    run = one.run
    waits = in_words(who_waits(run.system, run.state)).splitlines()
    ends = f'After {len(run.steps)} steps. To step through it: `needed("{one.decision}").run`'
    return together(run.diagram(), *map(say, waits), say(ends))


def rules_table(rules: Iterable[Rule]) -> Shown:
    """Show rules, each with the cells in which it is checked, and both outcomes."""
    return table(
        RULES,
        [
            (
                number,
                rule.sentence,
                ", ".join(f"`{name}`" for name in rule.decisions),
                ", ".join(dict.fromkeys(f"`{cell.scenario}`" for cell in rule.cells)),
                OUTCOMES[rule.holds],
                "; ".join(HAPPENS[name] for name in rule.broken) or "nothing breaks",
            )
            for number, rule in enumerate(rules, 1)
        ],
    )


def verdicts_table(scenarios: Sequence[str], designs: Sequence[str]) -> Shown:
    """Judge designs with one and with two secure threads: a row for each scenario."""
    heads = ("scenario", *(f"`{design}`" for design in designs))
    rows = [
        (f"`{scenario}`", *(_outcome(scenario, design) for design in designs))
        for scenario in scenarios
    ]
    return table(heads, rows)


def _outcome(scenario: str, design: str) -> str:
    """The worst verdict, and with how many secure threads it is so where that differs."""
    found = tuple(_cell(judge(scenario, design, threads=threads)) for threads in THREADS)
    label = Square(design, scenario, found).label
    return label if label == "holds" else f"**{label}**"


def _cell(verdict: Verdict) -> Cell:
    """A verdict as plain values, without the Runs: to name them would take longer than to judge."""
    q, e = verdict.question, verdict.exploration
    return Cell(
        *(q.scenario_name, q.design_name, q.threads, q.clients, verdict.holds, verdict.finished),
        *(e.states, e.transitions, e.depth, e.seconds),
        tuple((name, 0, "") for name in verdict.broken),
    )
