"""Every test here is run on each way on which OCALLs can be carried."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.xtest.parties import WAYS

if TYPE_CHECKING:
    from tests.xtest.parties import Way


@pytest.fixture(params=WAYS, ids=str)
def way(request: pytest.FixtureRequest) -> Way:
    """How OCALLs are carried."""
    found: Way = request.param
    return found
