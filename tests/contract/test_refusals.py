"""A refusal is answered as the operation documents it; elsewhere it is a problem document."""

import json
from typing import Any

import pytest

from bacasable.contract import Contract, Refusal, Violation
from bacasable.contract.build import build_contract
from bacasable.contract.foreign import completed
from bacasable.contract.kinds import KINDS
from bacasable.contract.model import Operation
from bacasable.contract.refusals import PROBLEM, Told, told

CODE = {"type": "object", "properties": {"error": {"type": "string"}, "code": {"type": "integer"}}}
NO = Refusal("INVALID_REQUEST", "1 violation.", violations=[Violation("/name", "is required")])


def document(responses: Any) -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {"title": "Jars", "version": "1"},
        "paths": {"/jars": {"get": {"operationId": "listJars", "responses": responses}}},
    }


def answered(responses: Any, refusal: Refusal, *, called: bool = True) -> Told:
    whole = completed(document({"200": {"description": "Jars."}} | responses))
    contract: Contract = build_contract(whole, "jars.yaml")
    operation: Operation | None = contract.operations["listJars"] if called else None
    return told(contract, refusal, operation, instance="/jars", request_id="r1")


def shape(schema: Any, media_type: str = "application/json") -> Any:
    return {"description": "No.", "content": {media_type: {"schema": schema}}}


def test_the_documented_answer_is_filled_in() -> None:
    found = answered({"422": shape(CODE)}, NO)
    assert (found.status, found.media_type) == (422, "application/json")
    said = f"1 violation. {KINDS['INVALID_REQUEST'].remedy} (/name is required)"
    assert json.loads(found.content) == {"error": said, "code": 422}


def test_an_answer_with_room_for_one_text_says_what_went_wrong() -> None:
    gone = answered({"404": shape(CODE)}, Refusal("NOT_FOUND", "There is no jar 7."))
    assert json.loads(gone.content)["error"].startswith("There is no jar 7.")
    both = {
        "type": "object",
        "properties": {"error": {"type": "string"}, "message": {"type": "string"}},
    }
    told = json.loads(answered({"400": shape(both)}, NO).content)
    assert told["error"] == KINDS["INVALID_REQUEST"].title
    assert told["message"].endswith("(/name is required)")
    many = Refusal("INVALID_REQUEST", violations=[Violation(f"/{n}", "is") for n in range(9)])
    text = answered({"400": shape({"type": "string"}, "text/plain")}, many).content.decode()
    assert text.endswith("(/0 is; /1 is; /2 is; /3 is; /4 is)")


def test_the_second_refusal_is_answered_as_the_first(contract: Contract) -> None:
    operation = contract.operations["getCourse"]
    one, other = (
        told(contract, NO, operation, instance="/courses/1", request_id="req_1") for _ in range(2)
    )
    assert one == other
    assert json.loads(one.content)["errors"] == [{"pointer": "/name", "detail": "is required"}]


@pytest.mark.parametrize("detail", ["", "It is gone."])
def test_most_refusals_are_written_by_less_and_say_the_same(
    contract: Contract, detail: str
) -> None:
    operation = contract.operations["getCourse"]
    one, other = (
        json.loads(told(contract, refusal, operation, instance="/a b", request_id="r").content)
        for refusal in (Refusal("NOT_FOUND", detail), Refusal("NOT_FOUND", detail, rules=["A"]))
    )
    assert one | {"rules": ["A"]} == other


def test_its_own_status_goes_before_others() -> None:
    assert answered({"422": shape(CODE), "400": shape(CODE)}, NO).status == 400


@pytest.mark.parametrize("key", ["4XX", "default"])
def test_a_range_stands_for_every_status_in_it(key: str) -> None:
    found = answered({key: shape(CODE)}, NO)
    assert (found.status, found.media_type) == (400, "application/json")


@pytest.mark.parametrize("called", [True, False])
def test_what_is_not_documented_is_a_problem_document(*, called: bool) -> None:
    found = answered({"404": shape(CODE)}, NO, called=called)
    assert (found.status, found.media_type) == (400, PROBLEM)
    told_ = json.loads(found.content)
    assert told_["errors"] == [{"pointer": "/name", "detail": "is required"}]
    assert told_["requestId"] == "r1"


def test_a_documented_answer_without_a_body_has_none() -> None:
    assert answered({"400": {"description": "No."}}, NO) == Told(400, "", b"")


def test_text_is_the_detail() -> None:
    found = answered({"400": shape({"type": "string"}, "text/plain")}, NO)
    assert (found.media_type, found.content[:12]) == ("text/plain", b"1 violation.")


@pytest.mark.parametrize(
    "answer",
    [shape(CODE, "application/xml"), {"description": "No.", "content": {"application/json": {}}}],
)
def test_what_cannot_be_written_is_a_problem_document(answer: Any) -> None:
    found = answered({"400": answer}, NO)
    assert found.media_type in {PROBLEM, "application/json"}
    assert json.loads(found.content)


def test_every_kind_has_a_status_a_title_and_a_remedy() -> None:
    for kind in KINDS.values():
        assert 400 <= kind.status < 600
        assert kind.title
        assert kind.remedy.endswith(".")
        assert kind.status not in kind.others


