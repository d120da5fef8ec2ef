"""What becomes of each of several: who dies, who lives on, and whether it gets its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ocallkit.engine.world import part_of
from ocallkit.model.config import SERVICES
from ocallkit.model.events import Message, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ocallkit.judging.path import Run


def fates(run: Run) -> tuple[str, ...]:
    """A sentence for each client of a run, if there are several, or several threads.

    >>> from ocallkit import replay
    >>> line = "shared-instance/held-refs-pre-release/t2/c2/A:kill@OCALL"
    >>> fates(replay(line))[0]
    'CA A is killed, and its exit comes to its end.'
    """
    tasks = [task for task in run.clients if part_of(task) not in SERVICES]
    if len(tasks) < 2:  # noqa: PLR2004 - of one alone the rest is told
        return ()
    who = dict.fromkeys(map(part_of, tasks))
    return tuple(_fate(run, one, [t for t in tasks if part_of(t) == one]) for one in who)


def _fate(run: Run, who: str, tasks: list[str]) -> str:
    process = run.world.processes.get(who)
    if process is None:
        return f"The client {who} in the kernel {_lives(run, tasks)}."
    if any(part_of(step.client) == who and step.name.endswith(":kill") for step in run.steps):
        if process.state == "ended":
            return f"CA {who} is killed, and its exit comes to its end."
        return f"CA {who} is killed, and never comes to its end{_because(run, tasks)}."
    return f"CA {who} {_lives(run, tasks)}."


def _lives(run: Run, tasks: list[str]) -> str:
    """What one that nobody kills gets, and whether it comes to its end."""
    several = len(tasks) > 1
    said = [_answers(run, task, f" in {task}" * several) for task in tasks]
    stuck = _because(run, tasks)
    ends = f"never comes to its end{stuck}" if stuck else "lives on to its end"
    return " and ".join([*filter(None, said), ends])


def _answers(run: Run, task: str, where: str) -> str:
    """What a client's invocations came to; `where` is in which thread."""
    asked = sum(
        isinstance(e, Span) and (e.client, e.kind, e.begins) == (task, "invocation", True)
        for e in run.events
    )
    got = [*_results(run, task)]
    said = f"gets {', '.join(got)} from its TA{where}" if got else ""
    if asked > len(got):
        return f"{said}, then no answer" if got else f"gets no answer from its TA{where}"
    return said


def _results(run: Run, task: str) -> Iterator[str]:
    """What each of a client's invocations that were over has returned."""
    for number, event in enumerate(run.events):
        if isinstance(event, Span) and (event.client, event.kind) == (task, "invocation"):
            if event.begins:
                continue
            above = run.events[:number]
            last = next(e for e in reversed(above) if isinstance(e, Message) and e.client == task)
            words = dict(last.words)
            yield str(words.get("errno", words.get("ret", "SUCCESS")))


def _because(run: Run, tasks: list[str]) -> str:
    """Why a client does not come to its end, if it does not."""
    waits = [w for w in run.system.waiting(run.state) if run.system.tasks[w.task] in tasks]
    return f": {'; '.join(dict.fromkeys(w.reason for w in waits))}" if waits else ""
