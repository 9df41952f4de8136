"""A resource that stands in the contract alone walks all its verbs."""

import pytest

from bacasable.contract.check import contract_findings, document_findings
from bacasable.contract.openapi import openapi_findings
from bacasable.core import Behaviour, Limits

from .toy import World, ours
from .toy_document import TEXT, body_of, toy_document

pytestmark = pytest.mark.usefixtures("dialect")

NOW = "2026-11-02T09:00:00.000Z"


@pytest.fixture
def world() -> World:
    return World()


@ours
def test_the_toy_contract_is_sound(world: World) -> None:
    document = toy_document()
    assert list(openapi_findings(document)) == []
    assert list(document_findings(document)) == []
    assert list(contract_findings(world.contract)) == []


@ours
def test_a_created_record_has_an_id_its_defaults_and_the_time(world: World) -> None:
    reply = world.call("createShelf", {"name": "Novels"})
    data = reply.json["data"]
    assert reply.status == 201
    assert data == {
        "id": data["id"],
        "name": "Novels",
        "code": None,
        "rank": None,
        "tags": [],
        "createdAt": NOW,
        "updatedAt": NOW,
    }
    assert data["id"].startswith("shf_")
    assert len(data["id"]) == 24


@ours
def test_a_created_record_is_found_where_its_location_says(world: World) -> None:
    reply = world.call("createShelf", {"name": "Novels"})
    shelf = reply.json["data"]["id"]
    assert reply.headers["Location"] == f"/api/v1/shelves/{shelf}"
    child = world.call("createBox", {"name": "Big"}, id=shelf)
    box = child.json["data"]["id"]
    assert child.headers["Location"] == f"/api/v1/shelves/{shelf}/boxes/{box}"
    assert world.data("getBox", id=shelf, boxId=box)["shelfId"] == shelf


def test_what_was_created_is_what_is_read(world: World) -> None:
    created = world.call("createShelf", {"name": "Novels", "tags": ["a"]})
    read = world.call("getShelf", id=created.json["data"]["id"])
    assert read.json["data"] == created.json["data"]
    assert read.headers["ETag"] == created.headers["ETag"]
    assert read.status == 200


@ours
def test_an_answer_says_its_time_and_request(world: World) -> None:
    shelf = world.shelf()
    world.tick()
    meta = world.call("getShelf", id=shelf).json["meta"]
    assert meta["timestamp"] == "2026-11-02T09:00:01.000Z"
    assert meta["requestId"].startswith("req_")
    assert meta != world.call("getShelf", id=shelf).json["meta"]


def test_patch_changes_what_is_named_and_nothing_else(world: World) -> None:
    shelf = world.shelf(code="N", rank=3)
    world.tick()
    changed = world.data("updateShelf", {"rank": 4}, id=shelf)
    assert (changed["name"], changed["code"], changed["rank"]) == ("Novels", "N", 4)
    assert (changed["createdAt"], changed["updatedAt"]) == (NOW, "2026-11-02T09:00:01.000Z")
    assert world.data("getShelf", id=shelf) == changed


def test_put_resets_what_is_not_named(world: World) -> None:
    shelf = world.shelf(code="N", rank=3, tags=["a"])
    world.tick()
    replaced = world.data("replaceShelf", {"name": "Poems"}, id=shelf)
    assert replaced == {
        "id": shelf,
        "name": "Poems",
        "code": None,
        "rank": None,
        "tags": [],
        "createdAt": NOW,
        "updatedAt": "2026-11-02T09:00:01.000Z",
    }


def test_a_deleted_record_is_gone(world: World) -> None:
    shelf = world.shelf()
    before = world.data("getShelf", id=shelf)
    reply = world.call("deleteShelf", id=shelf)
    assert reply.status == world.dialect.deleted
    if reply.status == 204:
        assert (reply.content, reply.headers) == (b"", {})
    else:
        assert reply.json["data"] == before
    assert world.code("getShelf", id=shelf) == "NOT_FOUND"
    assert world.code("deleteShelf", id=shelf) == "NOT_FOUND"
    assert world.data("listShelves") == []


def test_a_transition_moves_stamps_and_records(world: World) -> None:
    book = world.book_in("DRAFT")
    world.tick()
    published = world.data("publishBook", id=book)
    assert published["status"] == "PUBLISHED"
    assert published["publishedAt"] == published["updatedAt"] > published["createdAt"]
    assert world.events()[-1]["type"] == "book.published"


def test_the_list_holds_every_record_in_order_of_creation(world: World) -> None:
    shelves = [world.shelf(name) for name in ("b", "a", "c")]
    world.call("updateShelf", {"name": "z"}, id=shelves[0])
    assert [row["id"] for row in world.data("listShelves")] == shelves


