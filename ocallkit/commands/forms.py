"""In which form verdicts leave the command: for a reader, a program, or somebody else's CI."""

from __future__ import annotations

import inspect
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ocallkit.judging.assembly import is_own
from ocallkit.judging.schema import Document, written
from ocallkit.terminal import NowhereError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ocallkit.view.reports import Case

SUMMARY = "GITHUB_STEP_SUMMARY"
"""The variable of the environment by which GitHub says where a job's summary is written."""


def in_form(
    form: str | None,
    title: str,
    text: str,
    document: Callable[[], Document],
    cases: Callable[[], Sequence[Case]],
) -> str:
    """What is printed: `text` for a reader, else what the others are made of.

    Raises NowhereError where GitHub's summary cannot be written.
    """
    if form == "json":
        return written(document())
    if form in {None, "text"}:
        return text
    from ocallkit.view.reports import to_github, to_junit, to_summary

    if form == "junit":
        return to_junit(cases())
    _summarise(to_summary(title, cases()))
    return "\n".join(filter(None, [to_github(cases()), text]))


def _summarise(page: str) -> None:
    """Add a page to the job's summary, where there is one."""
    path = os.environ.get(SUMMARY)
    if not path:
        return
    try:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(page)
    except OSError as error:
        raise NowhereError(f"{SUMMARY}={path}: {error.strerror}") from error


def places_of(designs: Sequence[str]) -> dict[str, tuple[str, int]]:
    """By its name where each design of the reader's own stands."""
    from ocallkit.judging.specs import load

    return dict(_place(load("design", spec)) for spec in designs if is_own(spec))


def _place(design: Any) -> tuple[str, tuple[str, int]]:  # noqa: ANN401 - a design's class
    file = Path(inspect.getsourcefile(design) or "")
    here = file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file
    return design.name, (here.as_posix(), inspect.getsourcelines(design)[1])
