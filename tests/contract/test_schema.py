"""One view of the schemas of a document: what it says at a place, together, and without end."""

from copy import deepcopy
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bacasable.contract import ContractError, schema
from bacasable.contract.examples import shown_answers
from bacasable.contract.schema import (
    SchemaView,
    schema_view,
    steps_of,
    told_name,
    whole,
    write_only_members,
)
from bacasable.contract.together import joined

COURSE = "/components/schemas/Course"
steady = settings(derandomize=True, deadline=None, database=None, max_examples=300)


def enumerated(document: Any, place: str, steps: tuple[str | int, ...]) -> bool:
    return any("enum" in one or "const" in one for one in schema_view(document, place).at(steps))


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
    course = schema_view(contract.document, COURSE)
    assert enumerated(contract.document, COURSE, ("status",))
    assert not enumerated(contract.document, COURSE, ("title",))
    (item,) = course.at(("objectives", 0))
    assert item["type"] == "string"
    assert course.at(("titre",)) == course.at(("title", "x")) == []
    assert "title" in course.required
    assert course.pointer == COURSE
    assert course.members["status"].pointer == f"{COURSE}/properties/status"
    assert item.pointer == f"{COURSE}/properties/objectives/items"


def test_a_schema_knows_where_it_stands_and_by_which_references_it_was_reached():
    document = {
        "book": {"properties": {"by": {"$ref": "#/people~1all"}, "pages": {"items": {}}}},
        "people/all": {"$ref": "#/person"},
        "person": {"allOf": [{"$ref": "#/being"}]},
        "being": {"properties": {"name": {}}},
    }
    book = schema_view(document, "/book")
    assert book.members["by"].pointer == "/person"
    assert book.members["by"].parts[0].members["name"].pointer == "/being/properties/name"
    assert book.members["pages"].items.pointer == "/book/properties/pages/items"
    assert whole(document, book.members["by"].schema).refs == {
        "#/people~1all",
        "#/person",
        "#/being",
    }


def test_the_branches_of_a_choice_speak_of_the_same_place(contract):
    page = contract.operations["listCourses"].answers[200].schema
    assert enumerated(contract.document, page, ("data", 0, "status"))
    code = contract.operations["getCourse"].answers[404].schema
    assert enumerated(contract.document, code, ("code",))


def test_members_by_any_name_are_found_in_maps():
    document = {"a": {"additionalProperties": {"enum": [1]}, "properties": {"b": {}}}}
    assert enumerated(document, "/a", ("any",))
    assert enumerated(document, "/a", (5,))
    assert not enumerated(document, "/a", ("b",))


def test_what_names_a_member_comes_before_what_is_said_of_all():
    choice = {"anyOf": [{"additionalProperties": {"title": "any"}}, {"properties": {"a": {}}}]}
    assert [one.get("title") for one in SchemaView({}, choice).below("a")] == [None, "any"]


def test_members_that_are_only_written_are_found_wherever_they_stand():
    secret = {"writeOnly": True}
    document = {
        "secret": secret,
        "a": [{"properties": {"pin": {"$ref": "#/secret"}, "shoe": {}, "hat": {"writeOnly": 1}}}],
        "properties": ["no schema"],
        "b": {"properties": {"in": {"properties": {"code": secret}}}},
    }
    assert write_only_members(document) == {"pin", "code"}


def test_the_members_of_a_value_are_named_at_any_depth(contract):
    node = {
        "properties": {
            "a": {"items": {"properties": {"b": {}}}},
            "again": {"$ref": "#/node", "description": "Itself, with words of its own."},
        },
        "additionalProperties": {"properties": {"c": True}},
        "allOf": [{"properties": {"d": {}}}],
        "oneOf": [{"anyOf": [{"properties": {"e": {}}}]}],
    }
    loop = SchemaView({"node": node}, {"$ref": "#/node"})
    assert loop.names == {"a", "again", "b", "c", "d", "e"}
    told = {steps for steps, _ in loop.walk()}
    inner = {("a",), ("a", "*"), ("a", "*", "b"), ("again",), ("*",), ("*", "c"), ("d",), ("e",)}
    assert told == {(), *inner}
    with pytest.raises(ContractError, match="again: schema is nested without end"):
        list(loop.walk(named=True))
    login = contract.operations["login"].body.schema
    assert SchemaView(contract.document, login).names == {"email", "password"}


