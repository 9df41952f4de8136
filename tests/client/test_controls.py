"""The client of the controls against their document: each operation, its path, its answers."""

import inspect
import re
from dataclasses import fields

import httpx
import pytest

from bacasable.client.controls import Controls
from bacasable.client.values import Exchange, Fired, Part, Recipient, Snapshot, camel
from bacasable.sandbox.controls import controls_contract
from tests.tables import each

OPERATIONS = controls_contract().operations
SCHEMAS = controls_contract().document["components"]["schemas"]
GIVEN = {"tenant": "t", "slug": "s", "name": "n", "fault": "f", "message": "m", "link": "l"}
MAPPINGS = {
    "account": {"role": "ADMIN"},
    "fixture": {},
    "document": {},
    "filters": {},
    "options": {},
}
OTHERS = {"by": "P1D", "resource": "Company", "records": [{}], "now": "x", "mode": "FROZEN"}


def snake(name):
    return re.sub(r"[A-Z]", lambda found: "_" + found[0].lower(), name)


def test_the_client_has_every_operation_of_the_document_and_no_other():
    methods = {name for name, _ in inspect.getmembers(Controls, inspect.isfunction)}
    # Following the log is readLog with another answer.
    public = {name for name in methods if not name.startswith("_")} - {"follow_log"}
    assert public == {snake(name) for name in OPERATIONS}


@each("operation", OPERATIONS.values(), ids=list(OPERATIONS))
def test_a_method_calls_its_operation(operation):
    seen = []

    def answer(request):
        seen.append(request)
        return httpx.Response(200, json={"items": []})

    http = httpx.Client(transport=httpx.MockTransport(answer), base_url="http://sandbox.example")
    method = getattr(Controls(http), snake(operation.id))
    every = {**GIVEN, **MAPPINGS, **OTHERS}
    method(**{name: every[name] for name in inspect.signature(method).parameters})
    path = re.sub(r"\{(\w+)\}", lambda found: GIVEN[found[1]], operation.path)
    assert seen[0].method.lower() == operation.method
    assert seen[0].url.path == "/_sandbox" + path
    assert bool(seen[0].content) == (operation.body is not None)


@pytest.mark.parametrize(
    ("kind", "schema"),
    [
        (Exchange, SCHEMAS["Exchange"]),
        (Part, SCHEMAS["Part"]),
        (Snapshot, SCHEMAS["Snapshot"]),
        (Recipient, SCHEMAS["Message"]["properties"]["to"]),
        (Fired, SCHEMAS["ClockMoved"]["properties"]["fired"]["items"]),
    ],
)
def test_a_value_has_the_members_of_its_schema(kind, schema):
    assert {camel(field.name) for field in fields(kind)} == set(schema["properties"])
    assert set(schema["properties"]) == set(schema["required"])


def test_every_option_of_a_fault_has_its_parameter():
    from bacasable.client.faults import Faults

    options = {camel(name) for name in inspect.signature(Faults.add).parameters} - {"self"}
    assert options == set(SCHEMAS["FaultToAdd"]["properties"])


@pytest.mark.parametrize("operation", ["readLog", "listMessages"])
def test_every_filter_has_its_parameter(operation):
    from bacasable.client.inbox import Inbox
    from bacasable.client.log import Filters

    known = {
        "readLog": set(Filters.__annotations__),
        "listMessages": set(inspect.signature(Inbox.list).parameters) - {"self"},
    }
    query = {p.name for p in OPERATIONS[operation].parameters if p.location == "query"}
    assert known[operation] == query - {"tenant", "follow"}


def test_names_cannot_leave_their_place_in_a_path(sandbox):
    from bacasable.client import ControlRefused

    for name in ("..", ".", "", "a/b", "a?b", "a#b", "../votre-tenant", "%2e%2e", "é"):
        with pytest.raises(ControlRefused) as caught:
            sandbox.tenant(name).info()
        assert caught.value.code == "NOT_FOUND", name
