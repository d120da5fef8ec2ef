"""Verdicts for those who run tests for others: GitHub's workflow commands, and JUnit's XML.

    ::error title=mine in flow-1,file=mine.py,line=7::violates no-deadlock%0A...

GitHub shows such a line at the design's class; the summary is the table below the run of the job.
Of JUnit's XML as many readers as there are understand the part that is written here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple
from xml.etree import ElementTree as ET

from ocallkit.judging.notation import command

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ocallkit.judging.schema import Record

LEVELS: Final = {False: "error", None: "warning"}
"""How GitHub calls what does not hold, and what is not known."""

MARKS: Final = {True: "✅", False: "❌", None: "❔"}


class Case(NamedTuple):
    """One thing that was tried: in what, how it came out, how long that took, what is told of it.

    `file` and `line` are where its reader has something to look at; empty and 0 where nowhere.
    """

    group: str
    name: str
    holds: bool | None
    message: str
    detail: str
    seconds: float
    file: str = ""
    line: int = 0


def case_of(record: Record, place: tuple[str, int] = ("", 0)) -> Case:
    """A verdict as a case; `place` is where its design stands."""
    ways = [f"{one.property} ({one.steps} steps): {command(one.run)}" for one in record.violations]
    detail = "\n".join([*ways, f"Not explored: {'; '.join(record.not_explored)}."])
    return Case(
        record.design,
        f"{record.scenario} t{record.threads} c{record.clients}",
        record.holds,
        _message(record),
        detail,
        record.seconds,
        *place,
    )


def _message(record: Record) -> str:
    if record.violations:
        return f"violates {', '.join(one.property for one in record.violations)}"
    if not record.finished:
        return f"not finished ({record.stopped_by})"
    return f"says nothing: {record.empty}" if record.empty else "holds"


# --- GitHub -----------------------------------------------------------------------------------


def to_github(cases: Iterable[Case]) -> str:
    """A workflow command for each case that does not hold, or of which that is not known."""
    return "\n".join(_annotation(case) for case in cases if case.holds is not True)


def _annotation(case: Case) -> str:
    says = {"title": f"{case.group} in {case.name}"}
    if case.file:
        says |= {"file": case.file, "line": str(case.line)}
    properties = ",".join(f"{name}={_in_property(text)}" for name, text in says.items())
    told = _in_data(f"{case.message}\n{case.detail}")
    return f"::{LEVELS[case.holds]} {properties}::{told}"


def _in_data(text: str) -> str:
    """A text as GitHub reads it back: its ends of lines would end the command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _in_property(text: str) -> str:
    return _in_data(text).replace(":", "%3A").replace(",", "%2C")


def to_summary(title: str, cases: Sequence[Case]) -> str:
    """A page in Markdown: a row for each case, and below it how each bad one can be seen."""
    rows = [
        f"| {MARKS[c.holds]} | {_in_cell(c.group)} | {_in_cell(c.name)} | {_in_cell(c.message)} |"
        for c in cases
    ]
    table = [f"## {title}", "", "| | design | scenario | verdict |", "|---|---|---|---|", *rows]
    bad = [case for case in cases if case.holds is not True]
    more = [f"{case.group} in {case.name}\n{case.detail}" for case in bad]
    if more:
        table += ["", "```text", "\n\n".join(more), "```"]
    return "\n".join(table) + "\n"


def _in_cell(text: str) -> str:
    """A text in a cell of a table, where it is neither HTML nor a cell's end."""
    for sign, written in (("&", "&amp;"), ("<", "&lt;"), ("|", "\\|")):
        text = text.replace(sign, written)
    return text


# --- JUnit ------------------------------------------------------------------------------------


def to_junit(cases: Sequence[Case]) -> str:
    """A test case for each: what does not hold has failed, what is not known is an error."""
    counts = {
        "tests": str(len(cases)),
        "failures": str(sum(case.holds is False for case in cases)),
        "errors": str(sum(case.holds is None for case in cases)),
        "time": f"{sum(case.seconds for case in cases):.3f}",
    }
    suites = ET.Element("testsuites", counts)
    suite = ET.SubElement(suites, "testsuite", {"name": "ocallkit", **counts})
    for case in cases:
        about = {"classname": case.group, "name": case.name, "time": f"{case.seconds:.3f}"}
        if case.file:
            about |= {"file": case.file, "line": str(case.line)}
        one = ET.SubElement(suite, "testcase", about)
        if case.holds is not True:
            kind = "failure" if case.holds is False else "error"
            ET.SubElement(one, kind, {"message": case.message}).text = case.detail
    ET.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(suites, encoding="unicode")
