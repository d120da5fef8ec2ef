"""What other programs get: JSON and PlantUML."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from ocallkit.view.jsonview import to_json
from ocallkit.view.plantuml import to_plantuml
from tests.tools import require_program
from tests.view.made import MadeRun, flow_1, flow_2, killed, opening

if TYPE_CHECKING:
    from pathlib import Path

RUN = MadeRun((*opening(), *flow_2()), scenario="flow-2")
TWO = MadeRun((*flow_1("A"), *flow_1("B", 1)), clients=("A", "B"))
STOPPED = MadeRun(killed(), ending="A waits for its OCALL")


def test_json_has_the_run_with_every_event() -> None:
    """Nothing of the run is left out, and an event's kind is in its field."""
    run = json.loads(to_json(RUN))
    assert (run["scenario"], run["design"], run["clients"]) == ("flow-2", "ecall", ["A"])
    assert run["digest"] == RUN.digest
    (step,) = run["steps"]
    assert (step["name"], step["function"]) == ("A:invoke", "optee_invoke_func")
    assert len(step["events"]) == len(RUN.events)
    assert step["events"][2]["event"] == "message"
    assert step["events"][2]["label"] == "TEE_IOC_OPEN_SESSION"


def test_plantuml_puts_the_parties_into_their_bands() -> None:
    """Three boxes hold the six participants."""
    lines = to_plantuml(RUN).splitlines()
    assert [line.split('"')[1] for line in lines if line.startswith("box")] == [
        "user space",
        "kernel",
        "secure world",
    ]
    assert sum(line.startswith("participant") for line in lines) == 6
    assert lines.count("end box") == 3


def test_plantuml_has_every_message_and_note() -> None:
    """Returns are dashed, notes stand over their party."""
    lines = to_plantuml(RUN).splitlines()
    assert sum(" : " in line and not line.startswith("note") for line in lines) == 32
    assert "p2 -->> p1 : ret" in lines
    assert "note over p1 : CA services OCALL" in lines


def test_plantuml_ends_a_threads_bar_where_it_is_suspended() -> None:
    """Each RPC ends the bar, each resume begins it again."""
    lines = to_plantuml(RUN).splitlines()
    request = lines.index("p5 -[dashed]> p3 : RPC/OCALL Req'")
    assert lines[request + 1] == "deactivate p4"
    assert sum(line.startswith("activate p4") for line in lines) == 4


def test_plantuml_bars_that_never_end_stay_open() -> None:
    """A run that stops in the middle leaves the ioctls and threads that it leaves."""
    lines = to_plantuml(STOPPED).splitlines()
    assert "== CA A is killed ==" in lines
    assert lines[-2:] == ["note across : A waits for its OCALL", "@enduml"]


@pytest.mark.long
@pytest.mark.parametrize("run", [RUN, TWO, STOPPED], ids=["flow-2", "two clients", "stopped"])
def test_plantuml_accepts_the_source(run: MadeRun, tmp_path: Path) -> None:
    """Debian's plantuml reads it without an error."""
    plantuml = require_program("plantuml", package="plantuml")
    source = tmp_path / "run.puml"
    source.write_text(to_plantuml(run), encoding="utf-8")
    command = [plantuml, "-checkonly", source.name]
    checked = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert (checked.returncode, checked.stdout) == (0, "")
