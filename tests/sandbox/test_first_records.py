"""The first records of documents made for it: what fits is kept, what does not is mended or left.

Each document has one collection, or two; more is told of whole documents in tests/server.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bacasable.contract.build import build_contract
from bacasable.contract.inference import inferred
from bacasable.core import Engine, FixedClock, Platform
from bacasable.core.clock import TenantClock, parse_instant
from bacasable.sandbox.first_records import FirstRecords, seed_first
from tests.sandbox.test_first_values import SCHEMAS, numbers

CLOCK = FixedClock(parse_instant("2026-09-01T09:00:00Z"))
TEXT, NUMBER = {"type": "string"}, {"type": "integer"}


def collection(
    path: str,
    whole: Any,
    short: Any = None,
    *,
    shown: Any = None,
    item: str = "id",
    get: bool = True,
) -> dict[str, Any]:
    """The paths of a collection. Lists show `short`; `shown` is what stands beside that."""

    def answer(schema: Any, **media: Any) -> dict[str, Any]:
        return {"description": "It.", "content": {"application/json": {"schema": schema} | media}}

    listed = {"type": "array", "items": short or whole}
    declared = {"name": item, "in": "path", "required": True}
    own = [
        {"name": name, "in": "path", "required": True, "schema": NUMBER}
        for name in (part[1:-1] for part in path.split("/") if part.startswith("{"))
    ]
    its_id = whole.get("properties", {}).get(item, {"type": ["integer", "string"]})
    single = {"delete": {"operationId": f"drop {path}", "responses": {"204": {"description": "."}}}}
    if get:
        single["get"] = {"operationId": f"get {path}", "responses": {"200": answer(whole)}}
    body = {"content": {"application/json": {"schema": {"type": "object"}}}}
    return {
        path: {
            "parameters": own,
            "get": {
                "operationId": f"list {path}",
                "responses": {"200": answer(listed, **({} if shown is None else shown))},
            },
            "post": {
                "operationId": f"add {path}",
                "requestBody": body,
                "responses": {"201": answer(whole)},
            },
        },
        f"{path}/{{{item}}}": {"parameters": [*own, declared | {"schema": its_id}], **single},
    }


def begun(
    paths: dict[str, Any], records: int = 0, schemas: Any = None, **limits: int
) -> tuple[Engine, dict[str, list[Any]], FirstRecords]:
    """An engine of these paths, the records by collection, and what is told of them."""
    document = {
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "paths": paths,
        "components": {"schemas": schemas or {}},
    }
    contract = inferred(build_contract(document, "t"))
    resources = {n: replace(kind, scope="tenant") for n, kind in contract.resources.items()}
    platform = Platform(5, CLOCK)
    if limits:
        platform.limits = replace(platform.limits, **limits)
    engine = Engine(replace(contract, resources=resources), platform, {})
    space = platform.open("sandbox", "t")
    space.clock = TenantClock(CLOCK)
    told = seed_first(engine, space, records)
    found = {kind.collection: list(space.collection(kind.name)) for kind in resources.values()}
    return engine, found, told


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(st.text("abcxyz", min_size=1), SCHEMAS, max_size=5),
    st.sampled_from([{"type": "integer"}, TEXT, {"type": "string", "format": "uuid"}]),
    st.booleans(),
)
def test_records_of_any_schema_fit_it(members: Any, its_id: Any, get: bool) -> None:
    whole = {
        "type": "object",
        "required": ["id", *members],
        "properties": members | {"id": its_id | {"readOnly": True}},
        "additionalProperties": False,
    }
    node = {"type": "object", "properties": {"node": {"$ref": "#/components/schemas/Node"}}}
    paths = collection("/things", whole, get=get)
    engine, found, told = begun(paths, 3, {"Node": node})
    (kind,) = engine.contract.resources.values()
    check = engine.schemas.record_check(kind)
    assert told.counts == {"/things": 3}
    assert [check(record) for record in found["/things"]] == [[], [], []]
    assert len({record["id"] for record in found["/things"]}) == 3


@settings(max_examples=40, deadline=None)
@given(numbers("integer"), st.integers(0, 3))
def test_a_record_fits_what_a_list_shows_of_it(stricter: Any, enough: int) -> None:
    whole = {"type": "object", "required": ["id"], "properties": {"id": NUMBER, "size": NUMBER}}
    short = {"type": "object", "properties": {"id": NUMBER, "size": stricter}}
    engine, found, _ = begun(collection("/things", whole, short), enough + 1)
    check = engine.schemas.check_for({"type": "array", "items": short})
    assert len(found["/things"]) == enough + 1
    assert check(found["/things"]) == []


def test_an_example_that_a_list_cannot_show_is_left_out() -> None:
    whole = {"type": "object", "properties": {"id": NUMBER, "size": NUMBER}}
    short = {"type": "object", "properties": {"id": NUMBER, "size": {"maximum": 5}}}
    shown = {"example": [{"id": 1, "size": 9}, {"id": 2, "size": 5}]}
    _, found, told = begun(collection("/things", whole, short, shown=shown))
    assert found["/things"] == [{"id": 2, "size": 5}]
    assert told.warning == "1 example does not fit its schema and is left out: GET /things 200"


def test_a_record_without_a_get_fits_the_answer_of_its_making() -> None:
    strict = {"type": "string", "pattern": "^(?=.{9}$)(?=.*9)[a-z9]+$"}
    whole = {"type": "object", "required": ["id"], "properties": {"id": NUMBER, "code": strict}}
    short = {"type": "object", "properties": {"id": NUMBER}}
    engine, found, _ = begun(collection("/things", whole, short, get=False), 5)
    (kind,) = engine.contract.resources.values()
    check = engine.schemas.record_check(kind)
    assert len(found["/things"]) == 5
    assert [check(record) for record in found["/things"]] == [[]] * 5


def test_of_a_choice_a_record_has_what_one_branch_requires() -> None:
    whole = {
        "type": "object",
        "properties": {"id": NUMBER, "a": TEXT, "b": TEXT},
        "required": ["id"],
        "oneOf": [{"required": ["a"]}, {"required": ["b"]}],
    }
    _, found, _ = begun(collection("/things", whole), 8)
    kinds = [tuple(sorted(record)) for record in found["/things"]]
    assert len(kinds) == 8
    assert set(kinds) <= {("a", "id"), ("b", "id")}


def test_a_schema_that_nothing_fits_has_no_records_and_starts() -> None:
    never = {"type": "object", "properties": {"id": NUMBER}, "required": ["id"], "maxProperties": 0}
    below = {"type": "object", "properties": {"id": NUMBER, "thingId": NUMBER}}
    paths = collection("/things", never) | collection("/things/{thingId}/parts", below)
    paths |= collection("/others", {"type": "object", "properties": {"id": NUMBER}})
    _, found, told = begun(paths, 4)
    assert told.counts == {"/others": 4}
    assert found["/things"] == []


def test_there_are_no_more_records_than_the_sandbox_holds() -> None:
    whole = {"type": "object", "properties": {"id": NUMBER}}
    _, found, _ = begun(collection("/things", whole), 9, max_records=4)
    assert len(found["/things"]) == 4


def test_what_several_examples_tell_of_one_record_is_put_together() -> None:
    whole = {"type": "object", "properties": {"id": NUMBER, "name": TEXT, "more": TEXT}}
    paths = collection("/things", whole, shown={"example": [{"id": 7, "name": "first"}]})
    answer = paths["/things/{id}"]["get"]["responses"]["200"]["content"]["application/json"]
    answer["examples"] = {"one": {"value": {"id": 7, "name": "second", "more": "told"}}}
    paths["/things"]["post"]["requestBody"]["content"]["application/json"]["example"] = {
        "name": "third"
    }
    _, found, _ = begun(paths)
    assert found["/things"] == [
        {"id": 7, "name": "first", "more": "told"},
        {"id": 8, "name": "third"},
    ]


def test_records_that_need_each_other_refer_to_each_other() -> None:
    def needing(other: str) -> dict[str, Any]:
        members = {"id": NUMBER, f"{other}Id": NUMBER}
        return {"type": "object", "required": ["id", f"{other}Id"], "properties": members}

    paths = collection("/cats", needing("dog")) | collection("/dogs", needing("cat"))
    _, found, _ = begun(paths, 5)
    cats, dogs = ({one["id"] for one in found[path]} for path in ("/cats", "/dogs"))
    assert len(cats) == len(dogs) == 5
    assert {cat["dogId"] for cat in found["/cats"]} <= dogs
    assert {dog["catId"] for dog in found["/dogs"]} <= cats


def test_a_record_lies_below_its_parents_parent() -> None:
    top = {"type": "object", "required": ["id"], "properties": {"id": NUMBER}}
    mid = {"type": "object", "required": ["id"], "properties": {"id": NUMBER, "shopId": NUMBER}}
    low = {
        "type": "object",
        "required": ["id", "shopId"],
        "properties": {"id": NUMBER, "shelfId": NUMBER, "shopId": NUMBER},
    }
    paths = collection("/shops", top) | collection("/shops/{shopId}/shelves", mid)
    paths |= collection("/shops/{shopId}/shelves/{shelfId}/books", low)
    _, found, _ = begun(paths, 12)
    shelves = {shelf["id"]: shelf["shopId"] for shelf in found["/shops/{shopId}/shelves"]}
    books = found["/shops/{shopId}/shelves/{shelfId}/books"]
    assert len(set(shelves.values())) > 2
    assert [shelves[book["shelfId"]] for book in books] == [book["shopId"] for book in books]


def test_ids_are_as_their_schema_has_them() -> None:
    def ids(schema: Any, records: int = 6) -> list[Any]:
        whole = {"type": "object", "required": ["id"], "properties": {"id": schema}}
        _, found, _ = begun(collection("/things", whole), records)
        return [record["id"] for record in found["/things"]]

    assert ids({"type": "integer", "minimum": 100}) == [*range(100, 106)]
    assert ids({"type": "string", "enum": ["a", "b", "c"]}) in (["a", "b", "c"], sorted("abc"))
    assert all(len(one) == 3 for one in ids({"type": "string", "pattern": "^[a-z]{3}$"}))
    assert all(len(one) <= 8 for one in ids({"type": "string", "maxLength": 8}))


def test_instants_are_before_the_clock() -> None:
    when = {"type": "string", "format": "date-time"}
    whole = {"type": "object", "properties": {"id": NUMBER, "createdAt": when, "updatedAt": when}}
    _, found, _ = begun(collection("/things", whole), 50)
    until = (CLOCK.now() - timedelta(hours=9)).isoformat(timespec="milliseconds")
    assert all(
        record["createdAt"] <= record["updatedAt"] <= until.replace("+00:00", "Z")
        for record in found["/things"]
    )
    assert len({record["createdAt"] for record in found["/things"]}) == 50
