"""A finding as a page of its own: what the code does, how it breaks, and what would cure it.

findings_table(findings())          # all of them as a ledger
finding_view(findings()[0])         # one of them
findings_folded(findings())         # each of them below its line
unexplained_view(one, design)       # what breaks and no decision would prevent
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from ocallkit.claims.happens import HAPPENS
from ocallkit.findings.healing import up_to
from ocallkit.judging.tokens import replay
from ocallkit.view.counterexample import counterexample_html, counterexample_text, details
from ocallkit.view.difference_table import difference_table
from ocallkit.view.display import Table
from ocallkit.view.ledger_table import CELL

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ocallkit.designs import EcallBare
    from ocallkit.findings.finding import Finding
    from ocallkit.findings.search import Broken
    from ocallkit.judging.path import Run

HEAD: Final = f"{CELL};font-weight:bold;white-space:nowrap"
WIDE: Final = f"{CELL};min-width:7em;overflow-wrap:anywhere"
HEADS: Final = ("id", "what the code does", "what comes of it", "where", "the cure")


def findings_table(found: Iterable[Finding]) -> Table:
    """Show findings as a ledger: what the code does, what comes of it, where, and the cure."""
    rows = tuple(found)
    heads = "".join(f'<th scope="col" style="{CELL}">{head}</th>' for head in HEADS)
    return Table(
        f'<table style="border-collapse:collapse"><thead><tr>{heads}</tr></thead>'
        f"<tbody>{''.join(map(_row, rows))}</tbody></table>",
        "\n\n".join(map(_entry, rows)),
    )


def _row(one: Finding) -> str:
    """A finding in a line of the ledger; below what comes of it how that was found."""
    met = f"Met in: {', '.join(one.scenarios)}.<br/>A Run: <code>{escape(one.token)}</code>"
    cells = (
        f"<strong>{one.id}</strong> {escape(one.name)}",
        escape(one.text, quote=False),
        escape(one.reason) + details("how it was found", met),
        escape(one.function, quote=False),
        escape(one.cure, quote=False),
    )
    inside = "".join(f'<td style="{WIDE}">{cell}</td>' for cell in cells)
    return f"<tr>{inside}</tr>"


def _entry(one: Finding) -> str:
    """The same for a terminal."""
    lines = (one.reason, f"where: {one.function}", f"the cure: {one.cure}", f"a Run: {one.token}")
    return "\n  ".join((f"{one.id} {one.name}: {one.text}", *lines))


def finding_view(found: Finding) -> Table:
    """Show one finding: its sentence, where it lies, what it breaks, its cure and its Run."""
    return Table(f"<h4>{escape(title(found))}</h4>{_body_html(found)}", _plain(found))


def findings_folded(found: Sequence[Finding]) -> Table:
    """Show several findings, each folded below its line."""
    folds = (details(title(one), _body_html(one)) for one in found)
    return Table("".join(folds), "\n\n".join(map(_plain, found)))


def unexplained_view(one: Broken, design: type[EcallBare]) -> Table:
    """Show how something breaks that no decision would prevent."""
    line = up_to(one.line, one.breaks)
    return _counterexample(replay(line, design), line, one.breaks)


def title(found: Finding) -> str:
    """What a finding is called, and what it says."""
    return f"{found.id}, {found.name}: {found.text}"


def facts(found: Finding) -> tuple[tuple[str, str], ...]:
    """What is said of a finding beside its Run, each under its head."""
    others = [f"{HAPPENS[name]} ({name})" for name in found.breaks]
    return (
        ("where", found.function),
        ("what it breaks", "; ".join(others)),
        ("met in", ", ".join(found.scenarios)),
        ("the cure", found.cure),
    )


def _body_html(found: Finding) -> str:
    rows = "".join(
        f'<tr><th scope="row" style="{HEAD}">{head}</th>'
        f'<td style="{CELL}">{escape(words, quote=False)}</td></tr>'
        for head, words in facts(found)
        if words
    )
    both = difference_table(found.design, found.other, found.decisions)
    shown = _counterexample(found.run, found.token, found.example.breaks)
    return (
        f'<table style="border-collapse:collapse">{rows}</table>'
        f"{shown.html}{details('The decision in both designs', both.html)}"
    )


def _plain(found: Finding) -> str:
    said = [f"{head}: {words}" for head, words in facts(found) if words]
    shown = _counterexample(found.run, found.token, found.example.breaks)
    return "\n".join([title(found), *(f"  {line}" for line in said), "", shown.plain])


def _counterexample(run: Run, line: str, broken: str) -> Table:
    return Table(
        counterexample_html(run, line, (broken,)), counterexample_text(run, line, (broken,))
    )
