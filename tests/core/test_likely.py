"""What is only likely of a document is served: records in places, PUT that makes, one of a kind."""

from typing import Any

import pytest

from bacasable.contract import RawRequest
from bacasable.contract.representation import unwrapped
from bacasable.contract.wire import to_json
from bacasable.core import Call
from bacasable.core.places import named_within

from .test_other_conventions import Others


@pytest.fixture
def harbour() -> Others:
    return Others("harbour.yaml", likely=True)


def berths(harbour: Others, where: str, query: str = "") -> list[Any]:
    return list(harbour("listBerths", query=query, harbour=where)["berths"])


def test_put_makes_what_is_not_there_under_the_name_in_the_path(harbour: Others) -> None:
    made = harbour.reply("setBerth", {"quay": "north", "depth": 3}, harbour="Brest", berth="a/1")
    assert made.status == 201
    assert made.json == {"name": "a/1", "quay": "north", "depth": 3}
    assert made.headers["Location"] == "/harbours/Brest/berths/a%2F1.json"
    again = harbour.reply("setBerth", {"quay": "south"}, harbour="Brest", berth="a/1")
    assert (again.status, again.json) == (200, {"name": "a/1", "quay": "south"})
    assert harbour("showBerth", harbour="Brest", berth="a/1") == again.json


def test_a_name_is_one_in_its_place_alone(harbour: Others) -> None:
    for where in ("Brest", "Nantes"):
        harbour("setBerth", {"quay": where}, harbour=where, berth="1")
    assert berths(harbour, "Nantes") == [{"name": "1", "quay": "Nantes"}]
    assert harbour.code("showBerth", harbour="Toulon", berth="1") == "NOT_FOUND"
    assert harbour.reply("dropBerth", harbour="Nantes", berth="1").status == 204
    assert berths(harbour, "Nantes") == []
    assert berths(harbour, "Brest") == [{"name": "1", "quay": "Brest"}]


def test_places_cannot_be_confused_by_slashes_in_names(harbour: Others) -> None:
    harbour("setBerth", {}, harbour="a/b", berth="c")
    assert harbour.code("showBerth", harbour="a", berth="b/c") == "NOT_FOUND"


def test_a_parameter_called_like_a_member_seeks_a_part_of_it(harbour: Others) -> None:
    for number, quay in enumerate(["North", "South", "northeast"]):
        harbour("setBerth", {"quay": quay}, harbour="Brest", berth=number)
    assert [b["quay"] for b in berths(harbour, "Brest", "quay=north")] == ["North", "northeast"]
    assert [b["name"] for b in berths(harbour, "Brest", "q=2")] == ["2"]
    assert len(berths(harbour, "Brest", "language=fr")) == 3, "no member is called so"


def test_records_lie_below_one_that_has_a_place(harbour: Others) -> None:
    at = {"harbour": "Brest", "berth": "1"}
    assert harbour.code("moor", {"boat": "Ada"}, **at) == "NOT_FOUND"
    harbour("setBerth", {}, **at)
    harbour("setBerth", {}, harbour="Nantes", berth="1")
    made = harbour.reply("moor", {"boat": "Ada", "gid": "mine"}, **at)
    gid = made.json["gid"]
    assert gid != "mine", "it is read only"
    assert made.headers["Location"] == f"/harbours/Brest/berths/1/moorings/{gid}"
    assert harbour("listMoorings", **at) == [made.json]
    assert harbour("listMoorings", harbour="Nantes", berth="1") == []
    one = {"harbour": "Brest", "name": "1", "mooring_gid": gid}
    assert harbour("showMooring", **one) == made.json
    assert harbour.code("showMooring", **one | {"harbour": "Nantes"}) == "NOT_FOUND"
    harbour("dropBerth", **at)
    assert harbour("allMoorings") == [], "what lies below is gone with it"


