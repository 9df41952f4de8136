"""A JSON body becomes a typed value, a list of violations, or one refusal."""

from typing import Any

import pytest

from bacasable.contract import RawRequest, Refusal, Violation
from bacasable.contract.build import build_contract
from bacasable.contract.request import RequestReader
from bacasable.contract.schemas import SchemaSet
from tests.contract.toy import body_reader, reader, send, toy

INSTANT = {"type": ["string", "null"], "format": "date-time"}


def refusal_of(reader: RequestReader, value: Any, **request: Any) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        send(reader, value, **request)
    return refusal.value


def test_a_valid_body_is_read_with_its_defaults() -> None:
    assert send(reader("createRoom"), {"name": "Atelier"}).body == {"name": "Atelier", "seats": 10}


def test_a_body_is_read_whatever_the_case_and_parameters_of_its_type() -> None:
    sent = send(
        reader("createRoom"), {"name": "A"}, content_type="Application/JSON ; charset=utf-8"
    )
    assert sent.body["name"] == "A"


def test_an_operation_without_a_body_reads_none() -> None:
    assert send(reader("getRoom"), b"whatever", path={"roomId": "x"}).body is None


def test_a_body_that_could_not_be_unpacked_is_refused_as_it_was_then() -> None:
    unread = Refusal("MALFORMED_BODY", "The stream of gzip ends too early.")
    with pytest.raises(Refusal) as refusal:
        reader("createRoom").read(RawRequest(path={}, unread=unread))
    assert refusal.value is unread


def test_a_missing_body_is_a_violation() -> None:
    refusal = refusal_of(reader("createRoom"), b"", content_type="")
    assert refusal.code == "INVALID_REQUEST"
    assert refusal.violations == (Violation("", "a JSON body is required"),)


def test_a_body_that_is_not_required_may_be_missing() -> None:
    optional = reader("createRoom", {"/paths/~1rooms/post/requestBody/required": False})
    assert send(optional, b"", content_type="").body is None


def test_an_empty_body_of_a_stated_type_is_malformed() -> None:
    assert refusal_of(reader("createRoom"), b"").code == "MALFORMED_BODY"


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "application/jsonp"])
def test_a_body_of_another_type_is_refused_with_its_type(content_type: str) -> None:
    refusal = refusal_of(reader("createRoom"), {"name": "A"}, content_type=content_type)
    assert refusal.code == "UNSUPPORTED_MEDIA_TYPE"
    assert refusal.detail == f"The body is {content_type}; application/json is documented."


def test_a_body_of_no_type_is_refused() -> None:
    refusal = refusal_of(reader("createRoom"), {"name": "A"}, content_type="")
    assert refusal.code == "UNSUPPORTED_MEDIA_TYPE"
    assert refusal.detail == "The body is of no stated type; application/json is documented."


def test_a_body_beyond_the_limit_is_refused_with_the_limit() -> None:
    with pytest.raises(Refusal) as refusal:
        reader("createRoom", max_body_bytes=10).read(RawRequest(path={}, body=None))
    assert refusal.value.code == "BODY_TOO_LARGE"
    assert refusal.value.detail == "The body has more than 10 bytes."


@pytest.mark.parametrize(
    "body",
    [
        b'{"name": ',
        b"{'name': 1}",
        b'{"name": 1,}',
        b'{"name": NaN}',
        b"{} {}",
        b'{"name": "\xff"}',
        b'{"name": "\\ud800"}',
        "é".encode("utf-16"),
        b"[" * 5000,
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
    ],
)
def test_a_body_that_is_not_json_is_malformed(body: bytes) -> None:
    refusal = refusal_of(reader("createRoom"), body)
    assert refusal.code == "MALFORMED_BODY"
    assert refusal.detail.startswith("The body is not JSON: ")


def test_a_malformed_body_is_not_repeated() -> None:
    assert "Tr0ub4dor" not in refusal_of(reader("createRoom"), b'{"password": Tr0ub4dor').detail


def test_a_body_may_be_as_deep_as_the_limit_and_no_deeper() -> None:
    rows = body_reader({"type": "array"}, max_depth=3)
    assert send(rows, [[[1, 2]]]).body == [[[1, 2]]]
    refusal = refusal_of(rows, [{"a": [[]]}])
    assert refusal.code == "MALFORMED_BODY"
    assert refusal.detail == "The body is nested more than 3 levels deep."


def test_many_brackets_side_by_side_are_not_deep() -> None:
    rows = body_reader({"type": "array"}, max_depth=3)
    assert len(send(rows, [[], {}, [], {}, [], "[[[["]).body) == 6


def test_parameters_and_body_are_judged_together() -> None:
    with pytest.raises(Refusal) as refusal:
        send(reader("createRoom"), {"seats": 0, "nmae": "A"}, query="page=1&q=%FF")
    assert refusal.value.detail == "5 violations: see errors."
    assert {violation.pointer for violation in refusal.value.violations} == {
        "query/page",
        "query/q",
        "/seats",
        "/nmae",
        "/name",
    }


