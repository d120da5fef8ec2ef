"""A notebook as a page in Markdown."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from docutils.nodes import make_id

from ocallkit.widgets.live import PLACE as LIVE
from tools.site import widgets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from nbformat import NotebookNode

    from tools.site.matrix import Recorded
    from tools.site.runs import Runs
    from tools.site.stored import Told
    from tools.site.widgets import Modules, State

PLACE: Final = re.compile(f'{LIVE}="([0-9a-f]+)"')
IN_MARKDOWN: Final = re.compile(r"(?<=\]\()([\w-]+)\.ipynb(#[^)\s]*)?")
IN_HTML: Final = re.compile(r'(?<=href=")([\w-]+)\.ipynb(#[^"]*)?')
"""Links to another notebook, perhaps to a heading in it."""


class Pages:
    """Turns notebooks into pages.

    `modules` collects what their widgets need, `runs` the runs that they step through; `matrix`
    gives the matrix that can be shown without a kernel, and is called only if a notebook has one.
    """

    def __init__(self, modules: Modules, runs: Runs, matrix: Callable[[], Recorded]) -> None:
        self.modules = modules
        self.runs = runs
        self.matrix = matrix

    def page(self, told: Told) -> str:
        """Write a notebook as Markdown, its outputs as they show in JupyterLab.

        Raises ValueError for an output of which a page could show nothing.
        """
        parts: list[str] = []
        for place, cell in enumerate(told.notebook.cells):
            if cell.cell_type == "markdown":
                parts.append(link(IN_MARKDOWN, "md", cell.source))
                continue
            outputs = told.answers.get(place, cell.outputs)
            parts.append(whole(cell, *self._outputs(outputs, told.widgets)))
        return "\n\n".join(parts) + "\n"

    def _outputs(
        self, outputs: Sequence[Mapping[str, Any]], states: Mapping[str, State]
    ) -> Iterator[str]:
        for output in outputs:
            if "text" in output:
                yield plain(output["text"])
            elif "ename" in output:
                yield plain(f"{output['ename']}: {output['evalue']}")
            else:
                yield self._shown(output["data"], states)

    def _shown(self, bundle: Mapping[str, Any], states: Mapping[str, State]) -> str:
        html = bundle.get("text/html", "")
        if place := PLACE.search(html):
            html = self._widget(widgets.living(states, place[1]), html)
        if html:
            return raw(link(IN_HTML, "html", html))
        if "text/markdown" in bundle:
            return str(bundle["text/markdown"])
        if "text/plain" in bundle:
            return plain(bundle["text/plain"])
        raise ValueError(f"a page can show none of {', '.join(bundle)}: give it text/html")

    def _widget(self, state: State, picture: str) -> str:
        """A widget that has all its data; of one that asks a kernel its picture."""
        if "_esm" not in state:
            return picture
        # A lab comes to life where the page runs Python.
        module, content = self.modules.add(state), widgets.data(state)
        if "asked" not in content:
            if "story" in content:
                self.runs.add(content["story"])
            return widgets.element(module, content, picture)
        if module.endswith(".MatrixPanel"):
            recorded = self.matrix()
            if recorded.start == content:
                return matrix_element(recorded)
        return picture


def code(cell: NotebookNode) -> Iterator[str]:
    """Write the code of a cell, folded away where it is so in the notebook."""
    folded = cell.metadata.get("jupyter", {}).get("source_hidden", False)
    if folded:
        yield fence("{raw} html", "<details><summary>The code</summary>")
    yield fence("python", cell.source)
    if folded:
        yield fence("{raw} html", "</details>")


def link(pattern: re.Pattern[str], suffix: str, text: str) -> str:
    """Let links to notebooks go to their pages, where headings have other names.

    >>> link(IN_HTML, "html", '<a href="10-all.ipynb#Does-it-hold?">')
    '<a href="10-all.html#does-it-hold">'
    """

    def to_page(found: re.Match[str]) -> str:
        heading = f"#{make_id(unquote(unescape(found[2])))}" if found[2] else ""
        return f"{found[1]}.{suffix}{heading}"

    return pattern.sub(to_page, text)


def matrix_element(recorded: Recorded) -> str:
    """Write the place of the matrix; its data are in a file for all pages."""
    script = '<script src="_static/matrix.js"></script>'
    return script + widgets.element(recorded.module, None, recorded.picture)


def whole(cell: NotebookNode, *outputs: str) -> str:
    """Write a cell: its code, what it shows, and where that ends."""
    end = fence("{raw} html", '<div class="outputs-end"></div>')
    return "\n\n".join((*code(cell), *outputs, end))


def plain(text: str) -> str:
    """Write text as it would stand in a terminal."""
    return fence("{code-block} text\n:class: output\n", text.rstrip("\n"))


def raw(html: str) -> str:
    """Write HTML that the page takes as it is."""
    return fence("{raw} html", f'<div class="output">{html}</div>')


def fence(kind: str, text: str) -> str:
    r"""Put text between backticks, more of them than it has itself.

    >>> fence("text", "a ```` b").splitlines()
    ['`````text', 'a ```` b', '`````']
    """
    most = max((len(ticks) for ticks in re.findall("`+", text)), default=0)
    ticks = "`" * max(3, most + 1)
    return f"{ticks}{kind}\n{text}\n{ticks}"