def test_children_are_listed_under_their_parent_only(world: World) -> None:
    mine, other = world.shelf(), world.shelf()
    box = world.data("createBox", {"name": "Big"}, id=mine)["id"]
    assert [row["id"] for row in world.data("listBoxes", id=mine)] == [box]
    assert world.data("listBoxes", id=other) == []
    assert world.code("getBox", id=other, boxId=box) == "NOT_FOUND"
    assert world.code("updateBox", {"name": "x"}, id=other, boxId=box) == "NOT_FOUND"
    assert world.code("deleteBox", id="shf_unknown", boxId=box) == "NOT_FOUND"
    assert world.code("listBoxes", id="shf_unknown") == "NOT_FOUND"


def test_a_unique_value_is_taken_without_regard_to_case(world: World) -> None:
    world.shelf(code="ABC")
    other = world.shelf(code="abd")
    refusal = world.refusal("createShelf", {"name": "x", "code": "abc"})
    assert refusal.code == "DUPLICATE"
    assert [v.pointer for v in refusal.violations] == ["/code"]
    assert world.code("updateShelf", {"code": "AbC"}, id=other) == "DUPLICATE"
    assert world.data("updateShelf", {"code": "ABD"}, id=other)["code"] == "ABD"


def test_null_is_unique_as_often_as_you_like(world: World) -> None:
    assert world.shelf(code=None) != world.shelf(code=None)


def test_a_freed_unique_value_can_be_taken_again(world: World) -> None:
    shelf = world.shelf(code="A")
    world.call("updateShelf", {"code": "B"}, id=shelf)
    world.shelf(code="A")
    world.call("deleteShelf", id=shelf)
    assert world.shelf(code="B")


def test_every_violation_of_a_body_is_told_at_once(world: World) -> None:
    refusal = world.refusal("createShelf", {"rank": "x", "colour": 1})
    assert refusal.code == "INVALID_REQUEST"
    assert {v.pointer for v in refusal.violations} == {"/rank", "/name", "/colour"}


@ours
def test_a_platform_resource_lives_in_the_root_space(world: World) -> None:
    ticket = world.data("createTicket", {"name": "x"}, roles="SUPER_ADMIN")["id"]
    assert ticket == "tck_00000000000000000001"
    assert len(world.platform.root.collection("Ticket")) == 1
    assert len(world.space.collection("Ticket")) == 0
    assert [e["type"] for e in world.events(world.platform.root)] == ["ticket.created"]


def test_tenants_share_no_records(world: World) -> None:
    shelf = world.shelf(code="A")
    other = world.platform.open("other", "tnt_other")
    assert world.code("getShelf", id=shelf, space=other) == "NOT_FOUND"
    assert world.data("listShelves", space=other) == []
    assert world.call("createShelf", {"name": "x", "code": "A"}, space=other).json


def test_answers_are_not_checked_when_told_so() -> None:
    world = World(limits=Limits(check_answers=False))
    assert world.data("createBook", {"title": "Broken"})["note"] == 42


def test_a_body_over_the_limit_is_refused() -> None:
    world = World(limits=Limits(max_depth=3))
    deep = b'{"name": "x", "tags": [[[["a"]]]]}'
    assert world.code("createShelf", content=deep) == "MALFORMED_BODY"


# --- what a contract may well say


def with_property(name: str, schema: dict[str, object], *, required: bool = True) -> World:
    """A world whose shelves have one more property."""
    document = toy_document()
    shelf = document["components"]["schemas"]["Shelf"]
    shelf["properties"][name] = schema
    if required:
        shelf["required"].append(name)
    for path, method in (("/shelves", "post"), ("/shelves/{id}", "put")):
        body = document["paths"][path][method]["requestBody"]["content"]["application/json"]
        body["schema"]["properties"][name] = schema
    return World(document=document)


def test_a_resource_may_have_no_times_and_its_answers_no_etag() -> None:
    document = toy_document()
    box = document["components"]["schemas"]["Box"]
    for name in ("createdAt", "updatedAt"):
        del box["properties"][name]
        box["required"].remove(name)
    item = document["paths"]["/shelves/{id}/boxes/{boxId}"]
    del item["patch"]["responses"]["200"]["headers"]["ETag"]
    world = World(document=document)
    shelf = world.shelf()
    made = world.data("createBox", {"name": "x"}, id=shelf)
    assert set(made) == {"id", "shelfId", "name"}
    changed = world.call("updateBox", {"name": "y"}, id=shelf, boxId=made["id"])
    assert changed.json["data"] == made | {"name": "y"}
    assert changed.headers == {}


