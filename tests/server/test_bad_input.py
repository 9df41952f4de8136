"""Bad bodies, parameters and paths: each gets its documented problem and changes nothing."""

import asyncio
import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import httpx
import pytest

from bacasable.server.replies import BodyMemory, read_body
from tests.server.problems import assert_problem, detail_at, places_of
from tests.server.restoring import contents
from tests.server.table import contract, operations
from tests.support import Answer, Api
from tests.tables import each

JSON = {"content-type": "application/json"}
COURSE = {"title": "Essai", "category": "GESTION", "level": "BEGINNER", "durationHours": 7}
LIMIT = 1024 * 1024


def send(caller: Api, content: bytes) -> Answer:
    return caller.post("/companies", content=content, headers=JSON)


MALFORMED = {
    "nothing": b"",
    "half an object": b'{"name": ',
    "a trailing comma": b'{"name": "x",}',
    "single quotes": b"{'name': 'x'}",
    "two documents": b'{"name": "x"} {}',
    "NaN": b'{"name": NaN}',
    "invalid UTF-8": b'{"name": "\xff\xfe"}',
    "UTF-16": '{"name": "x"}'.encode("utf-16"),
    "a lone surrogate": b'{"name": "\\ud800"}',
    "a hundred levels": b'{"name": ' + b"[" * 100 + b"]" * 100 + b"}",
    "a hundred thousand levels": b"[" * 100_000,
    "a raw control character": b'{"name": "a\x00b"}',
}


@pytest.mark.parametrize("content", MALFORMED.values(), ids=list(MALFORMED))
def test_a_body_that_is_no_json_is_refused(local: Api, content: bytes) -> None:
    caller = local.as_("ADMIN")
    before = contents(local.sandbox)
    assert_problem(send(caller, content), "MALFORMED_BODY")
    assert contents(local.sandbox) == before


def test_a_malformed_body_is_refused_by_both_ways(api: Api) -> None:
    caller = api.as_("ADMIN")
    before = contents(api.sandbox)
    for content in (MALFORMED["half an object"], MALFORMED["invalid UTF-8"]):
        assert_problem(send(caller, content), "MALFORMED_BODY")
    assert contents(api.sandbox) == before


@pytest.mark.parametrize("body", [None, [], "text", 5, True, [{"name": "x"}]])
def test_a_body_of_another_kind_breaks_the_schema(local: Api, body: Any) -> None:
    content = json.dumps(body).encode()
    assert_problem(send(local.as_("ADMIN"), content), "INVALID_REQUEST", "")


def test_no_body_at_all_is_a_violation(local: Api) -> None:
    answer = local.as_("ADMIN").post("/companies")
    assert_problem(answer, "INVALID_REQUEST", "")
    assert detail_at(answer, "") == "a JSON body is required"


WRONG_TYPES = {
    "/title": 5,
    "/category": "UNHEARD_OF",
    "/level": None,
    "/durationHours": "seven",
    "/price": -1,
    "/objectives": {"first": "x"},
    "/nsfCode": [],
    "/currency": "euro",
}


@pytest.mark.parametrize(("pointer", "value"), WRONG_TYPES.items(), ids=list(WRONG_TYPES))
def test_a_wrong_value_is_named_by_its_pointer(local: Api, pointer: str, value: Any) -> None:
    answer = local.as_("ADMIN").post("/courses", COURSE | {pointer[1:]: value})
    assert_problem(answer, "INVALID_REQUEST", pointer)


def test_all_violations_are_listed_at_once(api: Api) -> None:
    caller = api.as_("ADMIN")
    before = contents(api.sandbox)
    wrong = {"title": 5, "level": "GURU", "price": -1, "objectives": ["", 3], "titel": "x"}
    answer = caller.post("/courses", wrong)
    expected = ["/category", "/durationHours", "/title", "/level", "/price", "/titel"]
    assert_problem(answer, "INVALID_REQUEST", *expected, "/objectives/0", "/objectives/1")
    assert contents(api.sandbox) == before


def test_violations_of_query_header_and_body_come_together(local: Api) -> None:
    headers = {"Idempotency-Key": "with blank"}
    answer = local.as_("ADMIN").post("/companies?x=1", {"name": 1}, headers=headers)
    assert_problem(answer, "INVALID_REQUEST", "query/x", "header/Idempotency-Key", "/name")


@pytest.mark.parametrize(
    ("body", "pointer", "meant"),
    [
        ({"name": "x", "vatNumer": "x"}, "/vatNumer", "vatNumber"),
        ({"name": "x", "Siret": "x"}, "/Siret", "siret"),
        ({"name": "x", "address": {"stret": "x"}}, "/address/stret", "street"),
    ],
)
def test_an_unknown_member_is_refused_with_the_closest_name(
    local: Api, body: dict[str, Any], pointer: str, meant: str
) -> None:
    answer = local.as_("ADMIN").post("/companies", body)
    assert_problem(answer, "INVALID_REQUEST", pointer)
    assert detail_at(answer, pointer).endswith(f"did you mean '{meant}'?")


