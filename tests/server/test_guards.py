"""What stands in the head of every answer: no sniffing, no frames, no caches, no referrer."""

import re
from pathlib import Path
from typing import Any

import pytest

from bacasable.contract import Contract
from bacasable.sandbox.controls import controls_contract
from tests.server.controlling import SMALL, Box
from tests.server.test_controls_guard import HOST, assert_refused, locked, tenants
from tests.server.test_inbox import BROWSER, invite, latest
from tests.support import Answer, Api

__all__ = ["locked"]

SHOWN = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
}
PAGES = [
    "/",
    "/swagger",
    "/en/index.html",
    "/fr/reference.html",
    "/en/openapi.js",
    "/assets/app.js?v=1",
    "/assets/app.css",
    "/assets/icon.svg",
    "/downloads/openapi.en.yaml",
    "/downloads/openapi.en.json",
    "/openapi.json",
    "/openapi.yaml",
    "/_sandbox/health",
    "/_sandbox/openapi.json",
    "/en/none.html",
]
TYPES = {
    "text/html; charset=utf-8",
    "text/css; charset=utf-8",
    "text/javascript; charset=utf-8",
    "text/plain; charset=utf-8",
    "application/json",
    "application/problem+json",
    "application/yaml",
    "image/svg+xml",
}
ODD = [
    'a"; filename="x.html',
    "a\r\nSet-Cookie: x=1",
    "../../x",
    "é",
    "x" * 300,
    "a%0d%0ab",
    ".html",
]


def assert_shown(answer: Answer) -> None:
    for name, value in SHOWN.items():
        assert answer.headers[name] == value, name
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"]
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_page_is_guarded_and_says_what_it_is(api: Api, path: str, method: str) -> None:
    answer = api.request(method, "!" + path, headers=BROWSER)
    assert_shown(answer)
    if answer.status == 200:
        assert answer.headers["content-type"] in TYPES
        again = api.get("!" + path, headers={"If-None-Match": answer.headers.get("etag", "")})
        assert again.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/", "/en/index.html", "/openapi.json", "/_sandbox/health"])
def test_so_is_the_answer_to_a_question_of_another_origin(api: Api, path: str) -> None:
    asked = {"Origin": "http://page.example", "Access-Control-Request-Method": "GET"}
    for method in ("GET", "OPTIONS", "POST"):
        answer = api.request(method, "!" + path, headers=asked)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-credentials" not in answer.headers
        given = api.request(method, "!" + path, headers={**asked, "Cookie": "language=fr"})
        assert "access-control-allow-credentials" not in given.headers


def test_every_control_is_guarded(near: Box) -> None:
    for operation in controls_contract().operations.values():
        path = re.sub(r"\{\w+\}", "x", operation.path.replace("{tenant}", "votre-tenant"))
        for method in (operation.method.upper(), "OPTIONS", "HEAD"):
            answer = near.api.request(method, "!/_sandbox" + path, headers=HOST)
            assert_shown(answer)
            assert answer.headers["cache-control"] == "no-store"


def test_no_cache_keeps_an_answer_of_the_api(api: Api) -> None:
    admin = api.as_("ADMIN")
    login = {"email": "admin@example.com", "password": "votre-mot-de-passe"}
    etag = admin.get("/courses/crs_excel_init").headers["etag"]
    answers = [
        admin.post("/auth/login", login),
        admin.get("/courses"),
        admin.get("/courses/crs_excel_init"),
        admin.get("/courses/crs_excel_init", headers={"If-None-Match": etag}),
        admin.get("/courses/none"),
        admin.request("HEAD", "/courses"),
        admin.request("OPTIONS", "/courses", headers={"Origin": "http://page.example"}),
        admin.get("/courses", headers={"Prefer": "code=401"}),
        api.get("/courses"),
        api.get("/none"),
        api.get("!/none"),
    ]
    assert [answer.status for answer in answers] == [
        *(200, 200, 200, 304, 404, 200, 204, 401, 401, 404, 404)
    ]
    for answer in answers:
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        kind = answer.headers.get("content-type", "application/json")
        assert kind in {"application/json", "application/problem+json"}


