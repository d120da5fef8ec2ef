"""Every form in which a run can be written, by name: for the command, the stepper and the Run.

A writer is loaded when it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from ocallkit.errors import find

if TYPE_CHECKING:
    from collections.abc import Callable

    from ocallkit.judging.path import Run


class Format(NamedTuple):
    """A form: what it is called for a reader, how the name of its files ends, and its writer.

    `write` takes the run, and whether all of it is wanted or its invocation alone; `json`,
    `perfetto` and `token` are always about all of it.
    """

    title: str
    suffix: str
    write: Callable[[Run, bool], str]


def written(run: Run, name: str, *, whole: bool = False) -> str:
    """Write a run in the form of that name.

    >>> from ocallkit import run
    >>> print(written(run("flow-1"), "token"), end="")
    flow-1/ecall/t2/c1/

    Raises UnknownNameError where there is no such form.
    """
    text = find("format", name, FORMATS).write(run, whole)
    return text if text.endswith("\n") else f"{text}\n"


def _text(run: Run, whole: bool) -> str:  # noqa: FBT001 - as every writer is called
    from ocallkit.view.text import to_text

    return to_text(run, whole=whole)


def _svg(run: Run, whole: bool) -> str:  # noqa: FBT001
    from ocallkit.view.svg import to_svg

    return to_svg(run, whole=whole)


def _plantuml(run: Run, whole: bool) -> str:  # noqa: FBT001
    from ocallkit.view.plantuml import to_plantuml

    return to_plantuml(run, whole=whole)


def _mermaid(run: Run, whole: bool) -> str:  # noqa: FBT001
    from ocallkit.view.mermaid import to_mermaid

    return to_mermaid(run, whole=whole)


def _json(run: Run, _whole: bool) -> str:  # noqa: FBT001
    from ocallkit.view.jsonview import to_json

    return to_json(run)


def _perfetto(run: Run, _whole: bool) -> str:  # noqa: FBT001
    from ocallkit.view.perfetto import to_perfetto

    return to_perfetto(run)


def _token(run: Run, _whole: bool) -> str:  # noqa: FBT001
    from ocallkit.judging.tokens import token

    return token(run)


FORMATS: Final[dict[str, Format]] = {
    "text": Format("text, in the discussion's notation", ".txt", _text),
    "svg": Format("picture (SVG)", ".svg", _svg),
    "plantuml": Format("PlantUML", ".puml", _plantuml),
    "mermaid": Format("Mermaid", ".mmd", _mermaid),
    "perfetto": Format("Perfetto trace", ".trace.json", _perfetto),
    "json": Format("JSON", ".json", _json),
    "token": Format("token", ".token", _token),
}
"""In the order in which a reader is offered them."""
