"""HTTP beyond the body: entity tags, HEAD, OPTIONS and CORS, Location, Link."""

import re
from typing import Any

import pytest

from bacasable.contract import Operation
from tests.server.restoring import contents
from tests.server.table import example_body, operations
from tests.support import Answer, Api
from tests.tables import each

COMPANY = "/companies/cmp_abc123"
CREATING = [o for o in operations() if "Location" in o.answers[o.success].headers]
TAGGED = [o for o in operations() if 304 in o.answers]
READING = [o for o in operations() if o.method == "get"]


def caller_for(api: Api, operation: Operation) -> Api:
    return api.as_("SUPER_ADMIN" if operation.path.startswith("/admin") else "ADMIN")


def existing_path(operation: Operation) -> str:
    """The documented path; the tenant of that example is not in this sandbox, so our own."""
    return re.sub("00000000000[0-9]$", "000000000001", operation.example_path)


# Entity tags


@pytest.mark.parametrize("operation", TAGGED, ids=lambda o: o.id)
def test_an_unchanged_record_is_not_sent_again(local: Api, operation: Operation) -> None:
    caller, path = caller_for(local, operation), existing_path(operation)
    tag = caller.get(path).headers["etag"]
    assert re.fullmatch(r'"[0-9a-f]+"', tag)
    again = caller.get(path, headers={"If-None-Match": tag})
    assert (again.status, again.content) == (304, b"")
    assert again.headers["etag"] == tag


@pytest.mark.parametrize("form", ["{}", "W/{}", '"a", {}', '{}, "b"', "*"])
def test_if_none_match_takes_every_form(api: Api, form: str) -> None:
    caller = api.as_("ADMIN")
    tag = caller.get(COMPANY).headers["etag"]
    assert caller.get(COMPANY, headers={"If-None-Match": form.format(tag)}).status == 304


def test_a_change_makes_another_tag(local: Api) -> None:
    caller = local.as_("ADMIN")
    old = caller.get(COMPANY).headers["etag"]
    changed = caller.patch(COMPANY, {"name": "Autre"})
    assert changed.headers["etag"] != old
    assert caller.get(COMPANY).headers["etag"] == changed.headers["etag"]
    assert caller.get(COMPANY, headers={"If-None-Match": old}).status == 200


@pytest.mark.parametrize("form", ["{}", '"a", {}', "*"])
def test_a_change_with_the_present_tag_is_made(api: Api, form: str) -> None:
    caller = api.as_("ADMIN")
    tag = caller.get(COMPANY).headers["etag"]
    headers = {"If-Match": form.format(tag)}
    assert caller.patch(COMPANY, {"name": "Autre"}, headers=headers).status == 200


@pytest.mark.parametrize("form", ['"0"', "W/{}", "nonsense"])
def test_a_change_with_another_tag_is_refused_with_the_present_one(api: Api, form: str) -> None:
    caller = api.as_("ADMIN")
    tag = caller.get(COMPANY).headers["etag"]
    before = contents(api.sandbox)
    headers = {"If-Match": form.format(tag)}
    answer = caller.patch(COMPANY, {"name": "Autre"}, headers=headers)
    assert (answer.status, answer.code) == (412, "PRECONDITION_FAILED")
    assert answer.headers["etag"] == tag
    assert contents(api.sandbox) == before


def test_deletions_and_transitions_heed_if_match_too(local: Api) -> None:
    caller, stale = local.as_("ADMIN"), {"If-Match": '"0"'}
    for answer in (
        caller.delete("/companies/cmp_sans_dossier", headers=stale),
        caller.post("/courses/crs_brouillon/publish", headers=stale),
    ):
        assert answer.code == "PRECONDITION_FAILED"


def test_who_sees_a_record_masked_gets_another_tag(local: Api) -> None:
    tags = {local.as_(role).get(COMPANY).headers["etag"] for role in ("ADMIN", "AUDITOR")}
    assert len(tags) == 2


# HEAD and OPTIONS


@each("operation", READING, ids=lambda o: o.id, fresh="local")
def test_head_has_the_headers_of_get_and_no_body(local: Api, operation: Operation) -> None:
    caller, path = caller_for(local, operation), existing_path(operation)
    got, head = caller.get(path), caller.request("HEAD", path)
    assert (head.status, head.content) == (got.status, b"") == (200, b"")
    assert _comparable(head) == _comparable(got)


def _comparable(answer: Answer) -> dict[str, str]:
    return {k: v for k, v in answer.headers.items() if k not in {"x-request-id", "date"}}


def test_head_over_a_socket_is_understood_by_a_client(api: Api) -> None:
    caller = api.as_("ADMIN")
    head = caller.request("HEAD", COMPANY)
    assert (head.status, head.content) == (200, b"")
    missing = caller.request("HEAD", "/companies/cmp_inconnu")
    assert (missing.status, missing.content) == (404, b"")


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/companies", "GET, HEAD, OPTIONS, POST"),
        ("/companies/x", "DELETE, GET, HEAD, OPTIONS, PATCH"),
        ("/enrollments/x/progress", "GET, HEAD, OPTIONS, PUT"),
        ("/auth/login", "OPTIONS, POST"),
    ],
)
def test_options_lists_the_methods_without_a_token(api: Api, path: str, allowed: str) -> None:
    answer = api.request("OPTIONS", path)
    assert (answer.status, answer.content) == (204, b"")
    assert answer.headers["allow"] == allowed


