"""What a run of the tests has left out, by its report: notebooks, examples, files of tests.

A test that is not collected fails nowhere, so the files say what there is to test.
"""

import ast
import json
import re
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

AN_EXAMPLE = re.compile(r"^\s*>>> ", re.MULTILINE)
OF_ANOTHER_COMMAND = re.compile(r"""^pytest\.mark\.(browser|long|whole)\b""")
"""A mark of a test, or of all tests of a file, which another command runs."""
ALL_OF_ANOTHER = re.compile(r"""add_marker\("?(pytest\.mark\.)?(browser|long|whole)\b""")
"""In the settings beside files whose tests all belong to another command."""
SETTINGS = "conftest.py"


def untested(report: Path, root: Path) -> list[str]:
    """What lies below `root` and was not tested, one line each, by pytest's report as JUnit XML.

    A skipped test counts for its file, but a skipped cell of a notebook is one that nobody ran.
    """
    if not report.is_file():
        return ["anything: there is no report"]
    ran: Counter[str] = Counter()
    cells: Counter[str] = Counter()
    # It was written by pytest a moment ago.
    for case in ET.parse(report).iter("testcase"):  # noqa: S314
        # The parts of a file's path with dots between them, without its .py; perhaps a class of it.
        place = case.get("classname", "")
        ran.update((place, place.rpartition(".")[0]))
        cells[place] += case.find("skipped") is None
    return [
        *_notebooks(root, cells),
        *_missing("examples", root, _with_examples(root), ran),
        *_missing("tests", root, _of_tests(root), ran),
    ]


def _notebooks(root: Path, cells: Counter[str]) -> list[str]:
    """The notebooks of which not every cell was run."""
    paths = sorted((root / "notebooks").glob("*.ipynb"))
    counts = {path: (cells[_place(path, root)], _number_of_cells(path)) for path in paths}
    gaps = [
        f"notebooks/{path.name}: {done} of {there_are} cells"
        for path, (done, there_are) in counts.items()
        if done != there_are
    ]
    return gaps if paths else ["notebooks: there are none in notebooks/"]


def _number_of_cells(path: Path) -> int:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return sum(cell["cell_type"] == "code" for cell in cells)


def _with_examples(root: Path) -> list[Path]:
    """The modules of the package that have an example in a docstring."""
    paths = sorted((root / "ocallkit").rglob("*.py"))
    return [path for path in paths if AN_EXAMPLE.search(path.read_text(encoding="utf-8"))]


def _of_tests(root: Path) -> list[Path]:
    """The files of tests of which at least one belongs to this command."""
    paths = sorted((root / "tests").rglob("test_*.py"))
    return [path for path in paths if not (_is_marked(path) or _is_set(path.parent / SETTINGS))]


def _is_marked(path: Path) -> bool:
    """Whether each test of a file is of another command, by its own mark or by the file's."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and "pytestmark" in map(ast.unparse, node.targets):
            marks = node.value.elts if isinstance(node.value, ast.List) else [node.value]
            if _is_of_another(marks):
                return True
    tests = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    tests = [test for test in tests if test.name.startswith("test_")]
    return bool(tests) and all(_is_of_another(test.decorator_list) for test in tests)


def _is_of_another(marks: list[ast.expr]) -> bool:
    return any(OF_ANOTHER_COMMAND.match(ast.unparse(mark)) for mark in marks)


def _is_set(path: Path) -> bool:
    return path.is_file() and bool(ALL_OF_ANOTHER.search(path.read_text(encoding="utf-8")))


def _missing(what: str, root: Path, paths: list[Path], ran: Counter[str]) -> list[str]:
    """Those files of which nothing was run; and that there is none, where there is none."""
    gaps = [str(path.relative_to(root)) for path in paths if not ran[_place(path, root)]]
    return gaps if paths else [f"{what}: there are none"]


def _place(path: Path, root: Path) -> str:
    """What pytest's report calls a file."""
    inside = path.relative_to(root)
    return ".".join([*inside.parts[:-1], inside.name.removesuffix(".py")])
