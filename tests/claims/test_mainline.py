"""What mainline chose: every statement comes to its verdict, and to sentences that are so."""

from __future__ import annotations

import pytest

from ocallkit import replay
from ocallkit.claims.mainline import (
    NAMED,
    finds_nothing,
    is_the_last,
    ledger,
    statement,
)
from ocallkit.claims.mainline_variants import CloseContextAlone, Sparing, Unkillable
from ocallkit.designs import DESIGNS, Mainline
from ocallkit.designs.difference import difference
from ocallkit.engine import State
from ocallkit.model.callbacks import qcomtee_close_context
from ocallkit.path import run
from ocallkit.system import UnknownNameError

QUICK = {
    "M03": "holds",
    "M05": "holds",
    "M06": "holds",
    "M07": "holds",
    "M09": "holds",
    "M10": "holds",
    "M11": "refined",
    "M12": "refined",
    "M13": "holds",
    "M14": "holds",
}
SLOW = {"M01": "holds", "M02": "holds", "M04": "holds", "M08": "holds"}


@pytest.mark.long
def test_a_statement_comes_to_its_verdict() -> None:
    """Computed in the model, and pinned here."""
    assert QUICK == {name: statement(name).verdict for name in QUICK}


@pytest.mark.whole
def test_every_statement_comes_to_its_verdict() -> None:
    """Those too that take their time; each has its sentence."""
    assert {**QUICK, **SLOW} == {found.claim.id: found.verdict for found in ledger()}
    assert all(found.reason for found in ledger())


def test_the_statements_have_their_ids_in_order() -> None:
    """M01 and so on."""
    assert [f"M{number:02}" for number in range(1, len(NAMED) + 1)] == list(NAMED)


def test_an_unknown_statement_is_refused() -> None:
    """By name, like a claim."""
    with pytest.raises(UnknownNameError, match="no statement is called 'M99'"):
        statement("M99")


def test_a_statement_says_what_is_so() -> None:
    """What holds, and what the design beside it does there."""
    found = statement("M10")
    assert (
        "Handler and invocation wait for each other until their process is killed, and no longer."
    ) == found.reason
    assert (
        "held-refs-pre-release breaks no-deadlock in 2 of these 2 cells"
        " (`handler-registers-memory/held-refs-pre-release/t1/c1/`)."
    ) == found.besides


def test_a_statement_that_rests_on_a_change_shows_the_run() -> None:
    """Without the closing of sessions the context of a CA that dies is left."""
    found = statement("M06")
    made = replay(found.token, CloseContextAlone)
    assert not made.world.contexts["A"].freed
    assert replay(found.token, Mainline).world.contexts["A"].freed


@pytest.mark.parametrize(
    ("variant", "decision"),
    [(Unkillable, "asks"), (CloseContextAlone, "pre_release"), (Sparing, "spared")],
)
def test_a_variant_changes_one_thing(variant: type[Mainline], decision: str) -> None:
    """That for which it is there."""
    assert (decision,) == variant.changes
    assert variant.changes == tuple(d.decision for d in difference(Mainline, variant))


def test_the_looks_see_a_file_that_is_closed_while_something_is_left() -> None:
    """A request that is pending, were somebody to close the file of its context there."""
    made = run("flow-1", Mainline)
    step = made.steps[made.schedule.index("A:queue_callback")]
    client = step.nodes[0].step[1]
    closes = step.world.config.programs.start(qcomtee_close_context, client)
    pending = State(step.world, (*step.nodes, closes))
    assert (False, False) == (finds_nothing(pending), is_the_last(pending))
    assert (True, True) == (finds_nothing(made.state), is_the_last(made.state))


def test_mainline_is_no_design_of_the_discussion() -> None:
    """It is known by name, and in no table of those."""
    assert Mainline.name not in DESIGNS
