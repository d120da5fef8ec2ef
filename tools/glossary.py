"""Link the first use of each word of the glossary on a page to where it is explained.

`python -m tools.glossary` sets the links anew in the pages of the lesson, and changes nothing else.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from tools.store_notebooks import FOLDER, cell_ids, text

PAGE = "22-glossary.ipynb"
LAST = "14"
"""Behind this page a reader knows the words."""

WORDS = {
    "OCALL": r"\bOCALLs?\b",
    "ECALL": r"\bECALLs?\b|`TEE_IOC_ECALL`",
    "CA": r"client applications? \(CA\)|\bCAs?\b",
    "TA": r"trusted applications? \(TA\)|\bTAs?\b",
    "PTA": r"pseudo-TA \(PTA\)|\bPTAs?\b",
    "libteec": r"\blibteec\b",
    "supplicant": r"`tee-supplicant`|\b(?:tee-)?supplicant\b",
    "handler": r"\bhandlers?\b",
    "context": r"\bcontexts?\b",
    "session": r"\bsessions?\b",
    "dispatch": r"`dispatch`|\bdispatch\b",
    "secure world": r"\bsecure world\b",
    "SMC": r"\bSMC \(secure monitor call\)|\bSMCs?\b",
    "secure thread": r"\bsecure threads?\b",
    "RPC": r"\bRPC \(remote procedure call\)|\bRPCs?\b",
    "call queue": r"\bcall queue\b",
    "pre_release": r"`pre_release`",
    "memory reference": r"\b(?:memory|temporary) references?\b|\btemporary buffers?\b",
    "tee_shm": r"`tee_shm`",
    "MOBJ": r"\bMOBJ \(memory object\)|\bMOBJs?\b|\bmemory objects?\b",
    "reference": r"(?<!memory )(?<!temporary )\breferences?\b",
    "scenario": r"\bscenarios?\b",
    "design": r"\bdesigns?\b",
    "token": r"\btokens?\b",
    "property": r"\bpropert(?:y|ies)\b",
    "fault": r"\bfaults?\b",
    "round": r"(?<!way )\brounds?\b(?! trips?)",
    "claim": r"\bclaims\b",
}
"""Each word that the glossary explains, and how it is met in a text."""

LINK = re.compile(rf"\[([^\]]+)\]\({re.escape(PAGE)}#[^)]*\)")
# Where no link can stand: fences, headings, the list of notebooks, folds' summaries, links, code.
CLOSED = re.compile(
    r"^```.*?^```|^#.*?$|^\| \[\d\d .*?$|<summary>.*?</summary>|\[[^\]]*\]\([^)]*\)|`[^`\n]+`",
    re.MULTILINE | re.DOTALL,
)


def without(source: str) -> str:
    """A cell's text without its links to the glossary."""
    return LINK.sub(r"\1", source)


def linked(sources: Sequence[str]) -> list[str]:
    """The cells' texts of a page with a link at the first use of each word, and at no other."""
    plain = [without(source) for source in sources]
    places = sorted(_places(plain), reverse=True)
    for cell, start, stop, word in places:
        source = plain[cell]
        link = f"[{source[start:stop]}]({PAGE}#{word.replace(' ', '-')})"
        plain[cell] = source[:start] + link + source[stop:]
    return plain


def _places(plain: Sequence[str]) -> Iterator[tuple[int, int, int, str]]:
    """Where each word that the page has is used first: the cell, from where to where, the word."""
    taken: set[tuple[int, int]] = set()
    for word, pattern in WORDS.items():
        for cell, start, stop in _uses(plain, re.compile(pattern)):
            here = {(cell, place) for place in range(start, stop)}
            if not here & taken:
                taken |= here
                yield cell, start, stop, word
                break


def _uses(plain: Sequence[str], pattern: re.Pattern[str]) -> Iterator[tuple[int, int, int]]:
    for cell, source in enumerate(plain):
        closed = [match.span() for match in CLOSED.finditer(source)]
        for match in pattern.finditer(source):
            start, stop = match.span()
            if all(stop <= a or b <= start or (start, stop) == (a, b) for a, b in closed):
                yield cell, start, stop


def pages(folder: Path = FOLDER) -> list[Path]:
    """The pages whose words are linked, in order."""
    return sorted(page for page in folder.glob("*.ipynb") if page.stem[:2] <= LAST)


def prose(notebook: NotebookNode) -> list[NotebookNode]:
    """The cells of a notebook that are text."""
    return [cell for cell in notebook.cells if cell.cell_type == "markdown"]


def link(page: Path) -> bool:
    """Set the links of a page anew, and say whether any of them changed."""
    notebook = nbformat.read(page, as_version=4)
    cells = prose(notebook)
    before = [cell.source for cell in cells]
    after = linked(before)
    for cell, source in zip(cells, after, strict=True):
        cell.source = source
    for cell, name in zip(notebook.cells, cell_ids(notebook.cells), strict=True):
        cell.id = name
    page.write_text(text(notebook), encoding="utf-8")
    return before != after


def main() -> int:
    """Set all of them; say which pages changed."""
    for page in pages():
        if link(page):
            sys.stdout.write(f"{page.name}: linked\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
