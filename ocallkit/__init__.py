"""An executable reference for OP-TEE OCALLs.

>>> from ocallkit import run
>>> run("flow-1", design="ecall").ending
''

`run` follows one path through the model and gives a `Run`; `judge` tries every path and gives a
`Verdict`, `matrix` one for each design in each scenario; `token` names a run in one line and
`replay` makes it again; `part` lays two runs side by side; `review` lays a design beside its
parent.  `DESIGNS`, `SCENARIOS` and `PROPERTIES` have what can be named, `FAULTS` what may go wrong,
`Limits` says where a search gives up.  Every error is an `OcallkitError`.

Who writes a CA, a TA, a scenario or a design finds all that it is made of in `ocallkit.api`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from ocallkit.judging.views import attach
from ocallkit.version import __version__

if TYPE_CHECKING:
    from ocallkit.designs import DESIGNS, Design
    from ocallkit.engine.exploration import Limits
    from ocallkit.engine.program import ProgramError
    from ocallkit.errors import OcallkitError, UnknownNameError
    from ocallkit.judging.comparing.two_runs import part
    from ocallkit.judging.matrix import matrix
    from ocallkit.judging.notation import TokenError
    from ocallkit.judging.path import NoSuchStepError, Run, run
    from ocallkit.judging.tokens import replay, token
    from ocallkit.judging.verdict import Verdict, judge
    from ocallkit.judging.views import Views
    from ocallkit.model.config import FAULTS
    from ocallkit.properties import PROPERTIES
    from ocallkit.reviewing import review
    from ocallkit.scenarios import SCENARIOS, Scenario

__all__ = [
    "DESIGNS",
    "FAULTS",
    "PROPERTIES",
    "SCENARIOS",
    "Design",
    "Limits",
    "NoSuchStepError",
    "OcallkitError",
    "ProgramError",
    "Run",
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

_STANDS_IN = {
    "designs": ("DESIGNS", "Design"),
    "engine.exploration": ("Limits",),
    "engine.program": ("ProgramError",),
    "errors": ("OcallkitError", "UnknownNameError"),
    "judging.comparing.two_runs": ("part",),
    "judging.matrix": ("matrix",),
    "judging.path": ("NoSuchStepError", "Run", "run"),
    "judging.notation": ("TokenError",),
    "judging.tokens": ("replay", "token"),
    "judging.verdict": ("Verdict", "judge"),
    "model.config": ("FAULTS",),
    "properties": ("PROPERTIES",),
    "reviewing": ("review",),
    "scenarios": ("SCENARIOS", "Scenario"),
}
"""Where each name stands: its module is loaded when the name is first asked for."""

_MODULES = {name: module for module, names in _STANDS_IN.items() for name in names}


def __getattr__(name: str) -> object:
    """Load what stands under a name of the package, once."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """What one needs, and no more: what a completion shows."""
    return __all__


def _views() -> Views:
    from ocallkit import _showing

    return _showing


attach(_views)
