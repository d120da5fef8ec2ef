"""Change the package a little in every place, and say which changes no test notices.

    make mutants                                  the files that differ from `main`
    make mutants FILES=ocallkit/properties/__init__.py     these
    make mutants FILES=all MINUTES=600            every file that pyproject.toml names

mutmut makes the changes and runs the tests; what it mutates and with which tests is in
pyproject.toml.  A change that nothing notices has its reason in tests/mutants/survivors.toml, or
the command ends with status 1; with 3 where the time was over before all were tried.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
SURVIVORS = ROOT / "tests" / "mutants" / "survivors.toml"

ALL = "all"
MINUTES = 30
WORKERS = 2

NOT_TRIED = "not checked"
UNNOTICED = {"survived", "no tests", "suspicious", "skipped"}
"""What mutmut says of a mutant that no test has failed for."""


class Survivor(NamedTuple):
    """A change that no test notices: a line of a file, what stands there instead, and why."""

    file: str
    line: str
    instead: str
    reason: str = ""

    @property
    def change(self) -> tuple[str, str, str]:
        """What it is told apart by."""
        return self.file, self.line, self.instead


def explained() -> list[Survivor]:
    """The survivors that have a reason; one reason may be that of several changes of a line."""
    entries = tomllib.loads(SURVIVORS.read_text()).get("survivor", [])
    return [
        Survivor(entry["file"], entry["line"], instead, entry["reason"])
        for entry in entries
        for instead in entry["instead"]
    ]


def scope() -> list[str]:
    """The files that can be mutated, as pyproject.toml says."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mutmut"]
    files = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("ocallkit/**/*.py"))
    return [
        file
        for file in files
        if any(fnmatch(file, wanted) for wanted in settings["only_mutate"])
        and not any(fnmatch(file, unwanted) for unwanted in settings["do_not_mutate"])
    ]


def changed() -> list[str]:
    """The files that differ from where this branch left `main`; on `main`, from its last commit."""
    base = git("merge-base", "main", "HEAD") or git("rev-parse", "HEAD")
    if base == git("rev-parse", "HEAD") and not git("diff", "--name-only", "HEAD"):
        base = git("rev-parse", "HEAD~1")
    new = git("ls-files", "--others", "--exclude-standard")
    return [*git("diff", "--name-only", base).splitlines(), *new.splitlines()]


def git(*arguments: str) -> str:
    """What git says, or nothing where it fails or is not there."""
    program = shutil.which("git")
    if not program:
        return ""
    done = subprocess.run(
        [program, *arguments], cwd=ROOT, check=False, capture_output=True, text=True
    )
    return done.stdout.strip() if done.returncode == 0 else ""


def module(file: str) -> str:
    """What a file is imported as.

    >>> module("ocallkit/engine/laps.py"), module("ocallkit/model/__init__.py")
    ('ocallkit.engine.laps', 'ocallkit.model')
    """
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def try_them(files: Iterable[str], minutes: float) -> bool:
    """Let mutmut try the mutants of these files; false if the time was over first.

    Its signal is its own: what it has started ends with it.
    """
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", str(WORKERS)]
    with subprocess.Popen(
        [*command, *(f"{module(file)}.*" for file in files)],
        cwd=ROOT,
        # Sets in the same order each time.
        env={**os.environ, "PYTHONHASHSEED": "0"},
        start_new_session=True,
    ) as running:
        try:
            running.wait(60 * minutes)
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            os.killpg(running.pid, signal.SIGTERM)
            return False
    return True


def results() -> dict[str, str]:
    """For each mutant what has become of it."""
    lines = mutmut("results", "--all", "true").splitlines()
    return dict(line.strip().rsplit(": ", 1) for line in lines if "__mutmut_" in line)


def mutmut(*arguments: str) -> str:
    """What mutmut prints."""
    command = [sys.executable, "-m", "mutmut", *arguments]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def what_changed(file: str, diff: str) -> Survivor:
    """The change that a diff shows: what goes and what comes, each on one line."""
    lines = diff.splitlines()
    old = (line[1:].strip() for line in lines if re.match(r"-(?!--)", line))
    new = (line[1:].strip() for line in lines if re.match(r"\+(?!\+\+)", line))
    return Survivor(file, " ".join(old), " ".join(new))


def report(files: Sequence[str]) -> int:
    """Say for each file how many changes were noticed, and name the others; gives the status."""
    known = {survivor.change for survivor in explained()}
    found = results()
    status = 0
    for file in files:
        prefix = f"{module(file)}.x"
        mine = {name: was for name, was in found.items() if name.startswith(prefix)}
        counts = Counter("unnoticed" if was in UNNOTICED else was for was in mine.values())
        tried = len(mine) - counts[NOT_TRIED]
        if not mine:
            continue
        noticed = tried - counts["unnoticed"]
        print(f"{file}: {noticed} of {tried} noticed ({share(noticed, tried)}), {len(mine)} in all")
        unnoticed = (name for name, was in mine.items() if was in UNNOTICED)
        new = [one for name in unnoticed if (one := shown(file, name)).change not in known]
        for one in new:
            print(f"    - {one.line}\n    + {one.instead}")
        status = 1 if new else status or 3 * (tried < len(mine))
    return status


def shown(file: str, mutant: str) -> Survivor:
    """The change that a mutant is."""
    return what_changed(file, mutmut("show", mutant))


def share(part: int, whole: int) -> str:
    """A part in per cent.

    >>> share(19, 20), share(0, 0)
    ('95.0 %', '-')
    """
    return f"{100 * part / whole:.1f} %" if whole else "-"


def main(arguments: Sequence[str]) -> int:
    """Try the mutants of the files that are asked for."""
    parser = argparse.ArgumentParser(prog="make mutants", description="see the head of the file")
    parser.add_argument("files", nargs="*", metavar="FILE", help=f"or {ALL}")
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--report", action="store_true", help="of what was tried before, only")
    asked = parser.parse_args(arguments)
    possible = scope()
    wanted = asked.files or changed()
    files = possible if wanted == [ALL] else [file for file in possible if file in wanted]
    if not files:
        print("nothing to mutate: no file that pyproject.toml names was changed")
        return 0
    in_time = asked.report or try_them(files, asked.minutes)
    status = report(files)
    return status if in_time or status else 3


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
