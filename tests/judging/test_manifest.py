"""Every verdict and every count is as it is on record."""

from __future__ import annotations

import pytest

from ocallkit.claims.cells import leaves_a_thread
from ocallkit.designs import DESIGNS
from ocallkit.judging.verdict import Question
from tools.manifest import HEAD, MANIFEST, Cell, Line, cells, count, read

pytestmark = pytest.mark.long

RECORD = read()
THIRD = 3
"""One client needs no third secure thread: that is tried with everything else."""


@pytest.mark.parametrize(
    "cell",
    [
        pytest.param(cell, marks=pytest.mark.whole if cell.threads == THIRD else ())
        for cell in cells()
    ],
    ids=lambda cell: "-".join(map(str, cell)),
)
def test_a_cell_comes_to_what_is_on_record(cell: Cell) -> None:
    """The broken properties, the states, the transitions and the depth."""
    assert RECORD[cell] == count(cell)


def test_the_record_has_each_cell_once_in_order() -> None:
    """8 scenarios under 8 designs: one client with 1 to 3 threads, two clients with 2."""
    lines = MANIFEST.read_text().splitlines()
    assert [HEAD, *(str(Line(cell, RECORD[cell])) for cell in cells())] == lines
    assert 8 * 8 * (3 + 1) == len(RECORD)


def test_two_designs_hold_wherever_a_thread_is_left() -> None:
    """The two at which PR 72 arrives; every other named design breaks somewhere else too."""
    left = [cell for cell in cells() if leaves_a_thread(Question(*cell))]
    holding = {cell.design for cell in left} - {c.design for c in left if RECORD[c].broken}
    assert {"held-refs-pre-release", "held-refs-ocall-fd"} == holding


def test_no_design_holds_where_pending_ocalls_hold_every_thread() -> None:
    """And memory is registered that nobody is passed: its release waits for one of them."""
    taken = [cell for cell in cells() if not leaves_a_thread(Question(*cell))]
    assert set(DESIGNS) == {cell.design for cell in taken}
    assert all("no-deadlock" in RECORD[cell].broken for cell in taken)
