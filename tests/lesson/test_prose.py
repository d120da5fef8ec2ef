"""Every number, code and name in the notebooks' Markdown is one that the model gives, or exists."""

from __future__ import annotations

import re
from typing import Final

import nbformat
import pytest

from tests.lesson.prose.names import REGISTERED, of_the_page, unknown, unknown_claims
from tests.lesson.prose.pages import NAMES, PAGES
from tests.lesson.prose.saying import Page, faults, phrase, typed
from tests.lesson.prose.words import CODES, VERDICT, Word, without_links, words
from tests.lesson.test_pages import FOLDER, text
from tests.lesson.test_pages import PAGES as FILES

FIELD: Final = re.compile(r"\{[^}]*\}")
"""Where what is computed stands in a phrase."""

each = pytest.mark.parametrize("number", PAGES)


def markdown(number: str) -> str:
    """What the page of that number says in its Markdown cells."""
    (path,) = FOLDER.glob(f"{number}-*.ipynb")
    return text(path)


def code_and_outputs(number: str) -> str:
    """What that page's code says and shows."""
    (path,) = FOLDER.glob(f"{number}-*.ipynb")
    return of_the_page(nbformat.read(path, as_version=4).cells)


def with_another(said: str, word: Word) -> str:
    """The text with another number, code or verdict in that place."""
    if word.text in CODES:
        other = "EPIPE"
    elif VERDICT.fullmatch(word.text):
        other = "holds"
    else:
        other = "99" if word.text[0].isdigit() else "seventeen"
    return f"{said[: word.start]}{other}{said[word.end :]}"


def test_every_page_is_looked_at() -> None:
    """None is left out."""
    assert [page.stem[:2] for page in FILES] == list(PAGES)


@each
def test_every_number_and_code_of_a_page_is_computed(number: str) -> None:
    """What is computed is said, and what is said is computed."""
    expected: list[str] = []
    assert expected == faults(markdown(number), REGISTERED, PAGES[number])


@each
def test_a_number_or_code_that_is_changed_is_noticed(number: str) -> None:
    """Each of them, one at a time."""
    said = markdown(number)
    found = words(said, REGISTERED)
    assert found
    changed = [with_another(said, word) for word in found]
    assert said not in changed
    unnoticed = [
        word
        for word, other in zip(found, changed, strict=True)
        if not faults(other, REGISTERED, PAGES[number])
    ]
    assert [] == unnoticed


@each
def test_a_phrase_of_a_page_types_no_number_beside_the_computed_ones(number: str) -> None:
    """What can be computed stands in braces."""
    assert [] == [(one, typed(one)) for one in PAGES[number].said if typed(one)]


@each
def test_what_is_said_as_it_is_has_a_number_or_code_in_it(number: str) -> None:
    """Nothing is kept in the list that excuses nothing."""
    idle = [one for one in PAGES[number].as_it_is if not words(one)]
    assert [] == idle


@each
def test_every_name_in_the_prose_is_known(number: str) -> None:
    """To the package, or to the page's own code."""
    expected: list[str] = []
    assert expected == unknown(markdown(number), code_and_outputs(number))
    assert expected == unknown_claims(markdown(number))


PAGE: Final = Page(
    said={
        "{:W} of {} `ioctl`s give `{}`": lambda: (2, 3, "EINVAL"),
        "C38b is {}": lambda: "refuted",
    },
    as_it_is=("in 2017",),
)
TRUE: Final = "Two of 3 `ioctl`s give `EINVAL`, in 2017. C38b is refuted."


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (TRUE, []),
        (
            TRUE.replace("Two", "Four"),
            [
                "is computed and not said: 'Two of 3 `ioctl`s give `EINVAL`'",
                "'Four' is said and not computed: ...Four of 3 `ioctl`s give `EINVAL`, ...",
                "'3' is said and not computed: ...Four of 3 `ioctl`s give `EINVAL`, in 20...",
                (
                    "'EINVAL' is said and not computed: ...Four of 3 `ioctl`s give `EINVAL`,"
                    " in 2017. C38b is refuted...."
                ),
            ],
        ),
        (
            TRUE.replace("refuted", "refined"),
            [
                "is computed and not said: 'C38b is refuted'",
                (
                    "'refined' is said and not computed: ...ioctl`s give `EINVAL`, in 2017. C38b is"
                    " refined...."
                ),
            ],
        ),
        (
            f"{TRUE} Thrice three is nine.",
            [
                (
                    "'three' is said and not computed: ...NVAL`, in 2017. C38b is refuted. Thrice"
                    " three is nine...."
                ),
                (
                    "'nine' is said and not computed: ... 2017. C38b is refuted. Thrice three is"
                    " nine...."
                ),
            ],
        ),
    ],
    ids=["true", "a number", "a verdict", "two more"],
)
def test_what_is_wrong_with_a_page_is_said(said: str, expected: list[str]) -> None:
    """Both ways: what is missing, and what nothing computes."""
    assert expected == faults(said, REGISTERED, PAGE)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("`flow-1` under `ecall`, with `kill` and `exit-order`", []),
        ("`flow-9` under `ecal`", ["flow-9", "ecal"]),
        ("`TEE_IOC_ECALL`, `TEE_IOC_ECAL`", ["TEE_IOC_ECAL"]),
        ("`no-deadlocks`", ["no-deadlocks"]),
        ("`judge(nobodys)`", ["judge(nobodys)"]),
    ],
    ids=["known", "scenario and design", "ioctl", "property", "code"],
)
def test_a_name_that_nobody_has_is_noticed(said: str, expected: list[str]) -> None:
    """A word that is part of another is not that other."""
    assert expected == unknown(said, "")


def test_a_claim_that_nobody_made_is_noticed() -> None:
    """By its id."""
    assert ["C99"] == unknown_claims("C38b and C99, M06")


@pytest.mark.parametrize("number", NAMES)
def test_a_name_that_is_changed_where_it_is_computed_is_noticed(number: str) -> None:
    """Each phrase with the names of another design, property or scenario in its place."""
    said = without_links(markdown(number))
    for template, compute in NAMES[number].items():
        there = phrase(template, compute)
        assert there in said
        other = FIELD.sub("another", template)
        found = faults(said.replace(there, other), REGISTERED, PAGES[number])
        assert f"is computed and not said: {there!r}" in found
