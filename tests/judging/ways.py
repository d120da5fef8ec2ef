"""What is compared: every combination of reductions, and how a difference is told."""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

from ocallkit.engine.exploration import Reductions

STATES = 1_500
"""States without any reduction beyond which a system is too large to be compared in passing."""

WAYS = tuple(Reductions(*on) for on in product((True, False), repeat=len(Reductions._fields)))
"""Every reduction on and off, in every combination."""


class Disagreement(NamedTuple):
    """What one way says that another does not say."""

    way: object
    what: str
    expected: object
    found: object


class TooLargeError(Exception):
    """A system has too many states to be compared in passing."""
