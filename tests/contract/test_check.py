"""Each finding of the check, provoked by one small change of the toy contract."""

from typing import Any

import pytest

from bacasable.contract import Contract, SchemaSet, Violation
from bacasable.contract.check import (
    contract_findings,
    document_findings,
    example_findings,
)
from bacasable.contract.openapi import openapi_findings
from tests.contract.toy import ABSENT, built, toy

SCHEMAS = "/components/schemas"
ROOM = f"{SCHEMAS}/Room"
LIFECYCLE = f"{ROOM}/x-lifecycle"
TRANSITION = f"{LIFECYCLE}/transitions/0"
LIST = "/paths/~1rooms/get"
CREATE = "/paths/~1rooms/post"
MEDIA = "/components/responses/Room/content/application~1json"


def findings(changes: dict[str, Any]) -> list[tuple[str, str]]:
    return [(v.pointer, v.detail) for v in contract_findings(built(changes))]


def test_the_toy_is_sound() -> None:
    contract = built()
    assert list(openapi_findings(contract.document)) == []
    assert list(document_findings(contract.document)) == []
    assert list(contract_findings(contract)) == []
    assert list(example_findings(contract, SchemaSet(contract.document))) == []


ONE_CHANGE_ONE_FINDING: list[tuple[str, Any, str, str]] = [
    (
        f"{ROOM}/properties/annexOf/x-references",
        "Rom",
        f"{ROOM}/properties/annexOf/x-references",
        "'Rom' is no resource; did you mean 'Room'?",
    ),
    (
        f"{ROOM}/x-resource/parent",
        {"resource": "House", "field": "name"},
        f"{ROOM}/x-resource/parent",
        "'House' is no resource",
    ),
    (f"{ROOM}/x-resource/unique", ["nmae"], f"{ROOM}/x-resource", "'nmae' is no property"),
    (
        f"{ROOM}/x-resource/visibility",
        {"LEARNER": {"owner": "$me"}},
        f"{ROOM}/x-resource",
        "'owner' is no property",
    ),
    (f"{LIFECYCLE}/initial", ["NEW"], f"{LIFECYCLE}/initial", "'NEW' is missing in the enum"),
    (
        f"{TRANSITION}/from",
        ["OPEN", "NEW"],
        LIFECYCLE,
        "closeRoom: 'NEW' is missing in the enum",
    ),
    (f"{TRANSITION}/to", "SHUT", LIFECYCLE, "closeRoom: 'SHUT' is missing in the enum"),
    (f"{TRANSITION}/stamps", "shutAt", LIFECYCLE, "closeRoom: 'shutAt' is no property"),
    (
        f"{LIST}/security",
        [{"bearer": ["TRANER"]}],
        f"{LIST}/security",
        "'TRANER' is no role; did you mean 'TRAINER'?",
    ),
    (
        "/components/parameters/Search/x-filter/fields",
        ["name", "nick"],
        f"{LIST}/parameters",
        "q filters 'nick', which is no property",
    ),
    (f"{LIST}/tags", ["Halls"], f"{LIST}/tags", "'Halls' is not declared under tags"),
    (f"{LIST}/tags", ABSENT, f"{LIST}/tags", "'' is not declared under tags"),
    ("/tags", [{"name": "Rooms"}, {"name": "Halls"}], "", ""),
    (f"{LIST}/responses/200", ABSENT, f"{LIST}/responses", "has no answer of success"),
    (
        "/components/responses/Room/links",
        {"get": {"operationId": "getRom"}},
        "/components/responses/Room/links/get",
        "'getRom' is no operation; did you mean 'getRoom'?",
    ),
    ("/components/responses/Room/links", {"get": {"operationRef": "x"}}, "", ""),
    ("/components/responses/Room/links", {"get": "text"}, "", ""),
    ("/components/responses/Room/links", ["text"], "", ""),
    (
        "/webhooks/room.painted",
        {"post": {"summary": "x"}},
        "/webhooks/room.painted",
        "is recorded by no operation",
    ),
]


@pytest.mark.parametrize(("place", "value", "pointer", "detail"), ONE_CHANGE_ONE_FINDING)
def test_one_change_is_one_finding(place: str, value: Any, pointer: str, detail: str) -> None:
    assert findings({place: value}) == ([(pointer, detail)] if detail else [])


