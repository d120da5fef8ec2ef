"""The one layout of a run that every rendering draws: lifelines, rows and bars, without a pixel.

Rows are counted from 0.  A bar stands on a lifeline and reaches from row to row; it may have begun
above the first row and may go on below the last one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from ocallkit.model.config import SERVICES
from ocallkit.model.events import (
    BANDS,
    CA,
    KERNEL_CLIENT,
    OCALL_PTA,
    OPTEE,
    TA,
    TEE_SUPPLICANT,
    Divider,
    Message,
    Note,
    Span,
    Thread,
)
from ocallkit.view.window import numbers, window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ocallkit.model.events import Event
    from ocallkit.view.trace import Trace

Kind = Literal["system call", "call", "SMC", "RPC", "return"]
"""How a message travels."""

ABOVE = -1
"""The first row of a bar that had begun before anything is shown."""

PER_CLIENT = (CA, KERNEL_CLIENT, TA)
"""The parties of which each client has its own."""

IF_TOUCHED = (CA, TEE_SUPPLICANT, KERNEL_CLIENT, OCALL_PTA, TA)
"""The parties that are left out where no message touches them; a process's CA is always there."""

SECURE = BANDS["secure world"]

if TYPE_CHECKING:
    Place = Callable[[str, str], int]
    Mark = tuple[int, Span | Thread]


class Lifeline(msgspec.Struct, frozen=True):
    """One column: a party, or one client's instance of it."""

    name: str
    party: str
    band: str


class MessageRow(msgspec.Struct, frozen=True):
    """An arrow between two lifelines, given by their places.

    `number` is the message's own, 1 for the first of the invocation; `index` counts what is shown.
    """

    number: int
    index: int
    source: int
    target: int
    kind: Kind
    message: Message

    @property
    def label(self) -> str:
        """The text of the discussion's notation, without its brackets."""
        return self.message.label


class NoteRow(msgspec.Struct, frozen=True):
    """A box over one lifeline: what its party does on its own."""

    lifeline: int
    text: str


class DividerRow(msgspec.Struct, frozen=True):
    """A line across the whole diagram: a state of the world."""

    text: str


Row = MessageRow | NoteRow | DividerRow


class Bar(msgspec.Struct, frozen=True):
    """A stretch of a lifeline during which something lasts.

    An ``ioctl`` stands on its client's CA, or on the supplicant; a secure thread, ``running`` or
    ``suspended``, on OP-TEE.  `first` may be `ABOVE`, and `last` is None where nothing that is
    shown ends the bar.  Bars that stand side by side have different slots.
    """

    lifeline: int
    kind: Literal["ioctl", "running", "suspended"]
    label: str
    client: str
    first: int
    last: int | None
    slot: int

    def covers(self, row: int) -> bool:
        """Tell whether the bar touches that row."""
        return self.first <= row and (self.last is None or row <= self.last)


class Layout(msgspec.Struct, frozen=True):
    """What there is to draw of a run."""

    title: str
    summary: str
    digest: str
    ending: str
    lifelines: tuple[Lifeline, ...]
    rows: tuple[Row, ...]
    bars: tuple[Bar, ...]

    @property
    def messages(self) -> tuple[MessageRow, ...]:
        """The arrows, in order."""
        return tuple(row for row in self.rows if isinstance(row, MessageRow))


