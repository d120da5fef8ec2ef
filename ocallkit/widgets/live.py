"""A picture in a notebook that comes to life where a kernel answers.

What a cell shows, and what is saved of it, is the picture alone: a notebook that is opened again
without its kernel shows it, and not an error in its place.  A widget that nobody sees finds the
picture in the page, and puts what a reader can act on in front of it for as long as the kernel is
there.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from ocallkit.widgets.libraries import AnyWidget, ipywidgets, traitlets

if TYPE_CHECKING:
    from collections.abc import Mapping

STATIC: Final = Path(__file__).with_name("static")

PLACE: Final = "data-ocallkit-live"
"""The attribute that names the widget which comes to life in an element; stored as empty."""

RUN_CELL: Final = "Run this cell to step through it."


class Live(AnyWidget):
    """Puts a widget into the place that `Live.bundle` has left for it."""

    _esm = STATIC / "live.js"

    shows = traitlets.Instance(ipywidgets.Widget).tag(sync=True, **ipywidgets.widget_serialization)
    place = traitlets.Unicode().tag(sync=True)

    def __init__(self, widget: ipywidgets.Widget) -> None:
        # Where it is told apart from those of every other kernel.
        super().__init__(shows=widget, place=uuid4().hex)

    def __repr__(self) -> str:
        return "Live()"

    def bundle(self, picture: Mapping[str, str], words: str) -> dict[str, str]:
        """The picture as a place for the widget, with `words` below it; and its text."""
        html = (
            f'<div {PLACE}="{self.place}">{picture["text/html"]}<p><small>{words}</small></p></div>'
        )
        return {"text/html": html, "text/plain": picture["text/plain"]}


def alive(
    widget: ipywidgets.Widget, picture: Mapping[str, str], words: str = RUN_CELL
) -> dict[str, Any]:
    """Show a widget where a kernel answers, and everywhere else its picture.

    `words` tell a reader without a kernel what to do.
    """
    return dict(Live(widget).bundle(picture, words))
