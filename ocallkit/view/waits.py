"""Who waits for whom, as a picture: a box for each party, an arrow for each wait.

    waits_picture(run)              # where a run has come to
    graph(waits, title, "ends")     # any other arrows

Waiters stand above those for whom they wait, each client in a column of its own; a box says what
its party waits for.  Whoever is waited for and waits for nobody has an eight-sided box with a
double edge, and says in words whether an answer can still come.  Calls that no secure thread is
free for stand in the driver's call queue: they wait for any of the threads, so the queue has the
arrows to all of them, and each call has one to the queue.
"""

from __future__ import annotations

import hashlib
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from ocallkit.model.waiting import Wait, in_words, never_answers, who_waits
from ocallkit.view import palette
from ocallkit.view.display import Picture
from ocallkit.view.fonts import BOLD, width, wrap
from ocallkit.view.layout import thread_keys
from ocallkit.view.measures import FONT, LINE, MARGIN, TITLE_FONT, TOP
from ocallkit.view.shapes import HEAD_LENGTH, HEAD_WIDTH, box, escaped, opening, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ocallkit.judging.path import Run

QUEUE = "call queue"
"""The OP-TEE driver's: where a call is when every secure thread is taken."""

NEVER = "never answers"
LATER = "has not answered yet"

KEY = "Arrow: waits for."
KEY_OF_ENDS = " Eight-sided box: waits for nobody."

LEAST = 380
"""The width of the narrowest picture: its key must fit."""
WORDS_WIDTH = 210
"""The widest line of a reason."""
PAD = 12
CORNER = 10
GUTTER = 40
"""Between two columns: room for the arrows that pass a box."""
TRACK = 11
GAP = 22
"""Between two rows, and from one arrow to the next where several run side by side."""
APART = 18
"""Between two arrows that end at one box."""

MIDDLE = ' text-anchor="middle"'
ARROW = palette.LINES["call"][0]


def waits_picture(run: Run) -> Picture:
    """Draw who waits for whom at the end of a run, down to whoever never answers.

    >>> from ocallkit.judging.path import run
    >>> waits_picture(run("flow-1")).alt
    'Who waits for whom, flow-1 under ecall: nobody waits.'
    """
    waits = who_waits(run.system, run.state)
    stuck = not any(not move.fault for move in run.system.moves(run.state))
    ends = {
        name: NEVER if stuck or name.endswith("(killed)") else LATER
        for name in never_answers(waits)
    }
    return graph(waits, f"Who waits for whom, {run.title}", ends)


def graph(waits: Iterable[Wait], title: str, ends: dict[str, str] | None = None) -> Picture:
    """Draw any arrows.  `ends` says what stands in the box of those who wait for nobody."""
    waits = tuple(waits)
    said = [in_words(waits)] if waits else ["nobody waits."]
    said += [f"{name}: {words}" for name, words in (ends or {}).items()]
    plain = "\n".join(said)
    alt = f"{title}: {'; '.join(plain.splitlines())}"
    return Picture(_Graph(_through_queue(waits), title, ends or {}, alt).svg(), alt, plain)


def _through_queue(waits: Sequence[Wait]) -> tuple[Wait, ...]:
    """Let whoever waits for any of several parties wait for the queue, and the queue for them."""
    several = {w.who for w in waits if sum(other.who == w.who for other in waits) > 1}
    waiting: dict[Wait, None] = {}
    for wait in waits:
        if wait.who in several:
            waiting[Wait(wait.who, QUEUE, "its call needs a secure thread")] = None
            waiting[Wait(QUEUE, wait.whom, wait.why)] = None
        else:
            waiting[wait] = None
    return tuple(waiting)


class _Node(NamedTuple):
    """A party: what its box says and where it stands."""

    name: str
    words: tuple[str, ...]
    ends: bool
    column: int
    row: int

    @property
    def wide(self) -> int:
        inner = [width(self.name, FONT) * BOLD, *(width(line, FONT) for line in self.words)]
        return round(max(inner)) + 2 * PAD

    @property
    def high(self) -> int:
        return LINE * (1 + len(self.words)) + PAD + 2


class _Edge(NamedTuple):
    """A wait, by the places of its ends among the nodes."""

    source: int
    target: int


