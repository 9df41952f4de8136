"""References: ids in a body must name records; records that are referred to stay."""

import pytest

from .toy import World
from .toy_document import toy_document

pytestmark = pytest.mark.usefixtures("dialect")


@pytest.fixture
def world() -> World:
    return World()


def test_an_unknown_reference_is_named_by_its_pointer(world: World) -> None:
    refusal = world.refusal("createBook", {"title": "x", "shelfId": "shf_none"})
    assert refusal.code == "UNKNOWN_REFERENCE"
    assert [(v.pointer, v.detail) for v in refusal.violations] == [
        ("/shelfId", "no Shelf has this id")
    ]


def test_every_unknown_reference_in_a_list_is_named(world: World) -> None:
    known = world.author()
    chapters = [{"authorId": i} for i in ("aut_1", known, "aut_2", "")]
    refusal = world.refusal("createBook", {"title": "x", "shelfId": "", "chapters": chapters})
    assert [v.pointer for v in refusal.violations] == [
        "/shelfId",
        "/chapters/0/authorId",
        "/chapters/2/authorId",
        "/chapters/3/authorId",
    ]


def test_null_and_absent_refer_to_nothing(world: World) -> None:
    assert world.book(shelfId=None)
    assert world.book()


def test_a_known_reference_is_kept(world: World) -> None:
    shelf, author = world.shelf(), world.author()
    book = world.book(shelfId=shelf, chapters=[{"authorId": author}])
    data = world.data("getBook", id=book)
    assert (data["shelfId"], data["chapters"]) == (shelf, [{"authorId": author}])


def test_a_reference_is_checked_when_a_record_changes(world: World) -> None:
    book = world.book()
    refusal = world.refusal("updateBook", {"shelfId": "shf_none"}, id=book)
    assert (refusal.code, refusal.violations[0].pointer) == ("UNKNOWN_REFERENCE", "/shelfId")


def test_a_record_of_another_tenant_is_unknown(world: World) -> None:
    other = world.platform.open("other", "tnt_other")
    foreign = world.data("createShelf", {"name": "x"}, space=other)["id"]
    assert world.code("createBook", {"title": "x", "shelfId": foreign}) == "UNKNOWN_REFERENCE"


def test_a_record_that_is_referred_to_stays(world: World) -> None:
    shelf = world.shelf()
    book = world.book(shelfId=shelf)
    refusal = world.refusal("deleteShelf", id=shelf)
    assert refusal.code == "STILL_REFERENCED"
    assert [v.detail for v in refusal.violations] == [f"Book {book} refers to it"]
    assert world.data("getShelf", id=shelf)
    world.call("updateBook", {"shelfId": None}, id=book)
    assert world.call("deleteShelf", id=shelf).status == world.dialect.deleted


def test_a_record_that_is_referred_to_inside_a_list_stays(world: World) -> None:
    author = world.author()
    book = world.book(chapters=[{"authorId": author}])
    assert world.code("deleteAuthor", id=author) == "STILL_REFERENCED"
    world.call("deleteBook", id=book)
    assert world.call("deleteAuthor", id=author).status == world.dialect.deleted


def test_no_more_than_ten_holders_are_named(world: World) -> None:
    shelf = world.shelf()
    for _ in range(12):
        world.book(shelfId=shelf)
    refusal = world.refusal("deleteShelf", id=shelf)
    assert len(refusal.violations) == 10
    assert refusal.detail == "12 record(s) refer to it."


def test_children_go_with_their_parent(world: World) -> None:
    shelf, other = world.shelf(), world.shelf()
    for home in (shelf, other, shelf):
        world.call("createBox", {"name": "x"}, id=home)
    world.call("deleteShelf", id=shelf)
    assert [box["shelfId"] for box in world.rows("Box")] == [other]


def test_a_child_that_restricts_keeps_its_parent(world: World) -> None:
    shelf = world.shelf()
    world.call("createBox", {"name": "x"}, id=shelf)
    lock = world.data("createLock", {"name": "x"}, id=shelf)["id"]
    refusal = world.refusal("deleteShelf", id=shelf)
    assert [v.detail for v in refusal.violations] == [f"Lock {lock} refers to it"]
    assert len(world.space.collection("Box")) == 1
    world.call("deleteLock", id=shelf, lockId=lock)
    assert world.call("deleteShelf", id=shelf).status == world.dialect.deleted


