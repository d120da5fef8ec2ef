"""What the command prints as JSON: one schema for whatever it finds.

Each document says what `kind` it is and which version of the schema it follows.  A field that is
added leaves the version as it is; one that goes, or means something else, makes a new one.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from ocallkit.brief import brief
from ocallkit.model.events import Divider, Get, Message, Note, Octets, Put, Span, Thread
from ocallkit.version import __version__

SCHEMA: Final = 1
"""The version of the schema."""

AnyEvent = Message | Note | Divider | Get | Put | Thread | Octets | Span

Known = Annotated[
    bool | None, Meta(description="whether every property holds; null where that is not known")
]


class Broken(msgspec.Struct, frozen=True):
    """A property that does not hold."""

    property: Annotated[str, Meta(description="its name")]
    steps: Annotated[int, Meta(description="how many steps lead to where it breaks, at least")]
    run: Annotated[str, Meta(description="the token that replays it")]


class Bounds(msgspec.Struct, frozen=True):
    """Where a search gives up; null where it does not."""

    states: int | None = None
    seconds: float | None = None
    depth: int | None = None
    megabytes: int | None = None


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One verdict."""

    scenario: Annotated[str, Meta(description="what was done")]
    design: Annotated[str, Meta(description="the driver")]
    threads: Annotated[int, Meta(description="secure threads")]
    clients: Annotated[int, Meta(description="processes")]
    rounds: Annotated[int, Meta(description="invocations of each process")]
    faults: Annotated[tuple[str, ...], Meta(description="what might go wrong")]
    switches: Annotated[dict[str, str], Meta(description="where the system is not the usual one")]
    limits: Annotated[Bounds, Meta(description="where it would have given up")]
    finished: Annotated[bool, Meta(description="whether everything was tried")]
    stopped_by: Annotated[str, Meta(description="the limit or interrupt that ended it, if any")]
    holds: Known
    any_number_of_clients: Annotated[
        bool, Meta(description="whether it is about any number of processes")
    ]
    reached: Annotated[
        dict[str, bool], Meta(description="what can be seen on the way, each with whether it was")
    ]
    empty: Annotated[str, Meta(description="what the scenario is about, if that was never reached")]
    not_asked: Annotated[tuple[str, ...], Meta(description="properties of which it says nothing")]
    never_seen_to_fail: Annotated[
        tuple[str, ...],
        Meta(description="a reader's own properties that hold, and were shown to fail on nothing"),
    ]
    violations: Annotated[tuple[Broken, ...], Meta(description="the properties that break")]
    waits_for: Annotated[
        tuple[str, ...],
        Meta(description="processes on whose answer all others can wait, which is no violation"),
    ]
    not_explored: Annotated[tuple[str, ...], Meta(description="what it says nothing about")]
    states: Annotated[int, Meta(description="states that were reached")]
    transitions: Annotated[int, Meta(description="moves that were tried")]
    depth: Annotated[int, Meta(description="steps from the start to the farthest state")]
    seconds: Annotated[float, Meta(description="how long it took")]

    def __repr__(self) -> str:
        return brief(self, f"{self.design} in {self.scenario}")


