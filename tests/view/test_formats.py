"""Every form in which a run is written: one table for the command, the Run and the stepper."""

from __future__ import annotations

import pytest

from ocallkit import UnknownNameError, replay, run, token
from ocallkit.cli import main
from ocallkit.commands.show_command import ALWAYS_WHOLE
from ocallkit.view.formats import FORMATS, written

DEADLOCK = "flow-1-memref/ecall/t2/c1/A:kill@OCALL,A:close:memref"

BEGINS = {
    "text": "CA            -[",
    "svg": "<svg ",
    "plantuml": "@startuml\n",
    "mermaid": "sequenceDiagram\n",
    "perfetto": '{"displayTimeUnit":"ms",',
    "json": '{\n  "kind": "run",\n  "schema": 1,',
    "token": "flow-1/ecall/t2/c1/\n",
}
"""How each begins, for flow-1."""


def test_the_table_has_these() -> None:
    """Each with a title of its own, and an ending for its files."""
    assert list(BEGINS) == [name for name in FORMATS if name in BEGINS]
    assert BEGINS.keys() == FORMATS.keys()
    assert len(FORMATS) == len({form.title for form in FORMATS.values()})
    assert len(FORMATS) == len({form.suffix for form in FORMATS.values()})


@pytest.mark.parametrize("name", FORMATS)
def test_the_command_the_run_and_the_table_write_the_same(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line at the end, of the invocation and of the whole."""
    shown = run("flow-1")
    assert shown.written(name).startswith(BEGINS[name])
    for whole in (False,) if name in ALWAYS_WHOLE else (False, True):
        assert 0 == main(["show", "flow-1", "--format", name, *["--whole"] * whole])
        assert written(shown, name, whole=whole) == capsys.readouterr().out
        assert written(shown, name, whole=whole) == shown.written(name, whole=whole)
    assert ("\n", False) == (shown.written(name)[-1:], shown.written(name).endswith("\n\n"))


@pytest.mark.parametrize("name", ["text", "svg", "plantuml", "mermaid"])
def test_a_drawn_form_is_longer_for_the_whole(name: str) -> None:
    """It begins with the device."""
    shown = run("flow-1")
    assert len(shown.written(name)) < len(shown.written(name, whole=True))


@pytest.mark.parametrize("name", FORMATS)
def test_a_replayed_run_is_written_too(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """As text, what it breaks stands below."""
    assert 0 == main(["show", "--replay", DEADLOCK, "--format", name])
    said = capsys.readouterr().out
    shown = replay(DEADLOCK).written(name)
    assert said.startswith(shown) if name == "text" else said == shown


def test_a_form_that_there_is_not_is_refused() -> None:
    """With those that there are."""
    words = "no format is called 'svgg'. Did you mean 'svg'? There are: text, svg, plantuml,"
    with pytest.raises(UnknownNameError, match=words.replace("?", r"\?")):
        run("flow-1").written("svgg")


def test_the_token_is_that_of_the_run() -> None:
    """And makes it again."""
    shown = replay(DEADLOCK)
    assert token(shown) == shown.written("token").strip()
    assert shown.digest == replay(shown.written("token")).digest
