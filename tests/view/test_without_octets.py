"""A view that is not about octets shows the same, whether there are any or not."""

from __future__ import annotations

import json
from base64 import b64decode
from typing import TYPE_CHECKING

import msgspec
import pytest

from ocallkit import run
from ocallkit.judging.comparing.two_runs import as_text, part
from ocallkit.model.events import Octets
from ocallkit.view.hops import hops
from ocallkit.view.jsonview import to_json
from ocallkit.view.ledger import ledger
from ocallkit.view.places import places
from ocallkit.view.plantuml import to_plantuml
from ocallkit.view.svg import to_svg
from ocallkit.view.text import to_text
from ocallkit.view.timeline import timeline_svg
from ocallkit.widgets.stories import story

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit import Run


NAME = "flow-2-memref"


def without(played: Run) -> Run:
    """The same run where nothing of its octets was noted; it says that it is the same."""
    found = run(NAME)
    bare = (tuple(e for e in s.events if not isinstance(e, Octets)) for s in found.steps)
    found.steps = tuple(
        msgspec.structs.replace(step, events=events)
        for step, events in zip(found.steps, bare, strict=True)
    )
    found.__dict__["digest"] = played.digest
    return found


WITH = run(NAME)
WITHOUT = without(WITH)

VIEWS: dict[str, Callable[[Run], object]] = {
    "text": lambda played: to_text(played, whole=True, dividers=True),
    "svg": lambda played: to_svg(played, whole=True, references=True),
    "plantuml": lambda played: to_plantuml(played, whole=True),
    "timeline": timeline_svg,
    "ledger": lambda played: ledger(played, whole=True),
    "places": places,
    "stepper": story,
    "hops": lambda played: hops(played, whole=True),
    "summary": lambda played: played.summary,
}


def test_there_are_octets_that_could_show() -> None:
    """At both borders."""
    noted = {event.border for event in WITH.events if isinstance(event, Octets)}
    assert ({"ioctl", "SMC", "RPC"}, len(WITHOUT.events)) == (
        noted,
        sum(not isinstance(event, Octets) for event in WITH.events),
    )


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_shows_no_octets(view: str) -> None:
    """What it draws and says is the same without them."""
    assert VIEWS[view](WITHOUT) == VIEWS[view](WITH)


def test_runs_do_not_part_by_octets() -> None:
    """Two ways to carry an OCALL differ in memory long before anybody does anything else."""
    assert as_text(part(WITHOUT, WITHOUT)) == as_text(part(WITH, WITHOUT))


def test_json_has_them_in_base64() -> None:
    """It is for other programs, and has every event there is."""
    events = [e for step in json.loads(to_json(WITH))["steps"] for e in step["events"]]
    found = [b64decode(e["octets"]) for e in events if e["event"] == "octets"]
    assert [e.octets for e in WITH.events if isinstance(e, Octets)] == found
