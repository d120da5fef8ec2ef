"""The command `ocallkit`, as ``python -m ocallkit``."""

import sys

from ocallkit.cli import main

if __name__ == "__main__":
    sys.exit(main())
