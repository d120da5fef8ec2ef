"""pyproject.toml, requirements.txt and environment.yml describe one environment."""

import re
import tomllib

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools.store_notebooks import ROOT

PROJECT = ROOT / "pyproject.toml"
LOCK = (ROOT / "requirements.txt").read_text()
CONDA = (ROOT / "environment.yml").read_text()
# Where conda-forge has a package under another name. matplotlib-base is matplotlib without the
# windows that no notebook opens.
ON_CONDA = {"matplotlib": "matplotlib-base", "playwright": "playwright-python"}
# What conda itself brings for an environment, besides the packages.
OF_CONDA = {"python", "pip"}
A_DEPENDENCY = re.compile(r'^    "[A-Za-z][\w-]*(\[[\w-]+\])?[<>=]')


def declared() -> list[Requirement]:
    """What pyproject.toml asks for, for every purpose."""
    project = tomllib.loads(PROJECT.read_text())["project"]
    lists = [project["dependencies"], *project["optional-dependencies"].values()]
    return [Requirement(line) for lines in lists for line in lines]


def locked() -> list[Requirement]:
    """What requirements.txt installs, on any platform."""
    lines = [line for line in LOCK.splitlines() if line and line[0] not in " #"]
    return [Requirement(line.removesuffix("\\").strip()) for line in lines]


def test_the_build_backend_is_locked_too() -> None:
    """The editable install can then build without a download."""
    project = tomllib.loads(PROJECT.read_text())
    assert {*project["build-system"]["requires"]} <= {str(needed) for needed in declared()}


def test_the_lock_has_every_dependency_in_a_version_that_is_asked_for() -> None:
    """Each requirement of pyproject.toml is met by each version that the lock may install."""
    wrong = [
        f"{needed}: locked {[str(pin.specifier) for pin in pins]}"
        for needed in declared()
        for pins in [[pin for pin in locked() if same(pin, needed)]]
        if not pins or not all(needed.specifier.contains(version(pin)) for pin in pins)
    ]
    expected: list[str] = []
    assert expected == wrong


def same(one: Requirement, other: Requirement) -> bool:
    """Whether two requirements are for one package."""
    return canonicalize_name(one.name) == canonicalize_name(other.name)


def version(pin: Requirement) -> str:
    """The version of a line of the lock."""
    (only,) = pin.specifier
    return only.version


def test_the_lock_pins_and_hashes_every_package() -> None:
    """Each line of the lock names one version, and a hash of a file follows it."""
    expected = len(locked())
    assert expected == len(
        re.findall(r"^\S+==\S+ .*\\\n +--hash=sha256:[0-9a-f]{64}", LOCK, re.MULTILINE)
    )


def test_the_lock_names_no_place() -> None:
    """Neither a registry's address, nor a folder, nor an option that would name one."""
    places = re.compile(r"://|(^|\s)[./~]|(^|\s)--(?!hash=)|\s-[a-z]\b")
    expected: list[str] = []
    assert expected == [line for line in LOCK.splitlines() if places.search(line)]


def test_every_dependency_has_its_reason() -> None:
    """A comment stands above each dependency in pyproject.toml."""
    lines = PROJECT.read_text().splitlines()
    listed = [number for number, line in enumerate(lines) if A_DEPENDENCY.match(line)]
    assert len(listed) == len(declared())
    expected: list[str] = []
    assert expected == [
        lines[number] for number in listed if not lines[number - 1].startswith("    # ")
    ]


def test_conda_gets_the_same_packages_in_the_same_versions() -> None:
    """environment.yml has the names of conda-forge, with the bounds of pyproject.toml."""
    expected = {ON_CONDA.get(needed.name, needed.name): needed.specifier for needed in declared()}
    listed = re.findall(
        r"^  - ([a-z][\w.<>=,-]*)$", CONDA.partition("dependencies:")[2], re.MULTILINE
    )
    found = {needed.name: needed.specifier for needed in map(Requirement, listed)}
    assert expected == {name: bounds for name, bounds in found.items() if name not in OF_CONDA}


def test_conda_gets_the_same_python() -> None:
    """The oldest Python is that of pyproject.toml."""
    oldest = tomllib.loads(PROJECT.read_text())["project"]["requires-python"]
    assert f"\n  - python{oldest}\n" in CONDA
