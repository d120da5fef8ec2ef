"""Stands in for ipywidgets: traits that the page follows.

What changes while the kernel is asked something goes to the page together with its answer.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import traitlets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

REFERENCE: Final = "IPY_MODEL_"

widget_serialization: Final[dict[str, Any]] = {}
"""How a trait is written that is a widget: here all are."""

made: dict[str, Widget] = {}
"""Every widget by its id."""

changed: dict[str, dict[str, None]] = {}
"""By a widget's id the traits that the page does not know yet, in the order of their change."""

said: list[tuple[str, object]] = []
"""What widgets have sent to the page: a widget's id and the content."""


class Widget(traitlets.HasTraits):
    """Traits that are the same in the page."""

    def __init__(self, **values: object) -> None:
        self.model_id = f"w{len(made) + 1}"
        made[self.model_id] = self
        self._hears: list[Callable[[Any, Any, Any], None]] = []
        super().__init__(**values)
        self.keys = tuple(self.traits(sync=True))
        changed[self.model_id] = dict.fromkeys(self.keys)
        self.observe(self._note, list(self.keys))

    def _note(self, change: dict[str, Any]) -> None:
        changed.setdefault(self.model_id, {})[change["name"]] = None

    def get_state(self) -> dict[str, Any]:
        """Its traits as plain data, and what it is."""
        about = {"_anywidget_id": f"{type(self).__module__}.{type(self).__qualname__}"}
        return about | {name: plain(getattr(self, name)) for name in self.keys}

    def on_msg(self, hears: Callable[[Any, Any, Any], None]) -> None:
        """Let `hears` be called with what the page sends."""
        self._hears.append(hears)

    def hear(self, content: object) -> None:
        """Hand on what the page has sent."""
        for hears in self._hears:
            hears(self, content, [])

    def send(self, content: object) -> None:
        """Send something to the page."""
        said.append((self.model_id, content))

    @contextmanager
    def hold_sync(self) -> Iterator[None]:
        """Let changes go to the page together: here they always do."""
        yield


class VBox(Widget):
    """Widgets one below the other."""

    children = traitlets.Any(()).tag(sync=True)

    def __init__(self, children: object = (), **values: object) -> None:
        super().__init__(children=children, **values)


class HTML(Widget):
    """A piece of HTML."""

    value = traitlets.Unicode("").tag(sync=True)


class IntSlider(Widget):
    """A number between two others."""

    value = traitlets.Int(0).tag(sync=True)
    min = traitlets.Int(0).tag(sync=True)
    max = traitlets.Int(100).tag(sync=True)
    description = traitlets.Unicode("").tag(sync=True)
    style = traitlets.Any(None)


def plain(value: object) -> object:
    """A trait's value as data: a widget is named by its id."""
    if isinstance(value, Widget):
        return REFERENCE + value.model_id
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return value
