"""`ocallkit check --pinned`: what is not as it was kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocallkit.commands.forms import in_form
from ocallkit.commands.status import STATUS
from ocallkit.judging.asked import look_at
from ocallkit.judging.pinned import Line, changes, read_pins
from ocallkit.judging.schema import Changed, Check, Record, together
from ocallkit.view.reports import Case

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from ocallkit.commands.status import Answer
    from ocallkit.judging.asked import Asked


def checked_again(
    path: Path, form: str | None, judged: Callable[[Sequence[Asked]], Sequence[Record]]
) -> Answer:
    """Come to each verdict of a file again, and say which has changed, and how."""
    lines = read_pins(path)
    asked = [line.pin.asked for line in lines]
    look_at(asked)
    records = judged(asked)
    cases = [
        _case(path, line, record, changes(line.pin, record))
        for line, record in zip(lines, records, strict=True)
    ]
    same = together([case.holds for case in cases])
    other = [case for case in cases if case.holds is not True]
    text = [f"{case.file}:{case.line}: {case.group}: {case.message}" for case in other]
    how = f"{len(other)} of {len(cases)} verdicts are not" if other else "Every verdict is"
    text.append(f"{how} as pinned in {path}.")
    document = Check(
        holds=together([record.holds for record in records]),
        verdicts=tuple(records),
        changed=tuple(Changed(case.line, tuple(case.detail.splitlines())) for case in other),
    )
    title = f"ocallkit check --pinned {path}"
    return STATUS[same], in_form(form, title, "\n".join(text), lambda: document, lambda: cases)


def _case(path: Path, line: Line, record: Record, changed: Sequence[str]) -> Case:
    """Whether a verdict is as it was kept; not known where it was not finished."""
    as_kept = not changed if record.finished else None
    # A violation that is new is one, however far the search came.
    if not record.finished and record.violations and line.pin.came.holds:
        as_kept = False
    return Case(
        str(line.pin),
        f"line {line.number}",
        as_kept,
        "; ".join(changed) or "as pinned",
        "\n".join(changed),
        record.seconds,
        path.as_posix(),
        line.number,
    )
