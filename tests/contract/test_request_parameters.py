"""Parameters become typed values, or violations that name their place."""

from dataclasses import replace
from typing import Any

import pytest

from bacasable.contract import RawRequest, Refusal, RequestReader, SchemaSet, Violation
from bacasable.contract.model import Action
from bacasable.contract.operations import operation_of
from tests.contract.toy import query_reader, reader


def parameter(name: str, schema: Any, where: str = "query", **members: Any) -> dict[str, Any]:
    return {"name": name, "in": where, "schema": schema} | members


def refused(reader: RequestReader, query: str = "", **request: Any) -> list[Violation]:
    with pytest.raises(Refusal) as refusal:
        reader.read(RawRequest(path=request.pop("path", {}), query=query, **request))
    assert refusal.value.code == "INVALID_REQUEST"
    return list(refusal.value.violations)


def query_of(reader: RequestReader, query: str) -> dict[str, Any]:
    return reader.read(RawRequest(path={}, query=query)).query


@pytest.mark.parametrize(
    ("schema", "text", "value"),
    [
        ({"type": "string"}, "a%20b+c", "a b c"),
        ({"type": "string"}, "%C3%A9", "é"),
        ({"type": "string"}, "", ""),
        ({"type": "string"}, "a=b", "a=b"),
        ({"type": "string"}, "12", "12"),
        ({"type": "integer"}, "-12", -12),
        ({"type": "integer"}, "007", 7),
        ({"type": "boolean"}, "true", True),
        ({"type": "boolean"}, "false", False),
        ({"type": "array"}, "a,b", ["a", "b"]),
        ({"type": "array"}, "a%2Cb", ["a", "b"]),
        ({"type": "array"}, "", []),
        ({"enum": ["a"]}, "a", "a"),
        ({}, "anything", "anything"),
        ({"$ref": "#/components/schemas/RoomInput/properties/seats"}, "12", 12),
    ],
)
def test_a_query_parameter_is_read_by_its_type(schema: Any, text: str, value: Any) -> None:
    reader = query_reader(parameter("x", schema, explode=False))
    assert query_of(reader, f"x={text}") == {"x": value} or (
        # The shared schema brings its default, which the given value replaces.
        value == 12
    )


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({"type": "integer"}, "1.5"),
        ({"type": "integer"}, ""),
        ({"type": "integer"}, "%D9%A1"),  # a digit, but an Arabic one
        ({"type": "integer"}, "1_000"),
        ({"type": "integer"}, "9" * 20),  # more than 64 bits, as in bodies
        ({"type": "integer", "minimum": 1}, "0"),
        ({"type": "boolean"}, "TRUE"),
        ({"type": "boolean"}, "1"),
        ({"type": "array", "items": {"enum": ["a"]}, "maxItems": 1}, "a,a"),
        ({"type": "string", "format": "date-time"}, "2026-11-02"),
        ({"type": "string", "maxLength": 2}, "abc"),
    ],
)
def test_a_query_parameter_that_breaks_its_schema_is_named(schema: Any, text: str) -> None:
    found = refused(query_reader(parameter("x", schema, explode=False)), f"x={text}")
    assert [violation.pointer for violation in found] == ["query/x"]


def test_an_item_at_fault_is_named_by_its_index() -> None:
    states = {"type": "array", "items": {"enum": ["OPEN", "CLOSED"]}}
    found = refused(query_reader(parameter("status", states, explode=False)), "status=OPEN,SHUT")
    assert [violation.pointer for violation in found] == ["query/status/1"]


def test_a_number_is_read() -> None:
    reader = query_reader(parameter("x", {"type": "number"}))
    assert query_of(reader, "x=1.5") == {"x": 1.5}


def test_an_integer_that_may_be_null_is_read() -> None:
    reader = query_reader(parameter("x", {"type": ["integer", "null"]}))
    assert query_of(reader, "x=1") == {"x": 1}


def test_the_items_of_a_list_are_read_by_their_type() -> None:
    integers = {"type": "array", "items": {"type": "integer"}}
    reader = query_reader(parameter("x", integers, explode=False))
    assert query_of(reader, "x=1,2") == {"x": [1, 2]}


@pytest.mark.parametrize(
    ("schema", "text", "value"),
    [
        ({"type": "number"}, "2", 2),
        ({"type": "number"}, "-1.5e3", -1500.0),
        ({"type": ["number", "null"]}, "0.5", 0.5),
        ({"type": ["boolean", "null"]}, "true", True),
        ({"type": ["integer", "boolean"]}, "false", False),
        ({"type": ["integer", "string"]}, "7", "7"),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "7", 7),
        ({"type": "array", "items": {"type": "boolean"}}, "true,false", [True, False]),
        (True, "7", "7"),
    ],
)
def test_text_is_read_by_every_type_that_is_declared(schema: Any, text: str, value: Any) -> None:
    reader = query_reader(parameter("x", schema, explode=False))
    assert query_of(reader, f"x={text}") == {"x": value}


