"""Who waits for whom as a picture: every wait is an arrow, and nothing hides anything."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from ocallkit import replay, run
from ocallkit.judging.path import follow
from ocallkit.model.waiting import Wait, never_answers, who_waits
from ocallkit.view import palette
from ocallkit.view.waits import graph, waits_picture
from tests.view.test_svg import (
    NAMESPACE,
    Box,
    box_of,
    contrast,
    frame,
    groups,
    number,
    overlap,
    texts,
)

if TYPE_CHECKING:
    from ocallkit.view.display import Picture

DIES = "{0}:kill@OCALL,{0}:close:memref"
TOKENS = {
    "one thread": f"flow-1-memref/ecall/t1/c1/{DIES.format('A')}",
    "two threads": f"flow-1-memref/ecall/t2/c1/{DIES.format('A')}",
    "a living CA": f"flow-1-memref/ecall/t2/c2/{DIES.format('A')}",
    "two dead": f"flow-1-memref/ecall/t3/c3/{DIES.format('A')},{DIES.format('B')}",
    "two dead, one living": f"flow-1-memref/ecall/t4/c3/{DIES.format('A')},{DIES.format('B')}",
    "two threads of a CA": (
        "two-threads-one-session/ecall/t2/c1/A:call@invoke,A.2:call@invoke,A:kill@OCALL"
    ),
    "three dead": "flow-1-memref/ecall/t6/c4/" + ",".join(map(DIES.format, "ABC")),
}
RING = graph((Wait("a", "b", "one"), Wait("b", "c", "two"), Wait("c", "a", "three")), "A ring")
PICTURES = {name: waits_picture(replay(token)) for name, token in TOKENS.items()} | {"ring": RING}


@pytest.fixture(name="picture", params=PICTURES)
def _picture(request: pytest.FixtureRequest) -> Picture:
    return PICTURES[request.param]


def boxes(root: ET.Element) -> list[Box]:
    """The boxes of the parties: rectangles but the frame, and the outer eight-sided edges."""
    rects = [frame(rect) for rect in root.iter(f"{NAMESPACE}rect")][1:]
    return rects + [outline(path) for path in octagons(root)[::2]]


def octagons(root: ET.Element) -> list[ET.Element]:
    """The eight-sided edges, two for each party."""
    paths = root.iter(f"{NAMESPACE}path")
    return [path for path in paths if path.get("stroke") == palette.NOTE_EDGE]


def outline(path: ET.Element) -> Box:
    """The box of an eight-sided edge, from its first side and its height."""
    first, _, rest = path.attrib["d"].removeprefix("M").partition("h")
    left, top = map(float, first.split())
    across, down = float(rest.split("l")[0]), float(rest.split("v")[1].split("l")[0])
    return left - 10, top, left + across + 10, top + down + 20


def lines(root: ET.Element) -> list[list[tuple[float, float]]]:
    """The corners of every arrow."""
    return [
        [(float(x), float(y)) for x, y in (p.split() for p in path[1:].split("L"))]
        for path in (group[1].attrib["d"] for group in groups(root))
    ]


def test_every_wait_is_an_arrow_with_its_ends_named() -> None:
    """Three waits, three arrows, in the words of the model."""
    token = TOKENS["two threads"]
    root = ET.fromstring(PICTURES["two threads"].svg)
    end = replay(token)
    expected = [f"{w.who} waits for {w.whom}" for w in who_waits(end.system, end.state)]
    assert expected == [group[0].text for group in groups(root)]


def test_a_box_says_what_its_party_waits_for() -> None:
    """From the exit of the process down to the one that never answers."""
    root = ET.fromstring(PICTURES["one thread"].svg)
    expected = [
        "Who waits for whom, flow-1-memref under ecall",
        "exit of CA A",
        "every secure thread is taken",
        "(ETHREAD_LIMIT)",
        "secure thread 0 (A)",
        "its OCALL is pending",
        "CA A (killed)",
        "never answers",
        "Arrow: waits for. Eight-sided box: waits for nobody.",
    ]
    assert expected == [text.text for text in texts(root)]


def test_a_thread_of_a_ca_is_said_to_be_one() -> None:
    """Its name alone does not say whose thread it is, so there is a line for it."""
    root = ET.fromstring(PICTURES["two threads of a CA"].svg)
    said = [text.text for text in texts(root)]
    assert ["CA A.2 (killed)", "A.2: thread 2 of CA A."] == [said[1], said[-1]]


@pytest.mark.parametrize("name", TOKENS)
def test_who_waits_for_nobody_is_told_by_its_shape(name: str) -> None:
    """A double edge with eight sides for each of them, and for nobody else."""
    end = replay(TOKENS[name])
    expected = 2 * len(never_answers(who_waits(end.system, end.state)))
    assert expected == len(octagons(ET.fromstring(PICTURES[name].svg)))


def test_calls_without_a_thread_stand_in_one_queue() -> None:
    """Two calls and three threads: five arrows instead of six."""
    root = ET.fromstring(PICTURES["two dead"].svg)
    at_queue = [g[0].text for g in groups(root) if "call queue" in (g[0].text or "")]
    expected = [
        "exit of CA B waits for call queue",
        "call queue waits for secure thread 0 (A)",
        "call queue waits for secure thread 1 (B)",
        "call queue waits for secure thread 2 (A)",
        "CA C waits for call queue",
    ]
    assert expected == at_queue


def test_a_ca_that_may_still_answer_is_not_called_dead() -> None:
    """A handler that runs has not answered yet; one that sleeps for ever never answers."""
    asleep = replay("flow-1/ecall/t2/c1/A:never-answers@OCALL")
    assert "CA A: never answers" in waits_picture(asleep).plain
    whole = run("flow-1")
    asked = whole.schedule.index("A:process_ocall_request") + 1
    pending = follow(whole.system, "flow-1", "ecall", whole.schedule[:asked], goes_on=False)
    assert "CA A: has not answered yet" in waits_picture(pending).plain


def test_nobody_waits_in_the_end_of_a_run_that_ends() -> None:
    """The picture says so."""
    picture = waits_picture(run("flow-1"))
    assert "Nobody waits." in [text.text for text in texts(ET.fromstring(picture.svg))]
    assert picture.plain == "nobody waits."


def test_no_box_covers_another(picture: Picture) -> None:
    """Rows and columns keep them apart."""
    found = boxes(ET.fromstring(picture.svg))
    assert [] == [pair for pair in combinations(found, 2) if overlap(*pair)]


def test_every_text_lies_in_the_picture_and_covers_no_other(picture: Picture) -> None:
    """Estimated with the widest usual face."""
    root = ET.fromstring(picture.svg)
    found = [box_of(text) for text in texts(root)]
    whole = (0.0, 0.0, number(root, "width"), number(root, "height"))
    assert all(b[0] >= whole[0] and b[2] <= whole[2] and b[3] <= whole[3] for b in found)
    assert [] == [pair for pair in combinations(found, 2) if overlap(*pair)]


def test_no_arrow_runs_through_a_box(picture: Picture) -> None:
    """An arrow touches a box only where it begins or ends."""
    root = ET.fromstring(picture.svg)
    inner = [(b[0] + 1, b[1] + 1, b[2] - 1, b[3] - 1) for b in boxes(root)]
    crossed = []
    for corners in lines(root):
        for (x1, y1), (x2, y2) in pairwise(corners):
            part = (min(x1, x2), min(y1, y2), max(x1, x2) + 0.1, max(y1, y2) + 0.1)
            crossed += [box for box in inner if overlap(part, box)]
    assert [] == crossed


def test_every_text_can_be_read(picture: Picture) -> None:
    """At least 4.5 to 1 on the darkest ground that a box has."""
    grounds = {rect.attrib["fill"] for rect in ET.fromstring(picture.svg).iter(f"{NAMESPACE}rect")}
    assert all(contrast(palette.INK, ground) >= 4.5 for ground in {*grounds, palette.NOTE})
    assert contrast(palette.QUIET, palette.PAPER) >= 4.5


def test_the_picture_has_presentation_attributes_only(picture: Picture) -> None:
    """Hosts strip style sheets and markers: the one sheet is for the dark, and may be missing."""
    root = ET.fromstring(picture.svg)
    (sheet,) = root.findall(f"{NAMESPACE}style")
    assert palette.dark_sheet() == f"<style>{sheet.text}</style>"
    root.remove(sheet)
    tags = {element.tag.removeprefix(NAMESPACE) for element in root.iter()}
    assert {"svg", "title", "desc", "rect", "text", "path", "g"} >= tags
    assert not any("style" in element.attrib for element in root.iter())


def test_a_ring_is_drawn_with_the_arrow_that_closes_it() -> None:
    """Three waits that close: three arrows, one of them upwards."""
    found = lines(ET.fromstring(RING.svg))
    assert [False, False, True] == [corners[-1][1] < corners[0][1] for corners in found]


def test_a_ring_needs_no_key_for_boxes_that_it_has_not() -> None:
    """Everybody in it waits for somebody."""
    assert "Arrow: waits for." == texts(ET.fromstring(RING.svg))[-1].text


def test_the_words_of_the_picture_say_the_same() -> None:
    """Those who do not see it read every wait, and who never answers."""
    expected = (
        "exit of CA A waits for secure thread 0 (A): every secure thread is taken (ETHREAD_LIMIT)\n"
        "secure thread 0 (A) waits for CA A (killed): its OCALL is pending\n"
        "CA A (killed): never answers"
    )
    assert expected == PICTURES["one thread"].plain
