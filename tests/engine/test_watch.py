"""Who watches a reader's code lets go of everything else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

import pytest

from ocallkit.engine import watch


def spin(seconds: float) -> None:
    """Use the processor for so long, in this program and not in the kernel: so the timer counts."""
    until = os.times().user + seconds
    while os.times().user < until:
        for _ in range(10_000):
            pass


def test_other_code_may_take_as_long_as_it_likes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two stretches a tick raises nothing, and stops the timer."""
    monkeypatch.setattr(watch, "SECONDS", 1)
    assert 3 == watch.watched(lambda: 3)
    spin(1.5)
    assert (0.0, 0.0) == signal.getitimer(signal.ITIMER_VIRTUAL)
    assert 4 == watch.watched(lambda: 4)


def test_what_catches_everything_for_ever_is_ended_and_nothing_after_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It gets the next one where it handles the first, and whoever called it gets no other."""
    monkeypatch.setattr(watch, "SECONDS", 1)

    def clings() -> None:
        while True:
            try:
                try:
                    while True:
                        sum(range(1_000))
                except BaseException:  # noqa: BLE001, S110 - what it must not do
                    pass
            except BaseException:  # noqa: BLE001, S112 - and again
                continue

    def calls() -> int:
        with pytest.raises(watch.TooLong):
            watch.watched(clings)
        return sum(range(1_000))

    assert watch.watched(calls) == sum(range(1_000))


def test_another_thread_is_not_watched_and_takes_the_watch_from_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A timer's signal comes to the main thread only."""
    # With nobody to take it, a tick that is still to come would end the whole process.
    watch._watch.stop()  # noqa: SLF001 - as at the start
    monkeypatch.setattr(watch, "_watch", watch._Watch())  # noqa: SLF001 - as at the start
    signal.signal(signal.SIGVTALRM, signal.SIG_DFL)
    found: list[object] = []
    thread = threading.Thread(target=lambda: found.append(watch.watched(lambda: 5)))
    thread.start()
    thread.join()
    assert [5] == found
    assert not watch._watch.runs  # noqa: SLF001 - the main thread still starts it


def test_whoever_uses_the_signal_keeps_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody else's handler stays where it is."""
    monkeypatch.setattr(watch, "_watch", watch._Watch())  # noqa: SLF001 - as at the start

    def theirs(_signal: int, _frame: object) -> None:
        pass

    before = signal.signal(signal.SIGVTALRM, theirs)
    try:
        assert 6 == watch.watched(lambda: 6)
        assert theirs is signal.getsignal(signal.SIGVTALRM)
    finally:
        signal.signal(signal.SIGVTALRM, before)


def test_an_interpreter_ends_in_peace_while_the_timer_ticks() -> None:
    """What it does at its end may take longer than a tick."""
    code = """
import os
from ocallkit.engine.watch import watched

class Slow:
    def __del__(self):
        until = os.times().user + 1.5
        while os.times().user < until:
            for _ in range(10_000):
                pass

slow = Slow()
slow.itself = slow
watched(lambda: 0)
"""
    ended = subprocess.run([sys.executable, "-c", code], check=False, timeout=60)
    assert 0 == ended.returncode
