"""What is published can be installed, with and without Jupyter, and does the same as here."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from email import message_from_string
from pathlib import Path

import pytest

from ocallkit import __version__, judge, run
from tests.test_testing import FILES
from tools.store_notebooks import ROOT

SITE = Path(sysconfig.get_path("purelib"))
"""What is installed where the tests run."""
NEEDED = ("msgspec",)
"""What the package cannot do without."""


def called(*words: str | Path, cwd: Path) -> str:
    """What a program prints, which has to end well."""
    done = subprocess.run(words, cwd=cwd, check=False, capture_output=True, text=True, timeout=60)
    assert (0, "") == (done.returncode, done.stderr)
    return done.stdout


@pytest.fixture(scope="module", name="sources")
def _sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources as they are published, unpacked."""
    folder = tmp_path_factory.mktemp("sources")
    build(ROOT, "sdist", folder)
    with tarfile.open(folder / f"ocallkit-{__version__}.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    return folder / f"ocallkit-{__version__}"


@pytest.fixture(scope="module", name="wheel")
def _wheel(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that is built from those."""
    folder = tmp_path_factory.mktemp("wheel")
    build(sources, "wheel", folder)
    return folder / f"ocallkit-{__version__}-py3-none-any.whl"


def build(project: Path, target: str, folder: Path) -> None:
    """Build with the backend that pyproject.toml names; nothing is downloaded."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", folder],
        cwd=project,
        check=True,
        capture_output=True,
        timeout=60,
    )


def installed(wheel: Path, folder: Path, *others: Path) -> Path:
    """The folder of the programs of an environment that has the wheel and those folders."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True, timeout=60)
    programs = folder / "bin"
    pip = (sys.executable, "-m", "pip", "--python", str(programs / "python"), "install", "--quiet")
    offline = ("--disable-pip-version-check", "--no-index", "--no-deps", "--no-compile")
    subprocess.run((*pip, *offline, str(wheel)), check=True, timeout=60)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    others_file = folder / "lib" / version / "site-packages" / "others.pth"
    others_file.write_text("".join(f"{other}\n" for other in others))
    return programs


@pytest.fixture(scope="module", name="bare")
def _bare(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment without Jupyter."""
    needed = tmp_path_factory.mktemp("needed")
    for name in NEEDED:
        (needed / name).symlink_to(SITE / name)
    return installed(wheel, tmp_path_factory.mktemp("bare"), needed)


