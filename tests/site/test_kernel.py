"""The kernel of the page, asked in a process of its own as the build asks it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import Any

import pytest

from ocallkit import run
from ocallkit.widgets.stepper import Stepper
from tools.site.stored import FOLDERS, PAGE, ask
from tools.store_notebooks import FOLDER

NOTEBOOK = FOLDER / "21-play.ipynb"
PLACE = re.compile('data-ocallkit-live="([0-9a-f]+)"')

CALLS = """
import json, sys
from kernel import Kernel
kernel = Kernel()
json.dump([kernel.ask(*asked) for asked in json.load(sys.stdin)], sys.stdout)
"""


def answers(*asked: list[object]) -> list[dict[str, Any]]:
    """What one kernel answers, one after the other."""
    done = subprocess.run(
        [sys.executable, "-c", CALLS],
        check=True,
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (PAGE, *FOLDERS)))},
        input=json.dumps(asked),
        timeout=60,
    )
    told: list[dict[str, Any]] = json.loads(done.stdout)
    return told


def test_a_cell_shows_what_it_prints_and_its_last_value() -> None:
    """In their order; names are shared from one cell to the next, nothing is shown as nothing."""
    told = ask(["a = 2", "print(a)\nprint('x')\na + 1", "None"], NOTEBOOK)
    shown = [{"text": "2\nx\n"}, {"data": {"text/plain": "3"}}]
    assert [[], shown, []] == [one["outputs"] for one in told]


def test_an_error_is_told_by_the_lines_of_the_cell() -> None:
    """Not by those of the kernel; what the package raises is a sentence already."""
    cells = ["def f():\n    return 1 / 0\nf()", "1 +", "from ocallkit import run\nrun('no')"]
    found = [one["outputs"][0]["error"] for one in ask(cells, NOTEBOOK)]
    assert "ZeroDivisionError: division by zero" == found[0].splitlines()[-1]
    assert "kernel.py" not in found[0]
    assert "return 1 / 0" in found[0]
    assert "SyntaxError: invalid syntax" == found[1].splitlines()[-1]
    assert found[2].startswith("no scenario is called 'no'. There are: ")


def test_a_cell_that_ends_the_program_or_needs_a_package_says_so() -> None:
    """The kernel lives on."""
    cells = ["raise SystemExit(3)", "import no_such_package", "1"]
    exits, needs, lives = (one["outputs"][0] for one in ask(cells, NOTEBOOK))
    assert "SystemExit: 3" == exits["error"].splitlines()[-1]
    assert needs["error"].startswith("No module named 'no_such_package': a page has ocallkit,")
    assert {"data": {"text/plain": "1"}} == lives


def test_a_run_is_a_stepper_as_in_jupyterlab() -> None:
    """With the same data."""
    (told,) = ask(["from ocallkit import run\nrun('flow-1')"], NOTEBOOK)
    (place,) = PLACE.findall(told["outputs"][0]["data"]["text/html"])
    (live,) = [one for one in told["widgets"].values() if one.get("place") == place]
    expected = Stepper(run("flow-1"))
    state = told["widgets"][live["shows"].removeprefix("IPY_MODEL_")]
    assert json.loads(json.dumps(expected.story)) == state["story"]
    assert expected.at == state["at"]
    assert expected.get_state()["_esm"] == state["_esm"]
    assert expected.get_state()["_anywidget_id"] == state["_anywidget_id"]


@pytest.mark.long
def test_a_decision_of_the_page_comes_back_as_what_is_shown() -> None:
    """What the page has set itself is not sent back to it."""
    lab = "from ocallkit.widgets.design_lab import DesignLab\nlab = DesignLab()\nlab"
    (first,) = answers(["run", lab])
    panel = next(n for n, state in first["widgets"].items() if "asked" in state)
    asked = {**first["widgets"][panel]["asked"], "holds_memories": True, "cancel": "pre_release"}
    _, changed = answers(["run", lab], ["change", panel, {"asked": asked}])
    assert [] == changed["outputs"]
    assert ["shown"] == list(changed["widgets"][panel])
    assert changed["widgets"][panel]["shown"]["nearest"].startswith("This is held-refs-pre-release")


@pytest.mark.long
def test_a_message_of_the_page_reaches_its_widget() -> None:
    """The crash lab's `Find me one`; a step of the stepper that it opens is an answer too."""
    lab = "from ocallkit.widgets.crash_lab import CrashLab\nCrashLab('flow-1-memref', 'ecall')"
    (first,) = answers(["run", lab])
    panel = next(n for n, state in first["widgets"].items() if "asked" in state)
    _, found = answers(["run", lab], ["message", panel, {"find": True}])
    assert ["shown"] == list(found["widgets"][panel])
    assert found["widgets"][panel]["shown"]["said"].startswith("Under ecall: deadlock")


def test_a_change_that_is_none_is_an_error_and_the_next_one_works() -> None:
    """The page shows it; a wrong step leaves the stepper where it is."""
    shown = "from ocallkit import run\nrun('flow-1')"
    told = answers(["run", shown], ["change", "w1", {"at": 400}], ["change", "w1", {"at": 3}])
    assert "flow-1 under ecall has steps 0 to 35, not 400" in told[1]["outputs"][0]["error"]
    assert ([], {}) == (told[2]["outputs"], told[2]["widgets"])


def test_a_token_is_replayed_at_a_step() -> None:
    """A step beyond the end is told, and the run stands at its end; a wrong token is an error."""
    line = "flow-1/ecall/t2/c1/"
    told = answers(
        ["replay", line, 3],
        ["replay", line, 400],
        ["replay", "nonsense", 0],
        ["replay", line, None],
    )
    (at,) = (state["at"] for state in told[0]["widgets"].values() if "at" in state)
    assert 3 == at
    said = "flow-1 under ecall has steps 0 to 35, not 400: it stands at the last.\n"
    assert {"text": said} == told[1]["outputs"][0]
    assert [35] == [state["at"] for state in told[1]["widgets"].values() if "at" in state]
    assert "'nonsense' is no token" in told[2]["outputs"][0]["error"]
    assert [Stepper(run("flow-1")).at] == [
        one["at"] for one in told[3]["widgets"].values() if "at" in one
    ]