def test_of_null_and_one_other_schema_it_is_the_other():
    document = {"id": {"type": "string", "maxLength": 5}}
    schema = {"anyOf": [{"$ref": "#/id"}, {"type": "null"}], "maxLength": 9}
    found = whole(document, schema)
    assert (found.keywords, found.nullable) == ({"type": "string", "maxLength": 5}, True)
    assert not whole(document, {"$ref": "#/id"}).nullable
    assert found.choices == []


@pytest.mark.parametrize(
    "nullable",
    [
        {"type": ["string", "null"]},
        {"enum": ["a", None]},
        {"const": None},
        {"type": "string", "nullable": True},
        {"oneOf": [{"type": "string"}, {"type": "integer"}, {"enum": [None]}]},
        {"allOf": [{"oneOf": [{"type": "string"}, {"type": "null"}]}]},
    ],
)
def test_null_may_be_allowed_in_many_ways(nullable):
    assert whole({}, nullable).nullable
    assert len(whole({}, nullable).branches) in (0, 2)


def test_a_choice_that_a_part_leaves_open_is_made_by_what_is_built_upon_it():
    """A cat is a pet, and a pet a cat or a dog: so a cat has nothing to choose."""
    refs = {name: {"$ref": f"#/{name}"} for name in ("Pet", "Cat", "Dog")}
    document = {
        "Pet": {"oneOf": [refs["Cat"], refs["Dog"]], "properties": {"name": {}}},
        "Cat": {"allOf": [refs["Pet"], {"properties": {"lives": {}}}]},
        "Dog": {"allOf": [refs["Pet"], {"properties": {"bark": {}}}]},
    }
    cat = whole(document, refs["Cat"])
    assert (list(cat.members), cat.choices) == (["name", "lives"], [])
    pet = whole(document, refs["Pet"])
    assert [list(one.members) for one in pet.branches] == [["name", "lives"], ["name", "bark"]]


def test_several_choices_stay_beside_one_another():
    left, right = [{"minimum": 1}, {"maximum": 0}], [{"multipleOf": 2}, {"multipleOf": 3}]
    schema = {"allOf": [{"anyOf": left}, {"anyOf": right}], "type": "integer"}
    found = whole({}, schema)
    assert found.together == {"type": "integer", "allOf": [{"anyOf": left}, {"anyOf": right}]}
    assert [len(branches) for branches in found.choices] == [2, 2]
    one = whole({}, {"allOf": [{"anyOf": left}], "title": "x"})
    assert one.together == {"title": "x", "anyOf": left}


NAMES = st.sampled_from(["a", "b"])
VALUES = st.recursive(
    st.sampled_from([0, 1, 2.5, 7, "", "x", "long text", True]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=2),
    max_leaves=5,
)
KINDS = st.sampled_from(["object", "array", "string", "integer", "number", "boolean"])


def schemas_of(inner: Any) -> Any:
    said = {
        "type": KINDS | st.lists(KINDS, min_size=1, max_size=3, unique=True),
        "minimum": st.integers(0, 2),
        "maximum": st.integers(1, 5),
        "minLength": st.integers(0, 2),
        "maxLength": st.integers(0, 4),
        "enum": st.lists(st.sampled_from([0, 1, "x", True]), min_size=1, max_size=3),
        "required": st.lists(NAMES, max_size=2, unique=True),
        "properties": st.dictionaries(NAMES, inner, max_size=2),
        "additionalProperties": inner,
        "items": inner,
    }
    return st.fixed_dictionaries({}, optional=said)


