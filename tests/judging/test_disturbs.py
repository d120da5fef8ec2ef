"""Who can disturb whom: what each step touches, whose it is, and that nothing of it is declared."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ocallkit import judge
from ocallkit.designs import HeldRefsPreRelease
from ocallkit.errors import UnknownNameError
from ocallkit.judging.disturbs import (
    MEETS,
    POOL,
    YOUR_OWN,
    Column,
    Disturbs,
    Row,
    Touch,
    disturbs,
    sharing,
)
from ocallkit.model import optee
from ocallkit.view.disturbs_table import disturbs_text

if TYPE_CHECKING:
    from ocallkit.engine import Steps
    from ocallkit.model.config import Client
    from ocallkit.model.world import World

pytestmark = pytest.mark.long

RECORD = Path(__file__).with_name("disturbs.txt")
CELL = ("flow-2-memref",)


@cache
def everything() -> Disturbs:
    """Every design in every scenario."""
    return disturbs()


class Numbered(HeldRefsPreRelease):
    """Gives each request the next number of the device."""

    name = "numbered"

    def request_leaves(self, world: World, client: Client) -> None:  # noqa: ARG002 - as all do
        """A record that belongs to no client."""
        world.keep("numbers", "device", (world.find("numbers", "device") or 0) + 1)


def look_around(world: World, _name: str) -> None:
    """A step that looks at somebody by name, and at how many threads are free."""
    assert world.processes["A"].id == "A"
    assert world.free_threads >= 0


class Looking(HeldRefsPreRelease):
    """Looks around before it cancels."""

    name = "looking"

    def pre_release(self, client: Client) -> Steps:
        """One step more."""
        yield look_around, client.name
        yield from optee.cancel_ocall(client)


def row(found: Disturbs, step: str) -> Row:
    """The only row of a step."""
    (only,) = (one for one in found.rows if one.step == step)
    return only


def test_the_matrix_is_what_is_on_record() -> None:
    """A step that is new, or reaches further, is noticed; write it down where it is meant."""
    assert RECORD.read_text(encoding="utf-8") == disturbs_text(everything()) + "\n"


def test_clients_meet_in_the_pool_and_nowhere_else() -> None:
    """All that others can see is that a thread is taken or given back."""
    found = everything()
    assert ((POOL,), True, True) == (found.shared, found.in_pools, found.finished)
    loud = {touch.how for one in found.meeting for touch in one.touches if not touch.quiet}
    assert set(MEETS) == loud
    assert {"OP-TEE"} == {one.party for one in found.meeting}


def test_a_record_that_all_share_is_shared() -> None:
    """Wherever the step stands that touches it, and whatever it calls its kind."""
    found = disturbs([Numbered], CELL)
    column = Column("numbers")
    assert (column, POOL) == found.shared
    touched = row(found, "process_ocall_request").at(column)
    expected = (Touch("reads", "shared", "numbers"), Touch("writes", "shared", "numbers"))
    assert (expected, "others") == (touched, sharing(touched))
    assert not found.in_pools
    assert not judge(*CELL, Numbered, clients=3).for_any_number


def test_another_clients_record_and_the_count_of_a_pool_are_seen() -> None:
    """In the row of the reader's own step, under no party of the package."""
    found = disturbs([Looking], CELL)
    own = row(found, "look_around")
    assert (YOUR_OWN, found.rows[-1]) == (own.party, own)
    assert {
        Touch("reads", "own", "processes"),
        Touch("reads", "another's", "processes"),
        Touch("counts", "shared", "threads"),
    } == set(own.touches)
    assert "others" == sharing(own.at(POOL))


def test_the_steps_are_those_of_the_designs_that_are_asked_for() -> None:
    """A file for each request is closed by one design's step, and by no other's."""
    steps = {
        name: {one.step for one in disturbs([name], CELL).rows} for name in ("ecall", "ocall-fd")
    }
    assert {"remove_request_file"} == steps["ocall-fd"] - steps["ecall"]


def test_an_unknown_design_is_refused_before_anything_is_tried() -> None:
    """With the names that there are."""
    with pytest.raises(UnknownNameError, match=r"no design is called 'x'\. There are: "):
        disturbs(["ecall", "x"])
