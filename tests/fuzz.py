"""Issue as many malformed calls as one likes, on one path, and see whether anything breaks.

    python -m tests.fuzz --calls 1000000 --seed 1

What fails is made again with fewer calls, and printed as Python.  Ends with status 1 then, with 0
if nothing failed.
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import TYPE_CHECKING, Final

from tests.callers.episode import CALLS, Episode, shrunk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.callers.episode import Failure

CLEAR_TO_END: Final = "\033[K"
A_BAR: Final = 30
STRIDE: Final = 1_000_003
"""Between the seeds of two fuzzings, so that each has episodes of its own."""


class Fuzz:
    """One fuzzing: how many calls there were, how many were refused, and what failed first."""

    def __init__(self, seed: int, calls: int) -> None:
        self.seed = seed
        self.wanted = calls
        self.calls = 0
        self.refused = 0
        self.episodes = 0
        self.stuck = 0
        self.seconds = 0.0
        self.found: tuple[Episode, Failure] | None = None
        self._shown = 0.0

    def run(self) -> None:
        """One episode after the other until there are enough calls, one fails, or it is stopped."""
        began = time.perf_counter()
        try:
            while self.calls < self.wanted and not self.found:
                self._episode()
                self.seconds = time.perf_counter() - began
                self._progress()
        except KeyboardInterrupt:
            pass
        self._clear()

    @property
    def rate(self) -> float:
        """Calls in a second."""
        return self.calls / self.seconds if self.seconds else 0.0

    def _episode(self) -> None:
        episode = Episode(self.seed * STRIDE + self.episodes)
        failure = episode.run(min(CALLS, self.wanted - self.calls))
        self.episodes += 1
        self.calls += episode.machine.calls
        self.refused += episode.mischief.rejected
        self.stuck += bool(episode.machine.stuck)
        if failure:
            self.found = episode, failure

    def _progress(self) -> None:
        if not sys.stderr.isatty() or self.seconds - self._shown < 0.1:
            return
        self._shown = self.seconds
        done = min(A_BAR, A_BAR * self.calls // max(1, self.wanted))
        line = (
            f"[{'#' * done:<{A_BAR}}] {self.calls:,} of {self.wanted:,}, {self.rate:,.0f} a second"
        )
        print(f"\r{line}{CLEAR_TO_END}", end="", file=sys.stderr, flush=True)

    def _clear(self) -> None:
        if sys.stderr.isatty():
            print(f"\r{CLEAR_TO_END}", end="", file=sys.stderr, flush=True)

    def __str__(self) -> str:
        """What came of it, for a terminal."""
        counted = (
            f"{self.calls:,} calls in {self.episodes:,} systems, {self.refused:,} of them refused,"
            f" {self.rate:,.0f} a second; {self.stuck:,} systems end with a thread that waits"
        )
        if not self.found:
            return f"{counted}: no exception, and nothing broken"
        return f"{counted}, and one fails:\n\n{report(*self.found)}"


def report(episode: Episode, failure: Failure) -> str:
    """A failure with the calls that make it again."""
    acts = shrunk(episode.setup, episode.acts, failure)
    setup = episode.setup._replace(tas=())
    lines = "".join(f"      {act!r},\n" for act in acts)
    return (
        f"  {failure.kind}: {failure.what}\n\n"
        f"See it again ({len(acts)} of {len(episode.acts)} acts of seed {episode.seed}):\n\n"
        "  from tests.callers.episode import TAS, again\n"
        "  from tests.callers.machine import *\n"
        f"  setup = {setup!r}._replace(tas=TAS[:{len(episode.setup.tas)}])\n"
        f"  again(setup, [\n{lines}  ])"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzz as long as asked; gives the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--calls", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of the first system")
    options = parser.parse_args(arguments)
    fuzz = Fuzz(options.seed, options.calls)
    fuzz.run()
    print(f"from seed {options.seed}: {fuzz}")
    return int(fuzz.found is not None)


if __name__ == "__main__":
    sys.exit(main())
