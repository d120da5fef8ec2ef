"""What a reader acts on in a notebook.

Importing this imports neither IPython nor anywidget: the package works without both.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec


def can_show_widgets() -> bool:
    """Whether a notebook's kernel runs this, and the packages of its widgets are there."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return hasattr(shell, "kernel") and find_spec("anywidget") is not None
