"""Widgets as the page's kernel tells of them, for pages where none runs.

A widget of `anywidget` is one JavaScript module, one style sheet and data: the page's own script
gives the data to the same module that JupyterLab loads.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    State = Mapping[str, Any]
    """The traits of one widget."""

REFERENCE: Final = "IPY_MODEL_"
"""Stands before the id of a widget where another one has it as its child."""

LAYOUT: Final = {"layout", "tabbable", "tooltip"}
"""Traits of every widget that say nothing of what it shows."""


class Modules(msgspec.Struct):
    """The scripts and style sheets of the widgets that were met, by the names of their classes."""

    scripts: dict[str, str] = {}
    styles: dict[str, str] = {}

    def add(self, state: State) -> str:
        """Take those of a widget; returns the name under which the page finds its script."""
        name: str = state["_anywidget_id"]
        self.scripts[name] = state["_esm"]
        self.styles[name] = state.get("_css", "")
        return name

    def write(self, folder: Path, *, alive: bool) -> None:
        """Write `widgets.js` and `widgets.css` into `folder`; `alive`: the page can run Python.

        The scripts are kept as text: a page that was opened from a file may load no module.
        """
        scripts = as_script("OCALLKIT_MODULES", self.scripts)
        scripts += as_script("OCALLKIT_ALIVE", alive)
        (folder / "widgets.js").write_text(scripts, encoding="utf-8")
        styles = "\n".join(dict.fromkeys(self.styles.values()))
        (folder / "widgets.css").write_text(styles, encoding="utf-8")


def living(states: Mapping[str, State], place: str) -> State:
    """The widget that comes to life in the picture of that name."""
    shows = next(state["shows"] for state in states.values() if state.get("place") == place)
    return child(states, shows.removeprefix(REFERENCE))


def child(states: Mapping[str, State], name: str) -> State:
    """The widget `name`, or what stands first in it if it is a box."""
    state = states[name]
    children = state.get("children")
    return child(states, children[0].removeprefix(REFERENCE)) if children else state


def data(state: State) -> dict[str, Any]:
    """What a widget shows, without what all widgets have."""
    return {k: v for k, v in state.items() if not k.startswith("_") and k not in LAYOUT}


def element(name: str, content: object, picture: str) -> str:
    """Write the place of a widget; `picture` is HTML, seen until the page's script is there."""
    return (
        f'<div class="ocallkit-widget" data-module="{name}">'
        f'<script type="application/json">{as_json(content)}</script>{picture}</div>'
    )


def as_json(content: object) -> str:
    r"""Write JSON that may stand inside of a script element.

    >>> as_json(["</script>"])
    '["\\u003c/script>"]'
    """
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def as_script(name: str, content: object) -> str:
    """Write a script that gives `content` a name: unlike JSON it loads from a file too."""
    return f"const {name} = {as_json(content)};\n"