def test_a_field_without_an_enum_has_no_states_at_all() -> None:
    assert findings({f"{LIFECYCLE}/field": "name"}) == [
        (f"{LIFECYCLE}/field", "'name' is no property with an enum"),
        (f"{LIFECYCLE}/initial", "'OPEN' is missing in the enum"),
        (LIFECYCLE, "closeRoom: 'OPEN' is missing in the enum"),
        (LIFECYCLE, "closeRoom: 'CLOSED' is missing in the enum"),
    ]


def test_a_transition_of_no_operation_leaves_its_fact_and_the_operation_alone() -> None:
    assert findings({f"{TRANSITION}/operation": "closeRom"}) == [
        (LIFECYCLE, "'closeRom' is no operation; did you mean 'closeRoom'?"),
        ("/paths/~1rooms~1{roomId}~1close/post", "changes records without a fact (x-emits)"),
        ("/webhooks/room.closed", "is recorded by no operation"),
    ]


def test_a_fact_without_a_webhook_is_named() -> None:
    assert findings({f"{TRANSITION}/fact": "room.closd"}) == [
        (LIFECYCLE, "closeRoom: 'room.closd' is no webhook; did you mean 'room.closed'?"),
        ("/webhooks/room.closed", "is recorded by no operation"),
    ]
    assert findings({f"{CREATE}/x-emits": ["room.craeted"]}) == [
        (f"{CREATE}/x-emits", "'room.craeted' is no webhook; did you mean 'room.created'?"),
        ("/webhooks/room.created", "is recorded by no operation"),
    ]


def test_a_change_without_a_fact_is_named() -> None:
    changes = {f"{CREATE}/x-emits": ABSENT, "/webhooks/room.created": ABSENT}
    assert findings(changes) == [(CREATE, "changes records without a fact (x-emits)")]


def test_a_transition_without_a_fact_is_named() -> None:
    changes = {f"{TRANSITION}/fact": ABSENT, "/webhooks/room.closed": ABSENT}
    place = "/paths/~1rooms~1{roomId}~1close/post"
    assert findings(changes) == [(place, "changes records without a fact (x-emits)")]


def test_an_operation_without_a_resource_needs_no_fact_and_can_filter_nothing() -> None:
    operation = toy()["paths"]["/rooms"]["get"] | {"operationId": "search"}
    found = findings({"/paths/~1search": {"post": operation}})
    assert found == [
        ("/paths/~1search/post/parameters", f"{name} filters '{field}', which is no property")
        for name, field in (("q", "name"), ("status", "status"), ("opensFrom", "opensAt"))
    ]


def test_a_resource_without_a_lifecycle_is_sound_when_its_facts_are_recorded() -> None:
    changes = {
        LIFECYCLE: ABSENT,
        "/paths/~1rooms~1{roomId}~1close/post/x-emits": ["room.closed"],
    }
    assert findings(changes) == []


def test_a_transition_may_leave_no_stamp() -> None:
    assert findings({f"{TRANSITION}/stamps": ABSENT}) == []


def test_a_public_operation_has_no_role_to_check() -> None:
    assert findings({f"{LIST}/security": []}) == []


def test_a_wrong_reference_in_a_list_is_found() -> None:
    place = f"{ROOM}/properties/doors/items/properties/leadsTo/x-references"
    assert [detail for _, detail in findings({place: "Rom"})] == [
        "'Rom' is no resource; did you mean 'Room'?"
    ]


def test_a_wrong_reference_in_a_list_is_found_in_its_place() -> None:
    place = f"{ROOM}/properties/doors/items/properties/leadsTo/x-references"
    assert findings({place: "Rom"})[0][0] == place


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (f"{ROOM}/properties/name/x-masked-for", ["NOBODY"]),
        (f"{ROOM}/x-resource/visibility", {"NOBODY": {"name": "$me"}}),
        (f"{ROOM}/x-resource/parent", {"resource": "Room", "field": "nowhere"}),
        (f"{SCHEMAS}/RoomInput/properties/annexOf/x-references", "Rom"),
        (f"{SCHEMAS}/Meta/x-lifecycle", {"field": "x", "initial": ["A"], "transitions": []}),
    ],
)
def test_a_name_that_names_nothing_is_found(place: str, value: Any) -> None:
    assert findings({place: value})


