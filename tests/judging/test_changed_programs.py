"""What comes of a program does not depend on what ran before: what it reads may have changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ocallkit import judge, run
from ocallkit.abi.results import Result
from ocallkit.designs import HeldRefsPreRelease
from ocallkit.judging.assembly import build
from ocallkit.model import optee
from ocallkit.model.params import INOUT, Params, value
from ocallkit.model.ta import TEE_InvokeCACommand
from ocallkit.scenarios import Scenario
from tests.model.programs import invoking

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ocallkit.engine import Step, Steps
    from ocallkit.model.config import Client

PARTIES = ("ca", "ta", "handler", "design")
READS: dict[str, int] = dict.fromkeys(PARTIES, 0)
"""What each party reads in a global; a test changes it as another cell would."""

Settings = dict[str, tuple[int, int, int]]
"""For each party what it finds in a global, in its closure and in the default of an argument."""

SETTINGS: st.SearchStrategy[Settings] = st.fixed_dictionaries(
    dict.fromkeys(PARTIES, st.tuples(*[st.integers(0, 1)] * 3))
)


class Cells:
    """One set of functions as the cells of a notebook define them, run again and again."""

    def __init__(self) -> None:
        enclosed = self.enclosed = dict.fromkeys(PARTIES, (0,))

        def handler(_command: int, params: Params, more: int = 0) -> Any:  # noqa: ANN401
            number = 4 * READS["handler"] + 2 * enclosed["handler"][0] + more
            return Result.SUCCESS, (replace(params[0], b=number), *params[1:])

        def ta(_command: int, params: Params, more: int = 0) -> Steps:
            number = 4 * READS["ta"] + 2 * enclosed["ta"][0] + more
            ret, _, out = yield from TEE_InvokeCACommand(number, (value(INOUT),))
            return ret, (replace(params[0], b=100 * number + out[0].b), *params[1:])

        def ca(client: Client, more: int = 0) -> Steps:
            number = 4 * READS["ca"] + 2 * enclosed["ca"][0] + more
            return (yield from invoking((value(INOUT, number),), handler)(client))

        class Mine(HeldRefsPreRelease):
            """Cancels where it is told to."""

            name = "mine"

            def pre_release(self, client: Client, more: int = 0) -> Iterable[Step]:
                """Cancel, or leave it."""
                if READS["design"] + enclosed["design"][0] + more:
                    yield from optee.cancel_ocall(client)

        self.functions: dict[str, Callable[..., Any]] = dict(
            zip(PARTIES, (ca, ta, handler, Mine.pre_release), strict=True)
        )
        self.scenario = Scenario("mine", "a test's own", lambda client: ca(client), ta)  # noqa: PLW0108 - of one argument
        self.design = Mine

    def outcome(self, settings: Settings) -> object:
        """What a run and a verdict come to, with these settings."""
        for party, (in_global, in_closure, in_default) in settings.items():
            READS[party] = in_global
            self.enclosed[party] = (in_closure,)
            self.functions[party].__defaults__ = (in_default,)
        verdict = judge(self.scenario, self.design, threads=1)
        made = run(self.scenario, self.design)
        return made.results, made.digest, verdict.broken, verdict.exploration.states


@settings(max_examples=10, deadline=None)
@given(st.lists(SETTINGS, min_size=2, max_size=3))
def test_a_result_does_not_depend_on_what_was_run_before(asked: list[Settings]) -> None:
    """The same functions give, whatever they did with other settings, what fresh ones give."""
    cells = Cells()
    assert [Cells().outcome(settings) for settings in asked] == [
        cells.outcome(settings) for settings in asked
    ]


def test_each_setting_changes_the_result() -> None:
    """Else the property above would hold of functions that read nothing."""
    plain: Settings = dict.fromkeys(PARTIES, (0, 0, 0))
    expected = Cells().outcome(plain)
    for party in PARTIES:
        for changed in ((1, 0, 0), (0, 1, 0), (0, 0, 1)):
            assert expected != Cells().outcome({**plain, party: changed}), (party, changed)


def test_systems_have_programs_of_their_own() -> None:
    """What one of them has learned is gone with it."""
    first, second = build("flow-1"), build("flow-1")
    assert first.start.world.config.programs is not second.start.world.config.programs
