"""The gallery: counterexamples that somebody argued about, and those that nobody saw."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote

from ocallkit import replay
from ocallkit.claims import record
from ocallkit.claims.claim import REFINED, REFUTED
from ocallkit.designs import DESIGNS
from ocallkit.findings.record import findings
from ocallkit.widgets.stories import story
from tools.site.pages import raw

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ocallkit.judging.matrix import Cell
    from tools.site.runs import Runs

SAFE = "/:@,+=!"
"""What of a token stays as it is in an address."""

Entry = tuple[str, str, str]
"""What it is called, what happens in it, its token."""


def address(token: str, step: int) -> str:
    """Where a run opens at a step.

    >>> address("flow-1/ecall/t2/c1/A:kill@OCALL", 7)
    'matrix.html#replay=flow-1/ecall/t2/c1/A:kill@OCALL&step=7'
    """
    return f"matrix.html#replay={quote(token, safe=SAFE)}&step={step}"


def of_claims() -> Iterator[Entry]:
    """Claims of the thread that do not hold as they stand: first those that hold nowhere."""
    claims = [one for one in record.ledger() if one.token]
    for verdict in (REFUTED, REFINED):
        for claim in (one for one in claims if one.verdict == verdict):
            yield f"{claim.id}, {claim.verdict}: {claim.text}", claim.reason, claim.token


def of_findings() -> Iterator[Entry]:
    """What breaks in the code as posted, the shortest run of each cause."""
    for found in findings():
        yield f"{found.id}, {found.text}", found.reason, found.token


def of_designs(cells: Iterable[Cell]) -> Iterator[Entry]:
    """For each design that fails somewhere its shortest way into a failure."""
    ways = [
        (steps, cell.design, cell.scenario, name, token)
        for cell in cells
        for name, steps, token in cell.broken
    ]
    for design in DESIGNS:
        own = [way for way in ways if way[1] == design]
        if own:
            steps, _, scenario, name, token = min(own)
            yield design, f"{scenario}: `{name}` is broken after {steps} steps.", token


def gallery(cells: Iterable[Cell], runs: Runs) -> str:
    """Write the page in Markdown, behind its title; `runs` takes what it links to."""
    parts = {
        "What was claimed": of_claims(),
        "What review did not see": of_findings(),
        "The shortest of each design": of_designs(cells),
    }
    lines = []
    for title, entries in parts.items():
        lines.append(f"## {title}")
        for name, words, token in entries:
            lines += [f"**{name}**", words, _link(token, runs)]
    return "\n\n".join(lines) + "\n"


def _link(token: str, runs: Runs) -> str:
    run = replay(token)
    runs.add(story(run) | {"token": token})
    last = len(run.steps)
    words = f"{run.title}, {last} steps"
    where = escape(address(token, last))
    return raw(f'<a class="counterexample" href="{where}">{escape(words)}</a>')
