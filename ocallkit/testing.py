"""What a design of one's own is tested with, in pytest or in any other runner of tests.

    from ocallkit.testing import holds

    def test_mine():
        assert holds("flow-2-memref", Mine)

The package brings a plugin for pytest, which has two marks: `ocallkit_scenarios` gives a test its
`scenario`, each of those named, or each of the matrix; `ocallkit_pinned` its `pinned`, each line of
a file that `ocallkit pin` has written.
"""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ocallkit.designs import DEFAULT
from ocallkit.judging.pinned import changes
from ocallkit.judging.specs import remember
from ocallkit.judging.verdict import Verdict, judge
from ocallkit.view.verdict_words import in_words, last_steps

if TYPE_CHECKING:
    from ocallkit.designs import EcallBare
    from ocallkit.judging.pinned import Line
    from ocallkit.scenarios import Scenario


def holds(
    scenario: str | Scenario,
    design: str | type[EcallBare] = DEFAULT,
    **asked: Any,  # noqa: ANN401 - as `judge` has them
) -> Verdict:
    """The verdict, if every property holds; `asked` is what `judge` takes besides.

    >>> holds("flow-1", "held-refs", threads=1).holds
    True

    Raises AssertionError where one is violated or that is not known: its message has who waits for
    whom, the last steps, and the line that replays them; the errors of `judge` for what cannot be
    judged.
    """
    # pytest shows the line of the test, not this one.
    __tracebackhide__ = True
    if isinstance(design, type):
        _let_tokens_name(design)
    verdict = judge(scenario, design, **asked)
    if not verdict.holds:
        raise AssertionError("\n\n".join(filter(None, [in_words(verdict), last_steps(verdict)])))
    return verdict


def _let_tokens_name(design: type[EcallBare]) -> None:
    """Let a token name a class by its file, so that it can be replayed from the command."""
    module = inspect.getmodule(design)
    file = getattr(module, "__file__", None)
    if file is None or getattr(module, design.__name__, None) is not design:
        return
    path, here = Path(file), Path.cwd()
    ours = design.__module__.partition(".")[0] == __name__.partition(".")[0]
    if not ours and path.is_relative_to(here):
        remember(design, f"{path.relative_to(here).as_posix()}:{design.__name__}")


def unchanged(line: Line) -> Verdict:
    """The verdict, if it is as a line of a file of pins has it.

    Raises AssertionError with the line and what is otherwise.
    """
    __tracebackhide__ = True
    asked = line.pin.asked
    verdict = judge(asked.scenario, asked.design, **asked.arguments)
    changed = changes(line.pin, verdict.record)
    if changed:
        told = "\n".join(f"  {one}" for one in changed)
        raise AssertionError(f"line {line.number}, {line.pin}, is not as pinned:\n{told}")
    return verdict
