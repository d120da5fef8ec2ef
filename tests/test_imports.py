"""Imports go one way: what is lower down knows nothing of what is built on it."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import ocallkit

PACKAGE = Path(ocallkit.__file__).parent
LAYERS = (
    ("engine", "abi"),
    ("model",),
    ("designs", "scenarios", "grammar", "examples", "properties", "reached"),
    ("system", "specs", "templates"),
    ("path",),
    ("replay", "compare", "own_properties", "verdict", "matrix", "disturbs", "misused"),
    ("hunting", "claims", "review"),
    ("findings",),
    ("view",),
    ("labs",),
    ("widgets", "lesson"),
    ("cli", "__init__"),
)
"""From the ground up; a module may import its own layer and those before it."""
LEVEL = {part: level for level, parts in enumerate(LAYERS) for part in parts}
SHOW_THEMSELVES = {"path", "replay", "compare", "verdict", "matrix"}
"""What loads a view or a widget inside a function, when it is asked to show itself."""
MODULES = sorted(PACKAGE.rglob("*.py"))


def part_of(path: Path) -> str:
    """The part of the package to which a file belongs."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imported(tree: ast.AST, *, inside_functions: bool) -> set[str]:
    """The parts of the package that are imported, but for types alone."""
    found: set[str] = set()
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            continue
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) and not inside_functions:
            continue
        if isinstance(child, ast.Import):
            found |= {alias.name for alias in child.names}
        if isinstance(child, ast.ImportFrom):
            assert 0 == child.level, "imports name modules from the root"
            found |= {f"{child.module}.{alias.name}" for alias in child.names}
        found |= {f"ocallkit.{part}" for part in imported(child, inside_functions=inside_functions)}
    names = (name.split(".") for name in found)
    return {(name[1:] or ["__init__"])[0] for name in names if name[0] == "ocallkit"} & set(LEVEL)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_nothing_that_is_built_on_it(path: Path) -> None:
    """What a run loads when it shows itself is the only exception, and only inside a function."""
    part = part_of(path)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    above = {p for p in imported(tree, inside_functions=True) if LEVEL[p] > LEVEL[part]}
    assert above <= ({"view", "widgets"} if part in SHOW_THEMSELVES else set())
    assert not {p for p in imported(tree, inside_functions=False) if LEVEL[p] > LEVEL[part]}


def test_every_part_has_its_place() -> None:
    """A new part of the package says where it belongs."""
    assert {part_of(path) for path in MODULES} <= set(LEVEL)


def loaded_by(statements: str) -> set[str]:
    """What a fresh interpreter has loaded after `statements`, but for what it starts with."""
    code = (
        f"import sys\nbefore = set(sys.modules)\n{statements}\nprint(*sys.modules.keys() - before)"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in shown.stdout.split()}


def test_importing_the_package_loads_nothing_but_what_a_model_needs() -> None:
    """No matplotlib, no IPython, nothing that draws: msgspec is all that is not Python's own."""
    loaded = loaded_by("import ocallkit")
    others = {name for name in loaded - sys.stdlib_module_names if not name.startswith("_")}
    # msgspec looks for typing_extensions, and does without it.
    assert {"ocallkit", "msgspec"} == others - {"typing_extensions"}


def test_showing_a_run_as_text_loads_no_library_that_draws() -> None:
    """`ocallkit show` needs neither Jupyter nor matplotlib."""
    loaded = loaded_by("from ocallkit.cli import main\nmain(['show', 'flow-1', '--format', 'svg'])")
    assert not loaded & {"matplotlib", "numpy", "IPython", "ipywidgets", "anywidget"}
