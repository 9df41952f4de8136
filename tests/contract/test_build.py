"""From the document to the contract: what is read from each line."""

from typing import Any

import pytest

from bacasable.contract import ContractError, SchemaSet
from bacasable.contract.build import build_contract, each_operation
from bacasable.contract.model import Answer, Filter, Parent, Reference, Rule, Transition
from bacasable.contract.resource_types import references_in
from bacasable.contract.schema import SchemaView
from tests.contract.toy import ABSENT, built, toy

ROOM = "/components/schemas/Room"
LIST = "/paths/~1rooms/get"
CREATE = "/paths/~1rooms/post"
ITEM = "/paths/~1rooms~1{roomId}"


def test_a_contract_holds_every_operation_by_its_id() -> None:
    contract = built()
    assert list(contract.operations) == [
        "listRooms",
        "createRoom",
        "getRoom",
        "updateRoom",
        "deleteRoom",
        "closeRoom",
    ]
    assert contract.source == "toy.yaml"
    assert contract.facts["room.closed"] == "A room was closed."
    assert contract.problems["MALFORMED_BODY"].status == 400


def test_an_empty_document_is_an_empty_contract() -> None:
    contract = build_contract({}, "toy.yaml")
    assert (contract.operations, contract.resources, contract.problems) == ({}, {}, {})
    assert (contract.base_path, contract.facts) == ("", {})
    assert (contract.title, contract.version) == ("", "")


@pytest.mark.parametrize(
    ("servers", "base"),
    [
        ([{"url": "/api/v1"}], "/api/v1"),
        ([{"url": "https://example.com/api/v1/"}, {"url": "/other"}], "/api/v1"),
        ([{"url": "https://example.com"}], ""),
        ([{"url": "/"}], ""),
        ([], ""),
    ],
)
def test_the_base_path_is_that_of_the_first_server(servers: list[Any], base: str) -> None:
    assert built({"/servers": servers}).base_path == base


def test_a_contract_tells_its_title_and_version() -> None:
    contract = built()
    assert (contract.title, contract.version) == ("Rooms", "1.0.0")


def test_operations_come_in_the_order_of_the_document() -> None:
    document = {"paths": {"/b": {"post": {}, "get": {}, "summary": "x"}, "/a": {"delete": {}}}}
    assert [(path, method) for path, method, _ in each_operation(document)] == [
        ("/b", "post"),
        ("/b", "get"),
        ("/a", "delete"),
    ]


def test_an_operation_without_an_id_is_named_by_its_place() -> None:
    with pytest.raises(ContractError, match=r"^GET /rooms: has no operationId; give it one$"):
        built({f"{LIST}/operationId": ABSENT})


def test_an_id_given_twice_is_named() -> None:
    with pytest.raises(ContractError, match="operationId getRoom is given twice; rename one"):
        built({f"{LIST}/operationId": "getRoom"})


@pytest.mark.parametrize(
    ("changes", "roles"),
    [
        ({f"{LIST}/security": [{"bearer": ["ADMIN", "LEARNER"]}]}, ("ADMIN", "LEARNER")),
        ({f"{LIST}/security": [{"bearer": ["ADMIN"]}, {"bearer": ["X"]}]}, ("ADMIN", "X")),
        ({f"{LIST}/security": [{"bearer": []}]}, ()),
        ({f"{LIST}/security": [{"key": []}]}, ()),
        ({f"{LIST}/security": []}, None),
        ({f"{LIST}/security": [{"bearer": ["ADMIN"]}, {}]}, None),
        ({f"{LIST}/security": ABSENT}, ()),
        ({f"{LIST}/security": ABSENT, "/security": ABSENT}, None),
    ],
)
def test_roles_are_those_of_the_security_requirements(
    changes: dict[str, Any], roles: tuple[str, ...] | None
) -> None:
    assert built(changes).operations["listRooms"].roles == roles


def test_an_operation_keeps_what_it_says_of_itself() -> None:
    rules = [{"id": "NO_DOUBLE", "says": "Never twice."}]
    operation = built({f"{CREATE}/x-rules": rules}).operations["createRoom"]
    assert (operation.tag, operation.summary) == ("Rooms", "The operation createRoom")
    assert operation.rules == (Rule("NO_DOUBLE", "Never twice."),)
    assert operation.emits == ("room.created",)
    assert operation.needs_tenant
    assert operation.success == 201


