"""An exercise asks for what its check looks at."""

from __future__ import annotations

from typing import TypeGuard

import pytest

from ocallkit.lesson.exercise import Exercise, Name, exercises
from tests.lesson.prose.names import REGISTERED
from tests.lesson.prose.questions import Question, questions, unasked
from tests.lesson.test_pages import PAGES


def named(one: Exercise) -> TypeGuard[Name]:
    """Whether its answer is one of some names."""
    return isinstance(one, Name)


ASKED = [question for page in PAGES for question in questions(page)]
NAMING = [question for question in ASKED if question.names()]
OFFERING = [
    question
    for question in ASKED
    for one in exercises()
    if one.key == question.key and named(one) and question.answers()
]


def of(question: Question) -> str:
    """Its key, to call a test by."""
    return question.key


@pytest.mark.parametrize("question", ASKED, ids=of)
def test_what_a_question_names_is_what_its_check_knows(question: Question) -> None:
    """Each design, scenario, property, code and answer."""
    assert [] == unasked(question)


@pytest.mark.parametrize("question", NAMING, ids=of)
def test_a_question_that_names_something_else_is_noticed(question: Question) -> None:
    """Each of its names, with others that exist in its place: most are not the check's."""
    for name in question.names():
        others = sorted(REGISTERED - {name})[::7]
        noticed = [
            other
            for other in others
            if unasked(question._replace(text=question.text.replace(f"`{name}`", f"`{other}`")))
        ]
        assert len(noticed) > len(others) * 3 / 4


@pytest.mark.parametrize("question", OFFERING, ids=of)
def test_a_question_offers_the_answers_that_its_check_knows(question: Question) -> None:
    """All of them, in their order; another would be noticed."""
    (names,) = (one.names for one in exercises() if one.key == question.key and named(one))
    assert list(names) == question.answers()
    for one in names:
        changed = question._replace(text=question.text.replace(f'"{one}"', '"another"'))
        assert ["another"] == unasked(changed)