@ours
def test_operations_may_share_one_response() -> None:
    document = toy_document()
    item = document["paths"]["/shelves/{id}"]
    document["components"]["responses"] = {"Shelf": item["get"]["responses"]["200"]}
    for method in ("get", "put", "patch"):
        item[method]["responses"]["200"] = {"$ref": "#/components/responses/Shelf"}
    world = World(document=document)
    shelf = world.shelf()
    changed = world.call("updateShelf", {"rank": 1}, id=shelf)
    read = world.call("getShelf", id=shelf)
    assert read.json["data"] == changed.json["data"]
    assert read.headers == changed.headers
    world.put("Shelf", {"id": shelf, "password": "x"})
    assert world.code("getShelf", id=shelf) == "CONTRACT_VIOLATION"


@pytest.mark.parametrize("name", ["kind", "self", "resource"])
def test_a_property_may_have_any_name(name: str) -> None:
    world = with_property(name, {"type": ["string", "null"]})
    assert world.data("createShelf", {"name": "x", name: "given"})[name] == "given"


def test_a_unique_property_may_be_called_resource() -> None:
    document = toy_document()
    lock = document["components"]["schemas"]["Lock"]
    lock["properties"]["resource"] = {"type": "string", "default": "x"}
    lock["x-resource"]["unique"] = ["resource"]
    world = World(document=document)
    shelf = world.shelf()
    world.call("createLock", {"name": "a"}, id=shelf)
    assert world.code("createLock", {"name": "b"}, id=shelf) == "DUPLICATE"


def test_an_optional_property_may_be_left_out() -> None:
    world = with_property("colour", {"type": "string"}, required=False)
    assert "colour" not in world.data("createShelf", {"name": "x"})


def test_put_drops_an_optional_property_that_is_not_named() -> None:
    world = with_property("colour", {"type": "string"}, required=False)
    shelf = world.shelf(colour="red")
    assert "colour" not in world.data("replaceShelf", {"name": "x"}, id=shelf)


def test_put_keeps_a_read_only_property_written_as_a_reference() -> None:
    document = toy_document()
    schemas = document["components"]["schemas"]
    schemas["Text"] = {"type": ["string", "null"]}
    schemas["Shelf"]["properties"]["seal"] = {"$ref": "#/components/schemas/Text", "readOnly": True}
    seal = Behaviour(prepare={"createShelf": lambda s: s.draft.update(seal="sealed")})
    world = World({"Shelf": seal}, document=document)
    assert world.data("replaceShelf", {"name": "x"}, id=world.shelf())["seal"] == "sealed"


def test_a_client_cannot_write_what_is_read_only() -> None:
    document = toy_document()
    create = document["paths"]["/books"]["post"]
    create["requestBody"]["content"]["application/json"]["schema"] = body_of(
        ["title"], title=TEXT, status={"type": "string", "readOnly": True}
    )
    world = World(document=document)
    assert world.data("createBook", {"title": "x", "status": "SOLD"})["status"] == "DRAFT"


def flat_locks() -> World:
    """A world whose locks name their shelf in the body, and stand in a collection of their own."""
    document = toy_document()
    lock = document["components"]["schemas"]["Lock"]
    lock["x-resource"]["collection"] = "/locks"
    lock["properties"]["shelfId"] = {"type": "string", "x-references": "Shelf"}
    for tail in ("", "/{lockId}"):
        item = document["paths"].pop("/shelves/{id}/locks" + tail)
        document["paths"]["/locks" + tail] = item
        for operation in item.values():
            operation["parameters"] = [p for p in operation["parameters"] if p["name"] != "id"]
    body = document["paths"]["/locks"]["post"]["requestBody"]["content"]["application/json"]
    body["schema"]["properties"]["shelfId"] = lock["properties"]["shelfId"]
    return World(document=document)


def test_a_child_may_have_a_collection_of_its_own() -> None:
    world = flat_locks()
    shelf = world.shelf()
    lock = world.data("createLock", {"name": "x", "shelfId": shelf})
    assert world.data("listLocks") == [lock]
    assert lock["shelfId"] == shelf
    assert world.refusal("deleteShelf", id=shelf).detail == "1 record(s) refer to it."


def test_a_child_in_a_collection_of_its_own_is_found() -> None:
    world = flat_locks()
    lock = world.data("createLock", {"name": "x", "shelfId": world.shelf()})
    assert world.data("getLock", lockId=lock["id"]) == lock


def test_a_list_without_pages_shows_everything() -> None:
    document = toy_document()
    listing = document["paths"]["/shelves"]["get"]
    listing["parameters"] = listing["parameters"][:1]
    world = World(document=document)
    assert world.data("listShelves") == []
    shelves = [world.shelf() for _ in range(30)]
    assert [row["id"] for row in world.data("listShelves")] == shelves
