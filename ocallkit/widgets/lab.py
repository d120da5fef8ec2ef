"""What the labs share: their page's files, and how they look where there is no kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

from ocallkit.brief import brief
from ocallkit.view.marks import SHAPES
from ocallkit.view.palette import VERDICTS
from ocallkit.widgets.libraries import ipywidgets
from ocallkit.widgets.live import STATIC, alive
from ocallkit.widgets.stepper import Stepper, styles

if TYPE_CHECKING:
    from anywidget import AnyWidget

    from ocallkit.judging.path import Run

CSS: Final = styles("lab.css")

NEEDS_KERNEL: Final = "To play with it, open the notebook in JupyterLab and run this cell."


def page(name: str) -> str:
    """The script of a lab's page, behind what all labs' pages share."""
    parts = ((STATIC / part).read_text(encoding="utf-8") for part in ("lab.js", name))
    return "\n".join(parts)


class Shows(Protocol):
    """What has a picture or a table for pages without a kernel."""

    def _repr_mimebundle_(self) -> dict[str, str]: ...


class Lab:
    """A panel in which a reader decides something, and below it a stepper for a run.

    `box` holds both; the stepper is there once there is a run to show.
    """

    def __init__(self, panel: AnyWidget) -> None:
        self.panel = panel
        self.stepper: Stepper | None = None
        self.box = ipywidgets.VBox([panel])

    def step_through(self, run: Run | None, at: int | None = None) -> None:
        """Show `run` in the stepper, after `at` steps; None takes the stepper away."""
        if run is None:
            self.stepper = None
        elif self.stepper is None:
            self.stepper = Stepper(run, at)
        else:
            self.stepper.show(run, at)
        self.box.children = (self.panel, *([self.stepper] if self.stepper else ()))

    def as_shown(self) -> dict[str, str]:
        """What it shows now, as HTML and as text."""
        raise NotImplementedError

    def _repr_mimebundle_(self, **_asked: object) -> dict[str, Any]:
        """The widgets for a page with a kernel; what they show now for every other."""
        return alive(self.box, self.as_shown(), NEEDS_KERNEL)

    def __repr__(self) -> str:
        return brief(self, self.stepper.run.title if self.stepper else "nothing to step through")


def shape(word: str) -> dict[str, str]:
    """The mark and the edge of a verdict, as in the matrix's picture.

    >>> sorted(shape("leak"))
    ['d', 'edge', 'line']
    """
    _, edge, line = VERDICTS[word]
    return {"d": SHAPES[word], "edge": edge, "line": line}
