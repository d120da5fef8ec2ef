"""Every test here is run on each way on which OCALLs can be carried."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.xtest.parties import WAYS

if TYPE_CHECKING:
    from tests.xtest.parties import Way


AT_ONCE = (WAYS[0], WAYS[-1])
"""The two that have nothing in common; the others are for `make long`."""


@pytest.fixture(
    params=[pytest.param(w, marks=() if w in AT_ONCE else pytest.mark.long) for w in WAYS],
    ids=str,
)
def way(request: pytest.FixtureRequest) -> Way:
    """How OCALLs are carried."""
    found: Way = request.param
    return found
