"""Every verdict and every count is as it is on record."""

from __future__ import annotations

import pytest

from tools.manifest import HEAD, MANIFEST, Cell, Line, cells, count, read

RECORD = read()


@pytest.mark.parametrize("cell", cells(), ids=lambda cell: "-".join(map(str, cell)))
def test_a_cell_comes_to_what_is_on_record(cell: Cell) -> None:
    """The broken properties, the states, the transitions and the depth."""
    assert RECORD[cell] == count(cell)


def test_the_record_has_each_cell_once_in_order() -> None:
    """7 scenarios under 8 designs: one client with 1 to 3 threads, two clients with 2."""
    lines = MANIFEST.read_text().splitlines()
    assert [HEAD, *(str(Line(cell, RECORD[cell])) for cell in cells())] == lines
    assert 7 * 8 * (3 + 1) == len(RECORD)


def test_two_designs_hold_everywhere() -> None:
    """The two at which the thread arrives; every other named design breaks somewhere."""
    holding = {cell.design for cell in cells()} - {
        cell.design for cell, counts in RECORD.items() if counts.broken
    }
    assert {"held-refs-pre-release", "held-refs-ocall-fd"} == holding