@pytest.fixture(scope="module", name="lab")
def _lab(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with everything that the extra `lab` asks for."""
    return installed(wheel, tmp_path_factory.mktemp("lab"), SITE)


def files(folder: Path) -> set[str]:
    """Every file below a folder that is no byte code, by its path from where the folder lies."""
    return {
        path.relative_to(folder.parent).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_has_every_file_of_the_package_and_none_else(wheel: Path) -> None:
    """Code, types, JavaScript, styles, findings; and what says what it is."""
    names = set(zipfile.ZipFile(wheel).namelist())
    about = f"ocallkit-{__version__}.dist-info"
    its_own = {name for name in names if not name.startswith(f"{about}/")}
    assert files(ROOT / "ocallkit") == its_own
    kinds = {Path(name).suffix for name in its_own}
    assert {".py", ".js", ".css", ".txt", ".json", ".typed"} == kinds
    assert f"{about}/licenses/LICENSE" in names


def test_the_wheel_says_what_it_is_and_what_it_needs(wheel: Path) -> None:
    """Its version is the package's; Jupyter is asked for by the extra `lab` only."""
    about = f"ocallkit-{__version__}.dist-info/METADATA"
    said = message_from_string(zipfile.ZipFile(wheel).read(about).decode())
    assert ("ocallkit", __version__) == (said["Name"], said["Version"])
    always = [need for need in said.get_all("Requires-Dist", []) if "extra ==" not in need]
    assert [*NEEDED] == [need.partition("<")[0] for need in always]
    assert "lab" in said.get_all("Provides-Extra", [])


def test_the_sources_have_all_that_the_project_is_made_of(sources: Path) -> None:
    """Whoever has them can read, test and build it."""
    places = ("ocallkit", "notebooks", "figures", "tests", "tools", "benchmarks")
    expected = set().union(*(files(ROOT / place) for place in places))
    left_out = {name for name in expected if not (sources / name).is_file()}
    assert set() == {name for name in left_out if ".ipynb_checkpoints" not in name}
    beside = ("Makefile", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "conftest.py")
    assert [*beside] == [name for name in beside if (sources / name).is_file()]


@pytest.mark.long
@pytest.mark.parametrize("command", [("ocallkit",), ("python", "-m", "ocallkit")])
def test_the_command_does_the_same_without_jupyter(
    command: tuple[str, ...], bare: Path, tmp_path: Path
) -> None:
    """By both of its names: its version, a Run, a verdict."""
    program, *more = command
    words = (str(bare / program), *more)
    assert f"ocallkit {__version__}\n" == called(*words, "--version", cwd=tmp_path)
    assert run("flow-1").text() + "\n" == called(*words, "show", "flow-1", cwd=tmp_path)
    checked = called(*words, "check", "--scenario", "flow-1", cwd=tmp_path)
    assert judge("flow-1").summary == checked.splitlines()[0]


def test_without_jupyter_a_widget_says_how_to_get_it(bare: Path, tmp_path: Path) -> None:
    """In the last line, which can be pasted; a timeline says the same of matplotlib."""
    widget = "import ocallkit.widgets, ocallkit.widgets.stepper"
    timeline = (
        "from ocallkit import run; from ocallkit.view.timeline import to_timeline;"
        " to_timeline(run('flow-1'))"
    )
    said = [
        subprocess.run(
            [bare / "python", "-c", code],
            check=False,
            capture_output=True,
            text=True,
            cwd=tmp_path,
            timeout=60,
        ).stderr.splitlines()[-1]
        for code in (widget, timeline)
    ]
    expected = [
        f"ocallkit.extras.MissingExtraError: {name} is not installed: pip install 'ocallkit[lab]'"
        for name in ("ipywidgets", "matplotlib")
    ]
    assert expected == said


def test_without_jupyter_everything_else_is_there(bare: Path, tmp_path: Path) -> None:
    """Each module but the widgets can be imported."""
    code = """
import importlib, pkgutil, ocallkit
names = [m.name for m in pkgutil.walk_packages(ocallkit.__path__, "ocallkit.")]
rest = [n for n in names if not n.startswith("ocallkit.widgets.") and n != "ocallkit.__main__"]
print(len([importlib.import_module(name) for name in rest]))
"""
    assert int(called(bare / "python", "-c", code, cwd=tmp_path)) > 100


def test_with_jupyter_the_widgets_are_there(lab: Path, tmp_path: Path) -> None:
    """With their JavaScript, which comes from the wheel."""
    code = """
import ocallkit, ocallkit.widgets
from ocallkit.widgets.stepper import Stepper
print(ocallkit.__file__)
print("export" in str(Stepper._esm))
"""
    place, has_script = called(lab / "python", "-c", code, cwd=tmp_path).splitlines()
    assert (lab.parent, "True") == (Path(place).parents[4], has_script)


@pytest.mark.long
def test_pytest_finds_the_plugin_of_the_wheel(lab: Path, tmp_path: Path) -> None:
    """By its entry point: nobody has to ask for it."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    pins = ("--design", "mine.py:Mine", "--scenario", "flow-1", "--scenario", "flow-2")
    called(lab / "ocallkit", "pin", *pins, "--out", "mine.pins", cwd=tmp_path)
    said = called(lab / "python", "-m", "pytest", "-q", "-W", "error", cwd=tmp_path)
    assert "4 passed" in said
