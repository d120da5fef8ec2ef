"""The sequence diagram as SVG: what is in it, and that it can be read."""

from __future__ import annotations

import re
from itertools import combinations
from xml.etree import ElementTree as ET

import pytest

from ocallkit import replay
from ocallkit.judging.path import run
from ocallkit.model.events import OCALL_PTA, OPTEE, TA, Divider, Message, Param
from ocallkit.scenarios import SCENARIOS
from ocallkit.view import palette
from ocallkit.view.fonts import BOLD, width
from ocallkit.view.measures import NOTE_HEIGHT
from ocallkit.view.places import places
from ocallkit.view.svg import to_svg
from tests.view.made import MadeRun, down, flow_1, flow_2, killed, opening, say

NAMESPACE = "{http://www.w3.org/2000/svg}"
ENDING = "A waits in close for MOBJ A.memref, which its own invocation holds; " * 3
FLOW_1 = MadeRun((*opening(), *flow_1()), scenario="flow-1")
FLOW_2 = MadeRun((*opening(), *flow_2()), scenario="flow-2")
A, B = flow_1("A", 0), flow_1("B", 1)
TWO = MadeRun((*A[:6], *B[:9], *A[6:20], *B[9:], *A[20:]), clients=("A", "B"))
STOPPED = MadeRun(killed(), ending=ENDING)
WITHOUT_TA = MadeRun(
    (
        *down("A", "Func Invoke", "Func Invoke", 0),
        *down("B", "Func Invoke", "Func Invoke", 1),
        Divider(client="A", text="both threads are in secure world, and nobody comes back " * 2),
    ),
    clients=("A", "B"),
)
THREE = MadeRun(
    tuple(event for thread in range(3) for event in down("ABC"[thread], "Func", "Func", thread)),
    clients=("A", "B", "C"),
)

PICTURES = {
    "flow-1": to_svg(FLOW_1),
    "flow-2": to_svg(FLOW_2),
    "flow-2, references": to_svg(FLOW_2, references=True),
    "flow-2, whole": to_svg(FLOW_2, whole=True, references=True),
    "two clients": to_svg(TWO, references=True),
    "without a TA": to_svg(WITHOUT_TA),
    "three threads": to_svg(THREE),
    "stopped": to_svg(STOPPED, references=True),
    **{f"{name}, run": to_svg(run(name), whole=True, references=True) for name in SCENARIOS},
    "two threads of a CA, run": to_svg(run("two-threads-two-sessions"), references=True),
    "two clients, run": to_svg(run("flow-2-memref", clients=2), references=True),
}

THREAD_KEY = "A.2: thread 2 of CA A"

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""


@pytest.fixture(name="root", params=PICTURES)
def _root(request: pytest.FixtureRequest) -> ET.Element:
    return ET.fromstring(PICTURES[request.param])


def number(element: ET.Element, name: str) -> float:
    """Read a numeric attribute."""
    return float(element.attrib[name])


def texts(root: ET.Element) -> list[ET.Element]:
    """List the texts that are drawn."""
    return list(root.iter(f"{NAMESPACE}text"))


def box_of(text: ET.Element) -> Box:
    """Estimate the box of a text: its width as DejaVu Sans gives it, and its height."""
    size = float(text.get("font-size", "12.5"))
    wide = width(text.text or "", size) * (BOLD if text.get("font-weight") == "bold" else 1)
    left = number(text, "x") - (wide / 2 if text.get("text-anchor") == "middle" else 0)
    return left, number(text, "y") - 0.75 * size, left + wide, number(text, "y") + 0.2 * size


