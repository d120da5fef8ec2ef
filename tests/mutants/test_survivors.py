"""What no test notices is explained, and belongs to the source as it is now."""

from __future__ import annotations

from collections import Counter

import pytest

from tools import mutants
from tools.mutants import ROOT, Survivor, changed, explained, git, module, report, scope, share

KNOWN = explained()


@pytest.mark.parametrize("survivor", KNOWN, ids=lambda one: f"{one.file}: {one.instead}"[:80])
def test_a_survivor_is_one_of_the_source_as_it_is(survivor: Survivor) -> None:
    """Its line stands in a file that is mutated, once or more; what it becomes is another."""
    assert survivor.file in scope()
    source = " ".join((ROOT / survivor.file).read_text().split())
    assert " ".join(survivor.line.split()) in source
    assert survivor.line != survivor.instead


def test_every_survivor_has_a_reason_and_stands_there_once() -> None:
    """In a sentence."""
    assert [] == [one for one in KNOWN if len(one.reason.split()) < 4]
    assert [] == [change for change, n in Counter(one.change for one in KNOWN).items() if n > 1]


def test_what_decides_a_verdict_is_mutated() -> None:
    """The engine, the model, the designs, the properties and what is judged with them."""
    files = set(scope())
    assert {
        "ocallkit/engine/laps.py",
        "ocallkit/engine/world.py",
        "ocallkit/model/tee.py",
        "ocallkit/designs/held_refs.py",
        "ocallkit/properties/__init__.py",
        "ocallkit/properties/reached.py",
        "ocallkit/judging/verdict.py",
        "ocallkit/judging/tokens.py",
        "ocallkit/judging/matrix.py",
    } <= files
    assert not any(file.startswith(("ocallkit/view", "ocallkit/lesson")) for file in files)


# --- the command --------------------------------------------------------------------------------

DIFF = """\
# ocallkit.a.x_f__mutmut_1: survived
--- ocallkit/a.py
+++ ocallkit/a.py
@@ -1,4 +1,3 @@
 def f(x):
-    return g(
-        x, 1)
+    return g(x, 2)
"""


def test_a_change_is_what_goes_and_what_comes() -> None:
    """Without the lines around it, and on one line each."""
    expected = Survivor("ocallkit/a.py", "return g( x, 1)", "return g(x, 2)")
    assert expected == mutants.what_changed("ocallkit/a.py", DIFF)


def said(monkeypatch: pytest.MonkeyPatch, known: list[Survivor], **was: str) -> int:
    """The status of a report about one file with these mutants."""
    names = {f"ocallkit.a.x_f__mutmut_{name}": what for name, what in was.items()}
    monkeypatch.setattr(mutants, "results", lambda: names)
    monkeypatch.setattr(mutants, "mutmut", lambda *_: DIFF)
    monkeypatch.setattr(mutants, "explained", lambda: known)
    return report(["ocallkit/a.py", "ocallkit/untouched.py"])


def test_a_report_counts_what_was_noticed_and_names_what_was_not(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever stops a test is noticed, a timeout too."""
    assert 1 == said(monkeypatch, [], a="killed", b="timeout", c="survived", d="killed")
    expected = [
        "ocallkit/a.py: 3 of 4 noticed (75.0 %), 4 in all",
        "    - return g( x, 1)",
        "    + return g(x, 2)",
    ]
    assert expected == capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("was", ["survived", "no tests", "suspicious", "skipped"])
def test_an_explained_survivor_is_no_failure(was: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor are mutants that were noticed."""
    known = [Survivor("ocallkit/a.py", "return g( x, 1)", "return g(x, 2)", "it is so")]
    assert 0 == said(monkeypatch, known, a="killed", b=was)
    assert 1 == said(monkeypatch, [], a="killed", b=was)


def test_a_report_of_a_part_is_no_success(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was not tried may survive."""
    assert 3 == said(monkeypatch, [], a="killed", b="not checked")


def test_only_files_that_were_changed_are_tried(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Unless others are named, or all."""
    tried: list[list[str]] = []
    monkeypatch.setattr(mutants, "changed", lambda: ["README.md", "ocallkit/engine/laps.py"])

    def try_them(files: list[str], _minutes: float) -> bool:
        tried.append(files)
        return True

    monkeypatch.setattr(mutants, "try_them", try_them)
    monkeypatch.setattr(mutants, "report", lambda _files: 0)
    assert [0, 0, 0] == [
        mutants.main(some) for some in ([], ["ocallkit/judging/matrix.py"], ["all"])
    ]
    assert [["ocallkit/engine/laps.py"], ["ocallkit/judging/matrix.py"], scope()] == tried
    monkeypatch.setattr(mutants, "changed", lambda: ["README.md"])
    assert 0 == mutants.main([])
    assert "nothing to mutate" in capsys.readouterr().out


def test_a_run_that_was_stopped_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the status of what is not finished; what survived so far is worse."""
    monkeypatch.setattr(mutants, "try_them", lambda _files, _minutes: False)
    for status, expected in ((0, 3), (1, 1)):
        monkeypatch.setattr(mutants, "report", lambda _files, status=status: status)
        assert expected == mutants.main(["all"])


def test_what_was_changed_is_what_git_says() -> None:
    """Paths of this repository, from its root; nothing where there is no git."""
    if not git("rev-parse", "HEAD"):
        assert [] == changed()
    assert [] == [path for path in changed() if path.startswith("/")]


def test_files_are_asked_for_by_the_module_that_they_are() -> None:
    """And shares are in per cent, of nothing none."""
    assert ("ocallkit.engine.laps", "ocallkit.model") == (
        module("ocallkit/engine/laps.py"),
        module("ocallkit/model/__init__.py"),
    )
    assert ("95.0 %", "-") == (share(19, 20), share(0, 0))