class _Graph:
    """Boxes in rows and columns; arrows run between them, never through one."""

    def __init__(self, waits: Sequence[Wait], title: str, ends: dict[str, str], alt: str) -> None:
        self.title, self.alt = title, alt
        self.nodes = _nodes(waits, ends)
        places = {node.name: place for place, node in enumerate(self.nodes)}
        self.edges = [_Edge(places[wait.who], places[wait.whom]) for wait in waits]
        self.rows = 1 + max((node.row for node in self.nodes), default=-1)
        self.tracks = self._tracks()
        self.xs = self._columns()
        self.ys = self._tops()
        self.digest = hashlib.sha256(alt.encode()).hexdigest()[:12]

    def _tracks(self) -> dict[tuple[int, int], int]:
        """Give each arrow that turns in a gap between rows a line of its own there."""
        used = [0] * (self.rows + 1)
        tracks = {}
        for number, edge in enumerate(self.edges):
            for gap in self._gaps(edge):
                tracks[number, gap] = used[gap]
                used[gap] += 1
        return tracks

    def _gaps(self, edge: _Edge) -> tuple[int, ...]:
        """The gaps in which an arrow runs sideways; gap n lies above row n."""
        source, target = self.nodes[edge.source], self.nodes[edge.target]
        below, above = source.row + 1, target.row
        return (below,) if below == above else (below, above)

    def _columns(self) -> list[tuple[int, int]]:
        """The left edge and the width of each column."""
        found, left = [], MARGIN + PAD
        for column in range(1 + max((node.column for node in self.nodes), default=-1)):
            wide = max(node.wide for node in self.nodes if node.column == column)
            found.append((left, wide))
            left += wide + GUTTER
        return found

    def _tops(self) -> list[int]:
        """The top of each row, and the bottom of the last."""
        top, tops = TOP, []
        for row in range(self.rows + 1):
            lines = sum(gap == row for _, gap in self.tracks)
            top += GAP + TRACK * lines if lines else PAD
            tops.append(top)
            top += max((node.high for node in self.nodes if node.row == row), default=0)
        return tops

    def svg(self) -> str:
        """Draw the boxes, and over them the arrows."""
        left, wide = self.xs[-1] if self.xs else (MARGIN, 0)
        title_wide = width(self.title, TITLE_FONT) * BOLD
        key = self._key()
        key_wide = max(width(line, FONT) for line in key)
        right = round(max(left + wide + GUTTER, max(title_wide, key_wide) + 2 * MARGIN, LEAST))
        bottom = self.ys[-1] if self.nodes else TOP + LINE
        size = (right, bottom + LINE * len(key) + MARGIN)
        bold = f' font-size="{TITLE_FONT}" font-weight="bold"'
        quiet = f' fill="{palette.QUIET}"'
        return "\n".join(
            (
                self._opening(*size),
                box(0.5, 0.5, (size[0] - 1, size[1] - 1), palette.PAPER, _edge(palette.FRAME, 6)),
                text(MARGIN, 27, self.title, bold),
                *map(self._box, self.nodes),
                *map(self._arrow, range(len(self.edges))),
                *(text(MARGIN, bottom + LINE * n, line, quiet) for n, line in enumerate(key, 1)),
                "</svg>\n",
            )
        )

    def _key(self) -> list[str]:
        """What arrows and boxes mean, and below it whose a thread of a CA is."""
        if not self.nodes:
            return ["Nobody waits."]
        ends = KEY_OF_ENDS if any(node.ends for node in self.nodes) else ""
        threads = thread_keys(filter(None, (_owner(node.name) for node in self.nodes)))
        return [KEY + ends, *(f"{one}." for one in threads)]

    def _opening(self, wide: int, high: int) -> str:
        return opening(f"waits-{self.digest}", (wide, high), self.title, self.alt)

    def _box(self, node: _Node) -> str:
        left, top = self._left(node), self.ys[node.row]
        middle = left + node.wide / 2
        lines = [text(middle, top + LINE + 4, node.name, f'{MIDDLE} font-weight="bold"')]
        lines += [
            text(middle, top + LINE * (2 + place) + 4, words, MIDDLE)
            for place, words in enumerate(node.words)
        ]
        size = (node.wide, node.high)
        if node.ends:
            return "".join((_octagon(left, top, size), *lines))
        shape = box(left, top, size, _fill(node.name), _edge(palette.LIFELINE, 4))
        return "".join((shape, *lines))

    def _left(self, node: _Node) -> float:
        left, wide = self.xs[node.column]
        return left + (wide - node.wide) / 2

    def _arrow(self, number: int) -> str:
        edge = self.edges[number]
        points = _straightened(self._path(number, edge))
        end_x, end_y = points[-1]
        points[-1] = (end_x, end_y - HEAD_LENGTH)
        line = "".join(f"{'L' if place else 'M'}{x:g} {y:g}" for place, (x, y) in enumerate(points))
        half = HEAD_WIDTH / 2
        head = f"M{end_x - half:g} {end_y - HEAD_LENGTH:g}h{HEAD_WIDTH:g}L{end_x:g} {end_y:g}z"
        source, target = self.nodes[edge.source].name, self.nodes[edge.target].name
        return (
            f"<g><title>{escaped(f'{source} waits for {target}')}</title>"
            f'<path d="{line}" stroke="{ARROW}" stroke-width="1.4" fill="none"/>'
            f'<path d="{head}" fill="{ARROW}"/></g>'
        )

    def _path(self, number: int, edge: _Edge) -> list[tuple[float, float]]:
        """From the bottom of one box to the top of another, round whatever lies between them."""
        source, target = self.nodes[edge.source], self.nodes[edge.target]
        sources, targets = zip(*self.edges, strict=True)
        start, end = self._port(number, sources, targets), self._port(number, targets, sources)
        below, above = source.row + 1, target.row
        first, last = self._track(number, below), self._track(number, above)
        points = [(start, float(self.ys[source.row] + source.high)), (start, first)]
        if below != above:
            left, wide = self.xs[target.column]
            beside = left + wide + GUTTER / 2 + TRACK * (self.tracks[number, above] % 2 - 0.5)
            points += [(beside, first), (beside, last)]
        return [*points, (end, last), (end, float(self.ys[target.row]))]

    def _track(self, number: int, gap: int) -> float:
        """The height of an arrow's line in a gap."""
        lines = sum(other == gap for _, other in self.tracks)
        place = self.tracks.get((number, gap), 0)
        return self.ys[gap] - HEAD_LENGTH - GAP / 4 - TRACK * (lines - 1 - place)

    def _port(self, number: int, ends: Sequence[int], others: Sequence[int]) -> float:
        """Where on a box an arrow begins or ends: the middle, or beside it if there are several."""
        node = ends[number]
        same = [place for place, end in enumerate(ends) if end == node]
        same.sort(key=lambda place: (self._middle(others[place]), place))
        apart = APART * (same.index(number) - (len(same) - 1) / 2)
        return self._middle(node) + apart

    def _middle(self, node: int) -> float:
        left, wide = self.xs[self.nodes[node].column]
        return left + wide / 2