def test_a_property_may_be_called_links() -> None:
    links = {"type": "object", "properties": {"operationId": {"type": "string"}}}
    assert findings({f"{SCHEMAS}/Meta/properties/links": links}) == []


def test_a_contract_needs_no_roles() -> None:
    open_to_all = {"/security": ABSENT, f"{SCHEMAS}/Account": ABSENT}
    assert built(open_to_all).resources
    list(contract_findings(built(open_to_all)))


def test_dead_and_circular_references_and_unknown_keys_are_found_together() -> None:
    document = toy(
        {
            f"{SCHEMAS}/Meta": {"$ref": "#/nowhere"},
            f"{SCHEMAS}/PageMeta": {"$ref": f"#{SCHEMAS}/PageMeta"},
            f"{SCHEMAS}/Pagination": {"$ref": "other.yaml"},
            "/info/x-logo": 1,
        }
    )
    found = {v.pointer: v.detail for v in document_findings(document)}
    assert found["/info/x-logo"] == "is no known extension"
    assert found[f"{SCHEMAS}/Meta"].startswith("#/nowhere: leads nowhere")
    assert "lead in a circle" in found[f"{SCHEMAS}/PageMeta"]
    assert "only references within the document" in found[f"{SCHEMAS}/Pagination"]


@pytest.mark.parametrize("version", ["3.0.3", "2.0", 3.1, ""])
def test_only_openapi_3_1_is_a_contract(version: Any) -> None:
    found = list(openapi_findings(toy({"/openapi": version})))
    assert found == [
        Violation("/openapi", f"is {str(version)!r}; write the contract in OpenAPI 3.1")
    ]


def test_what_openapi_itself_forbids_is_found_in_its_place() -> None:
    found = list(openapi_findings(toy({"/info/title": ABSENT})))
    assert [violation.pointer for violation in found] == ["/info"]
    assert "is a required property" in found[0].detail


def test_what_openapi_itself_forbids_is_told_in_one_line() -> None:
    found = list(openapi_findings(toy({"/info/title": ABSENT})))
    assert "\n" not in found[0].detail


def example_violations(contract: Contract) -> list[tuple[str, str]]:
    found = example_findings(contract, SchemaSet(contract.document))
    return [(v.pointer, v.detail) for v in found]


WRONG = {"data": {"id": "room_1", "name": "A"}, "meta": {"requestId": "req_1"}}


@pytest.mark.parametrize(
    ("key", "value", "place"),
    [
        ("example", WRONG, "example"),
        ("examples", {"one": {"value": WRONG}}, "examples/one/value"),
        ("examples", {"one": {"$ref": "#/components/examples/Wrong"}}, "examples/one/value"),
    ],
)
def test_an_example_that_breaks_its_schema_is_found(key: str, value: Any, place: str) -> None:
    changes = {"/components/examples": {"Wrong": {"value": WRONG}}, f"{MEDIA}/{key}": value}
    assert example_violations(built(changes)) == [(f"{MEDIA}/{place}/data/status", "is required")]


def test_an_example_of_a_parameter_that_breaks_its_schema_is_found() -> None:
    found = example_violations(built({"/components/parameters/Page/example": 0}))
    assert found == [("/components/parameters/Page/example", "is less than the minimum of 1")]


def test_an_example_elsewhere_is_left_alone() -> None:
    elsewhere = {"one": {"externalValue": "https://example.com/room.json"}}
    assert example_violations(built({f"{MEDIA}/examples": elsewhere})) == []


def test_an_example_may_have_a_member_called_schema() -> None:
    changes = {f"{SCHEMAS}/Meta/example": {"schema": "text"}}
    assert example_violations(built(changes)) == []


def test_a_mask_within_a_member_is_found() -> None:
    member = {"type": "object", "properties": {"nick": {"x-masked-for": ["AUDITOR"]}}}
    place = f"{ROOM}/properties/keeper"
    assert findings({place: member}) == [
        (f"{place}/properties/nick/x-masked-for", "'AUDITOR' is no role"),
        (
            f"{place}/properties/nick/x-masked-for",
            "masks a part of a member; put it on the member itself",
        ),
    ]


def test_a_collection_under_several_records_is_found() -> None:
    place = f"{ROOM}/x-resource/collection"
    found = findings({place: "/houses/{id}/floors/{floorId}/rooms"})
    assert (place, "has several parameters; a collection lies under one record at most") in found