SCHEMAS = st.recursive(
    st.booleans() | schemas_of(st.just({})),
    lambda inner: (
        schemas_of(inner)
        | st.builds(
            lambda own, parts, choice: own | {"allOf": parts} | choice,
            schemas_of(inner),
            st.lists(inner, min_size=1, max_size=3),
            st.lists(inner, min_size=1, max_size=3).map(lambda some: {"anyOf": some}) | st.just({}),
        )
    ),
    max_leaves=6,
)


@steady
@given(SCHEMAS, VALUES)
def test_what_fits_a_schema_fits_what_it_says_together(schema: Any, value: Any) -> None:
    before = deepcopy(schema)
    together = whole({}, schema).together if schema is not False else {}
    assert schema == before
    if jsonschema_rs.is_valid(schema, value):
        assert jsonschema_rs.is_valid(together, value), together


@steady
@given(SCHEMAS, SCHEMAS, VALUES)
def test_what_fits_both_fits_what_is_joined(one: Any, other: Any, value: Any) -> None:
    both = [whole({}, schema).together for schema in (one, other) if schema is not False]
    if len(both) == 2 and all(jsonschema_rs.is_valid(schema, value) for schema in both):
        assert jsonschema_rs.is_valid(joined(*both) | {"anyOf": [True]}, value)


REFERRING = st.recursive(
    st.sampled_from([{}, True, {"$ref": "#/A"}, {"$ref": "#/B", "title": "x"}]),
    lambda inner: st.one_of(
        st.dictionaries(NAMES, inner, min_size=1).map(lambda found: {"properties": found}),
        inner.map(lambda found: {"items": found}),
        *(
            st.lists(inner, min_size=1, max_size=2).map(lambda found, key=key: {key: found})
            for key in ("allOf", "anyOf", "oneOf")
        ),
    ),
    max_leaves=6,
)


@steady
@given(REFERRING, REFERRING)
def test_schemas_that_contain_themselves_have_an_end(one: Any, other: Any) -> None:
    document = {"A": {"allOf": [one]}, "B": {"properties": {"b": other}}}
    for name in document:
        view = schema_view(document, f"/{name}")
        places = [steps for steps, _ in view.walk()]
        assert len(list(view.every())) <= len(places)
        assert len(places) < 10_000
        assert view.names == {name for steps in places for name in steps if name != "*"}
        for steps in places[:20]:
            assert view.at(0 if step == "*" else step for step in steps)
        assert set(view.whole.members) <= {n for part in view.speaking for n in part.members}


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


def test_no_more_than_so_many_wholes_are_kept(monkeypatch) -> None:
    monkeypatch.setattr(schema, "_known", {})
    monkeypatch.setattr(schema, "_KEPT", 2)
    kept = [{"minLength": number} for number in range(5)]
    assert [whole({}, one)["minLength"] for one in kept] == [0, 1, 2, 3, 4]
    assert len(schema._known) <= 2


@pytest.mark.parametrize(
    ("told", "branch", "name"),
    [
        ({}, {"$ref": "#/components/schemas/Cat"}, "Cat"),
        ({"mapping": {"d": "Dog", "c": "Cat"}}, {"$ref": "#/components/schemas/Cat"}, "c"),
        ({"mapping": {"d": "Dog"}}, {"$ref": "#/components/schemas/Cat"}, "Cat"),
        ({"mapping": ["Cat"]}, {"$ref": "#/components/schemas/Cat"}, "Cat"),
        ({"mapping": {"c": "Cat"}}, {"type": "object"}, None),
        ({}, True, None),
        ({}, {"$ref": 7}, None),
    ],
)
def test_a_discriminator_calls_a_branch_by_its_mapping_or_by_its_name(
    told: dict[str, Any], branch: Any, name: str | None
) -> None:
    assert told_name(told, branch) == name