@pytest.mark.parametrize("text", ["", "1e999", ".5", "NaN", "Infinity", "1_0", "0x1"])
def test_what_is_no_number_of_json_is_refused(text: str) -> None:
    found = refused(query_reader(parameter("x", {"type": "number"})), f"x={text}")
    assert [violation.pointer for violation in found] == ["query/x"]


def test_instants_in_a_list_come_in_utc() -> None:
    instants = {"type": "array", "items": {"type": "string", "format": "date-time"}}
    reader = query_reader(parameter("at", instants))
    assert query_of(reader, "at=2026-11-02T10:00:00%2B01:00") == {
        "at": ["2026-11-02T09:00:00.000Z"]
    }


def test_a_default_that_is_a_list_is_made_anew_for_each_request() -> None:
    reader = query_reader(parameter("sort", {"type": "array", "default": ["name"]}))
    for _ in range(3):
        assert query_of(reader, "") == {"sort": ["name"]}
        query_of(reader, "")["sort"].append("changed")


def test_only_the_first_unknown_parameters_get_a_close_name() -> None:
    found = refused(reader("listRooms"), "&".join(f"page{number}=1" for number in range(30)))
    assert sum("did you mean" in violation.detail for violation in found) == 20


def test_an_unknown_query_parameter_gets_the_closest_known_name() -> None:
    assert refused(reader("listRooms"), "paeg=1&zzzzzz=1") == [
        Violation("query/paeg", "is not a parameter of this operation; did you mean 'page'?"),
        Violation("query/zzzzzz", "is not a parameter of this operation"),
    ]


def test_an_operation_without_parameters_refuses_all() -> None:
    assert refused(query_reader(), "page=1") == [
        Violation("query/page", "is not a parameter of this operation")
    ]


def test_a_parameter_given_twice_is_named() -> None:
    assert refused(reader("listRooms"), "page=1&page=1") == [
        Violation("query/page", "is given more than once")
    ]


@pytest.mark.parametrize("query", ["q=%FF", "q=%C3", "q=%ED%A0%80"])
def test_text_that_is_not_utf_8_after_decoding_is_named(query: str) -> None:
    assert refused(reader("listRooms"), query) == [
        Violation("query/q", "is not UTF-8 after percent-decoding")
    ]


def test_a_name_that_is_not_utf_8_is_named_as_it_came() -> None:
    assert refused(reader("listRooms"), "%FF=1") == [
        Violation("query/%FF", "is not UTF-8 after percent-decoding")
    ]


@pytest.mark.parametrize("query", ["page=2&", "&page=2", "page=2&&q=a"])
def test_empty_parts_of_a_query_are_ignored(query: str) -> None:
    assert query_of(reader("listRooms"), query)["page"] == 2


def test_a_name_without_a_value_is_an_empty_text() -> None:
    assert query_of(reader("listRooms"), "q")["q"] == ""


def test_a_default_is_filled_in_and_gives_way_to_what_is_given() -> None:
    rooms = reader("listRooms")
    assert query_of(rooms, "") == {"page": 1}
    assert query_of(rooms, "q=a") == {"page": 1, "q": "a"}
    assert query_of(rooms, "page=3") == {"page": 3}


def test_a_default_beside_a_reference_is_filled_in() -> None:
    schema = {"$ref": "#/components/schemas/RoomInput/properties/name", "default": "Atelier"}
    assert query_of(query_reader(parameter("name", schema)), "") == {"name": "Atelier"}


def test_a_required_parameter_is_named_when_it_is_missing() -> None:
    required = query_reader(parameter("x", {"type": "string"}, required=True))
    assert refused(required) == [Violation("query/x", "is required")]


def test_a_query_asked_twice_has_the_same_values() -> None:
    rooms = reader("listRooms")
    assert query_of(rooms, "page=2") == query_of(rooms, "page=2") == {"page": 2}


def test_a_query_refused_once_is_refused_again() -> None:
    rooms = reader("listRooms")
    assert refused(rooms, "page=0") == refused(rooms, "page=0")


def test_only_so_many_queries_are_remembered() -> None:
    rooms = reader("listRooms")
    assert [query_of(rooms, f"page={n}")["page"] for n in range(1, 301)] == list(range(1, 301))
    assert len(rooms._queries) == 256


def test_a_caller_that_changes_its_values_changes_them_for_itself_alone() -> None:
    rooms = reader("listRooms")
    query_of(rooms, "status=OPEN")["status"].append("CLOSED")
    assert query_of(rooms, "status=OPEN")["status"] == ["OPEN"]


def test_an_instant_in_the_query_comes_in_utc() -> None:
    query = "opensFrom=2026-11-02T10:00:00%2B01:00"
    assert query_of(reader("listRooms"), query)["opensFrom"] == "2026-11-02T09:00:00.000Z"


