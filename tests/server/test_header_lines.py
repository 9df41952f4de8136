"""A header in several lines means what one line joined by commas means (RFC 9110, 5.3)."""

import pytest

from tests.server.controlling import Box
from tests.server.raw import Reply, send
from tests.server.restoring import reset
from tests.support import Api

COURSE = "/api/v1/courses/crs_excel_init"
COMPANY = b'{"name": "Atelier du Pont"}'
JSON = ("Content-Type", "application/json")


@pytest.fixture
def wire(over_socket_once: Api) -> Api:
    """The small tenant over a socket: only there has a header lines."""
    reset(over_socket_once.sandbox)
    return over_socket_once.as_("ADMIN")


def call(
    api: Api, method: str, target: str, *lines: tuple[str, str], content: bytes = b""
) -> Reply:
    named = {name.lower() for name, _ in lines}
    own = [(name, text) for name, text in api.headers.items() if name.lower() not in named]
    return send(api.url, method, target, [*own, *lines], content)


@pytest.mark.parametrize(
    ("name", "first", "second", "status"),
    [
        ("Accept", "text/html", "application/json", 200),
        ("Accept", "application/json;q=0", "*/*", 406),
        ("If-None-Match", '"other"', "{tag}", 304),
        ("If-None-Match", "{tag}", '"other"', 304),
        ("If-None-Match", '"one"', '"other"', 200),
        ("Prefer", "delay=0", "code=404", 404),
        ("Prefer", "code=404", "delay=0", 404),
        ("Cache-Control", "no-cache", "no-store", 200),
        ("Accept-Language", "de", "fr", 200),
        ("X-Forwarded-For", "10.0.0.1", "10.0.0.2", 200),
        ("X-Unknown", "one", "two", 200),
    ],
)
def test_lists_may_come_in_several_lines(
    wire: Api, name: str, first: str, second: str, status: int
) -> None:
    tag = call(wire, "GET", COURSE)["etag"]
    values = [value.replace("{tag}", tag) for value in (first, second)]
    assert call(wire, "GET", COURSE, (name, ", ".join(values))).status == status
    assert call(wire, "GET", COURSE, *((name, value) for value in values)).status == status


def test_a_tag_in_any_line_lets_a_change_pass(wire: Api) -> None:
    tag = call(wire, "GET", COURSE)["etag"]
    lines = [("If-Match", '"other"'), ("If-Match", tag), JSON]
    assert call(wire, "PATCH", COURSE, *lines, content=b'{"title": "Excel"}').status == 200


def test_the_language_of_any_line_is_heard(wire: Api) -> None:
    answer = send(wire.url, "GET", "/", [("Accept-Language", "de"), ("Accept-Language", "fr;q=.5")])
    assert answer["location"] == "/fr/index.html"
    crumbs = [("Cookie", "theme=dark"), ("Cookie", "language=fr")]
    assert send(wire.url, "GET", "/", crumbs)["location"] == "/fr/index.html"


@pytest.mark.parametrize("known", ["{tag}", '"x", {tag}', "{bare}", "*"])
def test_a_page_is_known_by_any_of_its_tags(wire: Api, known: str) -> None:
    tag = send(wire.url, "GET", "/en/index.html")["etag"]
    value = known.replace("{tag}", tag).replace("{bare}", tag.removeprefix("W/"))
    lines = [("If-None-Match", '"w"'), ("If-None-Match", value)]
    assert send(wire.url, "GET", "/en/index.html", lines).status == 304
    assert send(wire.url, "GET", "/en/index.html", lines[:1]).status == 200


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Authorization", "Bearer another"),
        ("X-Tenant-ID", "qualiforma-demo"),
        ("Content-Type", "text/plain"),
        ("Idempotency-Key", "another-key-of-the-caller"),
    ],
)
def test_what_contradicts_itself_is_refused(wire: Api, name: str, other: str) -> None:
    values = {**wire.headers, "Content-Type": "application/json"}
    first = values.get(name, "key-of-the-caller-1")
    rest = [(n, v) for n, v in values.items() if n != name]
    for pair in ([first, other], [other, first]):
        lines = [*rest, *((name, value) for value in pair)]
        answer = send(wire.url, "POST", "/api/v1/companies", lines, COMPANY)
        assert (answer.status, answer.json["code"]) == (400, "INVALID_REQUEST")
        (error,) = answer.json["errors"]
        assert error["pointer"] == f"header/{name}"
        assert "more than once" in error["detail"]
    assert first not in answer.content.decode()
    twice = [*rest, (name, first), (name, first)]
    assert send(wire.url, "POST", "/api/v1/companies", twice, COMPANY).status == 201


def test_a_page_and_a_control_refuse_it_too(wire: Api) -> None:
    host = [("Host", wire.url.removeprefix("http://")), ("Host", "elsewhere.example")]
    for target in ("/", "/openapi.json", "/_sandbox/health", "/_sandbox/tenants"):
        assert send(wire.url, "GET", target, host).status == 400, target
    key = [("X-Sandbox-Key", "one"), ("X-Sandbox-Key", "two")]
    answer = send(wire.url, "GET", "/_sandbox/tenants", key)
    assert answer.json["errors"][0]["pointer"] == "header/X-Sandbox-Key"


def test_the_log_tells_every_line(wire: Api) -> None:
    call(wire, "GET", COURSE, ("X-Trace", "one"), ("X-Trace", "two"))
    call(wire, "GET", COURSE, ("Content-Type", "text/plain"), ("Content-Type", "text/html"))
    first, second = Box(wire).get("/log").json["items"][-2:]
    assert first["request"]["headers"]["x-trace"] == "one, two"
    assert second["request"]["headers"]["content-type"] == "text/plain, text/html"


def test_a_token_in_a_contradiction_stays_secret(wire: Api) -> None:
    token = wire.headers["Authorization"].removeprefix("Bearer ")
    call(wire, "GET", COURSE, ("Authorization", f"Bearer {token}"), ("Authorization", "Basic eDp5"))
    assert token not in Box(wire).get("/log").content.decode()
