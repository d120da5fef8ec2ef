"""The C that stands beside the Python compiles, and its numbers are the package's."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import nbformat
import pytest

from ocallkit.abi.ioctl_params import EcallFunc
from tests.tools import require_program

FOLDER = Path(__file__).parents[2] / "notebooks"
DECLARED = Path(__file__).parent / "beside.h"
ENUM = re.compile(r"enum \{(.*?)\}")
"""What `func` can say: the first block of C has it, and the others mean the same."""
FLAGS = ("-std=c11", "-Wall", "-Wextra", "-Werror", "-Wno-unused-function", "-fsyntax-only")
TIMEOUT_S = 60


def blocks(stem: str) -> list[str]:
    """Every block of C on a page, in order."""
    cells = nbformat.read(FOLDER / f"{stem}.ipynb", as_version=4).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    return re.findall(r"```c\n(.*?)```", text, re.DOTALL)


@pytest.mark.parametrize(("stem", "count"), [("02-flow-1", 3), ("03-flow-2", 3)])
def test_the_c_on_a_page_compiles_without_a_warning(stem: str, count: int, tmp_path: Path) -> None:
    """Each block is whole as it stands, given what libteec, libutee and the ioctl declare."""
    compiler = require_program("cc", package="gcc")
    found = blocks(stem)
    assert count == len(found)
    numbers = ENUM.search(blocks("02-flow-1")[0])
    assert numbers is not None
    for block in found:
        source = tmp_path / "block.c"
        before = "" if numbers[0] in block else f"{numbers[0]};"
        source.write_text(f'#include "{DECLARED}"\n{before}\n{block}')
        done = subprocess.run(
            [compiler, *FLAGS, source],
            capture_output=True,
            check=False,
            timeout=TIMEOUT_S,
            text=True,
        )
        assert done.returncode == 0, done.stderr


def test_the_c_has_the_numbers_of_the_ioctl() -> None:
    """What `func` can say is written once more in C."""
    enum = ENUM.search(blocks("02-flow-1")[0])
    assert enum is not None
    pairs = [word.split("=") for word in enum[1].split(",")]
    assert {func.name: int(func) for func in EcallFunc} == {k.strip(): int(v) for k, v in pairs}
