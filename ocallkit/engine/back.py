"""From which places some way leads to one of several ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

P = TypeVar("P")


def leading_to(ends: Iterable[P], before: Mapping[P, Iterable[P]]) -> set[P]:
    """The ends, and every place from which a way leads to one; `before` has those before each.

    >>> sorted(leading_to(["c"], {"c": ["b"], "b": ["a", "b"], "d": ["e"]}))
    ['a', 'b', 'c']
    """
    good = {*ends}
    pending = [*good]
    for place in pending:
        new = {*before.get(place, ())} - good
        good |= new
        pending += new
    return good
