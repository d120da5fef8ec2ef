"""Spin: `ocalls.pml` made into a C program that searches every state."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.peers.cells import (
    DESIGN_NAMES,
    MOST_THREADS,
    PROPERTIES,
    SCENARIOS,
    Answer,
    Batch,
    Cell,
    CheckerError,
)
from benchmarks.peers.process import OutOfTimeError, ended

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MODEL = Path(__file__).with_name("ocalls.pml")
MEGABYTES = 4096
"""Where a search is given up."""
DEPTH = 20_000
"""The longest way that a search follows; one that is longer is seen and reported."""
FINE = 2
"""Up to so many clients each statement may be interrupted; more, and Spin runs out of memory."""

COMPILERS = {"tcc": (), "gcc": ("-O2",)}
"""What makes a program of the search, from the one that compiles fastest; and how it is told to."""
PACKAGES = {"spin": "spin", "gcc": "gcc libc6-dev", "tcc": "tcc"}


class Spin:
    """Spin with partial order reduction, and the fastest of some compilers.

    `coarse` lets each client run from one wait to the next in one step, whatever its number; a
    client's steps in between are its own business.
    """

    name = "Spin"

    def __init__(self, compilers: Iterable[str] = ("gcc",), *, coarse: bool = False) -> None:
        self.compilers = tuple(compilers)
        self.coarse = coarse

    def missing(self) -> tuple[str, ...]:
        """Spin itself, and the compilers; Spin needs gcc's preprocessor in any case."""
        needed = dict.fromkeys(("spin", "gcc", *self.compilers))
        return tuple(
            f"{name} is not installed: apt-get install {PACKAGES[name]}"
            for name in needed
            if shutil.which(name) is None
        )

    def judge(self, batch: Batch, limit: float) -> Answer:
        """Translate, compile and run; the time is that with the fastest compiler."""
        with tempfile.TemporaryDirectory(prefix="ocallkit-spin-") as name:
            folder = Path(name)
            command = ["spin", "-a", *defined(batch, coarse=self.coarse), str(MODEL)]
            try:
                said, translated = ended(command, folder, limit)
            except OutOfTimeError as error:
                return Answer({}, error.seconds, str(error))
            if said.strip():
                raise CheckerError(f"Spin does not like {MODEL.name}: {said.strip()}")
            answer = fastest(self.compilers, batch, folder, limit - translated)
        return answer._replace(seconds=answer.seconds + translated)


def fastest(compilers: Sequence[str], batch: Batch, folder: Path, limit: float) -> Answer:
    """The answer of the search that was over first, compilation included."""
    if batch.clients <= FINE:
        first, *others = compilers
    else:
        # What takes longest to compile runs fastest.
        *others, first = compilers
    best = searched(first, batch, folder, limit)
    for compiler in others:
        if best.stopped_by and batch.clients > FINE:
            break
        # One that cannot win any more need not go on.
        left = limit if best.stopped_by else best.seconds
        answer = searched(compiler, batch, folder, left)
        if not answer.stopped_by and (best.stopped_by or answer.seconds < best.seconds):
            best = answer
    return best


def defined(batch: Batch, *, coarse: bool) -> list[str]:
    """What the model is told by -D.

    >>> defined(Batch(("flow-2",), ("ecall-bare", "meta"), (1, 3)), coarse=False)
    ['-DCLIENTS=1', '-DROUNDS=1', '-DDESIGNS_TRIED=5', '-DSCENARIOS_TRIED=2', '-DTHREADS_TRIED=10']
    """
    values = {
        "CLIENTS": batch.clients,
        "ROUNDS": batch.rounds,
        "DESIGNS_TRIED": bits(map(DESIGN_NAMES.index, batch.designs)),
        "SCENARIOS_TRIED": bits(map(SCENARIOS.index, batch.scenarios)),
        "THREADS_TRIED": bits(batch.threads),
    }
    grain = ["-DCOARSE"] if coarse or batch.clients > FINE else []
    return [*(f"-D{name}={value}" for name, value in values.items()), *grain]


def bits(numbers: Iterable[int]) -> int:
    """A number with the bits of these numbers set."""
    return sum(1 << number for number in numbers)


def searched(compiler: str, batch: Batch, folder: Path, limit: float) -> Answer:
    """Compile the search, and run it."""
    # The table of states, by its number of bits: the larger one takes longer to be made than a
    # small search to be done.
    table = "-w20" if batch.clients == 1 else "-w24"
    flags = ["-w", "-DSAFETY", f"-DMEMLIM={MEGABYTES}", *COMPILERS[compiler]]
    try:
        _, compiled = ended([compiler, *flags, "-o", "pan", "pan.c"], folder, limit)
        # -E: a client that has ended, or is stuck, ends nowhere in particular.
        run = [str(folder / "pan"), "-E", "-n", f"-m{DEPTH}", table]
        output, ran = ended(run, folder, limit - compiled)
    except OutOfTimeError:
        return Answer({}, limit, f"{limit:.0f} s")
    return read(output, batch, compiled + ran)


def read(output: str, batch: Batch, seconds: float) -> Answer:
    """The answer in what a search printed; raises CheckerError where it is none."""
    if "Search not completed" in output:
        return Answer({}, seconds, f"{MEGABYTES} MB")
    if "max search depth too small" in output:
        raise CheckerError(f"Spin's search goes deeper than {DEPTH} steps")
    if "errors: 0" not in output:
        raise CheckerError(f"Spin's model contradicts itself: {output[:400].strip()}")
    broken: dict[Cell, set[str]] = {cell: set() for cell in batch.cells}
    for number, name in re.findall(r"^violated (\d+) (\d+)$", output, re.MULTILINE):
        broken[numbered(int(number), batch)].add(PROPERTIES[int(name)])
    return Answer({cell: frozenset(names) for cell, names in broken.items()}, seconds)


def numbered(number: int, batch: Batch) -> Cell:
    """The cell of a batch that has this number in the model.

    >>> print(numbered(7, Batch()))
    flow-1-memref, ecall-bare (2 threads, 1 client, 1 round)
    """
    others, threads = divmod(number, MOST_THREADS)
    design, scenario = divmod(others, len(SCENARIOS))
    return Cell(SCENARIOS[scenario], DESIGN_NAMES[design], threads + 1, batch.clients, batch.rounds)