def test_a_code_that_is_no_kind_is_a_defect_of_ours() -> None:
    with pytest.raises(KeyError):
        answered({}, Refusal("UNHEARD_OF"))


def item(properties: Any, **more: Any) -> Any:
    return {"type": "object", "properties": properties, **more}


TEXT = {"type": "string"}


@pytest.mark.parametrize(
    ("schema", "told_as"),
    [
        (item({"type": TEXT | {"enum": ["error", "invalid_request"]}}), {"type": "error"}),
        (item({"code": TEXT | {"enum": ["x", "invalid_request"]}}), {"code": "invalid_request"}),
        (item({"code": TEXT | {"enum": ["INVALID_REQUEST"]}}), {"code": "INVALID_REQUEST"}),
        (item({"code": TEXT | {"const": "no"}}), {"code": "no"}),
        (item({"code": TEXT | {"pattern": "^[a-z]+$"}}), {"code": "example"}),
        (item({"code": TEXT | {"maxLength": 3}}), {"code": "INV"}),
        (item({"data": TEXT | {"enum": []}}), {}),
        (item({"data": {"oneOf": [TEXT, {"type": "object"}]}}), {}),
        (item({"errors": {"oneOf": [TEXT, item({})]}}), {}),
        (item({"errors": item({}), "code": TEXT}), {"errors": {}, "code": "INVALID_REQUEST"}),
        (item({"errors": {}}), {"errors": [{"pointer": "/name", "detail": "is required"}]}),
    ],
)
def test_what_is_told_lies_within_the_schema(schema: Any, told_as: Any) -> None:
    found = answered({"422": shape(schema)}, NO)
    assert json.loads(found.content) == told_as


@pytest.mark.parametrize(
    ("schema", "told_as"),
    [
        (
            item({"code": TEXT, "message": TEXT, "n": {"type": "integer"}}, required=["code", "n"]),
            {"code": "invalid", "message": "is required", "pointer": "/name", "n": 1},
        ),
        (
            item({"code": TEXT | {"enum": ["gone"]}, "field": TEXT}, required=["code"])
            | {"additionalProperties": False},
            {"code": "gone", "field": "/name"},
        ),
        (
            item({"path": {"type": "integer"}, "msg": TEXT}),
            {"pointer": "/name", "msg": "is required"},
        ),
        (
            item(
                {
                    "loc": {"type": "array", "items": {"anyOf": [TEXT, {"type": "integer"}]}},
                    "msg": TEXT,
                    "type": TEXT,
                },
                required=["loc", "msg", "type"],
            ),
            {"loc": ["name"], "msg": "is required", "type": "invalid"},
        ),
    ],
)
def test_a_violation_is_told_as_an_item_of_the_list(schema: Any, told_as: Any) -> None:
    whole = item({"detail": {"type": "array", "items": schema}})
    found = json.loads(answered({"422": shape(whole)}, NO).content)
    assert found == {"detail": [told_as]}


@pytest.mark.parametrize(
    ("media_type", "told_as"),
    [
        ("application/json", "application/json"),
        ("application/vnd.jars+json", "application/vnd.jars+json"),
        ("application/xml", PROBLEM),
        ("*/*", PROBLEM),
    ],
)
def test_json_of_which_nothing_is_said_stays_json(media_type: str, told_as: str) -> None:
    found = answered({"422": {"description": "No.", "content": {media_type: {}}}}, NO)
    assert (found.status, found.media_type) == (422, told_as)
    assert json.loads(found.content)["errors"][0]["pointer"] == "/name"


@pytest.mark.parametrize(
    ("mapping", "kind", "told_as"),
    [
        ({}, {"type": "string"}, "Fault"),
        ({"mapping": {"bad": "#/components/schemas/Fault"}}, {"type": "string"}, "bad"),
        ({"mapping": {"bad": "Fault"}}, {"type": "string", "enum": ["bad", "worse"]}, "bad"),
        ({}, {"type": "string", "enum": ["worse"]}, "worse"),
    ],
)
def test_what_tells_one_schema_from_others_tells_no_type_of_problem(
    mapping: Any, kind: Any, told_as: str
) -> None:
    fault = {
        "type": "object",
        "required": ["@type"],
        "properties": {"@type": kind, "message": {"type": "string"}},
        "discriminator": {"propertyName": "@type", **mapping},
    }
    whole = document({"422": shape({"$ref": "#/components/schemas/Fault"})})
    whole["components"] = {"schemas": {"Fault": fault}}
    contract = build_contract(completed(whole), "jars.yaml")
    operation = contract.operations["listJars"]
    found = json.loads(told(contract, NO, operation, instance="/jars", request_id="r1").content)
    assert found["@type"] == told_as
    assert found["message"].startswith("1 violation.")


def test_a_discriminator_of_a_schema_without_a_name_tells_its_first_value() -> None:
    inline = {
        "type": "object",
        "required": ["@type"],
        "properties": {"@type": {"const": "worse"}},
        "discriminator": {"propertyName": "@type"},
    }
    for odd in (inline, inline | {"discriminator": {}}, inline | {"discriminator": "@type"}):
        assert json.loads(answered({"422": shape(odd)}, NO).content)["@type"] == "worse"
