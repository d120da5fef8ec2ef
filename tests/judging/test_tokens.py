"""A token can be pasted into a shell, says what it is about, and is refused where it is wrong."""

from __future__ import annotations

import re
import string
import subprocess
from typing import TYPE_CHECKING

import pytest

from ocallkit import Scenario, TokenError, UnknownNameError, judge, replay, run, token
from ocallkit.cli import main
from ocallkit.engine import Choose, Option
from ocallkit.judging.notation import Token, command, read
from ocallkit.judging.specs import SpecError, load
from ocallkit.view.breaking import breaks_in_words
from tests.reviewing.given import write
from tests.tools import require_program
from tools.manifest import read as manifest
from tools.store_notebooks import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from ocallkit.engine import Steps
    from ocallkit.model.config import Client
    from ocallkit.model.params import Params

ALLOWED = frozenset(string.ascii_letters + string.digits + "-_.:@+,/=")
"""What no shell treats inside a word."""

DEADLOCK = "flow-1-memref/ecall/t2/c1/A:kill@OCALL,A:close:memref"
FREED = "flow-2/two-lists/t2/c1/A:kill@OCALL,A:close:ocall,breaks:no-use-after-free"
HEAD = "flow-1/ecall/t2/c1"

WORDS = re.compile(r"[\s`\"'\\<>(){}]+")
STORED = re.compile(r"[\w:.+-]+/[\w+.-]+/t\d/c\d/.*")


def stored() -> list[str]:
    """Every token that stands in the records, the notebooks and the README."""
    places = [
        ROOT / "README.md",
        *sorted((ROOT / "ocallkit" / "findings").glob("*.txt")),
        ROOT / "ocallkit" / "claims" / "record.json",
        *sorted((ROOT / "notebooks").glob("*.ipynb")),
    ]
    words = {word for place in places for word in WORDS.split(place.read_text(encoding="utf-8"))}
    return sorted({word.rstrip(".,;&") for word in words if STORED.fullmatch(word)})


@pytest.fixture(scope="module", name="lines")
def _lines() -> list[str]:
    """Those that are stored, those of the broken cells on record, and some with odd names."""
    cells = [cell for cell, counts in manifest().items() if counts.broken and cell.clients == 1]
    broken = [
        line
        for cell in cells
        for line in judge(cell.scenario, cell.design, threads=cell.threads).tokens.values()
    ]
    return [*stored(), *broken, *ODD]


ODD_NAMES = [
    "held-refs, pre_release of two-lists",
    "it's $HOME!*?[a]{b,c}(d)<e>|f&g;h\"i\\j#k~l`m%n^o",
    "~/my designs/höchst.py:Mine",
    "=ls/mine.py:Mine",
    "#mine.py:Mine",
    "!mine.py:Mine",
]
"""Names that nobody should give."""

ODD = [str(Token(scenario="flow-1", design=name, threads=2, clients=1)) for name in ODD_NAMES]


@pytest.mark.long
def test_a_token_has_no_sign_that_a_shell_treats(lines: list[str]) -> None:
    """There are many of them, and each is one word of plain signs that begins with a plain one."""
    assert len(lines) > 250
    assert [] == [line for line in lines if not set(line) <= ALLOWED]
    assert [] == [line for line in lines if not (line[0].isalnum() or line[0] in "./")]


SHELLS = {
    "bash": ["--norc", "--noprofile", "-i"],
    "sh": [],
    "zsh": ["-f", "-i"],
    "fish": ["--no-config", "-i"],
}
"""How a shell is called that reads what is typed, with what it expands for a reader at hand."""


@pytest.mark.parametrize("shell", SHELLS)
def test_a_token_is_pasted_as_it_is(shell: str, lines: list[str], tmp_path: Path) -> None:
    """What the shell hands on is what was pasted; the shell does expand where it may."""
    require_program(shell, package=shell)
    typed = [f"printf '%s\\n' {line}" for line in lines]
    expands = ["set -H", "shopt -s extglob"] if shell == "bash" else []
    said = subprocess.run(
        [shell, *SHELLS[shell]],
        input="\n".join([*expands, "printf '%s\\n' ~", *typed, "exit", ""]),
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "HISTFILE": "", "PS1": ""},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    home, *out = [line for line in said.stdout.splitlines() if line]
    assert str(tmp_path) == home
    assert lines == out


