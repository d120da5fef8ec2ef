"""Compare every way to try a system out, in one system after the other, for as long as one likes.

    python -m tests.reductions --seconds 600 --seed 1 --siblings

With `--siblings` only those whose owners have several tasks, else clients of the model as well.
What differs is shrunk to a few words and printed as Python.  Ends with status 1 then, with 0 if all
agreed.
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.judging.agreement import compare
from tests.judging.drawn import made, systems
from tests.judging.ways import STATES, Disagreement, TooLargeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hypothesis.strategies import SearchStrategy

    from tests.engine.made import Made
    from tests.judging.own import OwnSystem

BATCH = 200
"""Systems under one seed; the next batch has the next."""

CLEAR_TO_END = "\033[K"


class Fuzz:
    """One fuzzing: what was compared so far, and the smallest that differs, if one does."""

    def __init__(self, states: int = STATES, *, siblings: bool = False) -> None:
        self.compared = 0
        self.too_large = 0
        self.found: tuple[OwnSystem | Made, Disagreement] | None = None
        self._states = states
        self._drawn: SearchStrategy[OwnSystem | Made] = made() if siblings else systems() | made()

    def run(self, first: int, seconds: float) -> None:
        """Batches from a seed on until the time is over, something differs, or it is stopped."""
        began = time.monotonic()
        number = first
        try:
            while not self.found and (spent := time.monotonic() - began) < seconds:
                self._progress(number, spent)
                self._batch(number, began + seconds)
                number += 1
        except KeyboardInterrupt:
            pass
        self._progress(None, 0)

    def _batch(self, number: int, until: float) -> None:
        @seed(number)
        @settings(
            max_examples=BATCH,
            database=None,
            deadline=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        @given(self._drawn)
        def batch(system: OwnSystem | Made) -> None:
            if not self.found and time.monotonic() > until:
                return
            try:
                difference = compare(system, self._states)
            except TooLargeError:
                self.too_large += 1
                return
            self.compared += not self.found
            if difference:
                # While it is shrunk the last that failed is the smallest.
                self.found = system, difference
                raise AssertionError

        try:
            batch()
        except AssertionError:
            if not self.found:
                raise

    def _progress(self, number: int | None, seconds: float) -> None:
        if not sys.stderr.isatty():
            return
        line = f"seed {number}: {self.compared:,} systems compared, {seconds:.0f} s"
        shown = "" if number is None else line
        print(f"\r{shown}{CLEAR_TO_END}", end="", file=sys.stderr, flush=True)

    def __str__(self) -> str:
        """What came of it, for a terminal."""
        counted = f"{self.compared:,} systems compared, {self.too_large:,} left out as too large"
        if not self.found:
            return f"{counted}: no way to try them out differs from another"
        system, difference = self.found
        return (
            f"{counted}, and one differs:\n\n  {system!r}\n\n"
            f"  {difference.way}\n  {difference.what}\n"
            f"  plainly: {difference.expected}\n  so:      {difference.found}\n\n"
            "See it again:\n\n"
            "  from tests.judging.agreement import compare\n"
            f"  from {type(system).__module__} import {type(system).__name__}\n"
            f"  compare({system!r}, 100_000)"
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzz as long as asked; gives the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.reductions")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of the first batch")
    parser.add_argument("--states", type=int, default=STATES, help="of the largest system")
    parser.add_argument("--siblings", action="store_true", help="owners with several tasks only")
    options = parser.parse_args(arguments)
    fuzz = Fuzz(options.states, siblings=options.siblings)
    fuzz.run(options.seed, options.seconds)
    print(f"from seed {options.seed}: {fuzz}")
    return int(fuzz.found is not None)


if __name__ == "__main__":
    sys.exit(main())