def test_an_operation_may_say_nothing_of_itself() -> None:
    operation = built({LIST: {"operationId": "bare"}}).operations["bare"]
    assert (operation.tag, operation.summary, operation.rules) == ("", "", ())
    assert (operation.parameters, operation.body, operation.answers) == ((), None, {})
    assert not operation.needs_tenant


def test_filters_name_their_fields_and_how_they_match() -> None:
    parameters = {p.name: p.filter for p in built().operations["listRooms"].parameters}
    assert parameters == {
        "X-Tenant-ID": None,
        "page": None,
        "q": Filter(("name",), "contains"),
        "status": Filter(("status",), "equals"),
        "opensFrom": Filter(("opensAt",), "from"),
    }


def test_parameters_of_the_path_hold_for_each_of_its_operations() -> None:
    shared = [{"$ref": "#/components/parameters/RoomId"}]
    changes = {f"{ITEM}/parameters": shared, f"{ITEM}/get/parameters": ABSENT}
    assert [p.name for p in built(changes).operations["getRoom"].parameters] == ["roomId"]


def test_a_parameter_of_an_operation_replaces_that_of_its_path() -> None:
    own = {"name": "roomId", "in": "path", "required": True, "schema": {"type": "integer"}}
    tag = {"name": "If-Match", "in": "header", "schema": True}
    shared = [{"$ref": "#/components/parameters/RoomId"}, tag]
    changes = {f"{ITEM}/parameters": shared, f"{ITEM}/get/parameters": [own]}
    parameters = built(changes).operations["getRoom"].parameters
    assert [(p.name, p.schema) for p in parameters] == [
        ("If-Match", True),
        ("roomId", {"type": "integer"}),
    ]


def test_a_path_may_be_declared_by_reference() -> None:
    rooms = toy()["paths"]["/rooms"]
    document = toy({"/components/pathItems": {"Rooms": rooms}})
    document["paths"]["/rooms"] = {"$ref": "#/components/pathItems/Rooms"}
    body = build_contract(document, "toy.yaml").operations["createRoom"].body
    assert body is not None
    place = "/components/pathItems/Rooms/post/requestBody/content/application~1json/schema"
    assert body.pointer == place


@pytest.mark.parametrize(
    ("content", "place", "detail"),
    [
        ({}, "content", "has no media type; name application/json"),
        ({"text/csv": {}}, "content/text~1csv", "has no schema; give it one"),
    ],
)
def test_a_body_has_a_media_type_and_a_schema(content: Any, place: str, detail: str) -> None:
    with pytest.raises(ContractError, match=detail) as error:
        built({f"{CREATE}/requestBody/content": content})
    assert error.value.place == f"{CREATE}/requestBody/{place}"


def test_an_answer_may_have_no_schema() -> None:
    changes = {f"{LIST}/responses/200": {"description": "A table", "content": {"text/csv": {}}}}
    answer = built(changes).operations["listRooms"].answers[200]
    assert answer == Answer(200, "text/csv", None, frozenset())


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("/info", []),
        ("/servers", [{}]),
        ("/paths", []),
        ("/paths/~1rooms", None),
        ("/paths/~1rooms/get/parameters", [{}]),
        ("/webhooks/room.created", 5),
        ("/x-problems", {"X": {}}),
        ("/components/schemas", []),
    ],
)
def test_a_wrong_shape_is_told_with_its_place(place: str, value: Any) -> None:
    with pytest.raises(ContractError, match=r"^is not as OpenAPI has it \([^\n]+$") as error:
        built({place: value})
    assert place.startswith(error.value.place or "?")


