"""Judge every claim and every statement about mainline, and keep what they come to.

It takes some minutes.  `make claims` writes the record anew; `make long` compares it.
"""

import sys

from ocallkit.claims import ledger, mainline
from ocallkit.claims.record import RECORD, Line, as_text


def main() -> int:
    """Write the record."""
    found = ledger()
    cells = {cell for one in found for cell in one.outcomes}
    lines = {}
    for one in (*found, *mainline.ledger()):
        lines[one.id] = Line.of(one)
        print(f"{one.id} {one.verdict}", file=sys.stderr, flush=True)
    RECORD.write_text(as_text(len(cells), lines), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
