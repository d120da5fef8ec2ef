"""Look for everything that breaks under `posted`, and keep what was found.

The same for what breaks under `hardened` where one of its decisions is taken back.  It takes half
an hour on two cores.  `make findings` writes the records anew; what they say is replayed wherever
it is shown.
"""

import os
import sys
from concurrent.futures import ProcessPoolExecutor

from ocallkit.designs import Hardened, Posted
from ocallkit.findings import needed
from ocallkit.findings.healing import Cell
from ocallkit.findings.record import RECORD, as_text
from ocallkit.findings.search import Broken, cells, search


def look(cell: Cell) -> list[Broken]:
    """What breaks in one cell."""
    return search(Posted, Hardened, [cell])


def main() -> int:
    """Search every cell, and write down what breaks."""
    every = cells()
    found: list[Broken] = []
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for number, (cell, new) in enumerate(zip(every, pool.map(look, every), strict=True), 1):
            found += new
            told = f"{number}/{len(every)} {cell.scenario} t{cell.threads}: {len(new)}"
            print(told, file=sys.stderr, flush=True)
            # What was found is there, whatever becomes of the rest.
            RECORD.write_text(as_text(found), encoding="utf-8")
    needed.RECORD.write_text(needed.as_text(needed.search()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
