"""What a terminal shows of a thing: one line that says what it is, and no address."""

from __future__ import annotations

from typing import Final, TypeVar

T = TypeVar("T")

WIDTH: Final = 79
"""The columns of a terminal that every reader has, but the last."""


def brief(thing: object, words: str) -> str:
    r"""The line for `thing`: its kind and `words`, cut off where the terminal ends.

    >>> brief(1, "the first"), len(brief(1, "a\nlong " * 50))
    ('<int: the first>', 79)
    """
    line = f"<{type(thing).__name__}: {' '.join(words.split())}"
    return f"{line}>" if len(line) < WIDTH else f"{line[: WIDTH - 4]}...>"


class Named(dict[str, T]):
    """Things of one kind by their names: shown by these alone.

    >>> Named({"one": print, "two": repr})
    <Named: one, two>
    """

    def __repr__(self) -> str:
        return brief(self, ", ".join(self))