def test_one_violation_is_counted_in_the_singular() -> None:
    refusal = refusal_of(reader("createRoom"), {})
    assert refusal.detail == "1 violation: see errors."


def test_defaults_are_filled_in_at_every_depth() -> None:
    size = {"type": "object", "properties": {"seats": {"type": "integer", "default": 10}}}
    rooms = body_reader(
        {
            "type": "object",
            "properties": {
                "size": size,
                "absent": size,
                "doors": {"type": "array", "items": size},
                "grid": {"type": "array", "items": {"type": "array", "items": size}},
                "tags": {"type": "array", "items": {"type": "string"}, "default": ["new"]},
                "open": {"type": "boolean", "default": True},
            },
        }
    )
    sent = {"size": {}, "doors": [{}, {"seats": 2}], "grid": [[{}]], "open": False}
    assert send(rooms, sent).body == {
        "size": {"seats": 10},
        "doors": [{"seats": 10}, {"seats": 2}],
        "grid": [[{"seats": 10}]],
        "tags": ["new"],
        "open": False,
    }


def test_a_member_that_is_null_is_not_filled() -> None:
    size = {"type": ["object", "null"], "properties": {"seats": {"default": 10}}}
    rooms = body_reader({"type": "object", "properties": {"size": size}})
    assert send(rooms, {"size": None}).body == {"size": None}


def test_a_default_list_is_made_anew_for_each_request() -> None:
    tags = {"type": "array", "default": ["new"]}
    rooms = body_reader({"type": "object", "properties": {"tags": tags}})
    send(rooms, {}).body["tags"].append("changed")
    assert send(rooms, {}).body == {"tags": ["new"]}


def test_a_default_object_is_made_anew_for_each_request() -> None:
    options = {"type": "object", "default": {}}
    rooms = body_reader({"type": "object", "properties": {"options": options}})
    send(rooms, {}).body["options"]["changed"] = True
    assert send(rooms, {}).body == {"options": {}}


def test_filling_a_default_object_leaves_the_document_as_it_was() -> None:
    options = {"type": "object", "default": {}, "properties": {"language": {"default": "fr"}}}
    schema = {"type": "object", "properties": {"options": options}}
    rooms = body_reader(schema)
    assert send(rooms, {}).body == {"options": {"language": "fr"}}
    assert options["default"] == {}


def test_filling_the_inside_of_a_default_leaves_the_document_as_it_was() -> None:
    inside = {"type": "object", "properties": {"language": {"default": "fr"}}}
    options = {"type": "object", "default": {"user": {}}, "properties": {"user": inside}}
    rooms = body_reader({"type": "object", "properties": {"options": options}})
    assert send(rooms, {}).body == {"options": {"user": {"language": "fr"}}}
    assert options["default"] == {"user": {}}


@pytest.mark.parametrize("together", [False, True])
def test_a_change_leaves_out_what_it_leaves_out(together: bool) -> None:
    properties = {"seats": {"type": "integer", "default": 10}, "name": {"type": "string"}}
    room = {"type": "object", "properties": properties}
    schema = {"allOf": [room, {"type": "object"}]} if together else room
    place = "/paths/~1rooms~1{roomId}/patch/requestBody/content/application~1json"
    rooms = reader("updateRoom", {place: {"schema": schema}})
    assert send(rooms, {"name": "A"}).body == {"name": "A"}


def test_defaults_come_in_the_order_of_the_contract() -> None:
    names = [f"member{number}" for number in range(20)]
    properties = {name: {"default": 0} for name in names}
    rooms = body_reader({"type": "object", "properties": properties})
    assert list(send(rooms, {}).body) == names


def test_a_default_beside_a_reference_is_filled_in() -> None:
    name = {"$ref": "#/components/schemas/RoomInput/properties/name", "default": "Atelier"}
    rooms = body_reader({"type": "object", "properties": {"name": name}})
    assert send(rooms, {}).body == {"name": "Atelier"}


@pytest.mark.parametrize("key", ["allOf", "oneOf", "anyOf"])
def test_defaults_of_a_branch_are_filled_in(key: str) -> None:
    branch = {"type": "object", "properties": {"seats": {"default": 10}}}
    assert send(body_reader({key: [branch]}), {}).body == {"seats": 10}


def test_the_first_branch_that_fits_decides() -> None:
    def branch(kind: str, **members: Any) -> dict[str, Any]:
        return {"type": "object", "properties": {"kind": {"const": kind}} | members}

    branches = [branch("idle"), branch("a", x={"default": 1}), branch("b", y={"default": 2}), {}]
    rooms = body_reader({"anyOf": branches})
    assert send(rooms, {"kind": "idle"}).body == {"kind": "idle"}
    assert send(rooms, {"kind": "a"}).body == {"kind": "a", "x": 1}
    assert send(rooms, {"kind": "b"}).body == {"kind": "b", "y": 2}
    assert send(rooms, "text").body == "text"


