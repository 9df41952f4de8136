"""Where states and arrows of a diagram stand: a small layered layout, the same at every run.

States stand in rows by their distance from the first one. Between two rows of states lies a row of
labels: every arrow has a place of its own in each row that it crosses, so it passes through no box,
and no label meets another or a box, by construction. Rows are ordered by the barycentres of their
neighbours, and placed as near to them as order and distances allow.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

CHARACTER, BOX_HEIGHT, LABEL_HEIGHT = 9.0, 36.0, 20.0
GAP, BETWEEN, BEND = 26.0, 22.0, 14.0
TOP, LOOP = 34.0, 22.0
_PORT = 14.0
_SWEEPS = 8


@dataclass(frozen=True, slots=True)
class Edge:
    """One step: from a state to another or itself, with the number of its transition."""

    source: str
    target: str
    number: int
    timed: bool = False


@dataclass(slots=True, eq=False)
class Node:
    """A place in a row: a state, a label, or a bend of an arrow. `left` and `right` are extents."""

    row: int
    left: float
    right: float
    x: float = 0
    rank: float = 0
    """Its place in its row, as order."""
    near: list["Node"] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Arrow:
    """All steps from one state to another: `nodes` are its places between, from the source on."""

    source: str
    target: str
    timed: bool
    label: str
    nodes: tuple[Node, ...]
    """The first of them bears the label."""


@dataclass(frozen=True, slots=True)
class Loop:
    """All steps from a state to itself, right of it, or left of it for what time does."""

    state: str
    timed: bool
    label: str


@dataclass(frozen=True, slots=True)
class Layout:
    """Everything in its place. `boxes` are the states, `widths` the widths of their boxes."""

    boxes: dict[str, Node]
    widths: dict[str, float]
    arrows: list[Arrow]
    loops: list[Loop]
    width: float
    height: float

    def middle(self, node: Node) -> float:
        """The height at which the middle of a node stands."""
        return _middle(node.row)


def lay_out(states: Sequence[str], initial: Sequence[str], edges: Sequence[Edge]) -> Layout:
    """The layout of a diagram. States that only edges name are added to those given."""
    names = [*initial, *states, *(n for e in edges for n in (e.source, e.target))]
    known = [*states, *(n for n in dict.fromkeys(names) if n not in states)]
    ranks = _ranks(known, initial, edges)
    groups = _groups(edges)
    loops = [Loop(s, timed, label) for (s, t, timed), label in groups.items() if s == t]
    widths = _widths(known, groups)
    boxes = {name: _box(name, ranks, widths, loops) for name in known}
    arrows = [
        _arrow(boxes, source, target, timed=timed, label=label)
        for (source, target, timed), label in groups.items()
        if source != target
    ]
    rows = _rows([*boxes.values(), *(n for a in arrows for n in a.nodes)])
    _order(rows)
    _place(rows)
    every = [node for row in rows for node in row]
    shift = BETWEEN / 2 - min(node.x - node.left for node in every)
    for node in every:
        node.x += shift
    width = max(node.x + node.right for node in every) + BETWEEN / 2
    height = _middle(len(rows) - 1) + BOX_HEIGHT / 2 + 8
    return Layout(boxes, widths, arrows, loops, width, height)


def text_width(text: str) -> float:
    """The width that is kept for a text."""
    return len(text) * CHARACTER


def label_width(text: str) -> float:
    """The width of the box of a label."""
    return text_width(text) + 10


def _middle(row: int) -> float:
    """The height of the middle of a row: even ones hold states, odd ones labels."""
    pair = BOX_HEIGHT + LABEL_HEIGHT + 2 * GAP
    if row % 2 == 0:
        return TOP + BOX_HEIGHT / 2 + row // 2 * pair
    return TOP + BOX_HEIGHT + GAP + LABEL_HEIGHT / 2 + row // 2 * pair


# --- what there is


def _ranks(states: Sequence[str], initial: Sequence[str], edges: Sequence[Edge]) -> dict[str, int]:
    """The distance of each state from the first ones; what none of them reaches begins anew."""
    ranks = dict.fromkeys(initial, 0)
    for start in (None, *states):
        if start is not None:
            ranks.setdefault(start, 0)
        waiting = list(ranks)
        for name in waiting:
            for edge in edges:
                if edge.source == name and edge.target not in ranks:
                    ranks[edge.target] = ranks[name] + 1
                    waiting.append(edge.target)
    return ranks


def _groups(edges: Sequence[Edge]) -> dict[tuple[str, str, bool], str]:
    """Steps between the same two states as one, with their numbers as its label."""
    groups: dict[tuple[str, str, bool], list[int]] = {}
    for edge in edges:
        groups.setdefault((edge.source, edge.target, edge.timed), []).append(edge.number)
    return {key: ", ".join(map(str, numbers)) for key, numbers in groups.items()}


def _widths(states: Sequence[str], groups: Iterable[tuple[str, str, bool]]) -> dict[str, float]:
    """The widths of boxes: enough for the name, and for the arrows at one side."""
    ends = [end for source, target, _ in groups if source != target for end in (source, target)]
    return {name: max(text_width(name) + 28, 72, (ends.count(name) + 1) * _PORT) for name in states}


def _box(name: str, ranks: dict[str, int], widths: dict[str, float], loops: Sequence[Loop]) -> Node:
    def beside(*, timed: bool) -> float:
        labels = [loop.label for loop in loops if loop.state == name and loop.timed is timed]
        return max((LOOP + label_width(label) for label in labels), default=0)

    half = widths[name] / 2
    return Node(2 * ranks[name], half + beside(timed=True), half + beside(timed=False))


def _arrow(boxes: dict[str, Node], source: str, target: str, *, timed: bool, label: str) -> Arrow:
    """An arrow with its places in the rows between: below both for states of the same row."""
    start, end = boxes[source], boxes[target]
    if start.row == end.row:
        rows = [start.row + 1]
    elif start.row < end.row:
        rows = list(range(start.row + 1, end.row))
    else:
        rows = list(range(start.row - 1, end.row, -1))
    half = label_width(label) / 2
    nodes = [Node(rows[0], half, half), *(Node(row, BEND / 2, BEND / 2) for row in rows[1:])]
    chain = [start, *nodes, end]
    for one, other in pairwise(chain):
        one.near.append(other)
        other.near.append(one)
    return Arrow(source, target, timed, label, tuple(nodes))


# --- order and places


def _rows(nodes: Sequence[Node]) -> list[list[Node]]:
    rows: list[list[Node]] = [[] for _ in range(max(node.row for node in nodes) + 1)]
    for node in nodes:
        rows[node.row].append(node)
    for row in rows:
        _number(row)
    return rows


def _number(row: Sequence[Node]) -> None:
    for place, node in enumerate(row):
        node.rank = place


def _order(rows: list[list[Node]]) -> None:
    """Sort each row by the mean place of its neighbours, down and up, and keep the best."""
    best, fewest = [list(row) for row in rows], _crossings(rows)
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        for number in range(len(rows)) if down else reversed(range(len(rows))):
            row, beside = rows[number], number + (-1 if down else 1)
            means = {node: _mean_place(node, beside, rows) for node in row}
            row.sort(key=lambda node: (means[node], node.rank))
            _number(row)
        crossings = _crossings(rows)
        if crossings < fewest:
            best, fewest = [list(row) for row in rows], crossings
    for row, kept in zip(rows, best, strict=True):
        row[:] = kept
        _number(row)


def _mean_place(node: Node, beside: int, rows: list[list[Node]]) -> float:
    """Where its neighbours in a row stand, from 0 to 1; where it stands itself without any."""
    found = [other.rank / len(rows[beside]) for other in node.near if other.row == beside]
    return sum(found) / len(found) if found else node.rank / len(rows[node.row])


def _crossings(rows: list[list[Node]]) -> int:
    """How many pairs of lines between neighbouring rows cross."""
    found = 0
    for row in rows:
        lines = [
            (node.rank, other.rank) for node in row for other in node.near if other.row > node.row
        ]
        found += sum(a < c and b > d for a, b in lines for c, d in lines)
    return found


def _place(rows: list[list[Node]]) -> None:
    """Give every node its x: near its neighbours, in order, never too close."""
    for row in rows:
        _spread(row, [0.0] * len(row))
    for sweep in range(2 * _SWEEPS):
        for row in rows if sweep % 2 == 0 else reversed(rows):
            wanted = [
                sum(other.x for other in node.near) / len(node.near) if node.near else node.x
                for node in row
            ]
            _spread(row, wanted)


def _spread(row: Sequence[Node], wanted: Sequence[float]) -> None:
    """The places nearest to those wanted that keep order and distance (pool adjacent violators)."""
    offsets = [0.0]
    for one, other in pairwise(row):
        offsets.append(offsets[-1] + one.right + other.left + BETWEEN)
    pools: list[tuple[float, int]] = []
    for want, offset in zip(wanted, offsets, strict=False):
        mean, size = want - offset, 1
        while pools and pools[-1][0] > mean:
            above, many = pools.pop()
            mean, size = (above * many + mean * size) / (many + size), many + size
        pools.append((mean, size))
    means = [mean for mean, size in pools for _ in range(size)]
    for node, mean, offset in zip(row, means, offsets, strict=False):
        node.x = mean + offset
