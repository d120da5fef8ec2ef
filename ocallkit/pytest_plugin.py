"""The plugin for pytest: marks that give a test each scenario, or each line of a file of pins.

    @pytest.mark.ocallkit_scenarios("flow-1", "flow-2")
    def test_mine(scenario):
        assert holds(scenario, Mine)

    @pytest.mark.ocallkit_pinned("mine.pins")
    def test_nothing_has_changed(pinned):
        assert unchanged(pinned)

A project that uses neither waits for nothing: what they need is loaded where one is met.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

T = TypeVar("T")

SCENARIOS_MARK: Final = "ocallkit_scenarios"
PINNED_MARK: Final = "ocallkit_pinned"


def pytest_configure(config: pytest.Config) -> None:
    """Tell what the marks mean."""
    config.addinivalue_line(
        "markers",
        f"{SCENARIOS_MARK}(*specs): call the test with each as its `scenario`;"
        " without any, with each of the matrix",
    )
    config.addinivalue_line(
        "markers",
        f"{PINNED_MARK}(file): call the test with each line of the file as its `pinned`",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Call a test that is marked once for each thing."""
    scenarios = metafunc.definition.get_closest_marker(SCENARIOS_MARK)
    if scenarios is not None:
        _with_scenarios(metafunc, scenarios)
    pinned = metafunc.definition.get_closest_marker(PINNED_MARK)
    if pinned is not None:
        _with_pins(metafunc, pinned)


def _with_scenarios(metafunc: pytest.Metafunc, mark: pytest.Mark) -> None:
    from ocallkit.judging.assembly import find_scenario
    from ocallkit.scenarios import SCENARIOS

    _see_argument(metafunc, SCENARIOS_MARK, "scenario")
    names = mark.args or tuple(SCENARIOS)
    _see(metafunc, lambda: [find_scenario(name) for name in names])
    metafunc.parametrize("scenario", names, ids=[getattr(n, "name", n) for n in names])


def _with_pins(metafunc: pytest.Metafunc, mark: pytest.Mark) -> None:
    from ocallkit.judging.pinned import read_pins

    _see_argument(metafunc, PINNED_MARK, "pinned")
    if len(mark.args) != 1:
        _refuse(metafunc, f"{PINNED_MARK} takes one file, from the folder of pytest's settings")
    path = metafunc.config.rootpath / Path(mark.args[0])
    lines = _see(metafunc, lambda: read_pins(path))
    ids = [f"{n}-{pin.asked.scenario}-{pin.asked.design}" for n, pin in lines]
    metafunc.parametrize("pinned", lines, ids=ids)


def _see_argument(metafunc: pytest.Metafunc, mark: str, name: str) -> None:
    if name not in metafunc.fixturenames:
        _refuse(metafunc, f"{mark} gives a test its `{name}`: let it take an argument of that name")


def _see(metafunc: pytest.Metafunc, look: Callable[[], T]) -> T:
    """What is found; what is wrong with it is told by the test, in one line."""
    from ocallkit.errors import OcallkitError

    try:
        return look()
    except OcallkitError as error:
        _refuse(metafunc, str(error))


def _refuse(metafunc: pytest.Metafunc, what: str) -> NoReturn:
    import pytest

    raise pytest.UsageError(f"{metafunc.definition.nodeid}: {what}")
