"""The class that a design of one's own derives from, and what is said of its decisions."""

from __future__ import annotations

import inspect
from pydoc import plain, render_doc
from textwrap import indent

import pytest

from ocallkit import judge
from ocallkit.designs import Design
from ocallkit.designs.decisions import DECISIONS, LABELS
from ocallkit.reviewing.subjects import parent_of
from ocallkit.scenarios import SCENARIOS
from tests.designs.table import as_help, as_markdown, rows
from tools.store_notebooks import ROOT


class Nothing(Design):
    """It decides nothing."""

    name = "nothing"


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_what_is_not_decided_is_as_in_the_design_that_does_least(scenario: str) -> None:
    """The same properties break in as many states."""
    mine, bare = judge(scenario, Nothing), judge(scenario, "ecall-bare")
    assert (bare.broken, bare.exploration.states) == (mine.broken, mine.exploration.states)


def test_its_parent_is_the_design_that_does_least() -> None:
    """A review lays one of one's own beside that."""
    parent = parent_of(Nothing)
    assert "ecall-bare" == (parent and parent.name)


def test_its_help_has_every_decision() -> None:
    """As it is written, with what it says and what it answers; and the default of each below."""
    assert indent(as_help(), "    ") in (Design.__doc__ or "")
    shown = plain(render_doc(Design))
    assert all(f"{row.written}: {row.answer}" in shown for row in rows())
    methods = [name for name in DECISIONS if name != "transport"]
    assert not [name for name in methods if f" {name}(self" not in shown]


def test_the_readme_has_every_decision() -> None:
    """In the same words."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert indent(as_markdown(), "  ") in readme


def test_all_that_is_public_is_a_decision_or_a_label() -> None:
    """Nothing else can be overridden in vain."""
    assert {*DECISIONS, *LABELS} == {name for name in dir(Design) if name[0] != "_"}
    assert not inspect.isabstract(Design)
