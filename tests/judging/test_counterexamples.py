"""A counterexample is a run that anybody can make again from one line."""

from __future__ import annotations

import pytest

from ocallkit import TokenError, UnknownNameError, judge, part, replay, token
from ocallkit.designs import DESIGNS
from ocallkit.model.waiting import never_answers, who_waits
from ocallkit.model.world import TABLES, World
from tests.properties.test_properties import assert_breaks
from tools.manifest import Cell, read

RECORD = read()

BROKEN = [cell for cell in RECORD if RECORD[cell].broken and cell.clients == 1]
"""The red cells of the matrix."""

TWO_CLIENTS = [
    Cell("flow-1-memref", "ecall", 2, 2),
    Cell("flow-1-memref", "held-refs", 1, 2),
    Cell("flow-2", "two-lists", 2, 2),
]


@pytest.mark.long
@pytest.mark.parametrize("cell", [*BROKEN, *TWO_CLIENTS], ids=lambda cell: "-".join(map(str, cell)))
def test_it_ends_in_the_same_bad_state_when_it_is_made_again(cell: Cell) -> None:
    """For each broken property: the line gives a run to a state of equal records that breaks it."""
    scenario, design, threads, clients = cell
    verdict = judge(scenario, design, threads=threads, clients=clients)
    assert RECORD.get(cell, verdict).broken == verdict.broken
    for violation in verdict.violations:
        made = replay(token(violation.run))
        assert_breaks(violation.property, violation.run.state)
        assert_breaks(violation.property, made.state)
        assert records(violation.run.world) == records(made.world)
        assert violation.run.ending == made.ending
        if clients == 1:
            # Of two clients the steps that do not concern each other may change places.
            assert violation.run.schedule == made.schedule
            assert token(violation.run) == token(made)


def records(world: World) -> list[str]:
    """All that is on record, in words: nodes of two systems are never the same object."""
    tables = [getattr(world, table) for table in TABLES]
    return [repr(record) for table in tables for _, record in sorted(table.items())]


USE_AFTER_FREE = "flow-2/two-lists/t2/c1/A:kill@OCALL,A:close:ocall,breaks:no-use-after-free"
CLOSES_REQUEST = "flow-1/ocall-fd/t2/c1/A:kill@OCALL,A:close:request"


def test_a_line_is_that_of_the_shortest_counterexample() -> None:
    """The verdict gives the line that stands above."""
    violation = judge("flow-2", "two-lists").violation("no-use-after-free")
    assert (USE_AFTER_FREE, 25) == (token(violation.run), violation.steps)


@pytest.mark.parametrize("design", [name for name in DESIGNS if name != "two-lists"])
def test_a_repaired_design_does_not_break_what_the_line_says(design: str) -> None:
    """The same decisions fit, and the run says of itself no more than is so."""
    made = replay(USE_AFTER_FREE, design)
    assert "no-use-after-free" == replay(USE_AFTER_FREE).breaks
    assert (design, "") == (made.design, made.breaks)
    assert "breaks" not in made.summary


def test_two_designs_part_where_they_differ() -> None:
    """Beside the file's and the ioctl's, the request has a reference of its own in one of them."""
    parted = part(replay(USE_AFTER_FREE), replay(USE_AFTER_FREE, "held-refs-pre-release"))
    assert ("two-lists", "held-refs-pre-release") == (parted.left, parted.right)
    assert "A: tee_shm A.ocall +1 = 3 (OCALL request)" == parted.right_only[0]
    assert not any("(OCALL request)" in line for line in (*parted.common, *parted.left_only))


@pytest.mark.parametrize("design", [name for name in DESIGNS if "fd" not in name])
def test_a_decision_that_another_design_does_not_have_is_named(design: str) -> None:
    """A file per request can be closed only where there is one."""
    assert "" == replay(CLOSES_REQUEST).ending
    assert "" == replay(CLOSES_REQUEST, "held-refs-ocall-fd").ending
    with pytest.raises(TokenError, match="decision 2, 'A:close:request', does not fit"):
        replay(CLOSES_REQUEST, design)


def test_a_property_that_does_not_exist_is_refused() -> None:
    """With the names that there are."""
    with pytest.raises(UnknownNameError, match=r"no property is called 'no-us'.*no-deadlock"):
        replay("flow-1/ecall/t2/c1/breaks:no-us")


@pytest.mark.parametrize(("threads", "design"), [(1, "ecall"), (2, "ocall-fd"), (3, "ecall-bare")])
def test_every_chain_of_a_deadlock_ends_at_the_dead_client(threads: int, design: str) -> None:
    """Who waits for whom, down to the party that will never answer."""
    violation = judge("flow-1-memref", design, threads=threads).violation("no-deadlock")
    waits = who_waits(violation.run.system, violation.run.state)
    assert ("CA A (killed)",) == never_answers(waits)
    assert "exit of CA A" == waits[0].who
