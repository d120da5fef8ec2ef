"""A machine that has only the programs that a test gives it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def machine(folder: Path, tools: tuple[str, ...], programs: dict[str, str]) -> Path:
    """Make a folder for PATH: tools of this machine, and programs, each a script of the shell."""
    folder.mkdir(exist_ok=True)
    for tool in ("sh", *tools):
        found = shutil.which(tool)
        assert found is not None, tool
        (folder / tool).symlink_to(found)
    for name, script in programs.items():
        program = folder / name
        program.write_text(f"#!{folder / 'sh'}\n{script}\n")
        program.chmod(0o755)
    return folder
