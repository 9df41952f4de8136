"""Unknown and misused x- keys are found; data is left alone."""

from typing import Any

import jsonschema_rs
import pytest

from bacasable.contract import Violation
from bacasable.contract.extensions import as_markdown, definitions, misused_extensions
from tests.contract.toy import put, toy
from tests.tables import each

ROOM = "/components/schemas/Room"
RESOURCE = {"collection": "/rooms", "idPrefix": "room_", "scope": "tenant"}
LIFECYCLE = {"field": "status", "initial": ["A"], "transitions": []}
TRANSITION = {"operation": "closeRoom", "from": ["A"]}

WRONG_USES = [
    ("x-resource", {}),
    ("x-resource", RESOURCE | {"collection": "rooms"}),
    ("x-resource", RESOURCE | {"idPrefix": "Room"}),
    ("x-resource", RESOURCE | {"scope": "world"}),
    ("x-resource", RESOURCE | {"idFormat": "short"}),
    ("x-resource", RESOURCE | {"parent": "House"}),
    ("x-resource", RESOURCE | {"onParentDelete": "ignore"}),
    ("x-resource", RESOURCE | {"unique": "name"}),
    ("x-resource", RESOURCE | {"visibility": {"LEARNER": "$me"}}),
    ("x-resource", RESOURCE | {"colour": "red"}),
    ("x-lifecycle", {}),
    ("x-lifecycle", LIFECYCLE | {"initial": []}),
    ("x-lifecycle", LIFECYCLE | {"initial": "A"}),
    ("x-lifecycle", LIFECYCLE | {"states": ["A"]}),
    ("x-lifecycle", LIFECYCLE | {"transitions": [{"operation": "closeRoom"}]}),
    ("x-lifecycle", LIFECYCLE | {"transitions": [TRANSITION | {"to": ["A"]}]}),
    ("x-lifecycle", LIFECYCLE | {"transitions": [TRANSITION | {"guard": "x"}]}),
    ("x-references", ["Room"]),
    ("x-masked-for", "LEARNER"),
    ("x-masked-for", []),
    ("x-emits", "room.created"),
    ("x-emits", []),
    ("x-filter", {"field": "name"}),
    ("x-filter", {"match": "equals"}),
    ("x-filter", {"field": "name", "match": "nearly"}),
    ("x-filter", {"field": "name", "fields": ["name"], "match": "equals"}),
    ("x-filter", {"fields": [], "match": "equals"}),
    ("x-rules", []),
    ("x-rules", [{"id": "lower", "says": "A sentence."}]),
    ("x-rules", [{"id": "A_RULE"}]),
    ("x-rules", [{"id": "A_RULE", "says": ""}]),
    ("x-given", {}),
    ("x-given", {"records": {"state": "OPEN"}}),
    ("x-given", {"record": {}}),
    ("x-given", {"record": {"state": ["OPEN"]}}),
    ("x-given", {"parent": {"parent": {"status": "OPEN"}}}),
    ("x-given", {"record": {"after": "closeRoom"}}),
    ("x-given", {"references": {"roomId": {"of": "record.id"}}}),
    ("x-given", {"initial": {"OPEN": {"state": "OPEN"}}}),
    ("x-fills", "nothing"),
    ("x-fills", ["now"]),
    ("x-displayName", ""),
    ("x-displayName", ["Rooms"]),
    ("x-resource", RESOURCE | {"idMember": 1}),
    ("x-resource", RESOURCE | {"idWithin": "tenant"}),
    ("x-resource", RESOURCE | {"places": []}),
    ("x-resource", RESOURCE | {"references": {"bookId": 1}}),
    ("x-resources", {}),
    ("x-resources", {"Room": {"collection": "/rooms"}}),
    ("x-action", {}),
    ("x-action", {"does": "destroy"}),
    ("x-action", {"does": "list", "places": {}}),
    ("x-action", {"does": "list", "filters": {"q": {"match": "like"}}}),
    ("x-tenant", "header"),
    ("x-tenant", {"slug": "name"}),
    ("x-principal", {"login": "name"}),
    ("x-login", {"login": "/name", "secret": "/secret"}),
    ("x-login", {"login": "/name", "credential": "/token"}),
    ("x-login", {"renews": "token", "credential": "/token"}),
    ("x-login", {"renews": "/token", "credential": "/token", "lasts": "an hour"}),
    ("x-serving", {}),
    ("x-serving", {"strict": "yes"}),
    ("x-status", "409"),
    ("x-status", 200),
]