class Document(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """Anything that is printed as JSON."""

    schema: Annotated[Literal[1], Meta(description="the version of this schema")] = SCHEMA
    ocallkit: Annotated[str, Meta(description="the version of the package")] = __version__


class Changed(msgspec.Struct, frozen=True):
    """A verdict that is not as it was pinned."""

    line: Annotated[int, Meta(description="of the file of pins")]
    what: Annotated[tuple[str, ...], Meta(description="what is otherwise, each in a sentence")]


class Check(Document, frozen=True, kw_only=True, tag="check"):
    """What `ocallkit check` found."""

    holds: Known
    verdicts: tuple[Record, ...]
    changed: Annotated[
        tuple[Changed, ...], Meta(description="with --pinned: what is not as pinned")
    ] = ()


class Matrix(Document, frozen=True, kw_only=True, tag="matrix"):
    """What `ocallkit matrix` found."""

    holds: Known
    verdicts: tuple[Record, ...]


class Reviewed(Document, frozen=True, kw_only=True, tag="review"):
    """What `ocallkit review` found: a design, and what it is compared with."""

    design: str
    against: Annotated[str | None, Meta(description="the other design, if there is any")]
    holds: Known
    verdicts: Annotated[tuple[Record, ...], Meta(description="of the design")]
    verdicts_against: Annotated[
        tuple[Record, ...], Meta(description="of the other, in the same order")
    ]
    not_judged: Annotated[
        tuple[str, ...], Meta(description="scenarios of which nothing is known, each with why")
    ]


class Moved(msgspec.Struct, frozen=True):
    """One step of a run."""

    index: Annotated[int, Meta(description="from 0")]
    client: Annotated[str, Meta(description="whose step it is")]
    name: Annotated[str, Meta(description="its name in a schedule")]
    function: Annotated[str, Meta(description="the function that it runs")]
    events: Annotated[tuple[AnyEvent, ...], Meta(description="what it reported; octets in base64")]


class Shown(Document, frozen=True, kw_only=True, tag="run"):
    """What `ocallkit show` shows, of a token too."""

    scenario: str
    design: str
    clients: tuple[str, ...]
    title: str
    summary: str
    ending: Annotated[str, Meta(description="who waits for whom at the end; empty if nobody does")]
    digest: Annotated[str, Meta(description="the same for the same run, another for any other")]
    steps: tuple[Moved, ...]


class Caught(msgspec.Struct, frozen=True):
    """A small system in which a design breaks."""

    size: Annotated[int, Meta(description="of its program, its clients and its secure threads")]
    ca: Annotated[tuple[str, ...], Meta(description="the calls of the CA")]
    ta: Annotated[tuple[str, ...], Meta(description="the OCALLs of the TA")]
    persists: Annotated[bool, Meta(description="whether the TA asks again when it gets an error")]
    verdict: Record


class Hunted(Document, frozen=True, kw_only=True, tag="hunt"):
    """What `ocallkit hunt` caught."""

    design: str
    holds: Known
    found: Caught | None
    complete: Annotated[bool, Meta(description="whether every system was tried")]
    complete_up_to_size: Annotated[int, Meta(description="the size up to which all were")]
    systems: Annotated[int, Meta(description="systems that were judged")]
    unfinished: Annotated[int, Meta(description="of which some had too many states")]
    refused: Annotated[int, Meta(description="and some do what the model has no meaning for")]
    stopped_by: Annotated[str, Meta(description="what ended it before, if anything did")]
    seconds: Annotated[float, Meta(description="how long it took")]


class Touched(msgspec.Struct, frozen=True):
    """One thing that a step does."""

    how: Annotated[str, Meta(description="reads, changes, ...; takes and gives, from a pool")]
    whose: Annotated[str, Meta(description="own, shared, another's")]
    kind: Annotated[str, Meta(description="which records, or which pool")]


class Disturbing(msgspec.Struct, frozen=True):
    """A step and all that it touches."""

    step: Annotated[str, Meta(description="its function's name")]
    module: Annotated[str, Meta(description="where that stands")]
    party: str
    touches: tuple[Touched, ...]


class Disturbed(Document, frozen=True, kw_only=True, tag="disturbs"):
    """What `ocallkit disturbs` saw."""

    designs: tuple[str, ...]
    scenarios: tuple[str, ...]
    threads: Annotated[int, Meta(description="secure threads")]
    clients: Annotated[int, Meta(description="processes")]
    steps: tuple[Disturbing, ...]
    in_pools: Annotated[bool, Meta(description="whether clients meet in pools only")]
    finished: Annotated[bool, Meta(description="whether everything was tried")]


def together(holds: list[bool | None]) -> bool | None:
    """Whether several hold: not if one does not, and else only if each is known to.

    >>> together([True, None, False]), together([True, None]), together([True])
    (False, None, True)
    """
    if False in holds:
        return False
    return None if None in holds else True


def written(document: Document) -> str:
    """A document as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode()


def json_schema() -> dict[str, Any]:
    """The JSON Schema of every document.

    >>> sorted(json_schema()["discriminator"]["mapping"])
    ['check', 'disturbs', 'hunt', 'matrix', 'review', 'run']
    """
    about = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"ocallkit JSON, version {SCHEMA}",
    }
    return about | msgspec.json.schema(Check | Matrix | Reviewed | Shown | Hunted | Disturbed)
