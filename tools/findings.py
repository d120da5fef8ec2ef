"""Look for what breaks under `posted`, and for what makes each decision of `hardened` necessary.

What is found is written to ocallkit/findings/, as lines that can be replayed.  It takes about half
an hour.
"""

import sys
from collections.abc import Sequence

from ocallkit.designs import Hardened, Posted
from ocallkit.findings import needed, record
from ocallkit.findings.search import cells, search


def main(arguments: Sequence[str] | None = None) -> int:
    """Write both records, or that which `arguments` name; return the exit status."""
    asked = tuple(sys.argv[1:] if arguments is None else arguments) or ("needed", "posted")
    if "needed" in asked:
        found = needed.search(report=tell)
        needed.RECORD.write_text(needed.as_text(found), encoding="utf-8")
    if "posted" in asked:
        broken = search(Posted, Hardened, cells(), report=tell)
        record.RECORD.write_text(record.as_text(broken), encoding="utf-8")
    return 0


def tell(line: str) -> None:
    """Say how far it is."""
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