def test_an_instant_in_the_query_beyond_the_calendar_is_named() -> None:
    assert refused(reader("listRooms"), "opensFrom=0000-01-01T00:00:00Z") == [
        Violation("query/opensFrom", "lies outside the years 1 to 9999")
    ]


def path_reader(schema: Any) -> RequestReader:
    number = parameter("roomId", schema, "path", required=True)
    return reader("getRoom", {"/paths/~1rooms~1{roomId}/get/parameters": [number]})


def test_a_number_in_the_path_is_read() -> None:
    values = path_reader({"type": "integer"}).read(RawRequest(path={"roomId": "7"}))
    assert values.path == {"roomId": 7}


def test_a_number_in_the_path_that_is_none_is_named() -> None:
    found = refused(path_reader({"type": "integer"}), path={"roomId": "seven"})
    assert [violation.pointer for violation in found] == ["path/roomId"]


def test_an_id_that_breaks_its_pattern_is_left_to_be_unknown() -> None:
    # An unknown id is 404, not 400: the path of text is not judged here.
    schema = {"type": "string", "pattern": "^room_"}
    assert path_reader(schema).read(RawRequest(path={"roomId": "seven"})).path == {}


def test_a_path_parameter_of_another_operation_is_not_ours_to_judge() -> None:
    numbers = path_reader({"type": "integer"})
    assert numbers.read(RawRequest(path={"roomId": "7", "other": "x"})).path == {"roomId": 7}


def header_reader(*parameters: dict[str, Any]) -> RequestReader:
    return reader("getRoom", {"/paths/~1rooms~1{roomId}/get/parameters": list(parameters)})


def test_a_header_is_found_regardless_of_case_and_keeps_its_name() -> None:
    tags = header_reader(parameter("If-Match", {"type": "string"}, "header"))
    values = tags.read(RawRequest(path={}, headers={"if-match": '"1"'}))
    assert values.headers == {"If-Match": '"1"'}


def test_a_header_that_breaks_its_schema_is_named() -> None:
    keys = header_reader(parameter("Idempotency-Key", {"maxLength": 3}, "header"))
    assert refused(keys, headers={"idempotency-key": "long"}) == [
        Violation("header/Idempotency-Key", "is longer than 3 characters")
    ]


def test_a_header_that_is_not_declared_is_ignored() -> None:
    values = header_reader().read(RawRequest(path={}, headers={"x-other": "1"}))
    assert values.headers == {}


def test_the_tenant_is_judged_elsewhere() -> None:
    assert reader("getRoom").read(RawRequest(path={"roomId": "x"})).headers == {}


def test_a_required_header_is_named_when_others_are_given() -> None:
    both = header_reader(
        parameter("If-Match", {"type": "string"}, "header", required=True),
        parameter("X-Other", {"type": "string"}, "header"),
    )
    assert refused(both, headers={"x-other": "1"}) == [Violation("header/If-Match", "is required")]


def test_a_required_header_is_named_when_no_header_is_given() -> None:
    required = header_reader(parameter("If-Match", {"type": "string"}, "header", required=True))
    assert refused(required) == [Violation("header/If-Match", "is required")]


def test_the_default_of_a_header_is_filled_in() -> None:
    language = parameter("Accept-Language", {"type": "string", "default": "fr"}, "header")
    values = header_reader(language).read(RawRequest(path={}))
    assert values.headers == {"Accept-Language": "fr"}


@pytest.mark.parametrize("text", ["9223372036854775807", "-3986878212460947456"])
def test_a_whole_number_of_64_bits_is_read(text: str) -> None:
    number = parameter("x", {"type": "integer"}, explode=False)
    assert query_of(query_reader(number), f"x={text}") == {"x": int(text)}


@pytest.mark.parametrize(
    ("action", "is_judged"),
    [
        (Action("custom"), True),
        (Action("get", "Room", "roomId"), False),
        (Action("update", "Room", "roomId"), False),
        (Action("update", "Room", "roomId", creates=True), True),
        (Action("list", "Room", parent_param="roomId"), False),
        (Action("list", "Room", parent_key=("roomId",)), False),
        (Action("list", "Room", places=(("roomId", "{roomId}"),)), True),
    ],
)
def test_a_text_in_the_path_is_judged_where_nobody_looks_it_up(
    action: Action, is_judged: bool
) -> None:
    room = parameter("roomId", {"type": "string", "maxLength": 3}, "path", required=True)
    declared = {"operationId": "x", "parameters": [room], "responses": {}}
    document = {"openapi": "3.1.0", "paths": {"/rooms/{roomId}": {"get": declared}}}
    made = operation_of(document, "/rooms/{roomId}", "get", declared, {}, schemes={}, strict=False)
    found = RequestReader(replace(made, action=action), SchemaSet(document), document, lenient=True)
    if is_judged:
        assert [v.pointer for v in refused(found, path={"roomId": "seven"})] == ["path/roomId"]
    else:
        assert found.read(RawRequest(path={"roomId": "seven"})).path == {}
