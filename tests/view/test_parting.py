"""Two runs side by side."""

from __future__ import annotations

from ocallkit.compare import Parting, part
from ocallkit.replay import replay
from ocallkit.view.parting import pairs, parting_table

TOKEN = "flow-1-memref/ecall/t2/c1/A:kill@OCALL,A:close:memref"  # noqa: S105 - names a run


def test_what_both_do_stands_on_one_line() -> None:
    """Also after they have parted: only what differs is marked."""
    parting = part(replay(TOKEN), replay(TOKEN, "held-refs-pre-release"))
    plain = parting_table(parting).plain.splitlines()
    assert plain[0] == f"The first {len(parting.common)} events are the same. Then they part:"
    killed = [line for line in plain if "is killed" in line]
    assert [line.split("  ")[-2:] for line in killed] == [["=", "A: CA A is killed"]]
    assert "| A: tee_shm A.memref -1 = 1 (file)" in " ".join(" ".join(plain).split())


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


def test_a_long_rest_is_cut_and_says_so() -> None:
    """`rows` is how much of it is shown."""
    parting = Parting("a", "b", (), tuple("uvwxyz"), ())
    assert parting_table(parting, rows=4).plain.splitlines()[-1] == "2 more lines follow."
    assert "2 more lines follow." in parting_table(parting, rows=4).html
    assert "more lines" not in parting_table(parting, rows=6).plain


def test_runs_that_never_part_are_said_to_be_alike() -> None:
    """Meta's other transport is no difference here."""
    parting = part(replay(TOKEN), replay(TOKEN, "meta"))
    assert parting_table(parting).plain.startswith("ecall and meta do the same: ")


def test_a_parting_shows_itself() -> None:
    """In a notebook and in a terminal."""
    parting = Parting("a", "b", ("both",), ("mine",), ())
    table = parting_table(parting)
    assert parting._repr_mimebundle_() == {"text/html": table.html, "text/plain": table.plain}
