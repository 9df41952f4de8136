"""Drawings of lifecycles: legible whatever the lifecycle, by the rectangles that are drawn."""

import re
import xml.etree.ElementTree as ET
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bacasable.portal.views.diagram import Edge, Told, draw, drawn_boxes
from bacasable.portal.views.layering import lay_out, text_width
from bacasable.portal.views.resources import model_views
from tests.portal.contracts import edition_of

SVG = "{http://www.w3.org/2000/svg}"
NAMES = [f"STATE_{letter * (n + 1)}" for n, letter in enumerate("ABCDEFGH")]


@st.composite
def graphs(draw_value):
    """States, first states and steps between them, up to eight states."""
    states = NAMES[: draw_value(st.integers(1, len(NAMES)))]
    of = st.sampled_from(states)
    initial = draw_value(st.lists(of, min_size=1, max_size=2, unique=True))
    pairs = draw_value(st.lists(st.tuples(of, of, st.booleans()), max_size=30))
    edges = [
        Edge(source, target, n, timed=timed) for n, (source, target, timed) in enumerate(pairs, 1)
    ]
    return states, initial, edges


def meet(one, other):
    """Whether two rectangles touch."""
    return (
        abs(one.x - other.x) * 2 < one.width + other.width
        and abs(one.y - other.y) * 2 < one.height + other.height
    )


def assert_legible(states, initial, edges):
    layout = lay_out(states, initial, edges)
    boxes, labels = drawn_boxes(layout)
    assert len(boxes) == len(states)
    assert len(labels) == len({(e.source, e.target, e.timed) for e in edges})
    for one, other in combinations([*boxes, *labels], 2):
        assert not meet(one, other)
    for box in [*boxes, *labels]:
        assert box.width / 2 <= box.x <= layout.width - box.width / 2
        assert box.height / 2 <= box.y <= layout.height - box.height / 2
    for name, box in zip(layout.boxes, boxes, strict=True):
        assert text_width(name) < box.width
    return layout, [*boxes, *labels]


@settings(max_examples=200, deadline=None)
@given(graphs())
def test_no_box_and_no_label_meets_another_in_any_diagram(graph):
    assert_legible(*graph)


@settings(max_examples=100, deadline=None)
@given(graphs())
def test_no_line_passes_through_a_box_or_a_label_of_another(graph):
    layout, _ = assert_legible(*graph)
    boxes, _ = drawn_boxes(layout)
    drawn = ET.fromstring(draw(Told("x", "", ""), *graph))  # noqa: S314 - ours
    for path in drawn.iter(f"{SVG}path"):
        if "edge" in path.get("class"):
            for x, y in points(path.get("d")):
                for box in boxes:
                    inside = abs(x - box.x) < box.width / 2 - 0.2
                    assert not (inside and abs(y - box.y) < box.height / 2 - 0.2)


def points(line):
    """Places along a path of M, C, V and H commands with absolute numbers."""
    x = y = 0.0
    for command, text in re.findall(r"([MCVH])([^MCVHZ]*)", line):
        numbers = [float(n) for n in text.split()]
        if command == "M":
            x, y = numbers
        elif command == "C":
            yield from curve((x, y), *zip(numbers[::2], numbers[1::2], strict=True))
            x, y = numbers[-2:]
        else:
            end = (x, numbers[0]) if command == "V" else (numbers[0], y)
            for step in range(11):
                yield x + (end[0] - x) * step / 10, y + (end[1] - y) * step / 10
            x, y = end
        yield x, y


def curve(*corners):
    for step in range(21):
        t = step / 20
        weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
        yield tuple(
            sum(w * c[axis] for w, c in zip(weights, corners, strict=True)) for axis in (0, 1)
        )


@settings(max_examples=50, deadline=None)
@given(graphs())
def test_a_drawing_is_the_same_every_time_and_well_formed(graph):
    told = Told("name", "A <title> & more", 'Text "quoted"')
    drawn = draw(told, *graph)
    assert drawn == draw(told, *graph)
    root = ET.fromstring(drawn)  # noqa: S314 - ours
    assert root.find(f"{SVG}title").text == "A <title> & more"
    assert root.find(f"{SVG}desc").text == 'Text "quoted"'
    assert root.get("role") == "img"
    texts = [node.text for node in root.iter(f"{SVG}text")]
    assert set(graph[0]) <= set(texts)
    assert not [node for node in root.iter() if "style" in node.attrib]


def test_every_lifecycle_is_drawn_legibly_with_the_numbers_of_its_table(contract):
    drawn, ids = 0, []
    for view in model_views(edition_of(contract)):
        if view.lifecycle is None:
            continue
        lifecycle = contract.resources[view.name].lifecycle
        edges = [
            Edge(source, target, step.number, timed=step.operation is None)
            for step in view.lifecycle.transitions
            for source in step.sources
            for target in step.targets or (source,)
        ]
        assert_legible(lifecycle.states, lifecycle.initial, edges)
        root = ET.fromstring(view.lifecycle.svg)  # noqa: S314 - ours
        texts = [node.text for node in root.iter(f"{SVG}text")]
        numbers = {int(n) for text in texts if text[0].isdigit() for n in text.split(", ")}
        assert numbers == {step.number for step in view.lifecycle.transitions}
        assert set(lifecycle.states) <= set(texts)
        ids += [node.get("id") for node in root.iter() if node.get("id")]
        drawn += 1
    assert drawn == 11
    assert len(ids) == len(set(ids)) == 2 * drawn


def test_what_time_does_is_dashed_and_ends_are_framed_twice():
    edges = [Edge("A", "B", 1), Edge("A", "B", 2, timed=True), Edge("A", "B", 3)]
    drawn = draw(Told("x", "", ""), ["A", "B"], ["A"], edges)
    assert drawn.count('class="edge timed"') == 1
    assert drawn.count('class="state final"') == 1
    assert ">1, 3<" in drawn


@pytest.mark.parametrize("start", ["A", "Z"])
def test_states_that_nothing_reaches_or_lists_are_drawn_too(start):
    layout = lay_out(["A", "B", "C"], [start], [Edge("B", "X", 1)])
    assert set(layout.boxes) == {"A", "B", "C", "X", start}
