"""`ocallkit new`: a design or a scenario to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ocallkit.commands.status import HOLDS
from ocallkit.errors import UsageError

if TYPE_CHECKING:
    import argparse

    from ocallkit.commands.status import Answer, Commands


def add(commands: Commands) -> None:
    """What it understands."""
    writing = commands.add_parser("new", help="write a design or a scenario to begin with")
    writing.set_defaults(command=write_new)
    writing.add_argument("kind", choices=("design", "scenario"), help="what to write")
    writing.add_argument("name", metavar="NAME", help="what it is called: my-own")
    writing.add_argument(
        "--out", type=Path, metavar="FILE", help="a new file (default: to the terminal)"
    )


def write_new(options: argparse.Namespace) -> Answer:
    """Write a design or a scenario to begin with; never over what is there."""
    from ocallkit.judging.templates import called, new

    text = new(options.kind, options.name)
    if not options.out:
        return HOLDS, text.removesuffix("\n")
    try:
        with options.out.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise UsageError(f"--out {options.out}: it is there, and stays as it is") from error
    except OSError as error:
        raise UsageError(f"--out {options.out}: {error.strerror}") from error
    return HOLDS, f"{options.out}:{called(options.kind, options.name)}"
