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


def synced(kind: type[AnyWidget]) -> set[str]:
    """The traits of a widget that both sides have."""
    return {name for name in kind.class_own_traits(sync=True) if not name.startswith("_")}


def apart(kind: type[AnyWidget], text: str) -> set[str]:
    """The traits that only the widget has or only its script gets, sets or listens to."""
    named = r'model\.[gs]et\("(\w+)"|"change:(\w+)"'
    used = {name for pair in re.findall(named, text) for name in pair if name}
    return synced(kind) ^ used


def told(text: str) -> set[str]:
    """The keys that the help lists, as the browser calls them."""
    _, _, rest = text.partition("const HELP = [")
    lines = re.findall(r'\["([^"]+)", ', rest.partition("];")[0])
    keys = {SPELLED.get(key, key) for line in lines for key in re.split(r" or | and |, ", line)}
    return keys - POINTER


def handled(text: str) -> set[str]:
    """The keys that what handles keys asks for."""
    _, _, code = text.partition("const HELP = [")[2].partition("];")
    found = re.findall(
        r'^\s+"?([^\s"]+| )"?: (?:\(\) =>|\w+ \?)|key === "([^"]+)"', code, re.MULTILINE
    )
    return {
        *(one or other for one, other in found),
        *re.findall(r"[{,] (Arrow\w+)(?:): -?1", code),
    }


@pytest.mark.parametrize("kind", SCRIPTS, ids=lambda kind: kind.__name__)
def test_a_widget_and_its_script_share_the_same_traits(kind: type[AnyWidget]) -> None:
    """What the script gets, sets and listens to is synced, and all that is synced is used."""
    assert set() == apart(kind, script(kind))


@pytest.mark.parametrize(
    ("kind", "trait"),
    [
        pytest.param(kind, name, id=f"{kind.__name__}.{name}")
        for kind in SCRIPTS
        for name in sorted(synced(kind))
    ],
)
def test_a_trait_that_the_script_calls_otherwise_is_noticed(
    kind: type[AnyWidget], trait: str
) -> None:
    """Both by the name that the widget has and by that which it lacks."""
    renamed = re.sub(rf'(model\.[gs]et\("|"change:){trait}"', rf'\g<1>{trait}_too"', script(kind))
    assert {trait, f"{trait}_too"} == apart(kind, renamed)


def test_every_key_that_the_stepper_tells_of_is_handled() -> None:
    """What the help lists is asked for by that name, by what handles keys."""
    text = script(Stepper)
    assert len(told(text)) > len(SPELLED)
    assert set() == told(text) - handled(text)


@pytest.mark.parametrize("key", sorted(told(script(Stepper))))
def test_a_key_that_is_told_of_and_not_handled_is_noticed(key: str) -> None:
    """Each of them, handled under another name."""
    help_, end, code = script(Stepper).partition("];")
    quoted = re.escape(key)
    code = re.sub(rf'(key === "){quoted}"', r'\1F9"', code)
    code = re.sub(rf'^(\s+"?){quoted}("?: )', r"\1F9\2", code, flags=re.MULTILINE)
    code = re.sub(rf"([{{,] ){quoted}(: -?1)", r"\1F9\2", code)
    text = help_ + end + code
    assert {key} == told(text) - handled(text)
