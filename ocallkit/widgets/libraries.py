"""The libraries that widgets are made of; where one is not installed, how to get it."""

from __future__ import annotations

from ocallkit.extras import missing

try:
    import ipywidgets
    import traitlets
    from anywidget import AnyWidget
except ModuleNotFoundError as error:
    raise missing(error) from None

__all__ = ["AnyWidget", "ipywidgets", "traitlets"]
