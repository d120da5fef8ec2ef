"""Every test here is run on each way on which OCALLs can be carried."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.xtest.parties import WAYS

if TYPE_CHECKING:
    from tests.xtest.parties import Way


AT_ONCE = (WAYS[0], WAYS[3])
"""Two with another transport, and another way across the border."""
LATER = (WAYS[5], WAYS[6])
"""Two more, for `make long`: so each design, transport and wire meets each other one."""


@pytest.fixture(
    params=[*AT_ONCE, *(pytest.param(way, marks=pytest.mark.long) for way in LATER)],
    ids=str,
)
def way(request: pytest.FixtureRequest) -> Way:
    """How OCALLs are carried."""
    found: Way = request.param
    return found
