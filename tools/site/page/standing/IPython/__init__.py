"""Stands in for IPython: says that somebody is there who shows widgets."""

from __future__ import annotations

from typing import Any


class _Shell:
    """What `get_ipython` gives in a notebook: it has a kernel."""

    kernel = True


def get_ipython() -> Any:  # noqa: ANN401 - as IPython has it
    """The shell of the page."""
    return _Shell()