def test_answers_point_at_their_schema_behind_a_reference_or_in_place() -> None:
    inline = {"content": {"application/json": {"schema": {"type": "object"}}}}
    changes = {f"{LIST}/responses/400": inline, f"{LIST}/responses/default": inline}
    operations = built(changes).operations
    room = "/components/responses/Room/content/application~1json/schema"
    here = f"{LIST}/responses/400/content/application~1json/schema"
    etag = frozenset({"ETag"})
    assert operations["getRoom"].answers == {200: Answer(200, "application/json", room, etag)}
    assert operations["deleteRoom"].answers == {204: Answer(204, None, None, frozenset())}
    assert operations["listRooms"].answers[400] == Answer(
        400, "application/json", here, frozenset()
    )
    assert set(operations["listRooms"].answers) == {200, 400}


def test_every_answer_of_the_toy_can_be_compiled() -> None:
    contract = built()
    schemas = SchemaSet(contract.document)
    for operation in contract.operations.values():
        for answer in operation.answers.values():
            assert answer.schema is None or callable(schemas.answer_check(answer.schema))


def test_an_answer_behind_two_references_can_be_compiled() -> None:
    again = {"Again": {"$ref": "#/components/responses/Room"}} | toy()["components"]["responses"]
    changes = {
        "/components/responses": again,
        f"{ITEM}/get/responses/200": {"$ref": "#/components/responses/Again"},
    }
    contract = built(changes)
    place = contract.operations["getRoom"].answers[200].schema
    check = SchemaSet(contract.document).answer_check(place or "")
    assert check({"data": {}, "meta": {}})


def test_a_body_names_its_schema_and_the_records_it_refers_to() -> None:
    body = built().operations["createRoom"].body
    assert body is not None
    assert (body.media_type, body.required) == ("application/json", True)
    assert body.pointer == f"{CREATE}/requestBody/content/application~1json/schema"
    assert set(body.references) == {
        Reference(("annexOf",), "Room"),
        Reference(("doors", "*", "leadsTo"), "Room"),
    }


@pytest.mark.parametrize(
    ("schema", "paths"),
    [
        ({"x-references": "A"}, [()]),
        ({"items": {"items": {"x-references": "A"}}}, [("*", "*")]),
        ({"anyOf": [{"x-references": "A"}, {"type": "null"}]}, [()]),
        ({"properties": {"a": {"oneOf": [{"items": {"x-references": "A"}}]}}}, [("a", "*")]),
        ({"allOf": [True, {"properties": {"a": {"x-references": "A"}}}]}, [("a",)]),
        ({"$ref": "#/components/schemas/A"}, [("a",)]),
        (True, []),
    ],
)
def test_references_are_found_wherever_a_schema_has_them(schema: Any, paths: list[Any]) -> None:
    known = {"properties": {"a": {"x-references": "A"}}}
    document = {"components": {"schemas": {"A": known}}}
    found = references_in(SchemaView(document, schema))
    assert list(found) == [Reference(path, "A") for path in paths]


def test_a_reference_stands_beside_a_shared_schema_too() -> None:
    document = {"components": {"schemas": {"Id": {"type": "string"}}}}
    schema = {"$ref": "#/components/schemas/Id", "x-references": "A"}
    assert list(references_in(SchemaView(document, schema))) == [Reference((), "A")]


def test_a_schema_without_end_is_refused() -> None:
    with pytest.raises(ContractError, match="nested without end; break the recursion"):
        built({f"{ROOM}/properties/inside": {"$ref": "#/components/schemas/Room"}})


def test_a_resource_is_read_from_its_extensions() -> None:
    room = built().resources["Room"]
    assert (room.collection, room.id_prefix, room.scope) == ("/rooms", "room_", "tenant")
    assert (room.id_format, room.parent, room.cascades) == ("random", None, False)
    assert (room.unique, room.visibility, room.masked) == ((), {}, {})
    assert room.references == (
        Reference(("annexOf",), "Room"),
        Reference(("doors", "*", "leadsTo"), "Room"),
    )


