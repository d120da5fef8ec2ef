"""What a command answers: an exit status and a text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from ocallkit.errors import UsageError

if TYPE_CHECKING:
    from argparse import ArgumentParser, _SubParsersAction
    from pathlib import Path

    Answer = tuple[int, str]
    Commands = _SubParsersAction[ArgumentParser]

HOLDS, VIOLATED, BAD_USAGE, NOT_KNOWN, NO_ANSWER = 0, 1, 2, 3, 4
"""Exit statuses: what was asked for is so, is not so, makes no sense, is not known; none came."""

STATUS: Final = {True: HOLDS, False: VIOLATED, None: NOT_KNOWN}
"""By whether it holds."""


def as_json(value: object) -> str:
    """Anything as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


def look_at_place(option: str, path: Path | None) -> None:
    """See that a file can be written, before there is anything to write.

    Raises UsageError where it cannot.
    """
    if path is None:
        return
    if path.is_dir():
        raise UsageError(f"{option} {path}: it is a folder; name a file in it")
    if not path.parent.is_dir():
        raise UsageError(f"{option} {path}: there is no folder {path.parent}")


def fill(option: str, path: Path, content: str) -> None:
    """Write a file; raises UsageError where that fails."""
    try:
        path.write_text(content, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{option} {path}: {error.strerror}") from error