def overlap(one: Box, other: Box) -> bool:
    """Tell whether two boxes have a point in common."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def frame(rect: ET.Element) -> Box:
    """Read the box of a rectangle."""
    x, y = number(rect, "x"), number(rect, "y")
    return x, y, x + number(rect, "width"), y + number(rect, "height")


def groups(root: ET.Element) -> list[ET.Element]:
    """List the messages, in order."""
    return list(root.iter(f"{NAMESPACE}g"))


def lifelines(root: ET.Element) -> list[float]:
    """Find the places of the lifelines."""
    paths = (path for path in root.iter(f"{NAMESPACE}path"))
    return [
        float(path.attrib["d"][1:].split()[0])
        for path in paths
        if path.get("stroke") == palette.LIFELINE
    ]


def bars(root: ET.Element) -> list[Box]:
    """Find the boxes of all bars in the diagram; those of the legend are below it."""
    edges = (palette.THREAD, palette.IOCTL_EDGE)
    rects = (rect for rect in root.iter(f"{NAMESPACE}rect") if rect.get("stroke") in edges)
    boxes = [
        (number(r, "x"), number(r, "y"), number(r, "width"), number(r, "height")) for r in rects
    ]
    return [(x, y, x + wide, y + high) for x, y, wide, high in boxes]


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour, as WCAG 2.1 defines it."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, as WCAG 2.1 defines it."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_only_presentation_attributes(root: ET.Element) -> None:
    """No sheet but that for the dark, no reference to a definition, no class and no script."""
    tags = [element.tag.removeprefix(NAMESPACE) for element in root.iter()]
    assert set(tags) <= {"svg", "title", "desc", "metadata", "style", "g", "rect", "path", "text"}
    assert tags.count("style") == 1
    names = {name for element in root.iter() for name in element.attrib}
    assert not names & {"style", "class", "href"}
    assert not [name for name in names if name.startswith("on")]
    assert "url(" not in ET.tostring(root, encoding="unicode")


def test_ids_are_unique_and_carry_the_digest(root: ET.Element) -> None:
    """Pictures of two runs can stand on one page."""
    ids = [element.attrib["id"] for element in root.iter() if "id" in element.attrib]
    assert len(ids) == len(set(ids))
    assert len({re.sub(r"-(title|desc|m-?\d+)$", "", name) for name in ids}) == 1


def test_every_message_has_an_id() -> None:
    """They count from 1, as the numbers in the picture do."""
    root = ET.fromstring(PICTURES["flow-2"])
    ids = [group.attrib["id"] for group in groups(root)]
    assert ids == [f"run-{FLOW_2.digest}-m{number}" for number in range(1, 33)]


def test_a_screen_reader_finds_title_and_description() -> None:
    """The picture is an image that is labelled by both; markup in them is escaped."""
    made = MadeRun(flow_1(), summary="It <ends> & nothing leaks.")
    root = ET.fromstring(to_svg(made))
    labels = {element.get("id"): element.text for element in root}
    spoken = [labels[name] for name in root.attrib["aria-labelledby"].split()]
    assert root.attrib["role"] == "img"
    assert spoken == ["made under ecall", "It <ends> & nothing leaks."]


def test_a_message_says_what_travels_with_it() -> None:
    """Its title has the parties, the label, the numbers and the parameters."""
    message = Message(
        client="A",
        source="CA",
        target="TEE Driver",
        label="TEE_IOC_INVOKE",
        words=(("func", 7),),
        params=(Param("VALUE_INPUT", a=1, b=2, c=3),),
    )
    spoken = "1. CA to TEE Driver: TEE_IOC_INVOKE (func=7, VALUE_INPUT a=0x1 b=0x2 c=0x3)"
    assert f"<title>{spoken}</title>" in to_svg(MadeRun((message,)))


def test_the_background_covers_the_picture(root: ET.Element) -> None:
    """A dark page does not shine through."""
    back = next(root.iter(f"{NAMESPACE}rect"))
    assert back.attrib["fill"] == palette.PAPER
    assert number(back, "width") == number(root, "width") - 1
    assert number(back, "height") == number(root, "height") - 1


def test_requests_and_returns_differ_without_colour() -> None:
    """An RPC and a return have dashes of their own, and only a return an open head."""
    dashes = [dash for _, dash in palette.LINES.values()]
    assert len(set(dashes)) == 3
    root = ET.fromstring(PICTURES["flow-1"])
    heads = [
        group.findall(f"{NAMESPACE}path")[1].get("fill") for group in root.iter(f"{NAMESPACE}g")
    ]
    assert [place for place, fill in enumerate(heads, 1) if fill == "none"] == [
        8,
        9,
        14,
        15,
        16,
        17,
        18,
    ]


def test_texts_are_at_least_12_pixels(root: ET.Element) -> None:
    """Nothing is too small at 1x."""
    sizes = {float(element.get("font-size", "12.5")) for element in root.iter()}
    assert min(sizes) >= 12


def test_no_text_overlaps_another(root: ET.Element) -> None:
    """Labels, headers, notes and the lane keep apart."""
    boxes = [(text.text, box_of(text)) for text in texts(root)]
    assert [(a, b) for (a, one), (b, two) in combinations(boxes, 2) if overlap(one, two)] == []


def test_no_text_is_cut_off(root: ET.Element) -> None:
    """Everything is within the picture."""
    wide, high = number(root, "width"), number(root, "height")
    outside = [
        text.text
        for text in texts(root)
        if not (
            box_of(text)[0] >= 4
            and box_of(text)[1] >= 4
            and box_of(text)[2] <= wide - 4
            and box_of(text)[3] <= high - 4
        )
    ]
    assert outside == []


def test_labels_stand_between_lifelines(root: ET.Element) -> None:
    """No lifeline and no bar runs through a message's label."""
    posts = lifelines(root)
    for group in groups(root):
        for label in group.findall(f"{NAMESPACE}text"):
            left, top, right, bottom = box_of(label)
            assert [x for x in posts if left - 2 <= x <= right + 2] == []
            assert [bar for bar in bars(root) if overlap((left, top, right, bottom), bar)] == []


