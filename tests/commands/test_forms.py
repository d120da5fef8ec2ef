"""Verdicts for somebody else's CI: GitHub's workflow commands and summary, JUnit's XML."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from ocallkit.cli import main
from ocallkit.commands.forms import SUMMARY
from ocallkit.commands.status import HOLDS, NO_ANSWER, NOT_KNOWN, VIOLATED
from ocallkit.view.reports import Case, to_github, to_junit, to_summary

if TYPE_CHECKING:
    from collections.abc import Sequence

MINE = """
from ocallkit.api import Ecall


class Mine(Ecall):
    name = "mine"
"""
EVERY_SIGN = Case(
    "a,b:c%",
    "x|<y>\n",
    holds=False,
    message="1%\nof",
    detail="see & be",
    seconds=1.5,
    file="m:,.py",
    line=3,
)
"""A case with every sign that means something to who reads it."""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with a design, and no GitHub around it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(SUMMARY, raising=False)
    Path("mine.py").write_text(MINE, encoding="utf-8")


def said(
    capsys: pytest.CaptureFixture[str], form: str, *arguments: str, command: str = "check"
) -> tuple[int, str]:
    """The exit status, and what was printed."""
    status = main([command, "--design", "mine.py:Mine", "--format", form, *arguments])
    out, err = capsys.readouterr()
    assert "" == err or status == NO_ANSWER
    return status, out


BAD = ("--scenario", "flow-1", "--scenario", "flow-1-memref", "--scenario", "hunt:context:value")


@pytest.mark.parametrize(
    ("command", "more"), [("check", ()), ("matrix", ("--threads", "2"))], ids=["check", "matrix"]
)
def test_github_marks_the_class_of_what_does_not_hold(
    command: str, more: Sequence[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """An error for what is violated, a warning for what is not known, nothing for what holds."""
    status, out = said(capsys, "github", *BAD, *more, command=command)
    assert VIOLATED == status
    marks = [line for line in out.splitlines() if line.startswith("::")]
    begins = [mark.partition("::violates")[0].partition("::says")[0] for mark in marks]
    assert [
        "::error title=mine in flow-1-memref t2 c1,file=mine.py,line=5",
        "::warning title=mine in hunt%3Acontext%3Avalue t2 c1,file=mine.py,line=5",
    ] == begins
    replays = "%0Ano-deadlock (23 steps): ocallkit show --replay flow-1-memref/mine.py:Mine/t2/c1/"
    assert replays in marks[0]


def test_where_github_has_a_summary_it_gets_the_table(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Behind what other steps have written there."""
    page = Path("summary.md")
    page.write_text("# Before\n", encoding="utf-8")
    monkeypatch.setenv(SUMMARY, str(page))
    said(capsys, "github", *BAD)
    lines = page.read_text(encoding="utf-8").splitlines()
    assert ["# Before", "## ocallkit check", "", "| | design | scenario | verdict |"] == lines[:4]
    assert "| ✅ | mine | flow-1 t2 c1 | holds |" in lines
    nothing = "says nothing: no OCALL was ever pending"
    assert f"| ❔ | mine | hunt:context:value t2 c1 | {nothing} |" in lines
    bad = "| ❌ | mine | flow-1-memref t2 c1 | violates no-deadlock, "
    assert 1 == sum(line.startswith(bad) for line in lines)


def test_without_github_nothing_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    """No file but the design."""
    assert HOLDS == said(capsys, "github", "--scenario", "flow-1")[0]
    assert ["mine.py"] == sorted(p.name for p in Path().iterdir() if p.is_file())


def test_a_summary_that_cannot_be_written_is_no_verdict(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 4, and which variable named the place."""
    monkeypatch.setenv(SUMMARY, "no/summary.md")
    assert NO_ANSWER == main(["check", "--scenario", "flow-1", "--format", "github"])
    assert (
        "",
        "ocallkit: GITHUB_STEP_SUMMARY=no/summary.md: No such file or directory\n",
    ) == capsys.readouterr()


@pytest.mark.parametrize(
    ("command", "more"), [("check", ()), ("matrix", ("--threads", "2"))], ids=["check", "matrix"]
)
def test_junit_has_a_case_for_each_verdict(
    command: str, more: Sequence[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """What is violated has failed, what is not known is an error."""
    status, out = said(capsys, "junit", *BAD, *more, command=command)
    assert VIOLATED == status
    root = ET.fromstring(out.encode())
    assert ("3", "1", "1") == tuple(root.attrib[name] for name in ("tests", "failures", "errors"))
    cases = [
        (case.get("classname"), case.get("name"), [part.tag for part in case])
        for case in root.iter("testcase")
    ]
    assert [
        ("mine", "flow-1 t2 c1", []),
        ("mine", "flow-1-memref t2 c1", ["failure"]),
        ("mine", "hunt:context:value t2 c1", ["error"]),
    ] == cases
    failure = root.find(".//failure")
    assert failure is not None
    assert failure.get("message", "").startswith("violates no-deadlock, ")
    assert "ocallkit show --replay " in (failure.text or "")


def test_what_is_not_finished_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    """It says where the search gave up."""
    status, out = said(capsys, "junit", "--scenario", "flow-1", "--limit", "3")
    assert NOT_KNOWN == status
    assert 'message="not finished (the limit of 3 states)"' in out


def test_no_sign_of_a_name_ends_a_command_of_github() -> None:
    """As its own runner writes them."""
    assert (
        "::error title=a%2Cb%3Ac%25 in x|<y>%0A,file=m%3A%2C.py,line=3::1%25%0Aof%0Asee & be"
    ) == to_github([EVERY_SIGN])


def test_no_sign_of_a_name_ends_a_cell_of_the_summary() -> None:
    """Nor is it taken for HTML."""
    case = EVERY_SIGN._replace(name="x|<y>", message="&")
    assert "| ❌ | a,b:c% | x\\|&lt;y> | &amp; |" in to_summary("t", [case]).splitlines()


def test_no_sign_of_a_name_ends_an_element_of_junit() -> None:
    """What was written is what is read."""
    case = ET.fromstring(to_junit([EVERY_SIGN]).encode()).find(".//testcase")
    assert case is not None
    assert ("a,b:c%", "x|<y>\n", "m:,.py", "3") == tuple(
        case.get(name) for name in ("classname", "name", "file", "line")
    )
    assert "see & be" == case[0].text