def test_an_answer_that_a_fault_slows_is_guarded_too(near: Box) -> None:
    fork = near.fork("lent")
    near.post(f"{fork}/faults", {"kind": "SLOW", "seconds": 0.01, "count": 1})
    answer = near.as_("ADMIN", "lent").get("/courses")
    assert answer.headers["x-sandbox-fault"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_defect_is_guarded_too(near: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(near.api.sandbox.engine), "handle", lambda *_: 1 / 0)
    answer = near.as_("ADMIN").get("/courses")
    assert answer.status == 500
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("name", ODD)
def test_no_name_says_more_than_the_name_of_a_file(near: Box, name: str) -> None:
    quoted = Path(name).as_posix().replace('"', "%22").replace("\r\n", "%0D%0A").replace(" ", "%20")
    saved = near.api.put(f"!/_sandbox{SMALL}/snapshots/{quoted}")
    found = near.api.get(f"!/_sandbox{SMALL}/snapshots/{quoted}/file")
    for answer in (saved, found, near.api.get(f"!/_sandbox/log.har?tenant={quoted}")):
        assert "set-cookie" not in answer.headers
        said = answer.headers.get("content-disposition", 'attachment; filename="x"')
        assert re.fullmatch(r'attachment; filename="[A-Za-z0-9._-]{1,200}"', said)
        assert answer.headers["content-type"].startswith("application/")


def test_a_link_is_for_this_machine_as_well(api: Api) -> None:
    invite(api)
    path = "!/_sandbox/links/" + latest(api)["links"][0]["url"].rpartition("/")[2]
    assert api.get(path, headers=HOST).status == 200
    for headers in ({"host": "sandbox.example"}, HOST | {"origin": "http://page.example"}):
        refused = api.get(path, headers=headers)
        assert (refused.status, refused.code) == (403, "FOREIGN_ORIGIN")


EMBEDDED: list[dict[str, Any]] = [
    {"sec-fetch-mode": "no-cors", "sec-fetch-dest": "script"},
    {"sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"},
    {"sec-fetch-mode": "navigate", "sec-fetch-dest": "object"},
    {"sec-fetch-mode": "no-cors", "sec-fetch-dest": "empty", "sec-purpose": "prefetch"},
    {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document", "sec-purpose": "prefetch"},
]
FOLLOWED = {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}


@pytest.mark.parametrize("how", EMBEDDED)
@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_no_other_page_has_a_control_as_its_part(near: Box, site: str, how: dict[str, str]) -> None:
    assert_refused(
        tenants(near.api, **HOST, **how, **{"sec-fetch-site": site}), 403, "FOREIGN_ORIGIN"
    )


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_our_own_pages_and_whoever_types_an_address_have(near: Box, site: str) -> None:
    for how in (*EMBEDDED, FOLLOWED):
        assert tenants(near.api, **HOST, **how, **{"sec-fetch-site": site}).status == 200
    assert tenants(near.api, **HOST, **FOLLOWED, **{"sec-fetch-site": "cross-site"}).status == 200


def test_a_link_of_a_locked_sandbox_is_no_part_of_a_page_either(locked: Api) -> None:
    key = {"X-Sandbox-Key": "une-cle-longue"}
    admin = locked.as_("TRAINER")
    body = {"questionnaireId": "qst_pre_excel", "respondentId": "usr_learner"}
    assert admin.post("/questionnaire-responses", body).status == 201
    inbox = "!/_sandbox/tenants/votre-tenant/inbox?channel=EMAIL&limit=1"
    (message,) = locked.get(inbox, headers=key).json["items"]
    path = "!/_sandbox/links/" + message["links"][0]["url"].rpartition("/")[2]
    assert locked.get(path, headers={"host": "sandbox.example"}).status == 200
    embedded = {"sec-fetch-site": "cross-site", **EMBEDDED[0]}
    assert_refused(locked.get(path, headers=embedded), 404, "UNKNOWN_PATH")


def test_to_follow_a_link_changes_nothing(api: Api) -> None:
    # Who fetches links ahead, as mail programs do, accepts and closes nothing by it.
    invite(api)
    path = "!/_sandbox/links/" + latest(api)["links"][0]["url"].rpartition("/")[2]
    snapshots = "!/_sandbox/tenants/votre-tenant/snapshots"

    def contents() -> Any:
        assert api.put(f"{snapshots}/now").status == 200
        found = api.get(f"{snapshots}/now/file").json
        return {name: value for name, value in found.items() if name in {"records", "collections"}}

    before = contents()
    assert before
    for _ in range(3):
        assert api.get(path, headers=BROWSER).status == 200
        assert api.request("HEAD", path).status == 200
        assert api.get(path).json["method"] == "GET"
    assert contents() == before


def test_a_service_worker_of_another_program_is_told_to_go(api: Api) -> None:
    asked = {"Service-Worker": "script", "Sec-Fetch-Dest": "serviceworker"}
    for path in ("/sw.js", "/service-worker.js", "/en/sw.js", "/"):
        answer = api.get("!" + path, headers=asked)
        assert answer.status == 200
        assert answer.headers["content-type"].startswith("text/javascript")
        assert b"unregister" in answer.content
        assert "service-worker-allowed" not in answer.headers
        assert api.get("!" + path).content != answer.content


def test_the_table_costs_the_api_two_headers(api: Api, contract: Contract) -> None:
    assert contract.operations
    plain = api.as_("ADMIN").get("/courses/crs_excel_init").headers
    told = {"x-request-id", "content-type", "content-length", "etag", "date"}
    assert plain.keys() - told == {"x-content-type-options", "cache-control"}
