"""A small project with the settings of this one, and one thing wrong with it."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

from tools.store_notebooks import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MODULE = '''"""A module."""


def double(number: int) -> int:
    """Twice a number.

    >>> double(2)
    4
    """
    return 2 * number
'''

TEST = '''"""A test."""

from ocallkit.double import double


def test_double() -> None:
    """Three and three are six."""
    assert double(3) == 6
'''

A_SECOND_TEST = '''"""A test of something old."""

import warnings


def test_old() -> None:
    """It warns of nothing."""
    with warnings.catch_warnings():
        pass
'''

CELL = {
    "cell_type": "code",
    "execution_count": 1,
    "id": "c",
    "metadata": {},
    "outputs": [
        {
            "output_type": "execute_result",
            "execution_count": 1,
            "data": {"text/plain": ["42"]},
            "metadata": {},
        }
    ],
    "source": "6 * 7",
}

SOUND: Mapping[str, str] = {
    "ocallkit/__init__.py": '"""A package."""\n',
    "ocallkit/double.py": MODULE,
    "tests/__init__.py": '"""Tests."""\n',
    "tests/test_double.py": TEST,
    "tests/test_old.py": A_SECOND_TEST,
    "notebooks/00-six-times-seven.ipynb": json.dumps(
        {"cells": [CELL], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    ),
}
"""A project with which nothing is wrong, by the names of its files."""

CODE, TESTS, OLD, NOTEBOOK = [*SOUND][1], *[*SOUND][3:]


def write(folder: Path, *changes: tuple[str, str, str]) -> Path:
    """The sound project in a folder, with changes: a file, a text in it, and another text.

    A change of pyproject.toml is one of this project's own settings.
    """
    (folder / "tests").mkdir()
    for name in ("pyproject.toml", "tests/nbval.cfg"):
        shutil.copy(ROOT / name, folder / name)
    for name, content in SOUND.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")
    for name, old, new in changes:
        path = folder / name
        content = path.read_text(encoding="utf-8")
        assert old in content, f"{name} has no {old!r}"
        path.write_text(content.replace(old, new), encoding="utf-8")
    return folder
