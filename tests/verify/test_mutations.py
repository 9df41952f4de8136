"""Every mutation breaks, and every boundary keeps, the schema that it was made from."""

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings

from bacasable.contract import RawRequest, Refusal, RequestReader, SchemaSet, load_contract
from bacasable.contract.model import Body
from bacasable.contract.wire import to_json
from bacasable.resources import CONTRACT
from bacasable.verify.making.bodies import example_body
from bacasable.verify.mutations import anew, boundaries, spread, together, violations
from bacasable.verify.parameters import allowed_parameters, parameter_violations, readings
from bacasable.verify.places import ABSENT, Places, put
from tests.contract.foreign_documents import documents
from tests.tables import each

FOREIGN = sorted((Path(__file__).parent.parent / "contract" / "foreign").glob("*.yaml"))
LOADED = load_contract(CONTRACT)
PLACES = Places(LOADED.document, SchemaSet(LOADED.document))
BODIES = [o for o in LOADED.operations.values() if o.body]
READERS = {o.id: RequestReader(o, SchemaSet(LOADED.document), LOADED.document) for o in BODIES}
SLOW = settings(max_examples=60, deadline=None, derandomize=True, database=None)


def body_of(operation: Any) -> Any:
    return example_body(LOADED, operation)


def by_words(operation: str, words: str) -> Any:
    declared = LOADED.operations[operation]
    found = violations(PLACES, declared.body, body_of(declared))
    return next(m.value for m in found if words in f"{m.keyword} {m.pointer} {m.says}")


@each("operation", BODIES, ids=lambda o: o.id)
def test_the_server_refuses_what_is_broken_and_names_its_place(operation: Any) -> None:
    for mutation in violations(PLACES, operation.body, body_of(operation)):
        request = RawRequest({}, body=to_json(mutation.value), content_type="application/json")
        with pytest.raises(Refusal) as refusal:
            READERS[operation.id].read(request)
        pointers = [
            v.pointer for v in refusal.value.violations if "/" in v.pointer or not v.pointer
        ]
        near = [
            p for p in pointers if mutation.pointer.startswith(p) or p.startswith(mutation.pointer)
        ]
        assert near, (mutation.keyword, mutation.pointer, pointers)


@each("operation", BODIES, ids=lambda o: o.id)
def test_the_server_reads_what_lies_at_a_boundary(operation: Any) -> None:
    for mutation in boundaries(PLACES, operation.body, body_of(operation)):
        request = RawRequest(
            {"id": "a"}, body=to_json(mutation.value), content_type="application/json"
        )
        try:
            READERS[operation.id].read(request)
        except Refusal as refusal:
            broken = [v.pointer for v in refusal.violations if v.pointer.startswith("/")]
            assert not broken, (mutation.says, mutation.pointer)


@each("operation", BODIES, ids=lambda o: o.id)
def test_a_mutation_leaves_alone_what_it_does_not_name(operation: Any) -> None:
    body = body_of(operation)
    for mutation in violations(PLACES, operation.body, body):
        if not mutation.steps or not isinstance(mutation.value, dict):
            continue
        own = mutation.steps[0]
        rest = {name: value for name, value in mutation.value.items() if name != own}
        assert rest == {name: value for name, value in body.items() if name != own}


def test_each_keyword_of_a_body_is_broken_and_in_more_than_one_way() -> None:
    course = LOADED.operations["createCourse"]
    found = violations(PLACES, course.body, body_of(course))
    assert {m.keyword for m in found} == {
        "additionalProperties",
        "enum",
        "exclusiveMinimum",
        "maxItems",
        "maxLength",
        "maximum",
        "minLength",
        "minimum",
        "multipleOf",
        "pattern",
        "required",
        "type",
    }
    words = {m.says for m in found}
    assert {"null", "a number as text", "true in place of a number", "a fraction"} <= words
    assert "a listed value in another case" in words
    assert {"format", "uniqueItems", "minProperties", "minItems"} <= {
        m.keyword for o in BODIES for m in violations(PLACES, o.body, body_of(o))
    }


def test_optional_members_and_what_lies_in_them_are_tried_too() -> None:
    user = LOADED.operations["updateUser"]
    pointers = {m.pointer for m in violations(PLACES, user.body, {"firstName": "Ada"})}
    assert {"/phone", "/learnerProfile/adaptations", "/trainerProfile/specialties/0"} <= pointers


def test_a_length_is_missed_by_one_and_nothing_else_is_broken() -> None:
    check = PLACES._schemas.request_check(LOADED.operations["createUser"].body.pointer)
    long = by_words("createUser", "maxLength /email")
    assert len(long["email"]) == 255
    assert [v.pointer for v in check(long)] == ["/email"]
    assert len(by_words("createCourse", "maxLength /title")["title"]) == 201
    assert by_words("recordProgress", "maximum /percent")["percent"] == 101


def test_the_same_contract_gives_the_same_mutations_in_the_same_order() -> None:
    for operation in BODIES:
        one, other = (
            violations(Places(LOADED.document, SchemaSet(LOADED.document)), operation.body, body)
            for body in (body_of(operation), body_of(operation))
        )
        assert one == other


