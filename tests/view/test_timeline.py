"""The timeline of reference counts."""

from __future__ import annotations

import subprocess
import sys
from xml.etree import ElementTree as ET

from ocallkit import replay
from ocallkit.view.ledger import ledger
from ocallkit.view.timeline import counts, rows_of_notes, timeline_svg, to_timeline
from tests.view.made import MadeRun, flow_2, opening

RUN = MadeRun((*opening(), *flow_2()), scenario="flow-2")


def test_counts_begin_with_what_is_held_and_change_where_they_change() -> None:
    """What the CA does at a note stands half-way between two messages."""
    expected = [(0, 1), (9.5, 2), (23.5, 1)]
    assert expected == counts(ledger(RUN), "tee_context A")
    expected = [(0, 0), (9.5, 1), (12, 2), (23, 1), (23.5, 0)]
    assert expected == counts(ledger(RUN), "tee_shm A.ocall")


def test_each_object_has_a_strip_with_its_name() -> None:
    """Contexts come first, then memories, then memory objects."""
    names = [axes.get_ylabel() for axes in to_timeline(RUN).axes]
    assert names == ["tee_context A", "tee_shm A.ocall", "MOBJ A.ocall"]


def test_counts_are_written_on_their_steps() -> None:
    """A reader needs no axis to read them."""
    memory = to_timeline(RUN).axes[1]
    assert [text.get_text() for text in memory.texts] == ["0", "1", "2", "1", "0"]


def test_the_picture_is_the_same_twice_and_names_its_run() -> None:
    """It has no date, a white background, the title, and the run's digest."""
    svg = timeline_svg(RUN)
    assert svg == timeline_svg(RUN)
    assert "<dc:date>" not in svg
    assert f"ocallkit run {RUN.digest}" in svg
    root = ET.fromstring(svg)
    assert root[0].text == "Reference counts: flow-2 under ecall"
    assert "fill: #ffffff" in svg


def test_what_is_done_at_one_place_is_written_in_several_rows() -> None:
    """A CA that dies closes its files one after the other, with no message in between."""
    died = replay("flow-2/ecall-bare/t2/c1/A:kill@OCALL,A:close:context")
    rows = [(words, row) for _, words, row in rows_of_notes(ledger(died))]
    expected = [
        ("CA allocates\nshared memory", 0),
        ("exit of CA A\ncloses context", 0),
        ("exit of CA A\ncloses ocall", 1),
    ]
    assert expected == rows


def test_matplotlib_is_not_loaded_before_a_figure_is_made() -> None:
    """Importing the views costs no more than they need."""
    program = (
        "import sys, ocallkit.view.timeline, ocallkit.view.display, ocallkit.view.plantuml;"
        "print([name for name in sys.modules if name.startswith(('matplotlib', 'IPython'))])"
    )
    command = [sys.executable, "-c", program]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert ran.stdout == "[]\n"