def layout(trace: Trace, *, whole: bool = False) -> Layout:
    """Lay out a run's invocation, or with `whole` all of it."""
    start, stop = window(trace.events, whole=whole)
    before, shown = trace.events[:start], trace.events[start:stop]
    lifelines = _lifelines(trace.clients, trace.events, shown)
    places = {lifeline.name: place for place, lifeline in enumerate(lifelines)}
    several = are_several(trace.clients)

    def place(party: str, client: str) -> int:
        return places[lifeline_name(party, client, several=several)]

    rows: list[Row] = []
    # Of whoever has no lifeline there is no bar.
    spans = [e for e in _still_open(before) if e.client != TEE_SUPPLICANT or e.client in places]
    marks: list[Mark] = [(ABOVE, event) for event in spans]
    numbered = enumerate(numbers(trace.events, whole=whole, before=trace.before))
    for event in shown:
        match event:
            case Message(client=client, source=source, target=target):
                index, number = next(numbered)
                ends = place(source, client), place(target, client)
                rows.append(MessageRow(number, index, *ends, kind_of(event), event))
            case Note(client=client, party=party):
                rows.append(NoteRow(place(party, client), note_words(event, several=several)))
            case Divider(text=text):
                rows.append(DividerRow(text))
            case Span(kind="ioctl", client=client) if client in SERVICES and client not in places:
                pass
            case Span(kind="ioctl") | Thread():
                marks.append((len(rows), event))
            case _:
                pass
    bars = _ioctl_bars(marks, rows, place) + _thread_bars(marks, rows, places[OPTEE])
    return Layout(
        title=trace.title,
        summary=trace.summary,
        digest=trace.digest,
        ending=trace.ending if stop == len(trace.events) else "",
        lifelines=lifelines,
        rows=tuple(rows),
        bars=tuple(bar for bar in bars if _is_shown(bar, len(rows))),
    )


def _is_shown(bar: Bar, rows: int) -> bool:
    """Tell whether a bar has a row: one without a message has nothing to stand beside."""
    return bar.first < rows and (bar.last is None or bar.last >= max(bar.first, 0))


def kind_of(message: Message) -> Kind:
    """Tell how a message travels.

    >>> kind_of(Message(client="A", source="OP-TEE Driver", target="OP-TEE", label="SMC/Close"))
    'SMC'
    """
    if message.label.split()[0] == "ret":
        return "return"
    if message.label.startswith("SMC/"):
        return "SMC"
    if message.label.startswith("RPC/"):
        return "RPC"
    return "system call" if message.source in {CA, TEE_SUPPLICANT} else "call"


def note_words(note: Note, *, several: bool) -> str:
    """Return a note's text; with several clients, its party carries the client's name.

    >>> note_words(Note(client="B", party="CA", text="CA services OCALL"), several=True)
    'CA B services OCALL'

    A text that has it already stays as it is.
    """
    name = lifeline_name(note.party, note.client, several=several)
    if f"{name} " in note.text:
        return note.text
    return note.text.replace(f"{note.party} ", f"{name} ", 1)


def lifeline_name(party: str, client: str, *, several: bool) -> str:
    """Name a lifeline: with several clients, those of user space and the TAs carry the client's."""
    return f"{party} {client}" if several and party in PER_CLIENT else party


def are_several(clients: Iterable[str]) -> bool:
    """Tell whether a lifeline has to say whose it is; services are nobody's clients.

    >>> are_several(["A", "tee-supplicant"]), are_several(["A", "B"])
    (False, True)
    """
    return len({*clients} - {*SERVICES}) > 1


def thread_keys(names: Iterable[str]) -> tuple[str, ...]:
    """Say of every second or later thread in some lifelines' names whose it is, each once.

    >>> thread_keys(["CA A", "CA A.2", "CA B", "TA A.2"])
    ('A.2: thread 2 of CA A',)
    """
    tasks = dict.fromkeys(name.split()[-1] for name in names if "." in name)
    split = [(task, *task.split(".")) for task in tasks]
    return tuple(f"{task}: thread {number} of CA {process}" for task, process, number in split)


def _lifelines(
    clients: Sequence[str], events: Iterable[Event], shown: Iterable[Event]
) -> tuple[Lifeline, ...]:
    several = are_several(clients)
    in_user_space = [c for c in clients if c not in {*SERVICES, *_kernel_clients(events)}]
    touched: set[str] = {lifeline_name(CA, c, several=several) for c in in_user_space}
    for event in shown:
        match event:
            case Message(client=client, source=source, target=target):
                touched.add(lifeline_name(source, client, several=several))
                touched.add(lifeline_name(target, client, several=several))
            case Note(client=client, party=party):
                touched.add(lifeline_name(party, client, several=several))
            case _:
                pass
    return tuple(
        Lifeline(name, party, band)
        for band, parties in BANDS.items()
        for party in parties
        for name in _instances(party, clients)
        if party not in IF_TOUCHED or name in touched
    )


def _kernel_clients(events: Iterable[Event]) -> set[str]:
    """Find the clients that are no process: they call by functions of the kernel."""
    return {e.client for e in events if isinstance(e, Message) and e.source == KERNEL_CLIENT}


