"""Every text that is held: the pages, with what is computed of each, and the README."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Final, NamedTuple

import nbformat

from tests.lesson.prose import (
    figures,
    outcomes_00_10,
    outcomes_11_22,
    pages_00_04,
    pages_05_07,
    pages_08_10,
    pages_11_14,
    pages_15_22,
)
from tests.lesson.prose.reviewed import TIES, to_review
from tests.lesson.prose.saying import Page

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parents[3]
README: Final = ROOT / "README.md"
NUMBERS: Final = (pages_00_04, pages_05_07, pages_08_10, pages_11_14, pages_15_22)
NAMES: Final = {**outcomes_00_10.OUTCOMES, **outcomes_11_22.OUTCOMES}
FIGURES: Final = figures.FIGURES
PAGES: Final[dict[str, Page]] = {
    number: Page({**page.said, **NAMES.get(number, {}), **FIGURES.get(number, {})}, page.as_it_is)
    for module in NUMBERS
    for number, page in module.PAGES.items()
}
"""What is computed of each page, by its number."""
RUN: Final = re.compile(r"^( *)```.*?^\1```", re.MULTILINE | re.DOTALL)
"""The README's examples: they are run in tests of their own."""
WRAPPED: Final = re.compile(r"(?<=[^\n|])\n *(?![\n|#*-]| *\d\.)")
"""Where a line of the README goes on in the next."""


class Text(NamedTuple):
    """A text with what is computed of it."""

    stem: str
    markdown: str
    page: Page

    @property
    def to_review(self) -> list[str]:
        """Its sentences that somebody has to compare."""
        return to_review(self.markdown, self.page)

    @property
    def computed(self) -> int:
        """How many of its words are computed."""
        fields = [field for one in self.page.said for _, field, *_ in Formatter().parse(one)]
        return len([field for field in fields if field is not None])

    @property
    def tied(self) -> int:
        """How many of its links and verdicts are held by the shape of their sentences."""
        return sum(len(tie.spans(self.markdown)) for tie in TIES)


def text_of(path: Path) -> str:
    """All that the Markdown cells of a notebook say."""
    cells = nbformat.read(path, as_version=4).cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


@cache
def texts() -> tuple[Text, ...]:
    """Every text, the README last."""
    return tuple(_texts())


def _texts() -> Iterator[Text]:
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        yield Text(path.stem, text_of(path), PAGES[path.stem[:2]])
    readme = WRAPPED.sub(" ", RUN.sub("", README.read_text(encoding="utf-8")))
    yield Text("README", readme, Page(said={}))
