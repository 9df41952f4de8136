"""Pages of other origins while the sandbox listens: forged calls, frames, reading by CORS."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from bacasable import Sandbox
from bacasable.client import Tenant
from tests.browser.attacking import (
    CALL,
    EVIL,
    codes,
    controls_of,
    invitation,
    page_at,
    state_of,
)

# Another site, another port of this machine (for browsers the same site), and no origin at all.
ORIGINS = [f"http://{EVIL}/", "http://127.0.0.1:9/", "http://localhost:9/"]
PAGES = [
    "/",
    "/en/index.html",
    "/fr/api/courses/listCourses.html",
    "/en/swagger.html",
    "/en/reference.html",
    "/en/none.html",
    "/_sandbox/openapi.json",
    "/openapi.json",
]
SEND = {
    "text": """(path) => fetch(path, {method: 'POST', mode: 'no-cors', credentials: 'include',
      headers: {'Content-Type': 'text/plain'}, body: '{"slug":"vol"}'}).catch(() => 0)""",
    "untyped": """(path) => fetch(path, {method: 'POST', mode: 'no-cors',
      body: new Blob(['{"slug":"vol"}'])}).catch(() => 0)""",
    "urlencoded": """(path) => fetch(path, {method: 'POST', mode: 'no-cors',
      body: new URLSearchParams({slug: 'vol'})}).catch(() => 0)""",
    "multipart": """(path) => { const body = new FormData(); body.append('slug', 'vol');
      return fetch(path, {method: 'POST', mode: 'no-cors', body}).catch(() => 0); }""",
    "empty": "(path) => fetch(path, {method: 'POST', mode: 'no-cors'}).catch(() => 0)",
    "beacon": """(path) => {
      navigator.sendBeacon(path, new Blob(['{}'], {type: 'text/plain'})) }""",
    "form": """(path) => new Promise((resolve) => {
      const frame = document.createElement('iframe');
      frame.name = 'into';
      const form = document.createElement('form');
      Object.assign(form, {method: 'post', action: path, enctype: 'text/plain', target: 'into'});
      const field = document.createElement('input');
      field.name = '{"slug":"vol","x":"'; field.value = '"}';
      form.append(field);
      document.body.append(frame, form);
      form.submit();
      setTimeout(resolve, 150);
    })""",
}
LOAD = """([tag, path]) => new Promise((resolve) => {
  const made = document.createElement(tag === 'prefetch' || tag === 'preload' ? 'link' : tag);
  made.onload = () => resolve('load');
  made.onerror = () => resolve('error');
  const rel = tag === 'link' ? 'stylesheet' : tag;
  if (made.tagName === 'LINK') Object.assign(made, {rel, href: path, as: 'script'});
  else if (tag === 'object') made.data = path;
  else made.src = path;
  document.body.append(made);
  setTimeout(() => resolve('nothing'), 1500);
})"""


@pytest.fixture
def elsewhere(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page of the attacker."""
    with page_at(browser, getattr(request, "param", ORIGINS[0])) as page:
        yield page


EACH = pytest.mark.parametrize(
    "elsewhere",
    [ORIGINS[0], ORIGINS[1], pytest.param(ORIGINS[2], marks=pytest.mark.sweep)],
    indirect=True,
)


@EACH
@pytest.mark.parametrize(
    "way",
    [
        pytest.param(way, marks=() if way in {"text", "empty", "form"} else pytest.mark.sweep)
        for way in SEND
    ],
)
def test_no_page_works_a_control(elsewhere: Page, sandbox: Sandbox, fork: Tenant, way: str) -> None:
    there = invitation(fork)
    before = state_of(sandbox, fork)
    for _, method, path in controls_of(fork.slug, message=there["id"]):
        if method == "POST" or path == "/_sandbox/reset":
            elsewhere.evaluate(SEND[way], sandbox.url + path)
    elsewhere.wait_for_timeout(200)
    assert state_of(sandbox, fork) == before
    assert "vol" not in before["tenants"]


@EACH
def test_no_page_calls_the_api_without_a_token(
    elsewhere: Page, sandbox: Sandbox, fork: Tenant
) -> None:
    before = state_of(sandbox, fork)
    for way in ("text", "urlencoded", "form", "beacon"):
        for path in (
            "/companies",
            "/auth/login",
            "/enrollments",
            "/courses/crs_excel_init/publish",
        ):
            elsewhere.evaluate(SEND[way], f"{sandbox.url}/api/v1{path}")
    assert state_of(sandbox, fork) == before


