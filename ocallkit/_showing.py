"""What shows a Run, a Verdict and a Parting: the views, attached to the results from above.

Each view is loaded when it is asked for: who prints a run's text waits for nothing that draws.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ocallkit.judging.comparing.two_runs import Parting
    from ocallkit.judging.path import Run
    from ocallkit.judging.verdict import Verdict
    from ocallkit.judging.views import Bundle
    from ocallkit.view.display import Picture, Table


def run_bundle(run: Run, *, asked: bool) -> Any:  # noqa: ANN401 - as anywidget has it
    """Give the stepper where IPython has `asked` and a kernel runs, else the picture and text."""
    from ocallkit.view.display import mimebundle
    from ocallkit.widgets import can_show_widgets

    if not (asked and can_show_widgets()):
        return mimebundle(run)
    from ocallkit.widgets.stepper import Stepper

    return Stepper(run)._repr_mimebundle_()


def run_text(run: Run, *, whole: bool) -> str:
    """Write its messages in the discussion's notation."""
    from ocallkit.view.text import to_text

    return to_text(run, whole=whole)


def run_diagram(run: Run, *, whole: bool, references: bool) -> Picture:
    """Draw its sequence diagram, with a lane of who holds which reference if asked for."""
    from ocallkit.view.display import Picture
    from ocallkit.view.svg import to_svg

    picture = to_svg(run, whole=whole, references=references)
    return Picture(picture, run.summary, run_text(run, whole=whole))


def run_written(run: Run, form: str, *, whole: bool) -> str:
    """Write it in a form of that name."""
    from ocallkit.view.formats import written

    return written(run, form, whole=whole)


def run_ledger(run: Run, *, whole: bool) -> Table:
    """List after each message which counts changed, and who holds each reference and why."""
    from ocallkit.view.display import Table
    from ocallkit.view.ledger import ledger
    from ocallkit.view.ledger_table import ledger_html, ledger_text

    book = ledger(run, whole=whole)
    return Table(ledger_html(book), ledger_text(book))


def run_timeline(run: Run, *, whole: bool) -> Picture:
    """Draw its reference counts over the messages."""
    from ocallkit.view.display import Picture
    from ocallkit.view.timeline import timeline_svg

    words = run_ledger(run, whole=whole).plain
    return Picture(timeline_svg(run, whole=whole), f"Reference counts of {run.summary}", words)


def verdict_bundle(verdict: Verdict) -> Bundle:
    """Show a verdict as its card."""
    from ocallkit.view.verdict_card import verdict_html, verdict_text

    return {"text/html": verdict_html(verdict), "text/plain": verdict_text(verdict)}


def parting_bundle(parting: Parting) -> Bundle:
    """Show two runs side by side to where they part."""
    from ocallkit.view.parting import parting_table

    return parting_table(parting)._repr_mimebundle_()
