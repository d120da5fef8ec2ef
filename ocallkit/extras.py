"""What the package can do without, and how to get it."""

from __future__ import annotations

from ocallkit.errors import OcallkitError

LAB = frozenset({"IPython", "anywidget", "ipywidgets", "matplotlib", "traitlets"})
"""The modules that come with the extra `lab`."""


class MissingExtraError(OcallkitError, ModuleNotFoundError):
    """A library of the extra `lab` is not installed: says which, and how to get it."""


def missing(error: ModuleNotFoundError) -> ModuleNotFoundError:
    """The error to raise for a module that is not there; the same if it is in no extra.

    >>> missing(ModuleNotFoundError("No module named 'traitlets'", name="traitlets"))
    MissingExtraError("traitlets is not installed: pip install 'ocallkit[lab]'")
    """
    module = (error.name or "").partition(".")[0]
    if module not in LAB:
        return error
    return MissingExtraError(
        f"{module} is not installed: pip install 'ocallkit[lab]'", name=error.name
    )