@pytest.mark.parametrize("samples", [1, 12, 1000])
def test_a_choice_has_every_keyword_and_as_many_as_are_wanted(samples: int) -> None:
    course = LOADED.operations["createCourse"]
    found = violations(PLACES, course.body, body_of(course))
    chosen = spread(found, samples)
    keywords = {m.keyword for m in found}
    assert {m.keyword for m in chosen} == keywords
    assert len(chosen) == min(len(found), max(samples, len(keywords)))
    assert {m.keyword for m in chosen[: len(keywords)]} == keywords
    assert len({m.place for m in chosen if m.keyword == "type"}) > 1 or samples < 1000


def test_violations_are_put_together_each_in_a_member_of_its_own() -> None:
    course = LOADED.operations["createCourse"]
    body = body_of(course)
    found = [
        m for m in violations(PLACES, course.body, body) if m.keyword != "additionalProperties"
    ]
    rounds = together(body, found, 5)
    assert len(rounds) == 5
    check = PLACES._schemas.request_check(course.body.pointer)
    for one in rounds:
        tops = [m.steps[0] for m in one.parts]
        assert len(tops) == len(set(tops)) > 5
        assert {v.pointer.split("/")[1] for v in check(one.value)} == set(tops)
    assert together([body], found, 5) == []


def test_a_mutation_is_made_again_in_another_body() -> None:
    course = LOADED.operations["createCourse"]
    found = violations(PLACES, course.body, body_of(course))
    title, level = (
        next(m for m in found if m.steps == (name,) and m.keyword == "type")
        for name in ("title", "level")
    )
    other = {**body_of(course), "title": "Another"}
    assert anew(other, level)["title"] == "Another"
    assert anew(other, title)["title"] == title.value["title"]
    assert anew(other, found[0]) == found[0].value


def test_what_is_not_valid_itself_is_not_mutated() -> None:
    course = LOADED.operations["createCourse"]
    assert violations(PLACES, course.body, {"title": 1}) == []
    assert boundaries(PLACES, course.body, None) == []


def test_putting_a_value_shares_the_rest_and_changes_nothing() -> None:
    value = {"a": [{"b": 1}, {"c": 2}], "d": {}}
    assert put(value, ("a", 1, "c"), 3) == {"a": [{"b": 1}, {"c": 3}], "d": {}}
    assert put(value, ("a",), ABSENT) == {"d": {}}
    assert put(value, (), 5) == 5
    assert value == {"a": [{"b": 1}, {"c": 2}], "d": {}}


@pytest.mark.parametrize("file", FOREIGN, ids=lambda f: f.stem)
def test_schemas_of_other_documents_are_walked_to_their_end(file: Path) -> None:
    contract = load_contract(file)
    places = Places(contract.document, SchemaSet(contract.document))
    named = contract.document.get("components", {}).get("schemas", {})
    bodies = [o.body for o in contract.operations.values() if o.body]
    bodies += [
        Body("application/json", f"/components/schemas/{n}", s, required=True, references=())
        for n, s in named.items()
    ]
    for body in bodies:
        kept(places, body)


@SLOW
@given(documents(("3.1.0",)))
def test_mutations_of_any_schema_are_refused_and_boundaries_accepted(document: Any) -> None:
    places = Places(document, SchemaSet(document))
    for name, schema in document["components"]["schemas"].items():
        place = f"/components/schemas/{name}"
        kept(places, Body("application/json", place, schema, required=True, references=()))


def kept(places: Places, body: Body) -> None:
    """What is made from a schema keeps what it promises."""
    sample = places.sample(body.schema)
    if sample is ABSENT:
        return
    valid = places.test(body.schema)
    assert valid(sample)
    broken = violations(places, body, sample)
    assert not any(valid(m.value) for m in broken)
    assert all(valid(m.value) for m in boundaries(places, body, sample))
    assert len(broken) < 3000


@each("operation", LOADED.operations.values(), ids=lambda o: o.id)
def test_parameters_that_break_are_refused_and_allowed_ones_are_read(operation: Any) -> None:
    reader = RequestReader(operation, SchemaSet(LOADED.document), LOADED.document)
    for wrong in parameter_violations(LOADED, PLACES, operation, ("x-tenant-id",)):
        if wrong.parameter.location == "query":
            with pytest.raises(Refusal):
                reader.read(RawRequest({}, query=spelt(wrong), body=b"{}"))
    for row in allowed_parameters(LOADED, PLACES, operation):
        for right in row:
            reader.read(RawRequest({}, query=spelt(right)))


def spelt(given: Any) -> str:
    return urlencode([(given.parameter.name, text) for text in given.texts])


def test_only_what_no_lenient_reader_takes_counts_as_a_wrong_parameter() -> None:
    courses = LOADED.operations["listCourses"]
    found = parameter_violations(LOADED, PLACES, courses)
    texts = {t for w in found for t in w.texts if w.parameter.name in ("page", "status", "q")}
    assert texts
    for text in texts:
        assert text.strip().lower() not in {"", "1", "1.0", "draft", "published", "archived"}
    assert list(readings(" 1e3 "))[4:] == [1000.0, 1000]
    assert True in list(readings("Yes"))
    assert None in list(readings("null"))


def test_headers_that_the_caller_sends_anyway_are_left_alone() -> None:
    create = LOADED.operations["createCompany"]
    names = [w.parameter.name for w in parameter_violations(LOADED, PLACES, create)]
    assert "X-Tenant-ID" in names
    mine = ("x-tenant-id", "idempotency-key")
    assert parameter_violations(LOADED, PLACES, create, mine) == []
