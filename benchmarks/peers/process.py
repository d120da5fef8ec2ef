"""Starting a program, and knowing how long it took."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.peers.cells import CheckerError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SAID = 2000
"""How many characters of a failed program's last words are shown."""


class Ended(NamedTuple):
    """What a program printed, and how long it took."""

    output: str
    seconds: float


class OutOfTimeError(Exception):
    """A program was stopped because its time was up; `seconds` says how long it had."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"{seconds:.0f} s")
        self.seconds = seconds


def ended(command: Sequence[str], folder: Path, limit: float) -> Ended:
    """Run `command` in `folder` to its end.

    Raises OutOfTimeError after `limit` seconds, CheckerError where it exits with another status
    than zero.
    """
    began = time.perf_counter()
    try:
        process = subprocess.run(
            command,
            cwd=folder,
            timeout=max(limit, 0.01),
            check=False,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
    except subprocess.TimeoutExpired as error:
        raise OutOfTimeError(error.timeout) from None
    seconds = time.perf_counter() - began
    if process.returncode != 0:
        said = process.stdout[-SAID:].strip()
        raise CheckerError(f"{command[0]} exited with {process.returncode}: {said}")
    return Ended(process.stdout, seconds)
