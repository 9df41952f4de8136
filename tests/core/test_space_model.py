"""Forks against a naive model: every space holds deep copies of its own."""

from copy import deepcopy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bacasable.core import FixedClock, Platform, Space
from bacasable.core.space import Image
from bacasable.core.store import Collection, UndoLog

from .toy import START

NAMES = st.sampled_from(["Book", "(private)", "<passing>"])
IDS = st.sampled_from("abcde")
VALUES = st.sampled_from(["x", "X", "y", None, 1, True, ["x"]])
PLACES = st.integers(0, 5)

Records = dict[str, dict[str, Any]]
Model = dict[str, Records]


def kept(model: Model) -> Model:
    return deepcopy({name: found for name, found in model.items() if not name.startswith("<")})


def bound_to(model: Model) -> Model:
    return {name: found for name, found in model.items() if name.startswith("<")}


def found_by(records: Records, value: Any) -> list[dict[str, Any]]:
    """By the book: strings without regard to case, true is not 1, lists are found by nothing."""

    def key(v: Any) -> Any:
        return v.lower() if isinstance(v, str) else (type(v), v)

    if isinstance(value, list):
        return []
    return [r for r in records.values() if key(r["v"]) == key(value)]


class Forks(RuleBasedStateMachine):
    """Writes, reads, forks, images, loads and rollbacks, in any order and any space."""

    @initialize()
    def begin(self) -> None:
        self.platform = Platform(7, FixedClock(START))
        self.spaces: list[Space] = [self.platform.open("s0", "t0")]
        self.models: list[Model] = [{}]
        self.images: list[tuple[Image, Model]] = []
        self.marks: list[tuple[int, list[Model]]] = []
        self.version = 0

    def at(self, place: int) -> int:
        return place % len(self.spaces)

    @rule(place=PLACES, name=NAMES, record=IDS, value=VALUES)
    def put(self, place: int, name: str, record: str, value: Any) -> None:
        self.version += 1
        made = {"id": record, "v": value, "version": self.version}
        self.spaces[self.at(place)].collection(name).put(made)
        self.models[self.at(place)].setdefault(name, {})[record] = made

    @rule(place=PLACES, name=NAMES, record=IDS)
    def remove(self, place: int, name: str, record: str) -> None:
        if self.models[self.at(place)].get(name, {}).pop(record, None):
            self.spaces[self.at(place)].collection(name).remove(record)

    @rule(place=PLACES, name=NAMES)
    def empty(self, place: int, name: str) -> None:
        self.spaces[self.at(place)].empty(name)
        self.models[self.at(place)].pop(name, None)

    @rule(place=PLACES, name=NAMES, value=VALUES)
    def where(self, place: int, name: str, value: Any) -> None:
        found = self.spaces[self.at(place)].collection(name).where("v", value)
        assert found == found_by(self.models[self.at(place)].get(name, {}), value)

    @rule(place=PLACES, name=NAMES)
    def rows(self, place: int, name: str) -> None:
        expected = list(self.models[self.at(place)].get(name, {}).values())
        assert list(self.spaces[self.at(place)].collection(name)) == expected

    @rule(place=PLACES, name=NAMES)
    def remember(self, place: int, name: str) -> None:
        """What is remembered of a collection is of the records it holds, or forgotten."""
        collection = self.spaces[self.at(place)].collection(name)
        expected = list(self.models[self.at(place)].get(name, {}).values())
        assert collection.memo.get("all", expected) == expected
        collection.remember("all", expected)

    @rule(place=PLACES)
    def fork(self, place: int) -> None:
        if len(self.spaces) < 6:
            slug, origin = f"s{len(self.spaces)}", self.at(place)
            twin = self.platform.open(slug, slug)
            twin.load(self.spaces[origin].image())
            self.spaces.append(twin)
            self.models.append(kept(self.models[origin]))
            self.platform.log.commit(0)
            self.marks.clear()

    @rule(place=PLACES)
    def image(self, place: int) -> None:
        taken = self.spaces[self.at(place)].image()
        self.images.append((taken, kept(self.models[self.at(place)])))

    @rule(place=PLACES, which=PLACES)
    def load(self, place: int, which: int) -> None:
        if self.images:
            image, model = self.images[which % len(self.images)]
            self.spaces[self.at(place)].load(image)
            own = bound_to(self.models[self.at(place)])
            self.models[self.at(place)] = deepcopy(model) | own

    @rule(place=PLACES, which=PLACES, record=IDS)
    def shadow(self, place: int, which: int, record: str) -> None:
        """What is written in a shadow is seen nowhere else."""
        if self.images:
            image, model = self.images[which % len(self.images)]
            shadow = self.spaces[self.at(place)].shadow(self.platform, image)
            shadow.collection("Book").put({"id": record, "v": "shadow"})
            others = [r for r in model.get("Book", {}).values() if r["id"] != record]
            assert [r for r in shadow.collection("Book") if r["id"] != record] == others

    @rule()
    def mark(self) -> None:
        self.marks.append((self.platform.log.mark(), deepcopy(self.models)))

    @rule()
    def rollback(self) -> None:
        if self.marks:
            mark, self.models = self.marks.pop()
            self.platform.log.rollback(mark)

    @rule()
    def commit(self) -> None:
        self.platform.log.commit(0)
        self.marks.clear()

    @invariant()
    def every_space_equals_its_model(self) -> None:
        for space, model in zip(getattr(self, "spaces", ()), self.models, strict=True):
            shown = {name: list(found) for name, found in space.collections().items() if found}
            assert shown == {n: list(found.values()) for n, found in model.items() if found}

    @invariant()
    def every_image_is_as_it_was_taken(self) -> None:
        for image, model in getattr(self, "images", ()):
            shown = {name: list(found) for name, found in image.collections.items() if found}
            assert shown == {n: list(found.values()) for n, found in model.items() if found}

    def teardown(self) -> None:
        for place in range(len(self.spaces)):
            for name in ("Book", "(private)", "<passing>"):
                for value in ("x", "Y", None, 1, True, 0, ["x"]):
                    self.where(place, name, value)
                self.rows(place, name)