def test_a_threads_name_stands_beside_all_bars(root: ET.Element) -> None:
    """Where two threads have bars side by side, it is to the right of both."""
    for text in texts(root):
        if (text.text or "").startswith("thread "):
            assert [bar for bar in bars(root) if overlap(box_of(text), bar)] == []


def test_an_arrow_ends_at_the_bar_of_its_own_thread() -> None:
    """The second client's SMC passes the first one's bar and ends at its own."""
    picture = PICTURES["three threads"]
    ends = []
    for group in groups(ET.fromstring(picture))[2::3]:
        head = group.findall(f"{NAMESPACE}path")[1].attrib["d"]
        ends.append(float(head.split("L")[1].split()[0]))
    root = ET.fromstring(picture)
    rects = [r for r in root.iter(f"{NAMESPACE}rect") if r.get("fill") == palette.THREAD]
    assert [number(rect, "x") for rect in rects[:3]] == ends


def test_the_order_of_messages_does_not_widen_the_diagram() -> None:
    """Arrows between neighbours, whose labels have no choice, make their room first."""
    far = say("A", TA, "TEE_InvokeCACommand", OPTEE)
    near = say("A", OPTEE, "a label without another gap", OCALL_PTA)
    widths = [
        ET.fromstring(to_svg(MadeRun(messages))).attrib["width"]
        for messages in ((far, near), (near, far))
    ]
    assert widths[0] == widths[1]


def test_a_note_covers_no_lifeline_but_its_own(root: ET.Element) -> None:
    """What one client does would otherwise seem to be done by its neighbour."""
    rects = (r for r in root.iter(f"{NAMESPACE}rect") if r.get("fill") == palette.NOTE)
    notes = [frame(rect) for rect in rects if number(rect, "height") == NOTE_HEIGHT]
    for left, _, right, _ in notes:
        assert len([x for x in lifelines(root) if left <= x <= right]) == 1


def test_a_divider_is_as_wide_as_its_words_ask_for() -> None:
    """Its box stays within the picture."""
    root = ET.fromstring(PICTURES["without a TA"])
    (words,) = (t for t in texts(root) if (t.text or "").startswith("both threads"))
    assert box_of(words)[0] >= 16
    assert box_of(words)[2] <= number(root, "width") - 16


def test_six_lifelines_fit_a_laptop() -> None:
    """The flows are readable without scaling, with the lane a little wider than without."""
    for name in ("flow-1", "flow-2"):
        assert number(ET.fromstring(to_svg(run(name))), "width") <= 1180


def test_the_diagram_is_the_same_with_and_without_the_lane() -> None:
    """The lane stands beside it: lifelines keep their places."""
    plain = lifelines(ET.fromstring(PICTURES["flow-2"]))
    assert plain == lifelines(ET.fromstring(PICTURES["flow-2, references"]))


def headers(picture: str) -> list[float]:
    """Find the rows of headers by the name OP-TEE in bold."""
    root = ET.fromstring(picture)
    return [
        number(text, "y")
        for text in texts(root)
        if text.text == "OP-TEE" and text.get("font-weight") == "bold"
    ]


def test_headers_are_repeated_in_long_diagrams_and_at_the_bottom() -> None:
    """A short one has them above and below, a longer one between two blocks as well."""
    assert len(headers(PICTURES["flow-1"])) == 2
    assert len(headers(PICTURES["flow-2"])) == 3
    root = ET.fromstring(PICTURES["flow-2"])
    (note,) = (text for text in texts(root) if text.text == "CA services OCALL")
    (before,) = (
        group for group in root.iter(f"{NAMESPACE}g") if group.attrib["id"].endswith("m16")
    )
    repeated = headers(PICTURES["flow-2"])[1]
    assert number(before.findall(f"{NAMESPACE}text")[0], "y") < repeated < number(note, "y")


def test_bands_have_titles() -> None:
    """User space, kernel and secure world, from left to right."""
    shown = [text.text for text in texts(ET.fromstring(PICTURES["flow-1"]))]
    places = [shown.index(band) for band in palette.BANDS]
    assert places == sorted(places)
    assert list(palette.BANDS) == ["user space", "kernel", "secure world"]


def thread_bars(picture: str) -> list[tuple[str, Box]]:
    """List the thread's bars in the diagram, the legend's two left out."""
    root = ET.fromstring(picture)
    rects = [r for r in root.iter(f"{NAMESPACE}rect") if r.get("stroke") == palette.THREAD]
    return [
        (
            "running" if rect.get("fill") == palette.THREAD else "suspended",
            frame(rect),
        )
        for rect in rects[:-2]
    ]


