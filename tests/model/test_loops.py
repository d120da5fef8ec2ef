"""A loop that never yields is noticed wherever a reader has written it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ocallkit import judge
from ocallkit.abi.results import Result
from ocallkit.designs import HeldRefsPreRelease
from ocallkit.engine import ProgramError, watch
from ocallkit.scenarios import Scenario, asking_ta, serve, with_memory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ocallkit.engine import Step, Steps
    from ocallkit.model.config import Client


def loop() -> None:
    """It has no end."""
    while True:
        pass


def looping_ca(_client: Client) -> Steps:
    """A CA that comes to nothing."""
    loop()
    yield from ()


def looping_ta(_command: int, _params: object) -> Steps:
    """A TA that never answers."""
    loop()
    yield from ()


def looping_handler(_command: int, _params: object) -> Result:
    """A handler that never comes back."""
    loop()
    return Result.SUCCESS


class Loops(HeldRefsPreRelease):
    """A design that never comes to its cancelling."""

    name = "loops"

    def pre_release(self, _client: Client) -> Iterable[Step]:
        """For ever."""
        loop()
        return ()


CALM = with_memory((), serve)


@pytest.mark.long
@pytest.mark.parametrize(
    ("party", "ca", "ta", "design"),
    [
        ("CA A", looping_ca, asking_ta, "ecall"),
        ("TA of A", CALM, looping_ta, "ecall"),
        ("CA A", with_memory((), looping_handler), asking_ta, "ecall"),
        ("exit of CA A", CALM, asking_ta, Loops),
    ],
    ids=["ca", "ta", "handler", "design"],
)
def test_a_loop_is_named_by_party_and_line(
    party: str,
    ca: Callable[..., Steps],
    ta: Callable[..., Steps],
    design: str | type[Loops],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever's it is, and the line on which it goes round."""
    monkeypatch.setattr(watch, "SECONDS", 1)
    with pytest.raises(ProgramError, match="is it a loop") as caught:
        judge(Scenario("loops", "somebody who never comes back", ca, ta), design)
    assert party == caught.value.party
    assert caught.value.where.endswith("of loop in test_loops.py")
