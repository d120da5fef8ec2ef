"""A message has one number, in whichever view and however much of the run that shows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from ocallkit import run
from ocallkit.view.hops import hops
from ocallkit.view.layout import layout
from ocallkit.view.ledger import ledger
from ocallkit.view.mermaid import to_mermaid
from ocallkit.view.places import places
from ocallkit.view.plantuml import to_plantuml
from ocallkit.view.svg import to_svg
from ocallkit.view.timeline import to_timeline

if TYPE_CHECKING:
    from collections.abc import Callable

RUN = run("flow-1-memref")
LAST = 18
"""The discussion's flow 1 has so many messages."""


def test_the_invocation_has_the_same_numbers_in_the_whole_run() -> None:
    """Its first message is number 1; those before it count down to -1, and none is 0."""
    alone, whole = layout(RUN).messages, layout(RUN, whole=True).messages
    assert list(range(1, LAST + 1)) == [row.number for row in alone]
    found = [row.number for row in whole]
    before = sum(number < 0 for number in found)
    assert before > 0
    assert [*range(-before, 0), *range(1, len(whole) - before + 1)] == found
    inside = [row.message for row in whole if 0 < row.number <= LAST]
    assert [row.message for row in alone] == inside


def test_every_view_of_the_whole_run_has_the_diagram_s_numbers() -> None:
    """Picture, places, messages and ledger agree."""
    expected = [row.number for row in layout(RUN, whole=True).messages]
    ids = re.findall(r'-m(-?\d+)"', to_svg(RUN, whole=True))
    assert expected == [int(number) for number in ids]
    assert expected == [row.message for row in places(RUN).rows if row.message]
    assert expected == [row.number for row in hops(RUN, whole=True).rows]
    labels = {row.number: row.label for row in layout(RUN, whole=True).messages}
    book = ledger(RUN, whole=True)
    shown = [book.heading(entry) for entry in book.entries if entry.number in labels]
    assert len(shown) > 10
    for heading, entry in zip(shown, book.entries, strict=True):
        assert heading in {f"{entry.number} {labels[entry.number]}", book.heading(entry)}


def test_balances_before_the_invocation_are_asked_for_by_number() -> None:
    """Number 0 is the time before the invocation's first message, in either ledger."""
    whole, alone = ledger(RUN, whole=True), ledger(RUN)
    for number in (0, 1, LAST - 1):
        assert alone.after(number) == whole.after(number)
    assert () == whole.after(whole.first - 1)


@pytest.mark.parametrize("write", [to_mermaid, to_plantuml])
def test_programs_that_draw_count_from_the_invocation_on(write: Callable[..., str]) -> None:
    """Before it each message says its number itself, since they cannot count down."""
    lines = [line.strip() for line in write(RUN, whole=True).splitlines()]
    begins = lines.index("autonumber")
    assert "TEE_IOC_ECALL/Func Invoke" in lines[begins + 1]
    first = layout(RUN, whole=True).messages[0]
    assert 1 == sum(f": {first.number} {first.label}" in line for line in lines[:begins])
    assert not [line for line in lines[begins:] if re.search(r": -?\d+ ", line)]


def test_the_axis_of_the_timeline_has_the_numbers() -> None:
    """It goes from -1 to 1 without a place for a message 0."""
    axes = to_timeline(RUN, whole=True).axes[-1]
    says = axes.xaxis.get_major_formatter()
    assert ["-2", "-1", "1", "2"] == [says(place, None) for place in (-1, 0, 1, 2)]
