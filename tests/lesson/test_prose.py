"""Every number, code and name in the notebooks' Markdown is one that the model gives, or exists."""

from __future__ import annotations

import nbformat
import pytest

from tests.lesson.prose import pages_00_04, pages_05_07, pages_08_10
from tests.lesson.prose.names import REGISTERED, of_the_page, unknown, unknown_claims
from tests.lesson.prose.saying import Page, faults, typed
from tests.lesson.prose.words import CODES, TIMES, UNITS, Word, words
from tests.lesson.test_pages import FOLDER, text

PAGES: dict[str, Page] = {**pages_00_04.PAGES, **pages_05_07.PAGES, **pages_08_10.PAGES}

each = pytest.mark.parametrize("number", PAGES)


def markdown(number: str) -> str:
    """What the page of that number says in its Markdown cells."""
    (path,) = FOLDER.glob(f"{number}-*.ipynb")
    return text(path)


@each
def test_every_number_and_code_of_a_page_is_computed(number: str) -> None:
    """What is computed is said, and what is said is computed."""
    expected: list[str] = []
    assert expected == faults(markdown(number), REGISTERED, PAGES[number])