def referring_to_box() -> World:
    """A world whose books stand in boxes, and whose boxes may name another box."""
    document = toy_document()
    schemas = document["components"]["schemas"]
    inside = {"type": ["string", "null"], "x-references": "Box"}
    schemas["Box"]["properties"]["besideId"] = inside
    schemas["Book"]["properties"]["shelfId"] = inside
    box = document["paths"]["/shelves/{id}/boxes"]["post"]["requestBody"]["content"]
    box["application/json"]["schema"]["properties"]["besideId"] = inside
    book = document["paths"]["/books"]["post"]["requestBody"]["content"]
    book["application/json"]["schema"]["properties"]["shelfId"] = inside
    return World(document=document)


def test_a_record_that_stays_keeps_what_would_go_with_its_parent() -> None:
    world = referring_to_box()
    shelf = world.shelf()
    box = world.data("createBox", {"name": "x"}, id=shelf)["id"]
    book = world.book(shelfId=box)
    assert world.code("deleteShelf", id=shelf) == "STILL_REFERENCED"
    world.call("deleteBook", id=book)
    assert world.call("deleteShelf", id=shelf).status == world.dialect.deleted
    assert len(world.space.collection("Box")) == 0


def test_records_that_go_together_do_not_keep_each_other() -> None:
    world = referring_to_box()
    shelf = world.shelf()
    first = world.data("createBox", {"name": "x"}, id=shelf)["id"]
    world.call("createBox", {"name": "y", "besideId": first}, id=shelf)
    assert world.code("deleteBox", id=shelf, boxId=first) == "STILL_REFERENCED"
    assert world.call("deleteShelf", id=shelf).status == world.dialect.deleted


def test_grandchildren_go_too() -> None:
    document = toy_document()
    document["components"]["schemas"]["Lock"]["x-resource"] |= {
        "parent": {"resource": "Box", "field": "shelfId"},
        "onParentDelete": "cascade",
    }
    world = World(document=document)
    shelf = world.shelf()
    box = world.data("createBox", {"name": "x"}, id=shelf)["id"]
    world.put("Lock", {"id": "1", "shelfId": box})
    world.put("Lock", {"id": "2", "shelfId": "77"})
    world.call("deleteShelf", id=shelf)
    assert [lock["id"] for lock in world.rows("Lock")] == ["2"]


def test_a_holder_is_counted_once() -> None:
    document = toy_document()
    book = document["components"]["schemas"]["Book"]["properties"]
    book["ownerId"] = {"type": ["string", "null"], "x-references": "Shelf"}
    world = World(document=document)
    shelf = world.shelf()
    world.book(shelfId=shelf, ownerId=shelf)
    assert world.refusal("deleteShelf", id=shelf).detail == "1 record(s) refer to it."


def test_a_reference_inside_an_absent_or_null_member_is_none(world: World) -> None:
    author = world.author()
    world.put("Book", {"id": "bok_old", "chapters": None})
    world.put("Book", {"id": "bok_older", "chapters": [{}]})
    assert world.call("deleteAuthor", id=author).status == world.dialect.deleted


def test_records_that_are_each_others_parents_are_deleted_together() -> None:
    document = toy_document()
    shelf = document["components"]["schemas"]["Shelf"]
    shelf["properties"]["aboveId"] = {"type": ["string", "null"], "readOnly": True}
    parent = {"resource": "Shelf", "field": "aboveId"}
    shelf["x-resource"] |= {"parent": parent, "onParentDelete": "cascade"}
    world = World(document=document)
    first, second = world.shelf(), world.shelf()
    rows = {row["id"]: row for row in world.rows("Shelf")}
    for one, above in ((first, second), (second, first)):
        world.put("Shelf", rows[one] | {"aboveId": above})
    world.call("deleteShelf", id=first)
    assert world.rows("Shelf") == []
