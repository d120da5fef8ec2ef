"""The pictures in `figures/` show what the model does now."""

from __future__ import annotations

from pathlib import Path

import pytest

from ocallkit import matrix
from ocallkit.judging.path import run
from ocallkit.view.figures import FIGURES, OWN, digest_in, main, stale
from ocallkit.view.matrix_picture import digest

pytestmark = pytest.mark.long

FOLDER = Path(__file__).parents[2] / "figures"
HERE = [name for name in FIGURES if name != "claims.svg"]
"""The claims' is looked at where they are judged: that takes long, and is done once."""


@pytest.fixture(name="copy")
def _copy(tmp_path: Path) -> Path:
    for name in HERE:
        (tmp_path / name).write_bytes((FOLDER / name).read_bytes())
    return tmp_path


def test_no_figure_is_stale() -> None:
    """Where one is: `make figures`."""
    assert stale(FOLDER, HERE) == []


def test_the_folder_holds_the_figures_and_nothing_else() -> None:
    """A picture that no function makes would never be found stale."""
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted(FIGURES)


def test_a_figure_of_another_run_is_stale(copy: Path) -> None:
    """Another digest, or another byte in a picture of our own, is enough."""
    digest = run("flow-1", design="ecall").digest
    for name in ("flow-1.svg", "flow-1-timeline.svg"):
        path = copy / name
        old = path.read_text(encoding="utf-8").replace(digest, "0" * len(digest))
        path.write_text(old, encoding="utf-8")
    own = copy / "flow-2.svg"
    own.write_text(own.read_text(encoding="utf-8").replace("TEE Driver", "TEE"), encoding="utf-8")
    (copy / "flow-2-timeline.svg").unlink()
    assert stale(copy, HERE) == [
        "flow-1.svg",
        "flow-1-timeline.svg",
        "flow-2.svg",
        "flow-2-timeline.svg",
    ]


def test_every_figure_of_a_run_carries_its_digest() -> None:
    """By it an old picture is told from a new one."""
    digests = {
        name: digest_in((FOLDER / name).read_text(encoding="utf-8"))
        for name in FIGURES
        if name.startswith("flow")
    }
    runs = {name: run(name[: len("flow-1")], design="ecall").digest for name in digests}
    assert digests == runs


def test_the_matrix_carries_the_digest_of_its_verdicts() -> None:
    """Which does not depend on how long they took."""
    svg = (FOLDER / "matrix.svg").read_text(encoding="utf-8")
    assert digest_in(svg) == digest(matrix())


def test_a_matrix_with_another_verdict_is_stale(copy: Path) -> None:
    """A number of states is enough."""
    path = copy / "matrix.svg"
    old = path.read_text(encoding="utf-8")
    path.write_text(old.replace(">7<", ">8<", 1), encoding="utf-8")
    assert stale(copy, HERE) == ["matrix.svg"]


def test_the_command_writes_what_it_checks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before it has written, everything is stale; afterwards nothing is."""
    where = ["--folder", str(tmp_path), *HERE]
    assert main(["--check", *where]) == 1
    assert capsys.readouterr().err.count("is stale: make figures\n") == len(HERE)
    assert main(where) == 0
    assert main(["--check", *where]) == 0
    for name in filter(HERE.__contains__, OWN):
        assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes()


def test_a_figure_that_is_not_there_is_bad_usage(capsys: pytest.CaptureFixture[str]) -> None:
    """With those that are."""
    with pytest.raises(SystemExit):
        main(["claim.svg"])
    assert "no figure is called claim.svg; there are flow-1.svg" in capsys.readouterr().err
