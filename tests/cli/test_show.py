"""The command `ocallkit`: what it prints, where, and with which exit status."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from ocallkit import replay, run
from ocallkit.cli import main
from ocallkit.commands.status import BAD_USAGE
from ocallkit.designs import DESIGNS, EVERY
from ocallkit.scenarios import ALL
from ocallkit.view.svg import to_svg


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit status, output and errors of the command."""
    try:
        status = main(arguments)
    except SystemExit as ended:
        status = int(ended.code or 0)
    out, err = capsys.readouterr()
    return status, out, err


def test_list_names_every_scenario_and_every_design(capsys: pytest.CaptureFixture[str]) -> None:
    """One a line, with what it is."""
    status, out, err = said(capsys, "list")
    assert (0, "") == (status, err)
    named = [line.split()[0] for line in out.splitlines() if line.startswith("  ")]
    assert [*ALL, *EVERY] == named
    assert all(len(line.split()) > 3 for line in out.splitlines() if line.startswith("  "))


def test_show_prints_the_invocation_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """The text is the run's, and nothing besides."""
    assert (0, run("flow-1").text() + "\n", "") == said(capsys, "show", "flow-1")


def test_show_prints_the_whole_run_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    """From opening the device on."""
    _, out, _ = said(capsys, "show", "flow-1", "--whole")
    assert run("flow-1").text(whole=True) + "\n" == out
    assert re.match(r"CA +-\[open\]-> +TEE Driver", out)


def test_show_takes_what_run_takes(capsys: pytest.CaptureFixture[str]) -> None:
    """Design, threads, clients, rounds and the first steps."""
    options = ["--design", "meta", "--threads", "1", "--clients", "2", "--rounds", "2"]
    _, out, _ = said(capsys, "show", "flow-1", *options, "--steps", "B:tee_open")
    made = run("flow-1", "meta", threads=1, clients=2, rounds=2, schedule=("B:tee_open",))
    assert made.text() + "\n" == out


def test_show_lets_the_first_steps_go_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    """A kill needs no more than its name."""
    _, out, _ = said(capsys, "show", "flow-1", "--whole", "--steps", "A:tee_open", "A:kill")
    made = run("flow-1", faults=("kill",), schedule=("A:tee_open", "A:kill"))
    assert made.text(whole=True) + "\n" == out


def test_show_prints_svg(capsys: pytest.CaptureFixture[str]) -> None:
    """A document that XML's parser reads."""
    status, out, _ = said(capsys, "show", "flow-2", "--format", "svg")
    assert (0, "{http://www.w3.org/2000/svg}svg") == (status, ET.fromstring(out).tag)


def test_show_prints_plantuml(capsys: pytest.CaptureFixture[str]) -> None:
    """From its first line to its last."""
    status, out, _ = said(capsys, "show", "flow-2", "--format", "plantuml")
    lines = out.splitlines()
    assert (0, "@startuml", "@enduml") == (status, lines[0].split()[0], lines[-1])


def test_show_prints_json(capsys: pytest.CaptureFixture[str]) -> None:
    """Steps with their events, as many as the run has."""
    status, out, _ = said(capsys, "show", "flow-2", "--format", "json")
    assert (0, len(run("flow-2").steps)) == (status, len(json.loads(out)["steps"]))


def test_a_token_is_shown_under_another_design_as_a_picture_of_that(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The same decisions, the other design's Run: what parts them has words only."""
    line = "flow-1-memref/ocall-fd/t2/c1/A:kill@OCALL,A:close:memref"
    other = "held-refs-pre-release"
    asked = ("show", "--replay", line, "--design", other, "--format", "svg")
    expected = to_svg(replay(line, DESIGNS[other]))
    assert (0, expected, "") == said(capsys, *asked)
    assert expected != to_svg(replay(line))


BAD = {
    "an unknown scenario": (
        ["show", "flow-3"],
        "ocallkit: no scenario is called 'flow-3'. Did you",
    ),
    "an unknown design": (
        ["show", "flow-1", "--design", "x"],
        "ocallkit: no design is called 'x'.",
    ),
    "a number out of range": (["show", "flow-1", "--threads", "0"], "ocallkit: threads: a whole"),
    "a step that cannot happen": (["show", "flow-1", "--steps", "A:x"], "ocallkit: step 1 of the"),
}


@pytest.mark.parametrize(("arguments", "words"), BAD.values(), ids=BAD)
def test_bad_usage_is_one_line_and_exit_status_2(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """On standard error; nothing is printed as an answer."""
    status, out, err = said(capsys, *arguments)
    assert (BAD_USAGE, "", 1) == (status, out, err.count("\n"))
    assert err.startswith(words)


@pytest.mark.parametrize(
    "arguments",
    [[], ["shew"], ["show", "flow-1", "--format", "png"], ["show", "flow-1", "--threads", "two"]],
)
def test_what_is_no_command_line_is_refused_with_the_usage(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """By argparse, with the same exit status."""
    status, out, err = said(capsys, *arguments)
    assert (BAD_USAGE, "") == (status, out)
    assert err.startswith("usage: ocallkit")


def test_the_installed_command_is_the_same() -> None:
    """What the environment installs on its path prints what `main` does."""
    command = Path(sys.executable).with_name("ocallkit")
    done = subprocess.run([command, "show", "flow-1"], capture_output=True, text=True, check=False)
    assert (0, run("flow-1").text() + "\n", "") == (done.returncode, done.stdout, done.stderr)
