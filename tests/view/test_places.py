"""Where the steps of a run stand on its picture."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from ocallkit import replay, run
from ocallkit.model.events import Divider, Message, Note
from ocallkit.scenarios import SCENARIOS
from ocallkit.view.places import Places, places
from ocallkit.view.svg import to_svg

DEADLOCK = replay("flow-1-memref/ecall/t2/c1/A:kill@OCALL,A:close:memref")


@pytest.fixture(name="found", scope="module")
def _found() -> Places:
    return places(DEADLOCK)


def test_every_row_belongs_to_the_step_that_reported_it(found: Places) -> None:
    """Messages, notes and dividers, in their order."""
    expected = [
        step.index + 1
        for step in DEADLOCK.steps
        for event in step.events
        if isinstance(event, Message | Note | Divider)
    ]
    assert expected == [row.step for row in found.rows]


@pytest.mark.parametrize("name", SCENARIOS)
def test_rows_stand_below_each_other(name: str) -> None:
    """None overlaps the next, and all are between the lifelines' ends."""
    found = places(run(name, clients=2))
    assert all(one.bottom <= other.top for one, other in pairwise(found.rows))
    assert found.top <= found.rows[0].top
    assert found.rows[-1].bottom <= found.bottom


def test_a_message_is_where_the_picture_draws_it(found: Places) -> None:
    """Its arrow lies in its room, and its number is the picture's."""
    svg = to_svg(DEADLOCK, whole=True)
    arrows = {
        int(number): float(y)
        for number, y in re.findall(r'-m(-?\d+)">.*?<path d="M[\d.]+ ([\d.]+)H', svg)
    }
    rows = {row.message: row for row in found.rows if row.message}
    assert list(arrows) == list(rows)
    assert all(row.top < arrows[number] < row.bottom for number, row in rows.items())


def test_words_reach_as_far_as_the_picture_draws_them(found: Places) -> None:
    """A message's number begins where they do; of a note and a divider they are the box."""
    svg = to_svg(DEADLOCK, whole=True, parts=True)
    for place, row in enumerate(found.rows):
        left, right = row.words
        if row.message:
            (x,) = re.findall(rf'-m{row.message}">.*?<text x="([\d.]+)"', svg)
            assert abs(left - float(x)) < 0.01
            assert row.left <= left < right <= row.right
        else:
            box = rf'<g data-row="{place}">.*?<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)"'
            ((x, wide),) = re.findall(box, svg)
            assert abs(left - float(x)) <= 1
            assert abs(right - left - float(wide)) <= 1


def test_a_row_is_of_the_lanes_that_it_touches(found: Places) -> None:
    """A message of two, a note of one; a divider of all."""
    names = [lane.name for lane in found.lanes]
    events = [e for e in DEADLOCK.events if isinstance(e, Message | Note | Divider)]
    for event, row in zip(events, found.rows, strict=True):
        lanes = {names[lane] for lane in row.lanes}
        match event:
            case Message(source=source, target=target):
                assert {source, target} == lanes
            case Note(party=party):
                assert {party} == lanes
            case Divider():
                assert set(names) == lanes


def test_the_start_is_the_step_with_which_the_invocation_begins(found: Places) -> None:
    """A run without one starts at its first step."""
    assert "A:params_from_user" == DEADLOCK.steps[found.start - 1].name
