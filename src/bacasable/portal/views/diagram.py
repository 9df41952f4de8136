"""State diagrams as inline SVG, drawn from a lifecycle and the places that `layering` finds.

Looks come from the style sheet by class: boxes are `state` (and `final`), the dots before the first
ones `initial`, lines `edge` (and `timed`), their heads `arrow`, numbers `label` in a `label-box`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from .layering import (
    BOX_HEIGHT,
    LABEL_HEIGHT,
    LOOP,
    Arrow,
    Edge,
    Layout,
    Loop,
    Node,
    label_width,
    lay_out,
)

__all__ = ["Edge", "draw", "drawn_boxes"]
_HEAD = 8.0
_DOT = 5.0


@dataclass(frozen=True, slots=True)
class Told:
    """A diagram in words. `name` begins its ids, which are unique on a page when names are."""

    name: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle by its middle."""

    x: float
    y: float
    width: float
    height: float


def draw(told: Told, states: Sequence[str], initial: Sequence[str], edges: Sequence[Edge]) -> str:
    """The diagram of a lifecycle, as an element with a title and a description.

    `edges` are numbered as the table of transitions beside it; those between the same two states
    are drawn as one.
    """
    layout = lay_out(states, initial, edges)
    left = {edge.source for edge in edges if edge.source != edge.target}
    name, width, height = told.name, _n(layout.width), _n(layout.height)
    about = f'role="img" aria-labelledby="{name}-title" aria-describedby="{name}-desc"'
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    plain = 'fill="none" stroke="currentColor"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {about} {size} {plain}>',
        f'<title id="{name}-title">{escape(told.title)}</title>',
        f'<desc id="{name}-desc">{escape(told.text)}</desc>',
        *(_begin(layout, state) for state in initial),
        *_arrows(layout),
        *(_loop(layout, loop) for loop in layout.loops),
        *(_state(layout, state, ends=state not in left) for state in layout.boxes),
        *(_label(box, label) for box, label in _labels(layout)),
        "</svg>",
    ]
    return "".join(parts)


def drawn_boxes(layout: Layout) -> tuple[list[Box], list[Box]]:
    """The rectangles of the states and of the labels of a layout."""
    boxes = [_box_of(layout, name) for name in layout.boxes]
    return boxes, [box for box, _ in _labels(layout)]


# --- states and labels


def _box_of(layout: Layout, name: str) -> Box:
    node = layout.boxes[name]
    return Box(node.x, layout.middle(node), layout.widths[name], BOX_HEIGHT)


def _labels(layout: Layout) -> Iterator[tuple[Box, str]]:
    for arrow in layout.arrows:
        node = arrow.nodes[0]
        box = Box(node.x, layout.middle(node), label_width(arrow.label), LABEL_HEIGHT)
        yield box, arrow.label
    for loop in layout.loops:
        box, width = _box_of(layout, loop.state), label_width(loop.label)
        beside = box.width / 2 + LOOP + width / 2
        x = box.x - beside if loop.timed else box.x + beside
        yield Box(x, box.y, width, LABEL_HEIGHT), loop.label


def _state(layout: Layout, name: str, *, ends: bool) -> str:
    box = _box_of(layout, name)
    inner = Box(box.x, box.y, box.width - 6, box.height - 6)
    around = _rect(box, 9, "state") + (_rect(inner, 6, "state final") if ends else "")
    return around + _text(box, name, "")


def _label(box: Box, text: str) -> str:
    return _rect(box, 5, "label-box") + _text(box, text, ' class="label"')


def _rect(box: Box, radius: int, kind: str) -> str:
    x, y = box.x - box.width / 2, box.y - box.height / 2
    size = f'width="{_n(box.width)}" height="{_n(box.height)}" rx="{radius}"'
    return f'<rect class="{kind}" x="{_n(x)}" y="{_n(y)}" {size}/>'


def _text(box: Box, text: str, kind: str) -> str:
    place = f'x="{_n(box.x)}" y="{_n(box.y + 4.5)}" text-anchor="middle" font-size="13"'
    return f'<text{kind} {place} fill="currentColor" stroke="none">{escape(text)}</text>'


# --- lines


def _begin(layout: Layout, name: str) -> str:
    """The dot from which a first state begins."""
    box = _box_of(layout, name)
    top = box.y - box.height / 2
    line = f"M{_n(box.x)} {_n(_DOT + 3)}V{_n(top - _HEAD)}"
    place = f'cx="{_n(box.x)}" cy="{_n(_DOT + 3)}" r="{_n(_DOT)}"'
    dot = f'<circle class="initial" fill="currentColor" {place}/>'
    return dot + _edge(line, timed=False) + _head(box.x, top, 0, 1)


