"""Whether a name in a page's Markdown is one of the package's, the kernel's, or the page's."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import ocallkit
from ocallkit.claims.record import WRITTEN
from ocallkit.designs import DESIGNS, FURTHER
from ocallkit.model.config import FAULTS, MORE_FAULTS, SWITCHES
from ocallkit.properties import ALWAYS, AT_END, OF_THE_QUEUE
from ocallkit.scenarios import ALL, SCENARIOS
from tests.lesson.prose.words import CLAIM, CODES, FENCE, SPAN

if TYPE_CHECKING:
    from nbformat import NotebookNode

PACKAGE: Final = Path(ocallkit.__file__).parent
REGISTERED: Final = frozenset(
    {
        *SCENARIOS,
        *ALL,
        *DESIGNS,
        *FURTHER,
        *(f"{design}+meta" for design in DESIGNS),
        *ALWAYS,
        *AT_END,
        *OF_THE_QUEUE,
        *FAULTS,
        *MORE_FAULTS,
        *SWITCHES,
    }
)
"""The names by which something is asked for."""
ELSEWHERE: Final = frozenset({"/dev/tee0", "O_CLOEXEC", "CFG_PREALLOC_RPC_CACHE"})
"""Names of the kernel's, of C's and of OP-TEE's that the model has no use for."""


@cache
def sources() -> str:
    """All that the package's own modules and lists say."""
    files = [*sorted(PACKAGE.rglob("*.py")), *sorted(PACKAGE.rglob("*.txt"))]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def said_there(name: str, text: str) -> bool:
    """Whether `text` has that name, and not only as a part of another."""
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text) is not None


def of_the_page(cells: list[NotebookNode]) -> str:
    """What a page's code says and shows."""
    shown = [str(output) for cell in cells for output in cell.get("outputs", ())]
    return "\n".join([*(cell.source for cell in cells if cell.cell_type == "code"), *shown])


def unknown(markdown: str, page: str) -> list[str]:
    """The names in backticks that neither the package nor the code of the page knows.

    An expression is known if each of its words is.
    """
    found = [span.strip('"') for span in SPAN.findall(FENCE.sub("", markdown))]
    page = "\n".join([page, *FENCE.findall(markdown)])
    return [
        span
        for span in found
        if span not in REGISTERED | CODES | ELSEWHERE
        and not all(_is_known(word, page) for word in re.findall(r"[A-Za-z_][\w-]*\w", span))
    ]


def _is_known(word: str, page: str) -> bool:
    if word.endswith("_"):  # how the names of a family begin
        return re.search(rf"\b{word}\w", sources()) is not None
    return any(said_there(word, text) for text in (page, sources()))


def unknown_claims(markdown: str) -> list[str]:
    """The ids of claims and statements that nobody has written."""
    return [found for found in CLAIM.findall(markdown) if found not in WRITTEN]