def _instances(party: str, clients: Sequence[str]) -> tuple[str, ...]:
    if party not in PER_CLIENT:
        return (party,)
    several = are_several(clients)
    return tuple(dict.fromkeys(lifeline_name(party, c, several=several) for c in clients))


def _still_open(before: Iterable[Event]) -> list[Span | Thread]:
    """Collect the ioctls that have not ended and the threads that are not free."""
    spans: list[Span] = []
    threads: dict[int, Thread] = {}
    for event in before:
        match event:
            case Span(kind="ioctl", begins=True):
                spans.append(event)
            case Span(kind="ioctl"):
                spans.remove(msgspec.structs.replace(event, begins=True))
            case Thread(thread=thread):
                threads[thread] = event
            case _:
                pass
    busy = [threads[thread] for thread in sorted(threads) if threads[thread].state != "free"]
    return [*spans, *busy]


def _ioctl_bars(marks: Iterable[Mark], rows: Sequence[Row], place: Place) -> list[Bar]:
    """Let each ioctl reach from its first message to its last one."""
    bars: list[Bar] = []
    open_: list[Bar] = []
    for at, event in marks:
        if not isinstance(event, Span):
            continue
        if event.begins:
            own = [bar for bar in open_ if bar.client == event.client]
            first = ABOVE if at == ABOVE else _message_from(rows, at, event.client)
            ca = place(TEE_SUPPLICANT if event.client == TEE_SUPPLICANT else CA, event.client)
            open_.append(Bar(ca, "ioctl", event.name, event.client, first, None, len(own)))
            continue
        index = max(
            index
            for index, bar in enumerate(open_)
            if (bar.client, bar.label) == (event.client, event.name)
        )
        bar = open_.pop(index)
        bars.append(msgspec.structs.replace(bar, last=_message_before(rows, at, event.client)))
    return sorted(bars + open_, key=lambda bar: (bar.first, bar.lifeline, bar.slot))


def _thread_bars(marks: Iterable[Mark], rows: Sequence[Row], optee: int) -> list[Bar]:
    """Let each secure thread's bar change where a message enters or leaves secure world."""
    changes = [(at, event) for at, event in marks if isinstance(event, Thread)]
    slots = {thread: slot for slot, thread in enumerate(sorted({e.thread for _, e in changes}))}
    bars: list[Bar] = []
    open_: dict[int, Bar] = {}
    for at, event in changes:
        row = ABOVE if at == ABOVE else _crossing(rows, at, event)
        if event.thread in open_:
            bars.append(msgspec.structs.replace(open_.pop(event.thread), last=row))
        if event.state != "free":
            slot = slots[event.thread]
            label = f"thread {event.thread}"
            open_[event.thread] = Bar(optee, event.state, label, event.client, row, None, slot)
    return sorted([*bars, *open_.values()], key=lambda bar: (bar.first, bar.slot))


def _message_from(rows: Sequence[Row], at: int, client: str) -> int:
    """Find a client's first message at or below a row."""
    below = (row for row in range(at, len(rows)) if _is_of(rows[row], client))
    return next(below, len(rows))


def _message_before(rows: Sequence[Row], at: int, client: str) -> int:
    """Find a client's last message above a row."""
    above = (row for row in range(at - 1, -1, -1) if _is_of(rows[row], client))
    return next(above, ABOVE)


def _is_of(row: Row, client: str) -> bool:
    return isinstance(row, MessageRow) and row.message.client == client


def _crossing(rows: Sequence[Row], at: int, thread: Thread) -> int:
    """Find the message with which a secure thread's change goes.

    That is its client's message just above or just below that enters (or leaves) secure world:
    whether a step reports the change before or after its message makes no difference.
    """
    enters = thread.state == "running"
    above = _message_before(rows, at, thread.client)
    for row in (above, _message_from(rows, at, thread.client)):
        if 0 <= row < len(rows) and _crosses(rows[row], enters=enters):
            return row
    return above


def _crosses(row: Row, *, enters: bool) -> bool:
    if not isinstance(row, MessageRow):
        return False
    source, target = row.message.source in SECURE, row.message.target in SECURE
    return (source, target) == ((False, True) if enters else (True, False))
