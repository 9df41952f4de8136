"""What is written of a state makes it again; what tables share is neither told nor held twice."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bacasable.contract.wire import from_json, to_json
from bacasable.core.sharing import Table
from bacasable.sandbox.keeping.capture import EMPTY, Capture, Kept, written
from bacasable.sandbox.keeping.likeness import Records, Slot
from bacasable.sandbox.keeping.restore import Reading
from bacasable.server.launch import Assembly
from tests.sandbox.keeping import Start, everything, kept, load, save
from tests.server.controlling import Box

MANY = 3000
SLOTS: list[Slot] = [(slug, *rest) for slug in "abcd" for rest in (("now",), ("snapshot", "s"))]


class Images:
    """Images that are made of each other and written, as a sandbox does it."""

    def __init__(self, size: int) -> None:
        self.tables: dict[Slot, dict[str, Records]] = {("a", "now"): {"X": Table(), "Y": Table()}}
        self.origins: dict[Slot, str] = {}
        for number in range(size):
            self.put(("a", "now"), "X", number)

    def put(self, slot: Slot, name: str, number: int, value: int = 0) -> None:
        record_id = f"x{number}"
        records = self.tables[slot][name].copy()
        records.put(record_id, (number, {"id": record_id, "value": value}))
        self.tables[slot][name] = records

    def remove(self, slot: Slot, name: str, number: int) -> None:
        if self.tables[slot][name].get(f"x{number}"):
            self.tables[slot][name] = self.tables[slot][name].copy()
            self.tables[slot][name].remove(f"x{number}")

    def copy(self, source: Slot, to: Slot) -> None:
        self.tables[to] = dict(self.tables[source])
        self.origins[to] = source[0]

    @property
    def capture(self) -> Capture:
        return Capture(
            {"a": 1},
            {s: Kept({"origin": self.origins.get(s)}, dict(t)) for s, t in self.tables.items()},
        )


def follow(reading: Reading, before: Capture, after: Capture) -> None:
    """Read what is written of a later state."""
    reading.follow([from_json(to_json(line)) for line in written(before, after)])


def contents(state: Capture) -> Any:
    return {
        slot: (image.told, {name: dict(records.items()) for name, records in image.records.items()})
        for slot, image in state.images.items()
    }


CHANGES = st.one_of(
    st.tuples(st.just("put"), st.sampled_from(SLOTS), st.integers(0, 4000), st.integers(0, 9)),
    st.tuples(st.just("remove"), st.sampled_from(SLOTS), st.integers(0, 4000)),
    st.tuples(st.just("copy"), st.sampled_from(SLOTS), st.sampled_from(SLOTS)),
    st.tuples(st.just("gone"), st.sampled_from(SLOTS)),
    st.tuples(st.just("none"), st.sampled_from(SLOTS)),
    st.tuples(st.just("spread"), st.sampled_from(SLOTS)),
    st.just(("save",)),
)


def change(images: Images, told: tuple[Any, ...]) -> None:
    verb, slot, *rest = told
    if slot not in images.tables:
        return
    if verb == "put":
        images.put(slot, "XY"[rest[1] % 2] if "Y" in images.tables[slot] else "X", *rest)
    elif verb == "remove":
        images.remove(slot, "X", rest[0])
    elif verb == "copy" and rest[0] != slot:
        images.copy(slot, rest[0])
    elif verb == "gone" and slot != ("a", "now"):
        del images.tables[slot]
    elif verb == "none":
        images.tables[slot].pop("Y", None)
    elif verb == "spread":
        for number in range(0, 4000, 97):
            images.put(slot, "X", number, 5)


@pytest.mark.parametrize("size", [5, MANY])
@settings(derandomize=True, max_examples=30, deadline=None)
@given(changes=st.lists(CHANGES, max_size=25))
@pytest.mark.sweep
def test_what_is_written_makes_the_same_state(size: int, changes: list[tuple[Any, ...]]) -> None:
    images, reading, before = Images(size), Reading(), EMPTY
    for told in [*changes, ("save",)]:
        if told != ("save",):
            change(images, told)
            continue
        after = images.capture
        follow(reading, before, after)
        assert contents(reading.capture) == contents(after)
        before = after
    whole = Reading()
    follow(whole, EMPTY, before)
    assert contents(whole.capture) == contents(before)


def told(before: Capture, after: Capture) -> int:
    """How many records are written."""
    return sum(len(line["put"][2]) for line in written(before, after) if "put" in line)


@pytest.mark.parametrize("size", [300, MANY])
def test_what_images_share_is_written_once(size: int) -> None:
    """Also in a whole state, also small tables, and where the origin has changed or is gone."""
    images = Images(size)
    first = images.capture
    for slot in SLOTS[1:]:
        images.copy(("a", "now"), slot)
        images.put(slot, "X", 7, 3)
    assert told(first, images.capture) == len(SLOTS) - 1
    assert told(EMPTY, images.capture) == size + len(SLOTS) - 1
    for number in range(size):
        images.put(("a", "now"), "X", number, 8)
    if size == MANY:
        assert told(EMPTY, images.capture) == 2 * size + len(SLOTS) - 2
        del images.tables["a", "now"]
        assert told(EMPTY, images.capture) == size + len(SLOTS) - 2


def test_small_tables_that_have_little_in_common_are_written_as_they_are() -> None:
    images = Images(100)
    images.copy(("a", "now"), ("b", "now"))
    for number in range(99):
        images.remove(("b", "now"), "X", number)
    lines = [*written(EMPTY, images.capture)]
    assert not [line for line in lines if "drop" in line]
    assert told(EMPTY, images.capture) == 101


def crowded(box: Box) -> None:
    """Many records, and forks with one write each."""
    records = [{"name": f"Exemple {number}"} for number in range(MANY)]
    made = box.post("/tenants/vide/records", {"resource": "Company", "records": records})
    assert made.status == 201, made.json
    for number, company in enumerate(made.json["ids"][:20]):
        box.fork(f"f{number}", "vide")
        admin = box.as_("ADMIN", f"f{number}")
        assert admin.delete(f"/companies/{company}").status == 204


def held(sandbox: Assembly) -> int:
    """Pieces of the orders of companies that there are, whoever has them."""
    spaces = sandbox.engine.platform.spaces()
    of_all = [space.collections()["Company"].whole._series._runs for space in spaces]
    return len({id(run) for runs in of_all for run in runs})


def test_forks_with_one_write_share_the_rest_after_a_restart(start: Start, tmp_path: Any) -> None:
    path, first = tmp_path / "state.json", start(("vide",))
    crowded(first)
    save(first, path)
    size = path.stat().st_size
    second = load(start(("vide",)), path)
    assert everything(second.api.sandbox) == everything(first.api.sandbox)
    # Each has a piece of its own where it has written.
    assert held(second.api.sandbox) < 3 * MANY / 256 + 20
    keeper = kept(start(("vide",)), path)
    keeper._renew()
    keeper.close()
    assert path.stat().st_size < 1.5 * size
    assert size < MANY * 1000