def test_post_on_a_record_changes_what_it_names(harbour: Others) -> None:
    at = {"harbour": "Brest", "berth": "1"}
    harbour("setBerth", {}, **at)
    gid = harbour("moor", {"boat": "Ada"}, **at)["gid"]
    changed = harbour("changeMooring", {"leftOn": "x"}, harbour="Brest", name="1", mooring_gid=gid)
    assert changed == {"gid": gid, "boat": "Ada", "leftOn": "x"}
    left = harbour("leave", {"leftOn": "2026-11-03"}, mooring_gid=gid, **at)
    assert left == {"gid": gid, "boat": "Ada", "leftOn": "2026-11-03"}


def test_records_are_listed_elsewhere_too(harbour: Others) -> None:
    at = {"harbour": "Brest", "berth": "1"}
    harbour("setBerth", {}, **at)
    moored = [harbour("moor", {"boat": boat}, **at) for boat in ("Ada", "Bob")]
    assert harbour("allMoorings") == moored
    assert harbour("mooringsOfBoat", boat="Bob") == [moored[1]]


def test_a_record_is_changed_by_the_id_in_the_body(harbour: Others) -> None:
    made = harbour("addBoat", {"name": "Ada", "flags": ["fr", "it"]})
    assert made["id"] == 1
    assert harbour("changeBoat", {"id": 1, "name": "Bob"}) == {"id": 1, "name": "Bob"}
    for body in ({"id": 9}, {"name": "nobody"}):
        assert harbour.code("changeBoat", body) == "NOT_FOUND"
    assert harbour("showBoat", boatId=1)["name"] == "Bob"


def test_a_search_beside_the_records_finds_them(harbour: Others) -> None:
    harbour("addBoat", {"name": "Ada", "flags": ["fr", "it"]})
    harbour("addBoat", {"name": "Bob", "flags": ["de"]})
    harbour("addBoat", {"name": "Cid"})
    assert [b["name"] for b in harbour("findBoats", query="flags=it&flags=de")] == ["Ada", "Bob"]
    assert [b["name"] for b in harbour("findBoats", query="flags=d")] == ["Bob"]
    assert len(harbour("findBoats")) == 3


def test_what_is_done_to_a_record_needs_one(harbour: Others) -> None:
    harbour("addBoat", {"name": "Ada"})
    assert harbour.reply("washBoat", boatId=1).status == 204
    assert harbour.code("washBoat", boatId=2) == "NOT_FOUND"
    assert harbour.reply("papersOfBoat", boatId=1).headers["X-Sandbox-Answer"] == "example"
    assert harbour.code("papersOfBoat", boatId=2) == "NOT_FOUND"
    assert harbour.reply("countBoats").headers["X-Sandbox-Answer"] == "example"


def test_a_list_without_items_is_added_to(harbour: Others) -> None:
    assert harbour("readLog") == []
    for text in ("one", "two"):
        assert harbour.reply("writeLog", {"text": text}).status == 201
    assert harbour("readLog") == [{"text": "one"}, {"text": "two"}]


def test_of_some_things_there_is_one_in_each_place(harbour: Others) -> None:
    assert harbour("showSettings", harbour="Brest") == {"lights": True, "horn": "loud"}
    changed = harbour("changeSettings", {"horn": "soft", "lights": False}, harbour="Brest")
    assert changed == {"lights": False, "horn": "soft"}
    assert harbour("showSettings", harbour="Brest") == changed
    assert harbour("showSettings", harbour="Nantes") == {"lights": True, "horn": "loud"}


def test_paths_in_the_manner_of_odata_lead_to_records(harbour: Others) -> None:
    made = harbour.reply("addBuoy", {"slug": "red-1", "light": "red"})
    assert made.headers["Location"] == "/Buoys('red-1')"
    assert harbour("showBuoy", buoy="red-1") == {"slug": "red-1", "light": "red"}


def test_ids_of_the_server_are_sought_in_their_place_too(harbour: Others) -> None:
    note = harbour("addNote", {"name": "storm"}, fleet="red")
    assert harbour("showNote", fleet="red", id=note["id"]) == note
    assert harbour.code("showNote", fleet="blue", id=note["id"]) == "NOT_FOUND"


