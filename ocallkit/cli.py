"""The command `ocallkit`: what the package does, for a terminal."""

from __future__ import annotations

import argparse
import os
import traceback
from typing import TYPE_CHECKING

from ocallkit.commands import (
    check_command,
    disturbs_command,
    hunt_command,
    list_command,
    matrix_command,
    new_command,
    review_command,
    show_command,
)
from ocallkit.commands.status import BAD_USAGE, NO_ANSWER, NOT_KNOWN
from ocallkit.errors import OcallkitError
from ocallkit.extras import MissingExtraError
from ocallkit.terminal import NowhereError, complain, settle, write
from ocallkit.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = (
    list_command,
    show_command,
    check_command,
    hunt_command,
    matrix_command,
    disturbs_command,
    review_command,
    new_command,
)
"""In the order of the help."""

TRACEBACK = "OCALLKIT_TRACEBACK"
"""The variable of the environment with which a fault is shown with the way to it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks for; gives the exit status.

    0: done, or holds; 1: a property is violated; 2: bad usage, with one line that says what is
    wrong and what there is; 3: not known, since it was not finished within the limits, was
    interrupted, or never came to what the scenario is about; 4: no answer, with one line that says
    whether it could not be written, a library is missing, or ocallkit itself is at fault.
    """
    try:
        return _answer(_options(arguments))
    except KeyboardInterrupt:
        complain("interrupted")
        return NOT_KNOWN
    except (NowhereError, MissingExtraError) as error:
        complain(str(error))
        return NO_ANSWER


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    """What the command line says; a help, and what is wrong with it, are printed here."""
    try:
        return parser().parse_args(arguments)
    except SystemExit:
        settle()
        raise


def _answer(options: argparse.Namespace) -> int:
    """Write what the command answers; gives the exit status."""
    try:
        status, text = options.command(options)
    except (NowhereError, MissingExtraError):
        raise
    except OcallkitError as error:
        complain(str(error))
        return BAD_USAGE
    except SystemExit as error:
        complain(f"something that was loaded called sys.exit({error.code!r}): leave that out")
        return BAD_USAGE
    except Exception as error:  # noqa: BLE001 - whatever it is, it is no verdict
        return _at_fault(error)
    write(text)
    return int(status)


def _at_fault(error: Exception) -> int:
    """Tell of an error that nothing foresaw."""
    if os.environ.get(TRACEBACK):
        traceback.print_exception(error)
    said = f"{type(error).__name__}: {error}".removesuffix(": ")
    complain(f"a fault of ocallkit itself: {said} ({TRACEBACK}=1 shows where)")
    return NO_ANSWER


def parser() -> argparse.ArgumentParser:
    """What the command understands: each command with its options."""
    whole = argparse.ArgumentParser(
        prog="ocallkit", description="An executable reference for OP-TEE OCALLs."
    )
    whole.add_argument("--version", action="version", version=f"ocallkit {__version__}")
    commands = whole.add_subparsers(required=True, metavar="COMMAND")
    for module in COMMANDS:
        module.add(commands)
    return whole
