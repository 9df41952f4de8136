"""What a percent sign stands for is data of its segment, and never divides a path."""

import asyncio
from collections.abc import Iterator

import pytest

from bacasable import Sandbox
from tests.server.controlling import Box
from tests.server.raw import send
from tests.server.restoring import reset
from tests.support import Api

COURSE = "crs_excel_init"
ENROLLMENT = "enr_abc123"


@pytest.fixture
def wire(over_socket_once: Api) -> Api:
    """The small tenant over a socket: only there is a path what was sent."""
    reset(over_socket_once.sandbox)
    return over_socket_once.as_("ADMIN")


@pytest.fixture(scope="module", params=[True, False], ids=["socket", "memory"])
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with Sandbox(tenants=["votre-tenant"], socket=request.param) as sandbox:
        yield sandbox


def call(api: Api, method: str, target: str) -> tuple[int, dict[str, str]]:
    answer = send(api.url, method, target, api.headers.items())
    return answer.status, answer.json


@pytest.mark.parametrize(
    "segment",
    [
        f"{COURSE}%2F",
        f"{COURSE}%2f",
        f"%2F{COURSE}",
        "a%2Fb",
        f"{COURSE}%252F",
        f"{COURSE}%3Fstatus=DRAFT",
        f"{COURSE}%23top",
        f"{COURSE}%3B",
        f"{COURSE}%25",
        f"{COURSE}%00",
        "%2e%2e",
        "%2E%2E%2Fusers",
        "..%2Fusers",
        "%ff",
        "%zz",
    ],
)
@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_an_id_is_one_segment_whatever_is_in_it(wire: Api, method: str, segment: str) -> None:
    status, problem = call(wire, method, f"/api/v1/courses/{segment}")
    assert (status, problem["code"]) == (404, "NOT_FOUND")


def test_an_id_is_found_however_it_is_spelt(wire: Api) -> None:
    for spelt in (COURSE, COURSE.replace("_", "%5F"), "".join(f"%{ord(c):02x}" for c in COURSE)):
        status, body = call(wire, "GET", f"/api/v1/courses/{spelt}")
        assert (status, body["data"]["id"]) == (200, COURSE)
    assert call(wire, "GET", f"/%61pi/v1/c%6Furses/{COURSE}")[0] == 200


def test_an_id_does_not_become_another_operation(wire: Api) -> None:
    assert call(wire, "POST", f"/api/v1/enrollments/{ENROLLMENT}%2Fcomplete")[0] == 405
    status, problem = call(wire, "GET", f"/api/v1/paf/enrollments/{ENROLLMENT}%2Ftimeline")
    assert (status, problem["code"]) == (404, "UNKNOWN_PATH")


@pytest.mark.parametrize(
    "target",
    [
        f"/api%2Fv1/courses/{COURSE}",
        f"/api/v1%2Fcourses/{COURSE}",
        f"/api/v1//courses/{COURSE}",
        f"//api/v1/courses/{COURSE}",
        "/api/v1/courses//",
        f"/api/v1/enrollments//{ENROLLMENT}/complete",
        "/api/v1/enrollments//complete",
        f"/api/v1/courses/../courses/{COURSE}",
    ],
)
def test_slashes_that_divide_are_counted(wire: Api, target: str) -> None:
    status, problem = call(wire, "GET", target)
    assert (status, problem["code"]) == (404, "UNKNOWN_PATH")


def test_one_slash_at_the_end_is_overlooked(wire: Api) -> None:
    assert call(wire, "GET", "/api/v1/courses/")[0] == 200
    assert call(wire, "GET", f"/api/v1/courses/{COURSE}/")[0] == 200


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("/api/v1/courses/a%2Fb", "/api/v1/courses/a%2Fb"),
        ("/api/v1/courses/a%2fb%25", "/api/v1/courses/a%2fb%25"),
        ("/api/v1/courses/%ff", "/api/v1/courses/%ff"),
        ("/api/v1/courses/a:b@c", "/api/v1/courses/a:b@c"),
        ("/api/v1/courses/%zz", "/api/v1/courses/%25zz"),
    ],
)
def test_problem_log_and_archive_tell_the_path_as_it_was_sent(
    wire: Api, target: str, told: str
) -> None:
    box = Box(wire)
    assert call(wire, "GET", target)[1]["instance"] == told
    assert box.get("/log").json["items"][-1]["path"] == target
    entries = box.get("/log.har").json["log"]["entries"]
    assert entries[-1]["request"]["url"] == wire.url + told


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("GET", "/tenants/votre-tenant%2Fclock", 404),
        ("POST", "/tenants/votre-tenant%2Freset", 405),
        ("GET", "/tenants/votre%2Dtenant/clock", 200),
        ("PUT", "/tenants/votre-tenant/snapshots/a%2Fb", 400),
        ("GET", "/tenants%2Fvotre-tenant", 404),
        ("GET", "/t%65nants", 200),
        ("GET", "/open%61pi.json", 200),
    ],
)
def test_the_same_holds_for_controls(wire: Api, method: str, target: str, status: int) -> None:
    answer = send(wire.url, method, f"/_sandbox{target}")
    assert answer.status == status, answer.content
    if status >= 400:
        assert answer.json["instance"] == f"/_sandbox{target}"


def test_the_same_holds_for_clients_of_a_test(sandbox: Sandbox) -> None:
    with sandbox.tenant("votre-tenant").client() as client:
        assert client.get(f"/courses/{COURSE}%2F").json()["code"] == "NOT_FOUND"
        assert client.post(f"/enrollments/{ENROLLMENT}%2Fcomplete").status_code == 405
        assert client.get("/courses/a%2Fb").json()["instance"] == "/api/v1/courses/a%2Fb"
    assert sandbox.log.list()[-1].path == "/api/v1/courses/a%2Fb"


def test_a_server_that_tells_no_raw_path_is_served_by_the_decoded_one(local: Api) -> None:
    sent: list[dict[str, object]] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send_to(message: dict[str, object]) -> None:
        sent.append(message)

    caller = local.as_("ADMIN")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": f"/api/v1/courses/{COURSE}",
        "query_string": b"",
        "headers": [(n.lower().encode(), v.encode()) for n, v in caller.headers.items()],
    }
    asyncio.run(local.sandbox.app(scope, receive, send_to))
    assert sent[0]["status"] == 200
