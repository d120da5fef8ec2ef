"""`ocallkit check`, `matrix`, `diff` and `show --replay`: what they print, and the exit status."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from ocallkit import judge, replay, token
from ocallkit.cli import main
from ocallkit.commands.status import BAD_USAGE, HOLDS, NOT_KNOWN, VIOLATED
from ocallkit.judging.asked import Asked
from ocallkit.judging.matrix import as_text, cell
from ocallkit.judging.schema import Record
from ocallkit.model.config import FAULTS
from ocallkit.view.breaking import breaks_in_words
from tools.manifest import read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ocallkit.engine.exploration import Reductions
    from ocallkit.judging.verdict import Verdict

CHECK = ("check", "--scenario")
DEADLOCK = "flow-1-memref/ecall/t2/c1/A:kill@OCALL,A:close:memref"

KEYS = list(Record.__struct_fields__)


class Said:
    """What the command answered."""

    def __init__(self, arguments: Sequence[str], capsys: pytest.CaptureFixture[str]) -> None:
        self.status = main(arguments)
        self.out, self.err = capsys.readouterr()

    @property
    def json(self) -> Any:  # noqa: ANN401 - whatever the command wrote
        """Its output, read."""
        return json.loads(self.out)

    @property
    def verdict(self) -> Any:  # noqa: ANN401 - as above
        """The only verdict in it."""
        (found,) = self.json["verdicts"]
        return found


def test_exit_statuses() -> None:
    """Those of the description."""
    assert (0, 1, 2, 3) == (HOLDS, VIOLATED, BAD_USAGE, NOT_KNOWN)


def test_what_holds_is_said_with_its_counts(capsys: pytest.CaptureFixture[str]) -> None:
    """One line for the verdict, one for what it says nothing about; no time where no one looks."""
    said = Said([*CHECK, "flow-1", "--design", "held-refs"], capsys)
    verdict = judge("flow-1", "held-refs")
    assert (HOLDS, "", [verdict.summary, "", verdict.unexplored]) == (
        said.status,
        said.err,
        said.out.splitlines(),
    )
    assert "holds; " in verdict.summary
    assert "transitions a second" not in said.out


def test_what_breaks_is_said_once_with_the_line_that_shows_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Who waits for whom, then each run with all that it breaks."""
    said = Said([*CHECK, "flow-1-memref", "--design", "ecall"], capsys)
    assert VIOLATED == said.status
    lines = said.out.splitlines()
    assert judge("flow-1-memref", "ecall").summary == lines[0]
    assert "secure thread 0 (A) waits for CA A (killed): its OCALL is pending" in lines
    assert 1 == lines.count(f"  ocallkit show --replay {DEADLOCK},breaks:no-deadlock")
    assert "no-deadlock (23 steps), " in said.out


def test_a_check_as_json_has_the_keys_that_it_promises(capsys: pytest.CaptureFixture[str]) -> None:
    """In their order; each violation with its property, its steps and its line."""
    said = Said([*CHECK, "flow-1-memref", "--design", "ecall", "--json"], capsys)
    assert KEYS == list(said.verdict)
    verdict = judge("flow-1-memref", "ecall")
    expected = verdict.as_json() | {"seconds": said.verdict["seconds"]}
    assert expected == said.verdict
    assert (VIOLATED, False, True) == (said.status, said.verdict["holds"], said.verdict["finished"])
    for one in said.verdict["violations"]:
        assert f"{DEADLOCK},breaks:{one['property']}" == one["run"]
        assert one["property"] == replay(one["run"]).breaks
    assert [v.property for v in verdict.violations] == [
        v["property"] for v in said.verdict["violations"]
    ]
    assert 0 <= said.verdict["seconds"] < 60


def test_a_check_that_holds_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    """No violation; the sizes are those that were asked for."""
    said = Said([*CHECK, "flow-2", "--threads", "3", "--clients", "2", "--json"], capsys)
    assert (HOLDS, KEYS) == (said.status, list(said.verdict))
    shown = (said.verdict["threads"], said.verdict["clients"], said.verdict["violations"])
    assert (3, 2, []) == shown