def test_the_old_sign_is_one_that_a_shell_takes(tmp_path: Path) -> None:
    """So that the test above can tell: bash finds no such event."""
    said = subprocess.run(
        ["bash", "--norc", "--noprofile", "-i"],
        input=f"set -H\nprintf '%s\\n' {HEAD}/!no-deadlock\nexit\n",
        env={"PATH": "/usr/bin:/bin", "HISTFILE": ""},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ("", True) == (said.stdout, "event not found" in said.stderr)


def test_the_hint_that_is_printed_shows_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    """Split as a shell does, without a quote."""
    assert 1 == main(["check", "--scenario", "flow-2", "--design", "two-lists"])
    hints = [line.strip() for line in capsys.readouterr().out.splitlines() if "--replay" in line]
    assert command(FREED) in hints
    for hint in hints:
        assert 0 == main(hint.split()[1:])
        assert "It breaks " in capsys.readouterr().out


# --- what is read ----------------------------------------------------------------------------


def test_every_stored_token_is_read_and_written_again() -> None:
    """As the same line."""
    assert [] == [line for line in stored() if line != str(read(line))]


@pytest.mark.parametrize("line", ODD)
def test_odd_names_are_written_so_that_they_can_be_read(line: str) -> None:
    """Whatever stands in them, they come back."""
    assert line == str(read(line))


def test_what_stands_in_an_odd_name_comes_back() -> None:
    """Of a path that begins with a sign a point and a slash make it plain."""
    found = [read(line).design for line in ODD]
    assert ODD_NAMES == [name.removeprefix("./") for name in found]
    assert [False, False, True, True, True, True] == [name.startswith("./") for name in found]


@pytest.mark.parametrize(
    ("line", "scenario", "design"),
    [
        ("flow-1/a/b/mine.py:Mine/t2/c1/A:kill", "flow-1", "a/b/mine.py:Mine"),
        ("a/s.py:BUSY/b/mine.py:Mine/t2/c1/", "a/s.py:BUSY", "b/mine.py:Mine"),
        ("a/s.py:BUSY/ecall/t2/c1/", "a/s.py:BUSY", "ecall"),
        ("/a/s.py:BUSY//b/d.py:Mine/t2/c1/", "/a/s.py:BUSY", "/b/d.py:Mine"),
        ("flow-1/a/t.py:Mine/t2/c1/", "flow-1", "a/t.py:Mine"),
        (
            "hunt:context.session.invoke:value/a/d.py:M/t1/c2/",
            *("hunt:context.session.invoke:value", "a/d.py:M"),
        ),
        ("drivers.mine:BUSY/drivers.mine:Mine/t2/c1/", "drivers.mine:BUSY", "drivers.mine:Mine"),
        ("flow-1/a=2Cb=20c/d=3De.py:Mine/t2/c1/", "flow-1", "a,b c/d=e.py:Mine"),
    ],
)
def test_a_path_has_its_slashes(line: str, scenario: str, design: str) -> None:
    """One colon tells where a file's name ends; a comma, a blank or an equals sign has a number."""
    said = read(line)
    assert (scenario, design, line) == (said.scenario, said.design, str(said))


def test_numbers_and_switches_stand_between() -> None:
    """Each once."""
    said = read("cold-boot/mainline/t1/c2/r3/m1/rpc-cache=caller/wire=values/A:kill,stop")
    assert (1, 2, 3, 1) == (said.threads, said.clients, said.rounds, said.charges)
    assert (("rpc-cache", "caller"), ("wire", "values")) == said.switches
    assert (("A:kill", "stop"), ("A:kill",), ()) == (said.decisions, said.taken, said.claims)


def test_a_token_of_an_older_version_is_read() -> None:
    """Its sign before what it breaks was another."""
    old = FREED.replace("breaks:", "!")
    assert FREED == str(read(old))
    assert replay(FREED).digest == replay(old).digest


BAD = {
    "None": (
        None,
        "a token is a text, which reads scenario/design/tTHREADS/cCLIENTS/decisions, not None",
    ),
    "bytes": (b"x", "a token is a text"),
    "number": (7, "a token is a text"),
    "empty": ("", "'' is no token: it reads scenario/design/tTHREADS/cCLIENTS/decisions"),
    "blank": ("  \n", "is no token"),
    "word": ("flow-1", "'flow-1' is no token"),
    "short": ("flow-1/ecall/t2/", "is no token"),
    "no scenario": ("/ecall/t2/c1/", "is no token"),
    "no design": ("flow-1//t2/c1/", "is no token"),
    "no threads": ("flow-1/ecall/c1/t2/", "is no token"),
    "t0": (
        "flow-1/ecall/t0/c1/",
        "'flow-1/ecall/t0/c1/': threads: a whole number from 1 to 64, not 0",
    ),
    "c0": ("flow-1/ecall/t2/c0/", "clients: a whole number from 1 to 8, not 0"),
    "c9": ("flow-1/ecall/t2/c9/", "clients: a whole number from 1 to 8, not 9"),
    "r0": (f"{HEAD}/r0/", "rounds: a whole number from 1 to 1000, not 0"),
    "negative": (
        "flow-1/ecall/t-1/c1/",
        "'t-1' in 'flow-1/ecall/t-1/c1/': t, c or r with a number",
    ),
    "sign": ("flow-1/ecall/t+1/c1/", "'t+1' in "),
    "another digit": ("flow-1/ecall/t²/c1/", "'t²' in "),
    "huge": (f"flow-1/ecall/t{'9' * 5000}/c1/", "t, c or r with a number was expected"),
    "m2": (f"{HEAD}/m2/", "'m2' in "),
    "no setting": (f"{HEAD}/x1/", "'x1' in "),
    "twice": (f"{HEAD}/t3/", "'t3' in 'flow-1/ecall/t2/c1/t3/': it says that twice"),
    "switch": (f"{HEAD}/wire=x/", "no wire is called 'x'. There are: values, octets"),
    "no switch": (f"{HEAD}/water=x/", "no switch is called 'water'."),
    "after stop": (f"{HEAD}/stop,A:kill", "nothing can follow 'stop', with which it ends"),
    "after breaks": (f"{HEAD}/breaks:isolation,A:kill", "nothing can follow 'breaks:isolation'"),
    "no property": (
        f"{HEAD}/breaks:no-deadlok",
        "no property is called 'no-deadlok'. Did you mean 'no-deadlock'?",
    ),
    "scenario": ("flow-11/ecall/t2/c1/", "no scenario is called 'flow-11'. Did you mean 'flow-1'?"),
    "design": ("flow-1/ecal/t2/c1/", "no design is called 'ecal'. Did you mean 'ecall'?"),
    "no file": ("flow-1/no/such.py:Mine/t2/c1/", "no/such.py: there is no such file"),
    "no module": ("flow-1/no.such:Mine/t2/c1/", "there is no module no."),
    "no utf-8": ("flow-1/=FF.py:Mine/t2/c1/", "what stands behind its '=' is no text in UTF-8"),
    "who": (
        f"{HEAD}/Z:kill",
        "decision 1, 'Z:kill', does not fit: it begins with who decides, one of A, and a colon",
    ),
    "nobody": (f"{HEAD}/kill", "decision 1, 'kill', does not fit: it begins with who decides"),
}


@pytest.mark.parametrize(("line", "words"), BAD.values(), ids=BAD)
def test_a_line_that_says_nothing_is_refused_in_one_sentence(line: object, words: str) -> None:
    """It says which part, and what was wanted."""
    with pytest.raises(
        (TokenError, UnknownNameError, SpecError), match=re.escape(words)
    ) as refused:
        replay(line)  # type: ignore[arg-type]
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("line", ["", "flow-1", f"{HEAD}/breaks:no-deadlock"])
def test_the_command_says_it_in_one_line(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    """And ends as for any bad usage; an empty token is not taken for none."""
    assert 2 == main(["show", "--replay", line])
    said = capsys.readouterr()
    assert ("", 1) == (said.out, said.err.count("\n"))
    assert repr(line) in said.err


@pytest.mark.parametrize(
    ("decisions", "nearest"),
    [
        ("A:kil@OCALL,A:close:memref", "A:kill@OCALL"),
        ("A:kill@OCAL", "A:kill@OCALL"),
        ("A:kill@OCALL,A:close:memreff", "A:close:memref"),
        ("A:kill@OCALL,A:close:contex", "A:close:context"),
    ],
)
def test_a_typo_names_the_nearest_decision_there(decisions: str, nearest: str) -> None:
    """Of those that were possible since the decision before it."""
    wrong = decisions.rpartition(",")[2] if "kil@" not in decisions else "A:kil@OCALL"
    words = f"'{wrong}', does not fit: did you mean {nearest!r}?"
    with pytest.raises(TokenError, match=re.escape(words)):
        replay(f"flow-1-memref/ecall/t2/c1/{decisions}")


def test_what_lies_behind_is_no_suggestion() -> None:
    """Once the CA is dead, its kill can be had no more."""
    with pytest.raises(TokenError, match="decision 2, 'A:kill@OCALL', does not fit") as refused:
        replay(f"{HEAD}/A:kill@OCALL,A:kill@OCALL")
    assert "did you mean 'A:kill" not in str(refused.value)


# --- what it breaks --------------------------------------------------------------------------


def test_a_token_that_breaks_what_it_says_is_told_of() -> None:
    """With the step; what it breaks besides is told without its having been said."""
    assert "It breaks no-use-after-free at step 25, as the token says." == told(FREED)
    claimed = f"{DEADLOCK},breaks:no-deadlock"
    first, second = told(claimed).splitlines()
    assert "It breaks no-deadlock at step 23, as the token says." == first
    assert second.startswith("It also breaks no-suspended-thread, ")
    assert second.endswith(" at step 23.")
    assert told(DEADLOCK).startswith("It breaks no-deadlock, no-suspended-thread, ")
    assert "" == told(f"{HEAD}/")


def told(line: str) -> str:
    """What is said below the run of a token."""
    return breaks_in_words(replay(line), read(line).claims)


def test_the_command_tells_it_below_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    """In words only: another format has nothing but the run."""
    assert 0 == main(["show", "--replay", FREED])
    assert capsys.readouterr().out.endswith(f"\n\n{told(FREED)}\n")
    assert 0 == main(["show", "--replay", FREED, "--format", "token"])
    assert f"{FREED}\n" == capsys.readouterr().out


@pytest.mark.parametrize("name", ["no-deadlock", "no-use-after-free", "nothing-left"])
def test_a_token_that_breaks_no_longer_what_it_says_is_an_error(name: str) -> None:
    """With how its run ends instead; under another design it is not asked to break it."""
    line = f"{HEAD}/A:kill@OCALL,breaks:{name}"
    words = rf"says that it breaks {name}, and it does so no longer: .*Every process ends\.$"
    with pytest.raises(TokenError, match=words):
        replay(line)
    assert "" == replay(line, "held-refs-pre-release").breaks


def test_of_several_claims_each_has_to_hold() -> None:
    """The first that does not is named."""
    line = f"{DEADLOCK},breaks:no-deadlock"
    assert "no-deadlock" == replay(f"{line},breaks:no-shm-leak").breaks
    with pytest.raises(
        TokenError, match="says that it breaks no-use-after-free, and it does so no"
    ):
        replay(f"{line},breaks:no-use-after-free")


# --- one's own -------------------------------------------------------------------------------


def test_a_token_names_a_design_and_a_scenario_by_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where they were loaded from one, and so it is replayed with nothing else given."""
    (tmp_path / "my drivers").mkdir()
    write(tmp_path / "my drivers")
    monkeypatch.chdir(tmp_path)
    place = "my drivers/mine.py"
    made = run(load("scenario", f"{place}:HURRIED"), load("design", f"{place}:Mine"))
    line = token(made)
    assert "my=20drivers/mine.py:HURRIED/my=20drivers/mine.py:Mine/t2/c1/" == line
    assert ("mine", "hurried") == (replay(line).design, replay(line).scenario)
    assert made.schedule == replay(line).schedule
    # Of the package's own, a token has the name.
    assert f"{HEAD}/" == token(run("flow-1", load("design", "ocallkit.designs:Ecall")))


ODD_OPTION = "it's, $HOME/*!"


def which(_world: object) -> Choose:
    """Go one of two ways; the name of one is what no shell leaves alone."""
    return Choose(Option("plain", 1), Option(ODD_OPTION, 2))


def chooses(_client: Client) -> Steps:
    """A CA that decides something of its own."""
    return (yield (which,))


def ta(command: int, params: Params) -> Steps:
    """A TA that is not asked."""
    yield from ()
    return command, params


def test_what_was_not_loaded_from_a_file_has_its_name() -> None:
    """A design or a scenario of a notebook has to be given again; its signs have numbers."""
    mine = Scenario("mine here", "decides", chooses, ta)
    plain, odd = run(mine), run(mine, schedule=[f"A:{ODD_OPTION}"])
    assert "mine=20here/ecall/t2/c1/A:plain" == token(plain)
    assert "mine=20here/ecall/t2/c1/A:it=27s+=24HOME=2F=2A=21" == token(odd)
    assert odd.schedule == replay(token(odd), scenario=mine).schedule


def test_a_name_that_no_token_can_begin_with_is_refused() -> None:
    """Its first sign would be one that some shell takes for itself."""
    line = Token(scenario="-x", design="ecall", threads=2, clients=1)
    with pytest.raises(
        TokenError, match="the scenario '-x' can be in no token: let its name begin"
    ):
        str(line)
