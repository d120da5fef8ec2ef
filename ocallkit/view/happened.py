"""What a step of a run did, one sentence for each event."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocallkit.model.events import Divider, Event, Get, Message, Note, Put, Thread
from ocallkit.view.layout import are_several, kind_of, lifeline_name, note_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ocallkit.view.standing import Section


def told(
    events: Iterable[Event], shown: Iterable[Section], clients: Sequence[str]
) -> tuple[str, ...]:
    """What a step that reported `events` did; where it reported none, what it changed."""
    several = are_several(clients)
    said = tuple(filter(None, (_sentence(event, several=several) for event in events)))
    if said:
        return said
    changed = [entry.name for section in shown for entry in section.entries if entry.change]
    if changed:
        return (f"No message; changed: {', '.join(changed)}.",)
    return ("No message, and nothing that is kept changes.",)


def _sentence(event: Event, *, several: bool) -> str:
    match event:
        case Message():
            words = _sent(event, several=several)
        case Note():
            words = _capital(note_words(event, several=several))
        case Divider(text=text):
            words = _capital(text)
        case Get(target=target, owner=owner, why=why, count=count):
            words = f"{target} is held by {owner} too, which makes {count}: {why}"
        case Put(target=target, owner=owner, why=why, count=count):
            words = f"{target} is held by {owner} no longer, which leaves {count}: {why}"
        case Thread(thread=thread, state=state):
            words = f"Secure thread {thread} is {state}"
        case _:
            return ""
    return f"{words}."


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _sent(message: Message, *, several: bool) -> str:
    source, target = (
        lifeline_name(end, message.client, several=several)
        for end in (message.source, message.target)
    )
    if kind_of(message) == "return":
        return f"{source} returns to {target}"
    if message.label == "dispatch":
        return f"{source} calls {target}"
    return f"{source} sends {message.label} to {target}"
