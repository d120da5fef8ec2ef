"""How a result shows itself and knows no view: whoever is above attaches what shows it.

A Run lies below the views that draw it.  It asks `views()`, which loads them when the first result
is shown; `attach` says what is to be loaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit.judging.comparing.two_runs import Parting
    from ocallkit.judging.path import Run
    from ocallkit.judging.verdict import Verdict

Bundle = dict[str, str]
"""For each mime type what to show."""


class Drawn(Protocol):
    """A picture that a notebook shows: the same in words is `alt`, in full `plain`."""

    @property
    def svg(self) -> str:
        """The picture."""

    @property
    def alt(self) -> str:
        """It in a sentence."""

    @property
    def plain(self) -> str:
        """It for a terminal."""

    def _repr_mimebundle_(self) -> Bundle: ...


class Tabled(Protocol):
    """A table that a notebook shows as HTML, and everything else as plain text."""

    @property
    def html(self) -> str:
        """The table."""

    @property
    def plain(self) -> str:
        """It for a terminal."""

    def _repr_mimebundle_(self) -> Bundle: ...


class Views(Protocol):
    """What can be shown, and how: a module that has these functions will do."""

    def run_bundle(self, run: Run, /, *, asked: bool) -> Any:  # noqa: ANN401 - as anywidget has it
        """What a notebook shows of a run: with `asked` the stepper, where there is a kernel."""

    def run_text(self, run: Run, /, *, whole: bool) -> str:
        """Write its messages in the discussion's notation."""

    def run_diagram(self, run: Run, /, *, whole: bool, references: bool) -> Drawn:
        """Draw its sequence diagram."""

    def run_written(self, run: Run, form: str, /, *, whole: bool) -> str:
        """Write it in a form of that name."""

    def run_ledger(self, run: Run, /, *, whole: bool) -> Tabled:
        """List who holds each reference after each message."""

    def run_timeline(self, run: Run, /, *, whole: bool) -> Drawn:
        """Draw its reference counts."""

    def verdict_bundle(self, verdict: Verdict, /) -> Bundle:
        """What a notebook shows of a verdict."""

    def parting_bundle(self, parting: Parting, /) -> Bundle:
        """What a notebook shows of two runs that part."""


_ATTACHED: list[Callable[[], Views]] = []


def attach(load: Callable[[], Views]) -> None:
    """From now on results are shown by what `load` gives, which is asked at each showing."""
    _ATTACHED[:] = [load]


def views() -> Views:
    """What shows results."""
    (load,) = _ATTACHED
    return load()
