"""What somebody meets who imports the package: its names, its errors, and how things are shown."""

from __future__ import annotations

import importlib
import pkgutil
import re
from typing import TYPE_CHECKING

import pytest

import ocallkit
from ocallkit import api, brief, claims, judge, matrix, part, review, run
from ocallkit.designs import DESIGNS, FURTHER
from ocallkit.engine.program import Blocked
from ocallkit.findings.finding import Finding
from ocallkit.judging.assembly import checked, find_design
from ocallkit.judging.disturbs import disturbs
from ocallkit.judging.hunting.hunt import Hunt
from ocallkit.judging.misused import tried
from ocallkit.judging.views import attach, views
from ocallkit.labs.crash import Situation
from ocallkit.lesson import say
from ocallkit.model.calls import RefusedError
from ocallkit.model.teec import TeecError
from ocallkit.widgets.crash_lab import CrashLab
from ocallkit.widgets.design_lab import DesignLab
from ocallkit.widgets.matrix_view import MatrixView
from ocallkit.widgets.slider import Slider
from ocallkit.widgets.stepper import Stepper

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ocallkit.api import Client, Steps

NAMES = [
    "DESIGNS",
    "Design",
    "FAULTS",
    "Limits",
    "NoSuchStepError",
    "OcallkitError",
    "PROPERTIES",
    "ProgramError",
    "Run",
    "SCENARIOS",
    "Scenario",
    "TokenError",
    "UnknownNameError",
    "Verdict",
    "__version__",
    "judge",
    "matrix",
    "part",
    "replay",
    "review",
    "run",
    "token",
]
"""What a completion shows behind `ocallkit.`, in its order."""

WIDEST = 240
"""Three lines of a terminal."""


def test_the_package_shows_what_one_needs_and_no_more() -> None:
    """Every name is there, and nothing that was loaded on the way."""
    assert NAMES == dir(ocallkit)
    assert all(hasattr(ocallkit, name) for name in NAMES)
    assert sorted(ocallkit.__all__) == NAMES


def test_a_name_that_the_package_lacks_is_said_to_be_missing() -> None:
    """As every module says it."""
    with pytest.raises(AttributeError, match=r"^module 'ocallkit' has no attribute 'jugde'$"):
        ocallkit.jugde  # noqa: B018 - a name that is looked up


def test_a_name_is_loaded_once() -> None:
    """It is the thing itself, from the module where it stands."""
    assert ocallkit.judge is importlib.import_module("ocallkit.judging.verdict").judge
    assert "judge" in vars(ocallkit)


def test_what_programs_are_written_with_is_shown_whole() -> None:
    """Each name of `api` is there, and is taken from the package as it is."""
    assert sorted(api.__all__) == sorted(set(api.__all__))
    assert [] == [name for name in api.__all__ if not hasattr(api, name)]
    for design in (*DESIGNS.values(), *FURTHER.values()):
        assert design is getattr(api, design.__name__)


# --- errors -------------------------------------------------------------------------------------

WITHIN = {Blocked, TeecError, RefusedError}
"""What a program of the model meets, and no user of the package: it may catch them and go on."""
UNSEEN = {"NotAlikeError", "MeetError", "_UntoldError"}
"""What the engine tells itself."""


def modules() -> Iterator[str]:
    """Every module of the package."""
    yield from (found.name for found in pkgutil.walk_packages(ocallkit.__path__, "ocallkit."))


def test_every_error_of_the_package_has_one_base_class() -> None:
    """Whoever catches `OcallkitError` catches all that the package has to say."""
    found = {
        kind
        for name in modules()
        for kind in vars(importlib.import_module(name)).values()
        if isinstance(kind, type)
        and issubclass(kind, Exception)
        and kind.__module__.startswith("ocallkit")
    }
    others = {kind for kind in found if not issubclass(kind, ocallkit.OcallkitError)}
    assert UNSEEN == {kind.__name__ for kind in others - WITHIN}
    assert others >= WITHIN
    assert {"EndlessRunError", "LedgerError", "NotBrokenError", "SpecError", "UsageError"} <= {
        kind.__name__ for kind in found - others
    }


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [
        (lambda: judge("flow-3"), ValueError),
        (lambda: judge("flow-1", threads=0), ValueError),
        (lambda: run("flow-1", schedule=["B:kill"]), ValueError),
        (lambda: ocallkit.replay("flow-1"), ValueError),
        (lambda: judge("flow-1").violation("no-deadlock"), LookupError),
        (lambda: review("nowhere.py:Mine"), ValueError),
    ],
    ids=["name", "number", "schedule", "token", "violation", "file"],
)
def test_bad_input_gets_an_error_of_the_package(wrong: object, kind: type[Exception]) -> None:
    """It is what Python calls such an error too, and IPython shows the sentence alone."""
    assert callable(wrong)
    with pytest.raises(ocallkit.OcallkitError) as caught:
        wrong()
    assert isinstance(caught.value, kind)
    assert [f"{type(caught.value).__name__}: {caught.value}"] == caught.value._render_traceback_()


