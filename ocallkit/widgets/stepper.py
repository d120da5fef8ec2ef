"""A run to step through: its diagram up to a step, and beside it what is so then.

All steps are handed over once, as data; from there on the page needs no kernel, but for some of the
forms in which it saves a run: those are written when they are asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from ocallkit.errors import UsageError
from ocallkit.judging.tokens import token
from ocallkit.properties import NAMES
from ocallkit.view.display import mimebundle
from ocallkit.view.formats import FORMATS
from ocallkit.view.palette import page_sheet
from ocallkit.view.places import places
from ocallkit.view.snapshot import property_about, snapshots, violations
from ocallkit.view.svg import to_svg
from ocallkit.view.text import to_text
from ocallkit.widgets.libraries import AnyWidget, traitlets
from ocallkit.widgets.live import STATIC, alive

if TYPE_CHECKING:
    from ocallkit.judging.path import Run


WIDGETS = ":is(.ocallkit-lab,.ocallkit-stepper)"

DARK_PLACES = (
    "@media screen and (prefers-color-scheme:dark){body:not([data-jp-theme-light]) " + WIDGETS,
    '@media screen{[data-jp-theme-light="false"] ' + WIDGETS,
)
"""How a page says that it is dark: as in colours.css."""


def styles(name: str) -> str:
    """A style sheet, behind the colours that all widgets and their pictures share."""
    own = [(STATIC / part).read_text(encoding="utf-8") for part in ("colours.css", name)]
    return "\n".join((page_sheet(DARK_PLACES, WIDGETS), *own))


class Stepper(AnyWidget):
    """Shows a run step by step.

    `at` is the number of steps taken so far; it follows the reader, and setting it moves the
    diagram.  `show` puts another run in the place of this one.

    >>> from ocallkit import run
    >>> stepper = Stepper(run("flow-1"))
    >>> stepper.at = 3
    >>> stepper.run.steps[stepper.at - 1].name
    'A:params_from_user'
    """

    _esm = STATIC / "stepper.js"
    _css = styles("stepper.css")

    story = traitlets.Dict().tag(sync=True)
    at = traitlets.Int(0, min=0).tag(sync=True)

    def __init__(self, run: Run, at: int | None = None) -> None:
        self.run = run
        told = story(run)
        super().__init__(story=told, at=told["start"] if at is None else _within(run, at))
        self.on_msg(self._asked)

    def show(self, run: Run, at: int | None = None) -> None:
        """Show `run` from now on, after `at` steps; without it, where its invocation begins."""
        told = story(run)
        at = told["start"] if at is None else _within(run, at)
        self.run = run
        with self.hold_sync():
            self.story, self.at = told, at

    def _asked(self, _widget: object, content: dict[str, Any], _buffers: object) -> None:
        """Write the run for the page, which saves it; what is asked for that is no form is not."""
        form = content.get("write")
        if isinstance(form, str) and form in FORMATS:
            text = self.run.written(form, whole=True)
            self.send({"form": form, "digest": self.run.digest, "text": text})

    @traitlets.validate("at")
    def _valid_at(self, proposal: dict[str, Any]) -> int:
        return _within(self.run, proposal["value"])

    def __repr__(self) -> str:
        return f"Stepper({self.run.title}, at={self.at})"

    def _repr_mimebundle_(self, **_asked: object) -> tuple[dict[str, Any], dict[str, Any]]:
        """The widget; where it cannot run, the picture; and the text for everywhere else."""
        return alive(self, mimebundle(self.run)), {}


def _within(run: Run, at: int) -> int:
    """A number of steps that `run` has, or an error that says how many there are."""
    if not 0 <= at <= len(run.steps):
        raise UsageError(f"at: {run.title} has steps 0 to {len(run.steps)}, not {at}")
    return at


def story(run: Run) -> dict[str, Any]:
    """Everything that the page shows of a run, as plain data."""
    stands = places(run)
    broken = violations(run)
    return {
        "title": run.title,
        "summary": run.summary,
        "ending": run.ending,
        "digest": run.digest,
        "token": token(run),
        "text": to_text(run, whole=True, dividers=True),
        "svg": to_svg(run, whole=True),
        "forms": [
            {"name": name, "title": form.title, "suffix": form.suffix}
            for name, form in FORMATS.items()
        ],
        "start": stands.start,
        "places": msgspec.to_builtins(stands),
        "properties": [
            {"name": name, "about": property_about(name), "breaks": broken.get(name)}
            for name in NAMES
        ],
        "moments": msgspec.to_builtins(snapshots(run)),
    }
