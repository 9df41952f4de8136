"""What the contract says about one place, and what it shows of each answer."""

from dataclasses import replace

import pytest

from bacasable.contract.examples import shown_answers
from bacasable.contract.members import (
    is_enumerated,
    members_of,
    requires,
    schemas_at,
    steps_of,
    write_only_members,
)

COURSE = "/components/schemas/Course"


@pytest.mark.parametrize(
    ("pointer", "steps"),
    [
        ("", ()),
        ("/status", ("status",)),
        ("/roles/0", ("roles", 0)),
        ("/a~1b/~01", ("a/b", "~1")),
        ("/-", ("-",)),
        ("/²", ("²",)),
    ],
)
def test_a_pointer_is_read_by_its_standard(pointer, steps):
    assert steps_of(pointer) == steps


def test_schemas_are_found_through_references_and_lists(contract):
    assert is_enumerated(schemas_at(contract, COURSE, ("status",)))
    assert not is_enumerated(schemas_at(contract, COURSE, ("title",)))
    (item,) = schemas_at(contract, COURSE, ("objectives", 0))
    assert item["type"] == "string"
    assert schemas_at(contract, COURSE, ("titre",)) == []
    assert schemas_at(contract, COURSE, ("title", "x")) == []
    assert requires(schemas_at(contract, COURSE, ()), "title")
    assert not requires(schemas_at(contract, COURSE, ()), "titre")


def test_the_branches_of_a_choice_speak_of_the_same_place(contract):
    page = contract.operations["listCourses"].answers[200].schema
    assert is_enumerated(schemas_at(contract, page, ("data", 0, "status")))
    choice = replace(contract, document={"a": {"oneOf": [{"enum": [1]}, {"type": "null"}]}})
    assert is_enumerated(schemas_at(choice, "/a", ()))


def test_members_by_any_name_are_found_in_maps(contract):
    document = {"a": {"additionalProperties": {"enum": [1]}, "properties": {"b": {}}}}
    maps = replace(contract, document=document)
    assert is_enumerated(schemas_at(maps, "/a", ("any",)))
    assert is_enumerated(schemas_at(maps, "/a", (5,)))
    assert not is_enumerated(schemas_at(maps, "/a", ("b",)))


def test_members_that_are_only_written_are_found_wherever_they_stand(contract):
    secret = {"writeOnly": True}
    document = {
        "secret": secret,
        "a": [{"properties": {"pin": {"$ref": "#/secret"}, "shoe": {}, "hat": {"writeOnly": 1}}}],
        "properties": ["no schema"],
        "b": {"properties": {"in": {"properties": {"code": secret}}}},
    }
    assert write_only_members(replace(contract, document=document)) == {"pin", "code"}


def test_the_members_of_a_value_are_named_at_any_depth(contract):
    node = {
        "properties": {"a": {"items": {"properties": {"b": {}}}}, "again": {"$ref": "#/node"}},
        "additionalProperties": {"properties": {"c": True}},
        "allOf": [{"properties": {"d": {}}}],
        "oneOf": [{"anyOf": [{"properties": {"e": {}}}]}],
    }
    loop = replace(contract, document={"node": node})
    assert members_of(loop, {"$ref": "#/node"}) == {"a", "again", "b", "c", "d", "e"}
    login = contract.operations["login"].body.schema
    assert members_of(contract, login) == {"email", "password"}


def test_every_answer_with_a_body_is_shown(contract):
    for operation in contract.operations.values():
        for status, shown in shown_answers(contract, operation).items():
            answer = operation.answers[status]
            assert bool(shown.bodies) == (answer.media_type is not None), (operation.id, status)
            # The request id is each request's own.
            assert set(shown.headers) == set(answer.headers) - {"X-Request-Id"}


def test_named_examples_of_refusals_are_named_by_their_code(contract):
    for status, shown in shown_answers(contract, contract.operations["createCourse"]).items():
        for name, body in shown.bodies.items():
            assert name in {"", body.get("code")}
            assert body.get("status", status) == status