def test_a_check_that_is_given_up_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    """Neither holds nor violated: another exit status, and how far it came."""
    said = Said([*CHECK, "flow-1-memref", "--limit", "10"], capsys)
    assert NOT_KNOWN == said.status
    first, _, last, _ = said.out.splitlines()
    assert ": not finished (the limit of 10 states), no violation so far; " in first
    assert last.startswith("Not explored: what lies beyond the limit of 10 states (")
    given_up = Said([*CHECK, "flow-1-memref", "--limit", "10", "--json"], capsys)
    assert (NOT_KNOWN, False) == (given_up.status, given_up.verdict["finished"])


def test_a_violation_found_before_the_limit_is_a_violation(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What was found stays found."""
    full = judge("flow-1-memref", "ecall").exploration.states
    said = Said([*CHECK, "flow-1-memref", "--limit", str(full - 1), "--json"], capsys)
    assert (VIOLATED, False) == (said.status, said.verdict["finished"])


@pytest.mark.parametrize(
    ("option", "words"),
    [
        (("--seconds", "1e-9"), "the limit of 1e-09 seconds"),
        (("--depth", "12"), "the limit of 12 steps"),
        (("--megabytes", "1"), "the limit of 1 MiB of memory"),
    ],
)
def test_every_limit_is_named_where_it_ends_a_check(
    option: tuple[str, ...],
    words: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Time, steps and memory, as well as states."""
    monkeypatch.setattr("ocallkit.engine.explore.REPORT_EVERY", 1)
    said = Said([*CHECK, "flow-1", "--json", *option], capsys)
    assert (NOT_KNOWN, None, words) == (
        said.status,
        said.verdict["holds"],
        said.verdict["stopped_by"],
    )


def test_a_check_that_never_came_to_its_point_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    """In the verdict's line, and below it all that was never seen; not known."""
    said = Said([*CHECK, "hunt:context:value"], capsys)
    assert NOT_KNOWN == said.status
    first, *_, last = said.out.splitlines()
    assert ": says nothing: no OCALL was ever pending; " in first
    assert last.startswith("Never seen: an invocation was answered; an OCALL was pending; a CA ")
    found = Said([*CHECK, "hunt:context:value", "--json"], capsys).verdict
    assert (None, True, "no OCALL was ever pending") == (
        found["holds"],
        found["finished"],
        found["empty"],
    )
    assert (False, True) == (found["reached"]["an OCALL was pending"], found["reached"]["kill"])


def test_what_is_not_reached_is_no_matter_where_it_is_not_the_point(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A scenario without an OCALL has none."""
    said = Said([*CHECK, "plain-invoke"], capsys)
    assert HOLDS == said.status
    assert not judge("plain-invoke").reached["an OCALL was pending"]
    assert "Never seen" not in said.out


@pytest.mark.parametrize("threads", [1, 2])
def test_any_number_of_clients_is_one_more_than_threads(
    threads: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """And the verdict says what it is about."""
    said = Said([*CHECK, "flow-1", "--threads", str(threads), "--clients", "any", "--json"], capsys)
    assert (threads + 1, True) == (said.verdict["clients"], said.verdict["any_number_of_clients"])
    verdict = judge("flow-1", threads=threads, clients="any")
    assert verdict.as_json() | {"seconds": said.verdict["seconds"]} == said.verdict
    assert "(1 secure thread, 2 clients): holds for any number of clients; " in (
        judge("flow-1", threads=1, clients="any").summary
    )


@pytest.mark.whole
def test_a_matrix_for_any_number_of_clients_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    """Below the table; one client is not enough for that."""
    words = "Every verdict is about any number of clients."
    assert (
        words == Said(["matrix", "--threads", "1", "--clients", "any"], capsys).out.splitlines()[-1]
    )
    assert words not in Said(["matrix", "--threads", "1"], capsys).out


def test_without_faults_nothing_breaks(capsys: pytest.CaptureFixture[str]) -> None:
    """And the faults are named among what was not explored."""
    said = Said([*CHECK, "flow-2-memref", "--design", "ecall-bare", "--no-faults"], capsys)
    assert HOLDS == said.status
    assert "the faults kill, handler-error, refused-allocation, closes-session" in said.out


@pytest.mark.parametrize(("options", "faults"), [((), FAULTS), (("--no-faults",), ())])
def test_a_fault_is_switched_on_by_name(
    options: tuple[str, ...], faults: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """Beside the usual ones, or alone."""
    said = Said([*CHECK, "flow-1", "--fault", "never-answers", "--json", *options], capsys)
    expected = judge("flow-1", faults=(*faults, "never-answers")).as_json()
    assert expected | {"seconds": said.verdict["seconds"]} == said.verdict
    assert judge("flow-1", faults=faults).exploration.transitions < said.verdict["transitions"]


@pytest.mark.parametrize("without", ["local", "symmetry"])
def test_a_reduction_is_switched_off_by_name(
    without: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same verdict from more states."""
    arguments = [*CHECK, "plain-invoke", "--clients", "2", "--json"]
    reduced = Said(arguments, capsys).verdict
    whole = Said([*arguments, "--without", without], capsys).verdict
    assert (reduced["holds"], reduced["finished"]) == (whole["holds"], whole["finished"])
    assert reduced["states"] < whole["states"]


def test_memory_is_switched_off_by_name(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same verdict from the same states: each step is taken again each time."""
    taken: list[bool] = []

    def judging(*asked: str, reductions: Reductions, **named: Any) -> Verdict:  # noqa: ANN401
        taken.append(reductions.memory)
        return judge(*asked, reductions=reductions, **named)

    monkeypatch.setattr("ocallkit.judging.verdict.judge", judging)
    arguments = [*CHECK, "flow-1", "--clients", "2", "--json"]
    quick, slow = (
        Said([*arguments, *more], capsys).verdict for more in ((), ("--without", "memory"))
    )
    assert quick | {"seconds": slow["seconds"]} == slow
    assert [True, False] == taken


BAD = {
    "scenario": ([*CHECK, "flow-3"], "no scenario is called 'flow-3'. Did you mean 'flow-"),
    "design": ([*CHECK, "flow-1", "--design", "x"], "no design is called 'x'. There are: ecall-"),
    "fault": ([*CHECK, "flow-1", "--fault", "x"], "no fault is called 'x'. There are: kill, "),
    "threads": ([*CHECK, "flow-1", "--threads", "0"], "threads: a whole number from 1 to 64"),
    "clients": ([*CHECK, "flow-1", "--clients", "9"], "clients: a whole number from 1 to 8"),
    "any": ([*CHECK, "flow-1", "--threads", "8", "--clients", "any"], "clients: a whole number"),
    "depth": ([*CHECK, "flow-1", "--depth", "0"], "depth: a whole number from 1 to "),
    "megabytes": ([*CHECK, "flow-1", "--megabytes", "0"], "megabytes: a whole number from 1 to "),
    "seconds": ([*CHECK, "flow-1", "--seconds", "0"], "seconds: a number above 0, not 0.0"),
    "rounds": ([*CHECK, "flow-1", "--rounds", "0"], "rounds: a whole number from 1 to 1000"),
    "limit": ([*CHECK, "flow-1", "--limit", "0"], "limit: a whole number from 1 to "),
    "matrix": (["matrix", "--threads", "0"], "threads: a whole number from 1 to 64, not 0"),
    "left": (["diff", "x", "ecall"], "no design is called 'x'."),
    "right": (["diff", "ecall", "x"], "no design is called 'x'."),
    "no token": (["show", "--replay", "x"], "'x' is no token: it reads scenario/design/t"),
    "no number": (["show", "--replay", "flow-1/ecall/tx/c1/"], "'tx' in 'flow-1/ecall/tx/c1/'"),
    "no decision": (["show", "--replay", "flow-1/ecall/t2/c1/A:x"], "decision 1, 'A:x', does not"),
    "no property": (
        ["show", "--replay", "flow-1/ecall/t2/c1/breaks:x"],
        "no property is called 'x'.",
    ),
}


@pytest.mark.parametrize(("arguments", "words"), BAD.values(), ids=BAD)
def test_bad_usage_is_one_line(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """On standard error, with what there is instead."""
    said = Said(arguments, capsys)
    assert (BAD_USAGE, "", 1) == (said.status, said.out, said.err.count("\n"))
    assert said.err.startswith(f"ocallkit: {words}")


def test_the_matrix_is_a_table_of_designs_and_scenarios(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """As the cells say, one after the other."""
    scenarios, designs = ["flow-1", "flow-1-memref"], ["ecall", "meta"]
    named = [f"--scenario={s}" for s in scenarios] + [f"--design={d}" for d in designs]
    said = Said(["matrix", "--threads", "2", *named], capsys)
    cells = [cell(Asked(s, d, 2, 1)) for s in scenarios for d in designs]
    assert (VIOLATED, "", as_text(cells) + "\n") == (said.status, said.err, said.out)
    header, *rows = said.out.splitlines()
    assert (scenarios, designs) == (header.split(), [row.split()[0] for row in rows])


@pytest.mark.whole
def test_the_matrix_as_json_is_what_is_on_record(capsys: pytest.CaptureFixture[str]) -> None:
    """Every cell with the counts of the manifest, and a line for every violation."""
    said = Said(["matrix", "--threads", "1", "2", "--json"], capsys)
    record = {
        key: (list(counts.broken), counts.states, counts.transitions, counts.depth)
        for key, counts in read().items()
        if key.clients == 1 and key.threads < 3
    }
    found = {
        (c["scenario"], c["design"], c["threads"], c["clients"]): (
            [one["property"] for one in c["violations"]],
            c["states"],
            c["transitions"],
            c["depth"],
        )
        for c in said.json["verdicts"]
    }
    assert record == found
    broken = [one for c in said.json["verdicts"] for one in c["violations"]]
    assert all(len(replay(one["run"]).steps) >= one["steps"] for one in broken)


def test_diff_shows_the_lines_of_both(capsys: pytest.CaptureFixture[str]) -> None:
    """The decision, who takes it from whom, and how it reads."""
    said = Said(["diff", "held-refs", "held-refs-pre-release"], capsys)
    assert HOLDS == said.status
    assert said.out.startswith("pre_release\n\n  held-refs (as ecall-bare):\n    def pre_release(")
    assert "  held-refs-pre-release (as ecall):\n" in said.out
    assert said.out.endswith("        return optee.cancel_ocall(client)\n")


def test_replay_shows_the_run_of_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """In the notation of any other run, and below it what it breaks."""
    said = Said(["show", "--replay", DEADLOCK], capsys)
    broken = breaks_in_words(replay(DEADLOCK))
    assert (HOLDS, f"{replay(DEADLOCK).text()}\n\n{broken}\n") == (said.status, said.out)
    whole = Said(["show", "--replay", DEADLOCK, "--format", "json"], capsys)
    assert len(replay(DEADLOCK).steps) == len(whole.json["steps"])


def test_replay_beside_another_design_shows_where_they_part(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What is common, what each does after it, how each ends."""
    said = Said(["show", "--replay", DEADLOCK, "--design", "held-refs-pre-release"], capsys)
    assert HOLDS == said.status
    assert said.out.startswith("The first 30 events are the same; the last of them:\n")
    ends = [replay(DEADLOCK, name).summary for name in ("ecall", "held-refs-pre-release")]
    assert ends == said.out.splitlines()[-2:]
    assert "It cannot go on: " in ends[0]
    assert ends[1].endswith("Every process ends.")


def test_replay_under_a_design_that_lacks_a_decision_says_which(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Bad usage, in one line."""
    line = "flow-1/ocall-fd/t2/c1/A:kill@OCALL,A:close:request"
    assert "" == replay(line).ending
    said = Said(["show", "--replay", line, "--design", "ecall"], capsys)
    assert (BAD_USAGE, "") == (said.status, said.out)
    assert said.err.startswith("ocallkit: decision 2, 'A:close:request', does not fit: ")


def test_the_printed_line_is_the_token_of_the_run() -> None:
    """What the command prints is what Python gives."""
    assert DEADLOCK == token(judge("flow-1-memref", "ecall").violation("no-deadlock").run)