def _nodes(waits: Sequence[Wait], ends: dict[str, str]) -> list[_Node]:
    """Every party once, in the order in which the waits name it."""
    names = list(dict.fromkeys(name for wait in waits for name in (wait.who, wait.whom)))
    reasons = {wait.who: wait.why for wait in waits}
    ranks = _ranks(names, waits)
    columns = _columns_of(names, waits)
    most = max(ranks.values(), default=0)
    return [
        _Node(
            name,
            tuple(wrap((reasons.get(name) or ends.get(name, "")).split(), FONT, WORDS_WIDTH)),
            name not in reasons,
            columns[name],
            most - ranks[name],
        )
        for name in names
    ]


def _ranks(names: Sequence[str], waits: Sequence[Wait]) -> dict[str, int]:
    """How many waits lie between a party and the end of its longest chain.

    In a ring of waits the arrow that closes it is not counted.
    """
    ranks: dict[str, int] = {}

    def rank(name: str, above: tuple[str, ...]) -> int:
        if name not in ranks:
            on = [w.whom for w in waits if w.who == name and w.whom not in (*above, name)]
            ranks[name] = 1 + max((rank(whom, (*above, name)) for whom in on), default=-1)
        return ranks[name]

    for name in names:
        rank(name, ())
    return ranks


def _columns_of(names: Sequence[str], waits: Sequence[Wait]) -> dict[str, int]:
    """A column for each client, in the order of clients; the queue below the last that waits."""
    owners = sorted({_owner(name) for name in names if name != QUEUE})
    columns = {name: owners.index(_owner(name)) for name in names if name != QUEUE}
    if QUEUE in names:
        columns[QUEUE] = max(columns[wait.who] for wait in waits if wait.whom == QUEUE)
    return columns


def _owner(name: str) -> str:
    """The client of a party, as its name says it: `CA B (killed)`, `secure thread 1 (B)`."""
    before, found, after = name.partition("CA ")
    if found and not before.strip("exit of"):
        return after.split()[0]
    return name.rpartition("(")[2].rstrip(")") if name.endswith(")") else ""


def _straightened(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Leave out points that lie on the line between their neighbours."""
    kept = [points[0]]
    for here, after in pairwise(points[1:]):
        before = kept[-1]
        if not (before[0] == here[0] == after[0] or before[1] == here[1] == after[1]):
            kept.append(here)
    return [*kept, points[-1]]


def _fill(name: str) -> str:
    if name.startswith("secure thread"):
        return palette.BANDS["secure world"]
    return palette.BANDS["kernel"]


def _edge(stroke: str, radius: int) -> str:
    return f' stroke="{stroke}" rx="{radius}"'


def _octagon(left: float, top: float, size: tuple[int, int]) -> str:
    """Draw a box with its corners cut off and an edge on each side of a white line."""
    return "".join(
        f'<path d="{_cut(left + inset, top + inset, size[0] - 2 * inset, size[1] - 2 * inset)}" '
        f'stroke="{palette.NOTE_EDGE}" fill="{fill}"/>'
        for inset, fill in ((0, palette.PAPER), (3, palette.NOTE))
    )


def _cut(x: float, y: float, wide: float, high: float) -> str:
    c, across, down = CORNER, wide - 2 * CORNER, high - 2 * CORNER
    return f"M{x + c:g} {y:g}h{across:g}l{c} {c}v{down:g}l{-c} {c}h{-across:g}l{-c} {-c}v{-down:g}z"