# --- how things are shown -----------------------------------------------------------------------


def ca(client: Client) -> Steps:
    """A CA that opens a context."""
    yield from api.TEEC_InitializeContext(client)


def shown() -> Iterator[tuple[str, object]]:
    """Something of every kind that a reader can have, by what it is called."""
    made, verdict = run("flow-1-memref"), judge("flow-1-memref", "ecall", threads=1)
    cells = matrix(["flow-1"], ["ecall"], threads=[1], processes=1)
    yield from {
        "run": made,
        "step": made.steps[0],
        "state": made.state,
        "move": next(made.system.moves(made.system.start)),
        "system": made.system,
        "world": made.world,
        "config": made.world.config,
        "node": made.state.nodes[0],
        "verdict": verdict,
        "violation": verdict.violations[0],
        "question": verdict.question,
        "exploration": verdict.exploration,
        "found": verdict.exploration.found[0],
        "cell": cells[0],
        "parting": part(made, run("flow-1-memref", "held-refs")),
        "review": review("ecall", scenarios=["flow-1"], threads=[1], claims=[]),
        "hunt": Hunt("ecall"),
        "disturbs": disturbs(["ecall"], ["plain-invoke"]),
        "misused": tried("invokes-foreign"),
        "scenario": ocallkit.SCENARIOS["flow-1"],
        "threads": api.Threads((ca,)),
        "kernel client": api.KernelClient(ca),
        "TA": made.world.config.tas["ta"],
        "design": DESIGNS["ecall"],
        "design's instance": DESIGNS["ecall"](),
        "design as it is asked": checked(find_design("ecall")),
        "limits": ocallkit.Limits(),
        "scenarios": ocallkit.SCENARIOS,
        "designs": ocallkit.DESIGNS,
        "properties": ocallkit.PROPERTIES,
        "faults": ocallkit.FAULTS,
        "claim": claims.CLAIMS["C23"],
        "claims": claims.CLAIMS,
        "claim's finding": claims.finding("C23"),
        "finding": Finding(1, ("cancels",), (), DESIGNS["ecall"], DESIGNS["meta"]),
        "diagram": made.diagram(),
        "timeline": made.timeline(),
        "ledger": made.ledger(),
        "sentence": say("Only *this*."),
        "situation": Situation(),
        "stepper": Stepper(made),
        "matrix": MatrixView(cells),
        "crash lab": CrashLab(),
        "design lab": DesignLab(),
        "slider": Slider(lambda _number: made.diagram(), [1, 2], "clients"),
    }.items()


def test_whatever_one_has_is_shown_in_a_terminal() -> None:
    """In few lines, without an address and without what draws it."""
    lines = {name: repr(thing) for name, thing in shown()}
    wide = {name: len(line) for name, line in lines.items() if len(line) > WIDEST}
    assert {} == wide
    assert [] == [name for name, line in lines.items() if re.search(r"0x[0-9a-f]|<svg|\n", line)]
    assert "<Run: flow-1-memref under ecall, 48 steps>" == lines["run"]
    assert "<Violation: no-deadlock, 21 steps>" == lines["violation"]
    assert "<Scenario: flow-1, one OCALL that passes no memory>" == lines["scenario"]
    assert "<Ecall: ecall>" == lines["design's instance"]


def test_a_line_ends_where_the_terminal_ends() -> None:
    """What does not fit is cut off, and says so."""
    assert "<Named: a, b>" == repr(brief.Named(a=1, b=2))
    assert f"<Named: {'a' * 67}...>" == repr(brief.Named({"a" * 300: 1}))


def test_what_shows_a_run_is_attached_from_outside() -> None:
    """The results know no view: another one may be put in its place."""
    before = views()

    class Plain:
        """A view that says so."""

        def run_text(self, _run: object, *, whole: bool) -> str:
            """Say whether the whole of it is asked for."""
            return f"whole: {whole}"

    # It shows texts alone.
    attach(Plain)  # type: ignore[arg-type]
    try:
        assert ["whole: False", "whole: True"] == [
            run("flow-1").text(),
            run("flow-1").text(whole=True),
        ]
    finally:
        attach(lambda: before)