def test_a_resource_may_say_more() -> None:
    declared = {
        "collection": "/houses/{houseId}/rooms",
        "idPrefix": "room_",
        "idFormat": "sequence",
        "scope": "platform",
        "parent": {"resource": "House", "field": "houseId"},
        "onParentDelete": "cascade",
        "unique": ["name"],
        "visibility": {"LEARNER": {"owner": "$me", "state": ["OPEN", "OLD"]}},
    }
    changes = {
        f"{ROOM}/x-resource": declared,
        f"{ROOM}/properties/name/x-masked-for": ["LEARNER"],
    }
    room = built(changes).resources["Room"]
    assert room.parent == Parent("House", "houseId")
    assert (room.cascades, room.id_format, room.unique) == (True, "sequence", ("name",))
    assert room.visibility == {"LEARNER": {"owner": ("$me",), "state": ("OPEN", "OLD")}}
    assert room.masked == {"name": ("LEARNER",)}
    assert room.blind_roles == {"LEARNER"}


def test_a_lifecycle_is_read_with_its_states() -> None:
    lifecycle = built().resources["Room"].lifecycle
    assert lifecycle is not None
    closing = Transition("closeRoom", ("OPEN",), ("CLOSED",), "room.closed", "closedAt")
    assert (lifecycle.states, lifecycle.initial) == (("OPEN", "CLOSED"), ("OPEN",))
    assert lifecycle.allowed_from("OPEN") == [closing]
    assert lifecycle.allowed_from("CLOSED") == []


@pytest.mark.parametrize(
    ("target", "targets"), [({}, ()), ({"to": "A"}, ("A",)), ({"to": ["A", "B"]}, ("A", "B"))]
)
def test_a_transition_has_no_one_or_several_targets(target: Any, targets: tuple[str, ...]) -> None:
    entry = {"operation": "closeRoom", "from": ["OPEN"]} | target
    lifecycle = built({f"{ROOM}/x-lifecycle/transitions": [entry]}).resources["Room"].lifecycle
    assert lifecycle is not None
    assert lifecycle.transitions["closeRoom"] == Transition(
        "closeRoom", ("OPEN",), targets, None, None
    )


def test_the_field_of_a_lifecycle_may_be_absent_until_it_is_checked() -> None:
    lifecycle = built({f"{ROOM}/x-lifecycle/field": "state"}).resources["Room"].lifecycle
    assert lifecycle is not None
    assert lifecycle.states == ()


def test_a_new_record_has_its_defaults_its_state_and_null_where_null_is_allowed() -> None:
    seats = {"$ref": "#/components/schemas/RoomInput/properties/seats"}
    changes = {
        f"{ROOM}/properties/seats": seats,
        f"{ROOM}/properties/level": {"$ref": f"#{ROOM}/properties/name", "default": "BASIC"},
        f"{ROOM}/properties/note": {"type": "null"},
        f"{ROOM}/properties/owner": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        f"{ROOM}/properties/either": {"anyOf": [{"type": "string"}]},
    }
    assert built(changes).resources["Room"].initial == {
        "status": "OPEN",
        "closedAt": None,
        "seats": 10,
        "opensAt": None,
        "annexOf": None,
        "level": "BASIC",
        "note": None,
        "owner": None,
    }


def test_a_resource_without_a_lifecycle_has_no_state() -> None:
    room = built({f"{ROOM}/x-lifecycle": ABSENT}).resources["Room"]
    assert room.lifecycle is None
    assert "status" not in room.initial


def test_a_schema_without_properties_may_be_a_resource() -> None:
    changes = {f"{ROOM}/properties": ABSENT, f"{ROOM}/x-lifecycle": ABSENT}
    assert built(changes).resources["Room"].properties == {}


@pytest.mark.parametrize(
    ("example", "path"),
    [("room_1", "/rooms/room_1"), (7, "/rooms/7"), (ABSENT, "/rooms/{roomId}")],
)
def test_an_example_path_is_filled_with_the_examples(example: Any, path: str) -> None:
    changes = {"/components/parameters/RoomId/example": example}
    assert built(changes).operations["getRoom"].example_path == path


def test_a_parameter_in_the_path_that_nobody_declares_stays_as_it_is() -> None:
    changes = {f"{ITEM}/get/parameters": ABSENT}
    assert built(changes).operations["getRoom"].example_path == "/rooms/{roomId}"


def test_zero_is_an_example_too() -> None:
    changes = {"/components/parameters/RoomId/example": 0}
    assert built(changes).operations["getRoom"].example_path == "/rooms/0"
