"""What a widget and its script have in common: the traits that both know, and the keys."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pytest

from ocallkit.widgets.crash_lab import CrashPanel
from ocallkit.widgets.design_lab import DesignPanel
from ocallkit.widgets.live import STATIC, Live
from ocallkit.widgets.matrix_view import MatrixPanel
from ocallkit.widgets.stepper import Stepper

if TYPE_CHECKING:
    from anywidget import AnyWidget

SCRIPTS: Final[dict[type[AnyWidget], str]] = {
    CrashPanel: "crash_lab",
    DesignPanel: "design_lab",
    Live: "live",
    MatrixPanel: "matrix_view",
    Stepper: "stepper",
}
"""Each widget with how the files begin that run in the page."""

SPELLED: Final = {"→": "ArrowRight", "←": "ArrowLeft", "Space": " "}
"""Keys that the help writes otherwise than the browser."""

POINTER: Final = {"click", "marks"}
"""What the help tells of besides keys."""


def script(kind: type[AnyWidget]) -> str:
    """The script of a widget, with the parts that it is made of."""
    parts = sorted(STATIC.glob(f"{SCRIPTS[kind]}*.js"))
    return "\n".join(part.read_text(encoding="utf-8") for part in parts)


@pytest.mark.parametrize("kind", SCRIPTS, ids=lambda kind: kind.__name__)
def test_a_widget_and_its_script_share_the_same_traits(kind: type[AnyWidget]) -> None:
    """What the script gets, sets and listens to is synced, and all that is synced is used."""
    named = r'model\.[gs]et\("(\w+)"|"change:(\w+)"'
    used = {name for pair in re.findall(named, script(kind)) for name in pair if name}
    synced = {name for name in kind.class_own_traits(sync=True) if not name.startswith("_")}
    assert synced == used


def test_every_key_that_the_stepper_tells_of_is_handled() -> None:
    """What the help lists is asked for by that name, by what handles keys."""
    text = script(Stepper)
    _, _, rest = text.partition("const HELP = [")
    told, _, code = rest.partition("];")
    lines = re.findall(r'\["([^"]+)", ', told)
    keys = {SPELLED.get(key, key) for line in lines for key in re.split(r" or | and |, ", line)}
    handled = re.findall(
        r'^\s+"?([^\s"]+| )"?: (?:\(\) =>|\w+ \?)|key === "([^"]+)"', code, re.MULTILINE
    )
    handled += re.findall(r"[{,] (Arrow\w+)(): -?1", code)
    assert len(keys) > len(SPELLED)
    assert set() == keys - POINTER - {one or other for one, other in handled}
