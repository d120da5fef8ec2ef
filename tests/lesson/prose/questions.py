"""What an exercise asks for, beside what its check knows.

A design, a scenario, a property, a result code or an answer that a question names is one that the
check of that exercise uses, or the code in which the reader answers: otherwise they ask for two
different things.
"""

from __future__ import annotations

import ast
import itertools
import re
import sys
from functools import cache
from inspect import getsource
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import nbformat

from ocallkit import api
from ocallkit.lesson.exercise import Exercise, exercises
from tests.lesson.prose.names import REGISTERED
from tests.lesson.prose.words import CODES, SPAN, without_links

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import ModuleType

FOLLOWED: Final = ("ocallkit.lesson.", "ocallkit.labs.")
"""Where a check is written; what it asks of the model is not looked through."""
BOLD: Final = re.compile(r"^\*\*\d\.\*\*", re.MULTILINE)

HELP: Final = re.compile(r"\([A-Z][^()]*\.\)")
"""A sentence in brackets: it says where to look, and asks for nothing."""


class Question(NamedTuple):
    """An exercise as the page puts it, and the code in which it is answered."""

    key: str
    text: str
    code: str

    def names(self) -> list[str]:
        """The designs, scenarios, properties and codes in its text."""
        return [span for span in SPAN.findall(self.text) if span in REGISTERED | CODES]

    def answers(self) -> list[str]:
        """The answers that it offers, in quotes."""
        return re.findall(r'`"([^"`]+)"`', self.text)


def questions(page: Path) -> Iterator[Question]:
    """Those of a page: the end of the text above each check."""
    cells = nbformat.read(page, as_version=4).cells
    for above, cell in itertools.pairwise(cells):
        found = re.search(r'^check\("([^"]+)"', cell.source, re.MULTILINE)
        if cell.cell_type == "code" and found:
            asked = without_links(above.source)
            begins = [one.start() for one in BOLD.finditer(asked)]
            yield Question(found[1], HELP.sub("", asked[begins[-1] :]), cell.source)


@cache
def _defined(module: ModuleType) -> dict[str, ast.stmt]:
    found: dict[str, ast.stmt] = {}
    for node in ast.parse(getsource(module)).body:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                found[name] = node
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                found[name] = node
    return found


def _words(node: ast.AST, known: dict[str, Any]) -> Iterator[str]:
    """The texts and names in a piece of code; a design's class is also the design's name."""
    for one in ast.walk(node):
        match one:
            case ast.Constant(value=str(text)):
                yield text
            case ast.Attribute(attr=name):
                yield name
            case ast.Name(id=name):
                yield name
                if isinstance(own := getattr(known.get(name), "name", None), str):
                    yield own


@cache
def knows(kind: type[Exercise]) -> str:
    """All that the check of an exercise says, and what it is made of in the lesson's modules."""
    todo: list[tuple[ModuleType, str]] = [(sys.modules[kind.__module__], kind.__name__)]
    seen: set[tuple[ModuleType, str]] = set()
    said: list[str] = []
    while todo:
        module, name = place = todo.pop()
        node = _defined(module).get(name)
        if place in seen or node is None:
            continue
        seen.add(place)
        found = [*_words(node, vars(module))]
        said += found
        for one in found:
            home = getattr(vars(module).get(one), "__module__", None) or module.__name__
            if one in _defined(module):
                todo.append((module, one))
            elif home.startswith(FOLLOWED):
                todo.append((sys.modules[home], one))
    return "\n".join(said)


def unasked(question: Question) -> list[str]:
    """What a question names and neither its check nor the reader's code knows."""
    (exercise,) = (one for one in exercises() if one.key == question.key)
    own = _words(ast.parse(question.code), vars(api))
    known = "\n".join([knows(type(exercise)), *own])
    unknown = [
        name
        for name in question.names()
        if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", known)
    ]
    offered = getattr(exercise, "names", question.answers())
    return [*unknown, *(one for one in question.answers() if one not in offered)]
