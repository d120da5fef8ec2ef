"""What a view asks of a run, so that a hand-made list of events can be drawn as well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ocallkit.model.events import Event


class TracedStep(Protocol):
    """One step of a run: one client's task moved, and reported what happened."""

    @property
    def index(self) -> int:
        """The step's place in the run, from 0."""

    @property
    def client(self) -> str:
        """Whose task moved."""

    @property
    def name(self) -> str:
        """The name under which the step can be replayed, such as ``A:invoke``."""

    @property
    def function(self) -> str:
        """The source function that the step models."""

    @property
    def events(self) -> Sequence[Event]:
        """What happened, in order."""


class Trace(Protocol):
    """A run as far as its views are concerned."""

    @property
    def scenario(self) -> str:
        """The name of the scenario."""

    @property
    def design(self) -> str:
        """The name of the design."""

    @property
    def clients(self) -> Sequence[str]:
        """The names of the clients: ``A``, ``B``."""

    @property
    def steps(self) -> Sequence[TracedStep]:
        """The steps, in order."""

    @property
    def events(self) -> Sequence[Event]:
        """The events of all steps, in order."""

    @property
    def title(self) -> str:
        """A heading for the run."""

    @property
    def summary(self) -> str:
        """The run in a sentence or two, for those who do not see a picture of it."""

    @property
    def digest(self) -> str:
        """A short hexadecimal digest: the same run has the same digest."""

    @property
    def ending(self) -> str:
        """Who waits for what, where the run could not go on; empty where it came to its end."""

    @property
    def before(self) -> int | None:
        """How many messages lie before the first invocation, where another run says it."""