def test_a_branch_that_the_defaults_have_closed_is_left_alone() -> None:
    kindless = {"not": {"required": ["kind"]}, "properties": {"x": {"default": 1}}}
    whole = {"properties": {"kind": {"default": "z"}}, "allOf": [{"anyOf": [kindless]}]}
    assert send(body_reader(whole), {}).body == {"kind": "z"}


def test_members_that_are_not_listed_are_completed_too() -> None:
    visit = {"type": "object", "properties": {"at": INSTANT, "open": {"default": True}}}
    visits = {"type": "object", "properties": {"name": {}}, "additionalProperties": visit}
    sent = {"name": {}, "a/b": {"at": "2026-11-02T10:00:00+01:00"}}
    assert send(body_reader(visits), sent).body == {
        "name": {},
        "a/b": {"at": "2026-11-02T09:00:00.000Z", "open": True},
    }
    refusal = refusal_of(body_reader(visits), {"a/b": {"at": "0000-01-01T00:00:00Z"}})
    assert refusal.violations[0].pointer == "/a~1b/at"


def test_a_schema_that_contains_itself_is_completed_to_the_ground() -> None:
    tree = {"type": "object", "properties": {"open": {"default": True}}}
    tree["additionalProperties"] = {"$ref": "#/components/schemas/Tree"}
    changes = {
        "/components/schemas/Tree": tree,
        "/paths/~1rooms/post/requestBody/content/application~1json/schema": {
            "$ref": "#/components/schemas/Tree"
        },
    }
    sent = send(reader("createRoom", changes), {"a": {"b": {}}})
    assert sent.body == {"a": {"b": {"open": True}, "open": True}, "open": True}


def test_a_body_may_be_an_instant() -> None:
    sent = send(body_reader(INSTANT), "2026-11-02T10:00:00+01:00")
    assert sent.body == "2026-11-02T09:00:00.000Z"


def test_a_thousand_violations_are_told_and_the_rest_is_counted() -> None:
    refusal = refusal_of(reader("createRoom"), {f"member{n}": 1 for n in range(1500)})
    assert refusal.detail == "1501 violations: see errors."
    assert len(refusal.violations) == 1001
    assert refusal.violations[-1] == Violation("", "and 501 more violations, not told here")


def test_a_body_with_very_many_unknown_members_is_answered() -> None:
    # Work that grows with the square of their number would show: it takes an hour. Nor are all of
    # them written down, which would let nobody else act.
    rooms = reader("createRoom")
    body = {f"member{number}": 1 for number in range(80_000)}
    refusal = refusal_of(rooms, body)
    assert refusal.detail == "2002 violations: see errors."
    assert "has very many members" in refusal.violations[0].detail
    assert "more violations" in refusal.violations[-1].detail


def test_instants_of_a_body_come_in_utc_and_null_stays() -> None:
    rooms = reader("createRoom")
    sent = {"name": "A", "opensAt": "2026-11-02T10:00:00.5+01:00"}
    assert send(rooms, sent).body["opensAt"] == "2026-11-02T09:00:00.500Z"
    assert send(rooms, {"name": "A", "opensAt": None}).body["opensAt"] is None


def test_an_instant_of_a_body_beyond_the_calendar_is_named() -> None:
    refusal = refusal_of(
        reader("createRoom"), {"name": "A", "opensAt": "9999-12-31T23:59:59-01:00"}
    )
    assert refusal.violations == (Violation("/opensAt", "lies outside the years 1 to 9999"),)


def test_instants_come_in_utc_at_every_depth() -> None:
    visit = {"type": "object", "properties": {"at": INSTANT}}
    visits = {"type": "object", "properties": {"visits": {"type": "array", "items": visit}}}
    sent = {"visits": [{"at": "2026-11-02T10:00:00+01:00"}]}
    assert send(body_reader(visits), sent).body == {"visits": [{"at": "2026-11-02T09:00:00.000Z"}]}


@pytest.mark.parametrize("value", [None, 5, ["a"]])
def test_a_body_that_may_be_no_object_is_read(value: Any) -> None:
    assert send(body_reader({"properties": {"at": INSTANT}}), value).body == value


@pytest.mark.parametrize("schema", [{"properties": {"any": True}}, {"items": True}, True], ids=str)
def test_a_schema_may_be_true(schema: Any) -> None:
    assert send(body_reader(schema), []).body == []


def test_a_body_may_be_declared_by_reference() -> None:
    document = toy()
    post = document["paths"]["/rooms"]["post"]
    document["components"]["requestBodies"] = {"Room": post["requestBody"]}
    post["requestBody"] = {"$ref": "#/components/requestBodies/Room"}
    operation = build_contract(document, "toy.yaml").operations["createRoom"]
    rooms = RequestReader(operation, SchemaSet(document), document)
    assert send(rooms, {"name": "A"}).body["name"] == "A"