def test_a_message_never_repeats_the_value_at_fault(local: Api) -> None:
    body = {"email": "a@b.example", "firstName": "A", "lastName": "B", "roles": ["LEARNER"]}
    answer = local.as_("ADMIN").post("/users", body | {"password": "court-secr"})
    assert_problem(answer, "INVALID_REQUEST", "/password")
    assert b"court-secr" not in answer.content


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/jsonx", ""])
def test_another_media_type_is_refused(api: Api, kind: str) -> None:
    answer = api.as_("ADMIN").post("/companies", content=b"{}", headers={"content-type": kind})
    assert_problem(answer, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON"])
def test_json_may_be_named_with_parameters_and_in_any_case(local: Api, kind: str) -> None:
    headers = {"content-type": kind}
    assert local.as_("ADMIN").post("/companies", {"name": "x"}, headers=headers).status == 201


def test_a_body_past_the_limit_is_refused(api: Api) -> None:
    caller = api.as_("ADMIN")
    before = contents(api.sandbox)
    answer = send(caller, b'{"name": "' + b"x" * LIMIT + b'"}')
    assert_problem(answer, "BODY_TOO_LARGE")
    assert str(LIMIT) in answer.json["detail"]
    assert contents(api.sandbox) == before


def test_a_body_at_the_limit_is_read(local: Api) -> None:
    content = b'{"name": "x"}'
    assert send(local.as_("ADMIN"), content + b" " * (LIMIT - len(content))).status == 201


@pytest.mark.parametrize("more", [-1, 0, 1])
@pytest.mark.parametrize("cuts", [(), (10,), (10, 20)])
def test_a_body_may_be_as_long_as_its_limit_in_however_many_pieces(
    more: int, cuts: tuple[int, ...]
) -> None:
    whole, places = b"x" * (30 + more), (0, *cuts, None)
    pieces = [whole[start:end] for start, end in pairwise(places)]
    messages = [
        {"type": "http.request", "body": piece, "more_body": number < len(pieces)}
        for number, piece in enumerate(pieces, 1)
    ]

    async def receive() -> Any:
        return messages.pop(0)

    found = asyncio.run(read_body(receive, 30, BodyMemory(100)))
    assert found == (whole if more <= 0 else None)


@pytest.mark.parametrize("api", ["socket"], indirect=True)
def test_a_chunked_body_past_the_limit_is_refused(api: Api) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(40):
            yield b"x" * 2**15

    headers = api.as_("ADMIN").headers | JSON
    reply = httpx.post(f"{api.url}/api/v1/companies", content=chunks(), headers=headers)
    assert_problem(Answer(reply.status_code, dict(reply.headers), reply.content), "BODY_TOO_LARGE")
    assert api.as_("ADMIN").get("/companies").status == 200


TEXTS = {
    "emoji": "Formation 👩‍🏫🇫🇷",
    "right to left": "مرحبا \u202e שלום",
    "decomposed accents": "e\u0301cole",
    "NUL": "a\u0000b",
    "markup": "<script>alert('x')</script>",
    "past the first plane": "𝔘𐍈",
    "line ends": "a\r\nb\u2028c",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=list(TEXTS))
def test_text_comes_back_unchanged(api: Api, text: str) -> None:
    caller = api.as_("ADMIN")
    made = caller.post("/companies", {"name": text})
    assert made.status == 201
    assert made.data["name"] == text
    assert caller.get(f"/companies/{made.data['id']}").data["name"] == text


QUERIES = {
    "page=0": "query/page",
    "page=-1": "query/page",
    "page=1.5": "query/page",
    "page=one": "query/page",
    "page=": "query/page",
    "page=1000001": "query/page",
    "page=1000000000000000000000000": "query/page",
    "page=1&page=2": "query/page",
    "perPage=0": "query/perPage",
    "perPage=101": "query/perPage",
    "status=UNHEARD_OF": "query/status",
    "sort=nothing": "query/sort/0",
    "enrolledFrom=yesterday": "query/enrolledFrom",
    "enrolledFrom=2026-13-45T00:00:00Z": "query/enrolledFrom",
    "courseId=%FF": "query/courseId",
    "%FF=1": "query/%FF",
    "pge=2": "query/pge",
}


@pytest.mark.parametrize(("query", "place"), QUERIES.items(), ids=list(QUERIES))
def test_a_bad_query_is_refused_at_its_parameter(local: Api, query: str, place: str) -> None:
    answer = local.as_("ADMIN").get(f"/enrollments?{query}")
    assert_problem(answer, "INVALID_REQUEST", place)
    assert len(places_of(answer)) == 1


def test_an_unknown_query_parameter_is_refused_with_the_closest_name(api: Api) -> None:
    answer = api.as_("ADMIN").get("/enrollments?perpage=5")
    assert_problem(answer, "INVALID_REQUEST", "query/perpage")
    assert detail_at(answer, "query/perpage").endswith("did you mean 'perPage'?")


def test_a_query_that_is_no_utf8_is_refused_by_both_ways(api: Api) -> None:
    answer = api.as_("ADMIN").get("/courses?q=%C3%28")
    assert_problem(answer, "INVALID_REQUEST", "query/q")


@pytest.mark.parametrize("page", [2, 10**6])
def test_a_page_past_the_end_is_empty(local: Api, page: int) -> None:
    answer = local.as_("ADMIN").get(f"/courses?page={page}&perPage=100")
    assert answer.status == 200
    assert answer.data == []
    assert answer.json["meta"]["pagination"]["page"] == page


@pytest.mark.parametrize("text", ["%", "%zz", "%00", "%F0%9F%A7%91", "+", "%2B%26", "a" * 200])
def test_odd_text_in_a_search_finds_nothing_and_breaks_nothing(local: Api, text: str) -> None:
    answer = local.as_("ADMIN").get(f"/courses?q={text}")
    assert answer.status in {200, 400}


@pytest.mark.parametrize(
    "record", ["%00", "..", "%2e%2e", "a%2Fb", "crs_" + "x" * 5000, "%F0%9F%A7%91", "crs_é", "*"]
)
def test_an_odd_id_is_unknown(local: Api, record: str) -> None:
    answer = local.as_("ADMIN").get(f"/courses/{record}")
    assert answer.code in {"NOT_FOUND", "UNKNOWN_PATH"}
    assert_problem(answer, answer.code)


@pytest.mark.parametrize("path", ["/nowhere", "/", "/course", "/courses/a/b/c", "!/api/v2/courses"])
def test_an_unknown_path_is_told_so_without_a_token(api: Api, path: str) -> None:
    assert_problem(api.get(path), "UNKNOWN_PATH")


PATHS = sorted({operation.path for operation in operations()})


@each("path", PATHS, fresh="local")
def test_a_wrong_method_is_told_every_right_one(local: Api, path: str) -> None:
    known = {o.method.upper() for o in operations() if o.path == path}
    wrong = next(m for m in ("PUT", "DELETE", "PATCH", "GET") if m not in known)
    answer = local.request(wrong, path.replace("{", "").replace("}", ""))
    assert_problem(answer, "METHOD_NOT_ALLOWED")
    expected = known | {"OPTIONS"} | ({"HEAD"} if "GET" in known else set())
    assert set(answer.headers["allow"].split(", ")) == expected


@pytest.mark.parametrize("method", ["TRACE", "PROPFIND", "HEAD"])
def test_a_method_that_no_path_knows_is_refused(api: Api, method: str) -> None:
    answer = api.request(method, "/auth/login")
    assert answer.status == 405
    assert answer.headers["allow"] == "OPTIONS, POST"


@pytest.mark.parametrize(
    "accept", ["text/html", "application/xml, text/*", "application/json;q=0", "*/*;q=0"]
)
def test_an_accept_header_without_json_is_refused(api: Api, accept: str) -> None:
    caller = api.as_("ADMIN")
    before = contents(api.sandbox)
    for answer in (
        caller.get("/courses", headers={"Accept": accept}),
        caller.post("/companies", {"name": "x"}, headers={"Accept": accept}),
    ):
        assert_problem(answer, "NOT_ACCEPTABLE")
    assert contents(api.sandbox) == before


@pytest.mark.parametrize(
    "accept", ["*/*", "application/*", "text/html, application/json;q=0.1", "application/json"]
)
def test_an_accept_header_with_json_is_taken(local: Api, accept: str) -> None:
    assert local.as_("ADMIN").get("/courses", headers={"Accept": accept}).status == 200


WITH_BODY = [o.id for o in operations() if o.body and o.needs_tenant and o.tag != "Auth"]


@each("operation_id", WITH_BODY, fresh="local")
def test_every_body_is_closed_to_members_that_the_contract_does_not_name(
    local: Api, operation_id: str
) -> None:
    operation = contract().operations[operation_id]
    caller = local.as_("ADMIN")
    before = contents(local.sandbox)
    stranger = {"tenantId": "tnt_x", "__proto__": {}}
    answer = caller.request(operation.method.upper(), operation.example_path, stranger)
    assert_problem(answer, "INVALID_REQUEST", "/tenantId", "/__proto__")
    assert contents(local.sandbox) == before
