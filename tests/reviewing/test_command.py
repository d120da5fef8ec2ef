"""`ocallkit review`: where the page goes, and with which exit status."""

from __future__ import annotations

import re
import shlex
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from ocallkit.cli import main
from ocallkit.commands.status import BAD_USAGE, HOLDS, NOT_KNOWN, VIOLATED
from tests.reviewing.given import write
from tools.store_notebooks import ROOT

if TYPE_CHECKING:
    from pathlib import Path

LITTLE = ("--threads", "1", "--clients", "1", "--claims", "C01")


README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def place(tmp_path: Path) -> str:
    """A file with designs."""
    return write(tmp_path)


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit status, output and errors."""
    status = main(arguments)
    out, err = capsys.readouterr()
    return status, out, err


@pytest.mark.long
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--scenario", "flow-1"), HOLDS),
        (("--scenario", "flow-1", "flow-1-memref"), VIOLATED),
        (("--scenario", "flow-1", "--seconds", "0.000000001"), NOT_KNOWN),
        (("--scenario", "flow-one"), BAD_USAGE),
        (("--scenario", "flow-1", "--seconds", "0"), BAD_USAGE),
        (("--scenario", "flow-1", "--claims", "C99"), BAD_USAGE),
        (("--scenario", "flow-1", "--threads", "0"), BAD_USAGE),
        (("--scenario", "flow-1", "--against", "nobody"), BAD_USAGE),
        (("--out", "nowhere"), BAD_USAGE),
    ],
)
def test_the_exit_status_is_that_of_check(
    arguments: tuple[str, ...], expected: int, place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A page for all but bad usage, which is one line."""
    status, out, err = said(capsys, "review", f"{place}:Bare", *LITTLE, *arguments)
    lines = 1 if expected == BAD_USAGE else 0
    assert (expected, lines) == (status, len(err.splitlines()))
    assert ("" if lines else "# Review of `bare` against `held-refs`") == out.partition("\n")[0]


def test_a_design_that_is_not_there_is_bad_usage(
    place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line says what there is."""
    status, out, err = said(capsys, "review", f"{place}:Bear")
    assert (BAD_USAGE, "") == (status, out)
    assert re.fullmatch(
        r"ocallkit: \S+mine\.py has nothing called 'Bear'\. Did you mean 'Bare'\? .*\n", err
    )


def test_it_writes_both_forms_into_a_folder(
    place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The terminal has the summary, and what was written."""
    spec, out = f"{place}:Bare", tmp_path / "out"
    out.mkdir()
    asked = ("review", spec, *LITTLE, "--scenario", "flow-1", "--out", str(out))
    status, told, err = said(capsys, *asked)
    first, *paths = told.splitlines()
    assert (HOLDS, "") == (status, err)
    expected = "bare breaks nothing that held and heals nothing: as in held-refs, "
    assert f"{expected}every property holds in every one of 1 cell." == first
    assert [str(out / "bare.md"), str(out / "bare.html")] == paths
    assert (out / "bare.md").read_text().startswith("# Review of `bare`")
    assert (out / "bare.html").read_text().startswith("<!DOCTYPE html>")


def test_the_terminal_gets_the_form_that_is_asked_for(
    place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Markdown where nothing is said."""
    asked = ("review", f"{place}:Bare", *LITTLE, "--scenario", "plain-invoke", "--format", "html")
    _, out, _ = said(capsys, *asked)
    assert out.startswith("<!DOCTYPE html>")


@pytest.mark.long
def test_the_command_that_is_printed_shows_the_run(
    place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a design and of a scenario that only a file has."""
    asked = ("review", f"{place}:Script", *LITTLE, "--scenario", f"{place}:HURRIED")
    _, out, _ = said(capsys, *asked)
    (line,) = [one for one in out.splitlines() if one.startswith("ocallkit show")]
    program, *arguments = shlex.split(line)
    assert line.split() == [program, *arguments]
    status, shown, err = said(capsys, *arguments)
    assert ("ocallkit", HOLDS, "") == (program, status, err)
    broken = "It breaks no-suspended-thread at step 21, as the token says."
    assert f"exit of CA A closes memref\n\n{broken}\n" in shown


def test_a_token_of_ours_is_replayed_under_a_design_of_the_readers(
    place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Side by side to where the two part."""
    line = "flow-1-memref/held-refs/t1/c1/A:kill@OCALL,A:close:context"
    _, out, _ = said(capsys, "show", "--replay", line, "--design", f"{place}:Mine")
    assert "Then they part:\n    held-refs" in out
    assert "flow-1-memref under mine: " in out


@pytest.mark.long
def test_the_readme_shows_what_the_command_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of the design that stands there."""
    design = next(re.finditer(r"^  ```python\n(.*?)^  ```", README, re.MULTILINE | re.DOTALL))[1]
    write(
        tmp_path, dedent(design).partition("\njudge(")[0].replace("from ocallkit import judge", "")
    )
    shown = next(re.finditer(r"^\$ ocallkit (review .*)\n((?:.+\n)*?)```", README, re.MULTILINE))
    monkeypatch.chdir(tmp_path)
    assert (VIOLATED, shown[2], "") == said(capsys, *shlex.split(shown[1]))
