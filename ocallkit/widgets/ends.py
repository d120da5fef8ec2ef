"""How two runs end, side by side, and where they part: as HTML and as text."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from ocallkit.judging.comparing.two_runs import part
from ocallkit.labs.fates import fates
from ocallkit.model.waiting import in_words
from ocallkit.view.display import Table
from ocallkit.view.ledger_table import CELL
from ocallkit.view.matrix_picture import MEANINGS
from ocallkit.view.palette import edge
from ocallkit.view.parting import parting_table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ocallkit.labs.outcome import Outcome
    from ocallkit.view.standing import Entry

ROWS: dict[str, Callable[[Outcome], Sequence[str]]] = {
    "What becomes of whom": lambda end: fates(end.run),
    "It breaks": lambda end: end.broken or ("nothing",),
    "Left behind": lambda end: [_left(entry) for entry in end.left] or ("nothing",),
    "Who waits": lambda end: in_words(end.waits).splitlines() or ("nobody",),
}
"""What is said of each end, one line for each thing; what has no line is not said."""


def ends(outcomes: Sequence[Outcome]) -> Table:
    """Show how runs end, one beside the other."""
    wide = f"{CELL};width:{88 // len(outcomes)}%"
    heads = "".join(
        f'<th scope="col" style="{wide}">under {escape(end.run.design)}</th>' for end in outcomes
    )
    rows = [f'<tr><th scope="row" style="{CELL}">It ends</th>{"".join(map(_word, outcomes))}</tr>']
    for name, lines in ROWS.items():
        if not any(map(lines, outcomes)):
            continue
        cells = "".join(
            f'<td style="{CELL}">{"<br>".join(map(escape, lines(end)))}</td>' for end in outcomes
        )
        rows.append(f'<tr><th scope="row" style="{CELL}">{name}</th>{cells}</tr>')
    html = (
        '<table style="border-collapse:collapse;color:inherit;font-size:inherit;width:100%">'
        f"<thead><tr><td></td>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )
    return Table(html, "\n\n".join(map(_plain, outcomes)))


def side_by_side(mine: Outcome, other: Outcome) -> Table:
    """Show how two runs end and where they part; the same design twice is shown once."""
    if mine.run.design == other.run.design:
        return ends((mine,))
    both, parting = ends((mine, other)), parting_table(part(mine.run, other.run))
    return Table(f"{both.html}<div>{parting.html}</div>", f"{both.plain}\n\n{parting.plain}")


def _word(end: Outcome) -> str:
    words = f"<strong>{end.word}</strong>: {MEANINGS[end.word]}" if end.word != "holds" else "well"
    return f'<td style="{CELL};border-left:5px {edge(end.word)}">{words}</td>'


def _left(entry: Entry) -> str:
    count = "" if entry.count is None else f" ({entry.count})"
    return f"{entry.name}{count}: {entry.words}"


def _plain(end: Outcome) -> str:
    lines = [f"Under {end.run.design} it ends {'well' if end.word == 'holds' else end.word}."]
    for name, said in ROWS.items():
        if told := said(end):
            lines += [f"{name}:", *(f"  {line}" for line in told)]
    return "\n".join(lines)
