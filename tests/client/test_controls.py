"""The client of the controls against their document: each operation, its path, its answers."""

import inspect
import re
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs

import httpx
import pytest

import bacasable
from bacasable.client import controls
from bacasable.client.calling import Calls
from bacasable.client.controls import Controls
from bacasable.client.values import Exchange, Fired, Part, Recipient, Snapshot, camel
from bacasable.contract.names import snake
from bacasable.sandbox.controls import controls_contract, source
from tests.tables import each

PACKAGE = Path(bacasable.__file__).parent
OPERATIONS = controls_contract().operations
SCHEMAS = controls_contract().document["components"]["schemas"]
WHEN = datetime(2027, 1, 2, 3, tzinfo=UTC)
VALUES = {
    "str": "P1D",
    "int": 5,
    "float": 1.5,
    "str | int": 404,
    "str | datetime": WHEN,
    "str | timedelta": timedelta(days=1),
    "str | Sequence[str]": "one",
    "Sequence[Mapping[str, Any]]": [{"a": 1}],
    "Mapping[str, Any]": {"b": 2},
}


def arguments_of(method):
    """Everything that a method takes, by name, and the text of its type."""
    for name, parameter in inspect.signature(method).parameters.items():
        kind = str(parameter.annotation).removesuffix(" | None").replace("typing.", "")
        if name == "options":
            yield from _members(getattr(controls, re.search(r"\w+Options", kind)[0]))
        elif name != "self":
            yield name, _text_of(parameter.annotation)


def _members(options):
    yield from ((name, _text_of(kind)) for name, kind in options.__annotations__.items())


def _text_of(kind):
    text = kind.__name__ if isinstance(kind, type) and not hasattr(kind, "__args__") else str(kind)
    text = text.removesuffix(" | None")
    return re.sub(r"(typing|collections\.abc|datetime)\.", "", text)


@pytest.mark.parametrize(
    ("file", "written"),
    [
        ("client/controls.py", source.as_client),
        ("commands/parameters.py", source.as_parameters),
    ],
)
def test_what_is_generated_is_that_of_the_document(file, written):
    assert (PACKAGE / file).read_text("utf-8") == written(), "python3 run.py docs"


def test_the_client_has_every_operation_of_the_document_and_no_other():
    public = {name for name in vars(Controls) if not name.startswith("_")}
    # Following the log is readLog with another answer.
    assert public - {"follow_log"} == {snake(name) for name in OPERATIONS}
    assert {camel(snake(name)) for name in OPERATIONS} == OPERATIONS.keys()
    assert not [name for name in vars(Calls) if not name.startswith("_")]


def called(method_name, **given):
    """The request that a method makes."""
    seen = []

    def answer(request):
        seen.append(request)
        return httpx.Response(200, json={"items": []})

    http = httpx.Client(transport=httpx.MockTransport(answer), base_url="http://sandbox.example")
    getattr(Controls(http), method_name)(**given)
    return seen[0]


@each("operation", OPERATIONS.values(), ids=list(OPERATIONS))
def test_a_method_calls_its_operation(operation):
    name = snake(operation.id)
    given = {one: VALUES[kind] for one, kind in arguments_of(getattr(Controls, name))}
    request = called(name, **given)
    path = re.sub(r"\{(\w+)\}", lambda found: str(given[found[1]]), operation.path)
    assert request.method.lower() == operation.method
    assert request.url.path == "/_sandbox" + path
    query = {p.name for p in operation.parameters if p.location == "query"}
    assert parse_qs(request.url.query.decode()).keys() == query - {"follow"}
    assert bool(request.content) == (operation.body is not None)


def test_what_is_given_is_sent_as_the_document_has_it():
    sent = called("add_fault", tenant="t", kind="ERROR", roles="one", retry_after=7, count=None)
    assert sent.content == b'{"kind":"ERROR","roles":["one"],"retryAfter":7}'
    sent = called("set_clock", tenant="t", now=WHEN)
    assert sent.content == b'{"now":"2027-01-02T03:00:00Z"}'
    assert called("advance_clock", tenant="t", by=timedelta(1)).content == b'{"by":"PT86400S"}'
    assert called("fork_tenant", tenant="t").content == b"{}"
    log = called("read_log", status=404, since="2027-01-01", tenant=None)
    assert log.url.query == b"status=404&since=2027-01-01T00%3A00%3A00Z"


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


@each("operation", OPERATIONS.values(), ids=list(OPERATIONS))
def test_every_parameter_and_member_can_be_given(operation):
    given = {camel(name) for name, _ in arguments_of(getattr(Controls, snake(operation.id)))}
    wanted = {p.name for p in operation.parameters} - {"follow"}
    schema = operation.body.schema if operation.body else {}
    schema = SCHEMAS[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    whole = {"document"} if operation.body and "properties" not in schema else set()
    assert given == wanted | whole | set(schema.get("properties", ()))


def test_names_cannot_leave_their_place_in_a_path(sandbox):
    from bacasable.client import ControlRefused

    for name in ("..", ".", "", "a/b", "a?b", "a#b", "../votre-tenant", "%2e%2e", "é"):
        with pytest.raises(ControlRefused) as caught:
            sandbox.tenant(name).info()
        assert caught.value.code == "NOT_FOUND", name