Forks.TestCase.settings = settings(
    derandomize=True, deadline=None, max_examples=150, stateful_step_count=30
)
TestForks = Forks.TestCase


verbs = st.sampled_from(["put", "put", "remove", "where", "rows", "remember", "copy"])
scripts = st.lists(st.tuples(st.integers(0, 2), verbs, IDS, VALUES), max_size=20)


def play(copies: list[Collection], models: list[Records], script: list[Any]) -> None:
    """Calls of a collection and its copies, each compared with a dictionary of its own."""
    for place, verb, name, value in script:
        which = place % len(copies)
        collection, model = copies[which], models[which]
        if verb == "put":
            made = {"id": name, "v": value}
            collection.put(made)
            model[name] = made
        elif verb == "remove" and model.pop(name, None):
            collection.remove(name)
        elif verb == "where":
            assert collection.where("v", value) == found_by(model, value)
        elif verb == "remember":
            assert collection.memo.get("all", list(model.values())) == list(model.values())
            collection.remember("all", list(model.values()))
        elif verb == "copy" and len(copies) < 3:
            copies.append(collection.copy(collection._log))
            models.append(dict(model))
        assert list(collection) == list(model.values())


@settings(derandomize=True, deadline=None, max_examples=300)
@given(before=scripts, after=scripts)
def test_a_copy_and_its_origin_go_their_own_ways(before: list[Any], after: list[Any]) -> None:
    log = UndoLog()
    copies, models = [Collection(log)], [Records()]
    play(copies, models, before)
    mark, kept = log.mark(), [dict(model) for model in models]
    play(copies, models, after)
    for collection, model in zip(copies, models, strict=True):
        assert [collection.where("v", v) for v in ("x", None, 1)] == [
            found_by(model, v) for v in ("x", None, 1)
        ]
    log.rollback(mark)
    for collection, model in zip(copies, kept, strict=False):
        assert list(collection) == list(model.values())
        assert collection.where("v", "x") == found_by(model, "x")
