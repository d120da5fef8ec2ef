"""A kernel for the page: it runs cells, and keeps the widgets that they show in step.

What it is asked and what it answers is JSON, so that the page and the build can both ask it.  The
packages of JupyterLab are not there: `standing` has what takes their place.
"""

from __future__ import annotations

import ast
import json
import linecache
import sys
import traceback
from contextlib import redirect_stderr, redirect_stdout
from typing import Any, Final

import ipywidgets

# That it was imported tells the package that widgets can be shown.
from IPython import display as _display

from ocallkit import OcallkitError, replay
from ocallkit.widgets.stepper import Stepper

# Here it stands for IPython's, which has no types.
display: Any = _display

Output = dict[str, Any]
"""`text` that was printed, an `error` in words, or the `data` of something shown by mime types."""

PACKAGES: Final = "ocallkit, msgspec, traitlets and Python's own library"


class _Prints:
    """A stream whose text becomes an output, in its place among the others."""

    def __init__(self, outputs: list[Output]) -> None:
        self.outputs = outputs

    def write(self, text: str) -> int:
        if self.outputs and "text" in self.outputs[-1]:
            self.outputs[-1]["text"] += text
        elif text:
            self.outputs.append({"text": text})
        return len(text)

    def flush(self) -> None:
        """Nothing is kept back."""


class Kernel:
    r"""Runs cells that share their names, as a notebook does.

    >>> kernel = Kernel()
    >>> kernel.ask("run", "a = 2")["outputs"]
    []
    >>> kernel.ask("run", "print(a); a + 1")["outputs"]
    [{'text': '2\n'}, {'data': {'text/plain': '3'}}]
    """

    def __init__(self) -> None:
        self.names: dict[str, Any] = {"__name__": "__main__"}
        self.cells = 0
        self.told: set[str] = set()

    def ask(self, what: str, *about: Any) -> dict[str, Any]:  # noqa: ANN401 - plain data
        """Do one of `run`, `replay`, `change` and `message`.

        The answer has the `outputs` and what the page has to follow: the states of `widgets` that
        changed, by their ids, and what was `said` to it.
        """
        outputs: list[Output] = []
        prints: Any = _Prints(outputs)
        shows = [lambda thing: outputs.append(shown(thing))]
        display.shows[:] = shows
        with redirect_stdout(prints), redirect_stderr(prints):
            try:
                getattr(self, f"_{what}")(*about)
            except BaseException as error:  # noqa: BLE001 - whatever a reader's cell raises is told
                outputs.append({"error": in_words(error)})
        return {"outputs": outputs, "widgets": self._changes(), "said": _said()}

    def _run(self, source: str) -> None:
        """Run a cell, and show the value of its last line."""
        self.cells += 1
        name = f"<cell {self.cells}>"
        linecache.cache[name] = len(source), None, source.splitlines(keepends=True), name
        tree = ast.parse(source, name)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, name, "exec"), self.names)  # noqa: S102 - running it is the purpose
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), name, "eval"), self.names)  # noqa: S307
            if value is not None:
                display.display(value)

    def _replay(self, line: str, step: int | None) -> None:
        """Show the run that a token names after `step` steps; None: where its invocation begins."""
        run = replay(line)
        last = len(run.steps)
        if step is not None and not 0 <= step <= last:
            print(f"{run.title} has steps 0 to {last}, not {step}: it stands at the last.")
            step = last
        display.display(Stepper(run, step))

    def _change(self, widget: str, state: dict[str, Any]) -> None:
        """Take over what the page has set."""
        for name, value in state.items():
            setattr(ipywidgets.made[widget], name, value)
            # The page knows it, unless it comes out otherwise.
            if ipywidgets.plain(getattr(ipywidgets.made[widget], name)) == value:
                ipywidgets.changed.get(widget, {}).pop(name, None)

    def _message(self, widget: str, content: object) -> None:
        """Hand on what the page has sent to a widget."""
        ipywidgets.made[widget].hear(content)

    def _changes(self) -> dict[str, dict[str, Any]]:
        """What the page has to follow; of a widget that it has not met, all that it is."""
        found = {}
        for name, traits in ipywidgets.changed.items():
            state = ipywidgets.made[name].get_state()
            found[name] = {t: state[t] for t in traits} if name in self.told else state
        ipywidgets.changed.clear()
        self.told.update(found)
        return {name: state for name, state in found.items() if state}


def _said() -> list[tuple[str, object]]:
    said = list(ipywidgets.said)
    ipywidgets.said.clear()
    return said


def shown(thing: object) -> Output:
    """What a page can show of something."""
    bundle: Any = getattr(thing, "_repr_mimebundle_", None)
    if bundle is not None:
        data = bundle(include=None, exclude=None)
        return {"data": data[0] if isinstance(data, tuple) else data}
    found: dict[str, Any] = {"text/plain": repr(thing)}
    for kind in ("html", "markdown"):
        written = getattr(thing, f"_repr_{kind}_", None)
        if written is not None:
            found[f"text/{kind}"] = written()
    return {"data": found}


def in_words(error: BaseException) -> str:
    """An error as a reader wants it: the lines of the cell, and what was raised.

    >>> in_words(OcallkitError("no such design"))
    'no such design'
    """
    if isinstance(error, ModuleNotFoundError):
        return f"{error}: a page has {PACKAGES}. Run this cell in JupyterLab (`make lab`)."
    if isinstance(error, OcallkitError):
        return str(error)
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename[:5] == "<cell"]
    lines = [*traceback.format_list(frames), *traceback.format_exception_only(error)]
    return "".join(lines).rstrip("\n")


def main() -> None:
    """Run the cells that stand as JSON in the input, each after the other; write the answers."""
    kernel = Kernel()
    answers = [kernel.ask("run", source) for source in json.load(sys.stdin)]
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
