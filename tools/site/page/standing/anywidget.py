"""Stands in for anywidget: a widget whose page side is a JavaScript module of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ipywidgets import Widget


# What it stands for has no types.
class AnyWidget(Widget):  # type: ignore[misc]
    """A widget with `_esm`, its script, and `_css`, its style sheet: text, or a file with it."""

    _esm: str | Path = ""
    _css: str | Path = ""

    def get_state(self) -> dict[str, Any]:
        """Its traits, its script and its style sheet."""
        state: dict[str, Any] = super().get_state()
        return state | {"_esm": text(self._esm), "_css": text(self._css)}


def text(source: str | Path) -> str:
    """A script or a style sheet."""
    return source.read_text(encoding="utf-8") if isinstance(source, Path) else source
