"""Where things lie in answers: in ours, and in the envelopes of others."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bacasable.contract import Contract
from bacasable.contract.build import build_contract
from bacasable.contract.foreign import completed
from bacasable.contract.inference import inferred
from bacasable.contract.schema import whole
from bacasable.contract.shape import Shape, inside, likely_id_member, places, plain, shape_of

TEXT, WHOLE = {"type": "string"}, {"type": "integer"}
BOOK = {"type": "object", "properties": {"id": WHOLE, "title": TEXT}}


def objects(**members: Any) -> Any:
    return {"type": "object", "properties": members}


def listed(items: Any = BOOK) -> Any:
    return {"type": "array", "items": items}


def listing(schema: Any, parameters: Any = (), item: Any = BOOK) -> Shape:
    """The shape of GET /books where that answers with a schema, and /books/{id} with a book."""
    by_id = [
        {"name": "id", "in": "path", "required": True, "schema": {"type": ["integer", "string"]}}
    ]
    answer = {"description": "", "content": {"application/json": {"schema": schema}}}
    one = {"description": "", "content": {"application/json": {"schema": item}}}
    paths = {
        "/books": {"get": {"responses": {"200": answer}, "parameters": list(parameters)}},
        "/books/{id}": {"parameters": by_id, "get": {"responses": {"200": one}}},
    }
    document = completed({"openapi": "3.1.0", "info": {}, "paths": paths})
    found = inferred(build_contract(document, "test"))
    return shape_of(found, found.operations["getBooks"])


def test_in_ours_everything_lies_under_data(contract: Contract) -> None:
    known = contract
    for operation in known.operations.values():
        shape = shape_of(known, operation)
        if operation.action.kind == "list":
            assert shape == Shape(
                None,
                ("data",),
                ("meta", "pagination", "total"),
                "id",
                "page",
                "perPage",
                1,
                shape.sort,
            ), operation.id
        elif operation.answers[operation.success].schema:
            assert shape == Shape(("data",), None, None), operation.id
        else:
            assert shape == Shape(None, None, None), operation.id


@pytest.mark.parametrize(
    ("schema", "items", "total"),
    [
        (listed(), (), None),
        (objects(items=listed(), total=WHOLE), ("items",), ("total",)),
        (objects(results=listed(), count=WHOLE, next=TEXT), ("results",), ("count",)),
        (objects(results=listed(), count=WHOLE), ("results",), None),
        (objects(books=listed(), labels=listed(TEXT)), ("books",), None),
        (
            objects(data=listed(), meta=objects(total_count=WHOLE)),
            ("data",),
            ("meta", "total_count"),
        ),
        (objects(_embedded=objects(books=listed())), ("_embedded", "books"), None),
        (objects(content=listed(), totalElements=WHOLE), ("content",), ("totalElements",)),
        ({"allOf": [objects(items=listed()), objects(total=WHOLE)]}, ("items",), ("total",)),
        (objects(items=listed(), total=TEXT), ("items",), None),
        (objects(items=listed(), meta=objects(version=TEXT)), ("items",), None),
        (
            objects(items=listed(), page=objects(n=TEXT), meta=objects(total=WHOLE)),
            ("items",),
            ("meta", "total"),
        ),
    ],
)
def test_lists_of_others(schema: Any, items: Any, total: Any) -> None:
    shape = listing(schema)
    assert (shape.record, shape.items, shape.total) == (None, items, total)


@pytest.mark.parametrize(
    ("schema", "record"),
    [
        (BOOK, ()),
        (objects(data=BOOK), ("data",)),
        (objects(data=BOOK, id=WHOLE), ()),
        (objects(items=listed(), number=WHOLE), ()),
        (objects(result=BOOK, ok=TEXT), ("result",)),
        ({"oneOf": [{"type": "null"}, objects(data=BOOK)]}, ("data",)),
        (TEXT, None),
        ({}, None),
    ],
)
def test_records_of_others(schema: Any, record: Any) -> None:
    shape = places(whole({}, schema if "oneOf" not in schema else schema["oneOf"][1]), "record")
    assert (shape.record, shape.items) == (record, None)


@pytest.mark.parametrize(
    ("names", "asked"),
    [
        (("page", "perPage"), {"page": 2, "perPage": 7}),
        (("pageNumber", "page_size"), {"pageNumber": 2, "page_size": 7}),
        (("offset", "limit"), {"offset": 7, "limit": 7}),
        (("page", "offset", "limit"), {"page": 2, "limit": 7}),
        (("limit",), {}),
        (("page",), {}),
        ((), {}),
    ],
)
def test_a_page_is_asked_for_by_the_parameters_of_the_list(names: Any, asked: Any) -> None:
    parameters = [{"name": name, "in": "query", "schema": WHOLE} for name in names]
    assert listing(listed(), parameters).page_query(2, 7) == asked


def test_pages_may_be_counted_from_nought() -> None:
    page = {"name": "page", "in": "query", "schema": {"type": "integer", "minimum": 0}}
    size = {"name": "size", "in": "query", "schema": WHOLE}
    assert listing(listed(), [page, size]).page_query(1, 5) == {"page": 0, "size": 5}


def test_a_direction_is_no_member_to_sort_by() -> None:
    order = {"name": "order", "in": "query", "schema": {"enum": ["asc", "desc"]}}
    by = {"name": "sort_by", "in": "query", "schema": TEXT}
    assert listing(listed(), [order]).sort == ""
    assert listing(listed(), [order, by]).sort == "sort_by"


@pytest.mark.parametrize("name", ["id", "bookId", "book_id", "uuid"])
def test_a_record_is_named_by_the_member_that_looks_like_it(name: str) -> None:
    book = objects(**{name: WHOLE, "title": TEXT})
    assert listing(listed(book), item=book).id == name


def test_a_shape_is_found_once_for_an_operation(contract: Contract) -> None:
    operation = contract.operations["listCourses"]
    assert shape_of(contract, operation) is shape_of(contract, operation)
    assert shape_of(replace(contract), operation) is not shape_of(contract, operation)


def test_what_lies_inside() -> None:
    assert inside({"a": {"b": 1}}, ("a", "b")) == 1
    assert inside({"a": [1]}, ("a", "b")) is None
    assert inside([1], ()) == [1]
    assert inside({}, None) is None


def test_names_are_compared_without_case_and_separators() -> None:
    assert plain("per_page") == plain("perPage") == plain("PER-PAGE")


_schemas = st.recursive(
    st.sampled_from([TEXT, WHOLE, True, {}, {"$ref": "#/components/schemas/Self"}]),
    lambda inner: st.one_of(
        st.builds(listed, inner),
        st.dictionaries(st.sampled_from(["id", "data", "items", "total", "meta"]), inner).map(
            lambda members: objects(**members)
        ),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"allOf": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"anyOf": parts}),
    ),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(_schemas, _schemas, st.sampled_from(["list", "record", "either"]))
def test_whatever_is_found_is_there(schema: Any, own: Any, sought: Any) -> None:
    document = {"components": {"schemas": {"Self": {"allOf": [own, objects(data=own)]}}}}
    seen = whole(document, schema)
    shape = places(seen, sought)
    assert shape.record is None or shape.items is None
    for place in (shape.record, shape.items, shape.total):
        node = seen
        for name in place or ():
            node = node.members[name]
        assert place is not shape.items or place is None or "array" in node.kinds
        assert place is not shape.total or place is None or "integer" in node.kinds


@pytest.mark.parametrize(
    ("parameter", "members", "named"),
    [
        ("task_gid", ["name", "gid"], "gid"),
        ("branch", ["sha", "name"], "name"),
        ("username", ["login", "url"], "login"),
        ("gistId", ["id", "url"], "id"),
        ("planet", ["mass", "moons"], ""),
        ("code", ["mass"], ""),
    ],
)
def test_the_likely_member_that_names_a_record(parameter, members, named) -> None:
    assert likely_id_member(members, parameter, "Branch", "branch") == named
