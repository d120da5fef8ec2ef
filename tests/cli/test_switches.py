"""Every option of the command has an effect that can be seen."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

import pytest

from ocallkit import cli
from ocallkit.designs import DESIGNS, EVERY
from ocallkit.judging.disturbs import disturbs
from ocallkit.scenarios import ALL

if TYPE_CHECKING:
    from pathlib import Path

LINES = re.MULTILINE | re.DOTALL


class Effect(NamedTuple):
    """A command line, what is added to it, and what is printed then and was not before.

    `shows` is a pattern.  `gone` is what was printed before, and is not then.
    """

    base: str
    added: str
    shows: str = ""
    gone: str = ""


FLOW = "check --scenario flow-1"
PIN = "pin --scenario flow-1"
OWN = "tests.cli.own"
MEMREF = "check --scenario flow-1-memref"
SHOW = "show flow-1"
WHOLE = "show flow-1 --whole"
AS_JSON = "show flow-1 --format json"
SMALL = "hunt ecall-bare --clients 1 --threads 1 --size 6"
HUNT = "hunt ecall-bare --size 5"
TABLE = "matrix --threads 1"
STEPS = "disturbs --threads 1 --clients 1 ecall-bare"
NEW = "new design busy"
REVIEW = "review ocall-fd --scenario flow-1 --threads 1 --claims"
TOKEN = "flow-1/ecall/t2/c1/A:kill@OCALL"  # noqa: S105 - it opens nothing

TO_THE_OCALL = (
    "A:tee_open A:return_to_user A:params_from_user A:get_msg_arg A:smc_call_with_arg"
    " A:complete_call A:return_to_user A:params_from_user A:get_msg_arg A:smc_call_with_arg"
    " A:process_ocall_request"
)
"""The steps of a client to its OCALL: from there on it keeps a secure thread."""
TO_THE_SESSION = (
    "B:tee_open B:return_to_user B:params_from_user B:get_msg_arg B:smc_call_with_arg"
    " B:complete_call"
)
"""Those of another to its session, for which it needs a secure thread."""
TWO = f"show flow-1 --clients 2 --steps {TO_THE_OCALL} {TO_THE_SESSION}"
LOCKS = f"show two-single-instances --steps {TO_THE_OCALL} {TO_THE_SESSION}"
CLOSES = (
    "show flow-1-memref --steps A:tee_open A:return_to_user A:params_from_user A:get_msg_arg"
    " A:smc_call_with_arg A:complete_call A:return_to_user A:register_shm A:smc_call_with_arg"
    " A:registered A:kill A:close(context)"
)
"""A process that ends, and closes the file of its context first."""

LIVING = "check --scenario flow-2 --design held-refs-pre-release --fault answers-twice"

EFFECTS: dict[str, Effect] = {
    "show scenario": Effect("show", "flow-1", "^CA ", gone="name a scenario"),
    "show --design": Effect(AS_JSON, "--design meta", '"design": "meta"'),
    "show --threads": Effect(TWO, "--threads 1", "cannot happen"),
    "show --rounds": Effect(SHOW, "--rounds 2", "(SMC/Func Invoke.*){2}"),
    "show --exit-order": Effect(CLOSES, "--exit-order linux", "cannot happen"),
    "show --call-queue": Effect(AS_JSON, "--call-queue list", "36 messages in 44 steps"),
    "show --single-instance": Effect(LOCKS, "--single-instance own-locks", "^CA ", gone="cannot"),
    "show --rpc-cache": Effect(AS_JSON, "--rpc-cache caller", "40 messages in 36 steps"),
    "show --argument-pages": Effect(AS_JSON, "--argument-pages driver", "A:take_page"),
    "show --capabilities": Effect(SHOW, "--capabilities no-ocall", gone="Func Invoke"),
    "show --wire": Effect(AS_JSON, "--wire octets", "A:params_from_buffer"),
    "show --clients": Effect(AS_JSON, "--clients 2", '"B"'),
    "show --replay": Effect(WHOLE, f"--replay {TOKEN}", "exit of CA A"),
    "show --format": Effect(SHOW, "--format svg", "^<svg ", gone=r"-\["),
    "show --whole": Effect(SHOW, "--whole", r"-\[open\]->"),
    "show --steps": Effect(WHOLE, "--steps A:tee_open A:kill", "exit of CA A"),
    "check --scenario": Effect(FLOW, "--scenario flow-2", "^ecall in flow-2 "),
    "check --design": Effect(FLOW, "--design meta", "^meta in flow-1 "),
    "check --all": Effect("check", "--all", "^ecall in flow-1 "),
    "check --property": Effect(FLOW, f"--property {OWN}:nobody_dies", "violates nobody-dies"),
    "check --format": Effect(FLOW, "--format junit", "<testsuite "),
    "check --threads": Effect(FLOW, "--threads 3", "3 secure threads"),
    "check --rounds": Effect(FLOW, "--rounds 2", " 9 states, 13 transitions"),
    "check --exit-order": Effect(MEMREF, "--exit-order linux", "exit-order: linux.* 14 states"),
    "check --call-queue": Effect(FLOW, "--call-queue list", " call-queue: list"),
    "check --single-instance": Effect(FLOW, "--single-instance own-locks", ": own-locks"),
    "check --rpc-cache": Effect(FLOW, "--rpc-cache caller", "violates no-context-leak"),
    "check --argument-pages": Effect(FLOW, "--argument-pages driver", " 20 states, "),
    "check --capabilities": Effect(FLOW, "--capabilities no-ocall", "no OCALL was ever pending"),
    "check --wire": Effect(FLOW, "--wire octets", "wire: octets"),
    "check --clients": Effect(FLOW, "--clients 2", " 31 states, 62 transitions"),
    "check --no-faults": Effect(MEMREF, "--no-faults", ": holds;"),
    "check --fault": Effect(FLOW, "--fault answers-twice", gone="answers-twice"),
    "check --without": Effect(f"{FLOW} --clients 2", "--without local", " 2926 states"),
    "check --also": Effect(LIVING, "--also nothing-left-in-a-living-ca", "violates nothing-left"),
    "check --limit": Effect(FLOW, "--limit 3", "the limit of 3 states"),
    "check --seconds": Effect(f"{MEMREF} --clients 4", "--seconds 0.001", "limit of 0.001 seconds"),
    "check --depth": Effect(FLOW, "--depth 3", "the limit of 3 steps"),
    "check --megabytes": Effect(f"{MEMREF} --clients 4", "--megabytes 1", "limit of 1 MiB of mem"),
    "check --json": Effect(FLOW, "--json", '^{\n  "kind": "check"'),
    "pin --scenario": Effect(PIN, "--scenario flow-2", '"scenario":"flow-2"'),
    "pin --design": Effect(PIN, "--design meta", '"design":"meta"'),
    "pin --all": Effect("pin", "--all", '"scenario":"flow-1","design":"ecall"'),
    "pin --property": Effect(PIN, f"--property {OWN}:nobody_dies", '"broken":{"nobody-dies":'),
    "pin --threads": Effect(PIN, "--threads 3", '"threads":3'),
    "pin --rounds": Effect(PIN, "--rounds 2", '"states":9,"transitions":13'),
    "pin --exit-order": Effect(PIN, "--exit-order linux", '{"exit-order":"linux"}'),
    "pin --call-queue": Effect(PIN, "--call-queue list", '{"call-queue":"list"}'),
    "pin --single-instance": Effect(PIN, "--single-instance own-locks", '"own-locks"}'),
    "pin --rpc-cache": Effect(PIN, "--rpc-cache caller", '"broken":{"no-context-leak":'),
    "pin --argument-pages": Effect(PIN, "--argument-pages driver", '"states":20'),
    "pin --capabilities": Effect(PIN, "--capabilities no-ocall", '"holds":null'),
    "pin --wire": Effect(PIN, "--wire octets", '{"wire":"octets"}'),
    "pin --clients": Effect(PIN, "--clients 2", '"states":31,"transitions":62'),
    "pin --no-faults": Effect(PIN, "--no-faults", '"faults":\\[\\]'),
    "pin --fault": Effect(PIN, "--fault answers-twice", '"answers-twice"'),
    "pin --also": Effect(
        PIN, "--also nothing-left-in-a-living-ca", '"nothing-left-in-a-living-ca"'
    ),
    "hunt design": Effect("hunt", "meta --size 2", "^meta breaks in none"),
    "hunt --seconds": Effect(HUNT, "--seconds 0.01", "the limit of 0.01 seconds"),
    "hunt --seed": Effect("hunt ecall-bare", "--seed 3", "Tried: 30 systems"),
    "hunt --size": Effect(HUNT, "--size 2", "all up to size 2"),
    "hunt --clients": Effect(HUNT, "--clients 2", "clients: 2,"),
    "hunt --threads": Effect(HUNT, "--threads 1", r"threads: 1\)"),
    "hunt --breaks": Effect(SMALL, "--breaks no-use-after-free", "in none"),
    "hunt --no-faults": Effect(SMALL, "--no-faults", "in none"),
    "hunt --fault": Effect(SMALL, "--fault answers-twice", "  faults .*answers-twice"),
    "hunt --limit": Effect(HUNT, "--limit 3", "15 of them had too many states"),
    "hunt --json": Effect(HUNT, "--json", '^{\n  "kind": "hunt"'),
    "matrix --scenario": Effect(TABLE, "--scenario flow-2", "^ +flow-2$"),
    "matrix --design": Effect(TABLE, "--design meta", gone="^ecall "),
    "matrix --all": Effect(TABLE, "--all", "^ +flow-1$"),
    "matrix --property": Effect(
        "matrix --scenario flow-1 --design meta", f"--property {OWN}:nobody_dies", "^meta  broken"
    ),
    "matrix --format": Effect(TABLE, "--format junit", "<testsuite "),
    "matrix --larger": Effect(TABLE, "--larger", "shared-instance", gone="flow-1-memref"),
    "matrix --threads": Effect(f"{TABLE} --json", "--threads 2", '"threads": 2'),
    "matrix --clients": Effect(f"{TABLE} --json", "--clients 2", '"clients": 2'),
    "matrix --json": Effect(TABLE, "--json", '"scenario": "flow-1-memref"'),
    "disturbs designs": Effect(STEPS, "meta", "^2 designs in "),
    "disturbs --threads": Effect(STEPS, "--threads 2", "2 secure threads"),
    "disturbs --clients": Effect(STEPS, "--clients 2", "2 CAs"),
    "disturbs --json": Effect(STEPS, "--json", '"designs"'),
    "review design": Effect("review", REVIEW.removeprefix("review "), "^# Review of `ocall-fd`"),
    "review --against": Effect(REVIEW, "--against meta", "against `meta`"),
    "review --format": Effect(REVIEW, "--format html", "<html"),
    "review --scenario": Effect(REVIEW, "--scenario flow-2", "flow-2"),
    "review --all": Effect("review ocall-fd --threads 1 --claims", "--all", "flow-2"),
    "review --threads": Effect(REVIEW, "--threads 1 2", "every one of 3 cells"),
    "review --clients": Effect(REVIEW, "--clients 2", gone="other numbers of CAs"),
    "review --claims": Effect(REVIEW, "--claims C23", "1 claim of pull request 72"),
    "review --seconds": Effect(REVIEW, "--seconds 0.0001", "of 1 it is not known"),
    "new kind": Effect("new", "scenario busy", "^from ocallkit.*Scenario[(]|^busy = ", "usage"),
    "new name": Effect("new design", "busy", "class Busy[(]"),
    "diff left": Effect("diff", "meta ecall", r"^  meta:"),
    "diff right": Effect("diff meta", "ecall", r"^  ecall \("),
}
"""By what each option is called, a command line on which it does something."""

INTO_A_FILE = {
    "matrix --figure": (TABLE, ".svg", "<svg"),
    "disturbs --figure": (STEPS, ".svg", "<svg"),
    "review --out": (REVIEW, ".md", "# Re"),
    "pin --out": (PIN, ".pins", '{"pi'),
    "new --out": ("new design mine", ".py", '"""`'),
}
"""Those whose effect is a file."""


def options() -> list[str]:
    """Every option and every argument of every command, which argparse keeps to itself."""
    actions = cli.parser()._actions  # noqa: SLF001
    (commands,) = (action.choices for action in actions if isinstance(action.choices, dict))
    return [
        f"{name} {action.option_strings[-1] if action.option_strings else action.dest}"
        for name, command in commands.items()
        for action in command._actions  # noqa: SLF001
        if action.dest != "help"
    ]


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    """One scenario each where a command takes them all: what is seen of it is the same."""
    few = {
        "matrix_command.SCENARIOS": "flow-1-memref",
        "matrix_command.LARGER": "shared-instance",
        "options.ALL": "flow-1",
        "review_command.ALL": "flow-2",
    }
    for place, name in few.items():
        monkeypatch.setattr(f"ocallkit.commands.{place}", {name: ALL[name]})
    monkeypatch.setattr("ocallkit.commands.options.EVERY", {"ecall": EVERY["ecall"]})
    monkeypatch.setattr(disturbs, "__defaults__", (tuple(DESIGNS), ("flow-1-memref",)))
    some = {"flow-1": ALL["flow-1"]}
    monkeypatch.setattr("ocallkit.reviewing.reviewed.SCENARIOS", some)


def said(line: str, capsys: pytest.CaptureFixture[str]) -> str:
    """All that the command prints."""
    with suppress(SystemExit):
        cli.main(line.split())
    return "".join(capsys.readouterr())


@pytest.mark.long
@pytest.mark.parametrize("option", EFFECTS)
def test_an_option_changes_what_is_printed(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Something is there that was not, or gone that was."""
    effect = EFFECTS[option]
    before, after = said(effect.base, capsys), said(f"{effect.base} {effect.added}", capsys)
    assert effect.shows or effect.gone
    if effect.shows:
        expected = (False, True)
        assert expected == tuple(bool(re.search(effect.shows, t, LINES)) for t in (before, after))
    if effect.gone:
        expected = (True, False)
        assert expected == tuple(bool(re.search(effect.gone, t, LINES)) for t in (before, after))


@pytest.mark.parametrize("option", INTO_A_FILE)
def test_an_option_that_names_a_file_fills_it(
    option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Which was not there."""
    line, suffix, begins = INTO_A_FILE[option]
    path = tmp_path / f"made{suffix}"
    said(line, capsys)
    assert not path.exists()
    said(f"{line} {option.split()[1]} {path}", capsys)
    assert begins == path.read_text()[:4]


def test_pins_are_what_is_checked_where_they_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Instead of a scenario."""
    path = tmp_path / "some.pins"
    said(f"{PIN} --out {path}", capsys)
    assert "name a --scenario" in said("check", capsys)
    assert f"Every verdict is as pinned in {path}.\n" == said(f"check --pinned {path}", capsys)


def test_every_option_is_tried() -> None:
    """Of every command; a new one gets its line here."""
    assert sorted([*EFFECTS, *INTO_A_FILE, "check --pinned"]) == sorted(options())
