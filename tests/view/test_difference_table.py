"""Two designs side by side."""

from __future__ import annotations

from ocallkit.designs import Ecall, EcallBare, HeldRefs, HeldRefsPreRelease, OcallFd, TwoLists
from ocallkit.judging.comparing.two_designs import as_text
from ocallkit.view.difference_table import difference_table


def test_each_decision_stands_beside_the_other_designs() -> None:
    """As it reads in the code of either."""
    html = difference_table(EcallBare, Ecall).html
    assert html.count("<tr>") == 1 + 1
    assert '">pre_release</th>' in html
    assert "return ()" in html
    assert "return optee.cancel_ocall(client)" in html


def test_a_decision_that_another_design_settled_names_it() -> None:
    """What `two-lists` overrides comes from the root of all."""
    html = difference_table(HeldRefsPreRelease, TwoLists).html
    assert html.count("as in ecall-bare") == 1
    assert "as in two-lists" not in html


def test_where_a_decision_is_found_in_the_code_is_not_told_to_a_reader() -> None:
    """The rest of its docstring is."""
    html = difference_table(EcallBare, OcallFd).html
    assert "no file, and its call stays in the call queue.&quot;&quot;&quot;" in html
    assert "Source:" not in html


def test_designs_that_decide_alike_have_no_table() -> None:
    """A sentence says so."""
    assert difference_table(HeldRefs, HeldRefs).html == (
        "<p>held-refs and held-refs decide alike</p>"
    )


def test_the_plain_text_is_what_the_command_prints() -> None:
    """`ocallkit diff` and the notebooks say the same."""
    assert difference_table(EcallBare, HeldRefs).plain == as_text(EcallBare, HeldRefs)
