"""The pictures in `figures/`, all made from the model: ``python -m ocallkit.view.figures``.

Each file carries the digest of the run, the verdicts or the steps that it shows, so that an old one
is found.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ocallkit.claims.record import themes
from ocallkit.judging.disturbs import disturbs
from ocallkit.judging.matrix import matrix
from ocallkit.judging.path import Run, run
from ocallkit.view.claims_figure import claims_svg
from ocallkit.view.disturbs_picture import disturbs_svg
from ocallkit.view.house import house_svg
from ocallkit.view.matrix_picture import matrix_svg
from ocallkit.view.svg import to_svg
from ocallkit.view.timeline import timeline_svg

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ocallkit.view.trace import Trace

FOLDER = Path("figures")

Figure = Callable[[], str]
"""Draws a picture."""


def _drawn(scenario: str, drawing: Callable[[Run], str]) -> Figure:
    """A figure of a scenario under the design `ecall`."""
    return lambda: drawing(run(scenario, design="ecall"))


def _references(trace: Trace) -> str:
    return to_svg(trace, references=True)


def _matrix() -> str:
    return matrix_svg(matrix())


def _disturbs() -> str:
    return disturbs_svg(disturbs())


def _claims() -> str:
    return claims_svg(themes())


FIGURES: dict[str, Figure] = {
    "flow-1.svg": _drawn("flow-1", to_svg),
    "flow-1-timeline.svg": _drawn("flow-1", timeline_svg),
    "flow-2.svg": _drawn("flow-2", to_svg),
    "flow-2-references.svg": _drawn("flow-2", _references),
    "flow-2-timeline.svg": _drawn("flow-2", timeline_svg),
    "matrix.svg": _matrix,
    "disturbs.svg": _disturbs,
    "claims.svg": _claims,
    "house.svg": house_svg,
}
"""How each file is drawn."""

OWN = tuple(name for name in FIGURES if not name.endswith("-timeline.svg"))
"""The files whose bytes no library but this one decides."""


@cache
def draw(name: str) -> str:
    """Make the text of one figure, once: the verdicts take a while to find."""
    return FIGURES[name]()


def digest_in(svg: str) -> str:
    """Read from a picture's metadata the digest of what it shows; empty where it has none."""
    found = re.search(r"ocallkit (?:run|matrix|disturbs|claims|house) ([0-9a-f]+)", svg)
    return found[1] if found else ""


def stale(folder: Path, names: Iterable[str] = FIGURES) -> list[str]:
    """Name those figures that are missing or show something else than the model makes now.

    Of those that this package draws by itself every byte must be the same.  A timeline's bytes
    are matplotlib's, and its version's: there the digest decides.
    """
    return [name for name in names if not _is_current(folder / name)]


def _is_current(path: Path) -> bool:
    if not path.is_file():
        return False
    stored, drawn = path.read_text(encoding="utf-8"), draw(path.name)
    return stored == drawn or (path.name not in OWN and digest_in(stored) == digest_in(drawn))


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the figures, or with ``--check`` name those that are stale; return an exit status."""
    parser = argparse.ArgumentParser(prog="python -m ocallkit.view.figures", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, name what is stale")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the figures are")
    parser.add_argument("names", nargs="*", default=[*FIGURES], help="which; if not given, all")
    options = parser.parse_args(arguments)
    if unknown := [name for name in options.names if name not in FIGURES]:
        parser.error(f"no figure is called {unknown[0]}; there are {', '.join(FIGURES)}")
    if options.check:
        old = stale(options.folder, options.names)
        sys.stderr.writelines(f"{options.folder / name} is stale: make figures\n" for name in old)
        return 1 if old else 0
    options.folder.mkdir(parents=True, exist_ok=True)
    for name in options.names:
        (options.folder / name).write_text(draw(name), encoding="utf-8")
        sys.stdout.write(f"{options.folder / name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
