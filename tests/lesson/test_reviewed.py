"""What nothing computes in the prose is as it was reviewed, and a verdict is that of the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from tests.lesson.prose.pages import Text, texts
from tests.lesson.prose.reviewed import FOLDER, WHAT_TO_DO, changed, to_review, untrue
from tests.lesson.prose.saying import Page
from tests.lesson.prose.verdicts import elsewhere
from tests.lesson.prose.watched import sentences
from tools.prose import note

if TYPE_CHECKING:
    from pathlib import Path

each = pytest.mark.parametrize("text", texts(), ids=[text.stem for text in texts()])

PAGE: Final = Page(said={"ere is {:w} CA": lambda: 1})


@each
def test_a_sentence_that_nothing_computes_is_as_it_was_reviewed(text: Text) -> None:
    """A changed one is compared with what it speaks of, and then noted."""
    assert not changed(text.stem, text.to_review), changed(text.stem, text.to_review)


@each
def test_the_verdicts_and_links_of_a_text_are_those_that_there_are(text: Text) -> None:
    """Whatever the sentence or the page."""
    assert [] == untrue(text.markdown)


@pytest.mark.parametrize(
    "text",
    [text for text in texts() if text.stem[:2] not in {"17", "19", "RE"}],
    ids=lambda text: text.stem,
)
def test_a_page_names_the_claims_that_it_shows(text: Text) -> None:
    """Or leads to where they are shown; those that have all claims do neither."""
    assert [] == elsewhere(text.stem, text.markdown)


def test_a_claim_of_another_page_is_noticed() -> None:
    """One that stands in the place of the page's own."""
    assert ["C11"] == elsewhere(
        "02-flow-1", "C10, and C11.\nC09 is in [15](15-the-interface.ipynb)"
    )


def test_nothing_is_noted_of_a_page_that_is_not_there() -> None:
    """A renamed page takes its file along."""
    assert sorted(text.stem for text in texts()) == sorted(file.stem for file in FOLDER.iterdir())


def test_what_is_computed_needs_no_review() -> None:
    """The sentence whose one word is tied, and the one that has no word of a kind, are left out."""
    said = "Both `flow-1` and `flow-2` are well. Everybody agrees. It is refuted by one CA."
    first, _, last = (sentence.text for sentence in sentences(said))
    assert [first, last] == to_review(said, Page(said={}))
    assert [first] == to_review(said, Page(said={"is refuted by {:w} CA": lambda: 1}))


def test_a_phrase_that_stands_there_twice_holds_neither() -> None:
    """One of the two could change."""
    said = "Here is one CA. And here is one CA."
    assert [] == to_review("Here is one CA.", PAGE)
    assert ["Here is one CA.", "And here is one CA."] == to_review(said, PAGE)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Both", "Neither"),
        ("flow-1", "cold-boot"),
        ("C38b", "C40"),
        ("# One", "# Two"),
        ("a TEE Driver", "an OP-TEE Driver"),
        ("once", "twice"),
        ("tee_shm", "tee_context"),
        ("holds", "leaks"),
        ("is not", "is"),
        ("A TA", "A CA"),
        ("1 to 3", "1 to 4"),
    ],
)
def test_a_changed_word_of_each_kind_is_noticed(before: str, after: str) -> None:
    """As it would be on a page."""
    lines = ("Both `flow-1`.", "C38b.", "# One", "For a TEE Driver once.", "It is not.", "A TA.")
    said = "\n\n".join((*lines, "It holds tee_shm, 1 to 3."))
    assert to_review(said, PAGE) != to_review(said.replace(before, after), PAGE)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("C38b is refuted. So C09 and C15 are refined. C44 stays open.", []),
        ("C38b is refined.", ["C38b is said to be 'refined', and comes to 'refuted'"]),
        ("C38b holds.", ["C38b is said to be 'C38b holds', and comes to 'refuted'"]),
        ("C10 and C15 are refined", ["C10 is said to be 'refined', and comes to 'holds'"]),
        ("C44 is refuted.", ["C44 is said to be 'refuted', and comes to 'open'"]),
        ("C10 is not quite true.", ["C10 is said to be 'not quite true', and comes to 'holds'"]),
    ],
)
def test_a_claim_that_is_said_to_have_come_out_otherwise_is_noticed(
    said: str, expected: list[str]
) -> None:
    """By the ledger, whichever the page."""
    assert expected == untrue(said)


@pytest.mark.parametrize(
    "said",
    [
        "[03. Flow 1](02-flow-1.ipynb)",
        "[02. Flow 2](02-flow-1.ipynb)",
        "[03](02-flow-1.ipynb)",
        "[02](02-flow-2.ipynb)",
        "[token](23-glossary.ipynb#token)",
        "[token](22-glossary.ipynb#tokens)",
    ],
)
def test_a_link_that_says_another_page_is_noticed(said: str) -> None:
    """By its number, and by its title where it has one."""
    assert [said] == untrue(said)
    assert [] == untrue("[02. Flow 1](02-flow-1.ipynb), [02](02-flow-1.ipynb)")


def test_the_tool_notes_what_is_new_and_the_test_says_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sentence by sentence, the page, and what to do."""
    monkeypatch.setattr("tests.lesson.prose.reviewed.FOLDER", tmp_path)
    monkeypatch.setattr("tools.prose.FOLDER", tmp_path)
    before = Text("01-page", "It holds. It is `one`.", Page(said={}))
    after = before._replace(markdown="It leaks. It is `one`.")
    assert (2, 0) == (note(before), note(before))
    assert "" == changed(before.stem, before.to_review)
    expected = ["01-page says what nobody has compared:", "-It holds.", "+It leaks.", WHAT_TO_DO]
    assert expected == changed(after.stem, after.to_review).splitlines()
    assert 1 == note(after)