@EACH
def test_no_page_reads_a_control(elsewhere: Page, sandbox: Sandbox, fork: Tenant) -> None:
    there = invitation(fork)
    for name, method, path in controls_of(fork.slug, **_named(there)):
        for mode in ({}, {"credentials": "include"}, {"headers": {"X-Sandbox-Key": "x"}}):
            status, _, kind = elsewhere.evaluate(CALL, [method, sandbox.url + path, mode])
            assert (status, kind) == (0, "error"), name
    stream = """(path) => new Promise((resolve) => {
      const source = new EventSource(path);
      source.onopen = () => resolve('open');
      source.onerror = () => resolve('refused');
    })"""
    assert elsewhere.evaluate(stream, f"{sandbox.url}/_sandbox/log?follow=true") == "refused"


@EACH
@pytest.mark.parametrize(
    "tag",
    [
        "object",
        "prefetch",
        *(
            pytest.param(tag, marks=pytest.mark.sweep)
            for tag in ("script", "img", "link", "iframe")
        ),
    ],
)
def test_no_page_learns_what_there_is_by_loading_it(
    elsewhere: Page, sandbox: Sandbox, fork: Tenant, tag: str
) -> None:
    there = invitation(fork)
    base = f"{sandbox.url}/_sandbox"
    pairs = [
        (f"{base}/tenants/{fork.slug}", f"{base}/tenants/nobody"),
        (f"{base}/links/{there['link']}", f"{base}/links/{there['link']}x"),
    ]
    for real, false in pairs:
        seen = [elsewhere.evaluate(LOAD, [tag, path]) for path in (real, false)]
        assert seen[0] == seen[1], (tag, real)


def _named(there: dict[str, str]) -> dict[str, str]:
    return {"link": there["link"], "message": there["id"]}


FRAME = """(path) => new Promise((resolve) => {
  const frame = document.createElement('iframe');
  frame.onload = () => resolve();
  frame.src = path;
  document.body.append(frame);
  setTimeout(resolve, 3000);
})"""


@pytest.mark.parametrize("elsewhere", [ORIGINS[0], ORIGINS[1]], indirect=True)
def test_nothing_is_shown_in_a_frame(elsewhere: Page, sandbox: Sandbox, fork: Tenant) -> None:
    there = invitation(fork)
    own = [f"/_sandbox/tenants/{fork.slug}/inbox/{there['id']}/{kind}" for kind in ("html", "text")]
    own += [f"/_sandbox/links/{there['link']}", "/_sandbox/tenants", "/_sandbox/health"]
    for path in [*PAGES, *own]:
        elsewhere.evaluate(FRAME, sandbox.url + path)
        shown = [frame for frame in elsewhere.frames if frame.url.startswith(sandbox.url)]
        assert shown == [], path


def test_not_even_a_page_of_ours_frames_a_message(
    browser: Browser, sandbox: Sandbox, fork: Tenant
) -> None:
    there = invitation(fork)
    with page_at(browser, f"{sandbox.url}/none") as page:
        path = f"/_sandbox/tenants/{fork.slug}/inbox/{there['id']}/html"
        page.evaluate(FRAME, sandbox.url + path)
        assert [f.url for f in page.frames if f.url.endswith("/html")] == []


@EACH
def test_any_page_may_call_the_api_with_a_token_and_never_with_a_cookie(
    elsewhere: Page, sandbox: Sandbox, fork: Tenant
) -> None:
    headers = {"X-Tenant-ID": fork.slug, "Authorization": "Bearer " + fork.token("ADMIN")}
    api = f"{sandbox.url}/api/v1"
    given = {"headers": {**headers, "Content-Type": "application/json"}}
    made = elsewhere.evaluate(
        CALL, ["POST", f"{api}/companies", {**given, "body": '{"name": "Atelier"}'}]
    )
    assert made[0] == 201
    for method in ("GET", "PATCH", "DELETE"):
        status, told, kind = elsewhere.evaluate(CALL, [method, f"{api}/companies/cmp_none", given])
        assert (codes(told), kind) != ("", "error"), method
        assert status in {400, 404, 405, 415}
    # With credentials a browser hands out nothing that is for any origin.
    refused = elsewhere.evaluate(
        CALL, ["GET", f"{api}/companies", {"headers": headers, "credentials": "include"}]
    )
    assert refused[0] == 0


def test_a_page_without_an_origin_is_any_page(elsewhere: Page, sandbox: Sandbox) -> None:
    ask = """(paths) => new Promise((resolve) => {
      addEventListener('message', ({data}) => resolve(data));
      const frame = document.createElement('iframe');
      frame.sandbox = 'allow-scripts';
      frame.srcdoc = `<script>Promise.all(${JSON.stringify(paths)}.map((path) =>
        fetch(path).then((a) => a.status, () => 0))).then((all) => parent.postMessage(all, '*'))
        <` + `/script>`;
      document.body.append(frame);
    })"""
    paths = ["/_sandbox/tenants", "/_sandbox/log", "/_sandbox/health", "/api/v1/courses"]
    found = elsewhere.evaluate(ask, [sandbox.url + path for path in paths])
    assert found[:3] == [0, 0, 200]
    assert found[3] in {400, 401}