def found(changes: dict[str, Any]) -> list[Violation]:
    return list(misused_extensions(toy(changes)))


def test_the_toy_uses_extensions_as_they_are_meant() -> None:
    assert found({}) == []


@each(("key", "value"), WRONG_USES)
def test_a_wrong_use_is_found_in_its_place(key: str, value: Any) -> None:
    violations = found({f"{ROOM}/{key}": value})
    assert violations
    assert all(v.pointer.startswith(f"{ROOM}/{key}") and v.detail for v in violations)


def test_every_extension_has_a_wrong_use_above() -> None:
    assert {key for key, _ in WRONG_USES} == set(definitions())


@pytest.mark.parametrize("key", definitions())
def test_every_extension_is_described_and_its_schema_is_one(key: str) -> None:
    schema = definitions()[key]
    assert schema["description"].endswith(".")
    assert jsonschema_rs.meta.is_valid(schema)


@pytest.mark.parametrize(
    ("place", "near"),
    [
        (f"{ROOM}/x-ressource", "; did you mean 'x-resource'?"),
        (f"{ROOM}/properties/name/x-reference", "; did you mean 'x-references'?"),
        ("/paths/~1rooms/post/X-EMITS", None),
        ("/paths/~1rooms/post/x-EMITS", "; did you mean 'x-emits'?"),
        ("/info/x-logo", ""),
        ("/x-codeSamples", ""),
    ],
)
def test_an_unknown_key_gets_the_closest_known_name(place: str, near: str | None) -> None:
    expected = [] if near is None else [Violation(place, f"is no known extension{near}")]
    assert found({place: 1}) == expected


@pytest.mark.parametrize(
    "place",
    [
        f"{ROOM}/properties/x-height",
        f"{ROOM}/example",
        f"{ROOM}/examples",
        "/components/responses/Room/headers/x-trace",
        "/components/responses/Room/content/application~1json/examples",
    ],
)
def test_examples_and_names_of_properties_and_headers_are_data(place: str) -> None:
    assert found({place: {"one": {"value": {"x-any": 1}}} if "example" in place else {}}) == []


@pytest.mark.parametrize("key", ["default", "const", "enum"])
def test_other_values_in_a_schema_are_data_too(key: str) -> None:
    value = [{"x-any": 1}] if key == "enum" else {"x-any": 1}
    assert found({f"{ROOM}/properties/name/{key}": value}) == []


@pytest.mark.parametrize("name", ["example", "examples"])
def test_a_property_may_be_called_example_and_is_still_checked(name: str) -> None:
    assert found({f"{ROOM}/properties/{name}": {"type": "string", "x-reference": "Room"}})


def test_keys_that_are_no_text_are_left_alone() -> None:
    document = toy()
    put(document, "/info/x-logo", 1)
    document["info"][200] = {"x-logo": 1}
    assert [v.pointer for v in misused_extensions(document)] == ["/info/x-logo", "/info/200/x-logo"]


def test_the_page_about_extensions_tells_each_with_its_members() -> None:
    page = as_markdown()
    for key, schema in definitions().items():
        assert f"\n## `{key}`\n\n{schema['description']}\n" in page
    assert "\n- `idPrefix`: What every id begins with.\n" in page
    assert "\n- `collection` (required): Path template of the list" in page
    assert "\nMembers of `transitions`:\n\n- `operation`: operationId." in page
    assert "\n- `id` (required): string\n" in page
    assert "\n\n\n" not in page
    assert page.endswith(".\n")
