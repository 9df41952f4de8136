"""What is read off documents of others: resources, actions, references, and where that stops."""

from pathlib import Path
from typing import Any

import pytest

from bacasable.contract import Contract, load_contract
from bacasable.contract.build import build_contract
from bacasable.contract.foreign import completed
from bacasable.contract.inference import inferred
from bacasable.contract.model import Filter, Parent, Reference

FOREIGN = Path(__file__).parent / "foreign"
SERVED = Path(__file__).parent.parent / "verify" / "foreign"
TEXT, WHOLE = {"type": "string"}, {"type": "integer"}


def objects(**members: Any) -> Any:
    return {"type": "object", "properties": members}


BOOK = objects(id=WHOLE, title=TEXT)


def answer(schema: Any = None) -> Any:
    content = {"application/json": {"schema": schema}} if schema else {}
    return {"description": "", "content": content}


def does(status: int, schema: Any = None, body: Any = None, **more: Any) -> Any:
    """An operation that answers a status with a schema."""
    operation = {"responses": {str(status): answer(schema)}, **more}
    if body:
        operation["requestBody"] = {"content": {"application/json": {"schema": body}}}
    return operation


def item(name: str, schema: Any, **methods: Any) -> Any:
    """A path item with a path parameter."""
    return {
        "parameters": [{"name": name, "in": "path", "required": True, "schema": schema}],
        **methods,
    }


def read(paths: Any, **more: Any) -> Contract:
    """The inferred contract of some paths."""
    document = completed({"openapi": "3.1.0", "info": {}, "paths": paths, **more})
    return inferred(build_contract(document, "test"))


def kinds_of(found: Contract) -> dict[str, str]:
    return {f"{o.method} {o.path}": o.action.kind for o in found.operations.values()}


def test_a_collection_and_its_item_are_a_resource() -> None:
    found = read(
        {
            "/books": {
                "get": does(200, {"type": "array", "items": BOOK}),
                "post": does(201, BOOK, BOOK),
            },
            "/books/{id}": item(
                "id",
                WHOLE,
                get=does(200, BOOK),
                put=does(200, BOOK, BOOK),
                patch=does(204, None, BOOK),
                delete=does(204),
            ),
            "/books/{id}/lend": item("id", WHOLE, post=does(200, BOOK)),
            "/books/newest": {"get": does(200, BOOK)},
        }
    )
    assert kinds_of(found) == {
        "get /books": "list",
        "post /books": "create",
        "get /books/{id}": "get",
        "put /books/{id}": "update",
        "patch /books/{id}": "update",
        "delete /books/{id}": "delete",
        "post /books/{id}/lend": "custom",
        "get /books/newest": "custom",
    }
    assert list(found.resources) == ["Book"]
    assert found.resources["Book"].collection == "/books"
    assert list(found.resources["Book"].properties) == ["id", "title"]
    assert found.operations["postBooksIdLend"].action.item_param == "id"


@pytest.mark.parametrize(
    ("why", "paths"),
    [
        ("there is no collection", {"/books/{id}": item("id", WHOLE, get=does(200, BOOK))}),
        (
            "its collection neither lists nor creates",
            {
                "/books": {"delete": does(204)},
                "/books/{id}": item("id", WHOLE, get=does(200, BOOK)),
            },
        ),
        (
            "the path names it by something of another type",
            {
                "/books": {"post": does(201, BOOK, BOOK)},
                "/books/{name}": item("name", TEXT, get=does(200, BOOK)),
            },
        ),
        (
            "the answer has no known members",
            {
                "/books": {"post": does(201, {"type": "object"}, BOOK)},
                "/books/{id}": item("id", WHOLE, get=does(200, {"type": "object"})),
            },
        ),
        (
            "it lies below what is unknown",
            {
                "/shelves/{shelf}/books": item("shelf", TEXT, post=does(201, BOOK, BOOK)),
                "/shelves/{shelf}/books/{id}": item("shelf", TEXT, get=does(200, BOOK)),
            },
        ),
        (
            "two parameters follow each other",
            {
                "/compare/{a}": item("a", WHOLE, get=does(200, BOOK)),
                "/compare/{a}/{id}": item("id", WHOLE, get=does(200, BOOK)),
            },
        ),
    ],
)
def test_nothing_is_read_where_it_is_not_safe(why: str, paths: Any) -> None:
    found = read(paths)
    assert not found.resources, why
    assert set(kinds_of(found).values()) == {"custom"}, why


@pytest.mark.parametrize(
    ("method", "operation"),
    [
        ("post", does(202, None, BOOK)),
        ("post", does(200, {"type": "array", "items": BOOK}, BOOK)),
        ("post", does(201, BOOK)),
        ("post", {"responses": {"default": answer(BOOK)}}),
        ("delete", does(204)),
    ],
)
def test_what_may_be_something_else_is_of_no_kind(method: str, operation: Any) -> None:
    found = read(
        {
            "/books": {"get": does(200, {"type": "array", "items": BOOK}), method: operation},
            "/books/{id}": item("id", WHOLE, get=does(200, BOOK), delete=does(202)),
        }
    )
    assert kinds_of(found)[f"{method} /books"] == "custom"
    assert kinds_of(found)["delete /books/{id}"] == "custom"
    assert kinds_of(found)["get /books"] == "list"


