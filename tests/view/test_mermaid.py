"""A run as a Mermaid diagram: every line is one that Mermaid reads."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import replace

from ocallkit.judging.path import run
from ocallkit.judging.tokens import replay
from ocallkit.scenarios import ALL
from ocallkit.view.layout import Bar, layout
from ocallkit.view.mermaid import layout_mermaid, to_mermaid

DEADLOCK = "flow-1-memref/ecall/t2/c1/A:kill@OCALL,A:close:memref"

TEXT = r"(?:[^#;<>\"{}%\n]|#\d+;)+"
LINES = re.compile(
    "|".join(
        (
            "sequenceDiagram",
            r"    %% ocallkit run [0-9a-f]{12}",
            "    autonumber",
            f"    box transparent {TEXT}",
            rf"        participant p\d+ as {TEXT}",
            "    end",
            rf"    p\d+(?:->>|-->>|-\))p\d+: {TEXT}",
            rf"    Note over p\d+(?:,p\d+)?: {TEXT}",
            r"    (?:de)?activate p\d+",
        )
    )
)


def open_bars(source: str) -> list[int]:
    """How many bars of a lifeline are open after each line that ends one."""
    counts: dict[str, int] = {}
    found = []
    for word, name in re.findall(r"^    (activate|deactivate) (p\d+)$", source, re.MULTILINE):
        counts[name] = counts.get(name, 0) + (1 if word == "activate" else -1)
        found.append(counts[name])
    return found


@pytest.mark.parametrize("scenario", ALL)
def test_every_line_is_one_that_mermaid_reads(scenario: str) -> None:
    """Names, texts and arrows; no bar ends before it has begun."""
    source = to_mermaid(run(scenario), whole=True)
    odd = [line for line in source.splitlines() if not LINES.fullmatch(line)]
    assert ([], True) == (odd, min(open_bars(source), default=0) >= 0)


def test_it_has_a_row_for_each_of_the_layout() -> None:
    """Every message and every note, in their order, and who is there."""
    drawn = layout(run("flow-2"))
    source = to_mermaid(run("flow-2"))
    assert [row.label for row in drawn.messages] == re.findall(r"p\d+-\S*p\d+: (.*)", source)
    named = re.findall(r"participant p\d+ as (.*)", source)
    assert [lifeline.name for lifeline in drawn.lifelines] == named


def test_a_run_that_cannot_go_on_says_so_last() -> None:
    """Over everybody."""
    *_, last = to_mermaid(replay(DEADLOCK)).splitlines()
    expected = (
        "    Note over p1,p6: secure world waits in releasing MOBJ A.memref: 1 user left"
        " (waits for MOBJ A.memref)"
    )
    assert expected == last


def test_a_bar_of_one_row_is_left_out() -> None:
    """It would end before it has begun, which Mermaid refuses."""
    drawn = layout(run("flow-1"))
    short = replace(
        drawn, bars=(Bar(0, "ioctl", "", "A", 2, 2, 0), Bar(0, "ioctl", "", "A", 1, 3, 0))
    )
    assert [1, 0] == open_bars(layout_mermaid(short))
