"""Imports go one way: what is lower down knows nothing of what is built on it."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import defaultdict
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest

import ocallkit

PACKAGE = Path(ocallkit.__file__).parent
LAYERS = (
    ("brief", "errors", "extras", "terminal", "version"),
    ("engine", "abi"),
    ("model",),
    ("properties", "designs", "scenarios"),
    ("api",),
    ("judging",),
    ("claims", "reviewing"),
    ("findings",),
    ("view",),
    ("labs",),
    ("widgets", "lesson"),
    ("_showing",),
    ("testing", "commands"),
    ("pytest_plugin", "cli", "__init__", "__main__"),
)
"""From the ground up; a module may import its own layer and those before it."""
LEVEL = {part: level for level, parts in enumerate(LAYERS) for part in parts}
JUDGING = (
    ("views", "schema"),
    ("assembly", "specs", "templates"),
    ("asked",),
    ("path",),
    ("notation",),
    ("branching", "tokens"),
    ("leaving",),
    ("own_properties",),
    ("verdict", "disturbs", "misused", "pinned"),
    ("comparing",),
    ("matrix",),
    ("hunting",),
)
"""The same within `judging`, but for types: a Run names what shows it, and is named there."""
WITHIN = {part: level for level, parts in enumerate(JUDGING) for part in parts}
MODULES = sorted(PACKAGE.rglob("*.py"))
THEMES = {
    "argument_pages",
    "boot",
    "call_queue",
    "mainline",
    "octets",
    "opening",
    "record",
    "rpc_cache",
    "serving",
    "threads",
    "wire",
    "world",
}
"""What several layers speak of, each for itself, under its one name."""


def part_of(path: Path) -> str:
    """The part of the package to which a file belongs."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imported(path: Path, *, for_types: bool = True) -> set[tuple[str, ...]]:
    """The modules of the package that a file names anywhere, in functions and for types too."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {name[1:] for name in named_in(tree, for_types=for_types) if name[0] == "ocallkit"}


def named_in(tree: ast.AST, *, for_types: bool) -> set[tuple[str, ...]]:
    """What is imported in a piece of code; without `for_types`, when it runs."""
    found: set[tuple[str, ...]] = set()
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            if for_types:
                found |= named_in(child, for_types=for_types)
            continue
        if isinstance(child, ast.Import):
            found |= {tuple(alias.name.split(".")) for alias in child.names}
        elif isinstance(child, ast.ImportFrom):
            assert 0 == child.level, "imports name modules from the root"
            found |= {(*str(child.module).split("."), alias.name) for alias in child.names}
        else:
            found |= named_in(child, for_types=for_types)
    return found


def layer(name: tuple[str, ...]) -> int:
    """How high something stands; a name of the package itself where it is taken from."""
    if name and name[0] in LEVEL:
        return LEVEL[name[0]]
    where = {short: module for module, names in taken_from().items() for short in names}
    return LEVEL[where.get(name[0] if name else "", "__init__")]


def taken_from() -> dict[str, set[str]]:
    """The names that the package has, by the part in which each stands."""
    found: dict[str, set[str]] = defaultdict(set)
    for name in dir(ocallkit):
        module = getattr(getattr(ocallkit, name), "__module__", "ocallkit.__init__")
        found[module.split(".")[1]].add(name)
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_nothing_that_is_built_on_it(path: Path) -> None:
    """Neither when it is loaded, nor in a function, nor for its types alone."""
    here = LEVEL[part_of(path)]
    assert set() == {".".join(name) for name in imported(path) if layer(name) > here}


@pytest.mark.parametrize(
    "path", sorted((PACKAGE / "judging").rglob("*.py")), ids=lambda path: "/".join(path.parts[-2:])
)
def test_what_judges_is_built_in_one_direction_too(path: Path) -> None:
    """A path knows no verdict, a verdict no matrix."""
    here = path.relative_to(PACKAGE / "judging").with_suffix("").parts[0]
    names = {name[1] for name in imported(path, for_types=False) if name[:1] == ("judging",)}
    assert names <= WITHIN.keys()
    assert set() == {name for name in names if WITHIN[name] > WITHIN.get(here, -1)}


def test_an_import_is_seen_wherever_it_stands(tmp_path: Path) -> None:
    """At the top, in a function, and in a block for types."""
    code = (
        "import ocallkit.abi.smc\n"
        "if TYPE_CHECKING:\n    from ocallkit.view import svg\n"
        "def shows():\n    from ocallkit import Run\n"
    )
    (file := tmp_path / "some.py").write_text(code, encoding="utf-8")
    assert {("abi", "smc"), ("view", "svg"), ("Run",)} == imported(file)
    assert {("abi", "smc"), ("Run",)} == imported(file, for_types=False)
    assert [LEVEL["view"], LEVEL["judging"]] == [layer(("view", "svg")), layer(("Run",))]


def test_every_part_has_its_place() -> None:
    """A new part of the package says where it belongs, and one that is gone has none."""
    assert {part_of(path) for path in MODULES} == set(LEVEL)
    within = [path.relative_to(PACKAGE / "judging") for path in PACKAGE.glob("judging/**/*.py")]
    assert {path.with_suffix("").parts[0] for path in within} - {"__init__"} == set(WITHIN)


def test_what_means_something_else_has_a_name_of_its_own() -> None:
    """Of two files that are called alike, each tells what the other does in another layer."""
    files = [path.stem for path in MODULES if path.stem != "__init__"]
    assert {name for name in files if files.count(name) > 1} == THEMES


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("__init__.py")), ids=lambda path: "/".join(path.parts[-3:-1])
)
def test_no_name_hides_a_module(path: Path) -> None:
    """What a package has under a module's name is that module, not a function of it."""
    package = ".".join(path.parent.relative_to(PACKAGE.parent).parts)
    for module in iter_modules([str(path.parent)]):
        found = import_module(f"{package}.{module.name}")
        assert found is getattr(import_module(package), module.name)