def test_records_below_others_know_their_parent() -> None:
    found = inferred(load_contract(SERVED / "library.yaml"))
    assert found.resources["Review"].parent == Parent("Book", "bookId")
    assert found.operations["addReview"].action.parent_param == "bookId"
    assert found.operations["showReview"].action.item_param == "reviewId"
    assert found.resources["Book"].parent is None


def test_members_that_name_one_resource_refer_to_it() -> None:
    found = inferred(load_contract(SERVED / "notes.yaml"))
    refers = (Reference(("folderId",), "Folder"),)
    assert found.resources["Note"].references == refers
    body = found.operations["createNote"].body
    assert body is not None
    assert body.references == refers
    assert found.resources["Folder"].references == ()


@pytest.mark.parametrize(
    ("member", "schema", "refers"),
    [
        ("bookId", WHOLE, True),
        ("book_id", {"type": ["integer", "null"]}, True),
        ("bookId", TEXT, False),
        ("bookid", WHOLE, True),
        ("novelId", WHOLE, False),
        ("id", WHOLE, False),
        ("paid", WHOLE, False),
    ],
)
def test_a_reference_has_the_name_and_the_type(member: str, schema: Any, refers: bool) -> None:
    loan = objects(**{"id": WHOLE, member: schema})
    found = read(
        {
            "/books": {"post": does(201, BOOK, BOOK)},
            "/books/{id}": item("id", WHOLE, get=does(200, BOOK)),
            "/loans": {"post": does(201, loan, loan)},
            "/loans/{id}": item("id", WHOLE, get=does(200, loan)),
        }
    )
    wanted = (Reference((member,), "Book"),) if refers else ()
    assert found.resources["Loan"].references == wanted


def test_only_sure_filters_are_filters() -> None:
    library = inferred(load_contract(SERVED / "library.yaml")).operations["findBooks"]
    assert {p.name: p.filter for p in library.parameters} == {
        "genre": Filter(("genre",), "equals"),
        "maxPages": None,
        "limit": None,
        "offset": None,
    }
    notes = inferred(load_contract(SERVED / "notes.yaml")).operations["listNotes"]
    assert {p.name for p in notes.parameters if p.filter} == {"folderId", "pinned"}


def test_resources_have_the_names_of_their_schemas_or_paths_and_each_its_own() -> None:
    reference = {"$ref": "#/components/schemas/Volume"}
    named = {
        f"{path}{end}": {"post": does(201, reference, BOOK)}
        if not end
        else item("id", WHOLE, get=does(200, reference))
        for path in ("/books", "/old/books", "/categories", "/class")
        for end in ("", "/{id}")
    }
    found = read(named, components={"schemas": {"Volume": BOOK}})
    assert list(found.resources) == ["Volume", "Category", "Class", "Book"]


def test_a_resource_without_a_name_in_the_document_is_named_by_what_lies_in_the_answer() -> None:
    volume = {"$ref": "#/components/schemas/Volume"}
    listing = objects(items={"type": "array", "items": volume}, total=WHOLE)
    found = read(
        {
            "/books": {"get": does(200, listing)},
            "/books/{id}": item("id", WHOLE, get=does(200, objects(data=volume))),
            "/x/books": {"get": does(200, listing)},
            "/x/books/{id}": item("id", WHOLE, delete=does(204)),
            "/y/books": {"get": does(200, {"type": "array", "items": BOOK})},
            "/y/books/{id}": item("id", WHOLE, delete=does(204)),
            "/-": {"get": does(200, {"type": "array", "items": BOOK})},
            "/-/{id}": item("id", WHOLE, delete=does(204)),
        },
        components={"schemas": {"Volume": BOOK}},
    )
    named = {r.collection: name for name, r in found.resources.items()}
    assert named.pop("/-").startswith("Record")
    assert named == {"/books": "Volume", "/x/books": "Book", "/y/books": "Book2"}


def test_a_record_is_sought_where_an_answer_shows_one() -> None:
    whole = {"type": "array", "items": BOOK}
    found = read(
        {
            "/books": {"get": does(200, whole), "post": does(201, whole, BOOK)},
            "/books/{id}": item("id", WHOLE, get=does(200, whole), put=does(200, BOOK, BOOK)),
        }
    )
    assert list(found.resources["Book"].properties) == ["id", "title"]


def test_security_wants_a_caller_who_is_logged_in_and_no_role() -> None:
    found = inferred(load_contract(FOREIGN / "security.yaml"))
    assert {name: operation.roles for name, operation in found.operations.items()} == {
        "doors": (),
        "addDoor": (),
        "status": None,
        "news": None,
        "guards": (),
    }


def test_ours_says_it_itself(contract: Contract) -> None:
    known = contract
    assert inferred(known) is known


@pytest.mark.parametrize("path", sorted(FOREIGN.glob("*.*")), ids=lambda path: path.name)
def test_every_foreign_document_can_be_read(path: Path) -> None:
    plain = load_contract(path)
    found = inferred(plain)
    assert found.operations.keys() == plain.operations.keys()
    assert {o.action.resource for o in found.operations.values()} <= {None, *found.resources}


def test_a_document_of_several_files_can_be_read() -> None:
    found = inferred(load_contract(FOREIGN / "several" / "openapi.yaml"))
    assert {name: r.collection for name, r in found.resources.items()} == {"player": "/players"}
    assert kinds_of(found) == {"get /players": "list", "get /players/{name}": "get"}
