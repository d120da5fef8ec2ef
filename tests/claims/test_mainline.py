"""What mainline chose: every statement comes to its verdict, and to sentences that are so."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import nbformat
import pytest

from ocallkit import replay
from ocallkit.claims.entry import Entry, summary
from ocallkit.claims.mainline import (
    NAMED,
    finds_nothing,
    is_the_last,
    statement,
)
from ocallkit.claims.mainline_variants import CloseContextAlone, Sparing, Unkillable
from ocallkit.claims.record import mainline
from ocallkit.designs import DESIGNS, Mainline
from ocallkit.engine import State
from ocallkit.errors import UnknownNameError
from ocallkit.judging.comparing.two_designs import difference
from ocallkit.judging.path import run
from ocallkit.model.callbacks import qcomtee_close_context
from tools.store_notebooks import ROOT

if TYPE_CHECKING:
    from pathlib import Path

RECORD = {name: "refined" if name in {"M11", "M12"} else "holds" for name in NAMED}
"""For every statement its verdict."""


def test_a_statement_comes_to_its_verdict() -> None:
    """The record has it, which is computed anew elsewhere; pinned here."""
    assert RECORD == {one.id: one.verdict for one in mainline()}
    assert all(one.reason for one in mainline())


def test_the_statements_have_their_ids_in_order() -> None:
    """M01 and so on."""
    assert [f"M{number:02}" for number in range(1, len(NAMED) + 1)] == list(NAMED)


@pytest.mark.parametrize("name", NAMED)
def test_a_statement_has_a_verdict_a_sentence_and_a_link(name: str) -> None:
    """The verdict is pinned above, the sentence is written, and the link leads to a heading."""
    claim = NAMED[name]
    assert RECORD[name] in {"holds", "refined"}
    assert claim.check
    assert re.fullmatch(r"[^\n]+[^.]", claim.says)
    file, _, heading = claim.shown.partition("#")
    assert heading in headings(ROOT / "notebooks" / file)


def headings(page: Path) -> set[str]:
    """Those of a notebook, as a link names them."""
    cells = nbformat.read(page, as_version=4).cells
    lines = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown").splitlines()
    return {line.lstrip("# ").replace(" ", "-") for line in lines if line.startswith("#")}


@pytest.mark.parametrize("name", NAMED)
def test_the_page_shows_every_statement_where_its_link_leads(name: str) -> None:
    """In a cell below that heading, before the next one."""
    file, _, heading = NAMED[name].shown.partition("#")
    cells = nbformat.read(ROOT / "notebooks" / file, as_version=4).cells
    under = ""
    for cell in cells:
        if cell.cell_type == "markdown":
            found = [line for line in cell.source.splitlines() if line.startswith("#")]
            under = found[-1].lstrip("# ").replace(" ", "-") if found else under
        elif f'"{name}"' in cell.source:
            assert heading == under
            return
    pytest.fail(f"{file} does not show {name}")


def test_the_readme_counts_as_the_ledger_does() -> None:
    """By the verdicts that are pinned above."""
    entries = [Entry(name, "", verdict, "") for name, verdict in RECORD.items()]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert summary(entries, "statements") in " ".join(readme.split())


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
