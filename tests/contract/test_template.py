"""Templates of answers: what a contract shows is written again from its parts."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bacasable.contract import Contract, ContractError
from bacasable.contract.document import at_pointer, resolve
from bacasable.contract.model import Answer, Operation
from bacasable.contract.slots import SLOTS
from bacasable.contract.template import Template, template_of

SCHEMA = "/components/schemas/Answer"
PLACED = {"type": "string", "x-fills": "requestId"}
NOW = "2026-01-05T09:00:00.250Z"


def template(schema: Any, sought: Any = "either", **options: Any) -> Template:
    return template_of({"components": {"schemas": {"Answer": schema}}}, SCHEMA, sought, **options)


def written(made: Template, facts: dict[str, Any], payload: Any = None) -> Any:
    return json.loads(b"".join(made.render(facts, json.dumps(payload).encode())))


def record(**members: Any) -> dict[str, Any]:
    return {"type": "object", "properties": members, "required": list(members)}


TEXT, NUMBER = {"type": "string"}, {"type": "integer"}
THING = record(id=TEXT, name=TEXT)


def shown(contract: Contract, answer: Answer) -> list[Any]:
    media = at_pointer(contract.document, "#" + str(answer.schema).removesuffix("/schema"))
    return [resolve(contract.document, e)["value"] for e in media.get("examples", {}).values()]


def of(contract: Contract, operation: Operation, answer: Answer) -> Template:
    sought: Any = "list" if operation.action.kind == "list" else "record"
    refuses = answer.status >= 400
    return template_of(contract.document, str(answer.schema), sought, refuses=refuses)


def facts_of(made: Template, answer: Any) -> dict[str, Any]:
    found = {}
    for place, slot in made.slots.items():
        value = answer
        for step in place:
            value = value.get(step) if isinstance(value, dict) else None
        found[slot] = value
    return found


def test_every_answer_that_the_contract_shows_is_written_from_its_parts(contract: Contract) -> None:
    written_again = 0
    for operation in contract.operations.values():
        for answer in operation.answers.values():
            if answer.schema is None:
                continue
            made = of(contract, operation, answer)
            for example in shown(contract, answer):
                again = written(made, facts_of(made, example), made.read(example))
                assert again == example, (operation.id, answer.status)
                written_again += 1
    assert written_again > 1000


def test_other_names_are_as_good() -> None:
    made = template(
        record(
            result=record(elements={"type": "array", "items": THING}, nextPage=TEXT),
            meta=record(httpStatus=NUMBER, request_id=TEXT),
        ),
        "list",
    )
    assert made.payload == ("result", "elements")
    found = written(made, {"requestId": "r1", "nextUrl": "http://x/?skip=2"}, [{"id": "a"}])
    assert found["result"] == {"elements": [{"id": "a"}], "nextPage": "http://x/?skip=2"}
    assert found["meta"]["request_id"] == "r1"


def test_without_an_envelope_the_payload_is_the_answer() -> None:
    made = template(THING, "record")
    assert (made.payload, made.render({}, b'{"id":1}')) == ((), (b'{"id":1}',))
    assert template({"type": "array", "items": THING}, "list").read([1]) == [1]


@pytest.mark.parametrize(
    ("members", "payload"),
    [
        ({"a": PLACED, "b": THING}, ("b",)),
        ({"a": record(x=PLACED, y=THING), "c": record(z=PLACED)}, ("a", "y")),
        ({"a": record(x=PLACED)}, None),
        ({"a": PLACED, "b": THING, "c": THING | {"x-fills": "payload"}}, ("c",)),
    ],
)
def test_the_payload_is_the_shallowest_member_that_holds_no_slot(
    members: Any, payload: Any
) -> None:
    made = template(record(**members))
    assert made.payload == payload
    assert set(made.slots.values()) == {"requestId"}
    assert made.read(written(made, {"requestId": "r"}, "it")) == (None if payload is None else "it")


def test_a_member_that_says_nothing_of_itself_is_the_payload_beside_an_envelope() -> None:
    meta = record(timestamp=TEXT)
    assert template(record(data={"type": "object"}, meta=meta), "record").payload == ("data",)
    assert template(record(result={}, meta=meta), "record").payload == ("result",)
    assert template(record(label={}, meta=meta), "record").payload == ()
    assert template(record(data={}, label=TEXT, meta=meta), "record").payload == ()


def test_what_lies_deeper_than_any_envelope_is_no_slot() -> None:
    deep = record(b=PLACED)
    for _ in range(6):
        deep = record(b=deep)
    assert template(deep).slots == {}
    assert template(record(b=PLACED, c=deep)).payload == ("c",)


def test_two_that_may_be_the_payload_are_an_error_with_its_place() -> None:
    with pytest.raises(ContractError, match="b and c may both be the payload") as caught:
        template(record(a=PLACED, b=THING, c=THING))
    assert caught.value.place == SCHEMA


def test_what_says_what_its_slots_are_has_no_others() -> None:
    made = template(record(meta=record(id=PLACED, timestamp=TEXT), data=THING))
    assert set(made.slots.values()) == {"requestId"}
    assert written(made, {"requestId": "r", "now": NOW})["meta"] == {
        "id": "r",
        "timestamp": "example",
    }


def test_what_nobody_fills_is_left_out_or_what_its_schema_allows() -> None:
    page = {
        "type": "object",
        "required": ["next", "total", "page"],
        "properties": {
            "next": {"type": ["string", "null"]},
            "total": {"type": "integer", "example": 7},
            "page": NUMBER,
            "per_page": NUMBER,
        },
    }
    made = template(record(items={"type": "array", "items": THING}, paging=page), "list")
    assert written(made, {"page": 2}, [])["paging"] == {"next": None, "total": 7, "page": 2}
    lone = {"type": "object", "properties": {"per_page": NUMBER}}
    whole = {"type": "object", "properties": {"items": {"type": "array"}, "paging": lone}}
    assert written(template(whole, "list"), {}, []) == {"items": []}
    assert written(template(whole, "list"), {"size": 3}, []) == {
        "items": [],
        "paging": {"per_page": 3},
    }
    more = {"type": "object", "properties": {"note": TEXT, "data": THING, "requestId": TEXT}}
    assert written(template(more, "record"), {}, {}) == {"data": {}}
    empty = {"type": "object", "properties": {"paging": lone}, "required": ["paging"]}
    assert written(template(empty, refuses=True), {}) == {"paging": {}}


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        (TEXT, NOW),
        (NUMBER, 1767603600),
        (NUMBER | {"example": 1767603600000}, 1767603600250),
    ],
)
def test_instants_are_written_as_their_schema_wants_them(schema: Any, said: Any) -> None:
    made = template(record(data=THING, meta=record(timestamp=schema)), "record")
    assert written(made, {"now": NOW}, {})["meta"] == {"timestamp": said}


def test_ids_of_requests_are_uuids_where_the_schema_wants_them() -> None:
    made = template(record(data=THING, requestId={"type": "string", "format": "uuid"}), "record")
    one, other = (written(made, {"requestId": i}, {})["requestId"] for i in ("a", "b"))
    assert one != other
    assert len(one) == 36
    assert written(made, {"requestId": "a"}, {})["requestId"] == one


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (TEXT, ["/name is required"]),
        (record(field=TEXT, message=TEXT), [{"field": "/name", "message": "is required"}]),
        (record(), ["/name is required"]),
    ],
)
def test_violations_are_told_in_the_shape_of_the_document(item: Any, said: Any) -> None:
    errors = {"type": "array", "items": item}
    made = template(record(message=TEXT, code=NUMBER, errors=errors, hint=TEXT), refuses=True)
    violations = [{"pointer": "/name", "detail": "is required"}]
    found = written(made, {"detail": "No.", "number": 12, "violations": violations, "hint": "Try."})
    assert found == {"message": "No.", "code": 12, "errors": said, "hint": "Try."}


NAMES = st.text("abcdef", min_size=1, max_size=3)
LEAVES = st.sampled_from(sorted(SLOTS)).map(lambda s: {"type": "string", "x-fills": s})


def around(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.dictionaries(NAMES, inner, min_size=1, max_size=3).map(lambda m: record(**m))


# No deeper than what is looked through for slots.
ENVELOPES = LEAVES | around(LEAVES | around(LEAVES))


@given(st.dictionaries(NAMES, ENVELOPES, min_size=1, max_size=3), st.integers(0, 3), st.data())
def test_whatever_lies_around_it_the_payload_is_read_as_it_was_written(
    members: Any, depth: int, data: Any
) -> None:
    schema, here = record(**members), record(**members)
    here = schema
    for _ in range(depth):
        inner = [m for m in here["properties"].values() if "properties" in m]
        if not inner:
            break
        here = data.draw(st.sampled_from(inner))
    here["properties"]["payload"] = THING
    made = template(schema, "record")
    facts = dict.fromkeys(SLOTS, "fact") | {"violations": [], "now": NOW}
    assert made.payload is not None
    assert made.payload[-1] == "payload"
    again = written(made, facts, {"id": "x"})
    assert made.read(again) == {"id": "x"}
    assert facts_of(made, again) == {s: facts[s] for s in made.slots.values()}


def test_facts_that_stay_are_filled_in_once() -> None:
    error = {
        "type": "object",
        "required": ["code", "message", "kind"],
        "properties": {
            "code": NUMBER,
            "message": TEXT,
            "hint": TEXT,
            "kind": {"type": "string", "example": "no"},
            "about": {"type": "object", "properties": {"link": TEXT}},
            "when": {"type": "object", "properties": {"timestamp": NUMBER}},
        },
    }
    made = template(error, refuses=True)
    some = made.fixed({"number": 4, "now": NOW}, frozenset({"detail"}))
    assert list(some.slots.values()) == ["detail"]
    said = {"code": 4, "message": "No.", "kind": "no", "when": {"timestamp": 1767603600}}
    assert written(some, {"detail": "No.", "hint": "Try."}) == said


def test_an_example_takes_the_facts_of_another_call_where_it_has_a_place_for_them() -> None:
    meta = record(timestamp=TEXT, requestId=TEXT, note=TEXT)
    made = template(record(data=THING, meta=meta), "record")
    shown = {"data": {"id": "a"}, "meta": {"timestamp": "then", "note": "n"}, "more": 1}
    told = made.refilled(shown, {"now": NOW, "requestId": "r"})
    assert told == shown | {"meta": {"timestamp": NOW, "note": "n"}}
    assert made.refilled(shown, {}) == shown
    assert made.refilled("odd", {"now": NOW}) == "odd"
    assert template(THING, "record").refilled({"id": 1}, {"now": NOW}) == {"id": 1}