def test_a_thread_is_solid_then_hatched_then_solid() -> None:
    """Each bar begins where the one before it ends."""
    kinds, boxes = zip(*thread_bars(PICTURES["flow-1"]), strict=True)
    assert kinds == ("running", "suspended", "running")
    assert [box[3] for box in boxes[:-1]] == [box[1] for box in boxes[1:]]


def test_a_thread_that_nobody_resumes_is_hatched_to_the_bottom_edge() -> None:
    """Its bar ends where the lifelines end."""
    kind, box = thread_bars(PICTURES["stopped"])[-1]
    root = ET.fromstring(PICTURES["stopped"])
    ends = {
        float(path.attrib["d"].split("V")[1])
        for path in root.iter(f"{NAMESPACE}path")
        if path.get("stroke") == palette.LIFELINE
    }
    assert (kind, {box[3]}) == ("suspended", ends)


def test_hatching_stays_within_its_bar() -> None:
    """Every line begins and ends on the bar's edges."""
    svg = PICTURES["flow-1"]
    ((_, box),) = (bar for bar in thread_bars(svg) if bar[0] == "suspended")
    found = re.search(r'<path d="M([\d.]+) ([\d.]+)((?:l9 -9m-9 14)+)"', svg)
    assert found is not None
    lines = found[3].count("l")
    first, last = float(found[2]), float(found[2]) + 5 * (lines - 1)
    assert float(found[1]) == box[0]
    assert first - 9 >= box[1]
    assert last <= box[3]
    assert lines > 10


def test_the_lane_says_what_changed_and_who_holds_it() -> None:
    """A balance stands beside its message, with its number."""
    root = ET.fromstring(PICTURES["flow-2, references"])
    shown = [text.text for text in texts(root)]
    start = shown.index("References: count and holders")
    assert shown[start + 1 : start + 3] == ["before 1", "tee_context A 1: file"]
    lane = shown[start:]
    place = lane.index("tee_shm A.ocall 2: file,")
    assert lane[place : place + 3] == ["tee_shm A.ocall 2: file,", "12", "OCALL request"]
    assert "MOBJ A.ocall 0: nobody" in lane


def test_a_run_that_stops_says_why() -> None:
    """Who waits for what stands below the last row, in lines that fit."""
    shown = " ".join(text.text or "" for text in texts(ET.fromstring(PICTURES["stopped"])))
    assert ENDING.strip() in shown


def test_the_same_run_gives_the_same_bytes() -> None:
    """A run that is made again looks the same."""
    assert to_svg(run("flow-2")) == to_svg(run("flow-2"))


def test_the_picture_names_its_run() -> None:
    """The digest is in the metadata."""
    assert f"<metadata>ocallkit run {FLOW_1.digest}</metadata>" in PICTURES["flow-1"]


def test_an_arrow_passes_the_bar_of_a_thread_that_is_suspended() -> None:
    """A client that releases memory in its invocation has two threads: the second takes the SMC."""
    end = replay("flow-1-memref/ecall/t2/c1/A:kill@OCALL,A:close:memref")
    root = ET.fromstring(to_svg(end))
    released = next(g for g in groups(root) if "Unregister" in (g[0].text or ""))
    head = released.findall(f"{NAMESPACE}path")[1].attrib["d"]
    running = [r for r in root.iter(f"{NAMESPACE}rect") if r.get("fill") == palette.THREAD]
    assert number(running[1], "x") == float(head.split("L")[1].split()[0])


def test_the_legend_says_whose_a_thread_is() -> None:
    """Only where a CA has several: other pictures have no such line."""
    said = {name: [t.text for t in texts(ET.fromstring(svg))] for name, svg in PICTURES.items()}
    assert ["two threads of a CA, run"] == [name for name in said if THREAD_KEY in said[name]]


def test_parts_say_what_they_belong_to_and_change_nothing() -> None:
    """A lane, band, note or ending is found by whoever moves it; the drawing is the same."""
    dies = replay("flow-1-memref/ecall/t2/c1/A:kill@OCALL,A:close:memref")
    plain, parts = (to_svg(dies, whole=True, parts=asked) for asked in (False, True))
    bare = re.sub(r'<g data-\w+="[^"]*">', "", parts)
    assert plain.replace("</g>", "").replace("\n", "") == bare.replace("</g>", "").replace("\n", "")
    stood = places(dies)
    found = dict.fromkeys(re.findall(r'<g (data-\w+="[^"]*")>', parts))
    rows = [place for place, row in enumerate(stood.rows) if not row.message]
    expected = [
        *(f'data-band="{band}"' for band in dict.fromkeys(lane.band for lane in stood.lanes)),
        *(f'data-lane="{place}"' for place, _ in enumerate(stood.lanes)),
        *(f'data-row="{place}"' for place in rows),
        'data-ending=""',
    ]
    assert len(rows) > 1
    assert expected == list(found)
