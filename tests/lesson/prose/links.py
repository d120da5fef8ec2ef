"""A link to a page says its number, or its number and its title, as the list of pages has them."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import nbformat

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FOLDER: Final = Path(__file__).parents[3] / "notebooks"
LINK: Final = re.compile(r"\[(\d\d)(?:\. |\s)?([^\]\n]*)\]\((\d\d-[\w-]+)\.ipynb\)")

INTO: Final = re.compile(r"\[[^\]\n]*\]\(([\w-]+\.ipynb)#([^)]+)\)")
"""A link to a heading of a page."""


@cache
def titles() -> Mapping[str, str]:
    """What each page is called for short: its file's name, with the words that it cannot have."""
    return {path.stem[:2]: path.stem[3:] for path in FOLDER.glob("*.ipynb")}


def spans(text: str) -> list[tuple[int, int]]:
    """Where the links to pages stand in a text."""
    return [found.span() for found in LINK.finditer(text)]


@cache
def anchors(name: str) -> frozenset[str]:
    """What JupyterLab makes of a page's headings; none if there is no such page."""
    file = FOLDER / name
    cells = nbformat.read(file, as_version=4).cells if file.exists() else []
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    return frozenset(
        head.replace("`", "").replace(" ", "-") for head in re.findall(r"(?m)^#+ (.+)$", text)
    )


def faults(text: str) -> Iterator[str]:
    """The links that say another page than that to which they lead, or lead nowhere."""
    for found in INTO.finditer(text):
        if found[2] not in anchors(found[1]):
            yield found[0]
    for found in LINK.finditer(text):
        number, title, stem = found.groups()
        said = re.sub(r"\W+", "-", title.lower()).strip("-")
        if stem != f"{number}-{titles().get(number)}" or said not in ("", stem[3:]):
            yield found[0]
