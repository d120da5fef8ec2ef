"""Two runs side by side."""

from __future__ import annotations

from ocallkit.judging.comparing.two_runs import Parting, part
from ocallkit.judging.tokens import replay
from ocallkit.view.parting import pairs, parting_table

TOKEN = "flow-1-memref/ecall/t2/c1/A:kill@OCALL,A:close:memref"  # noqa: S105 - names a run


def test_what_both_do_stands_on_one_line() -> None:
    """Also after they have parted: only what differs is marked."""
    parting = part(replay(TOKEN), replay(TOKEN, "held-refs-pre-release"))
    plain = parting_table(parting).plain.splitlines()
    assert plain[0] == f"The first {len(parting.common)} events are the same. Then they part:"
    killed = [line for line in plain if "is killed" in line]
    assert [line.split("  ")[-2:] for line in killed] == [["=", "CA A is killed"]]
    assert "| tee_shm A.memref -1 = 1 (file)" in " ".join(" ".join(plain).split())


def test_the_table_says_in_the_middle_who_does_what() -> None:
    """By a sign, and by weight: not by colour."""
    html = parting_table(Parting("a", "b", ("both",), ("mine", "end"), ("end", "<yours>"))).html
    assert html.count("font-weight:bold") == 2 * 3
    assert "&lt;yours&gt;" in html
    assert ">&lt;</td>" in html
    assert ">&gt;</td>" in html


def test_every_event_appears_once_and_in_order() -> None:
    """Whatever is level with what."""
    left, right = ("a", "b", "c", "d"), ("x", "c", "y", "z", "d")
    found = pairs(left, right)
    assert tuple(one for one, _, _ in found if one) == left
    assert tuple(other for _, _, other in found if other) == right
    assert all((one == other) == (sign == "=") for one, sign, other in found)


def test_a_long_stretch_in_common_is_cut_in_the_middle_and_says_so() -> None:
    """What differs is never left out, however much of it there is."""
    same, other = tuple("abcdefg"), tuple("uvwxyz")
    rows = parting_table(Parting("l", "r", (), (*same, *other), same)).plain.splitlines()[3:]
    assert [line.split("=")[0].strip() for line in rows[:5]] == ["a", "b", "3 more", "f", "g"]
    assert [line.split() for line in rows[5:]] == [[letter, "<"] for letter in other]


def test_the_only_client_is_not_named() -> None:
    """Of several each line says whose it is."""
    alone = parting_table(Parting("l", "r", ("A: opens",), ("A: ends",), ()))
    assert "A: " not in alone.plain
    several = parting_table(Parting("l", "r", ("A: opens",), ("B: ends",), ()))
    assert "A: opens" in several.plain
    assert "B: ends" in several.html


def test_runs_that_never_part_are_said_to_be_alike() -> None:
    """Meta's other transport is no difference here."""
    parting = part(replay(TOKEN), replay(TOKEN, "meta"))
    assert parting_table(parting).plain.startswith("ecall and meta do the same: ")


def test_a_parting_shows_itself() -> None:
    """In a notebook and in a terminal."""
    parting = Parting("a", "b", ("both",), ("mine",), ())
    table = parting_table(parting)
    assert parting._repr_mimebundle_() == {"text/html": table.html, "text/plain": table.plain}