def test_a_list_of_changes_that_nobody_explains_changes_nothing(harbour: Others) -> None:
    note = harbour("addNote", {"name": "storm"}, fleet="red")
    request = RawRequest(
        {"fleet": "red", "id": str(note["id"])},
        body=to_json([{"op": "remove", "path": "/name"}]),
        content_type="application/json-patch+json",
    )
    called = harbour.contract.operations["patchNote"]
    reply = harbour.engine.handle(Call(called, harbour.space, None, request, "req_1"))
    assert (reply.status, reply.json) == (200, note)


def test_what_is_put_is_kept_though_nothing_in_it_names_it(harbour: Others) -> None:
    assert harbour("setSignal", {"text": "fog"}, letters="F") == {"text": "fog"}
    assert harbour("showSignal", letters="F") == {"text": "fog"}
    assert harbour.code("showSignal", letters="G") == "NOT_FOUND"


@pytest.mark.parametrize(
    ("operation", "path"),
    [
        ("mooringsOfSquad", {"squad": "a"}),
        ("berthsOfDepth", {"depth": 1}),
        ("lastLine", {}),
        ("countAllBoats", {}),
        ("eraseLine", {"line": 1}),
        ("warn", {}),
        ("scrubBoats", {}),
    ],
)
def test_what_may_be_anything_is_answered_by_example(
    harbour: Others, operation: str, path: Any
) -> None:
    assert harbour.contract.operations[operation].action.kind == "custom"
    body = {"text": "a"} if harbour.contract.operations[operation].body else None
    assert harbour.reply(operation, body, **path).headers["X-Sandbox-Answer"] == "example"


def test_records_lie_under_one_name_in_answers_and_bodies(harbour: Others) -> None:
    made = harbour("addCrew", {"crew": {"name": "Ada", "id": 9}, "meta": {}})
    assert made["crew"] == {"id": 1, "name": "Ada"}
    assert isinstance(made["meta"], dict), "what is required beside it is made"
    other = harbour("addCrew", {"crew": {"name": "Bob", "size": 2}, "meta": {}})
    assert harbour("showCrew", id=2) == other
    assert [one["crew"]["name"] for one in harbour("listCrews")] == ["Ada", "Bob"]


@pytest.mark.parametrize(
    ("body", "given"),
    [
        ({"crew": {"name": "Ada"}}, {"name": "Ada"}),
        ({"name": "Ada"}, {"name": "Ada"}),
        ({"crew": {"other": 1}}, {"crew": {"other": 1}}),
        ({"crew": {"name": "Ada"}, "meta": 1}, {"name": "Ada"}),
        ({"crew": {"name": "Ada"}, "more": 1}, {"crew": {"name": "Ada"}, "more": 1}),
        ({"name": {"size": 1}}, {"name": {"size": 1}}),
        ({}, {}),
    ],
)
def test_only_what_is_around_a_record_is_taken_off(body: Any, given: Any) -> None:
    assert unwrapped(body, {"name": {}, "size": {}}) == given


def test_a_name_one_level_down_names_the_record(harbour: Others) -> None:
    mast = {"kind": "tall", "about": {"name": "m/1", "height": 9}}
    assert harbour.reply("addMast", mast, harbour="Brest").status == 201
    assert harbour("showMast", harbour="Brest", name="m/1") == mast
    assert harbour.code("showMast", harbour="Nantes", name="m/1") == "NOT_FOUND"
    assert harbour.code("addMast", mast, harbour="Brest") == "DUPLICATE"
    lower = mast | {"kind": "low"}
    assert harbour.reply("setMast", lower, harbour="Brest", name="m/1").status == 200
    assert harbour("showMast", harbour="Brest", name="m/1") == lower
    assert harbour.reply("addMast", {"kind": "none"}, harbour="Brest").status == 201


@pytest.mark.parametrize(
    ("body", "item", "named"),
    [
        ({"a": {"name": "x"}}, "/m/{name}", "x"),
        ({"a": {"name": 1}, "b": {"name": "y"}}, "/m/{name}.json", "y"),
        ({"name": "x"}, "/m/{name}", ""),
        (["name"], "/m/{name}", ""),
        ({"a": {"": "x"}}, "", ""),
    ],
)
def test_where_a_name_stands_one_level_down(body: Any, item: str, named: str) -> None:
    assert named_within(body, item) == named
