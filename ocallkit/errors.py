"""What goes wrong for who uses the package: every error of its own has one base class.

`ProgramError` of the engine, `TokenError`, `NoSuchStepError` and the others derive from it too,
each where what it is about stands.  Of what the model's own parties tell each other (that a call
of libteec fails, that a TA panics) nothing is an error of the package.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

T = TypeVar("T")


class OcallkitError(Exception):
    """Something is not as it has to be: says what, where, and what to do instead."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows of it: the error alone, not the way to it through the package."""
        return [f"{type(self).__name__}: {self}"]


class UsageError(OcallkitError, ValueError):
    """Something was asked for that cannot be had so: says what, and what can be."""


class UnknownNameError(OcallkitError, ValueError):
    """No such scenario, design or fault: says which there are, and which is nearest."""

    def __init__(self, kind: str, name: str, valid: Collection[str]) -> None:
        meant = nearest(name, valid)
        hint = f" Did you mean {meant!r}?" if meant else ""
        super().__init__(f"no {kind} is called {name!r}.{hint} There are: {', '.join(valid)}")


def nearest(name: str, among: Iterable[str]) -> str:
    """The name that somebody may have meant who wrote another; empty if none is near.

    >>> nearest("prerelease", ["release", "pre_release"]), nearest("x", ["release"])
    ('pre_release', '')
    """
    # Loaded for who has mistyped something.
    from difflib import get_close_matches  # noqa: PLC0415

    return next(iter(get_close_matches(name, list(among), n=1)), "")


def find(kind: str, name: str, known: Mapping[str, T]) -> T:
    """The thing of that name; raises UnknownNameError, which lists what there is.

    >>> find("design", "a", {"a": 1})
    1
    """
    if name not in known:
        raise UnknownNameError(kind, str(name), list(known))
    return known[name]
