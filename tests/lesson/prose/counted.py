"""What several pages count: messages, ioctls, records, threads, and what their code asks for."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import nbformat

from ocallkit import judge, run
from ocallkit.lesson.deaths import GOOD, dies, open_files, outcome
from ocallkit.model.events import Message
from ocallkit.view.hops import hops
from ocallkit.view.ledger import ledger

if TYPE_CHECKING:
    from ocallkit import Run, Verdict
    from ocallkit.designs import EcallBare
    from ocallkit.scenarios import Scenario

    Design = str | type[EcallBare]

FOLDER: Final = Path(__file__).parents[3] / "notebooks"


@cache
def code(page: str) -> str:
    """All code of the page of that number."""
    (path,) = FOLDER.glob(f"{page}-*.ipynb")
    cells = nbformat.read(path, as_version=4).cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "code")


@cache
def outputs(page: str) -> str:
    """All that the cells of the page of that number show as text; nbval keeps it true."""
    (path,) = FOLDER.glob(f"{page}-*.ipynb")
    cells = nbformat.read(path, as_version=4).cells
    found = [output for cell in cells for output in cell.get("outputs", ())]
    return "\n\n".join(one.get("data", {}).get("text/plain", one.get("text", "")) for one in found)


def shown(page: str, pattern: str) -> Any:  # noqa: ANN401 - a number or a name
    """What stands in the page's own output where `pattern` has groups; digits as numbers."""
    found = re.search(pattern, outputs(page))
    assert found, f"{page} shows no {pattern}"
    words = tuple(int(one) if one.isdigit() else one for one in found.groups())
    return words[0] if len(words) == 1 else words


def asked(page: str, pattern: str) -> int | tuple[int, ...]:
    """The numbers that a page's code has where `pattern` has groups."""
    found = re.search(pattern, code(page))
    assert found, f"the code of {page} has no {pattern}"
    numbers = tuple(map(int, found.groups()))
    return numbers[0] if len(numbers) == 1 else numbers


def ioctls(scenario: str, design: str = "ecall") -> int:
    """How many ioctls carry an invocation, answers to its requests among them."""
    rows = hops(run(scenario, design)).rows
    return sum((row.message.source, row.message.target) == ("CA", "TEE Driver") for row in rows)


def labels(scenario: str | Scenario, design: str, begins: str) -> int:
    """How many messages of a whole life have a label that begins so."""
    events = run(scenario, design).events
    return sum(isinstance(event, Message) and event.label.startswith(begins) for event in events)


def requests(scenario: str, design: str = "ecall") -> int:
    """How many times a CA is asked for something: at each return of an invocation but the last."""
    return ioctls(scenario, design) - 1


def ocalls(scenario: str) -> int:
    """How many OCALLs reach the CA."""
    return sum(row.message.label == "RPC/OCALL Req'" for row in hops(run(scenario)).rows)


def border(scenario: str) -> int:
    """How many messages cross between the CA and the kernel."""
    ends = {"CA", "TEE Driver"}
    return sum({h.message.source, h.message.target} == ends for h in hops(run(scenario)).rows)


def told(path: Run, source: str, target: str, nth: int = -1) -> dict[str, int | str]:
    """The words of one of the returns from `source` to `target`, of the last unless said."""
    found = [
        e
        for e in path.events
        if isinstance(e, Message) and (e.source, e.target) == (source, target)
    ]
    return dict(found[nth].words)


def held(path: Run) -> tuple[str, ...]:
    """The records that something holds in the end."""
    book = ledger(path, whole=True)
    return tuple(balance.target for balance in book.after(len(book.rows)) if balance.held)


def taken(path: Run) -> int:
    """How many secure threads are taken in the end."""
    return sum(thread.state != "free" for thread in path.world.by_number().values())


@cache
def verdict(scenario: str, design: Design, threads: int = 2, clients: int = 1) -> Verdict:
    """What a page judges several times."""
    return judge(scenario, design, threads=threads, clients=clients)


def orders(scenario: str, design: str) -> tuple[int, int]:
    """In how many orders of closing a dying CA's files all is released, and how many there are."""
    from itertools import permutations  # noqa: PLC0415

    files = open_files(scenario, design)
    found = [outcome(dies(scenario, design, *order)) for order in permutations(files)]
    return found.count(GOOD), len(found)