def _arrows(layout: Layout) -> Iterator[str]:
    ports = _ports(layout)
    for arrow in layout.arrows:
        start, end = layout.boxes[arrow.source], layout.boxes[arrow.target]
        if start.row == end.row:
            yield _turning(layout, arrow, ports)
        else:
            yield _passing(layout, arrow, ports, 1 if start.row < end.row else -1)


def _passing(layout: Layout, arrow: Arrow, ports: dict[tuple[Node, Node], float], down: int) -> str:
    """An arrow to another row, straight through each row between. `down` is -1 for upwards."""
    start, end = layout.boxes[arrow.source], layout.boxes[arrow.target]
    x, y = ports[start, arrow.nodes[0]], layout.middle(start) + down * BOX_HEIGHT / 2
    line = f"M{_n(x)} {_n(y)}"
    for node in arrow.nodes:
        half = LABEL_HEIGHT / 2 if node.row % 2 else BOX_HEIGHT / 2
        middle = layout.middle(node)
        line += _curve(x, y, node.x, middle - down * half) + f"V{_n(middle + down * half)}"
        x, y = node.x, middle + down * half
    last = ports[end, arrow.nodes[-1]]
    edge = layout.middle(end) - down * BOX_HEIGHT / 2
    line += _curve(x, y, last, edge - down * _HEAD)
    return _edge(line, timed=arrow.timed) + _head(last, edge, 0, down)


def _turning(layout: Layout, arrow: Arrow, ports: dict[tuple[Node, Node], float]) -> str:
    """An arrow within a row: down to its label, and up again."""
    start, end, node = layout.boxes[arrow.source], layout.boxes[arrow.target], arrow.nodes[0]
    side = -6 if start.x < end.x else 6
    x, bottom = ports[start, node], layout.middle(start) + BOX_HEIGHT / 2
    top, last = layout.middle(node) - LABEL_HEIGHT / 2, ports[end, node]
    line = f"M{_n(x)} {_n(bottom)}" + _curve(x, bottom, node.x + side, top)
    line += f"V{_n(top + 4)}H{_n(node.x - side)}V{_n(top)}"
    line += _curve(node.x - side, top, last, bottom + _HEAD)
    return _edge(line, timed=arrow.timed) + _head(last, bottom, 0, -1)


def _ports(layout: Layout) -> dict[tuple[Node, Node], float]:
    """Where on the edge of a box the line to a neighbour begins, for each side from left on."""
    ports: dict[tuple[Node, Node], float] = {}
    for name, node in layout.boxes.items():
        for side in (-1, 1):
            near = sorted((n for n in node.near if n.row == node.row + side), key=lambda n: n.x)
            room = (layout.widths[name] - 24) / max(len(near) - 1, 1)
            step = min(24.0, room)
            for place, other in enumerate(near):
                ports[node, other] = node.x + (place - (len(near) - 1) / 2) * step
    return ports


def _loop(layout: Layout, loop: Loop) -> str:
    """A small loop at the side of a state."""
    box, out = _box_of(layout, loop.state), -1 if loop.timed else 1
    x, far = box.x + out * box.width / 2, out * LOOP * 1.2
    line = (
        f"M{_n(x)} {_n(box.y - 9)}C{_n(x + far)} {_n(box.y - 15)}"
        f" {_n(x + far)} {_n(box.y + 11)} {_n(x + out * _HEAD)} {_n(box.y + 9)}"
    )
    return _edge(line, timed=loop.timed) + _head(x, box.y + 9, -out, 0)


def _curve(x: float, y: float, to_x: float, to_y: float) -> str:
    """A line that leaves and arrives upright."""
    if abs(x - to_x) < 0.05:
        return f"V{_n(to_y)}"
    middle = (y + to_y) / 2
    return f"C{_n(x)} {_n(middle)} {_n(to_x)} {_n(middle)} {_n(to_x)} {_n(to_y)}"


def _edge(line: str, *, timed: bool) -> str:
    dashed = ' stroke-dasharray="5 4"' if timed else ""
    return f'<path class="edge{" timed" if timed else ""}"{dashed} d="{line}"/>'


def _head(x: float, y: float, across: int, down: int) -> str:
    """An arrow head whose point is at x, y, and looks that way."""
    back_x, back_y = x - across * _HEAD, y - down * _HEAD
    wide_x, wide_y = down * _HEAD / 2, across * _HEAD / 2
    line = f"L{_n(back_x - wide_x)} {_n(back_y - wide_y)}"
    line += f"L{_n(back_x + wide_x)} {_n(back_y + wide_y)}Z"
    return f'<path class="arrow" fill="currentColor" d="M{_n(x)} {_n(y)}{line}"/>'


def _n(value: float) -> str:
    """A number, short."""
    return f"{round(value, 1):g}"