def loaded_by(statements: str) -> set[str]:
    """What a fresh interpreter has loaded after `statements`, but for what it starts with."""
    code = (
        f"import sys\nbefore = set(sys.modules)\n{statements}\nprint(*sys.modules.keys() - before)"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(shown.stdout.split())


def libraries(loaded: set[str]) -> set[str]:
    """Those that are not Python's own, by the names of their packages."""
    whole = {name.partition(".")[0] for name in loaded}
    return {name for name in whole - sys.stdlib_module_names if not name.startswith("_")}


def test_importing_the_package_loads_next_to_nothing() -> None:
    """What its names stand for is loaded when one of them is asked for."""
    loaded = loaded_by("import ocallkit")
    ours = {name for name in loaded if name.startswith("ocallkit")}
    expected = {"ocallkit", "ocallkit.judging", "ocallkit.judging.views", "ocallkit.version"}
    assert expected == ours


def test_a_run_loads_nothing_but_what_a_model_needs() -> None:
    """No matplotlib, no IPython, nothing that draws: msgspec is all that is not Python's own."""
    loaded = loaded_by("from ocallkit import run\nrun('flow-1')")
    # msgspec looks for typing_extensions, and does without it.
    assert {"ocallkit", "msgspec"} == libraries(loaded) - {"typing_extensions"}
    assert not {name for name in loaded if name.startswith(("ocallkit.view", "ocallkit.widgets"))}


def test_showing_a_run_as_text_loads_no_library_that_draws() -> None:
    """`ocallkit show` needs neither Jupyter nor matplotlib."""
    loaded = loaded_by("from ocallkit.cli import main\nmain(['show', 'flow-1', '--format', 'svg'])")
    assert not libraries(loaded) & {"matplotlib", "numpy", "IPython", "ipywidgets", "anywidget"}
