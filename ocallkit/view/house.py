"""The parts of this package and what each imports, as they stand in its own source.

The picture of the house is drawn from these: a part stands on all that it imports.
"""

from __future__ import annotations

import ast
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ocallkit.errors import UsageError
from ocallkit.view import palette
from ocallkit.view.fonts import BOLD, width
from ocallkit.view.measures import FONT, LINE, MARGIN, TITLE_FONT
from ocallkit.view.shapes import box, escaped, opening, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PACKAGE = Path(__file__).parents[1]
NAME = PACKAGE.name

QUIET: Final = f' fill="{palette.QUIET}"'

Graph = dict[str, set[str]]
"""For each part of the package those that it imports."""


def imports(package: Path = PACKAGE) -> Graph:
    """What each part imports, in functions too; not what it names for the sake of types alone.

    A part is a folder of the package or a module beside the folders.  What the package's own name
    gives stands in its parts: `__init__`, `__main__` and what they attach are no part of it.

    >>> sorted(imports()["engine"])
    ['brief', 'errors']
    """
    found: Graph = {}
    for path in sorted(package.rglob("*.py")):
        part = path.relative_to(package).with_suffix("").parts[0]
        if not part.startswith("_"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            found.setdefault(part, set()).update(_named_in(tree))
    return {
        part: {name for name in names if name in found} - {part} for part, names in found.items()
    }


def _named_in(tree: ast.AST) -> Iterator[str]:
    """The parts that a piece of code imports when it runs."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            continue
        if isinstance(child, ast.Import):
            names = [alias.name for alias in child.names]
        elif isinstance(child, ast.ImportFrom):
            names = [f"{child.module}.{alias.name}" for alias in child.names]
        else:
            names = []
        yield from (name.split(".")[1] for name in names if name.startswith(f"{NAME}."))
        yield from _named_in(child)


def floors(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """The parts from the ground up: each stands right above the highest of those that it imports.

    >>> floors({"view": {"model", "engine"}, "model": {"engine"}, "engine": set()})
    [['engine'], ['model'], ['view']]

    Raises UsageError where parts import each other in a circle.
    """
    height: dict[str, int] = {}
    while len(height) < len(graph):
        ready = [
            part for part, below in graph.items() if part not in height and below <= height.keys()
        ]
        if not ready:
            circle = ", ".join(sorted(graph.keys() - height.keys()))
            raise UsageError(f"there is a circle of imports in {circle}")
        for part in ready:
            height[part] = max((height[name] + 1 for name in graph[part]), default=0)
    return [
        sorted(part for part, at in height.items() if at == floor)
        for floor in range(max(height.values()) + 1)
    ]


def purposes(package: Path = PACKAGE) -> dict[str, str]:
    """What each part is there for: the first line of its docstring, without its full stop."""
    found = {}
    for part in imports(package):
        folder = package / part
        path = folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")
        said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        found[part] = said.partition("\n")[0].removesuffix(".")
    return found


TITLE: Final = "The house: what each part is there for, and what it stands on"
TALL, SQUARE, GAP = LINE + 4, 20, 12
"""How high a row is, how wide a column of squares, and the room between columns."""


def house_svg(package: Path = PACKAGE) -> str:
    """Draw the parts of a package as SVG text, the ground below, a square for each import.

    A row's squares stand under the numbers of the parts that it imports: since a part imports
    only what is below it, no square stands right of the stairs.
    """
    graph, said = imports(package), purposes(package)
    stairs = [part for floor in floors(graph) for part in floor]
    number = {part: at for at, part in enumerate(stairs)}
    names = MARGIN + round(width("00", FONT)) + GAP
    words = names + GAP + round(max(width(part, FONT) for part in stairs) * BOLD)
    squares = words + GAP + round(max(width(line, FONT) for line in said.values()))
    top = 3 * LINE + MARGIN
    wide, high = squares + SQUARE * len(stairs) + MARGIN, top + TALL * len(stairs) + MARGIN
    digest = hashlib.sha256(repr([(p, said[p], sorted(graph[p])) for p in stairs]).encode())
    note = f"ocallkit house {digest.hexdigest()[:12]}"
    lines = [
        opening(note.replace(" ", "-"), (wide, high), TITLE, _in_words(stairs, graph), note),
        box(0.5, 0.5, (wide - 1, high - 1), palette.PAPER, f' stroke="{palette.FRAME}" rx="6"'),
        text(MARGIN, 27, TITLE, f' font-size="{TITLE_FONT}" font-weight="bold"'),
    ]
    for part, at in number.items():
        middle = squares + at * SQUARE + SQUARE / 2
        lines.append(text(middle, top - 8, str(at + 1), f'{QUIET} text-anchor="middle"'))
        y = top + TALL * (len(stairs) - 1 - at)
        lines.append(text(names - GAP, y + LINE, str(at + 1), f'{QUIET} text-anchor="end"'))
        lines.append(text(names, y + LINE, part, ' font-weight="bold"'))
        lines.append(text(words, y + LINE, said[part]))
        for below in stairs[:at]:
            left = squares + number[below] * SQUARE + 1.5
            fill = palette.INK if below in graph[part] else palette.BANDS["user space"]
            title = f"<title>{escaped(f'{part} imports {below}')}</title>"
            shape = box(left, y + 4, (SQUARE - 3, TALL - 6), fill, ' rx="2"')
            lines.append(f"<g>{title}{shape}</g>" if below in graph[part] else shape)
    return "\n".join((*lines, "</svg>\n"))


def _in_words(stairs: list[str], graph: Graph) -> str:
    """The same for who hears the picture."""
    return " ".join(
        f"{part} imports {', '.join(sorted(graph[part])) or 'nothing'}." for part in stairs
    )
