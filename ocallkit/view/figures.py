"""The pictures in `figures/`, all made from the model: ``python -m ocallkit.view.figures``.

Each file carries the digest of the run that it shows, so that an old one is found.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ocallkit.path import run
from ocallkit.view.svg import to_svg
from ocallkit.view.timeline import timeline_svg

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ocallkit.view.trace import Trace

FOLDER = Path("figures")


def _references(trace: Trace) -> str:
    return to_svg(trace, references=True)


FIGURES: dict[str, tuple[str, Callable[[Trace], str]]] = {
    "flow-1.svg": ("flow-1", to_svg),
    "flow-1-timeline.svg": ("flow-1", timeline_svg),
    "flow-2.svg": ("flow-2", to_svg),
    "flow-2-references.svg": ("flow-2", _references),
    "flow-2-timeline.svg": ("flow-2", timeline_svg),
}
"""For each file the scenario that it shows, under the design `ecall`, and how it is drawn."""

OWN = tuple(name for name in FIGURES if not name.endswith("-timeline.svg"))
"""The files whose bytes no library but this one decides."""


def draw(name: str) -> str:
    """Make the text of one figure."""
    scenario, drawing = FIGURES[name]
    return drawing(run(scenario, design="ecall"))


def digest_in(svg: str) -> str:
    """Read from a picture's metadata the digest of its run; empty where it has none."""
    found = re.search(r"ocallkit run ([0-9a-f]+)", svg)
    return found[1] if found else ""


def stale(folder: Path) -> list[str]:
    """Name the figures that are missing or show another run than the model makes now.

    Of those that this package draws by itself every byte must be the same.  A timeline's bytes
    are matplotlib's, and its version's: there the digest decides.
    """
    return [name for name in FIGURES if not _is_current(folder / name)]


def _is_current(path: Path) -> bool:
    if not path.is_file():
        return False
    stored = path.read_text(encoding="utf-8")
    if path.name in OWN:
        return stored == draw(path.name)
    scenario, _ = FIGURES[path.name]
    return digest_in(stored) == run(scenario, design="ecall").digest


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the figures, or with ``--check`` name those that are stale; return an exit status."""
    parser = argparse.ArgumentParser(prog="python -m ocallkit.view.figures", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, name what is stale")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the figures are")
    options = parser.parse_args(arguments)
    if options.check:
        old = stale(options.folder)
        sys.stderr.writelines(f"{options.folder / name} is stale: make figures\n" for name in old)
        return 1 if old else 0
    options.folder.mkdir(parents=True, exist_ok=True)
    for name in FIGURES:
        (options.folder / name).write_text(draw(name), encoding="utf-8")
        sys.stdout.write(f"{options.folder / name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
