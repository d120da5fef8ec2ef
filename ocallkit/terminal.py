"""What the command does with a terminal: an answer, a line of progress, a complaint.

It may be none: a file on a full disk, a pipe that nobody reads any more, or closed; and where it is
one, it may be narrow, or have no letters but those of ASCII.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from shutil import get_terminal_size
from typing import TYPE_CHECKING

from ocallkit.errors import OcallkitError

if TYPE_CHECKING:
    from typing import TextIO

CLEAR_TO_END = "\033[K"
"""What makes a terminal forget the rest of the line."""

UTF_8 = "utf-8"


class NowhereError(OcallkitError):
    """The answer could not be written: says why."""


def write(text: str) -> None:
    """Print an answer; who reads it may stop when they have seen enough.

    Where standard output has not all letters of it, the answer is in UTF-8, as a file would be.

    Raises NowhereError where it is closed, or takes no more.
    """
    if sys.stdout is None:
        raise NowhereError("standard output is closed")
    try:
        text.encode(sys.stdout.encoding or UTF_8)
    except UnicodeEncodeError:
        sys.stdout.reconfigure(encoding=UTF_8)  # type: ignore[union-attr]
    try:
        print(text, flush=True)
    except BrokenPipeError:
        _forget(sys.stdout)
    except OSError as error:
        _forget(sys.stdout)
        raise NowhereError(f"standard output: {error.strerror}") from error


def settle() -> None:
    """See that everything that was printed has arrived.

    Raises NowhereError where standard output takes no more.
    """
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        _forget(sys.stdout)
    except OSError as error:
        _forget(sys.stdout)
        raise NowhereError(f"standard output: {error.strerror}") from error


def _forget(stream: TextIO) -> None:
    """Let what is left go nowhere: Python would try to write it once more when it ends."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def complain(text: str) -> None:
    """Say on standard error, in one line, what was wrong; if that is closed, nowhere."""
    if sys.stderr is not None:
        line = " ".join(text.split())
        try:
            print(f"{_cleared()}ocallkit: {line}", file=sys.stderr, flush=True)
        except OSError:
            _forget(sys.stderr)


def has_progress() -> bool:
    """Whether somebody is looking on: a file, or a pipe, gets no line of progress."""
    return sys.stderr is not None and sys.stderr.isatty()


def has_reader() -> bool:
    """Whether the answer goes to a terminal."""
    return sys.stdout is not None and sys.stdout.isatty()


def still(line: str) -> None:
    """Show a line that stands still while its numbers move; cut where the terminal ends."""
    width = get_terminal_size().columns - 1
    _to_terminal(f"\r{line[:width]}{CLEAR_TO_END}")


def clear() -> None:
    """Take a line of progress away where there may be one."""
    _to_terminal(_cleared())


def _cleared() -> str:
    return f"\r{CLEAR_TO_END}" if has_progress() else ""


def _to_terminal(text: str) -> None:
    if text:
        print(text, end="", file=sys.stderr, flush=True)
