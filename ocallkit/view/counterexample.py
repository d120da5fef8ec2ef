"""How a property breaks: the picture of the run, the line that replays it, its steps."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from ocallkit.judging.notation import command
from ocallkit.model.waiting import in_words, who_waits
from ocallkit.view.display import image
from ocallkit.view.svg import to_svg
from ocallkit.view.text import to_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ocallkit.judging.path import Run

SUMMARY = "cursor:pointer"


def counterexample_html(run: Run, line: str, broken: Sequence[str]) -> str:
    """Show what breaks in `run`, how it looks, who waits for whom, and how to see it again.

    `line` is the run's token, `broken` the names of the properties.
    """
    waits = in_words(who_waits(run.system, run.state))
    steps = "".join(f"<li><code>{escape(name)}</code></li>" for name in run.schedule)
    return (
        f"<p>After {len(run.steps)} steps this breaks {_codes(broken)}.</p>"
        f"<p>{image(to_svg(run), run.summary)}</p>"
        + "".join(f"<p>{escape(wait)}</p>" for wait in waits.splitlines())
        + f"<p>To see it in a terminal: <code>{escape(command(line, broken))}</code></p>"
        + details(f"Its {len(run.steps)} steps", f"<ol>{steps}</ol>")
    )


def counterexample_text(run: Run, line: str, broken: Sequence[str]) -> str:
    """The same for a terminal."""
    parts = [
        f"After {len(run.steps)} steps this breaks {', '.join(broken)}.",
        to_text(run, dividers=True).strip("\n"),
        in_words(who_waits(run.system, run.state)),
        command(line, broken),
    ]
    return "\n\n".join(part for part in parts if part)


def details(summary: str, html: str) -> str:
    """Fold `html` below the line `summary`."""
    return (
        f'<details><summary style="{SUMMARY}">{escape(summary, quote=False)}</summary>'
        f"{html}</details>"
    )


def _codes(names: Sequence[str]) -> str:
    return ", ".join(f"<code>{escape(name)}</code>" for name in names)