def test_a_browser_may_call_from_any_origin(api: Api) -> None:
    asked = {
        "Origin": "https://app.example",
        "Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": "authorization,x-tenant-id,if-match",
    }
    answer = api.request("OPTIONS", COMPANY, headers=asked)
    assert answer.status == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "PATCH" in answer.headers["access-control-allow-methods"]
    assert answer.headers["access-control-allow-headers"] == "authorization,x-tenant-id,if-match"
    assert "access-control-allow-credentials" not in answer.headers


def test_a_browser_may_read_refusals_too(api: Api) -> None:
    caller, origin = api.as_("ADMIN"), {"Origin": "https://app.example"}
    for answer, status in (
        (api.get("/companies", headers=origin), 401),
        (caller.get("/companies/cmp_inconnu", headers=origin), 404),
        (caller.put("/companies", headers=origin), 405),
        (api.get("/nowhere", headers=origin), 404),
        (caller.post("/companies", {}, headers=origin), 400),
    ):
        assert answer.status == status
        assert answer.headers["access-control-allow-origin"] == "*"
        exposed = answer.headers["access-control-expose-headers"].split(", ")
        assert {"ETag", "Location", "Link", "X-Request-Id"} <= set(exposed)


# Location, Link, request ids


@pytest.mark.parametrize("operation", CREATING, ids=lambda o: o.id)
def test_location_leads_to_what_was_created(local: Api, operation: Operation) -> None:
    caller = caller_for(local, operation)
    made = caller.post(operation.example_path, example_body(operation))
    assert made.status == 201
    found = caller.get("!" + made.headers["location"])
    assert found.status == 200
    assert found.data == made.data
    assert found.headers["etag"] == made.headers["etag"]


def links_of(answer: Answer) -> dict[str, str]:
    pattern = r'<([^>]*)>; rel="(\w+)"'
    return {rel: target for target, rel in re.findall(pattern, answer.headers["link"])}


def test_following_next_shows_every_record_once(local: Api) -> None:
    caller = local.as_("ADMIN")
    answer = caller.get("/enrollments?perPage=3&sort=-enrolledAt")
    seen, pages = [e["id"] for e in answer.data], 1
    while "next" in links_of(answer):
        answer = caller.get("!" + links_of(answer)["next"])
        seen += [e["id"] for e in answer.data]
        pages += 1
    pagination = answer.json["meta"]["pagination"]
    assert pagination == {"page": pages, "perPage": 3, "total": len(seen), "totalPages": pages}
    every = caller.get("/enrollments?perPage=100&sort=-enrolledAt").data
    assert seen == [e["id"] for e in every]


@pytest.mark.parametrize(
    ("page", "rels"),
    [
        (1, {"first", "next", "last"}),
        (2, {"first", "prev", "next", "last"}),
        (9, {"first", "last"}),
    ],
)
def test_links_are_those_that_exist_and_keep_the_filters(
    local: Api, page: int, rels: set[str]
) -> None:
    answer = local.as_("ADMIN").get(f"/enrollments?courseId=crs_excel_init&page={page}&perPage=1")
    links = links_of(answer)
    assert set(links) == rels
    assert all(
        target.startswith("/api/v1/enrollments?") and "courseId=crs_excel_init&perPage=1" in target
        for target in links.values()
    )


def test_every_answer_has_a_request_id_of_its_own(api: Api) -> None:
    caller = api.as_("ADMIN")
    answers = [caller.get(path) for path in ("/courses", "/courses", "/nowhere", "!/")]
    ids = [answer.headers["x-request-id"] for answer in answers[:3]]
    assert len(set(ids)) == 3
    assert all(re.fullmatch(r"req_[a-z2-7]{12}[0-9a-f]{8}", one) for one in ids)
    assert answers[0].json["meta"]["requestId"] == ids[0]


def test_an_envelope_says_when_in_milliseconds(local: Api) -> None:
    meta: dict[str, Any] = local.as_("ADMIN").get(COMPANY).json["meta"]
    assert set(meta) == {"timestamp", "requestId"}
    assert meta["timestamp"] == "2026-11-02T09:00:00.000Z"


LISTS = [o for o in operations() if o.action.kind == "list"]


@pytest.mark.parametrize("operation", LISTS, ids=lambda o: o.id)
def test_a_list_begins_at_page_one_with_twenty_records(local: Api, operation: Operation) -> None:
    answer = caller_for(local, operation).get(operation.example_path)
    assert {"page": 1, "perPage": 20}.items() <= answer.json["meta"]["pagination"].items()
