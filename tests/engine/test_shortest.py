"""A way that is found in passing will do where a shortest one is too much to look for."""

from __future__ import annotations

import pytest

from ocallkit import judge
from ocallkit.engine import apart
from ocallkit.properties import no_use_after_free


@pytest.mark.parametrize("clients", [1, 2, 3])
def test_any_way_to_what_is_bad_is_a_counterexample(
    clients: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends in a state that breaks the property, and is not shorter than the shortest."""
    shortest = judge("flow-2", "two-lists", clients=clients).violation("no-use-after-free")
    monkeypatch.setattr(apart, "MOST", 0)
    way = judge("flow-2", "two-lists", clients=clients).violation("no-use-after-free")
    assert not no_use_after_free(way.run.state)
    assert way.steps == len(way.run.steps) >= shortest.steps
