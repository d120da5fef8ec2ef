"""A run to step through: its diagram up to a step, and beside it what is so then.

All steps are handed over once, as data, with what would come of every alternative; from there on
the page needs no kernel, but to go on from an alternative, to take another design beside, and for
some of the forms in which it saves a run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ocallkit.errors import OcallkitError, UsageError
from ocallkit.judging.branching import branch
from ocallkit.judging.tokens import replay
from ocallkit.view.display import mimebundle
from ocallkit.view.formats import FORMATS
from ocallkit.view.palette import page_sheet
from ocallkit.widgets.libraries import AnyWidget, traitlets
from ocallkit.widgets.live import STATIC, alive
from ocallkit.widgets.stories import beside, story

if TYPE_CHECKING:
    from ocallkit.judging.path import Run


WIDGETS = ":is(.ocallkit-lab,.ocallkit-stepper)"

DARK_PLACES = (
    "@media screen and (prefers-color-scheme:dark){body:not([data-jp-theme-light]) " + WIDGETS,
    '@media screen{[data-jp-theme-light="false"] ' + WIDGETS,
)
"""How a page says that it is dark: as in colours.css."""

PARTS: Final = (
    "stepper_dom.js",
    "stepper_lanes.js",
    "stepper_diagram.js",
    "stepper_counts.js",
    "stepper_panels.js",
    "stepper_tools.js",
    "stepper.js",
)
"""The parts of the stepper's script, in the order in which they use each other."""


def styles(name: str) -> str:
    """A style sheet, behind the colours that all widgets and their pictures share."""
    return "\n".join((page_sheet(DARK_PLACES, WIDGETS), _joined("colours.css", name)))


def script() -> str:
    """The stepper's script: one module, as every loader takes it."""
    return _joined(*PARTS)


def _joined(*names: str) -> str:
    return "\n".join((STATIC / name).read_text(encoding="utf-8") for name in names)


class Stepper(AnyWidget):
    """Shows a run step by step.

    `at` is the number of steps taken so far; it follows the reader, and setting it moves the
    diagram.  `show` puts another run in the place of this one, `branch` goes another way from a
    step of it, `back` returns, and `take_beside` shows another run in step with it.

    >>> from ocallkit import run
    >>> stepper = Stepper(run("flow-1"))
    >>> stepper.at = 3
    >>> stepper.run.steps[stepper.at - 1].name
    'A:params_from_user'
    """

    _esm = script()
    _css = styles("stepper.css")

    story = traitlets.Dict().tag(sync=True)
    at = traitlets.Int(0, min=0).tag(sync=True)
    trail: traitlets.List[Any] = traitlets.List().tag(sync=True)
    beside = traitlets.Dict().tag(sync=True)

    def __init__(self, run: Run, at: int | None = None) -> None:
        self.run = run
        self.left: list[tuple[Run, int, str]] = []
        told = story(run)
        super().__init__(story=told, at=told["start"] if at is None else _within(run, at))
        self.on_msg(lambda _widget, content, _buffers: self.answer(content))

    def show(self, run: Run, at: int | None = None) -> None:
        """Show `run` from now on, after `at` steps; without it, where its invocation begins."""
        self._show(run, at, [])

    def branch(self, at: int, name: str) -> None:
        """Leave the run after `at` steps for the step `name`; `back` returns to it.

        >>> from ocallkit import run
        >>> stepper = Stepper(run("flow-1"))
        >>> stepper.branch(1, "A:kill")
        >>> stepper.run.schedule[1], stepper.at, [one["name"] for one in stepper.trail]
        ('A:kill', 2, ['A:kill'])
        >>> stepper.back(0)
        >>> stepper.run.schedule[1], stepper.at
        ('A:return_to_user', 1)

        Raises UsageError for a step that the run does not have, NoSuchStepError for one that
        cannot happen there.
        """
        other = branch(self.run, at, name)
        self._show(other, at + 1, [*self.left, (self.run, at, name)])

    def back(self, place: int) -> None:
        """Return to the run of that place in the trail, at the step where it was left."""
        if not 0 <= place < len(self.left):
            raise UsageError(f"the trail has {len(self.left)} places, counted from 0, not {place}")
        run, at, _ = self.left[place]
        self._show(run, at, self.left[:place])

    def take_beside(self, other: Run | str | None) -> None:
        """Show in step with the run another one, or its own decisions under a design of that name.

        None takes it away.

        >>> from ocallkit import run
        >>> stepper = Stepper(run("flow-1-memref"))
        >>> stepper.take_beside("held-refs")
        >>> stepper.beside["title"], stepper.beside["parts"]
        ('flow-1-memref under held-refs', 16)

        Raises TokenError where a decision does not fit under that design.
        """
        if isinstance(other, str):
            other = replay(self.story["token"], other)
        self.beside = {} if other is None else beside(self.run, other)

    def _show(self, run: Run, at: int | None, left: list[tuple[Run, int, str]]) -> None:
        told = story(run)
        at = told["start"] if at is None else _within(run, at)
        self.run, self.left = run, left
        trail = [{"title": of.title, "at": step, "name": name} for of, step, name in left]
        with self.hold_sync():
            self.story, self.at, self.trail, self.beside = told, at, trail, {}

    def answer(self, content: dict[str, Any]) -> None:
        """Do what the page asks for; what cannot be done is said there."""
        try:
            match content:
                case {"write": str(form)} if form in FORMATS:
                    text = self.run.written(form, whole=True)
                    self.send({"form": form, "digest": self.run.digest, "text": text})
                case {"branch": str(name), "at": int(at)}:
                    self.branch(at, name)
                case {"back": int(place)}:
                    self.back(place)
                case {"beside": str(design)}:
                    self.take_beside(design or None)
                case _:
                    pass
        except OcallkitError as error:
            self.send({"refused": str(error)})

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
